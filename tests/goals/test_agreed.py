"""What is agreed on, what a changed definition does to the numbers, and whether both departments count alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pytest

from pipeline.decode import read, read_all
from pipeline.engines.duckdb import Engine, open_engine
from pipeline.findings import Severity
from pipeline.goals import (
    Ask,
    Definitions,
    Row,
    Scorecard,
    calendar_span,
    check_scorecard,
    facts_of,
    fiscal_calendar,
    read_definitions,
    read_goals,
    score,
)
from pipeline.goals.agreed import agreed, agreement_states
from pipeline.goals.bridge import definition_change
from pipeline.goals.goal import Goal
from pipeline.goals.measuring import Measured, Window
from pipeline.goals.outlook import Flows
from pipeline.goals.plan import make_plan
from pipeline.goals.scene import NoMemory, Scene
from pipeline.metrics import SemanticManifest, compile_question
from pipeline.shapes import Column, Relation, Table
from tests.goals.files import COMPANY, goal_text

DAY = dt.date
AS_OF = DAY(2026, 11, 20)
METRICS = """
models:
  - name: deal
    semantic_model: true
    agg_time_dimension: valid_on
    columns:
      - {name: deal_id, entity: {name: opportunity, type: primary}}
      - {name: valid_on, granularity: day, dimension: {type: time}}
      - {name: months, dimension: categorical}
    metrics:
      - {name: valid_deals, type: simple, agg: count, expr: deal_id, config: {meta: {kgi: {unit: count}}}}
      - {name: deals, type: simple, agg: count, expr: deal_id, config: {meta: {kgi: {unit: count}}}}
metrics:
  - {name: valid_rate, type: ratio, numerator: valid_deals, denominator: deals}
"""
AGREEMENT = """
agreement:
  name: valid_deal
  label: {ja: 有効商談, en: Valid deal}
  metrics: [valid_deals]
  versions:
    - version: 1
      effective_from: 2026-04-01
      agreed_on: 2026-03-24
      agreed_by: {marketing: sato, sales: tanaka}
      predicate: "true"
    - version: 2
      effective_from: 2026-10-01
      agreed_on: 2026-09-18
      agreed_by: {marketing: sato, sales: tanaka}
      predicate: months <= 12
      agreed_level: {per_quarter: 20}
      review_by: 2027-03-31
"""
GOAL: dict[str, str | None] = {
    "name": "valid_deals_h2",
    "phase": "middle",
    "metric": "valid_deals",
    "unit": "count",
    "roles": "{marketing: sato, sales: tanaka, coordinator: suzuki}",
    "period": "{from: 2026-10-01, to: 2027-03-31}",
    "target": "{value: 75}",
    "definition": "valid_deal",
    "effective_from": "2026-10-01",
    "agreed_by": "{marketing: sato, sales: tanaka}",
}


def definitions(text: str = AGREEMENT) -> Definitions:
    return read_definitions(read_all(METRICS, "m.yml"), [read(text, "agreed.yml")], lambda name: Relation("m", name))


def goal(**changed: str | None) -> Goal:
    document = read(goal_text(**{**GOAL, **changed}), "metrics/goals/goal.yml")
    (found,) = read_goals([document], COMPANY, {"valid_deals", "deals", "valid_rate"})
    return found


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """80 deals in October, of which 68 are to be bought within a year; 10 in September, of which 9; none in August."""
    with open_engine(None, threads=1) as opened:
        opened.execute("create schema m")
        opened.execute(
            """create table m.deal as
            select 'd' || n as deal_id, date '2026-10-01' + cast(n % 20 as int) as valid_on, if(n < 68, 6, 24) as months
            from range(80) as t(n)
            union all select 's' || n, date '2026-09-20', if(n < 9, 12, 13) from range(10) as t(n)"""
        )
        yield opened


@dataclass
class Nights:
    """Sealed nights, as the warehouse would give them: rows of `agreement` and `kgi`."""

    rows: dict[str, list[Row]] = field(default_factory=dict)

    def keep(self, card: Scorecard) -> Nights:
        for table in ("agreement", "kgi"):
            self.rows.setdefault(table, []).extend(card.rows(table))
        return self

    def first(self, table: str, *key: str, monthly: bool = False) -> tuple[Row, ...]:
        rows = [] if monthly else self.rows.get(table, [])  # these tests are not about the backtest
        days: dict[tuple[object, ...], Any] = {}
        for row in rows:
            which = tuple(row[name] for name in key)
            days[which] = min(days.get(which, row["as_of_date"]), row["as_of_date"])
        return tuple(row for row in rows if row["as_of_date"] == days[tuple(row[name] for name in key)])

    def last(self, table: str) -> tuple[Row, ...]:
        rows = self.rows.get(table, [])
        newest = max((str(row["as_of_date"]) for row in rows), default="")
        return tuple(row for row in rows if str(row["as_of_date"]) == newest)


def asker(engine: Engine, manifest: SemanticManifest) -> Ask:
    return lambda question: engine.table(compile_question(manifest, question).sql)


def scored(engine: Engine, *goals: Goal, agreed: Definitions | None = None, as_of: DAY = AS_OF, **more: Any) -> Scorecard:
    found = agreed or definitions()
    card = score(
        goals,
        facts_of(found.semantics),
        asker(engine, found.semantics),
        COMPANY,
        as_of,
        "run",
        definitions=found,
        ask_of=lambda manifest: asker(engine, manifest),
        **more,
    )
    assert check_scorecard(card) == ()
    return card


def scene_of(engine: Engine, *goals: Goal) -> Scene:
    """Return what a part of the score is given, before anything was measured."""
    found = definitions()
    calendar = fiscal_calendar(COMPANY, *calendar_span(goals, COMPANY, AS_OF))
    plans = tuple(make_plan(each, {}, calendar, lambda _: None, {}) for each in goals)
    facts, ask = facts_of(found.semantics), asker(engine, found.semantics)
    flows = Flows(ask, facts, calendar, AS_OF)
    scene = Scene(goals, plans, facts, Measured(), calendar, COMPANY, AS_OF, "run", ask, flows, {})
    return replace(scene, definitions=found, versions=goals, ask_of=lambda manifest: asker(engine, manifest))


def codes(card: Scorecard) -> list[str]:
    return [each.code for each in card.findings if each.code.startswith(("agreement", "plan_changed", "goal_no"))]


def changes(card: Scorecard) -> list[tuple[object, object]]:
    """Return what the gap to date says of changed definitions, over all channels."""
    rows = [row for row in card.rows("gap_decomposition") if row["basis"] == "to_date" and row["factor"] == "definition_change"]
    return sorted((row["kind"], row["contribution"]) for row in rows)


# ---- T32


def test_a_changed_definition_is_never_performance(engine: Engine) -> None:
    """T32: 80 by the old definition, 68 by the new, 75 planned with the new: performance -7, definition -12, never +5."""
    planned = goal()
    scene = scene_of(engine, planned)
    change = definition_change(scene, planned, Window("period", DAY(2026, 10, 1), DAY(2027, 3, 31)))
    assert change is not None and change.before is not None
    assert (change.before.value, change.actual.value, change.step) == (80, 68, -12)
    assert (change.planned_with, change.version, change.effect) == (2, 2, 0)
    card = scored(engine, planned)
    (row,) = [each for each in card.kgi if each.grain == "period"]
    assert row.gap_to_target == -7
    assert changes(card) == [("view", -12)]


def test_a_plan_made_with_the_old_definition_has_the_change_in_its_gap(engine: Engine) -> None:
    planned = goal(effective_from="2026-09-01")
    scene = scene_of(engine, planned)
    change = definition_change(scene, planned, Window("period", DAY(2026, 10, 1), DAY(2027, 3, 31)))
    assert change is not None and (change.planned_with, change.effect) == (1, -12)
    performance = (change.as_planned.value or 0) - 75
    assert performance == 5 and (change.actual.value or 0) - 75 == performance + (change.effect or 0) == -7
    card = scored(engine, planned)
    assert changes(card) == [("part", -12), ("subtotal", -12)]
    parts = [row for row in card.rows("gap_decomposition") if row["basis"] == "to_date" and row["kind"] == "part"]
    (whole,) = [row for row in card.rows("gap_decomposition") if row["basis"] == "to_date" and row["kind"] == "total"]
    assert sum(row["contribution"] for row in parts) == pytest.approx(whole["contribution"])  # type: ignore[misc]


def test_a_metric_without_an_agreement_has_no_change(engine: Engine) -> None:
    other = goal(metric="deals", definition=None)
    assert definition_change(scene_of(engine, other), other, Window("month", AS_OF, AS_OF)) is None


def test_events_before_a_change_that_the_plan_knew_of_are_no_change(engine: Engine) -> None:
    planned = goal(period="{from: 2026-09-01, to: 2027-03-31}")  # September counts by version 1, and the plan knew that
    scene = scene_of(engine, planned)
    change = definition_change(scene, planned, Window("period", DAY(2026, 9, 1), DAY(2027, 3, 31)))
    assert change is not None and (change.actual.value, change.effect, change.step) == (78, 0, -12)


# ---- the bridge


def test_the_bridge_counts_every_month_both_ways(engine: Engine) -> None:
    tree = "{valid_deals: deals * valid_rate}"
    card = scored(engine, goal(tree=tree, plan_rates="{agreed: {valid_rate: 0.9}}"))
    rows = card.rows("definition_bridge")
    by_hand = engine.rows(
        """with month as (select unnest(range(timestamp '2026-07-01', timestamp '2026-12-01', interval 1 month))::date as m)
        select m, count(deal_id), count(deal_id) filter (where months <= 12) from month
        left join m.deal on date_trunc('month', valid_on) = m group by m order by m"""
    )
    counted = [(row["period_start"], row["value_old"], row["value_new"]) for row in rows if row["metric"] == "valid_deals"]
    assert counted == by_hand and len(by_hand) == 5
    rates = {row["period_start"]: (row["effect"], row["null_reason"]) for row in rows if row["metric"] == "valid_rate"}
    assert rates[DAY(2026, 10, 1)] == (pytest.approx(68 / 80 - 1), None)
    assert rates[DAY(2026, 8, 1)] == (None, "value_old=zero_denominator;value_new=zero_denominator;effect=zero_denominator")
    assert {row["metric"] for row in rows} == {"valid_deals", "valid_rate"}
    assert [row["is_in_force"] for row in rows if row["metric"] == "valid_deals"] == [False, False, False, True, True]
    assert all(row["effect"] == row["value_new"] - row["value_old"] for row in rows if row["effect"] is not None)  # type: ignore[operator]


def test_two_versions_alike_have_no_effect_and_one_version_no_bridge(engine: Engine) -> None:
    alike = definitions(AGREEMENT.replace("months <= 12", '"true"'))
    assert {row["effect"] for row in scored(engine, goal(), agreed=alike).rows("definition_bridge")} == {0}
    once = definitions(AGREEMENT[: AGREEMENT.index("    - version: 2")])
    assert scored(engine, goal(), agreed=once).rows("definition_bridge") == ()


def test_a_change_to_come_is_seen_in_the_months_before_it(engine: Engine) -> None:
    later = definitions(AGREEMENT.replace("effective_from: 2026-10-01", "effective_from: 2026-12-01"))
    rows = scored(engine, goal(), agreed=later).rows("definition_bridge")
    assert [(str(row["period_start"]), row["effect"], row["is_in_force"]) for row in rows] == [
        ("2026-09-01", -1, False),
        ("2026-10-01", -12, False),
        ("2026-11-01", 0, False),
    ]


# ---- what is agreed on


def test_each_version_of_a_definition_is_a_row_with_its_state(engine: Engine) -> None:
    rows = scored(engine, goal()).rows("agreement")
    assert [(row["version"], row["state"], row["is_in_force"]) for row in rows] == [(1, "superseded", False), (2, "agreed", True)]
    first, second = rows
    assert (first["effective_to"], second["effective_to"]) == (DAY(2026, 9, 30), None)
    assert (second["agreed_level"], second["agreed_level_per"], second["predicate"]) == (20, "quarter", "months <= 12")
    assert second["null_reason"] == "evaluated_at=at_once;evidence=not_given;effective_to=open"
    assert first["review_by"] == DAY(2027, 3, 24)
    assert scored(engine, goal(), as_of=DAY(2026, 9, 1)).rows("agreement")[1]["state"] == "upcoming"


@pytest.mark.parametrize(
    ("agreement", "changed", "missing"),
    [
        (AGREEMENT, {"definition": None}, "definition"),
        (AGREEMENT.replace(", sales: tanaka", "", 1), {}, None),  # the version in force is signed
        (
            "sales: tanaka}".join(AGREEMENT.split(", sales: tanaka}")).replace("satosales: tanaka", "sato"),
            {},
            "valid_deal v2 agreed_by.sales",
        ),
        (AGREEMENT, {"agreed_by": "{sales: tanaka}"}, "agreed_by.marketing"),
        (AGREEMENT, {"agreed_by": None}, "agreed_by.marketing, agreed_by.sales"),
        (AGREEMENT, {"agreed_by": None, "phase": "early", "definition": None}, None),
        (AGREEMENT, {"agreed_by": "{marketing: sato}", "phase": "early", "plan_version": "2"}, None),
        (AGREEMENT, {"agreed_by": None, "phase": "early", "plan_version": "2"}, "agreed_by"),
    ],
)
def test_what_a_goal_needs_to_be_agreed_on_is_named(
    engine: Engine, agreement: str, changed: dict[str, str | None], missing: str | None
) -> None:
    card = scored(engine, goal(**changed), agreed=definitions(agreement))
    found = [each for each in card.findings if each.code == "agreement_unsigned"]
    assert [dict(each.arguments)["missing"] for each in found] == ([missing] if missing else [])
    assert all("E150" in each.text() and each.severity is Severity.WARNING for each in found)
    (plan,) = card.rows("plan_version")
    assert plan["state"] == ("not_agreed" if missing else "agreed")


def test_a_definition_is_stale_after_its_review_and_after_a_year_without_one(engine: Engine) -> None:
    assert codes(scored(engine, goal(), as_of=DAY(2027, 3, 31))) == []
    card = scored(engine, goal(), as_of=DAY(2027, 4, 1))
    assert codes(card) == ["agreement_stale"] and card.rows("agreement")[1]["state"] == "stale"
    (warning,) = [each for each in card.findings if each.code == "agreement_stale"]
    assert str(warning.place) == "agreed.yml:18:7" and "(W240)" in warning.text()
    unwritten = definitions(AGREEMENT.replace("      review_by: 2027-03-31\n", ""))
    assert codes(scored(engine, goal(), agreed=unwritten, as_of=DAY(2027, 9, 18))) == []
    assert codes(scored(engine, goal(), agreed=unwritten, as_of=DAY(2027, 9, 19))) == ["agreement_stale"]


@pytest.mark.parametrize(
    ("phase", "told"), [("early", []), ("middle", ["goal_no_coordinator"]), ("late", ["goal_no_coordinator"])]
)
def test_a_coordinator_is_a_name_to_fill_in(engine: Engine, phase: str, told: list[str]) -> None:
    card = scored(engine, goal(phase=phase, roles="{marketing: sato, sales: tanaka}"))
    assert codes(card) == told
    assert all(each.severity is Severity.INFO for each in card.findings if each.code == "goal_no_coordinator")


# ---- what is dated back


def test_a_version_that_reaches_back_over_published_nights_is_told_once_and_keeps_its_state(engine: Engine) -> None:
    one = definitions(AGREEMENT[: AGREEMENT.index("    - version: 2")])
    nights = Nights().keep(scored(engine, goal(), agreed=one, as_of=DAY(2026, 11, 18)))
    first = scored(engine, goal(), as_of=DAY(2026, 11, 19), memory=nights)
    assert codes(first) == ["agreement_changed_late"]
    (warning,) = [each for each in first.findings if each.code == "agreement_changed_late"]
    assert "holds from 2026-10-01, but 2026-11-18 was published without it (E152)" in warning.text()
    again = scored(engine, goal(), memory=nights.keep(first))
    assert codes(again) == []
    assert [row["state"] for row in again.rows("agreement")] == ["superseded", "dated_back"]
    assert again.rows("agreement")[1]["first_published"] == DAY(2026, 11, 19)


def test_a_version_that_was_there_before_it_began_is_not_dated_back(engine: Engine) -> None:
    nights = Nights()
    for day in (DAY(2026, 9, 29), DAY(2026, 9, 30), DAY(2026, 10, 1)):
        nights.keep(scored(engine, goal(), as_of=day, memory=nights))
    assert codes(scored(engine, goal(), memory=nights)) == []


def test_a_first_night_dates_nothing_back(engine: Engine) -> None:
    assert codes(scored(engine, goal(), memory=NoMemory())) == []


def test_a_target_that_changes_within_a_version_is_told_and_marked(engine: Engine) -> None:
    nights = Nights().keep(scored(engine, goal(), as_of=DAY(2026, 11, 19)))
    card = scored(engine, goal(target="{value: 60}"), memory=nights)
    assert codes(card) == ["plan_changed_unversioned"]
    (warning,) = [each for each in card.findings if each.code == "plan_changed_unversioned"]
    assert (warning.severity, "write the change as plan_version: 2" in (warning.hint_text() or "")) == (Severity.WARNING, True)
    (plan,) = card.rows("plan_version")
    assert (plan["state"], plan["target"], plan["target_published"]) == ("changed", 60, 75)


def test_a_new_version_of_a_plan_is_dated_forward_or_told(engine: Engine) -> None:
    nights = Nights().keep(scored(engine, goal(), as_of=DAY(2026, 11, 19)))
    forward = goal(plan_version="2", effective_from="2026-11-20", target="{value: 60}")
    back = replace(forward, effective_from=DAY(2026, 11, 1))
    assert codes(scored(engine, goal(), forward, memory=nights)) == []
    card = scored(engine, goal(), back, memory=nights)
    assert codes(card) == ["plan_changed_late"]
    states = [(row["plan_version"], row["state"], row["target"], row["definition_version"]) for row in card.rows("plan_version")]
    assert states == [(1, "superseded", None, 2), (2, "dated_back", 60, 2)]


def test_the_state_of_a_goal_is_that_of_its_plan(engine: Engine) -> None:
    unsigned = goal(agreed_by=None)
    assert agreement_states(agreed(scene_of(engine, unsigned)).rows["plan_version"])[unsigned.name, 1] == "not_agreed"


def test_versions_follow_each_other_without_a_gap(engine: Engine) -> None:
    rows = scored(engine, goal()).rows("agreement")
    assert all(later["effective_from"] - before["effective_to"] == dt.timedelta(days=1) for before, later in pairwise(rows))  # type: ignore[operator]


# ---- both departments' counts


def judgements(rows: list[tuple[object, ...]]) -> Any:
    columns = (Column("opportunity_id", "VARCHAR"), Column("is_valid", "BOOLEAN"), Column("judged_date", "DATE"))
    return lambda model: Table(columns, tuple(rows)) if model == "fct_sales_judgements" else None


def test_both_counts_are_compared_deal_by_deal(engine: Engine) -> None:
    """T34: marketing counts 80, sales 72, of which 68 are the same: 68 / 84."""
    old = definitions(AGREEMENT[: AGREEMENT.index("    - version: 2")])
    common = [(f"d{n}", True, DAY(2026, 11, 3)) for n in range(68)]  # judged a month later: still October's deals
    more = [(f"x{n}", True, DAY(2026, 10, 9)) for n in range(4)]
    refused = [("d79", False, DAY(2026, 10, 9))]
    card = scored(engine, goal(), agreed=old, table=judgements([*common, *more, *refused]))
    rows = {row["period_start"]: row for row in card.rows("count_agreement")}
    october = rows[DAY(2026, 10, 1)]
    assert [october[f"count_{name}"] for name in ("marketing", "sales", "both", "either")] == [80, 72, 68, 84]
    assert october["count_agreement"] == pytest.approx(0.8095, abs=5e-5)
    assert (rows[DAY(2026, 9, 1)]["count_marketing"], rows[DAY(2026, 9, 1)]["count_agreement"]) == (10, 0)
    assert rows[DAY(2026, 11, 1)]["null_reason"] == "count_agreement=zero_denominator"
    assert len(rows) == 20  # April 2025 to November 2026


def test_without_the_list_of_sales_there_is_nothing_to_compare(engine: Engine) -> None:
    assert scored(engine, goal()).rows("count_agreement") == ()
