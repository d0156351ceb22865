"""Phases: whether the next phase's goal can be measured, by the design's own case and by events counted again in plain Python."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.decode import read
from pipeline.findings import Finding, KgiError
from pipeline.goals import Definitions, MetricFact, Scorecard, check_scorecard, read_goals, score
from pipeline.goals.agreement_spec import read_agreements
from pipeline.goals.goal import Goal
from pipeline.goals.phases.criterion import AgreementSigned, MetricReached
from pipeline.goals.tables import READINESS, Row
from pipeline.metrics import Question
from pipeline.shapes import Column, Table
from tests.goals.files import COMPANY, FACTS, METRICS, goal_text
from tests.goals.guarded import Entries, World

AS_OF = dt.date(2026, 11, 20)
RECORDED = MetricFact("recorded_rate", "ratio", "", "記入率", "Recorded", divides_quantities=True)
KNOWN = {**FACTS, "recorded_rate": RECORDED, "dispositions": MetricFact("dispositions", "count", "件", "結果", "Results")}
PHASES = """
version: 1
phases:
  middle:
    - {criterion: recorded, label: {ja: 結果の記入率, en: Results recorded}, metric: recorded_rate, of: rate, at_least: 0.9}
    - {criterion: dispositions, label: {ja: 結果の件数, en: Results}, metric: dispositions, at_least: 30}
    - {criterion: definition, label: {ja: 有効商談の定義, en: Definition}, agreement: valid_opportunity}
  late:
    - {criterion: valid, label: {ja: 有効商談の件数, en: Valid}, metric: valid_opportunities, at_least: 30, window: 3m}
"""
AGREEMENT = """
agreement:
  name: valid_opportunity
  label: {ja: 有効商談, en: Valid opportunity}
  metrics: [valid_opportunities]
  versions:
    - version: 1
      effective_from: 2026-04-01
      agreed_on: 2026-03-24
      predicate: stage = 'valid'
      agreed_by: {marketing: sato, SALES}
"""


def goals(*texts: str) -> tuple[Goal, ...]:
    documents = [read(text, f"metrics/goals/file_{at}.yml") for at, text in enumerate(texts)]
    return read_goals(documents, COMPANY, {*METRICS, "recorded_rate", "dispositions"}, {"valid_opportunity"})


def faults(text: str) -> tuple[Finding, ...]:
    try:
        goals(goal_text(), text)
    except KgiError as error:
        return error.findings
    return ()


class Answers:
    """What each metric is, as (value, numerator, denominator); keeps the days that were asked for."""

    def __init__(self, **said: tuple[float | None, float, float]) -> None:
        self.said, self.asked = said, dict[str, tuple[str, str]]()

    def __call__(self, question: Question) -> Table:
        (metric,) = question.metrics
        if question.group_by or metric not in self.said:
            return Table(tuple(Column(name, "DOUBLE") for name in (*question.group_by, metric)), ())
        self.asked[metric] = (str(question.start_time), str(question.end_time))
        names = (metric, f"{metric}__numerator", f"{metric}__denominator")
        return Table(tuple(Column(name, "DOUBLE") for name in names), (self.said[metric],))


def night(ask: Answers, *, sales: str = "sales: tanaka", as_of: dt.date = AS_OF, **changed: str | None) -> Mapping[str, Row]:
    agreements = read_agreements([read(AGREEMENT.replace("SALES", sales), "metrics/agreements/valid.yml")])
    card = score(
        goals(goal_text(**changed), PHASES), KNOWN, ask, COMPANY, as_of, "run", definitions=_Signed(agreements=agreements)
    )
    assert check_scorecard(card) == ()
    return {str(row["criterion"]): row for row in card.rows(READINESS.name)}


class _Signed(Definitions):
    """Agreements without metrics that they govern."""

    def version_of(self, metric: str, day: dt.date) -> int | None:
        return None

    def is_monotone(self, agreement: object, version: int) -> bool:
        return True


def test_171_results_of_190_appointments_with_an_agreed_definition_are_ready() -> None:
    """T36: 171 / 190 is 0.90, which is enough, 171 is at least 30, both departments have signed."""
    ask = Answers(recorded_rate=(171 / 190, 171, 190), dispositions=(171, 0, 0))
    rows = night(ask)
    assert list(rows) == ["recorded", "dispositions", "definition"]
    assert [(row["next_phase"], row["met"], row["missing"]) for row in rows.values()] == [("middle", True, 0)] * 3
    assert [(row["value"], row["threshold"]) for row in rows.values()] == [(0.9, 0.9), (171, 30), (2, 2)]
    assert ask.asked == {
        "recorded_rate": ("2025-11-01", "2026-10-31"),
        "dispositions": ("2026-07-01", "2026-09-30"),
    }, "a rate over the last twelve whole months, a count over the last complete fiscal quarter"
    assert rows["recorded"]["text_ja"] == "結果の記入率は 90.0%(必要 90.0%、2025-11-01〜2026-10-31)。満たしている"


def test_what_is_missing_is_said_with_its_number() -> None:
    rows = night(Answers(recorded_rate=(150 / 190, 150, 190), dispositions=(12, 0, 0)), sales="sales: null")
    assert [(row["met"], row["missing"]) for row in rows.values()] == [(False, 21), (False, 18), (False, 1)]
    assert (150 + 21) / 190 >= 0.9 > (150 + 20) / 190
    assert rows["dispositions"]["text_en"] == "Results: 12 (30 needed, 2026-07-01 to 2026-09-30); 18 missing"
    assert rows["dispositions"]["text_ja"] == "結果の件数は 12(必要 30、2026-07-01〜2026-09-30)。あと 18 件"
    assert rows["definition"]["text_ja"] == "有効商談の定義は 2 部門中 1 部門が合意。未合意: 営業"
    assert rows["definition"]["text_en"] == "Definition: signed by 1 of 2 departments; missing: sales"


def test_a_rate_of_nobody_is_neither_met_nor_missed() -> None:
    rows = night(Answers(recorded_rate=(None, 0, 0), dispositions=(0, 0, 0)))
    assert (rows["recorded"]["value"], rows["recorded"]["met"], rows["dispositions"]["met"]) == (None, None, False)
    assert "value=zero_denominator" in str(rows["recorded"]["null_reason"])
    assert "確かめられない" in str(rows["recorded"]["text_ja"]) and "cannot be told" in str(rows["recorded"]["text_en"])


@pytest.mark.parametrize(
    ("as_of", "quarter"),
    [
        (dt.date(2026, 9, 30), ("2026-07-01", "2026-09-30")),
        (dt.date(2026, 9, 29), ("2026-04-01", "2026-06-30")),
        (dt.date(2026, 4, 1), ("2026-01-01", "2026-03-31")),
    ],
)
def test_a_quarter_counts_once_it_is_complete(as_of: dt.date, quarter: tuple[str, str]) -> None:
    ask = Answers(recorded_rate=(1, 1, 1), dispositions=(30, 0, 0))
    night(ask, as_of=as_of)
    assert ask.asked["dispositions"] == quarter


def test_a_middle_goal_looks_at_the_late_phase_and_a_late_one_at_nothing() -> None:
    ask = Answers(valid_opportunities=(29, 0, 0))
    (row,) = night(ask, phase="middle").values()
    assert (row["next_phase"], row["criterion"], row["missing"]) == ("late", "valid", 1)
    assert night(ask, phase="late") == {}


def test_defaults_and_what_is_written_are_read_as_they_stand() -> None:
    (goal,) = goals(goal_text(), PHASES)
    recorded, dispositions, definition = goal.needed_next
    assert recorded.asks == MetricReached("recorded_rate", 0.9, "rate", 12)
    assert dispositions.asks == MetricReached("dispositions", 30, "count", None)
    assert definition.asks == AgreementSigned("valid_opportunity")
    assert (recorded.label_ja, recorded.place.path, recorded.place.line) == ("結果の記入率", "metrics/goals/file_1.yml", 5)
    (middle,) = goals(goal_text(phase="middle"), PHASES)
    assert [each.asks for each in middle.needed_next] == [MetricReached("valid_opportunities", 30, "count", 3)]


LABEL = "label: {ja: 件数, en: Number}"


@pytest.mark.parametrize(
    ("written", "code", "said"),
    [
        ("metric: dispositons, at_least: 3", "phase_unknown_metric", "did you mean dispositions?"),
        ("agreement: valid_oportunity", "goal_unknown_definition", "did you mean valid_opportunity?"),
        ("at_least: 3", "phase_criterion_kinds", "write metric"),
        ("metric: dispositions, at_least: 3, agreement: valid_opportunity", "phase_criterion_kinds", "write metric"),
        ("agreement: valid_opportunity, at_least: 3", "phase_criterion_key", "take the key away"),
        ("metric: dispositions", "yaml_missing_key", ""),
        ("metric: dispositions, at_least: 30件", "kgi_loose_number", "write 30"),
        ("metric: dispositions, at_least: 0", "phase_threshold", "above 0"),
        ("metric: recorded_rate, of: rate, at_least: 90", "phase_threshold", "at most 1"),
        ("metric: dispositions, at_lest: 3, at_least: 3", "yaml_unknown_key", "at_least"),
        ("metric: dispositions, at_least: 3, of: share", "yaml_not_one_of", ""),
        ("metric: dispositions, at_least: 3, window: 1y", "yaml_pattern", ""),
    ],
)
def test_every_mistake_of_a_criterion_is_told_on_its_line(written: str, code: str, said: str) -> None:
    text = f"version: 1\nphases:\n  middle:\n    - {{criterion: ok, {LABEL}, metric: leads, at_least: 1}}\n"
    (fault,) = faults(f"{text}    - {{criterion: results, {LABEL}, {written}}}\n")
    assert (fault.code, fault.place.line if fault.place else 0) == (code, 5)
    assert said in (fault.hint_text() or "")
    assert fault.text("ja") != fault.text("en")


def test_two_criteria_of_one_name_and_the_name_of_a_row_of_its_own_are_refused() -> None:
    one = f"    - {{criterion: results, {LABEL}, metric: leads, at_least: 1}}\n"
    (twice,) = faults(f"version: 1\nphases:\n  middle:\n{one}{one}")
    assert (twice.code, twice.place.line if twice.place else 0) == ("phase_criterion_twice", 5)
    assert "metrics/goals/file_1.yml:4" in twice.text("ja") and "one of them" in (twice.hint_text() or "")
    (named,) = faults(f"version: 1\nphases:\n  late:\n{one.replace('results', 'readable')}")
    assert (named.code, "確認ができる日" in named.text("ja")) == ("phase_criterion_name", True)
    assert faults(f"version: 1\nphases:\n  middle:\n{one}  late:\n{one}") == ()


FOLLOWED = MetricFact(
    "to_valid",
    "rate",
    "",
    "v",
    "v",
    divides_quantities=True,
    matures_after_days=28,
    follows=("appointments", "valid_opportunities"),
)
TREE = {
    "phase": "late",
    "metric": "valid_opportunities",
    "target": "{value: 96.4}",
    "tree": "{valid_opportunities: appointments * valid_rate}",
    "plan_rates": "{agreed: {valid_rate: 0.4}}",
}


def cold(entries: tuple[Entries, ...], **changed: str) -> Scorecard:
    facts = {**FACTS, "to_valid": FOLLOWED}
    card = score(
        goals(goal_text(**{**TREE, **changed})), facts, World({"to_valid": entries}, {}, facts).ask, COMPANY, AS_OF, "run"
    )
    assert check_scorecard(card) == ()
    return card


def test_a_young_company_is_told_from_which_day_checks_can_be_read() -> None:
    """Planned: 241 appointments in 241 business days. 12 are known, so the 20th comes on the 8th business day from tomorrow."""
    known = (Entries(dt.date(2026, 10, 1), 5, 0, "total"), Entries(dt.date(2026, 11, 16), 7, 0, "total"))
    (row,) = cold(known).rows(READINESS.name)
    # 2026-11-21 to 12-03 without weekends and 11-23 (勤労感謝の日)
    days = [dt.date(2026, 11, day) for day in (24, 25, 26, 27, 30)] + [dt.date(2026, 12, day) for day in (1, 2, 3)]
    assert (row["criterion"], row["next_phase"], row["met"]) == ("readable", None, False)
    assert (row["value"], row["threshold"], row["missing"]) == (5, 20, 15)
    assert row["readable_from"] == days[7] + dt.timedelta(weeks=4) == dt.date(2026, 12, 31)
    assert "2026-12-31" in str(row["text_ja"]) and "2026-12-31" in str(row["text_en"])
    assert "next_phase=no_next_phase" in str(row["null_reason"])


def test_entrants_that_are_known_already_only_have_to_grow_old() -> None:
    (row,) = cold((Entries(dt.date(2026, 11, 4), 25, 3, "total"),)).rows(READINESS.name)
    assert (row["value"], row["missing"], row["readable_from"]) == (0, 20, dt.date(2026, 12, 2))


def test_without_a_plan_for_entries_nobody_says_the_day_and_a_curve_needs_no_row() -> None:
    (row,) = cold((), tree="{valid_opportunities: appointments * valid_rate}", plan_rates="{agreed: {}}").rows(READINESS.name)
    assert (row["value"], row["readable_from"]) == (0, None)
    assert "readable_from=no_planned_entries" in str(row["null_reason"])
    assert "その日が決まらない" in str(row["text_ja"])
    assert cold((Entries(dt.date(2026, 9, 1), 25, 3, "total"),)).rows(READINESS.name) == ()


def test_every_reason_of_a_phase_is_on_the_page() -> None:
    code = Path("pipeline/goals/phases/part.py").read_text(encoding="utf-8")
    given = set(re.findall(r'(?:reason=|or |": |, )"([a-z]+(?:_[a-z]+)+)"', code)) - {"fiscal_quarter"}
    assert {"no_next_phase", "readable_now", "no_parts", "no_planned_entries", "metric_unknown"} <= given
    assert given <= set(re.findall(r"`([a-z_]+)`", Path("docs/goals.md").read_text(encoding="utf-8")))
