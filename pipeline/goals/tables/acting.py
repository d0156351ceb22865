"""What is done about a goal: initiative, initiative_effect, action, pdca, collaboration."""

from __future__ import annotations

from pipeline.goals.tables.spec import AS_OF, KGI_ID, REASON, RUN, TableSpec, column

_NAME = column("initiative", "VARCHAR", "施策の名前", "name of the initiative")
_AMOUNT = "DECIMAL(18,2)"
_KPI = column("kpi", "VARCHAR", "動かすKPI", "metric that it shall move")
_SERVED = column("kgi_id", "VARCHAR", "貢献するKGIの名前", "name of the goal that it serves")
_OWNER = column("owner", "VARCHAR", "担当者", "who answers for it")

INITIATIVE = TableSpec(
    "initiative",
    "施策台帳",
    "the ledger of initiatives",
    ("as_of_date", "initiative"),
    (
        AS_OF,
        _NAME,
        column("label_ja", "VARCHAR", "表示名(日本語)", "label in Japanese"),
        column("label_en", "VARCHAR", "表示名(英語)", "label in English"),
        _KPI,
        _SERVED,
        _OWNER,
        column("sales_members", "BIGINT", "参加する営業の人数", "people of sales who take part", "persons"),
        column("planned_from", "DATE", "開始予定日", "planned first day", "date"),
        column("planned_to", "DATE", "終了予定日", "planned last day", "date"),
        column("done_from", "DATE", "開始日", "first day", "date"),
        column("done_to", "DATE", "終了日", "last day", "date"),
        column("planned_cost", _AMOUNT, "予定費用", "planned cost", "currency"),
        column("actual_cost", _AMOUNT, "実績費用(基準日まで)", "cost so far", "currency"),
        column("expected_effect", "DOUBLE", "期待効果(KPIの単位)", "effect that is expected, in the KPI's unit", "unit"),
        column("expected_unit", "VARCHAR", "期待効果の単位", "unit of the expected effect"),
        column(
            "expected_basis",
            "VARCHAR",
            "期待効果の数え方(cohort_landing=最終的な着地、period=期間内)",
            "cohort_landing: all that it brings in the end; period: within its own days",
        ),
        column(
            "expected_kgi_effect",
            "DOUBLE",
            "KGIへの期待効果(計画の率で換算)",
            "expected effect in the goal's unit, by the plan's own rates",
            "unit",
        ),
        column(
            "time_share",
            "DOUBLE",
            "これから効く割合(期待効果のうち期間内に来る分)",
            "part of the expected effect that is still to come and comes within the goal's period",
            "fraction",
        ),
        column("method", "VARCHAR", "検証方法(holdout、did、series、before_after)", "holdout, did, series or before_after"),
        column("treated", "VARCHAR", "対象", "members that it is done to"),
        column("control", "VARCHAR", "比較対象", "members that it is compared with"),
        column(
            "state",
            "VARCHAR",
            "状態(planned=予定、running=実施中、done=完了、late=遅れ、cancelled=中止)",
            "planned, running, done, late or cancelled",
        ),
        column("decision", "VARCHAR", "決定(continue=継続、change=変更、stop=中止)", "continue, change or stop"),
        REASON,
        RUN,
    ),
    kept="current",
)

INITIATIVE_EFFECT = TableSpec(
    "initiative_effect",
    "施策効果",
    "what each initiative has brought, against its comparison",
    ("as_of_date", "initiative", "method"),
    (
        AS_OF,
        _NAME,
        column("method", "VARCHAR", "検証方法(holdout、did、series、before_after)", "holdout, did, series or before_after"),
        column(
            "grade",
            "VARCHAR",
            "証拠の強さ(A=無作為、B=差の差、C=系列、D=前後のみ)",
            "A: randomised, B: difference in differences, C: series, D: before and after only, or no common trend",
        ),
        _KPI,
        _SERVED,
        column("unit", "VARCHAR", "効果の単位", "unit of the effect"),
        column(
            "effect",
            "DOUBLE",
            "効果(件数・金額は期間の合計、率は差)",
            "effect: over all the months that were read for a quantity, a difference for a rate",
            "unit",
        ),
        column("ci_low", "DOUBLE", "効果の95%区間の下限", "lower end of its 95 % interval", "unit"),
        column("ci_high", "DOUBLE", "効果の95%区間の上限", "upper end of its 95 % interval", "unit"),
        column(
            "claim",
            "VARCHAR",
            "言えること(effect=効果あり、none=効果ありとは言えない、opposite=逆効果)",
            "effect, none (the interval holds 0) or opposite (to what was expected)",
        ),
        column("expected_effect", "DOUBLE", "期待効果(読んだ範囲に換算)", "expected effect over what was read", "unit"),
        column(
            "n_treated",
            "BIGINT",
            "対象の件数(率はコホートの件数、件数・金額は読んだ月数)",
            "entries of the cohorts for a rate, months that were read for a quantity",
            "count",
        ),
        column("n_control", "BIGINT", "比較対象の件数", "the same of the control", "count"),
        column(
            "mde",
            "DOUBLE",
            "検出できる最小の効果(検出力80%)",
            "smallest effect that would be found, with 80 % power",
            "unit",
        ),
        column("maturity", "DOUBLE", "読める割合(80%以上で判定)", "part that is mature; read from 0.8 on", "fraction"),
        column("readable_from", "DATE", "判定できる日", "first day on which the effect can be read", "date"),
        column("kgi_effect", "DOUBLE", "KGIへの効果(計画の率で換算)", "effect in the goal's unit, by its plan", "unit"),
        column("cost_per_effect", _AMOUNT, "効果1単位あたりの費用", "cost per unit of effect", "currency"),
        column(
            "placebo_ok",
            "BOOLEAN",
            "開始前どうしの比較で効果が出ないか",
            "whether the same comparison finds nothing between two halves of the time before",
        ),
        REASON,
        RUN,
    ),
    kept="current",
)

ACTION = TableSpec(
    "action",
    "次の一手",
    "what is to be done next for each goal, and what was decided",
    ("as_of_date", "kgi_id", "action"),
    (
        AS_OF,
        KGI_ID,
        column("action", "VARCHAR", "次の一手の名前", "name of the action"),
        column(
            "source",
            "VARCHAR",
            "出所(lever、guardrail、realism、readiness、initiative、issue、decision)",
            "lever, guardrail, realism, readiness, initiative, issue or decision (of people, without any of these)",
        ),
        column("text_ja", "VARCHAR", "内容(日本語)", "what to do, in Japanese"),
        column("text_en", "VARCHAR", "内容(英語)", "what to do, in English"),
        column("expected_recovery", "DOUBLE", "見込まれる回復(KGIの単位)", "what it may recover, in the goal's unit", "unit"),
        column("cost", _AMOUNT, "費用", "what it costs", "currency"),
        column("due", "DATE", "期限", "day by which it is to be done", "date"),
        _OWNER,
        column(
            "decision",
            "VARCHAR",
            "最新の決定(continue=継続、change=変更、stop=中止、do=実行)",
            "newest decision: continue, change, stop or do",
        ),
        column("decided_on", "DATE", "決定日", "day of the decision", "date"),
        column("done_on", "DATE", "実行日", "day on which it was carried out", "date"),
        column("result", "DOUBLE", "結果(KGIの単位)", "what came of it, in the goal's unit", "unit"),
        REASON,
        RUN,
    ),
    kept="current",
)

PDCA = TableSpec(
    "pdca",
    "PDCA台帳",
    "the steps of plan, do, check and act, month by month",
    ("as_of_date", "kgi_id", "cycle", "step"),
    (
        AS_OF,
        KGI_ID,
        column("cycle", "VARCHAR", "サイクル(月 2026-04)", "cycle: a month, such as 2026-04"),
        column("step", "VARCHAR", "ステップ(plan、do、check、act)", "plan, do, check or act"),
        column("due", "DATE", "期限", "day by which it is due", "date"),
        column("done_on", "DATE", "実施日", "day on which it was done", "date"),
        column("ref", "VARCHAR", "根拠(計画の版、施策、基準日、決定)", "plan version, initiatives, night or decision"),
        column("closed_in_time", "BOOLEAN", "期限内に済んだか", "whether it was done by its due date"),
        REASON,
        RUN,
    ),
    kept="current",
)

COLLABORATION = TableSpec(
    "collaboration",
    "部門の協働",
    "how the departments work together for each goal: participation of sales, open issues, closure of checks",
    ("as_of_date", "kgi_id"),
    (
        AS_OF,
        column("kgi_id", "VARCHAR", "KGIの名前(全体は total)", "name of the goal; total for the whole"),
        column("coordinator", "VARCHAR", "調整役", "who speaks to both departments"),
        column("open_issues", "BIGINT", "未解決の課題の数", "open issues", "count"),
        column("oldest_issue_days", "BIGINT", "最も古い未解決の課題の日数", "age of the oldest open issue", "days"),
        column("initiatives", "BIGINT", "施策の数", "initiatives that are not cancelled", "count"),
        column("initiatives_with_sales", "BIGINT", "営業が参加する施策の数", "of these, with a member of sales", "count"),
        column("sales_participation", "DOUBLE", "営業の参加率", "initiatives with a member of sales / initiatives", "fraction"),
        column("initiative_cost", _AMOUNT, "施策の費用", "cost of the initiatives, actual where known", "currency"),
        column("cost_with_sales", _AMOUNT, "営業が参加する施策の費用", "of this, with a member of sales", "currency"),
        column(
            "sales_participation_by_cost", "DOUBLE", "費用で見た営業の参加率", "cost_with_sales / initiative_cost", "fraction"
        ),
        column("checks_due", "BIGINT", "期限の来たチェックの数", "checks whose decision is due", "count"),
        column("checks_closed", "BIGINT", "期限内に決定したチェックの数", "of these, with a decision in time", "count"),
        column("pdca_closure_rate", "DOUBLE", "PDCA完結率", "checks_closed / checks_due", "fraction"),
        REASON,
        RUN,
    ),
    kept="current",
)
