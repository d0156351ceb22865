"""The sealed goal tables as data: columns with types, keys, and what each column means in Japanese and English."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnSpec:
    """A column: its DuckDB type, its meaning in both languages and its unit (empty where it has none)."""

    name: str
    type: str
    ja: str
    en: str
    unit: str = ""


@dataclass(frozen=True)
class TableSpec:
    """A table: `key` is its grain. A sealed table keeps what earlier dates said."""

    name: str
    ja: str
    en: str
    key: tuple[str, ...]
    columns: tuple[ColumnSpec, ...]
    sealed: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(column.name for column in self.columns)


def _column(name: str, type_: str, ja: str, en: str, unit: str = "") -> ColumnSpec:
    return ColumnSpec(name, type_, ja, en, unit)


_AS_OF = _column("as_of_date", "DATE", "基準日(この日の終わりまでの実績)", "business date whose end is the cut-off", "date")
_RUN = _column("run_id", "VARCHAR", "実行ID", "the run that wrote the row")
_REASON = _column("null_reason", "VARCHAR", "空欄の理由(列=理由;…)", "why columns are null: column=reason;column=reason")
_START = _column("period_start", "DATE", "期間の初日", "first day of the row's days", "date")
_END = _column("period_end", "DATE", "期間の末日", "last day of the row's days", "date")
_VERSION = _column("plan_version", "BIGINT", "計画の版", "version of the plan", "count")
_KGI_ID = _column("kgi_id", "VARCHAR", "KGIの名前", "name of the goal")
_DAYS = _column("business_days", "BIGINT", "営業日数", "business days in the row's days", "days")

KGI = TableSpec(
    "kgi",
    "KGI進捗",
    "where each goal stands",
    ("as_of_date", "kgi_id", "grain", "period_start"),
    (
        _AS_OF,
        _KGI_ID,
        _column("grain", "VARCHAR", "粒度(period=目標の期間、month=月)", "period (the declared one) or month"),
        _START,
        _END,
        _column("label_ja", "VARCHAR", "表示名(日本語)", "label in Japanese"),
        _column("label_en", "VARCHAR", "表示名(英語)", "label in English"),
        _column("phase", "VARCHAR", "フェーズ(early=初期、middle=中期、late=後期)", "phase: early, middle or late"),
        _column("metric", "VARCHAR", "指標", "metric that the goal is measured by"),
        _column("unit", "VARCHAR", "単位", "unit of target and actual"),
        _column("direction", "VARCHAR", "良い方向(up=多いほど良い)", "up: more is better; down: less is better"),
        _column("target", "DOUBLE", "目標(端数を丸めない)", "target, unrounded", "unit"),
        _column("target_rule", "VARCHAR", "目標の算出式", "formula of the period's target, with its inputs"),
        _column("target_to_date", "DOUBLE", "基準日までの目標(営業日按分)", "target due by as_of_date, by business days", "unit"),
        _column("actual", "DOUBLE", "実績", "actual up to as_of_date", "unit"),
        _column("attainment", "DOUBLE", "達成率(実績÷目標)", "actual / target", "fraction"),
        _column("attainment_to_date", "DOUBLE", "基準日までの達成率", "actual / target_to_date", "fraction"),
        _column("gap_to_date", "DOUBLE", "基準日までの目標との差", "actual - target_to_date", "unit"),
        _column("gap_to_target", "DOUBLE", "目標との差", "actual - target", "unit"),
        _column("pace", "DOUBLE", "進捗ペース(1で計画どおり)", "actual against what is due; 1 is on plan", "fraction"),
        _DAYS,
        _column("business_days_left", "BIGINT", "残り営業日数", "business days after as_of_date", "days"),
        _column("required_per_business_day", "DOUBLE", "残り1営業日あたりの必要量", "needed per remaining business day", "unit"),
        _column(
            "status",
            "VARCHAR",
            "状態(attained=達成、on_pace=順調、behind=遅れ、missed=未達、not_started=開始前、"
            "covered_by_sales=営業の見込みで充足、undefined=算出不可)",
            "attained, on_pace, behind, missed, not_started, covered_by_sales or undefined",
        ),
        _REASON,
        _column("marketing_owner", "VARCHAR", "マーケティングの責任者", "owner in marketing"),
        _column("sales_owner", "VARCHAR", "営業の責任者", "owner in sales"),
        _column("coordinator", "VARCHAR", "調整役", "coordinator between the departments"),
        _VERSION,
        _RUN,
    ),
)

KPI = TableSpec(
    "kpi",
    "KPI実績",
    "what each metric was",
    ("as_of_date", "metric", "grain", "period_start", "period_end", "dimension", "member"),
    (
        _AS_OF,
        _column("metric", "VARCHAR", "指標", "metric or agreed plan rate"),
        _column(
            "grain",
            "VARCHAR",
            "粒度(period=目標の期間、month、fiscal_quarter、fiscal_half、fiscal_year)",
            "period (of a goal), month, fiscal_quarter, fiscal_half or fiscal_year",
        ),
        _START,
        _END,
        _column("dimension", "VARCHAR", "切り口(全体は total)", "dimension; total for the whole"),
        _column("member", "VARCHAR", "切り口の値(値なしは (none))", "member of the dimension; (none) where it has no value"),
        _column("label_ja", "VARCHAR", "表示名(日本語)", "label in Japanese"),
        _column("label_en", "VARCHAR", "表示名(英語)", "label in English"),
        _column("unit", "VARCHAR", "単位", "unit of the value"),
        _column(
            "value_kind",
            "VARCHAR",
            "値の種類(count=件数、amount=金額、rate=率、ratio=期間比率)",
            "count, amount, rate (of a cohort) or ratio (of the same period)",
        ),
        _column("value", "DOUBLE", "実績値", "measured value", "unit"),
        _column("numerator", "DOUBLE", "分子", "what a rate divides"),
        _column("denominator", "DOUBLE", "分母", "what a rate divides by"),
        _column("target", "DOUBLE", "同じ期間の目標", "target for the same days", "unit"),
        _column("gap", "DOUBLE", "目標との差", "value - target", "unit"),
        _REASON,
        _RUN,
    ),
)

KPI_TARGET = TableSpec(
    "kpi_target",
    "KPI目標",
    "what each KPI must reach",
    ("as_of_date", "kgi_id", "metric", "grain", "period_start", "channel", "plan_version"),
    (
        _AS_OF,
        _KGI_ID,
        _column("metric", "VARCHAR", "KPI", "metric or agreed plan rate"),
        _column("grain", "VARCHAR", "粒度(period=目標の期間、month=月)", "period (the declared one) or month"),
        _START,
        _END,
        _column("channel", "VARCHAR", "チャネル(全体は total)", "channel; total for the whole"),
        _VERSION,
        _column("value_kind", "VARCHAR", "値の種類(count、amount、rate、ratio)", "count, amount, rate or ratio"),
        _column("target_value", "DOUBLE", "目標値(端数を丸めない)", "target, unrounded", "unit"),
        _column(
            "target_count",
            "BIGINT",
            "目標件数(整数。月の合計は期間の目標に一致)",
            "target as a whole count; months sum to the period by largest remainder",
            "count",
        ),
        _column("weight", "DOUBLE", "期間に占める割合", "share of the period", "fraction"),
        _DAYS,
        _column("seasonal_index", "DOUBLE", "季節指数", "seasonal index of the month", "factor"),
        _column("rate_used", "DOUBLE", "使った計画値(率・単価)", "plan rate or price that led to the target"),
        _column("rate_source", "VARCHAR", "計画値の出所", "where the plan rate comes from"),
        _column("rate_n", "BIGINT", "計画値のもとの件数", "cases that the plan rate rests on", "count"),
        _column("is_assumed", "BOOLEAN", "仮置きの計画値か", "whether the plan rate rests on no cases"),
        _column("effective_from", "DATE", "適用開始日", "first day of this version of the plan", "date"),
        _REASON,
        _RUN,
    ),
)

CALENDAR = TableSpec(
    "dim_fiscal_calendar",
    "会計カレンダー",
    "fiscal calendar",
    ("date",),
    (
        _column("date", "DATE", "日付", "date", "date"),
        _column("fiscal_year", "BIGINT", "年度(開始年で呼ぶ)", "fiscal year, named by the year it starts in", "year"),
        _column("half", "VARCHAR", "上期・下期", "first (上期) or second (下期) half"),
        _column("fiscal_half_start", "DATE", "半期の初日", "first day of the half", "date"),
        _column("quarter", "BIGINT", "四半期(1-4)", "fiscal quarter, 1 to 4", "number"),
        _column("fiscal_quarter_start", "DATE", "四半期の初日", "first day of the fiscal quarter", "date"),
        _column("fiscal_year_start", "DATE", "年度の初日", "first day of the fiscal year", "date"),
        _column("month", "BIGINT", "月(1-12)", "calendar month, 1 to 12", "number"),
        _column("is_business_day", "BOOLEAN", "営業日か", "whether it is a business day"),
        _column("holiday_name", "VARCHAR", "祝日・会社休日の名前(平日は空欄)", "name of the holiday; null when it is none"),
        _column("business_day_no", "BIGINT", "月内の第何営業日か", "business days of the month up to this day", "days"),
        _column("business_days_in_month", "BIGINT", "月の営業日数", "business days of the whole month", "days"),
        _column("confirmed", "BOOLEAN", "祝日が確認済みか", "whether somebody has checked the holidays so far"),
    ),
    sealed=False,
)

TABLES: tuple[TableSpec, ...] = (KGI, KPI, KPI_TARGET, CALENDAR)
"""What the goals give: each sealed table is the field of the scorecard of the same name; the calendar is written by itself."""

COMMENTS: dict[str, dict[str, tuple[str, str, str]]] = {
    table.name: {column.name: (column.ja, column.en, column.unit) for column in table.columns} for table in TABLES
}
"""Table -> column -> (Japanese, English, unit)."""
