"""Decisions, issues and initiatives -> actions, the PDCA ledger and how the departments work together."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.goals import Initiative, Scorecard, check_scorecard, score
from pipeline.goals.acting.actions import action_part
from pipeline.goals.acting.collaboration import participation
from pipeline.goals.acting.pdca import closure
from pipeline.goals.scene import Part, Scene
from pipeline.goals.tables import Row
from pipeline.shapes import Column, Table
from tests.goals.files import COMPANY, FACTS, goal_of, silent
from tests.goals.test_initiative_reading import initiative_of
from tests.goals.test_initiatives import SUMMER

AS_OF = dt.date(2026, 9, 20)
DECISION = {
    "decision_id": "D1",
    "kgi_id": "appointments_fy2026",
    "action": "webinar_autumn",
    "decision": "continue",
    "owner": "yamada",
    "cycle": "month",
    "decided_date": dt.date(2026, 9, 3),
    "due_date": dt.date(2026, 9, 30),
    "done_date": None,
}
ISSUE = {
    "issue_id": "I1",
    "raised_by": "sales",
    "metric": "appointments",
    "owner": "suzuki",
    "opened_date": dt.date(2026, 8, 1),
    "closed_date": None,
}


def marts(**rows: list[Mapping[str, object]]) -> Callable[[str], Table | None]:
    """Return the marts by name; one that is not given is not there."""

    def table(name: str) -> Table | None:
        found = rows.get(name)
        if found is None:
            return None
        names = tuple(found[0]) if found else ()
        return Table(tuple(Column(each, "VARCHAR") for each in names), tuple(tuple(row[each] for each in names) for row in found))

    return table


def scored(
    *initiatives: Initiative,
    decisions: list[Mapping[str, object]] | None = None,
    issues: list[Mapping[str, object]] | None = None,
    as_of: dt.date = AS_OF,
) -> Scorecard:
    given = {"fct_decisions": decisions, "fct_issues": issues}
    table = marts(**{name: rows for name, rows in given.items() if rows is not None})
    goals = (goal_of(roles="{marketing: sato, sales: tanaka, coordinator: mori}"),)
    card = score(goals, FACTS, silent, COMPANY, as_of, "run-1", table=table, initiatives=initiatives)
    assert check_scorecard(card) == ()
    return card


def action(card: Scorecard, name: str) -> dict[str, Any]:
    (row,) = [row for row in card.rows("action") if row["action"] == name]
    return dict(row)


def step(card: Scorecard, cycle: str, name: str) -> dict[str, Any]:
    (row,) = [row for row in card.rows("pdca") if (row["cycle"], row["step"]) == (cycle, name)]
    return dict(row)


def total(card: Scorecard) -> dict[str, Any]:
    (row,) = [row for row in card.rows("collaboration") if row["kgi_id"] == "total"]
    return dict(row)


def test_an_action_carries_the_newest_decision_on_it() -> None:
    older = {**DECISION, "decision_id": "D0", "decision": "change", "decided_date": dt.date(2026, 8, 4)}
    later = {**DECISION, "decision_id": "D2", "decision": "stop", "decided_date": dt.date(2026, 9, 21)}
    row = action(scored(initiative_of(**SUMMER), decisions=[DECISION, older, later]), "webinar_autumn")
    assert (row["source"], row["decision"], row["decided_on"]) == ("initiative", "continue", dt.date(2026, 9, 3))
    assert (row["owner"], row["due"], row["done_on"]) == ("yamada", dt.date(2026, 9, 30), None)
    assert "decide on the initiative 'Autumn webinars'" in row["text_en"]
    assert "秋のウェビナー" in row["text_ja"]
    assert "done_on=not_done" in row["null_reason"]


def test_a_decision_on_nothing_that_was_proposed_is_an_action_of_its_own() -> None:
    other = {**DECISION, "action": "call_back", "done_date": dt.date(2026, 9, 25)}
    row = action(scored(decisions=[other, {**other, "kgi_id": "nobody_knows"}]), "call_back")
    assert (row["source"], row["owner"], row["done_on"]) == ("decision", "yamada", None)
    done = action(scored(decisions=[other], as_of=dt.date(2026, 9, 25)), "call_back")
    assert done["done_on"] == dt.date(2026, 9, 25)


@pytest.mark.parametrize(
    ("changed", "sentence", "due"),
    [
        ({"done": "{from: null, to: null}"}, "begin the initiative", dt.date(2026, 6, 1)),
        ({"done": "{from: 2026-06-01, to: null}"}, "carry the initiative", dt.date(2026, 8, 31)),
        ({"done": "{from: 2026-06-01, to: 2026-08-31}"}, "decide on the initiative", dt.date(2026, 8, 31)),
    ],
)
def test_what_is_next_for_an_initiative_depends_on_its_state(changed: dict[str, str], sentence: str, due: dt.date) -> None:
    row = action(scored(initiative_of(**{**SUMMER, **changed})), "webinar_autumn")
    assert sentence in row["text_en"]
    assert (row["due"], row["owner"], row["decision"]) == (due, "sato", None)


def test_a_cancelled_initiative_is_nothing_to_do() -> None:
    assert not scored(initiative_of(**{**SUMMER, "done": "null", "decision": "stop"})).rows("action")


def test_an_open_issue_about_a_goal_is_to_be_settled() -> None:
    closed = {**ISSUE, "issue_id": "I2", "closed_date": dt.date(2026, 9, 1)}
    reopened = {**ISSUE, "issue_id": "I3", "closed_date": dt.date(2026, 9, 21)}
    other = {**ISSUE, "issue_id": "I4", "metric": "won"}
    card = scored(issues=[ISSUE, closed, reopened, other])
    assert sorted(str(row["action"]) for row in card.rows("action")) == ["issue_I1", "issue_I3"]
    row = action(card, "issue_I1")
    assert (row["owner"], row["source"]) == ("suzuki", "issue")
    assert row["text_en"] == "settle the issue I1 (appointments, raised on 2026-08-01)"
    whole = total(card)
    assert (whole["coordinator"], whole["open_issues"], whole["oldest_issue_days"]) == ("mori", 3, 50)
    (own,) = [row for row in card.rows("collaboration") if row["kgi_id"] == "appointments_fy2026"]
    assert own["open_issues"] == 2


def test_what_nobody_records_is_not_said_to_be_undone() -> None:
    whole = total(scored())
    assert (whole["open_issues"], whole["checks_due"], whole["pdca_closure_rate"]) == (None, None, None)
    assert "open_issues=not_recorded" in whole["null_reason"]
    assert "pdca_closure_rate=not_recorded" in whole["null_reason"]
    assert step(scored(), "2026-04", "act")["closed_in_time"] is None
    none_yet = total(scored(decisions=[], issues=[]))
    assert (none_yet["open_issues"], none_yet["checks_due"], none_yet["pdca_closure_rate"]) == (0, 5, 0.0)


def test_the_steps_of_a_month() -> None:
    card = scored(initiative_of(**SUMMER), decisions=[DECISION])
    assert {row["cycle"] for row in card.rows("pdca")} == {f"2026-0{month}" for month in range(4, 10)}
    plan, do, check, act = (step(card, "2026-08", name) for name in ("plan", "do", "check", "act"))
    assert (plan["due"], plan["done_on"], plan["ref"]) == (dt.date(2026, 8, 1), dt.date(2026, 4, 1), "plan_version 1")
    assert (do["ref"], do["done_on"], do["closed_in_time"]) == ("webinar_autumn", dt.date(2026, 8, 1), True)
    # five business days after August: 1, 2, 3, 4 and 7 September
    assert (check["due"], check["done_on"], check["closed_in_time"]) == (dt.date(2026, 9, 7), AS_OF, False)
    assert (act["due"], act["done_on"], act["ref"], act["closed_in_time"]) == (
        dt.date(2026, 9, 7),
        dt.date(2026, 9, 3),
        "decision D1",
        True,
    )
    assert step(card, "2026-04", "do")["closed_in_time"] is False
    open_still = step(card, "2026-09", "act")
    assert (open_still["due"], open_still["closed_in_time"]) == (dt.date(2026, 10, 7), None)
    assert "closed_in_time=not_due" in open_still["null_reason"]


@pytest.mark.parametrize(
    ("changed", "done_on", "in_time"),
    [
        ({"decided_date": dt.date(2026, 9, 8)}, dt.date(2026, 9, 8), False),
        ({"cycle": "week"}, None, False),
        ({"kgi_id": "other"}, None, False),
        ({"decided_date": dt.date(2026, 8, 31)}, None, False),
    ],
)
def test_only_a_decision_that_looks_back_on_the_month_closes_it(
    changed: dict[str, object], done_on: dt.date | None, in_time: bool
) -> None:
    act = step(scored(decisions=[{**DECISION, **changed}]), "2026-08", "act")
    assert (act["done_on"], act["closed_in_time"]) == (done_on, in_time)


def acts(*closed: bool | None, due: dt.date = AS_OF) -> list[Row]:
    return [{"step": "act", "kgi_id": "a", "due": due, "closed_in_time": each} for each in closed]


def test_t35_nine_of_twelve_checks_closed() -> None:
    """T35; what is not due yet counts on neither side, and nothing due is no rate at all."""
    rows = [*acts(*(True,) * 9, *(False,) * 3), *acts(True, due=dt.date(2026, 9, 21)), *acts(None)]
    assert closure(rows, AS_OF) == (12, 9, 0.75)
    assert closure(rows, AS_OF, "b") == (0, 0, None)


def test_t38_three_of_eight_initiatives_with_sales() -> None:
    """T38, and by cost: the three cost 3 x 200 of 5 x 100 + 3 x 200."""
    alone = [initiative_of(name=f"a{n}", sales_members="[]", done=None, planned=days(100)) for n in range(5)]
    joined = [initiative_of(name=f"b{n}", done=None, planned=days(200)) for n in range(3)]
    assert list(participation([*alone, *joined])) == pytest.approx([3, 0.375, 1100, 600, 600 / 1100])
    assert participation([]) == (0, None, 0, 0, None)
    whole = total(scored(*alone, *joined))
    assert (whole["initiatives"], whole["initiatives_with_sales"], whole["sales_participation"]) == (8, 3, 0.375)


def days(cost: int) -> str:
    return f"{{from: 2026-10-01, to: 2026-11-30, cost: {cost}}}"


def scene(monkeypatch: pytest.MonkeyPatch, **earlier: list[dict[str, object]]) -> Scene:
    """Return the scene of a night in which earlier parts have written these rows."""
    seen: list[Scene] = []

    def keep(given: Scene) -> Part:
        seen.append(given)
        return Part()

    monkeypatch.setattr(sys.modules["pipeline.goals.score"], "PARTS", (keep,))
    goals = (goal_of(roles="{marketing: sato, sales: tanaka}"),)
    score(goals, FACTS, silent, COMPANY, AS_OF, "run-1")
    return replace(seen[0], earlier={name: tuple(rows) for name, rows in earlier.items()})


LEVER: dict[str, object] = {
    "kgi_id": "appointments_fy2026",
    "factor": "mql",
    "controller": "marketing",
    "now": 40.0,
    "best": 52.0,
    "recovery": 12.5,
    "cost": 2_400_000,
    "latest_useful_month": dt.date(2027, 1, 1),
    "rank": 2,
    "null_reason": None,
}


BESIDE = {**LEVER, "factor": "win_rate", "recovery": None, "rank": None, "null_reason": "recovery=beside"}


def test_levers_that_still_recover_something_are_proposed_with_their_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = {**LEVER, "factor": "leads", "recovery": 0.0}
    (row,) = action_part(scene(monkeypatch, lever=[LEVER, spent])).rows["action"]
    assert (row["action"], row["source"], row["owner"], row["expected_recovery"]) == ("lever_mql", "lever", "sato", 12.5)
    assert (row["cost"], row["due"]) == (2_400_000, dt.date(2027, 1, 31))
    assert row["text_en"] == "bring Mql from 40 towards 52 a business day"
    assert row["text_ja"] == "mqlの表示名を1営業日 40 から 52 に近づける"


def test_a_goal_without_a_lever_that_acts_in_time_is_planned_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = action_part(scene(monkeypatch, lever=[{**LEVER, "recovery": 0.0}, BESIDE])).rows["action"]
    assert (row["action"], row["source"]) == ("plan_anew", "lever")
    assert "plan the goal anew" in str(row["text_en"])


def test_the_first_ranked_lever_is_proposed_and_what_is_not_known_claims_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    first = {**LEVER, "factor": "leads", "rank": 1, "recovery": 3.0}
    rows = action_part(scene(monkeypatch, lever=[LEVER, first, {**LEVER, "factor": "all", "rank": None}])).rows["action"]
    assert [row["action"] for row in rows] == ["lever_leads"]
    for row in ({**LEVER, "recovery": None, "null_reason": "recovery=no_gap"}, BESIDE):
        assert action_part(scene(monkeypatch, lever=[row])).rows["action"] == ()


def test_an_unlikely_plan_and_what_the_next_phase_lacks_are_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"kgi_id": "appointments_fy2026", "text_ja": "達成は困難", "text_en": "hardly to be reached"}
    overall = {**said, "check": "overall", "verdict": "unlikely", "plan_version": 2}
    history = {**said, "check": "history", "verdict": "unlikely", "plan_version": 2}
    lacking = {**said, "criterion": "dispositions", "met": False}
    rows = action_part(
        scene(
            monkeypatch, realism_check=[overall, history], phase_readiness=[lacking, {**lacking, "criterion": "b", "met": True}]
        )
    ).rows["action"]
    assert [(row["action"], row["source"]) for row in rows] == [
        ("revise_plan_2", "realism"),
        ("readiness_dispositions", "readiness"),
    ]
    assert rows[0]["text_ja"] == "計画を見直す: 達成は困難"


@pytest.mark.parametrize(
    ("changed", "count"), [({}, 1), ({"state": "ok"}, 0), ({"channel": "web"}, 0), ({"guardrail": "other"}, 0)]
)
def test_a_guardrail_that_is_watched_is_to_be_seen_to(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, object], count: int
) -> None:
    row = {
        "guardrail": "quality",
        "state": "watch",
        "channel": "total",
        "owner": None,
        "text_ja": "質",
        "text_en": "it fell",
    }
    night = scene(monkeypatch, guardrail=[{**row, **changed}])
    plan = night.plans[0]
    watched = replace(plan, goal=replace(plan.goal, guardrails=(SimpleNamespace(name="quality"),)))  # type: ignore[arg-type]
    rows = action_part(replace(night, plans=(watched,))).rows["action"]
    assert len(rows) == count
    assert all((each["action"], each["text_en"]) == ("guardrail_quality", "see to it: it fell") for each in rows)


def test_a_share_above_one_is_not_published() -> None:
    card = scored(decisions=[])
    broken = tuple({**row, "pdca_closure_rate": 1.2} for row in card.rows("collaboration"))
    (told,) = check_scorecard(replace(card, others={**card.others, "collaboration": broken}))
    assert (told.code, dict(told.arguments)["column"]) == ("rate_not_in_range", "pdca_closure_rate")
