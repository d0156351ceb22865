"""Levers: the design's own case, ranks and caps, what is read of a file, and a night worked out by hand."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.goals import MetricFact, Scorecard, check_scorecard, score
from pipeline.goals.goal import AgreedLever, Goal
from pipeline.goals.levers.lever import Level, Lever, Quarter, Reach, joint, level_of, ranks
from pipeline.goals.tables import LEVER, Row
from pipeline.metrics import Question
from pipeline.shapes import Column, Table
from tests.goals.files import COMPANY, FACTS, PIPELINE, faults_of, goal_of, goal_text
from tests.goals.guarded import Entries, World

END = dt.date(2027, 3, 31)
T24 = {
    "appointments": (20.0, 26.0, 0.55, 2.4),
    "valid_rate": (0.40, 0.46, 0.80, 0.8),
    "win_rate": (0.25, 0.27, 1.0, 1.0),
    "unit_price": (3.0, 3.2, 1.0, 0.2),
}
"""Now, best, the share that comes in time, and the cost; 4 months x 20 x .40 x .25 x 3.0 = 24.0 are still to come."""
BASE = 4 * 20 * 0.40 * 0.25 * 3.0


def lever(name: str, now: float, best: float, in_time: float, cost: float | None) -> Lever:
    return Lever(name, Level(now, best), Reach(BASE, BASE * in_time), cost)


LEVERS = tuple(lever(name, *said) for name, said in T24.items())


def test_four_levers_recover_what_the_design_says_and_the_largest_comes_last() -> None:
    """T24: 3.96, 2.88, 1.92 and 1.60; by cost 1.65, 3.60, 1.92 and 8.0."""
    assert [each.recovery(100) for each in LEVERS] == pytest.approx([3.96, 2.88, 1.92, 1.60])
    by_cost = [(each.recovery(100) or 0) / (each.cost or 0) for each in LEVERS]
    assert by_cost == pytest.approx([1.65, 3.60, 1.92, 8.0])
    assert ranks(LEVERS, 100) == {"unit_price": 1, "valid_rate": 2, "win_rate": 3, "appointments": 4}
    without = [replace(each, cost=None) if each.factor == "win_rate" else each for each in LEVERS]
    assert list(ranks(without, 100)) == ["appointments", "valid_rate", "win_rate", "unit_price"]


def test_all_levers_together_are_multiplied_layer_by_layer_and_not_added() -> None:
    """What enters in time (13.2 of 24) is raised by all four, the next 6 by three, the last 4.8 by two."""
    raised = [best / now for now, best, _, _ in T24.values()]
    layers = {13.2: raised, 19.2 - 13.2: raised[1:], 24 - 19.2: raised[2:]}
    by_hand = sum(width * math.prod(factors) for width, factors in layers.items()) - BASE
    assert joint(LEVERS) == pytest.approx(by_hand)
    assert joint(LEVERS[::-1]) == pytest.approx(by_hand)
    assert by_hand > 3.96 + 2.88 + 1.92 + 1.60
    assert joint(LEVERS[:1]) == pytest.approx(3.96)
    assert joint([Lever("x", Level(None, 0.5), Reach(1, 1))]) is None


def test_nothing_recovers_more_than_the_gap_and_of_equals_the_one_that_could_bring_more_is_first() -> None:
    assert [each.recovery(2) for each in LEVERS] == pytest.approx([2, 2, 1.92, 1.60])
    assert list(ranks([replace(each, cost=None) for each in LEVERS], 1)) == list(T24)


def test_the_best_level_is_the_80th_percentile_of_quarters_with_enough_cases() -> None:
    """Of .30, .40, .50, .60 the 80th percentile lies 0.4 of the way from the third to the fourth: .54."""
    quarters = [Quarter(100 * rate, 100, 100) for rate in (0.40, 0.30, 0.60, 0.50)]
    few = Quarter(9, 10, 10)
    found = level_of([*quarters, few])
    assert (found.now, found.best) == pytest.approx((0.35, 0.54))
    assert found.headroom == pytest.approx(0.54 / 0.35 - 1)
    assert level_of(quarters, 0.45).best == 0.45
    assert level_of(quarters, 0.2).headroom == 0
    short = level_of(quarters[:3])
    assert (short.best, short.best_reason, short.headroom) == (None, "too_few_quarters", None)
    assert level_of([few, *quarters]).now == pytest.approx(49 / 110), "two quarters together have enough cases"
    assert level_of([Quarter(1, 9, 9), *[few] * 2]).now_reason == "too_few_cases"
    assert level_of([Quarter(0, 50, 50)] * 5).reason == "zero_denominator"


@pytest.mark.parametrize(
    ("written", "code", "hint"),
    [
        ("valid_rte: {cost: 1}", "goal_lever_unknown", "did you mean valid_rate?"),
        ("appointments: {cost: 1}", "goal_lever_unknown", ""),
        ("valid_rate: {cost: 80万円}", "kgi_loose_number", "write 800000 without quotes and units"),
        ("valid_rate: {cost: null}", "kgi_not_a_number", ""),
        ("valid_rate: {best: 0}", "goal_lever_positive", "above 0"),
        ("valid_rate: {cost: -5}", "goal_lever_positive", "above 0"),
        ("valid_rate: {cots: 5}", "yaml_unknown_key", "cost"),
        ("valid_rate: 5", "yaml_not_mapping", ""),
    ],
)
def test_every_mistake_of_a_lever_is_told_on_its_line(written: str, code: str, hint: str) -> None:
    text = goal_text(**{**PIPELINE, "levers": f"\n{written}\n"})
    (fault,) = faults_of(text)
    line = next(number for number, each in enumerate(text.splitlines(), start=1) if written in each)
    assert (fault.code, fault.place.line if fault.place else 0) == (code, line)
    assert hint in (fault.hint_text() or "")


def test_what_is_wrong_with_a_lever_is_said_in_both_languages() -> None:
    unknown, negative = (
        faults_of(goal_text(**{**PIPELINE, "levers": f"{{{each}}}"}))[0] for each in ("rate: {cost: 1}", "leads: {cost: -1}")
    )
    assert "ツリーの要因ではありません" in unknown.text("ja") and "no factor of its tree" in unknown.text("en")
    assert "0 より大きくありません" in negative.text("ja") and "not above 0" in negative.text("en")


def test_levers_of_a_file_keep_cost_and_best() -> None:
    goal = goal_of(**{**PIPELINE, "levers": "{valid_rate: {cost: 800000, best: 0.46}, leads: {cost: 1}, win_rate: {best: 0.3}}"})
    assert goal.levers == (AgreedLever("valid_rate", 800_000, 0.46), AgreedLever("leads", 1), AgreedLever("win_rate", None, 0.3))
    assert goal.lever("leads") == AgreedLever("leads", 1)
    assert goal.lever("mql_rate") is None


AS_OF, FIRST = dt.date(2026, 11, 20), dt.date(2024, 8, 1)
FOLLOWED = {
    name: MetricFact(name, "rate", "", name, name, divides_quantities=True, matures_after_days=63, follows=follows)
    for name, follows in (
        ("to_appointment", ("mql", "appointments")),
        ("to_valid", ("appointments", "valid_opportunities")),
        ("to_won", ("valid_opportunities", "won")),
    )
}
KNOWN = {
    **FACTS,
    "unit_price": replace(FACTS["unit_price"], divides=("created_pipeline_amount", "valid_opportunities")),
    **FOLLOWED,
}
LAG = 40
"""How many days each step takes."""
GOOD = (dt.date(2025, 9, 1), dt.date(2025, 11, 30)), (dt.date(2025, 3, 1), dt.date(2025, 5, 31))
"""Two of the eight quarters that grew old by then: 4 of 5 appointments became valid in them, 2 of 5 in the others."""


def business_dates(first: dt.date, last: dt.date) -> list[dt.date]:
    from pipeline.goals.calendar import fiscal_calendar

    return [day.date for day in fiscal_calendar(COMPANY, first, last) if day.is_business_day]


def world() -> World:
    """10 MQLs a business day; 5 become appointments in 40 days, of these 2 (4 in the good quarters) valid in 40 days more."""
    days = business_dates(FIRST, AS_OF)
    valid = {day: 4 if any(first <= day <= last for first, last in GOOD) else 2 for day in days}
    entries = {
        "to_appointment": tuple(Entries(day, 10, 5, "total", LAG) for day in days),
        "to_valid": tuple(Entries(day, 5, valid[day], "total", LAG) for day in days),
        "to_won": tuple(Entries(day, 2, 1, "total", LAG) for day in days[::2]),
    }
    months: dict[str, dict[dt.date, float]] = {name: {} for name in ("mql", "appointments", "valid_opportunities")}
    for day in days:
        for name, each, lag in (("mql", 10, 0), ("appointments", 5, 0), ("valid_opportunities", valid[day], LAG)):
            month = (day + dt.timedelta(days=lag)).replace(day=1)
            if day + dt.timedelta(days=lag) <= AS_OF:
                months[name][month] = months[name].get(month, 0) + each
    return World(entries, months, KNOWN)


GOAL = {
    "phase": "middle",
    "metric": "valid_opportunities",
    "target": "{value: 1200}",
    "tree": "{valid_opportunities: appointments * valid_rate, appointments: mql * appointment_rate,"
    " won: valid_opportunities * win}",
    "plan_rates": "{agreed: {valid_rate: 0.5, appointment_rate: 0.5, win: 0.3}}",
    "controllable_by": "{marketing: [mql, appointment_rate], sales: [valid_rate]}",
}


def night(as_of: dt.date = AS_OF, **changed: str) -> Scorecard:
    card = score([goal_of(**{**GOAL, **changed})], KNOWN, world().ask, COMPANY, as_of, "run")
    assert check_scorecard(card) == ()
    return card


def by_factor(card: Scorecard) -> Mapping[str, Row]:
    return {str(row["factor"]): row for row in card.rows(LEVER.name)}


def number(row: Row, column: str) -> float:
    value = row[column]
    assert isinstance(value, int | float)
    return value


def test_each_lever_brings_what_its_stage_still_brings_by_the_end() -> None:
    """The second way: each business day from tomorrow on, with 40 days from MQL to appointment and 40 more to valid."""
    card = night()
    rows, days = by_factor(card), business_dates(AS_OF + dt.timedelta(days=1), END)
    assert list(rows) == ["mql", "appointment_rate", "valid_rate", "win", "all"]
    assert number(rows["mql"], "now") == pytest.approx(10)
    assert (rows["mql"]["headroom"], rows["mql"]["recovery"]) == (0, 0)
    for name, lag in (("mql", 2 * LAG), ("appointment_rate", LAG)):
        in_time = sum(day + dt.timedelta(days=lag) <= END for day in days) / len(days)
        assert number(rows[name], "time_effectiveness") == pytest.approx(in_time, abs=0.03)
    assert [rows[name]["latest_useful_month"] for name in ("mql", "appointment_rate", "valid_rate")] == [
        dt.date(2027, 1, 1),
        dt.date(2027, 2, 1),
        dt.date(2027, 3, 1),
    ]
    valid = rows["valid_rate"]
    values = sorted([0.4] * 6 + [0.8] * 2)
    best = values[5] + (values[6] - values[5]) * 0.6  # 0.8 x 7 = 5.6
    assert [number(valid, name) for name in ("now", "best", "headroom", "time_effectiveness")] == pytest.approx(
        [0.4, best, best / 0.4 - 1, 1]
    )
    parts = {row["component"]: number(row, "expected") for row in card.rows("forecast") if row["grain"] == "period"}
    gap = 1200 - parts["total"]
    remaining = parts["in_flight"] + parts["planned"]
    assert number(valid, "recovery") == pytest.approx(min(gap, remaining * (best / 0.4 - 1)))
    assert (valid["controller"], valid["rank"], rows["mql"]["controller"]) == ("sales", 1, "marketing")


def test_the_next_action_is_the_first_lever_in_the_words_of_its_cohorts() -> None:
    named = {"to_valid": replace(FOLLOWED["to_valid"], label_ja="アポイントからの有効商談転換率", unit="rate")}
    goal = goal_of(**{**GOAL, "roles": "{marketing: sato, sales: tanaka}"})
    card = score([goal], {**KNOWN, **named}, world().ask, COMPANY, AS_OF, "run")
    (row,) = [row for row in card.rows("action") if row["source"] == "lever"]
    assert (row["action"], row["owner"], row["due"]) == ("lever_valid_rate", "tanaka", END)
    assert row["text_ja"] == "アポイントからの有効商談転換率を 40.0% から 64.0% に近づける"


def test_an_agreed_best_a_cost_and_all_levers_together() -> None:
    rows = by_factor(
        night(
            levers="{mql: {best: 13, cost: 2000000}, appointment_rate: {best: 0.55, cost: 100000},"
            " valid_rate: {best: 0.46, cost: 9000000}}"
        )
    )
    inside = {name: number(rows[name], "recovery") / number(rows[name], "headroom") for name in ("mql", "appointment_rate")}
    assert inside["appointment_rate"] > inside["mql"] > 0
    raised = {"mql": 1.3, "appointment_rate": 1.1, "valid_rate": 1.15}
    edges = [0.0, inside["mql"], inside["appointment_rate"], number(rows["valid_rate"], "recovery") / 0.15]
    by_hand = sum((high - low) * (math.prod(list(raised.values())[at:]) - 1) for at, (low, high) in enumerate(pairwise(edges)))
    assert number(rows["all"], "recovery") == pytest.approx(by_hand)
    assert rows["all"]["cost"] == 11_100_000
    per_yen = {
        name: number(rows[name], "recovery") / cost
        for name, cost in (("mql", 2e6), ("appointment_rate", 1e5), ("valid_rate", 9e6))
    }
    assert {name: rows[name]["recovery_per_yen"] for name in per_yen} == pytest.approx(per_yen)
    assert [rows[name]["rank"] for name in sorted(per_yen, key=lambda each: -per_yen[each])] == [1, 2, 3]


def test_what_no_lever_can_bring_says_why() -> None:
    rows = by_factor(night(target="{value: 12}"))
    assert {row["recovery"] for row in rows.values()} == {None}
    assert "recovery=no_gap" in str(rows["valid_rate"]["null_reason"]) and "rank=no_gap" in str(rows["valid_rate"]["null_reason"])
    beside = by_factor(night())["win"]
    assert (beside["now"], beside["recovery"]) == (0.5, None)
    assert "recovery=beside" in str(beside["null_reason"])
    assert "latest_useful_month=beside" in str(beside["null_reason"])
    assert night(as_of=END).rows(LEVER.name) == ()
    assert night(direction="down").rows(LEVER.name) == ()


def test_a_young_company_knows_no_lever_and_an_agreed_best_alone_is_not_enough() -> None:
    goal: Goal = goal_of(**{**GOAL, "levers": "{valid_rate: {best: 0.46}}"})

    def ask(question: Question) -> Table:
        return Table(tuple(Column(name, "DOUBLE") for name in (*question.group_by, *question.metrics)), ())

    plain = {**FACTS, "unit_price": KNOWN["unit_price"]}
    card = score([goal], plain, ask, COMPANY, AS_OF, "run")
    assert check_scorecard(card) == ()
    rows = by_factor(card)
    assert [rows[name]["recovery"] for name in ("mql", "valid_rate", "all")] == [None, None, None]
    assert "now=too_few_cases" in str(rows["mql"]["null_reason"])
    assert "now=not_followed" in str(rows["valid_rate"]["null_reason"]) and rows["valid_rate"]["best"] == 0.46
    assert "recovery=not_known" in str(rows["all"]["null_reason"])


def test_every_reason_of_a_lever_is_on_the_page() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in Path("pipeline/goals/levers").glob("*.py"))
    given = set(re.findall(r'(?:reason=|why = |None, |None else |else |return |or |": )"([a-z]+(?:_[a-z]+)*)"', code))
    assert {"too_few_cases", "not_followed", "no_gap", "too_late", "joint", "no_cost"} <= given
    assert given - {"number"} <= set(re.findall(r"`([a-z_]+)`", Path("docs/goals.md").read_text(encoding="utf-8")))
