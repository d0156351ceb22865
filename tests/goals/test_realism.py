"""Whether a plan can come true: judged by the months, the years and the rates before it, once per version."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest

from pipeline.goals.calendar import fiscal_calendar
from pipeline.goals.goal import Goal, Override
from pipeline.goals.measuring import MetricFact
from pipeline.goals.plan import Plan, make_plan
from pipeline.goals.realism import Before, Judgement, blocked, judge_plan, judgements, realism_findings, realism_rows
from pipeline.goals.scene import NoMemory
from pipeline.goals.tables import Row
from pipeline.metrics import Question
from pipeline.shapes import Column, Table
from tests.goals.files import COMPANY, FACTS, PIPELINE, goal_of

CALENDAR = fiscal_calendar(COMPANY, dt.date(2024, 4, 1), dt.date(2028, 3, 31))
AS_OF = dt.date(2026, 6, 20)
MONTHS = (4, 3, 5, 4, 2, 6, 4, 5, 3, 4, 4, 4)


def asking(by_month: Mapping[str, tuple[float, ...]], years: dict[int, float] | None = None) -> Before:
    """Answer with counts of the twelve months before April 2026, and of whole fiscal years."""

    def ask(question: Question) -> Table:
        (metric,) = question.metrics
        start, end = dt.date.fromisoformat(question.start_time or ""), dt.date.fromisoformat(question.end_time or "")
        assert question.cutoff is not None and end <= question.cutoff
        months = [dt.date(2025 + (3 + at) // 12, (3 + at) % 12 + 1, 1) for at in range(12)]
        listed = list(zip(months, by_month.get(metric, (0,) * 12), strict=True))
        if question.group_by:
            rows = tuple((month, value) for month, value in listed if start <= month <= end)
            return Table((Column("metric_time__month", "DATE"), Column(metric, "BIGINT")), rows)
        if (end - start).days > 300 and years:
            return Table((Column(metric, "BIGINT"),), ((years.get(start.year, 0),),))
        return Table((Column(metric, "BIGINT"),), ((sum(value for month, value in listed if start <= month <= end),),))

    return Before(ask, FACTS)


def plan_of(goal: Goal) -> Plan:
    return make_plan(goal, {goal.name: goal}, CALENDAR, lambda _: None, {})


def judged(target: float, before: Before, **changed: str) -> Judgement:
    period = changed.pop("period", "{fiscal_quarter: 2026-Q1}")
    return judge_plan(plan_of(goal_of(target=f"{{value: {target}}}", period=period, **changed)), before, AS_OF)


def row(judgement: Judgement, check: str) -> Row:
    (found,) = [each for each in judgement.rows if each["check"] == check]
    return found


@pytest.mark.parametrize(
    ("target", "chance", "verdict"), [(12, 0.5387, "realistic"), (16, 0.1877, "unlikely"), (20, 0.0384, "unrealistic")]
)
def test_the_months_before_say_what_a_quarter_may_bring(target: int, chance: float, verdict: str) -> None:
    """T09: 48 in twelve months."""
    found = judged(target, asking({"appointments": MONTHS}))
    history = row(found, "history")
    assert history["probability"] == pytest.approx(chance, abs=5e-5)
    assert history["reference"] == pytest.approx(12.125)
    assert (history["n"], history["verdict"], found.verdict) == (12, verdict, verdict)
    assert row(found, "overall")["binding_factor"] == "history"


def test_growth_is_held_against_earlier_growth() -> None:
    """T22: the multiples 1.05, 1.12, 0.98, 1.20 make a third year of 3.0 as good as impossible, and 1.1 likely."""
    values = [100.0, 100.0]
    for multiple in (1.05, 1.12, 0.98, 1.20):
        values.append(values[-1] * multiple)
    years = dict(zip(range(2020, 2026), values, strict=True))
    before = asking({"appointments": (11,) * 12}, years)
    tripled = judged(years[2025] * 3, before, period="{fiscal_year: 2026}")
    growth = row(tripled, "growth")
    assert growth["value"] == pytest.approx(3.0)
    assert growth["probability"] == pytest.approx(0.00093, abs=5e-6)
    assert tripled.verdict == "unrealistic"
    assert tripled.growth_multiple == pytest.approx(3.0)
    assert row(judged(years[2025] * 1.1, before, period="{fiscal_year: 2026}"), "growth")["probability"] == pytest.approx(
        0.446, abs=5e-4
    )


def test_too_little_history_is_unknown_and_never_passed() -> None:
    assert judged(12, asking({})).verdict == "unknown"
    few = judged(12, asking({"appointments": (0,) * 9 + (3, 4, 5)}))
    assert (row(few, "history")["n"], row(few, "history")["verdict"], few.verdict) == (3, "unknown", "unknown")
    assert "probability=not_enough_history" in str(row(judged(12, asking({})), "overall")["null_reason"])


def test_where_less_is_better_nothing_is_judged_and_the_reason_says_so() -> None:
    whole = row(judged(12, asking({"appointments": MONTHS}), direction="down"), "overall")
    assert (whole["verdict"], "probability=less_is_better" in str(whole["null_reason"])) == ("unknown", True)
    assert "少ないほど良い" in str(whole["text_ja"]) and "less is better" in str(whole["text_en"])


def test_the_factor_that_binds_is_named() -> None:
    text = {**PIPELINE, "target": "{value: 240000000}", "period": "{fiscal_quarter: 2026-Q1}"}
    counts = {"valid_opportunities": (25,) * 12, "appointments": (100,) * 12, "mql": (500,) * 12, "leads": (5000,) * 12}
    found = judge_plan(plan_of(goal_of(**text)), asking(counts), AS_OF)
    rate = row(found, "rate valid_rate")
    assert (rate["value"], rate["reference"], rate["n"]) == (pytest.approx(0.4), pytest.approx(0.25), 1200)
    assert (rate["verdict"], rate["binding_factor"]) == ("unrealistic", "valid_rate")
    whole = row(found, "overall")
    assert whole["binding_factor"] == "valid_rate"
    assert "、制約: valid_rateの表示名)" in str(whole["text_ja"]) and "bound by Valid_Rate)" in str(whole["text_en"])
    assert str(rate["text_ja"]).startswith("valid_rateの表示名の実績 25.0% からみて非現実的(")
    history = row(judged(12, asking({"appointments": MONTHS})), "overall")
    assert "、制約: 過去の実績)" in str(history["text_ja"]) and "bound by the past)" in str(history["text_en"])
    assert row(found, "rate mql_rate")["verdict"] in ("realistic", "stretch")


def test_entrants_that_may_still_convert_do_not_speak_against_a_rate() -> None:
    """Of 400 appointments that have grown old 40 % became valid; with the 800 young ones it is 25 % of the year so far."""
    rates = PIPELINE["plan_rates"].replace("valid_rate: 0.40", "valid_rate: {value: 0.40, source: trailing_mature 12m, n: 400}")
    text = {**PIPELINE, "target": "{value: 240000000}", "period": "{fiscal_quarter: 2026-Q1}", "plan_rates": rates}
    counts = asking({"valid_opportunities": (25,) * 12, "appointments": (100,) * 12, "mql": (500,) * 12, "leads": (5000,) * 12})
    followed = MetricFact("became_valid", "rate", "", "", "", True, 28, follows=("appointments", "valid_opportunities"))
    old, young = (dt.date(2026, 2, 2), 400, 160), (dt.date(2026, 3, 9), 800, 140)

    def ask(question: Question) -> Table:
        if question.cohorts is None:
            return counts.ask(question)
        names = ("metric_time__day", "age__week", "became_valid__denominator", "became_valid__numerator", "maturity")
        rows = [
            (day, age, number, done, 1.0) for day, number, done in (old, young) for age in range(1, 5 if number == 400 else 4)
        ]
        return Table(tuple(Column(name, "DOUBLE") for name in names), tuple(rows))

    found = judge_plan(plan_of(goal_of(**text)), Before(ask, {**FACTS, followed.name: followed}), AS_OF)
    rate = row(found, "rate valid_rate")
    assert (rate["reference"], rate["n"]) == (pytest.approx(0.4), 400)
    assert rate["verdict"] in ("realistic", "stretch")
    assert row(found, "rate appointment_rate")["n"] == 6000
    agreed = goal_of(**{**text, "plan_rates": PIPELINE["plan_rates"]})
    ratio = row(judge_plan(plan_of(agreed), Before(ask, {**FACTS, followed.name: followed}), AS_OF), "rate valid_rate")
    assert (ratio["reference"], ratio["n"]) == (pytest.approx(0.25), 1200)  # what was agreed on is not said to be of cohorts


def test_an_unrealistic_plan_gives_no_targets_until_somebody_signs() -> None:
    goal = goal_of(**{**PIPELINE, "target": "{value: 240000000}"})
    plan = plan_of(goal)
    verdict = Judgement("unrealistic", ({"check": "overall", "text_ja": "無理", "text_en": "no way"},), 3.0)
    stopped = blocked(plan, verdict)
    assert {node.name: node.reason for node in stopped.nodes}["appointments"] == "unrealistic_plan"
    assert {node.name: node.value for node in stopped.nodes}["created_pipeline_amount"] == 240_000_000
    (alarm,) = realism_findings(stopped, verdict)
    assert (alarm.code, alarm.severity.value) == ("goal_unrealistic", "alarm")
    assert "is unrealistic (E130): no way" in alarm.text()
    signed = replace(plan, goal=replace(goal, override=Override("新製品の発売", "ceo")))
    assert blocked(signed, verdict).nodes == plan.nodes
    (info,) = realism_findings(signed, verdict)
    assert "by the override of ceo: 新製品の発売" in info.text()
    assert realism_findings(plan, Judgement("stretch", ())) == ()


def test_a_verdict_stays_with_its_version() -> None:
    plan = plan_of(goal_of(target="{value: 16}", period="{fiscal_quarter: 2026-Q1}"))
    first = judgements([plan], asking({"appointments": MONTHS}), NoMemory(), AS_OF)
    rows = realism_rows(first, AS_OF, "run-1")

    class Sealed(NoMemory):
        def first(self, table: str, *key: str, monthly: bool = False) -> tuple[Row, ...]:
            return rows

    later = AS_OF + dt.timedelta(days=1)
    again = judgements([plan], asking({"appointments": (40,) * 12}), Sealed(), later)
    assert again[plan.goal.name].verdict == "unlikely"
    night = realism_rows(again, later, "run-2")
    assert [{**each, "as_of_date": AS_OF, "run_id": "run-1"} for each in night] == list(rows)
    moved = replace(plan, goal=replace(plan.goal, plan_version=2))
    assert judgements([moved], asking({"appointments": (40,) * 12}), Sealed(), later)[plan.goal.name].verdict == "comfortable"


def test_the_bounds_of_a_goal_go_before_the_general_ones() -> None:
    before = asking({"appointments": MONTHS})
    assert judged(20, before, realism="{min_probability: 0.01}").verdict == "unlikely"
    assert judged(12, before, realism="{stretch_below: 0.6}").verdict == "stretch"


def test_a_metric_nobody_described_is_not_judged() -> None:
    facts = {"appointments": MetricFact("appointments", "ratio", "", "", "")}
    assert judge_plan(plan_of(goal_of()), Before(asking({}).ask, facts), AS_OF).verdict == "unknown"


def test_a_cut_month_counts_as_the_part_that_it_is() -> None:
    """Two days of April are no month: 48 in twelve months make 0.27 of them, not 4."""
    found = judged(3, asking({"appointments": MONTHS}), period="{from: 2026-04-27, to: 2026-04-28}")
    assert row(found, "history")["reference"] == pytest.approx((48 + 0.5) / 12 * 2 / 30)
    assert found.verdict == "unrealistic"
