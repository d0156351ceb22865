"""The scorecard of a night, against a handful of events counted by hand."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import asdict, fields, replace

import pytest

from pipeline.engines.duckdb import EngineError
from pipeline.findings import KgiError, MachineError, Severity, finding
from pipeline.goals import COMMENTS, TABLES, Cut, MetricFact, PublishRequest, Scorecard, check_scorecard, score
from pipeline.goals.goal import Goal
from pipeline.goals.rows import KgiRow, KpiRow, KpiTargetRow
from pipeline.goals.tables import GAP, TableSpec
from pipeline.metrics import Question
from pipeline.shapes import Column, Table
from tests.goals.files import COMPANY, FACTS, PIPELINE, asking, goal_of, goal_text, goals_of, silent, small_database

AS_OF = dt.date(2026, 6, 20)
APRIL, MAY, JUNE, JULY = (dt.date(2026, month, 1) for month in (4, 5, 6, 7))


def scored(*goals: Goal, as_of: dt.date = AS_OF, publish: tuple[PublishRequest, ...] = ()) -> Scorecard:
    with small_database() as engine:
        card = score(goals, FACTS, asking(engine), COMPANY, as_of, "run-1", publish=publish)
    assert check_scorecard(card) == ()
    return card


def kgi(card: Scorecard, start: dt.date | None = None) -> KgiRow:
    grain = "month" if start else "period"
    (row,) = [row for row in card.kgi if row.grain == grain and start in (None, row.period_start)]
    return row


def kpi(card: Scorecard, metric: str, grain: str, start: dt.date, member: str = "total") -> KpiRow:
    (row,) = [row for row in card.kpi if (row.metric, row.grain, row.period_start, row.member) == (metric, grain, start, member)]
    return row


def counting(actual: float, metric: str = "appointments") -> object:
    return lambda question: Table((Column(metric, "BIGINT"),), ((actual,),)) if not question.group_by else silent(question)


def test_pace_in_november() -> None:
    card = score([goal_of()], FACTS, counting(110), COMPANY, dt.date(2026, 11, 20), "run")  # type: ignore[arg-type]
    row = kgi(card)
    assert (row.business_days, row.business_days_left, row.status) == (241, 84, "behind")
    assert row.target_to_date == pytest.approx(130.29, abs=0.005)
    assert row.pace == pytest.approx(0.8443, abs=5e-5)
    assert row.required_per_business_day == pytest.approx(1.0714, abs=5e-5)
    assert (row.attainment, row.gap_to_target) == (0.55, -90)
    assert row.gap_to_date == pytest.approx(110 - 200 * 157 / 241)


def test_the_period_and_its_months_are_counted_up_to_the_cut_off() -> None:
    card = scored(goal_of())
    assert (kgi(card).actual, kgi(card, APRIL).actual, kgi(card, MAY).actual, kgi(card, JUNE).actual) == (3, 2, 0, 1)
    july = kgi(card, JULY)
    assert (july.actual, july.status, july.business_days_left) == (None, "not_started", 22)
    assert july.null_reason == (
        "actual=not_started;attainment=not_started;attainment_to_date=not_started;gap_to_date=not_started;"
        "gap_to_target=not_started;pace=not_started;required_per_business_day=not_started;shortfall=period_only;"
        "shortfall_live=period_only;eta_p50=period_only;verdict=period_only;growth_multiple=period_only;"
        "guardrail_state=period_only;agreement_state=period_only;coordinator=not_named;initiative_coverage=period_only"
    )
    assert july.target_to_date == 0
    assert kgi(card, MAY).status == "missed"
    assert len([row for row in card.kgi if row.grain == "month"]) == 12


def test_a_goal_of_one_month_is_counted_in_its_period_and_in_its_month() -> None:
    card = scored(goal_of(period="{from: 2026-04-01, to: 2026-04-30}"))
    assert (kgi(card).actual, kgi(card, APRIL).actual) == (2, 2)


def test_months_sum_to_the_period() -> None:
    card = scored(goal_of())
    months = [row for row in card.kgi if row.grain == "month"]
    assert math.fsum(row.target or 0 for row in months) == pytest.approx(kgi(card).target, rel=1e-12)
    assert math.fsum(row.target_to_date or 0 for row in months) == pytest.approx(kgi(card).target_to_date, rel=1e-12)
    june = kgi(card, JUNE)
    assert june.target_to_date == pytest.approx((june.target or 0) * 15 / 22)
    assert (kgi(card).marketing_owner, kgi(card).sales_owner, kgi(card).target_rule) == ("sato", "tanaka", "value 200")


def test_every_node_has_targets_that_sum_and_rates_that_hold() -> None:
    card = scored(goal_of(**PIPELINE))
    rows = {(row.metric, row.grain, row.period_start): row for row in card.kpi_target}
    appointments = rows["appointments", "period", APRIL]
    assert [appointments.target_value, appointments.target_count] == pytest.approx([200, 200])
    assert [rows["appointments", "month", start].target_count for start in (APRIL, MAY, JUNE)] == [17, 15, 18]
    assert (appointments.rate_used, appointments.rate_source, appointments.is_assumed) == (0.4, "agreed", True)
    assert "rate_n=assumed" in (appointments.null_reason or "")
    assert {row.target_value for row in card.kpi_target if row.metric == "valid_rate"} == {0.4}
    amount = rows["created_pipeline_amount", "period", APRIL]
    assert (amount.target_value, amount.target_count, amount.rate_used) == (240e6, None, 0.25)
    assert amount.effective_from == APRIL


def test_an_amount_in_decimals_is_compared_as_a_number() -> None:
    card = scored(goal_of(**PIPELINE))
    assert kgi(card).actual == 2_500_000.50
    assert kgi(card).attainment == pytest.approx(2_500_000.50 / 240e6)
    assert kgi(card, MAY).actual == 0


def test_a_rate_with_nothing_to_divide_by_is_null_with_a_reason() -> None:
    card = scored(goal_of(**PIPELINE))
    april, may = kpi(card, "valid_rate", "month", APRIL), kpi(card, "valid_rate", "month", MAY)
    assert (april.value, april.numerator, april.denominator, april.target) == (0.5, 1, 2, 0.4)
    assert april.gap == pytest.approx(0.1)
    assert may.value is None
    assert "value=zero_denominator" in (may.null_reason or "")
    whole = kpi(card, "valid_rate", "period", APRIL)
    assert [whole.value, whole.numerator, whole.denominator] == pytest.approx([2 / 3, 2, 3])
    plan_only = kpi(card, "win_rate", "period", APRIL)
    assert (plan_only.value, plan_only.target) == (None, 0.25)
    assert "value=no_metric" in (plan_only.null_reason or "")


def test_a_ratio_of_the_same_period_is_labelled_as_one() -> None:
    card = scored(goal_of(**PIPELINE))
    rate = kpi(card, "appointment_rate", "period", APRIL)
    assert (rate.value_kind, rate.label_ja, rate.label_en) == (
        "ratio",
        "appointment_rateの表示名(期間比率)",
        "Appointment_Rate (period ratio)",
    )
    price = kpi(card, "unit_price", "period", APRIL)
    assert (price.unit, price.label_ja, price.label_en) == ("JPY", "unit_priceの表示名", "Unit_Price")


@pytest.mark.parametrize(
    ("as_of", "value"),
    [(dt.date(2026, 7, 28), None), (dt.date(2026, 7, 29), 0.25)],
)
def test_a_conversion_rate_whose_window_is_not_over_does_not_look_final(as_of: dt.date, value: float | None) -> None:
    fact = MetricFact("rate", "rate", "rate", "率", "Rate", matures_after_days=90, divides_quantities=True)

    def ask(question: Question) -> Table:
        columns = ("metric_time__month", "rate", "rate__numerator", "rate__denominator")
        return Table(tuple(Column(name, "DOUBLE") for name in columns), ((dt.date(2026, 4, 1), 0.25, 1.0, 4.0),))

    card = score((), {"rate": fact}, ask, COMPANY, as_of, "r", publish=(PublishRequest("rate"),))
    row = next(each for each in card.kpi if each.period_start == dt.date(2026, 4, 1))
    assert (row.value, row.numerator, row.denominator) == (value, 1.0, 4.0)
    assert ("value=immature" in (row.null_reason or "")) == (value is None)


def test_published_metrics_stand_by_every_member_and_grain() -> None:
    requests = (
        PublishRequest("appointments", "month", (Cut("channel", "channel"),)),
        PublishRequest("appointments", "fiscal_quarter"),
    )
    card = scored(goal_of(), publish=requests)
    june = {row.member: row.value for row in card.kpi if row.dimension == "channel" and row.period_start == JUNE}
    assert june == {"(none)": 1, "web": 0, "webinar": 0}
    may = [row.value for row in card.kpi if row.dimension == "channel" and row.period_start == MAY]
    assert may == [0, 0, 0]
    total = kpi(card, "appointments", "month", APRIL)
    assert [total.value, total.target] == pytest.approx([2, 200 * 21 / 241])
    quarter = kpi(card, "appointments", "fiscal_quarter", APRIL)
    assert [quarter.value, quarter.target] == pytest.approx([3, 200 * 61 / 241])
    before = kpi(card, "appointments", "fiscal_quarter", dt.date(2025, 4, 1))
    assert (before.value, before.null_reason) == (
        0,
        "numerator=not_a_rate;denominator=not_a_rate;projected=not_a_cohort;completion=not_a_cohort;"
        "target=no_goal;gap=no_goal;within_noise=no_goal",
    )
    members = [row for row in card.kpi if row.dimension == "channel"]
    assert all("target=total_only" in (row.null_reason or "") for row in members)


def test_the_kpi_rows_equal_sql_written_by_hand() -> None:
    card = scored(goal_of(), publish=(PublishRequest("appointments", "month", (Cut("channel", "channel"),)),))
    with small_database() as engine:
        by_hand = engine.rows(
            "select date_trunc('month', day)::date, coalesce(channel, '(none)'), count(*) from events"
            " where stage = 'appointment' and day <= date '2026-06-20' group by all order by all"
        )
    ours = [(row.period_start, row.member, row.value) for row in card.kpi if row.dimension == "channel" and row.value]
    assert sorted(ours) == by_hand


def test_a_member_that_reads_like_no_value_is_kept_apart() -> None:
    with small_database() as engine:
        engine.execute("insert into events values ('2026-06-11', 'appointment', '(none)', null)")
        publish = [PublishRequest("appointments", "month", (Cut("channel", "channel"),))]
        card = score([], FACTS, asking(engine), COMPANY, AS_OF, "run", publish=publish)
    june = {row.member: row.value for row in card.kpi if row.dimension == "channel" and row.period_start == JUNE}
    assert (june["(none)"], june["'(none)'"]) == (1, 1)


def test_two_goals_that_want_different_things_of_a_metric() -> None:
    year, half = goals_of(goal_text(), goal_text(name="h1", period="{fiscal_half: 2026-H1}", target="{value: 90}"))
    card = scored(year, half)
    april = kpi(card, "appointments", "month", APRIL)
    assert april.target is None
    assert "target=several_goals" in (april.null_reason or "")
    periods = {row.period_end: row.target for row in card.kpi if row.grain == "period"}
    assert periods[dt.date(2027, 3, 31)] == 200
    agreed = scored(year, replace(year, name="again"))
    assert kpi(agreed, "appointments", "month", APRIL).target == pytest.approx(200 * 21 / 241)


@pytest.mark.parametrize(
    "error", [EngineError("Binder", "no column x", None, (), ""), KgiError(finding("yaml_syntax", problem="x"))]
)
def test_a_goal_that_cannot_be_measured_gives_a_row_with_a_reason_and_is_unsound(error: Exception) -> None:
    def ask(question: Question) -> Table:
        raise error

    card = score([goal_of()], FACTS, ask, COMPANY, AS_OF, "run")
    assert check_scorecard(card) == ()
    assert (kgi(card).actual, kgi(card).status, kgi(card).target) == (None, "undefined", 200)
    assert "actual=metric_failed" in (kgi(card).null_reason or "")
    said = [each for each in card.findings if each.code in ("goal_metric_failed", "yaml_syntax")]
    assert [each.severity for each in said] == [Severity.UNSOUND]
    only_published = score([], FACTS, ask, COMPANY, AS_OF, "run", publish=(PublishRequest("appointments"),))
    assert {each.severity for each in only_published.findings} == {Severity.WARNING}
    if isinstance(error, EngineError):
        assert said[0].text() == "the metric 'appointments' could not be answered: no column x"


def test_a_fault_of_the_machine_is_passed_on() -> None:
    def ask(question: Question) -> Table:
        raise MachineError(finding("disk_full", problem="x"))

    with pytest.raises(MachineError):
        score([goal_of()], FACTS, ask, COMPANY, AS_OF, "run")


def test_a_metric_nobody_described_is_a_row_with_a_reason() -> None:
    card = score([goal_of()], {}, silent, COMPANY, AS_OF, "run")
    assert check_scorecard(card) == ()
    assert "actual=metric_unknown" in (kgi(card).null_reason or "")
    assert any("could not be answered: it is not in the catalogue" in each.text() for each in card.findings)


def test_a_plan_without_a_rate_is_scored_and_warned_of() -> None:
    card = scored(goal_of(tree="appointments: mql * appointment_rate\n"))
    assert kgi(card).target == 200
    assert "the KGI 'appointments_fy2026' has no plan rate that leads to: mql, appointment_rate (E122)" in [
        each.text() for each in card.findings
    ]
    zero = scored(goal_of(tree="appointments: mql * appointment_rate\n", plan_rates="{agreed: {appointment_rate: 0}}"))
    assert any("without target: mql (E121)" in each.text() for each in zero.findings)
    (mql,) = [row for row in zero.kpi_target if (row.metric, row.grain) == ("mql", "period")]
    assert "target_value=rate_zero;target_count=rate_zero" in (mql.null_reason or "")


def test_what_is_kept_for_later_is_said() -> None:
    card = scored(goal_of(channels="[web]"))
    (info,) = [each for each in card.findings if each.severity is Severity.INFO]
    assert info.text().endswith("are checked and kept, but give no numbers yet: channels")


def test_a_tree_without_an_answer_names_its_reason() -> None:
    card = scored(goal_of(tree="appointments: mql * appointment_rate + mql\n", plan_rates="{agreed: {appointment_rate: 1}}"))
    assert "the KGI 'appointments_fy2026' has no target for mql: not_determined" in [each.text() for each in card.findings]


def test_a_stock_has_the_same_target_in_every_month() -> None:
    stock = replace(FACTS["appointments"], sums_over_time=False)
    with small_database() as engine:
        card = score([goal_of()], {"appointments": stock}, asking(engine), COMPANY, AS_OF, "run")
    assert check_scorecard(card) == ()
    assert {(row.target_value, row.target_count) for row in card.kpi_target} == {(200, 200)}
    assert (kgi(card, MAY).actual, kgi(card, MAY).target) == (0, 200)


def test_a_dimension_that_cannot_be_answered_leaves_the_total() -> None:
    with small_database() as engine:
        answer = asking(engine)

        def ask(question: Question) -> Table:
            if "nowhere" in question.group_by:
                raise KgiError(finding("yaml_syntax", problem="no dimension nowhere"))
            return answer(question)

        card = score(
            [], FACTS, ask, COMPANY, AS_OF, "run", publish=[PublishRequest("appointments", "month", (Cut("nowhere", "nowhere"),))]
        )
    assert [row.value for row in card.kpi if row.period_start >= APRIL] == [2, 0, 1]
    assert [each.severity for each in card.findings] == [Severity.WARNING]


def test_a_goal_on_a_rate_is_not_spread() -> None:
    card = scored(goal_of(metric="valid_rate", unit="率", target="{value: 0.4}"))
    assert (kgi(card).target, kgi(card, APRIL).target, kgi(card, APRIL).target_to_date) == (0.4, 0.4, 0.4)
    assert kgi(card).status == "on_pace"
    assert "required_per_business_day=not_additive" in (kgi(card).null_reason or "")
    assert kgi(card, APRIL).status == "attained"


def test_less_is_better() -> None:
    card = scored(goal_of(direction="down", target="{value: 2}"))
    assert (kgi(card).status, kgi(card, APRIL).status, kgi(card, MAY).status) == ("missed", "missed", "attained")
    assert "required_per_business_day=less_is_better" in (kgi(card).null_reason or "")


def test_covered_by_sales() -> None:
    target = PIPELINE["target"].replace("380000000", "500000000")
    row = kgi(scored(goal_of(**{**PIPELINE, "target": target})))
    assert (row.target, row.attainment, row.status) == (0, None, "covered_by_sales")
    assert "attainment=zero_denominator" in (row.null_reason or "")


def test_statuses_over_time() -> None:
    goal = goal_of(target="{value: 3}", period="{fiscal_quarter: 2026-Q1}")
    assert kgi(scored(goal, as_of=dt.date(2026, 3, 31))).status == "not_started"
    assert kgi(scored(goal, as_of=dt.date(2026, 4, 1))).status == "on_pace"
    assert kgi(scored(goal, as_of=dt.date(2026, 6, 9))).status == "behind"
    assert kgi(scored(goal, as_of=dt.date(2026, 6, 10))).status == "attained"
    assert kgi(scored(goal_of(target="{value: 9}", period="{fiscal_quarter: 2026-Q1}"), as_of=JULY)).status == "missed"
    row = kgi(scored(goal, as_of=dt.date(2026, 6, 30)))
    assert (row.business_days_left, row.required_per_business_day) == (0, None)
    assert "required_per_business_day=no_business_days_left" in (row.null_reason or "")


def test_a_period_without_a_business_day_still_has_its_target() -> None:
    goal = goal_of(period="{from: 2026-12-30, to: 2027-01-02}")
    card = scored(goal, as_of=dt.date(2026, 12, 31))
    assert (kgi(card).target, kgi(card).target_to_date) == (200, None)
    assert "target_to_date=no_business_days" in (kgi(card).null_reason or "")
    assert {row.target for row in card.kgi if row.grain == "month"} == {None}
    assert scored(goal, as_of=dt.date(2027, 1, 31)).kgi[0].target_to_date == 200


def test_targets_from_the_past_and_sums() -> None:
    rule = "{multiple_of_baseline: {metric: appointments, baseline: {from: 2026-04-01, to: 2026-04-30}, multiple: 1.5}}"
    past = goal_of(target=rule, period="{fiscal_quarter: 2026-Q2}")
    assert (kgi(scored(past)).target, kgi(scored(past)).target_rule) == (
        3,
        "multiple_of_baseline 1.5 x appointments (2026-04-01..2026-04-30) = 2",
    )
    open_baseline = scored(past, as_of=dt.date(2026, 4, 29))
    assert "target=baseline_missing" in (kgi(open_baseline).null_reason or "")
    parts = goals_of(goal_text(name="a"), goal_text(name="b"), goal_text(name="c", target="{sum_of: [a, b]}"))
    assert [row.target for row in scored(*parts).kgi if row.grain == "period"] == [200, 200, 400]


def test_a_value_that_is_not_finite_never_reaches_a_table() -> None:
    card = score([goal_of()], FACTS, counting(math.nan), COMPANY, AS_OF, "run")  # type: ignore[arg-type]
    assert check_scorecard(card) == ()
    assert "actual=not_finite" in (kgi(card).null_reason or "")


def test_the_check_finds_what_is_broken() -> None:
    card = scored(goal_of())
    codes = [each.code for each in check_scorecard(replace(card, kgi=(*card.kgi, card.kgi[0])))]
    assert codes == ["goal_grain_twice"]
    (twice,) = check_scorecard(replace(card, kgi=(*card.kgi, card.kgi[0])))
    assert twice.text() == "1 keys of kgi stand twice; the first is 2026-06-20, appointments_fy2026, period, 2026-04-01"
    given = {"coordinator": "x", "eta_p50": AS_OF, "shortfall": 0.0, "shortfall_live": 0.0, "guardrail_state": "ok"}
    given |= {"growth_multiple": 1.0}
    broken = replace(card.kgi[0], pace=math.inf, attainment=None, null_reason=None, **given)  # type: ignore[arg-type]
    assert [each.code for each in check_scorecard(Scorecard(kgi=(broken,)))] == ["null_without_reason", "not_finite"]
    (period, april, *rest) = card.kpi_target
    wrong = (period, replace(april, target_count=18, target_value=99.0), *rest)
    found = check_scorecard(replace(card, kpi_target=wrong))
    assert [each.code for each in found] == ["targets_do_not_sum", "targets_do_not_sum"]
    assert found[0].text().endswith("sum to 201, the period's target is 200")
    assert {each.severity for each in found} == {Severity.UNSOUND}


@pytest.mark.parametrize(("row", "spec"), [(KgiRow, TABLES[0]), (KpiRow, TABLES[1]), (KpiTargetRow, TABLES[2])])
def test_rows_and_tables_have_the_same_columns(row: type, spec: TableSpec) -> None:
    assert tuple(each.name for each in fields(row)) == spec.names
    assert set(spec.key) <= set(spec.names)
    types = {each.name: str(each.type).removesuffix(" | None") for each in fields(row)}
    duck = {"float": "DOUBLE", "int": "BIGINT", "str": "VARCHAR", "bool": "BOOLEAN", "dt.date": "DATE"}
    assert {column.name: column.type for column in spec.columns} == {name: duck[each] for name, each in types.items()}


def test_every_column_is_described_in_both_languages() -> None:
    assert all(ja and en for columns in COMMENTS.values() for ja, en, _ in columns.values())
    assert set(COMMENTS) == {table.name for table in TABLES}


def test_scoring_twice_gives_the_same() -> None:
    assert asdict(scored(goal_of(**PIPELINE))) == asdict(scored(goal_of(**PIPELINE)))


def test_parts_that_do_not_sum_are_not_published() -> None:
    row = {"kgi_id": "g", "basis": "to_date", "kind": "part", "contribution": 3.0}
    rows = (row, {**row, "contribution": 4.0}, {**row, "kind": "total", "contribution": 7.5}, {**row, "kind": "view"})
    whole = [dict.fromkeys(GAP.names, "x") | each | {"channel": str(at)} for at, each in enumerate(rows)]
    found = check_scorecard(Scorecard(others={"gap_decomposition": tuple(whole)}))
    assert [each.text() for each in found] == ["the parts of g (to_date) in gap_decomposition sum to 7.0, the whole is 7.5"]
    whole[2]["contribution"] = 7.0
    assert check_scorecard(Scorecard(others={"gap_decomposition": tuple(whole)})) == ()


def test_a_goal_on_a_rate_that_may_still_change_is_immature() -> None:
    followed = replace(FACTS["valid_rate"], matures_after_days=90, divides_quantities=True)
    with small_database() as engine:
        goal = goal_of(metric="valid_rate", unit="率", target="{value: 0.4}")
        card = score([goal], {**FACTS, "valid_rate": followed}, asking(engine), COMPANY, AS_OF, "run")
    assert check_scorecard(card) == ()
    assert (kgi(card).status, kgi(card).actual, kgi(card, APRIL).status) == ("immature", None, "immature")
    assert "actual=immature" in (kgi(card).null_reason or "")
