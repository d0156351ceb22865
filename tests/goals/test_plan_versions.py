"""Versions of a goal's plan: dated, signed, and scored by the one that holds on the as-of date."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.goals import score
from pipeline.goals.goal import Goal, Value
from pipeline.goals.plan_versions import in_force
from tests.goals.files import COMPANY, FACTS, asking, faults_of, goal_text, goals_of, small_database

FIRST = {"plan_version": "1", "agreed_by": "{marketing: sato}"}
SECOND = {
    "target": "{value: 150}",
    "plan_version": "2",
    "effective_from": "2026-10-01",
    "agreed_by": "{marketing: sato, sales: tanaka}",
    "override": "{reason: 新製品の発売, approved_by: suzuki}",
}


def versions() -> tuple[Goal, ...]:
    return goals_of(goal_text(**SECOND), goal_text(**FIRST))


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (dt.date(2026, 1, 1), 1),
        (dt.date(2026, 4, 1), 1),
        (dt.date(2026, 9, 30), 1),
        (dt.date(2026, 10, 1), 2),
        (dt.date(2028, 1, 1), 2),
    ],
)
def test_the_version_of_a_date_is_the_last_that_has_begun(day: dt.date, version: int) -> None:
    assert [goal.plan_version for goal in in_force(versions(), day)] == [version]


def test_a_plan_says_who_signed_it_and_who_overrode() -> None:
    second, first = versions()
    assert (first.agreed_by.missing, second.agreed_by.is_by_both) == (("sales",), True)
    assert second.override is not None and (second.override.reason, second.override.approved_by) == ("新製品の発売", "suzuki")
    assert first.override is None and first.holds_from == dt.date(2026, 4, 1)


@pytest.mark.parametrize(("day", "version", "target"), [(dt.date(2026, 9, 30), 1, 200), (dt.date(2026, 10, 1), 2, 150)])
def test_the_score_of_a_date_has_the_target_of_its_version(day: dt.date, version: int, target: float) -> None:
    with small_database() as engine:
        card = score(versions(), FACTS, asking(engine), COMPANY, day, "run")
    assert {(row.plan_version, row.target) for row in card.kgi if row.grain == "period"} == {(version, target)}
    assert {row.plan_version for row in card.kpi_target} == {version}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"plan_version": "1"}, "goal_twice"),
        ({"effective_from": "2026-04-01"}, "goal_version_order"),
        ({"effective_from": None}, "goal_version_order"),
        ({"unit": "社"}, "goal_version_differs"),
        ({"agreed_by": "{marketing: sato, sales: Sato}"}, "agreement_one_signs"),
    ],
)
def test_versions_that_do_not_follow_each_other_are_told(changed: dict[str, str | None], code: str) -> None:
    (fault,) = faults_of(goal_text(**FIRST), goal_text(**{**SECOND, **changed}))
    assert fault.code == code
    assert fault.place is not None and fault.place.path.endswith("goal_1.yml")


def test_other_goals_are_not_touched_by_versions() -> None:
    found = in_force((*versions(), *goals_of(goal_text(name="other"))), dt.date(2026, 11, 1))
    assert [(goal.name, goal.target) for goal in found] == [("appointments_fy2026", Value(150)), ("other", Value(200))]


@pytest.mark.parametrize(
    ("summed", "code"),
    [("other", None), ("othr", "goal_unknown_goal"), ("appointments_fy2026", "goal_sum_circle"), ("half", "goal_sum_differs")],
)
def test_a_sum_of_a_later_version_is_judged_like_the_first(summed: str, code: str | None) -> None:
    second = goal_text(**{**SECOND, "target": f"{{sum_of: [{summed}]}}"})
    others = goal_text(name="other"), goal_text(name="half", period="{fiscal_half: 2026-H1}")
    assert [each.code for each in faults_of(goal_text(**FIRST), second, *others)] == ([code] if code else [])


def test_two_goals_that_sum_each_other_on_no_common_day_are_no_circle() -> None:
    later = {"plan_version": "2", "effective_from": "2026-10-01", "agreed_by": SECOND["agreed_by"]}
    first, second = goal_text(target="{sum_of: [other]}"), goal_text(**later)
    assert (
        faults_of(
            first, second, goal_text(name="other"), goal_text(**later, name="other", target="{sum_of: [appointments_fy2026]}")
        )
        == ()
    )
    (fault,) = faults_of(
        first, goal_text(name="other"), goal_text(**later, name="other", target="{sum_of: [appointments_fy2026]}")
    )[:1]
    assert fault.code == "goal_sum_circle"
