"""What was agreed and what a change of it does to the numbers: agreement, definition_bridge, plan_version, count_agreement."""

from __future__ import annotations

from pipeline.goals.tables.spec import AS_OF, END, KGI_ID, REASON, RUN, START, VERSION, TableSpec, column

_NAME = column("agreement", "VARCHAR", "合意の名前", "name of the agreement")
_SIGNED = (
    column("agreed_by_marketing", "VARCHAR", "マーケティングの署名者", "who signed for marketing"),
    column("agreed_by_sales", "VARCHAR", "営業の署名者", "who signed for sales"),
)
_FIRST = column("first_published", "DATE", "最初に公開された基準日", "first as_of_date published with the version", "date")
_IN_FORCE = column("is_in_force", "BOOLEAN", "基準日に有効か", "whether it holds on as_of_date")

AGREEMENT = TableSpec(
    "agreement",
    "合意事項",
    "definitions that departments agreed on, by version",
    ("as_of_date", "agreement", "version"),
    (
        AS_OF,
        _NAME,
        column("version", "BIGINT", "定義の版", "version of the definition"),
        column("label_ja", "VARCHAR", "表示名(日本語)", "label in Japanese"),
        column("label_en", "VARCHAR", "表示名(英語)", "label in English"),
        column("metrics", "VARCHAR", "対象の指標", "metrics that it governs"),
        column("predicate", "VARCHAR", "条件", "condition that an event has to meet"),
        column(
            "evaluated_at",
            "VARCHAR",
            "判定日の列(+営業日数)",
            "column (+ business days) from which on an event counts",
        ),
        column("evidence", "VARCHAR", "根拠の列", "columns in which the evidence is recorded"),
        column("effective_from", "DATE", "適用開始日", "first event date that it decides about", "date"),
        column("effective_to", "DATE", "適用最終日", "last event date that it decides about", "date"),
        column("agreed_on", "DATE", "合意日", "day of the agreement", "date"),
        *_SIGNED,
        column("agreed_level", "DOUBLE", "合意した数", "agreed number", "count"),
        column("agreed_level_per", "VARCHAR", "合意した数の期間(month、quarter、half、year)", "period of the agreed number"),
        column("review_by", "DATE", "見直し期限(なければ合意日の12か月後)", "last day before it is stale", "date"),
        _FIRST,
        _IN_FORCE,
        column("is_monotone", "BOOLEAN", "出来事の時点の項目だけを見ているか", "whether it reads facts of the event only"),
        column(
            "state",
            "VARCHAR",
            "状態(agreed=合意済み、not_agreed=署名が不足、dated_back=公開済みの日にさかのぼる、stale=見直し期限切れ、"
            "upcoming=適用前、superseded=旧版)",
            "agreed, not_agreed, dated_back, stale, upcoming or superseded",
        ),
        REASON,
        RUN,
    ),
)

DEFINITION_BRIDGE = TableSpec(
    "definition_bridge",
    "定義変更影響",
    "what a new version of a definition does to each metric, by month",
    ("as_of_date", "agreement", "metric", "period_start", "version_old", "version_new"),
    (
        AS_OF,
        _NAME,
        column("metric", "VARCHAR", "指標", "metric"),
        START,
        END,
        column("version_old", "BIGINT", "旧版", "earlier version"),
        column("version_new", "BIGINT", "新版", "later version"),
        column("value_old", "DOUBLE", "旧版で数えた値", "the month's value under the earlier version", "unit"),
        column("value_new", "DOUBLE", "新版で数えた値", "the month's value under the later version", "unit"),
        column("effect", "DOUBLE", "定義変更の影響(新版-旧版)", "value_new - value_old", "unit"),
        column(
            "is_in_force",
            "BOOLEAN",
            "新版が有効な月か(falseは重複期間)",
            "whether version_new holds; false: overlap",
        ),
        REASON,
        RUN,
    ),
    kept="current",
)

PLAN_VERSION = TableSpec(
    "plan_version",
    "計画の版",
    "versions of each goal's plan, with signatures",
    ("as_of_date", "kgi_id", "plan_version"),
    (
        AS_OF,
        KGI_ID,
        VERSION,
        column("effective_from", "DATE", "適用開始日", "first day on which it holds", "date"),
        column("target", "DOUBLE", "目標", "target of the period", "unit"),
        column("target_published", "DOUBLE", "最初に公開された目標", "target with which it was published first", "unit"),
        _FIRST,
        column("definition", "VARCHAR", "目標を数える合意", "agreement by which the goal is counted"),
        column("definition_version", "BIGINT", "計画時の定義の版", "version of the definition that the plan was made with"),
        *_SIGNED,
        column(
            "override_reason",
            "VARCHAR",
            "非現実的と判定された目標を承認した理由",
            "why an unrealistic goal stands",
        ),
        column("override_by", "VARCHAR", "その承認者", "who approved of that"),
        _IN_FORCE,
        column(
            "state",
            "VARCHAR",
            "状態(agreed=合意済み、not_agreed=合意が不足、changed=同じ版のまま目標が変わった、dated_back=公開済みの日にさかのぼる、"
            "upcoming=適用前、superseded=旧版)",
            "agreed, not_agreed, changed, dated_back, upcoming or superseded",
        ),
        REASON,
        RUN,
    ),
    kept="current",
)

COUNT_AGREEMENT = TableSpec(
    "count_agreement",
    "部門間の件数一致",
    "how far both departments count the same deals, by month",
    ("as_of_date", "agreement", "period_start"),
    (
        AS_OF,
        _NAME,
        column("metric", "VARCHAR", "マーケティング側の指標", "metric by which marketing counts"),
        START,
        END,
        column("count_marketing", "BIGINT", "マーケティングの件数", "deals that the metric counts", "count"),
        column("count_sales", "BIGINT", "営業の件数", "deals that sales calls valid", "count"),
        column("count_both", "BIGINT", "両部門で一致した件数", "deals that both count", "count"),
        column("count_either", "BIGINT", "どちらかが数えた件数", "deals that at least one of them counts", "count"),
        column("count_agreement", "DOUBLE", "件数一致率(一致÷どちらか)", "count_both / count_either", "fraction"),
        REASON,
        RUN,
    ),
    kept="current",
)
