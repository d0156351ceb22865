"""What explains a goal: gap_decomposition and the tree itself."""

from __future__ import annotations

from pipeline.goals.tables.spec import AS_OF, END, KGI_ID, REASON, RUN, START, TableSpec, column

GAP = TableSpec(
    "gap_decomposition",
    "ギャップ要因分解",
    "what the gap between plan and actual is made of",
    ("as_of_date", "kgi_id", "basis", "kind", "channel", "factor"),
    (
        AS_OF,
        KGI_ID,
        START,
        END,
        column(
            "basis",
            "VARCHAR",
            "基準(to_date=今日まで、cohort_landing=着地見込み)",
            "to_date (targets due so far, period ratios) or cohort_landing (the expected landing, cohort rates)",
        ),
        column(
            "kind",
            "VARCHAR",
            "行の種類(part=合計がギャップになる内訳、subtotal=要因別の小計、total=全体、view=別の見方)",
            "part (these sum to the gap), subtotal (a factor over all channels), total (the gap), view (another cut)",
        ),
        column("channel", "VARCHAR", "チャネル(全体は total)", "channel; total for the whole"),
        column(
            "factor",
            "VARCHAR",
            "要因(指標名、phasing=時期配分、speed=スピード、outside=経路外、plan_timing=計画の時期ずれ、scale=規模、mix=構成、"
            "definition_change=定義変更)",
            "factor: a metric, phasing, speed, outside, plan_timing, scale, mix, definition_change or gap",
        ),
        column("plan", "DOUBLE", "計画の値", "planned value of the factor"),
        column("actual", "DOUBLE", "実績の値", "actual value of the factor"),
        column("contribution", "DOUBLE", "ギャップへの寄与", "contribution to the gap", "unit"),
        column(
            "share_of_gap",
            "DOUBLE",
            "ギャップに占める割合",
            "contribution / gap; null where the gap is below 0.5 % of the target",
            "fraction",
        ),
        column("controller", "VARCHAR", "担当部門", "department that controls the factor"),
        column("method", "VARCHAR", "分解の方法(lmdi、shapley)", "lmdi or shapley"),
        column("within_noise", "BOOLEAN", "偶然の範囲か", "whether the plan lies inside the actual's 95 % interval"),
        column("n", "DOUBLE", "実績の率が割る件数", "cases that an actual rate or price divides by", "count"),
        REASON,
        RUN,
    ),
)

KGI_TREE = TableSpec(
    "kgi_tree",
    "KPIツリー",
    "how KPIs lead to each goal",
    ("as_of_date", "kgi_id", "node"),
    (
        AS_OF,
        KGI_ID,
        column("node", "VARCHAR", "ノード(指標)", "node: a metric or an agreed plan rate"),
        column("parent", "VARCHAR", "親ノード", "the node it is part of, or stands beside; null at the root"),
        column(
            "operator",
            "VARCHAR",
            "親の中での演算(+、-、*、/、root=KGI、beside=KGIの内訳ではなく親から決まる)",
            "how it enters its parent: +, -, *, /; root; beside (follows from its parent, is no part of the goal)",
        ),
        column("depth", "BIGINT", "深さ", "steps from the root"),
        column("sort", "BIGINT", "並び順", "order of display"),
        column("formula", "VARCHAR", "式", "how the node is worked out of those below it; null at a leaf"),
        column("is_plan_rate", "BOOLEAN", "計画で合意した値か", "whether its target is agreed, not worked out of the goal's"),
        column("label_ja", "VARCHAR", "表示名(日本語)", "label in Japanese"),
        column("label_en", "VARCHAR", "表示名(英語)", "label in English"),
        column("unit", "VARCHAR", "単位", "unit"),
        column("controllable_by", "VARCHAR", "担当部門", "department that controls it"),
        column(
            "elasticity",
            "DOUBLE",
            "弾力性(計画の値で、1%動くとKGIが何%動くか)",
            "percent of the goal per percent of it, at the plan's values; null beside the goal",
        ),
        column("target", "DOUBLE", "目標", "target over the period", "unit"),
        column("target_to_date", "DOUBLE", "今日までの目標", "target due so far", "unit"),
        column("actual", "DOUBLE", "実績", "actual so far", "unit"),
        REASON,
        RUN,
    ),
    kept="current",
)
