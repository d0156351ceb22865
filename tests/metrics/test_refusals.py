"""What is refused, in the words that people read. Every message of the room is met here."""

# ruff: noqa: E501 - one case is one line
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline import query
from pipeline.findings import Finding, KgiError, Place, Severity
from pipeline.messages import metrics, questions
from pipeline.metrics import Question, bind, compile_question, misfits_of
from pipeline.shapes import Column, Relation
from tests.metrics.company import YAML, Desk, company, engine, manifest

HEAD = """
models:
  - name: calendar
    time_spine: {standard_granularity_column: d, custom_granularities: [{name: fiscal_year}]}
    columns: [{name: d, granularity: day}]
  - name: deal
    semantic_model: {enabled: true}
    agg_time_dimension: won_on
    columns:
      - {name: deal_id, entity: {name: deal, type: primary}}
      - {name: won_on, granularity: day, dimension: {type: time}}
      - {name: stage, dimension: {type: categorical}}
    metrics:
      - {name: deals, agg: count, expr: 1}
"""

FILES: list[tuple[str, str, str]] = [
    (
        "metric_duplicate",
        HEAD + "      - {name: deals, agg: sum, expr: 2}",
        "there are two of kind metric named 'deals'; the first is at metrics/company.yml:14:10",
    ),
    (
        "metric_needs_key",
        HEAD + "metrics:\n  - {name: rate, type: ratio, numerator: deals}",
        "the ratio metric 'rate' needs the key 'denominator'",
    ),
    ("metric_needs_key", HEAD + "      - {name: p, agg: percentile}", "the percentile metric 'p' needs the key 'percentile'"),
    (
        "metric_simple_at_top",
        HEAD + "metrics:\n  - {name: x, type: simple, agg: count}",
        "the simple metric 'x' stands outside its model",
    ),
    (
        "metric_without_semantic_model",
        "models:\n  - {name: deal, metrics: [{name: x, agg: count}]}",
        "which has no `semantic_model:`",
    ),
    (
        "metric_model_without_table",
        "semantic_models:\n  - {name: x, model: \"table('y')\"}",
        "there is no table for 'table('y')'",
    ),
    (
        "metric_model_without_key",
        "models:\n  - name: deal\n    semantic_model: true\n    columns: [{name: stage, dimension: categorical}]",
        "has dimensions but no entity",
    ),
    (
        "metric_time_without_grain",
        HEAD.replace("granularity: day, dimension", "dimension"),
        "the time dimension 'won_on' has no granularity",
    ),
    (
        "metric_spine_without_grain",
        "models:\n  - {name: calendar, time_spine: {standard_granularity_column: d}}",
        "does not say the granularity of its column 'd'",
    ),
    ("metric_without_time", HEAD.replace("    agg_time_dimension: won_on\n", ""), "the metric 'deals' has no aggregation time"),
    (
        "metric_unknown_time",
        HEAD.replace("agg_time_dimension: won_on", "agg_time_dimension: won_in"),
        "has no time dimension 'won_in'",
    ),
    (
        "metric_unknown_entity",
        HEAD + "      - {name: x, agg: sum, non_additive_dimension: {name: won_on, group_by: [dael]}}",
        "has no entity 'dael'",
    ),
    (
        "metric_unknown_property",
        YAML.replace("base_property: campaign", "base_property: campain"),
        "neither an entity nor a dimension 'campain'",
    ),
    ("metric_unknown_measure", "metrics:\n  - {name: x, type: simple, type_params: {measure: y}}", "no measure is named 'y'"),
    (
        "metric_two_offsets",
        HEAD
        + "metrics:\n  - {name: x, type: derived, expr: deals, input_metrics: [{name: deals, offset_window: 1 day, offset_to_grain: month}]}",
        "has both offset_window and offset_to_grain",
    ),
    (
        "metric_window_and_grain",
        HEAD + "metrics:\n  - {name: x, type: cumulative, input_metric: deals, window: 1 day, grain_to_date: month}",
        "has both window and grain_to_date",
    ),
    (
        "metric_input_not_simple",
        HEAD
        + "metrics:\n  - {name: r, type: ratio, numerator: deals, denominator: deals}\n  - {name: c, type: cumulative, input_metric: r}",
        "'r', an input of 'c', is not a simple metric",
    ),
    (
        "metric_circle",
        HEAD
        + "metrics:\n  - {name: a, type: derived, expr: b, input_metrics: [b]}\n  - {name: b, type: derived, expr: a, input_metrics: [a]}",
        "these metrics are made of each other: a -> b -> a",
    ),
    (
        "metric_unknown",
        HEAD + "metrics:\n  - {name: a, type: derived, expr: b, input_metrics: [deal]}",
        "there is no metric named 'deal'",
    ),
    (
        "metric_unknown_dimension",
        HEAD.replace("expr: 1}", "expr: 1, filter: \"{{ Dimension('deal__stege') }} = 'won'\"}"),
        "'deal__stege' cannot be reached from 'deal'",
    ),
    (
        "metric_unknown_grain",
        HEAD.replace("expr: 1}", "expr: 1, time_granularity: fortnight}"),
        "'fortnight' is not a time grain",
    ),
    (
        "metric_unknown_date_part",
        HEAD.replace("expr: 1}", "expr: 1, filter: \"{{ Dimension('metric_time').date_part('era') }} = 1\"}"),
        "'era' is not a part of a date",
    ),
    (
        "metric_not_a_time",
        HEAD.replace("expr: 1}", "expr: 1, filter: \"{{ TimeDimension('deal__stage', 'month') }} = 1\"}"),
        "asks for a grain of something that is no time",
    ),
    ("yaml_unknown_key", HEAD.replace("agg: count", "ag: count"), "'ag' is not a key of the model 'deal'"),
    ("metric_name_form", HEAD.replace("name: deals", "name: deals__won"), "and single underscores"),
    ("metric_filter_call", HEAD.replace("expr: 1}", "expr: 1, filter: '{% if x %}'}"), "this call is not understood: {% if x %}"),
    ("yaml_not_list", "metrics: {name: x}", "a list is needed here"),
]
QUESTIONS: list[tuple[str, dict[str, Any], str]] = [
    ("metric_unknown", {"metrics": ("lead",)}, "there is no metric named 'lead'"),
    ("metric_unknown_saved_query", {"saved_query": "funel"}, "there is no saved query named 'funel'"),
    ("metric_unknown_dimension", {"metrics": ("leads",), "group_by": ("lead__chanel",)}, "'lead__chanel' cannot be reached from 'lead'"),
    ("metric_unknown_grain", {"metrics": ("leads",), "where": ("{{ TimeDimension('metric_time', 'decade') }} > 1",)}, "'decade'"),
    ("metric_unknown_date_part", {"metrics": ("leads",), "group_by": ("metric_time__extract_era",)}, "'era'"),
    ("metric_unknown_order", {"metrics": ("leads",), "order_by": ("deals",)}, "the rows cannot be sorted by 'deals'"),
    ("metric_ambiguous", {"group_by": ("campaign",)}, "'campaign' can mean several things"),
    ("metric_fan_out", {"metrics": ("leads",), "group_by": ("touch__campaign",)}, "'touch__campaign' would multiply rows: in 'touch' many rows belong to one 'lead' of 'lead'"),
    ("metric_not_a_time", {"metrics": ("leads",), "group_by": ("lead__channel__month",)}, "'lead__channel__month' asks for a grain"),
    ("metric_grain_too_fine", {"metrics": ("leads",), "group_by": ("metric_time__hour",)}, "'metric_time' cannot be cut by hour: its own grain is day"),
    ("metric_expression_syntax", {"metrics": ("leads",), "where": ("lead__channel = ",)}, "this expression cannot be read"),
    ("metric_filter_call", {"metrics": ("leads",), "where": ("{{ env_var('HOME') }} = 1",)}, "this call is not understood"),
    ("metric_filter_no_condition", {"metrics": ("leads",), "where": ("1",)}, "this filter is no condition"),
    ("metric_filter_needs_entity", {"metrics": ("leads",), "where": ("{{ Metric('deals') }} > 1",)}, "must be grouped by entities"),
    ("metric_question_empty", {}, "names neither a metric nor a group-by"),
    ("metric_not_a_date", {"metrics": ("leads",), "end_time": "9999-12-31"}, "this is no ISO date or time: 9999-12-31"),
    ("metric_unknown_grain", {"metrics": ("leads",), "group_by": ("metric_time__fiscal_yeer",)}, "'fiscal_yeer'"),
    ("metric_unknown_grain", {"metrics": ("leads",), "group_by": ("lead__created_on__mnth",)}, "'mnth'"),
    ("metric_not_a_date", {"metrics": ("leads",), "start_time": "yesterday"}, "this is no ISO date or time: yesterday"),
    ("metric_needs_time", {"metrics": ("touches_last_month",)}, "'touches_last_month' can only be asked for over time (offset)"),
    ("metric_needs_time", {"metrics": ("cost_30_days",), "group_by": ("touch__campaign",)}, "over time (cumulative)"),
    ("metric_range_without_time", {"group_by": ("lead__channel",), "start_time": "2026-01-01"}, "a range of time needs metric_time"),
    ("metric_no_common_table", {"group_by": ("touch__campaign", "deal__campaign")}, "no table knows all of these"),
    ("metric_not_supported", {"metrics": ("won_rate_last_month",), "group_by": ("metric_time__week",)}, "no whole number of the periods"),
]  # fmt: skip


def said(each: Finding) -> str:
    assert each.text("ja") != each.text("en")
    return each.text("en")


def refused(question: Question) -> Finding:
    with pytest.raises(KgiError) as caught:
        compile_question(company(), question)
    return caught.value.findings[0]


@pytest.mark.parametrize(("code", "text", "words"), FILES)
def test_a_mistake_in_a_file_is_told_with_its_line(code: str, text: str, words: str) -> None:
    with pytest.raises(KgiError) as caught:
        manifest(text)
    found = {each.code: each for each in caught.value.findings}
    assert code in found, caught.value
    assert words in said(found[code])
    place = found[code].place
    assert place is not None
    assert place.line


@pytest.mark.parametrize(("code", "asked", "words"), QUESTIONS)
def test_a_question_that_cannot_be_answered_says_why(code: str, asked: dict[str, Any], words: str) -> None:
    found = refused(Question(**asked))
    assert found.code == code
    assert words in said(found)


def test_a_near_name_is_suggested() -> None:
    assert refused(Question(metrics=("leeds",))).hint == "leads"
    assert refused(Question(metrics=("leads",), group_by=("lead__chanel",))).hint == "lead__channel"


def test_all_mistakes_of_a_file_come_at_once() -> None:
    with pytest.raises(KgiError) as caught:
        manifest(HEAD.replace("agg: count", "ag: count") + "metrics:\n  - {name: x, type: ratio}\n  - {nme: y, type: derived}")
    assert [(each.code, each.place.line if each.place else 0) for each in caught.value.findings] == [
        ("yaml_unknown_key", 14),
        ("metric_needs_key", 16),
        ("yaml_unknown_key", 17),
    ]


def test_a_calendar_that_is_missing_is_named() -> None:
    text = HEAD.replace("expr: 1}", "expr: 1, join_to_timespine: true}")
    without = "models:\n" + text[text.index("  - name: deal") :]
    with pytest.raises(KgiError, match=r"no calendar \(time spine\) with rows of day or finer"):
        compile_question(manifest(without), Question(metrics=("deals",), group_by=("metric_time",)))


def test_two_columns_of_one_name_are_refused() -> None:
    text = HEAD.replace("name: deals", "name: deal")
    with pytest.raises(KgiError, match="two columns of the answer would be named 'deal'"):
        compile_question(manifest(text), Question(metrics=("deal",), group_by=("deal",)))


def test_an_expression_of_a_derived_metric_names_its_inputs() -> None:
    text = HEAD + "metrics:\n  - {name: a, type: derived, expr: deels * 2, input_metrics: [deals]}"
    found = bind(manifest(text), lambda relation: None)
    assert [said(each) for each in found] == ["the expression names 'deels', which is none of the metric's inputs"]
    assert found[0].hint == "deals"


def test_an_offset_by_months_is_warned_of() -> None:
    found = [each for each in bind(company(), lambda relation: None) if each.severity is Severity.WARNING]
    assert [each.code for each in found] == ["metric_offset_of_months"] * 5
    assert "the input 'touches' is taken 1 month earlier: by day or week" in said(found[0])


def test_a_filter_of_a_question_without_metrics_is_left_to_the_members(desk: Desk) -> None:
    question = Question(group_by=("lead__channel",), where=("{{ Dimension('account__industry') }} = 'maker'",))
    assert misfits_of(company(), question, lambda relation: None) == ()
    assert desk.hand(compile_question(company(), question).sql) == [("event",), ("web",)]


def test_two_roads_to_one_name_are_an_error() -> None:
    text = (
        HEAD.replace("{name: stage, dimension: {type: categorical}}", "{name: lead_id, entity: {name: lead, type: foreign}}")
        + """
  - {name: lead, semantic_model: true, columns: [{name: lead_id, entity: {name: lead, type: primary}}, {name: channel, dimension: categorical}]}
  - {name: person, semantic_model: true, columns: [{name: lead_id, entity: {name: lead, type: unique}}, {name: channel, dimension: categorical}]}
"""
    )
    with pytest.raises(KgiError, match=r"deal -> lead \(lead__channel\) / deal -> person \(lead__channel\)"):
        compile_question(manifest(text), Question(metrics=("deals",), group_by=("lead__channel",)))


HOSTILE = [
    "1 = 1; drop table m.lead",
    "exists (select 1 from m.deal)",
    "lead__channel in (select campaign from m.deal)",
    "(select count(*) from read_csv('/etc/passwd')) > 0",
    "read_text('/etc/passwd') is not null",
    "getenv('HOME') = 'x'",
    "current_setting('threads') = '1'",
    "pragma_version() is null",
    "m.deal.amount > 1",
    "lead__channel = 'web') or (1 = 1",
    "1 = 1 union select 1",
    "1 = 1 -- and the rest",
    "attach 'x.db'",
    "copy m.lead to 'x'",
    "nextval('s') > 0",
    "query_table('m.lead') is null",
    "count(*) > 0",
    "row_number() over () = 1",
    "list_transform([1], x -> x)[1] = 1",
    "$1 = 1",
    "? = 1",
    "random() > 0.5",
    "now() > metric_time",
    "{{ ref('deal') }}",
    "{{ Dimension('lead__channel').__class__ }} = 1",
    "{{ Dimension(open('/etc/passwd').read()) }} = 1",
    "{% set x = 1 %} 1 = 1",
]


@pytest.mark.parametrize("where", [each for each in HOSTILE if "-- and" not in each])
def test_a_filter_can_do_nothing_but_look_at_its_row(where: str) -> None:
    found = refused(Question(metrics=("leads",), where=(where,)))
    assert found.code in {
        "metric_not_allowed",
        "metric_expression_syntax",
        "metric_filter_call",
        "metric_unknown_dimension",
    }


def test_a_comment_in_a_filter_cannot_hide_what_follows() -> None:
    compiled = compile_question(company(), Question(metrics=("leads",), where=("lead__channel = 'web' --", "lead__is_target")))
    assert "--" not in compiled.sql
    assert "is_target" in compiled.sql


@pytest.mark.parametrize("expr", ["(select 1)", "read_csv('x')", "getenv('HOME')", "sum(amount)", "other.amount + now()"])
def test_expressions_in_files_obey_the_same_list(expr: str) -> None:
    found = bind(manifest(HEAD.replace("expr: 1}", f'expr: "{expr}"}}')), lambda relation: None)
    assert {each.code for each in found} & {"metric_not_allowed", "metric_expression_syntax"}


def test_columns_are_bound_to_the_table_with_a_suggestion() -> None:
    columns = (Column("deal_id", "BIGINT"), Column("won_on", "VARCHAR"), Column("Stages", "VARCHAR"), Column("d", "DATE"))
    known: dict[str, tuple[Column, ...]] = {"deal": columns, "calendar": (Column("day", "DATE"),)}
    found = bind(manifest(HEAD), lambda relation: known.get(relation.name))
    assert [(each.code, each.hint) for each in found] == [
        ("metric_time_is_text", None),
        ("metric_unknown_column", "Stages"),
        ("metric_unknown_column", None),
        ("metric_unknown_column", None),
    ]
    assert said(found[0]) == "the time dimension 'won_on' is a column of text in 'deal'"
    assert said(found[1]) == "the table 'deal' has no column 'stage'"
    assert bind(manifest(HEAD), lambda relation: None) == ()
    assert Relation("m", "deal") in {each.relation for each in manifest(HEAD).models}


def test_every_message_of_the_room_is_met_by_a_test() -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
    by_their_words = {"metric_no_spine", "metric_name_taken", "metric_unknown_input", "metric_export_without_form"}
    by_their_words |= {"metric_range_backwards", "metric_conversion_not_counted", "metric_wrong_type", "metric_span_of_nothing"}
    assert {code for code in (*metrics.MESSAGES, *questions.MESSAGES) if f'"{code}"' not in written} <= by_their_words


@pytest.mark.parametrize("where", ["{{ Dimension('lead__channel') }} = 'x", "read_csv({{ Dimension('lead__channel') }})"])
def test_a_mistake_in_a_filter_is_told_with_its_calls_as_they_were_written(where: str) -> None:
    with pytest.raises(KgiError) as told:
        compile_question(company(), Question(metrics=("leads",), where=(where,)))
    assert "{{ Dimension('lead__channel') }}" in str(told.value) and "kgi_call" not in str(told.value)
    assert told.value.findings[0].place == Place("--where")


def test_an_instant_with_a_time_zone_gives_no_number() -> None:
    with engine() as opened:
        opened.execute("alter table m.lead alter column created_on type timestamptz")
        with pytest.raises(KgiError) as told:
            query.Desk(opened, company(), None).answer(Question(("leads",), ("metric_time__month",)))
        assert [each.code for each in told.value.findings] == ["metric_time_with_zone"]
        assert told.value.findings[0].place is not None
        assert "metric_time_with_zone" in {each.code for each in bind(company(), opened.columns)}


def test_text_that_reads_as_a_date_is_counted_and_still_told_to_be_mended() -> None:
    asked = Question(("leads",), ("metric_time__month",))
    with engine() as opened:
        before = sorted(query.Desk(opened, company(), None).answer(asked).table.rows, key=str)
        opened.execute("alter table m.lead alter column created_on type varchar")
        assert sorted(query.Desk(opened, company(), None).answer(asked).table.rows, key=str) == before
        assert "metric_time_is_text" in {each.code for each in bind(company(), opened.columns)}


def test_expressions_that_cannot_be_read_are_told_beside_names_that_lead_nowhere() -> None:
    text = HEAD.replace("expr: 1}", "expr: 1, filter: \"{{ Dimension('deal__stage') }} =\"}") + (
        "metrics:\n  - {name: a, type: ratio, numerator: deals, denominator: nothing}\n"
        "  - {name: b, type: derived, expr: deals +, input_metrics: [deals]}\n"
    )
    with pytest.raises(KgiError) as told:
        manifest(text)
    assert sorted(each.code for each in told.value.findings) == [
        "metric_expression_syntax",
        "metric_expression_syntax",
        "metric_unknown",
    ]
