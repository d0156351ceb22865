"""How often a table is read, and that sharing a scan changes no answer."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest

from pipeline.decode import read_all
from pipeline.metrics import Question, SemanticManifest, compile_question, read_semantics
from pipeline.shapes import Relation
from tests.metrics.company import YAML, Desk, engine, ordered

FILTERED = """
metrics:
  - name: touches_of_a
    type: derived
    expr: touches
    input_metrics: [{name: touches, filter: "{{ Dimension('touch__campaign') }} = 'a'"}]
  - name: cost_of_web
    type: derived
    expr: cost
    input_metrics: [{name: cost, filter: "{{ Dimension('lead__channel') }} = 'web'"}]
  - name: cost_of_a
    type: derived
    expr: cost
    input_metrics: [{name: cost, filter: "{{ Dimension('touch__campaign') }} = 'a'"}]
  - name: leads_of_a
    type: derived
    expr: touched
    input_metrics: [{name: touched, filter: "{{ Dimension('touch__campaign') }} = 'a'"}]
  - name: share_of_a
    type: ratio
    numerator: {name: touches, filter: "{{ Dimension('touch__campaign') }} = 'a'"}
    denominator: touches
  - name: touches_of_a_so_far
    type: cumulative
    input_metric: {name: touches, filter: "{{ Dimension('touch__campaign') }} = 'a'"}
  - {name: touches_so_far, type: cumulative, input_metric: touches}
"""
BY_MONTH = ("metric_time__month",)


@pytest.fixture(scope="module")
def desk() -> Desk:
    """The company with more touches: every combination of a few values, some of them missing."""
    opened = engine()
    dice = random.Random(5)
    rows = [
        [
            n,
            dice.choice([10, 11, 12, 13, None]),
            f"2026-0{dice.randrange(1, 7)}-{dice.randrange(1, 28):02}",
            dice.choice([None, 1, 2.5]),
        ]
        for n in range(8, 90)
    ]
    for row in rows:
        campaign = dice.choice(["a", "b", "b", None]) if str(row[2]) < "2026-05" else "b"
        opened.insert("m.touch", ["touch_id", "lead_id", "touched_on", "cost", "campaign"], [[*row, campaign]])
    return Desk(opened)


@pytest.fixture(scope="module")
def manifest() -> SemanticManifest:
    documents = [*read_all(YAML, "metrics/company.yml"), *read_all(FILTERED, "metrics/filtered.yml")]
    return read_semantics(documents, lambda name: Relation("m", name))


def sql_of(manifest: SemanticManifest, *metrics: str, by: tuple[str, ...] = BY_MONTH, **more: Any) -> str:
    return compile_question(manifest, Question(metrics=metrics, group_by=by, **more)).sql


def test_several_metrics_of_a_table_read_it_once(manifest: SemanticManifest) -> None:
    metrics = ("touches", "cost", "average_cost", "touched", "dearest", "median_cost", "cost_per_dearest")
    for by in (BY_MONTH, ("metric_time__day", "touch__campaign"), ("lead__account__industry",), ()):
        for where in ((), ("{{ Dimension('lead__channel') }} = 'web'",)):
            sql = sql_of(manifest, *metrics, by=by, where=where)
            assert sql.count("m.touch ") + sql.count("m.touch\n") == 1, sql


def test_metrics_of_two_tables_read_each_of_them_once(manifest: SemanticManifest) -> None:
    sql = sql_of(manifest, "cost_per_deal", "amount_per_cost", "touches", "deals", by=("metric_time__month", "lead__channel"))
    assert (sql.count("m.touch "), sql.count("m.deal ")) == (1, 1), sql


def test_a_filtered_metric_is_read_from_the_scan_of_one_without_the_filter(manifest: SemanticManifest) -> None:
    assert sql_of(manifest, "share_of_a").count("m.touch ") == 1
    assert sql_of(manifest, "touches", "touches_of_a", "cost_of_a", "leads_of_a", "cost").count("m.touch ") == 1
    assert sql_of(manifest, "touches_so_far", "touches_of_a_so_far", "touches").count("m.touch ") == 1


def test_a_filter_that_needs_a_join_of_its_own_keeps_its_scan(manifest: SemanticManifest) -> None:
    assert sql_of(manifest, "cost", "cost_of_web").count("m.touch ") == 2
    assert sql_of(manifest, "cost", "cost_of_web", by=("lead__channel",)).count("m.touch ") == 1


SHARED = ("touches_of_a", "cost_of_a", "leads_of_a", "cost_of_web", "share_of_a", "touches_of_a_so_far")
GROUPS = (
    (),
    BY_MONTH,
    ("metric_time__day",),
    ("metric_time__month", "touch__campaign"),
    ("lead__channel", "metric_time__quarter"),
)


@pytest.mark.parametrize(("metric", "by"), list(product(SHARED, GROUPS)))
def test_a_metric_has_the_same_rows_alone_and_beside_others(
    desk: Desk, manifest: SemanticManifest, metric: str, by: tuple[str, ...]
) -> None:
    alone = desk.engine.rows(sql_of(manifest, metric, by=by))
    others = (
        "touches",
        "cost",
        "touched",
        *(each for each in SHARED if each != metric and not (each.endswith("far") and not by)),
    )
    beside = desk.engine.table(sql_of(manifest, *others, metric, by=by))
    keys = len(by)
    found = {row[:keys]: row[-1] for row in beside.rows}
    assert ordered([row for row in alone if row[-1] is not None]) == ordered(
        [(*key, value) for key, value in found.items() if value is not None]
    )
    assert {row[:keys] for row in alone} <= set(found)


def test_a_group_that_a_filter_empties_has_no_row_and_no_zero(desk: Desk, manifest: SemanticManifest) -> None:
    """`share_of_a` holds both scans; in May no touch is of campaign a, which is unknown and not nought."""
    rows = desk.engine.rows(sql_of(manifest, "touches_of_a", "touches", by=("touch__campaign",)))
    assert {row[0]: row[1] is None for row in rows} == {"a": False, "b": True, None: True}
    shares = dict(desk.engine.rows(sql_of(manifest, "share_of_a")))
    months = dict(
        desk.engine.rows(
            """select cast(date_trunc('month', touched_on) as date), nullif(count(*) filter (where campaign = 'a'), 0) / count(*)
            from m.touch group by 1"""
        )
    )
    assert None in months.values()
    assert shares == pytest.approx(months)


def test_days_are_added_up_before_they_are_cut_into_months_but_not_beside_entities(manifest: SemanticManifest) -> None:
    assert "AS daily" in sql_of(manifest, "touches", by=("metric_time__month", "touch__campaign"))
    assert "AS daily" not in sql_of(manifest, "touches", by=("metric_time__month", "lead"))
    assert "AS daily" not in sql_of(manifest, "touches", by=("metric_time__month", "lead__created_on__day"))
    assert "AS daily" not in sql_of(manifest, "touched", by=("metric_time__month",))


@pytest.mark.parametrize("grain", ["week", "month", "quarter", "year", "fiscal_year"])
def test_days_added_up_first_give_what_the_rows_give(desk: Desk, manifest: SemanticManifest, grain: str) -> None:
    period = "k.fiscal_year" if grain == "fiscal_year" else f"cast(date_trunc('{grain}', touched_on) as date)"
    by_hand = desk.hand(
        f"""select {period}, campaign, count(*), sum(cost), max(cost), count(*) filter (where campaign = 'a')
        from m.touch left join m.calendar as k on k.d = touched_on group by 1, 2"""
    )
    by_hand = [(*row[:-1], row[-1] or None) for row in by_hand]
    metrics = ("touches", "cost", "dearest", "touches_of_a")
    sql = sql_of(manifest, *metrics, by=(f"metric_time__{grain}", "touch__campaign"))
    assert "AS daily" in sql
    assert ordered(desk.engine.rows(sql)) == ordered(by_hand)
