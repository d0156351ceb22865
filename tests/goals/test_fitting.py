"""Names in a goal file that lead nowhere, and numbers that do not fit their metric: told before a night is scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.binding import bind_project
from pipeline.findings import KgiError, Severity
from pipeline.goals import MetricFact, unit_findings
from tests.goals.files import FACTS, PIPELINE, faults_of, goal_of, goal_text, goals_of
from tests.project_builder import opened, replace_in, write

CUT = {name: replace(fact, dimensions=("funnel__channel", "metric_time")) for name, fact in FACTS.items()}
TREE = {"tree": "appointments: mql\n"}


def only_fault(facts: Mapping[str, MetricFact] | None = None, /, **changed: str | None) -> tuple[str, str, str]:
    """Return the one mistake of a file: the line that it is on, its sentence and its hint."""
    text = goal_text(**changed)
    (fault,) = faults_of(text, facts=facts)
    assert fault.place is not None and fault.place.line is not None
    return text.splitlines()[fault.place.line - 1].strip(), fault.text(), fault.hint_text() or ""


def test_a_sum_over_what_no_metric_can_be_cut_by_is_refused() -> None:
    assert goals_of(goal_text(**PIPELINE), facts=CUT)
    line, text, hint = only_fault(CUT, **{**PIPELINE, "tree": PIPELINE["tree"].replace("over channel", "over chanel")})
    assert line.startswith('created_pipeline_amount: "sum over chanel')
    assert text == (
        "the KGI 'mktg_pipeline' sums 'created_pipeline_amount' over 'chanel',"
        " by which none of the metrics of its tree can be cut"
    )
    assert hint == "did you mean channel?"
    _, _, hint = only_fault(CUT, **{**PIPELINE, "tree": PIPELINE["tree"].replace("over channel", "over nodim")})
    assert hint == "dimensions of these metrics: channel, metric_time"


@pytest.mark.parametrize(
    ("changed", "sentence", "hint"),
    [
        ({"lags": "{mqll->appointments: {source: observed, window: 12m}}"}, "names 'mqll' under 'lags: mqll->", "mean mql?"),
        ({"lags": "{mql->appointments: {source: agreed, window: 12m}}"}, "source: agreed, which is not computed", "observed"),
        ({"lags": "{mql->appointments: {source: observed, window: 12m, tail: weibull}}"}, "tail: weibull, which is not", "none"),
        ({"controllable_by": "{marketting: [mql]}"}, "names 'marketting', which is no department: marketing, sales", "marketing"),
        ({"rolls_up_to": "company_revenue"}, "rolls up to 'company_revenue', but there is no other KGI", ""),
        ({"rolls_up_to": "appointments_fy2026"}, "rolls up to 'appointments_fy2026', but there is no other KGI", ""),
        ({"realism": "{min_probability: 0.6}"}, "has min_probability 0.6 above stretch_below 0.5", "below min_probability"),
        ({"realism": "{stretch_below: 0.01}"}, "has min_probability 0.05 above stretch_below 0.01", "below min_probability"),
    ],
)
def test_what_would_be_ignored_is_refused_by_name(changed: dict[str, str], sentence: str, hint: str) -> None:
    _, text, advice = only_fault(**{**TREE, **changed})
    assert sentence in text
    assert hint in advice


def test_what_is_named_and_computed_is_taken() -> None:
    changed = {
        "lags": "{mql->appointments: {source: observed, window: 12m, tail: none}, won->lost: {source: observed, window: 6m}}",
        "controllable_by": "{inside_sales: [mql], sales: [speed]}",
        "roles": "{marketing: sato, inside_sales: kato}",
        "rolls_up_to": "other",
        "realism": "{min_probability: 0.5}",
    }
    follows = {"won_to_lost": replace(FACTS["valid_rate"], name="won_to_lost", follows=("won", "lost"))}
    assert faults_of(goal_text(**TREE, **changed), goal_text(name="other"), facts={**FACTS, **follows}) == ()


@pytest.mark.parametrize(
    ("unit", "of_metric", "fits"),
    [
        ("件", "count", True),
        ("社", "件", True),
        ("件", "", True),
        ("円", "JPY", True),
        ("jpy", "JPY", True),
        ("率", "rate", True),
        ("JPY", "件", False),
        ("%", "rate", False),
        ("千円", "JPY", False),
    ],
)
def test_a_goal_in_another_unit_than_its_metric_is_warned_of(unit: str, of_metric: str, fits: bool) -> None:
    facts = {"appointments": replace(FACTS["appointments"], unit=of_metric)}
    found = [(each.code, each.severity) for each in unit_findings([goal_of(unit=f"'{unit}'")], facts)]
    assert found == ([] if fits else [("goal_unit_differs", Severity.WARNING)])


@pytest.mark.parametrize("written", ["20", "{value: 20, source: FY2025, n: 200}"])
def test_a_rate_from_a_count_to_a_part_of_it_is_at_most_one(written: str) -> None:
    changed = {"tree": "appointments: sum over channel (mql * appointment_rate)\n"}
    line, text, hint = only_fault(CUT, **changed, plan_rates=f"{{agreed: {{appointment_rate: {written}}}}}")
    assert line.startswith("plan_rates:")
    assert text == (
        "the plan rate 'appointment_rate' of the KGI 'appointments_fy2026' is 20.0,"
        " but it leads from one count to a part of it (E123)"
    )
    assert hint.startswith("write 20 % as 0.2")
    assert goals_of(goal_text(**changed, plan_rates="{agreed: {appointment_rate: 1}}"), facts=CUT)


def test_a_price_and_a_number_of_calls_may_be_above_one() -> None:
    assert goals_of(goal_text(**PIPELINE), facts=CUT)
    calls = {**CUT, "appointment_rate": replace(CUT["appointment_rate"], unit="回")}
    rates = "{agreed: {appointment_rate: 3}}"
    assert goals_of(goal_text(tree="appointments: appointment_rate * mql\n", plan_rates=rates), facts=calls)


def test_a_project_is_told_what_does_not_fit_its_metrics(tmp_path: Path) -> None:
    write(tmp_path)
    goal = "metrics/goals/fy2026.yml"
    replace_in(tmp_path, goal, "unit: count", "unit: JPY")
    assert [(each.code, str(each.place)) for each in bind_project(opened(tmp_path))] == [("goal_unit_differs", f"{goal}:3:5")]
    with (tmp_path / goal).open("a", encoding="utf-8") as file:
        file.write("    tree: {valid_opportunities: sum over chanel (valid_opportunities)}\n")
    replace_in(tmp_path, goal, "(valid_opportunities)", "(pipeline_amount)")
    with pytest.raises(KgiError) as told:
        opened(tmp_path)
    assert [(each.code, each.hint) for each in told.value.findings] == [("goal_unknown_cut", "channel")]
