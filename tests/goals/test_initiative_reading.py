"""Initiative files: what is read, and every mistake with its place and what to write instead."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.decode import read
from pipeline.findings import Finding, KgiError
from pipeline.goals import Goal, Initiative, read_initiatives
from pipeline.goals.goal import Period
from pipeline.goals.initiative import Comparison, Done, Expected, Side
from tests.goals.files import FACTS, PIPELINE, fact, goal_of

DIMENSIONS = ("channel", "owner")
KNOWN = {
    name: replace(each, dimensions=DIMENSIONS)
    for name, each in {
        **FACTS,
        "appointment_to_valid_rate": replace(
            fact("appointment_to_valid_rate", "rate", "rate"),
            follows=("appointments", "valid_opportunities"),
            matures_after_days=90,
            divides_quantities=True,
        ),
    }.items()
}
WEBINAR: dict[str, str] = {
    "name": "webinar_autumn",
    "label": "{ja: 秋のウェビナー, en: Autumn webinars}",
    "owner": "sato",
    "sales_members": "[yamada]",
    "kpi": "appointments",
    "expected": "{effect: 40, unit: 件, basis: cohort_landing}",
    "planned": "{from: 2026-10-01, to: 2026-11-30, cost: 1800000}",
    "compare": "{method: did, treated: {channel: webinar}, control: {channel: [content, web]}}",
    "done": "{from: 2026-10-06, to: null, cost: 950000}",
    "decision": "null",
}


def initiative_text(**changed: str | None) -> str:
    """Write an initiative file; None leaves a key out."""
    lines = {**WEBINAR, **changed}
    return "initiative:\n" + "".join(f"  {key}: {value}\n" for key, value in lines.items() if value is not None)


def initiatives_of(*texts: str, goals: tuple[Goal, ...] = ()) -> tuple[Initiative, ...]:
    documents = [read(text, f"metrics/initiatives/{number}.yml") for number, text in enumerate(texts)]
    return read_initiatives(documents, KNOWN, goals)


def initiative_of(**changed: str | None) -> Initiative:
    (found,) = initiatives_of(initiative_text(**changed))
    return found


def faults_of(*texts: str, goals: tuple[Goal, ...] = ()) -> tuple[Finding, ...]:
    try:
        initiatives_of(*texts, goals=goals)
    except KgiError as error:
        return error.findings
    return ()


def test_an_initiative_is_read_as_it_is_written() -> None:
    found = initiative_of()
    assert (found.name, found.label_ja, found.label_en, found.owner) == (
        "webinar_autumn",
        "秋のウェビナー",
        "Autumn webinars",
        "sato",
    )
    assert (found.kpi, found.sales_members, found.decision, found.kgi) == ("appointments", ("yamada",), None, None)
    assert found.expected == Expected(40, "件", "cohort_landing")
    assert (found.planned.start, found.planned.end, found.planned_cost) == (
        dt.date(2026, 10, 1),
        dt.date(2026, 11, 30),
        1_800_000,
    )
    assert found.done == Done(dt.date(2026, 10, 6), None, 950_000)
    assert found.comparison == Comparison(
        "did",
        Side("channel", "channel", ("webinar",)),
        Side("channel", "channel", ("content", "web")),
        Period(dt.date(2025, 10, 1), dt.date(2026, 9, 30), "2025-10-01..2026-09-30"),
        None,
    )
    assert (found.cost, found.days.start, found.days.end) == (950_000, dt.date(2026, 10, 6), dt.date(2026, 11, 30))


def test_the_baseline_is_cut_to_whole_months_and_a_holdout_needs_none() -> None:
    written = "{method: did, treated: {channel: a}, control: {channel: b}, before: {from: 2026-03-10, to: 2026-09-15}}"
    before = initiative_of(compare=written).comparison.before
    assert before == Period(dt.date(2026, 4, 1), dt.date(2026, 8, 31), "2026-04-01..2026-08-31")
    holdout = initiative_of(
        kpi="appointment_to_valid_rate",
        expected="{effect: 0.1, unit: rate, cases: 50}",
        compare="{method: holdout, treated: {channel: a}, control: {channel: b}}",
    )
    assert (holdout.comparison.before, holdout.expected.cases) == (None, 50)


@pytest.mark.parametrize(
    ("changed", "line", "sentence", "hint"),
    [
        ({"kpi": None}, 1, "names no KPI, so nobody can tell whether it worked (E140)", "write kpi:"),
        ({"kpi": "null"}, 6, "names no KPI, so nobody can tell whether it worked (E140)", "write kpi:"),
        ({"expected": None}, 1, "does not say what it shall bring: effect is missing (E140)", "expected: {effect: 40"),
        ({"expected": "{effect: 0, unit: 件}"}, 7, "effect is missing (E140)", "expected: {effect: 40"),
        ({"expected": "{effect: 40}"}, 7, "unit is missing (E140)", "expected: {effect: 40"),
        (
            {"kpi": "appointment_to_valid_rate", "expected": "{effect: 0.1, unit: rate}"},
            7,
            "cases is missing (E140)",
            "cases: 120",
        ),
        ({"planned": None}, 1, "planned: {from, to} is missing (E140)", "the 12 months before it are the baseline"),
        ({"planned": "{from: 2026-10-01}"}, 8, "planned: {from, to} is missing (E140)", "2026-11-30"),
        ({"compare": None}, 1, "is compared with nothing: compare.method is missing (E140)", "holdout, did, series"),
        (
            {"compare": "{method: did, treated: {channel: webinar}}"},
            9,
            "compare.control is missing (E140)",
            "control: {channel: content}",
        ),
        (
            {"compare": "{method: before_after, treated: {channel: a}, before: {from: 2026-08-10, to: 2026-09-30}}"},
            9,
            "2026-08-10..2026-09-30, is no baseline: it needs 2 whole months that end before 2026-10-06 (E140)",
            "leave it out for the 12 months before",
        ),
        (
            {"compare": "{method: before_after, treated: {channel: a}, before: {from: 2026-01-01, to: 2026-10-31}}"},
            9,
            "is no baseline",
            "leave it out",
        ),
        (
            {"compare": "{method: before_after, treated: {channel: a}, before: {from: 2026-01-01}}"},
            9,
            "compare.before: {from, to} is missing (E140)",
            "compare.before",
        ),
    ],
)
def test_an_unverifiable_initiative_is_refused_at_its_line(
    changed: dict[str, str | None], line: int, sentence: str, hint: str
) -> None:
    found = faults_of(initiative_text(**changed))
    told = [each for each in found if sentence in each.text()]
    assert len(told) == 1, [each.text() for each in found]
    assert "'webinar_autumn'" in told[0].text()
    assert hint in (told[0].hint_text() or "")
    assert told[0].place is not None
    assert told[0].place.line == line
    assert "E140" in told[0].text("ja")
    assert told[0].hint_text("ja")


@pytest.mark.parametrize(
    ("changed", "sentence", "hint"),
    [
        ({"kpi": "apointments"}, "is measured by 'apointments', but there is no such metric", "did you mean appointments?"),
        ({"expected": "{effect: 40, unit: 社}"}, "expects an effect in '社', which is not the unit of", "did you mean 件?"),
        ({"expected": "{effect: 20%, unit: 件}"}, "has two readings and is not a number (E140)", "multiple: 1.2"),
        (
            {"compare": "{method: before_after, treated: {chanel: a}}"},
            "compares by 'chanel', but 'appointments' cannot be cut by it",
            "did you mean channel?",
        ),
        (
            {"compare": "{method: before_after, treated: {channel: a}, control: {channel: b}}"},
            "before_after compares the treated with their own past only",
            "write method: did",
        ),
        (
            {"compare": "{method: holdout, treated: {channel: a}, control: {channel: b}}"},
            "groups of unknown size cannot be compared by a count or an amount",
            "mql_to_appointment_rate",
        ),
        (
            {"compare": "{method: did, treated: {channel: [a, b]}, control: {channel: [b, c]}}"},
            "has these members on both sides of its comparison: b",
            "treated or it is control",
        ),
        (
            {"compare": "{method: did, treated: {channel: a}, control: {owner: b}}"},
            "compare.control of the initiative 'webinar_autumn' must name one dimension",
            "write control:",
        ),
        (
            {"compare": "{method: before_after, treated: {channel: a, owner: b}}"},
            "compare.treated of the initiative 'webinar_autumn' must name one dimension",
            "write treated:",
        ),
        ({"planned": "{from: 2026-12-01, to: 2026-11-30}"}, "from 2026-12-01 to 2026-11-30", "the first day"),
        ({"done": "{from: null, to: 2026-11-30}"}, "from None to 2026-11-30", "what has ended has begun"),
        ({"kgi": "pipelin"}, "serves the KGI 'pipelin', but there is no such KGI", "did you mean mktg_pipeline?"),
        ({"kgi": "mktg_pipeline", "kpi": "opportunities"}, "its KPI 'opportunities' is not in that goal's tree", "the KGI whose"),
        ({"owner": None}, "the initiative file needs the key", ""),
        ({"sales_member": "[a]"}, "'sales_member'", "did you mean sales_members?"),
        ({"decision": "go"}, "decision", ""),
    ],
)
def test_a_mistake_says_what_to_write(changed: dict[str, str | None], sentence: str, hint: str) -> None:
    found = faults_of(initiative_text(**changed), goals=(goal_of(**PIPELINE),))
    assert len(found) == 1, [each.text() for each in found]
    if "owner" not in changed:
        assert sentence in found[0].text()
    assert hint in (found[0].hint_text() or "")
    assert found[0].text("ja") != found[0].text("en")


def test_every_mistake_of_every_file_is_reported_at_once() -> None:
    first = initiative_text(kpi=None, expected="{effect: 40, unti: 件}", compare="{method: dif, treated: {channel: a}}")
    second = initiative_text(planned="{from: 2026-11-01, to: 2026-10-01}", ownr="x")
    found = faults_of(first, second)
    assert {(each.place.path[-5:], each.place.line, each.code) for each in found if each.place} == {
        ("0.yml", 1, "initiative_no_kpi"),
        ("0.yml", 6, "yaml_unknown_key"),
        ("0.yml", 6, "initiative_no_effect"),
        ("0.yml", 8, "yaml_not_one_of"),
        ("0.yml", 8, "initiative_no_comparison"),
        ("1.yml", 8, "initiative_days"),
        ("1.yml", 12, "yaml_unknown_key"),
    }


def test_a_name_stands_once() -> None:
    (found,) = faults_of(initiative_text(), initiative_text())
    assert found.text() == "two initiatives are called 'webinar_autumn'; the other is metrics/initiatives/0.yml:2:3"


@pytest.mark.parametrize(
    ("done", "decision", "as_of", "state"),
    [
        ("null", "null", "2026-10-01", "planned"),
        ("null", "null", "2026-10-02", "late"),
        ("{from: 2026-10-06}", "null", "2026-10-05", "late"),
        ("{from: 2026-10-06}", "null", "2026-10-06", "running"),
        ("{from: 2026-10-06}", "null", "2026-12-01", "late"),
        ("{from: 2026-10-06, to: 2026-12-20}", "change", "2026-12-01", "late"),
        ("{from: 2026-10-06, to: 2026-12-20}", "change", "2026-12-20", "done"),
        ("null", "stop", "2026-11-01", "cancelled"),
        ("{from: 2026-10-06}", "stop", "2026-11-01", "cancelled"),
        ("{from: 2026-10-06, to: 2026-10-31}", "stop", "2026-11-01", "done"),
    ],
)
def test_the_state_of_an_initiative(done: str, decision: str, as_of: str, state: str) -> None:
    assert initiative_of(done=done, decision=decision).state(dt.date.fromisoformat(as_of)) == state
