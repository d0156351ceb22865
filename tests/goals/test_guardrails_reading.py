"""Guardrails in goal files: what is read, and every mistake with its place and what to write instead."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.decode import read
from pipeline.findings import Finding, KgiError
from pipeline.goals import read_goals
from pipeline.goals.guardrails.guardrail import AgreedRate, Capacity, Comparison, Days, Guardrail, Outcome, ProcessLimits
from tests.goals.files import COMPANY, METRICS, goal_text, goals_of
from tests.goals.guarded import guarded_goals, line

QUALITY = "{kind: newcombe_noninferiority, margin: 0.05, baseline: trailing_12m, confidence: 0.95}"


def rail(test: str, *more: str, **changed: str | None) -> Guardrail:
    (goal,) = guarded_goals(line("quality", "valid_rate", "up", test, *more), **changed)
    (only,) = goal.guardrails
    return only


def faults(*guardrails: str, named: str = "[quality]", goal: str | None = None) -> tuple[Finding, ...]:
    files = [goal_text(guardrails=named) if goal is None else goal, "version: 1\nguardrails:\n" + "".join(guardrails)]
    try:
        goals_of(*files)
    except KgiError as error:
        return error.findings
    return ()


def only_fault(test: str, *more: str, **changed: str) -> tuple[str, str]:
    (fault,) = faults(line("quality", "valid_rate", "up", test, *more), **changed)
    return fault.text(), fault.hint_text() or ""


def test_a_guardrail_with_everything_and_one_with_defaults() -> None:
    full = rail(
        QUALITY.replace("}", ", window: 2m}"),
        "paired_with: appointments",
        "min_n: 30",
        "owner: sato",
        "cause_by: channel",
        "outcome: {risky: mql_rate, usual: valid_rate}",
    )
    assert full.test == Comparison(0.05, 12, 2, 0.95)
    assert (full.protects, full.paired_with, full.min_n, full.owner) == ("created_pipeline_amount", "appointments", 30, "sato")
    assert (full.cause_by, full.outcome, full.place.line) == ("channel", Outcome("mql_rate", "valid_rate"), 3)
    bare = rail("{kind: newcombe_noninferiority}")
    assert (bare.test, bare.min_n, bare.paired_with) == (Comparison(0.0, 12, 3, 0.95), 20, None)


@pytest.mark.parametrize(
    ("test", "read_as"),
    [
        ("{kind: evidence, plan_rate: 0.3}", AgreedRate(0.3)),
        ("{kind: evidence, plan_rate: 0.3, since: 2025-04-01}", AgreedRate(0.3, dt.date(2025, 4, 1))),
        ("{kind: xmr}", ProcessLimits(12)),
        ("{kind: xmr, baseline_points: 18}", ProcessLimits(18)),
        ("{kind: capacity, available: 400, hours_each: 3}", Capacity(400, 3, 0.9)),
        ("{kind: capacity, available: 400, watch_at: 1}", Capacity(400, None, 1)),
        ("{kind: local_optimisation}", Comparison(0.0, 12, 3, 0.95, local=True)),
        (
            "{kind: newcombe_noninferiority, baseline: FY2025}",
            Comparison(0.0, Days(dt.date(2025, 4, 1), dt.date(2026, 3, 31)), 3, 0.95),
        ),
        (
            "{kind: newcombe_noninferiority, baseline: {fiscal_quarter: 2026-Q1}}",
            Comparison(0.0, Days(dt.date(2026, 4, 1), dt.date(2026, 6, 30)), 3, 0.95),
        ),
    ],
)
def test_every_kind_of_test(test: str, read_as: object) -> None:
    assert rail(test, "paired_with: appointments").test == read_as


def test_guardrails_stand_beside_goals_in_one_file_too() -> None:
    text = goal_text(guardrails="[quality]") + "guardrails:\n" + line("quality", "valid_rate", "up", QUALITY)
    (goal,) = goals_of(text)
    assert [each.name for each in goal.guardrails] == ["quality"]


def test_a_file_needs_goals_or_guardrails() -> None:
    with pytest.raises(KgiError, match="a goal file needs the key 'kgi'"):
        read_goals([read("version: 1\n", "metrics/goals/a.yml")], COMPANY, METRICS)


def test_every_mistake_of_goals_and_guardrails_is_told_at_once_with_its_line() -> None:
    wrong = (
        line("quality", "valid_rte", "up", QUALITY)
        + line("hours", "valid_rate", "dwon", "{kind: xmr, baseline_points: 8}")
        + line("orders", "won", "up", "{kind: evidence, margin: 0.1, plan_rate: 1.5}")
        + line("capacity", "won", "up", "{kind: capacity}", "paird_with: won")
        + line("local", "won", "up", "{kind: local_optimisation, baseline: last_year}", "outcome: {risky: wn, usual: won}")
    )
    found = {
        (str(each.place).split(":")[0][-10:-4], each.place.line if each.place else 0, each.code)
        for each in faults(wrong, goal=goal_text(metric="apointments", guardrails="[qualty]"))
    }
    assert found == {
        ("goal_0", 7, "goal_unknown_metric"),
        ("goal_0", 13, "goal_unknown_guardrail"),
        ("goal_1", 3, "guardrail_metric"),
        ("goal_1", 4, "yaml_not_one_of"),
        ("goal_1", 4, "yaml_out_of_range"),
        ("goal_1", 5, "guardrail_key"),
        ("goal_1", 5, "guardrail_rate_range"),
        ("goal_1", 6, "yaml_missing_key"),
        ("goal_1", 6, "yaml_unknown_key"),
        ("goal_1", 7, "guardrail_baseline"),
        ("goal_1", 7, "guardrail_metric"),
        ("goal_1", 7, "yaml_missing_key"),
    }


@pytest.mark.parametrize(
    ("test", "more", "sentence", "hint"),
    [
        (
            QUALITY,
            "paired_with: apointments",
            "'paired_with' of the guardrail 'quality' is 'apointments'",
            "did you mean appointments?",
        ),
        ("{kind: xmr, margin: 0.1}", "", "'margin' says nothing to a test of the kind xmr", "keys of this kind: baseline_points"),
        ("{kind: evidence}", "", "the guardrail 'quality', test needs the key 'plan_rate'", ""),
        (
            "{kind: newcombe_noninferiority, baseline: 0.4}",
            "",
            "'0.4' is no baseline",
            "an agreed rate is tested with kind: evidence",
        ),
        ("{kind: newcombe_noninferiority, baseline: trailing_99m}", "", "'trailing_99m' is no baseline", "write trailing_12m"),
        (
            "{kind: newcombe_noninferiority, baseline: {from: 2026-04-16, to: 2026-05-10}}",
            "",
            "is no baseline",
            "a period of whole months",
        ),
        (
            "{kind: newcombe_noninferiorty}",
            "",
            'test.kind\' is "newcombe_noninferiorty", which is none of',
            "did you mean newcombe_noninferiority?",
        ),
        (
            "{kind: evidence, plan_rate: win_rate}",
            "",
            "the plan rate 'win_rate', which no KGI that names it has agreed",
            "write a number",
        ),
    ],
)
def test_a_mistake_says_what_to_write(test: str, more: str, sentence: str, hint: str) -> None:
    text, advice = only_fault(test, *filter(None, [more]))
    assert sentence in text
    assert hint in advice


def test_a_name_that_is_nearly_right_gets_a_suggestion() -> None:
    (fault,) = faults(line("quality", "valid_rate", "up", QUALITY), named="[qualty]")
    assert fault.text() == "the KGI 'appointments_fy2026' names the guardrail 'qualty', but there is no such guardrail"
    assert (fault.hint_text(), str(fault.place)) == ("did you mean quality?", "metrics/goals/goal_0.yml:13:18")


def test_a_guardrail_of_no_goal_would_guard_nothing() -> None:
    (fault,) = faults(line("quality", "valid_rate", "up", QUALITY), named="[]")
    assert fault.text() == "no KGI names the guardrail 'quality', so nothing would be guarded"
    assert "under guardrails:" in (fault.hint_text() or "")


def test_two_guardrails_of_one_name() -> None:
    one = line("quality", "valid_rate", "up", QUALITY)
    (fault,) = faults(one, one)
    assert fault.text() == "two guardrails are called 'quality'; the other is metrics/goals/goal_1.yml:3:4"


@pytest.mark.parametrize(
    ("rates", "sentence"),
    [((0.2, 0.3), "on which its KGIs differ: 0.2, 0.3"), ((1, 1), "which is 1.0; a rate to test lies between 0 and 1")],
)
def test_a_plan_rate_that_cannot_be_tested(rates: tuple[float, float], sentence: str) -> None:
    tree = "appointments: mql\nwon: appointments * win_rate\n"
    goals = [
        goal_text(name=f"goal_{at}", tree=tree, guardrails="[orders]", plan_rates=f"{{agreed: {{win_rate: {rate}}}}}")
        for at, rate in enumerate(rates)
    ]
    supply = "version: 1\nguardrails:\n" + line("orders", "won", "up", "{kind: evidence, plan_rate: win_rate}")
    with pytest.raises(KgiError) as caught:
        goals_of(*goals, supply)
    assert sentence in caught.value.findings[0].text()


def test_a_later_plan_may_agree_on_another_rate() -> None:
    tree = "appointments: mql\nwon: appointments * win_rate\n"
    first, second = (
        goal_text(
            tree=tree,
            guardrails="[orders]",
            plan_version=str(version),
            effective_from=since,
            plan_rates=f"{{agreed: {{win_rate: {rate}}}}}",
        )
        for version, since, rate in ((1, "2026-04-01", 0.2), (2, "2026-10-01", 0.3))
    )
    supply = "version: 1\nguardrails:\n" + line("orders", "won", "up", "{kind: evidence, plan_rate: win_rate}")
    assert len(goals_of(first, second, supply)) == 2
