"""Mistakes in metric YAML: each told once, at its place, in the language of the project, all at once and without echoes."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic_core import core_schema

from pipeline import mistakes
from pipeline.decode import read_all
from pipeline.findings import Finding, KgiError, describe
from pipeline.messages import MESSAGES
from pipeline.metrics import SemanticManifest, bind, read_semantics
from pipeline.shapes import Column, Relation
from tests.metrics.company import manifest
from tests.metrics.mistakes import LINE, MISTAKES, MODEL

ROOT = Path(__file__).parent.parent.parent


def told(text: str) -> tuple[Finding, ...]:
    with pytest.raises(KgiError) as caught:
        manifest(text)
    return caught.value.findings


def at(text: str, each: Finding) -> str:
    """Return what stands at the place of a finding."""
    assert each.place is not None and each.place.line is not None and each.place.column is not None
    return text.splitlines()[each.place.line - 1][each.place.column - 1 :]


@pytest.mark.parametrize(("code", "metric", "words"), MISTAKES, ids=[f"{code}-{metric[:40]}" for code, metric, _ in MISTAKES])
def test_a_mistake_in_a_metric_is_told_once_on_its_line_in_both_languages(code: str, metric: str, words: str) -> None:
    others = "      - {name: y, agg: sum}\n      - {name: a, agg: sum}\n      - {name: b, agg: sum}\n"
    (found,) = told(f"{MODEL}      - {metric}\n{others}")
    assert (found.code, found.place and found.place.line) == (code, LINE)
    assert words in describe(found)
    japanese = describe(found, "ja").replace("は", "")
    assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", japanese)
    assert not re.search(r"\b(should|must|valid|input|the metric)\b", japanese)


TWELVE = """\
models:
  - name: deal
    semantic_model: true
    agg_time_dimension: won_on
    columns:
      - {name: deal_id, entity: {name: deal, type: primary}}
      - {name: won_on, granularity: day, dimension: {type: time}}
    metrics:
      - {name: won, agg: sum}
  - name: lead
    semantic_model: {enabled: maybe}
  - name: seat
    semantc_model: true
    metrics: [{name: seats, agg: sum}]
semantic_models:
  - name: touch
    model: ref('touch')
    defaults: {agg_time_dimension: touched_on}
    primary_entity: touch
    entities: [{name: lead, type: foreign, expr: lead_id}]
    dimensions:
      - {name: touched_on, type: time, type_params: {time_granularity: day}}
    measures:
      - {name: cost, agg: percentile, agg_params: {percentile: 3}}
      - {name: touches, agg: sum, expr: 1}
metrics:
  - {name: rate, type: ratio, numerator: won, denominator: seats, window: 3 days}
  - {name: cost_now, type: simple, type_params: {measure: cost}}
  - {name: cost_later, type: simple, type_params: {measure: touchse}}
  - name: growth
    type: derived
    expr: won - before
    input_metrics: [won, {name: won, alias: before, offset_window: month}]
  - {name: share, type: ratio, numerator: won}
  - {name: nothing, type: derived, expr: wno, input_metrics: [wno]}
  - {name: Bad Name, type: derived, expr: won, input_metrics: [won]}
saved_queries:
  - {name: weekly, query_params: {metrics: [rate, ratee]}}
  - {name: top, query_params: {metrics: [won], limit: -1}}
---
metric: {name: half, type: DERIVED, type_params: {expr: cost / 2, metrics: [{nam: cost}]}}
"""


def test_every_mistake_of_a_file_in_three_spellings_is_told_at_its_place_and_none_twice() -> None:
    found = told(TWELVE)
    assert [(each.code, each.place and each.place.line, at(TWELVE, each)[:8]) for each in found] == [
        ("yaml_not_boolean", 11, "enabled:"),
        ("yaml_unknown_key", 13, "semantc_"),
        ("metric_percentile_range", 24, "percenti"),
        ("metric_key_of_other_type", 27, "window: "),
        ("metric_unknown_measure", 29, "measure:"),
        ("metric_span_form", 33, "offset_w"),
        ("metric_needs_key", 34, "name: sh"),
        ("metric_unknown", 35, "wno]}"),
        ("metric_name_form", 36, "name: Ba"),
        ("metric_unknown", 38, "ratee]}}"),
        ("yaml_out_of_range", 39, "limit: -"),
        ("yaml_unknown_key", 41, "nam: cos"),
    ]


CROSS = """\
models:
  - name: deal
    semantic_model: true
    agg_time_dimension: won_on
    columns:
      - {name: deal_id, entity: {name: deal, type: primary}}
      - {name: won_on, granularity: day, dimension: {type: time}}
    metrics:
      - {name: won, agg: sum, expr: amount}
metrics:
  - {name: broken, type: ratio, numerator: won, denominatr: won}
  - {name: uses_broken, type: derived, expr: broken, input_metrics: [broken]}
  - {name: twice, type: derived, expr: wno, input_metrics: [wno]}
  - {name: filtered, type: derived, expr: won, input_metrics: [{name: won, filter: "{{ Dimension('deal__stage') }} = 'x'"}]}
  - {name: off, type: derived, expr: won, input_metrics: [won], config: {enabled: false}}
  - {name: uses_off, type: derived, expr: off, input_metrics: [off]}
saved_queries:
  - {name: a, query_params: {metrics: [broken, uses_broken], group_by: [deal__no]}}
  - {name: b, query_params: {metrics: [won, wonn], group_by: [deal__no]}}
  - {name: c, query_params: {metrics: [won], group_by: [metric_time, deal__no], where: ["{{ Dimension('deal__on') }} = 1"]}}
"""


def test_entries_are_checked_against_each_other_though_some_are_broken_and_nothing_echoes() -> None:
    found = told(CROSS)
    assert [(each.code, each.place and each.place.line, at(CROSS, each)[:11]) for each in found] == [
        ("yaml_unknown_key", 11, "denominatr:"),
        ("metric_unknown", 13, "wno]}"),
        ("metric_unknown_dimension", 14, "deal__stage"),
        ("metric_switched_off", 16, "off]}"),
        ("metric_unknown", 19, "wonn], grou"),
        ("metric_unknown_dimension", 20, "deal__no], "),
        ("metric_unknown_dimension", 20, "deal__on') "),
    ]
    assert found[3].text("en") == "'off' is switched off at metrics/company.yml:15:74"


SALVAGED = """\
models:
  - name: deal
    semantic_model: true
    agg_time_dimension: won_on
    columns:
      - {name: deal_id, entity: {name: deal, type: primary}}
      - {name: won_on, granularity: day, dimension: {type: time}}
    metrics:
      - {name: first, agg: summ}
      - {name: other, agg: sum, filter: "{{ Dimension('deal__stage') }} = 'x'"}
      - {name: third, agg: sum, exprr: a}
      - {name: fourth, agg: sum, agg_time_dimension: won_in}
semantic_models:
  - name: touch
    model: ref('touch')
    defaults: {agg_time_dimension: touched_on}
    primary_entity: touch
    dimensions:
      - {name: touched_on, type: time, type_params: {time_granularity: day}}
    measures:
      - {name: a, agg: summ, create_metric: true}
      - {name: b, agg: count}
      - {name: c, agg: sum, agg_time_dimension: touched_in, create_metric: true}
metrics:
  - {name: x, type: simple, type_params: {measure: a}}
  - {name: y, type: derived, expr: first + a + won, input_metrics: [first, a, won]}
"""


def test_a_broken_metric_does_not_hide_the_mistakes_of_its_neighbours() -> None:
    found = told(SALVAGED)
    assert [(each.code, each.place and each.place.line) for each in found] == [
        ("yaml_not_one_of", 9),
        ("metric_unknown_dimension", 10),
        ("yaml_unknown_key", 11),
        ("metric_unknown_time", 12),
        ("yaml_not_one_of", 21),
        ("metric_count_without_expr", 22),
        ("metric_unknown_time", 23),
        ("metric_unknown", 26),
    ]


def test_what_is_switched_off_is_not_there() -> None:
    text = CROSS[: CROSS.index("metrics:\n  - {name: broken")]
    assert [each.name for each in manifest(text).metrics] == ["won"]
    for old, new in (
        ("semantic_model: true", "semantic_model: false"),
        ("semantic_model: true", "semantic_model: {enabled: true, config: {enabled: false}}"),
        ("  - name: deal\n", "  - name: deal\n    config: {enabled: false}\n"),
    ):
        assert manifest(text.replace(old, new)) == SemanticManifest()
    assert manifest(text.replace("expr: amount", "config: {enabled: false}")).metrics == ()
    off = "semantic_models:\n  - {name: a, model: \"ref('a')\", config: {enabled: false}, measures: [{name: m, agg: sum}]}\n"
    (found,) = told(off + "metrics:\n  - {name: x, type: simple, type_params: {measure: m}}\n")
    assert (found.code, found.text("en")) == ("metric_switched_off", "'m' is switched off at metrics/company.yml:2:43")


LOOKED_UP = """\
models:
  - name: deal
    semantic_model: true
    agg_time_dimension: won_on
    columns:
      - {name: deal_id, entity: {name: deal, type: primary}}
      - {name: won_on, granularity: day, dimension: {type: time}}
    metrics:
      - name: won
        agg: sum
      - name: lost
        agg: sum
        agg_time_dimension: lost_on
      - name: stock
        agg: sum
        non_additive_dimension:
          name: won_in
metrics:
  - name: running
    type: cumulative
    input_metric: won
    grain_to_date: fortnight
  - name: rate
    type: conversion
    base_metric: won
    conversion_metric: won
    entity: dael
    constant_properties:
      - {base_property: won_on, conversion_property: won_no}
"""


def test_a_name_that_leads_nowhere_is_told_at_its_key() -> None:
    assert [(each.code, each.place and each.place.line) for each in told(LOOKED_UP)] == [
        ("metric_unknown_time", 13),
        ("metric_unknown_time", 16),
        ("metric_unknown_grain", 22),
        ("metric_unknown_entity", 27),
        ("metric_unknown_property", 28),
    ]


BOUND = """\
models:
  - name: deal
    semantic_model: true
    agg_time_dimension: won_on
    columns:
      - {name: deal_id, entity: {name: deal, type: primary}}
      - {name: won_in, granularity: day, dimension: {type: time, name: won_on}}
    derived_semantics:
      entities:
        - {name: rep, type: foreign, expr: "lower(rep_idd)"}
      dimensions:
        - name: size
          type: categorical
          expr: |
            case
              when amount > 10 then 'big'
              when amuont > 5 then 'middle'
            end
    metrics:
      - name: won
        agg: sum
        expr: >
          amount *
          (1 + tx)
        filter:
          - "{{ Dimension('deal__size') }} = 'big'"
          - |-
            {{ Dimension('deal__size') }} <> 'x'
            and getenv('HOME') = '/'
      - {name: half, type: derived, expr: "won / 2 + wn", input_metrics: [won]}
"""


def test_a_column_that_is_missing_is_told_at_the_word_itself() -> None:
    columns = tuple(Column(name, "DOUBLE") for name in ("deal_id", "won_on", "rep_id", "amount", "tax"))
    found = bind(manifest(BOUND), lambda relation: columns)
    assert [(each.place and each.place.line, at(BOUND, each).split()[0]) for each in found] == [
        (10, 'rep_idd)"}'),
        (7, "won_in,"),
        (17, "amuont"),
        (24, "tx)"),
        (29, "getenv('HOME')"),
        (30, 'wn",'),
    ]


def test_a_saved_query_that_cannot_be_answered_is_told_before_the_night() -> None:
    query = """
saved_queries:
  - name: weekly
    query_params:
      metrics: [won]
      group_by: [metric_time__day]
      order_by:
        - metric_time__day
        - Metric('wonn')
"""
    text = LOOKED_UP[: LOOKED_UP.index("      - name: lost")] + query
    (found,) = bind(manifest(text), lambda relation: None)
    assert (found.code, found.place and found.place.line) == (
        "metric_unknown_order",
        text.splitlines().index("        - Metric('wonn')") + 1,
    )
    assert bind(manifest(text.replace("wonn", "won")), lambda relation: None) == ()


def test_kinds_and_owners_are_words_of_the_language() -> None:
    wrong = "      - {name: y, agg: sum, config: {meta: {kgi: {publish: 1}}}}\n"
    text = MODEL + "      - {name: x, agg: sum}\n" * 2 + wrong
    twice, publish = told(text)
    assert twice.text("ja") == "指標 'x' が二重に定義されています (最初の定義: metrics/company.yml:9:10)"
    assert publish.text("ja").endswith("(使えるもの: 真偽値, リスト)")
    (unknown,) = told("metrics: [{name: x, type: derived, expr: a, input_metrics: [a], nmae: x}]")
    assert unknown.text("ja") == "'nmae' は 指標 'x' のキーではありません"


def test_the_errors_that_are_put_into_our_words_are_those_of_pydantic() -> None:
    ours = {*(error for errors in mistakes.KINDS.values() for error in errors), *mistakes.BOUNDS, *mistakes.LENGTHS}
    assert {*ours, *mistakes.CLOSED_LISTS} <= set(get_args(core_schema.ErrorType))


def test_no_form_refuses_a_value_in_a_sentence_of_its_own() -> None:
    for path in (ROOT / "pipeline").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        forms = any(isinstance(node, ast.ImportFrom) and node.module == "pydantic" for node in ast.walk(tree))
        raised = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)]
        assert not forms or not [call for call in raised if isinstance(call.func, ast.Name) and call.func.id == "ValueError"], (
            path
        )
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "wrong":
                code = call.args[0]
                assert not isinstance(code, ast.Constant) or code.value in MESSAGES, path


def test_an_item_of_a_saved_query_is_a_name_or_a_call() -> None:
    text = "saved_queries:\n  - name: a\n    query_params:\n      group_by:\n        - deal__stage\n        - deal.stage\n"
    (found,) = told(text)
    assert (found.code, found.place and found.place.line) == ("metric_item_form", 6)
    assert "TimeDimension('metric_time', 'month')" in describe(found)


def test_the_days_of_a_calendar_stand_in_order() -> None:
    (found,) = told("calendars: [{name: a, first_day: 2026-01-01, last_day: 2025-01-01}]\n")
    assert (found.code, found.place and found.place.line) == ("calendar_days_order", 1)


def test_metricflow_s_form_of_simple_metrics_without_measures_is_read() -> None:
    text = """
semantic_model:
  name: touch
  node_relation: {schema_name: m, alias: touch}
  defaults: {agg_time_dimension: touched_on}
  primary_entity: touch
  dimensions: [{name: touched_on, type: TIME, type_params: {time_granularity: DAY}}]
---
metric:
  name: cost
  type: simple
  type_params:
    expr: cost
    fill_nulls_with: 0
    metric_aggregation_params: {semantic_model: touch, agg: percentile, agg_params: {percentile: 0.9}}
---
metric: {name: running, type: cumulative, type_params: {cumulative_type_params: {window: 7 day, metric: {name: cost}}}}
---
metric: {name: secret, type: derived, type_params: {expr: cost, metrics: [{name: cost}], is_private: true}}
"""
    read = read_semantics(read_all(text, "a.yml"), lambda name: Relation("m", name))
    assert [each.name for each in read.public_metrics()] == ["cost", "running"]
    assert read.metric("running").inputs[0].metric == "cost"


def test_the_latest_version_of_a_model_is_its_table() -> None:
    text = "models: [{name: deal, latest_version: 2, versions: [{v: 1}, {v: 2}, {v: 3}], semantic_model: true}]"
    assert [each.relation.name for each in manifest(text).models] == ["deal_v2"]
    assert [each.relation.name for each in manifest(text.replace("latest_version: 2, ", "")).models] == ["deal_v3"]
