"""Back-solving: the worked example of the design, roundings, and what must not change the answer."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.goals.backsolve import NodeTarget, backsolve
from pipeline.goals.goal import Goal
from pipeline.goals.spread import whole_count
from pipeline.goals.target import resolve
from tests.goals.files import PIPELINE, goal_of


def targets(goal: Goal) -> dict[str, NodeTarget]:
    resolved = resolve(goal, {goal.name: goal}, lambda rule: None, {})
    return {node.name: node for node in backsolve(goal, resolved.value, resolved.reason, resolved.rate)}


def values(goal: Goal) -> dict[str, float | None]:
    return {name: node.value for name, node in targets(goal).items()}


EXPECTED = {
    "created_pipeline_amount": 240_000_000,
    "valid_opportunities": 80,
    "unit_price": 3_000_000,
    "appointments": 200,
    "valid_rate": 0.40,
    "mql": 1_000,
    "appointment_rate": 0.20,
    "leads": 10_000,
    "mql_rate": 0.10,
    "won": 20,
    "win_rate": 0.25,
}


def test_the_share_of_a_shortfall_leads_to_leads() -> None:
    found = values(goal_of(**PIPELINE))
    assert found.keys() == EXPECTED.keys()
    for name, expected in EXPECTED.items():
        assert found[name] == pytest.approx(expected, rel=1e-12), name


def test_the_basis_pipeline_asks_for_a_quarter() -> None:
    goal = goal_of(**{**PIPELINE, "target": PIPELINE["target"].replace("revenue", "pipeline")})
    found = values(goal)
    assert [found["created_pipeline_amount"], found["valid_opportunities"]] == pytest.approx([60_000_000, 20])


def test_nothing_is_rounded_on_the_way() -> None:
    goal = goal_of(
        metric="won",
        target="{value: 7}",
        tree="won: valid_opportunities * win_rate\nvalid_opportunities: appointments * valid_rate",
        plan_rates="{agreed: {win_rate: 0.30, valid_rate: 0.45}}",
    )
    found = values(goal)
    assert found["valid_opportunities"] == pytest.approx(23.3333333333)
    assert [whole_count(found[name] or 0) for name in ("valid_opportunities", "appointments")] == [24, 52]


@given(st.permutations(PIPELINE["tree"].strip().splitlines()))
def test_the_order_of_the_lines_does_not_matter(lines: list[str]) -> None:
    goal = goal_of(**{**PIPELINE, "tree": "\n".join(lines) + "\n"})
    assert values(goal) == values(goal_of(**PIPELINE))


@pytest.mark.parametrize("written", ["500_000_000", "5.0e+8", "500000000.0", "0x1DCD6500"])
def test_the_notation_of_a_number_does_not_matter(written: str) -> None:
    goal = goal_of(**{**PIPELINE, "target": PIPELINE["target"].replace("500000000", written)})
    assert values(goal) == values(goal_of(**PIPELINE))


@given(st.floats(0.1, 1000))
def test_twice_the_share_of_the_goal_is_twice_of_everything_that_is_counted(factor: float) -> None:
    goal = goal_of(**PIPELINE)
    once = {node.name: node for node in backsolve(goal, 240e6, None)}
    more = {node.name: node for node in backsolve(goal, 240e6 * factor, None)}
    rates = {rate.name for rate in goal.plan_rates}
    for name, node in once.items():
        expected = (node.value or 0) * (1 if name in rates else factor)
        assert math.isclose(more[name].value or 0, expected, rel_tol=1e-9)


def test_a_rate_of_zero_is_no_target_with_a_reason() -> None:
    found = targets(goal_of(**{**PIPELINE, "plan_rates": PIPELINE["plan_rates"].replace("0.20", "0")}))
    assert (found["mql"].value, found["mql"].reason, found["leads"].reason) == (None, "rate_zero", "rate_zero")
    assert found["appointments"].value == pytest.approx(200)


def test_without_a_plan_rate_there_is_no_target_and_never_a_default() -> None:
    found = targets(goal_of(**{**PIPELINE, "plan_rates": PIPELINE["plan_rates"].replace(", mql_rate: 0.10", "")}))
    assert (found["leads"].value, found["leads"].reason) == (None, "no_plan_rate")
    assert (found["mql_rate"].value, found["mql_rate"].reason) == (None, "no_plan_rate")
    assert found["mql"].value == pytest.approx(1000)


def test_what_sales_will_reach_alone_asks_nothing_of_marketing() -> None:
    goal = goal_of(**{**PIPELINE, "target": PIPELINE["target"].replace("380000000", "{value: 510000000, at: 2026-04-01}")})
    resolved = resolve(goal, {}, lambda rule: None, {})
    assert (resolved.value, resolved.covered_by_sales) == (0.0, True)
    assert resolved.rule == "shortfall_share 0.5 x max(0, 500000000 - 510000000 at 2026-04-01)"


def test_a_win_rate_of_zero_or_none_leaves_the_goal_without_target() -> None:
    zero = targets(goal_of(**{**PIPELINE, "plan_rates": PIPELINE["plan_rates"].replace("0.25", "0")}))
    assert {node.reason for name, node in zero.items() if node.value is None} == {"rate_zero"}
    lines = [line for line in PIPELINE["tree"].splitlines() if "win_rate" not in line]
    rates = PIPELINE["plan_rates"].replace("win_rate: 0.25, ", "")
    none = targets(goal_of(**{**PIPELINE, "tree": "\n".join(lines), "plan_rates": rates}))
    assert none["created_pipeline_amount"].reason == "no_plan_rate"


@pytest.mark.parametrize(
    ("formula", "expected", "reason"),
    [
        ("leads * mql_rate", 1000, None),
        ("mql_rate * leads", 1000, None),
        ("leads / mql_rate", 10, None),
        ("mql_rate / leads", 0.001, None),
        ("leads + mql_rate", 99.9, None),
        ("leads - mql_rate", 100.1, None),
        ("mql_rate - leads", -99.9, None),
        ("(leads + mql_rate) * mql_rate", 999.9, None),
        ("leads * mql_rate + leads", None, "not_determined"),
    ],
)
def test_formulas_are_turned_around(formula: str, expected: float | None, reason: str | None) -> None:
    goal = goal_of(metric="mql", target="{value: 100}", tree=f"mql: {formula}\n", plan_rates="{agreed: {mql_rate: 0.1}}")
    leads = targets(goal)["leads"]
    assert leads.reason == reason
    assert leads.value == (None if expected is None else pytest.approx(expected))


def test_two_unknown_names_in_one_formula_leave_everything_below_without_target() -> None:
    goal = goal_of(
        metric="won",
        target="{value: 100}",
        tree="won: mql + leads\nmql: opportunities * mql_rate\nleads: opportunities * valid_rate\n",
        plan_rates="{agreed: {valid_rate: 0.5, mql_rate: 0.5}}",
    )
    without = {node.name: node.reason for node in targets(goal).values() if node.value is None}
    assert without == dict.fromkeys(("mql", "leads", "opportunities"), "no_plan_rate")


def test_targets_from_the_past_and_from_other_goals() -> None:
    rule = "{multiple_of_baseline: {metric: appointments, baseline: FY2025, multiple: 1.2}}"
    past = goal_of(target=rule)
    assert resolve(past, {}, lambda _: 100.0, {}).value == pytest.approx(120)
    assert resolve(past, {}, lambda _: 100.0, {(past.name, 1): 118.0}).value == 118
    assert resolve(past, {}, lambda _: None, {}).reason == "baseline_missing"
    assert resolve(past, {}, lambda _: 0.0, {}).reason == "baseline_zero"
