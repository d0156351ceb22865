"""What the guardrails say: guardrail."""

from __future__ import annotations

from pipeline.goals.tables.spec import AS_OF, END, REASON, RUN, START, TableSpec, column

GUARDRAIL = TableSpec(
    "guardrail",
    "ガードレール",
    "what must not suffer while a KPI is pursued",
    ("as_of_date", "guardrail", "period_start", "channel"),
    (
        AS_OF,
        column("guardrail", "VARCHAR", "ガードレールの名前", "name of the guardrail"),
        START,
        END,
        column("channel", "VARCHAR", "チャネル(全体は total)", "member of the dimension it is explained by; total for the whole"),
        column("label_ja", "VARCHAR", "表示名(日本語)", "label in Japanese"),
        column("label_en", "VARCHAR", "表示名(英語)", "label in English"),
        column("protects", "VARCHAR", "守る指標", "metric that suffers when it is breached"),
        column("paired_with", "VARCHAR", "追い過ぎると危険なKPI", "KPI whose pursuit is risky"),
        column("metric", "VARCHAR", "監視する指標", "metric that is watched"),
        column("direction", "VARCHAR", "良い方向(up=高いほど良い)", "up: higher is better; down: lower is better"),
        column(
            "test",
            "VARCHAR",
            "検定の種類(newcombe_noninferiority、local_optimisation、evidence、xmr、capacity)",
            "newcombe_noninferiority, local_optimisation, evidence, xmr or capacity",
        ),
        column(
            "state",
            "VARCHAR",
            "状態(ok=正常、watch=要注意、breach=違反、insufficient_data=件数不足、immature=未成熟、stale=更新停止)",
            "ok, watch, breach, insufficient_data, immature or stale",
        ),
        column("value", "DOUBLE", "値(率、月の値、稼働率)", "rate, value of the month, or use of the capacity"),
        column("numerator", "DOUBLE", "分子", "what the value divides"),
        column("n", "DOUBLE", "件数(分母)", "cases that the value rests on", "count"),
        column("min_n", "BIGINT", "判定に必要な件数", "cases below which nothing is said", "count"),
        column("base", "DOUBLE", "比較の基準", "what the value is held against"),
        column("base_numerator", "DOUBLE", "基準の分子", "what the base divides"),
        column("base_n", "DOUBLE", "基準の件数", "cases that the base rests on", "count"),
        column("base_source", "VARCHAR", "基準の出所", "where the base comes from"),
        column("diff", "DOUBLE", "基準との差", "value - base"),
        column(
            "ci_low", "DOUBLE", "差の信頼区間の下限(xmrは管理限界)", "lower end of the interval of the difference; xmr: limit"
        ),
        column(
            "ci_high", "DOUBLE", "差の信頼区間の上限(xmrは管理限界)", "upper end of the interval of the difference; xmr: limit"
        ),
        column("confidence", "DOUBLE", "信頼水準", "confidence of the interval", "fraction"),
        column("margin", "DOUBLE", "許容幅", "how much worse it may be"),
        column(
            "p_value",
            "DOUBLE",
            "悪化が偶然である確率(片側)",
            "chance of such a value if nothing was worse, one-sided",
            "fraction",
        ),
        column(
            "p_adjusted",
            "DOUBLE",
            "許容幅を超えていない確率(Holm補正後)",
            "chance of such a value if the margin was kept, adjusted by Holm over the guardrails",
            "fraction",
        ),
        column("e_value", "DOUBLE", "e値(20以上で違反)", "evidence against the agreed rate; 20 is a breach"),
        column("volume", "DOUBLE", "期間の量(追うKPI)", "what the pursued KPI brought in the days of the row", "count"),
        column(
            "base_volume", "DOUBLE", "基準の量(同じ営業日数)", "what it brought in the base, for as many business days", "count"
        ),
        column("current_volume", "DOUBLE", "直近の量(同じ営業日数)", "what it brings now, for as many business days", "count"),
        column(
            "local_optimisation", "BOOLEAN", "部分最適か(量は増え、成果は増えない)", "volume grew and what came of it did not"
        ),
        column(
            "break_even", "DOUBLE", "損益分岐の率(直近の量で成果が減らない率)", "rate needed at the current volume", "fraction"
        ),
        column(
            "supply_attainment", "DOUBLE", "供給の達成率(実績÷基準日までの目標)", "paired KPI / its target to date", "fraction"
        ),
        column("cause", "VARCHAR", "原因(within=各チャネルの質、mix=構成の変化)", "within the members, or their mix"),
        column("mix_effect", "DOUBLE", "差のうち構成の変化", "part of the difference by mix"),
        column("within_effect", "DOUBLE", "差のうち各チャネルの質", "part of the difference within members"),
        column("sign_reversal", "BOOLEAN", "全体と各チャネルで向きが逆か", "whether the members moved the other way (Simpson)"),
        column("lost_estimate", "DOUBLE", "失った有効商談の推定(上限)", "what was lost by being too early, at most", "count"),
        column("estimate_kind", "VARCHAR", "推定の種類(upper_bound=上限)", "upper_bound: observed, not tried"),
        column("is_assumed", "BOOLEAN", "標準工数による仮置きか", "whether it rests on standard hours, not measured ones"),
        column("age_days", "BIGINT", "比較する経過日数", "age at which entries are compared", "days"),
        column("readable_from", "DATE", "判定できる日", "first day on which it can be read", "date"),
        column("owner", "VARCHAR", "担当者", "who answers for it"),
        column("text_ja", "VARCHAR", "説明(日本語)", "what it says, in Japanese"),
        column("text_en", "VARCHAR", "説明(英語)", "what it says, in English"),
        REASON,
        RUN,
    ),
)
