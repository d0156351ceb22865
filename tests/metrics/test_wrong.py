"""A wrong definition and a wrong question never give a number: exit code 2, no rows, and what is wrong with its place."""

# ruff: noqa: E501 - one case is one line
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.engines.duckdb import open_engine
from tests.metrics.company import TABLES, YAML
from tests.metrics.door import kgi

BESIDE_LEADS = "      - {name: leads_every_day,"
AT_TOP = "saved_queries:"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("file") / "company.duckdb"
    with open_engine(path, threads=1) as engine:
        for statement in TABLES.split(";\n"):
            if statement.strip():
                engine.execute(statement)
    yield path


def ask(folder: Path, database: Path, text: str, *question: str) -> str:
    (folder / "company.yml").write_text(text, encoding="utf-8")
    ended = kgi("query", "--project-dir", str(folder), "--database", str(database), "--schema", "m", *question)
    assert ended.code == 2, ended
    assert ended.out == ""
    return ended.err


SIMPLE = [
    ("{name: x, agg: sum, expr: channel}", "sum of 'channel', which is VARCHAR"),
    ("{name: x, agg: average, expr: channel}", "average of 'channel', which is VARCHAR"),
    ("{name: x, agg: median, expr: channel}", "median of 'channel', which is VARCHAR"),
    ("{name: x, agg: percentile, expr: channel, percentile: 0.5}", "percentile of 'channel', which is VARCHAR"),
    ("{name: x, agg: sum, expr: created_on}", "sum of 'created_on', which is DATE"),
    ("{name: x, agg: average, expr: created_on}", "average of 'created_on', which is DATE"),
    ("{name: x, agg: average, expr: is_target}", "average of 'is_target', which is BOOLEAN"),
    ("{name: x, agg: median, expr: is_target}", "median of 'is_target', which is BOOLEAN"),
    ("{name: x, agg: sum_boolean, expr: lead_id}", "sum_boolean of 'lead_id', which is INTEGER"),
    ("{name: x, agg: sum_boolean, expr: channel}", "sum_boolean of 'channel', which is VARCHAR"),
    ("{name: x, agg: percentile, expr: lead_id, percentile: 95}", "the percentile of 'x' is 95"),
    ("{name: x, agg: percentile, expr: lead_id}", "needs the key 'percentile'"),
    ("{name: x, agg: count, expr: nothing}", "the table 'lead' has no column 'nothing'"),
    ("{name: x, agg: sum, expr: sum(lead_id)}", "'sum' is not allowed here"),
    ("{name: x, agg: sum, expr: deal.amount}", "'deal.amount' is not allowed here"),
    ("{name: x, agg: summ, expr: 1}", "which is none of: sum, count"),
    ("{name: x, agg: count, expr: 1, fill_nulls_with: none}", "a number is needed here"),
    ("{name: x, agg: count, expr: 1, filter: lead}", "this filter is no condition: lead"),
    ("{name: x, agg: count, expr: 1, filter: lead__channel}", "this filter is no condition: lead__channel"),
    ("{name: x, agg: count, expr: 1, filter: lead__created_on}", "this filter is no condition"),
    ("{name: x, agg: count, expr: 1, filter: account__industry}", "this filter is no condition"),
    ("{name: x, agg: count, expr: 1, filter: '1 + 1'}", "this filter is no condition"),
    ("{name: x, agg: count, expr: 1, filter: \"'web'\"}", "this filter is no condition"),
    ("{name: x, agg: count, expr: 1, filter: lower(lead__channel)}", "this filter is no condition"),
    ("{name: x, agg: count, expr: 1, filter: \"lead__is_target and lead\"}", "this filter is no condition"),
    ("{name: x, agg: count, expr: 1, filter: \"lead__channel > 5\"}", "Cannot compare values of type VARCHAR"),
    ("{name: x, agg: count, expr: 1, filter: \"touch__campaign = 'a'\"}", "would multiply rows"),
    ("{name: x, agg: count, expr: 1, time_granularity: hour}", "cannot be cut by hour"),
    ("{name: x, agg: sum, expr: 1, non_additive_dimension: {name: channel}}", "has no time dimension 'channel'"),
]  # fmt: skip
COMPOSED = [
    ("{name: x, type: ratio, numerator: x, denominator: deals}", "made of each other: x -> x"),
    ("{name: x, type: ratio, numerator: leads}", "needs the key 'denominator'"),
    ("{name: x, type: derived, expr: cost - other, input_metrics: [cost]}", "the expression names 'other'"),
    ("{name: x, type: derived, expr: sum(cost), input_metrics: [cost]}", "'sum' is not allowed here"),
    ("{name: x, type: derived, expr: a, input_metrics: [{name: cost, alias: a}, {name: deals, alias: a}]}", "there are two of kind input named 'a'"),
    ("{name: x, type: derived, expr: \"cost + 'a'\", input_metrics: [cost]}", "the question could not be answered"),
    ("{name: x, type: derived, expr: cost, input_metrics: [{name: cost, offset_window: 1 hour}]}", "'offset_window' cannot be cut by hour: its own grain is day"),
    ("{name: x, type: derived, expr: cost, input_metrics: [{name: cost, offset_to_grain: hour}]}", "'offset_to_grain' cannot be cut by hour"),
    ("{name: x, type: derived, expr: cost, input_metrics: [{name: cost, offset_window: 0 days}]}", "'offset_window' of 'x' is no time at all"),
    ("{name: x, type: derived, expr: cost, input_metrics: [{name: cost, offset_window: soon}]}", "no span of time"),
    ("{name: x, type: derived, expr: cost, input_metrics: [{name: cost, filter: \"touch__campain = 'a'\"}]}", "cannot be reached"),
    ("{name: x, type: derived, expr: cost, input_metrics: [{name: cost, filter: touch__campaign}]}", "this filter is no condition"),
    ("{name: x, type: cumulative, input_metric: cost_per_deal}", "is not a simple metric"),
    ("{name: x, type: cumulative, input_metric: cost, window: 6 hours}", "'window' cannot be cut by hour"),
    ("{name: x, type: cumulative, input_metric: cost, window: 0 days}", "'window' of 'x' is no time at all"),
    ("{name: x, type: cumulative, input_metric: cost, window: -3 days}", "no span of time"),
    ("{name: x, type: cumulative, input_metric: cost, window: 2 fiscal_year}", "this is not supported: window: 2 fiscal_year"),
    ("{name: x, type: cumulative, input_metric: cost, window: 99999999999 years}", "out of range"),
    ("{name: x, type: cumulative, input_metric: cost, grain_to_date: hour}", "'grain_to_date' cannot be cut by hour"),
    ("{name: x, type: cumulative, input_metric: cost, grain_to_date: month, window: 3 days}", "has both window and grain_to_date"),
    ("{name: x, type: conversion, entity: lead, base_metric: cost_per_deal, conversion_metric: deals}", "is not a simple metric"),
    ("{name: x, type: conversion, entity: account, base_metric: touches, conversion_metric: deals}", "has no entity 'account'"),
    ("{name: x, type: conversion, entity: lead, base_metric: average_cost, conversion_metric: deals}", "'average_cost' is made with average"),
    ("{name: x, type: conversion, entity: lead, base_metric: touches, conversion_metric: amount}", "'amount' is made with sum"),
    ("{name: x, type: conversion, entity: lead, base_metric: touches, conversion_metric: deals, window: 0 days}", "is no time at all"),
]  # fmt: skip
QUESTIONS = [
    ("--metrics leeds", "there is no metric named 'leeds'"),
    ("--metrics leads --group-by lead__chanel", "cannot be reached from 'lead'"),
    ("--metrics leads --group-by touch__campaign", "would multiply rows"),
    ("--metrics touches --group-by deal__campaign", "would multiply rows"),
    ("--metrics leads --group-by metric_time__hour", "cannot be cut by hour"),
    ("--metrics leads --group-by lead__channel__month", "asks for a grain of something that is no time"),
    ("--metrics cost_30_days", "can only be asked for over time"),
    ("--metrics touches_last_month", "can only be asked for over time"),
    ("--metrics leads --where lead", "this filter is no condition"),
    ("--metrics leads --where lead__channel", "this filter is no condition"),
    ("--metrics leads --where metric_time", "this filter is no condition"),
    ("--metrics leads --where account__industry", "this filter is no condition"),
    ("--metrics leads --where 1", "this filter is no condition"),
    ("--metrics leads --start-time 2026-03-01 --end-time 2026-01-31", "this range ends before it starts: 2026-03-01 - 2026-01-31"),
    ("--metrics leads --start-time 2026-02-30", "no ISO date"),
    ("--metrics leads --order-by deals", "cannot be sorted by 'deals'"),
    ("--metrics leads --limit -1", "Invalid value"),
    ("--group-by touch__campaign,deal__campaign", "no table knows all of these"),
    ("--group-by campaign", "can mean several things"),
    ("--saved-query funel", "there is no saved query named 'funel'"),
]  # fmt: skip


@pytest.mark.parametrize(("definition", "words"), SIMPLE)
def test_a_wrong_simple_metric(tmp_path: Path, database: Path, definition: str, words: str) -> None:
    text = YAML.replace(BESIDE_LEADS, f"      - {definition}\n{BESIDE_LEADS}")
    assert words in ask(tmp_path, database, text, "--metrics", "x", "--group-by", "metric_time")


@pytest.mark.parametrize(("definition", "words"), COMPOSED)
def test_a_wrong_metric_made_of_others(tmp_path: Path, database: Path, definition: str, words: str) -> None:
    text = YAML.replace(AT_TOP, f"  - {definition}\n{AT_TOP}")
    assert words in ask(tmp_path, database, text, "--metrics", "x", "--group-by", "metric_time")


@pytest.mark.parametrize(("question", "words"), QUESTIONS)
def test_a_wrong_question(tmp_path: Path, database: Path, question: str, words: str) -> None:
    assert words in ask(tmp_path, database, YAML, *question.split())


def test_a_filter_that_is_true_or_false_by_itself_is_a_condition(tmp_path: Path, database: Path) -> None:
    (tmp_path / "company.yml").write_text(YAML, encoding="utf-8")
    where = ("--where", "lead__is_target", "--where", "not (lead__channel = 'event') and contains(lead__channel, 'w')")
    ended = kgi(
        "query", "--project-dir", str(tmp_path), "--database", str(database), "--schema", "m", "--metrics", "leads", *where
    )
    assert ended.code == 0
    assert ended.out.split() == ["leads", "2"]


def test_a_division_by_zero_is_null_wherever_it_is_written(tmp_path: Path, database: Path) -> None:
    zero = "(touch_id - touch_id)"
    text = YAML.replace(
        "      - {name: average_cost,",
        f"      - {{name: x, agg: sum, expr: cost / {zero}}}\n      - {{name: y, agg: max, expr: cost % {zero}}}\n"
        f"      - {{name: z, agg: count, expr: 1, filter: 1 / (touch - touch) > 0}}\n      - {{name: average_cost,",
    )
    (tmp_path / "company.yml").write_text(text, encoding="utf-8")
    place = ("--project-dir", str(tmp_path), "--database", str(database), "--schema", "m", "--format", "csv")
    assert kgi("query", *place, "--metrics", "x,y,z").out.splitlines() == ["x,y,z", ",,0"]
    assert kgi("query", *place, "--metrics", "touches", "--where", "1 / (touch - touch) > 0").out.splitlines()[1] == "0"
