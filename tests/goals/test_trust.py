"""How far a number of kpi can be trusted: intervals, maturity, completion and status, against SQL by hand and scipy."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from scipy import stats

from pipeline.engines.duckdb import EngineError
from pipeline.findings import Severity
from pipeline.goals import Cut, MetricFact, PublishRequest, Scorecard, check_scorecard, fiscal_calendar, score
from pipeline.goals.goal import Goal
from pipeline.goals.outlook import Flows
from pipeline.goals.path import Path
from pipeline.goals.rows import KpiRow
from pipeline.metrics import Question
from pipeline.shapes import Column, Table
from tests.goals.files import COMPANY, FACTS, PIPELINE, asking, fact, goal_of, goal_text, goals_of, silent, small_database
from tests.goals.test_agreements import agreement_text, definitions

AS_OF = dt.date(2026, 6, 20)
APRIL, MAY, JUNE, JULY = (dt.date(2026, month, 1) for month in (4, 5, 6, 7))
VALID = replace(FACTS["valid_rate"], divides=("valid_opportunities", "appointments"), kind="ratio")
KNOWN = {**FACTS, "valid_rate": VALID}
DAY = dt.timedelta(days=1)


def scored(*goals: Goal, as_of: dt.date = AS_OF, publish: tuple[PublishRequest, ...] = ()) -> Scorecard:
    with small_database() as engine:
        card = score(goals, KNOWN, asking(engine), COMPANY, as_of, "run-1", publish=publish)
    assert check_scorecard(card) == ()
    return card


def kpi(card: Scorecard, metric: str, start: dt.date, grain: str = "month", member: str = "total") -> KpiRow:
    (row,) = [row for row in card.kpi if (row.metric, row.grain, row.period_start, row.member) == (metric, grain, start, member)]
    return row


def why(row: KpiRow) -> dict[str, str]:
    return dict(part.split("=") for part in (row.null_reason or "").split(";"))


def answered(
    fact: MetricFact, *cells: float | None, also: dict[str, MetricFact] | None = None, goal: Goal | None = None
) -> KpiRow:
    """Score April as it is answered: the value, and what a rate divides."""
    names = (fact.name, f"{fact.name}__numerator", f"{fact.name}__denominator")[: len(cells)]

    def ask(question: Question) -> Table:
        columns = tuple(Column(name, "DOUBLE") for name in ("metric_time__month", *names))
        return Table(columns, ((APRIL, *cells),) if question.metrics == (fact.name,) else ())

    known = {fact.name: fact, **(also or {})}
    goals = (goal,) if goal else ()
    card = score(goals, known, ask, COMPANY, dt.date(2026, 5, 31), "r", publish=(PublishRequest(fact.name),))
    assert check_scorecard(card) == ()
    return kpi(card, fact.name, APRIL)


COUNTS = {"won": fact("won"), "met": fact("met")}
RATIO = MetricFact("win_rate", "ratio", "rate", "受注率", "Win rate", divides_quantities=True, divides=("won", "met"))


def test_a_count_has_the_exact_poisson_interval() -> None:
    row = answered(fact("won"), 230.0)
    assert (row.ci_low, row.ci_high) == pytest.approx((201.23, 261.72), abs=5e-3)
    none = answered(fact("won"), 0.0)
    assert (none.ci_low, none.ci_high) == pytest.approx((0, stats.chi2(2).ppf(0.975) / 2))


def test_a_rate_of_counts_has_wilsons_interval() -> None:
    row = answered(RATIO, 0.3, 69.0, 230.0, also=COUNTS)
    theirs = stats.binomtest(69, 230).proportion_ci(method="wilson")
    assert (row.ci_low, row.ci_high) == pytest.approx((theirs.low, theirs.high))
    assert row.status == "no_target"


@pytest.mark.parametrize(
    ("described", "cells", "reason"),
    [
        (fact("revenue", "amount", "JPY"), (5e6,), "not_counted"),
        (replace(fact("open_deals"), sums_over_time=False), (40.0,), "not_a_flow"),
        (fact("won"), (-2.0,), "not_counted"),
        (RATIO, (1.5, 30.0, 20.0), "above_one"),
        (replace(RATIO, divides=("revenue", "won")), (5e5, 5e6, 10.0), "not_counted"),
        (replace(RATIO, divides=None), (0.3, 69.0, 230.0), "not_counted"),
        (replace(RATIO, divides_quantities=False), (0.3,), "no_parts"),
        (RATIO, (None, 0.0, 0.0), "zero_denominator"),
    ],
)
def test_where_there_is_no_interval_its_reason_stands(
    described: MetricFact, cells: tuple[float | None, ...], reason: str
) -> None:
    row = answered(described, *cells, also={**COUNTS, "revenue": fact("revenue", "amount", "JPY")} | {described.name: described})
    assert (row.ci_low, row.ci_high) == (None, None) and (why(row)["ci_low"], why(row)["ci_high"]) == (reason, reason)


@pytest.mark.parametrize(
    ("met", "status"), [(0, "undefined"), (4, "insufficient_data"), (19, "insufficient_data"), (20, "no_target")]
)
def test_a_rate_of_few_is_not_judged(met: int, status: str) -> None:
    row = answered(RATIO, 0.0 if met else None, 0.0, float(met), also=COUNTS)
    assert (row.status, row.denominator) == (status, met)


def test_a_value_is_held_against_what_is_due_and_not_against_the_whole_month() -> None:
    """20 June is the 15th of 22 business days; of 33 appointments a month 22.5 are due."""
    goal = goal_of(target="{value: 33}", period="{from: 2026-06-01, to: 2026-06-30}")

    def status(actual: float, as_of: dt.date) -> tuple[str, bool | None]:
        def ask(question: Question) -> Table:
            return Table((Column("metric_time__month", "DATE"), Column("appointments", "BIGINT")), ((JUNE, actual),))

        card = score([goal], FACTS, ask, COMPANY, as_of, "r")
        row = kpi(card, "appointments", JUNE, "period")
        assert row.target == 33 and row.gap == actual - 33
        return row.status, row.within_noise

    assert [status(actual, AS_OF) for actual in (22, 23, 10)] == [("short", True), ("ok", True), ("short", False)]
    assert status(23, dt.date(2026, 6, 30)) == ("short", True)
    assert status(20, dt.date(2026, 6, 30)) == ("short", False)
    assert status(50, dt.date(2026, 6, 30)) == ("ok", False)


def test_quarters_are_due_as_their_months_are() -> None:
    card = scored(goal_of(target="{value: 241}"), publish=(PublishRequest("appointments", "fiscal_quarter"),))
    quarter, year = kpi(card, "appointments", APRIL, "fiscal_quarter"), kpi(card, "appointments", APRIL, "period")
    assert quarter.target == pytest.approx(61) and (quarter.value, quarter.status) == (3, "short")
    whole = next(row for row in card.kgi if row.grain == "period")
    assert year.status == "short" and year.within_noise is False and whole.target_to_date == pytest.approx(54)


def test_nodes_of_a_tree_have_a_status_each() -> None:
    card = scored(goal_of(**PIPELINE))
    rate = kpi(card, "valid_rate", APRIL, "period")
    assert rate.value == pytest.approx(2 / 3)
    assert (rate.denominator, rate.status, rate.within_noise) == (3, "insufficient_data", True)
    amount = kpi(card, "created_pipeline_amount", APRIL, "period")
    assert (amount.status, amount.within_noise) == ("short", None) and why(amount)["within_noise"] == "not_counted"
    plan_only = kpi(card, "win_rate", APRIL, "period")
    assert (plan_only.status, plan_only.maturity) == ("undefined", "not_applicable")
    july = kpi(card, "appointments", JULY)
    assert july.status == "not_started" and why(july)["within_noise"] == "not_started"


def test_where_less_is_better_more_is_short() -> None:
    down = goal_of(direction="down", target="{value: 2}", period="{from: 2026-04-01, to: 2026-04-30}")
    assert kpi(scored(down), "appointments", APRIL, "period").status == "ok"
    assert (
        kpi(
            scored(goal_of(direction="down", target="{value: 1}", period="{from: 2026-04-01, to: 2026-04-30}")),
            "appointments",
            APRIL,
        ).status
        == "short"
    )
    cancelled = replace(fact("appointments"), less_is_better=True)
    goal = goal_of(target="{value: 20}", period="{from: 2026-04-01, to: 2026-04-30}")
    assert [answered(cancelled, actual, goal=goal).status for actual in (21.0, 20.0)] == ["short", "ok"]


def test_goals_that_disagree_leave_no_target_and_no_green() -> None:
    card = scored(*goals_of(goal_text(name="a", target="{value: 1}"), goal_text(name="b", target="{value: 2}")))
    row = kpi(card, "appointments", APRIL, "period")
    assert (row.target, row.status, row.within_noise) == (None, "no_target", None)
    assert why(row)["within_noise"] == "several_goals"


# ---- cohorts that are not complete

FOLLOWING = MetricFact(
    "met_to_won", "rate", "rate", "転換率", "Rate", matures_after_days=28, divides_quantities=True, follows=("met", "won")
)
END = dt.date(2026, 5, 31)


def entrants(day: dt.date) -> tuple[int, tuple[int, ...]]:
    """Ten enter a day; of a hundred 4, 8, 8 and 0 convert in the first, second, third and fourth week."""
    return 10, (0, 1, 1, 0) if day.toordinal() % 5 else (2, 0, 0, 0)


def following(question: Question) -> Table:
    """Answer the rate by month and its cohorts by day and week as the metric layer does, from `entrants`."""
    since, until = (dt.date.fromisoformat(str(each)) for each in (question.start_time, question.end_time))
    days = [since + DAY * at for at in range((until - since).days + 1) if since + DAY * at >= dt.date(2025, 10, 1)]
    if question.cohorts is None:
        months: dict[dt.date, list[int]] = {}
        for day in days:
            entered, weeks = entrants(day)
            sums = months.setdefault(day.replace(day=1), [0, 0])
            sums[0] += sum(won for week, won in enumerate(weeks) if day + DAY * 7 * (week + 1) <= END)
            sums[1] += entered
        names = ("metric_time__month", "met_to_won", "met_to_won__numerator", "met_to_won__denominator")
        return Table(tuple(Column(name, "DOUBLE") for name in names), tuple((m, a / b, a, b) for m, (a, b) in months.items()))
    by_day = ("metric_time__day", "age__week", "met_to_won__denominator", "met_to_won__numerator", "maturity")
    rows = []
    for day in days:
        entered, weeks = entrants(day)
        for week in range(4):
            if (END - day).days >= 7 * week:
                over = (END - day).days >= 7 * (week + 1)
                known = sum(won for at, won in enumerate(weeks[: week + 1]) if day + DAY * 7 * (at + 1) <= END)
                rows.append((day, week, entered, known, 1.0 if over else 0.5))
    return Table(tuple(Column(name, "DOUBLE") for name in by_day), tuple(rows))


def followed(ask: object = following, **changed: object) -> Scorecard:
    known = {**COUNTS, "met_to_won": replace(FOLLOWING, **changed)}  # type: ignore[arg-type]
    card = score((), known, ask, COMPANY, END, "r", publish=(PublishRequest("met_to_won"),))  # type: ignore[arg-type]
    assert check_scorecard(card) == ()
    return card


def test_an_immature_rate_is_hidden_and_says_how_complete_it_is_and_where_it_heads() -> None:
    card = followed()
    april, may = kpi(card, "met_to_won", APRIL), kpi(card, "met_to_won", MAY)
    assert april.value == pytest.approx(0.2) and (april.maturity, april.completion, april.projected) == (
        "mature",
        1.0,
        april.value,
    )
    assert (may.value, may.maturity, may.status, may.ci_low) == (None, "immature", "immature", None)
    assert {why(may)[name] for name in ("value", "ci_low", "gap", "within_noise")} == {"immature"}
    # by hand: 4 % by the end of the first week, 12 % of the second, 20 % of the third, ages of complete weeks of each day of May
    curve = (0.0, 0.04, 0.12, 0.20, 0.20, 0.20)
    ages = [(END - (MAY + DAY * at)).days // 7 for at in range(31)]
    assert may.completion == pytest.approx(sum(curve[age] for age in ages) / (31 * 0.20), abs=0.02)
    assert may.projected == pytest.approx(0.20, abs=0.01)
    assert may.numerator is not None and may.numerator / 310 < 0.15  # what it would look like


def test_before_any_cohort_has_grown_old_nothing_is_said_of_completion() -> None:
    def young(question: Question) -> Table:
        return following(replace(question, start_time=max(str(question.start_time), "2026-05-20")))

    may = kpi(followed(young), "met_to_won", MAY)
    assert (may.completion, may.projected, why(may)["completion"]) == (None, None, "too_few_mature")
    assert why(kpi(followed(follows=None), "met_to_won", MAY))["completion"] == "not_followed"


def test_cohorts_of_which_nobody_converted_are_not_completed() -> None:
    def fruitless(question: Question) -> Table:
        table = following(question)
        if question.cohorts is None:
            return table
        at = [column.name for column in table.columns].index("met_to_won__numerator")
        return Table(table.columns, tuple((*row[:at], 0, *row[at + 1 :]) for row in table.rows))

    assert why(kpi(followed(fruitless), "met_to_won", MAY))["projected"] == "no_conversions"


def test_cohorts_that_cannot_be_asked_leave_a_reason_and_a_warning() -> None:
    def failing(question: Question) -> Table:
        if question.cohorts is not None:
            raise EngineError("Binder", "no column x", None, (), "")
        return following(question)

    card = followed(failing)
    assert why(kpi(card, "met_to_won", MAY))["completion"] == "metric_failed"
    assert [(each.code, each.severity) for each in card.findings] == [("goal_metric_failed", Severity.WARNING)]


def test_the_cohorts_of_a_path_are_not_asked_for_again() -> None:
    asked = []

    def ask(question: Question) -> Table:
        asked.append(question)
        return following(question) if question.metrics == ("met_to_won",) else silent(question)

    flows = Flows(ask, {**COUNTS, "met_to_won": FOLLOWING}, fiscal_calendar(COMPANY, dt.date(2024, 4, 1), END), END)
    flow = flows.of(Path("won", "won", earlier="met", conversion="met_to_won"), None)
    assert flow is not None and flows.cohorts("met_to_won", MAY) is flow.cohorts
    assert len([each for each in asked if each.cohorts is not None]) == 1
    flows.cohorts("met_to_won", dt.date(2023, 1, 1))  # further back than the path looks
    assert asked[-1].start_time == "2023-01-01"


def test_members_have_a_maturity_but_no_completion() -> None:
    def by_channel(question: Question) -> Table:
        table = following(question)
        if "channel" not in question.group_by:
            return table
        return Table((*table.columns, Column("channel", "VARCHAR")), tuple((*row, "web") for row in table.rows))

    known = {**COUNTS, "met_to_won": FOLLOWING}
    request = PublishRequest("met_to_won", "month", (Cut("channel", "channel"),))
    card = score((), known, by_channel, COMPANY, END, "r", publish=(request,))
    may, april = kpi(card, "met_to_won", MAY, member="web"), kpi(card, "met_to_won", APRIL, member="web")
    assert (may.maturity, may.completion, why(may)["completion"]) == ("immature", None, "total_only")
    assert (april.completion, april.projected) == (1.0, april.value)


def test_a_value_outside_its_range_is_not_published() -> None:
    row = answered(RATIO, 0.3, 69.0, 230.0, also=COUNTS)
    broken = [replace(row, value=0.5), replace(row, value=1.2, value_kind="rate", ci_high=2.0), replace(row, completion=1.5)]
    found = [check_scorecard(Scorecard(kpi=(each,))) for each in broken]
    assert [[each.code for each in findings] for findings in found] == [["goal_out_of_range"]] * 3
    assert found[0][0].text() == "1 rows of kpi have a value outside ci_low..ci_high"
    assert found[2][0].severity == Severity.UNSOUND


def test_the_version_of_the_definition_at_the_end_of_its_days_stands_in_each_row() -> None:
    """Version 1 holds from April, 2 from October; on 20 November the year is counted by 2, and so is November."""
    assert {row.definition_version for row in scored(goal_of(**PIPELINE)).kpi} == {1}
    agreed = definitions(agreement_text())
    publish = (PublishRequest("deals"), PublishRequest("visits"), PublishRequest("deals", "fiscal_year"))
    known = {"deals": fact("deals"), "visits": fact("visits")}
    card = score((), known, silent, COMPANY, dt.date(2026, 11, 20), "r", publish=publish, definitions=agreed)
    found = {
        (row.metric, row.grain, row.period_start.month): row.definition_version for row in card.kpi if row.period_start >= APRIL
    }
    assert [found["deals", "month", month] for month in (4, 9, 10, 11)] == [1, 1, 2, 2]
    assert found["deals", "fiscal_year", 4] == 2 and {found["visits", "month", month] for month in (4, 11)} == {1}
