"""The page about goals: its example is read as it stands, its worked numbers come out, its reasons are the code's."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from pipeline.decode import read
from pipeline.goals import read_goals, read_initiatives
from pipeline.goals.backsolve import backsolve
from pipeline.goals.guardrails.spec import KEYS
from pipeline.goals.target import resolve
from tests.goals.files import COMPANY, FACTS, METRICS, PIPELINE, goal_of, goal_text

PAGE = Path("docs/goals.md")


def test_the_example_of_the_page_gives_the_numbers_of_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    (goal,) = read_goals([read(example, "example.yml")], COMPANY, METRICS)
    target = resolve(goal, {}, lambda rule: None, {})
    found = {node.name: round(node.value or 0) for node in backsolve(goal, target.value, target.reason)}
    assert [
        found[name] for name in ("created_pipeline_amount", "valid_opportunities", "appointments", "mql", "leads", "won")
    ] == [
        240_000_000,
        80,
        200,
        1_000,
        10_000,
        20,
    ]


def test_the_guardrails_of_the_page_are_read_as_they_stand() -> None:
    text = Path("docs/guardrails.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    rails = ["appt_quality", "supply_without_orders", "sales_hours", "sales_capacity"]
    tree = "appointments: mql\nvalid_opportunities: appointments\nwon: valid_opportunities * win_rate\n"
    goal = goal_text(guardrails=f"[{', '.join(rails)}]", tree=tree, plan_rates="{agreed: {win_rate: 0.25}}")
    metrics = {*METRICS, "appointment_to_valid_rate", "valid_to_won_rate", "hours_per_valid_opportunity"}
    (read_goal,) = read_goals([read(goal, "goal.yml"), read(example, "example.yml")], COMPANY, metrics)
    assert [each.name for each in read_goal.guardrails] == rails
    assert {each.kind for each in read_goal.guardrails} == {"newcombe_noninferiority", "evidence", "xmr", "capacity"}
    assert set(KEYS) <= set(re.findall(r"`(\w+)`", text))


def test_every_reason_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in Path("pipeline/goals").glob("*.py"))
    reasons = set(re.findall(r'(?:reason=|None, )"([a-z_]+)"', code))
    assert {"metric_failed", "rate_zero", "no_plan_rate"} <= reasons
    assert reasons <= set(re.findall(r"`([a-z_]+)`", text))


def test_the_initiative_of_the_page_is_read() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", Path("docs/initiatives.md").read_text(encoding="utf-8"), re.DOTALL)
    facts = {"appointments": replace(FACTS["appointments"], dimensions=("channel",))}
    (found,) = read_initiatives([read(example, "example.yml")], facts, (goal_of(**PIPELINE),))
    assert (found.name, found.comparison.method, found.kgi) == ("webinar_series_autumn", "did", "mktg_pipeline")


def test_every_reason_of_what_is_done_is_on_its_page() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in Path("pipeline/goals/acting").glob("*.py"))
    given = set(re.findall(r'(?:reason=|None, |else |or |": )"([a-z]+_[a-z_]+)"', code))
    assert {"not_yet_readable", "not_recorded", "no_gap", "in_no_goal"} <= given
    assert given - {"before_after"} <= set(re.findall(r"`([a-z_]+)`", Path("docs/initiatives.md").read_text(encoding="utf-8")))
