"""The three spellings, and what can be asked of a manifest without SQL."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlglot import exp

from pipeline.decode import read_all
from pipeline.engines.duckdb import open_engine
from pipeline.findings import KgiError
from pipeline.metrics import Question, SemanticManifest, compile_question, dimensions_of, read_semantics
from pipeline.metrics.expressions import read_expression
from pipeline.metrics.spec import Simple
from pipeline.shapes import Relation
from tests.metrics.company import Desk, company, manifest

LEGACY = """
semantic_models:
  - name: touch
    model: ref('touch')
    defaults: {agg_time_dimension: touched_on}
    primary_entity: touch
    entities: [{name: lead, type: foreign, expr: lead_id}]
    dimensions:
      - {name: touched_on, type: time, type_params: {time_granularity: day}}
      - {name: campaign, type: categorical}
    measures:
      - {name: cost, agg: sum, create_metric: true}
      - {name: touched, agg: COUNT_DISTINCT, expr: lead_id}
models:
  - name: calendar
    description: days
    time_spine: {standard_granularity_column: d}
    columns: [{name: d, granularity: day, data_type: date, description: the day}]
metrics:
  - {name: touched_b, type: simple, label: b, filter: "{{ Dimension('touch__campaign') }} = 'b'", type_params: {measure: touched}}
  - name: touched_30_days
    type: cumulative
    label: t
    type_params: {measure: {name: touched, fill_nulls_with: 0}, window: 30 days}
"""
DOCUMENTS = """
semantic_model:
  name: touch
  node_relation: {schema_name: m, alias: touch}
  defaults: {agg_time_dimension: touched_on}
  primary_entity: touch
  entities: [{name: lead, type: foreign, expr: lead_id}]
  dimensions: [{name: touched_on, type: time, type_params: {time_granularity: day}}, {name: campaign, type: categorical}]
  measures: [{name: cost, agg: sum, create_metric: true}]
---
metric: {name: half, type: DERIVED, type_params: {expr: cost / 2, metrics: [{name: cost}]}}
---
project_configuration:
  time_spines: [{node_relation: {schema_name: m, alias: calendar}, primary_column: {name: d, time_granularity: day}}]
"""


def rows(desk: Desk, asked: SemanticManifest, *metrics: str, by: tuple[str, ...] = ()) -> list[tuple[object, ...]]:
    return desk.engine.rows(compile_question(asked, Question(metrics=metrics, group_by=by, order_by=by)).sql)


def test_the_legacy_form_means_the_same(desk: Desk) -> None:
    legacy = manifest(LEGACY)
    assert rows(desk, legacy, "cost") == rows(desk, company(), "cost")
    assert rows(desk, legacy, "touched_b") == [(1,)]
    by = ("metric_time__day",)
    assert rows(desk, legacy, "touched_30_days", by=by) == rows(desk, company(), "touched_30_days", by=by)


def test_the_form_with_one_object_per_document_means_the_same(desk: Desk) -> None:
    assert rows(desk, manifest(DOCUMENTS), "half")[0][0] == pytest.approx(float(rows(desk, company(), "cost")[0][0]) / 2)  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["null", "true", "case", "Values", "any", "select", "current_date", "from", "end"])
def test_a_column_named_like_a_word_of_sql_is_that_column(word: str) -> None:
    text = f"""
models:
  - name: ticket
    semantic_model: {{enabled: true}}
    agg_time_dimension: opened_on
    columns:
      - {{name: ticket_id, entity: {{name: ticket, type: primary}}}}
      - {{name: opened_on, granularity: day, dimension: {{type: time}}}}
      - {{name: "{word}", dimension: {{type: categorical, name: kind}}}}
    metrics: [{{name: tickets, agg: count, expr: ticket_id}}]
"""
    with open_engine(None) as engine:
        engine.execute("create schema m")
        engine.execute(f"""create table m.ticket as select 1 as ticket_id, date '2026-01-05' as opened_on, 'bug' as "{word}" """)
        rows = engine.rows(compile_question(manifest(text), Question(("tickets",), ("ticket__kind",))).sql)
    assert rows == [("bug", 1)]
    measure = f"measures:\n      - {{name: '{word.lower()}', agg: min, create_metric: true}}"
    legacy = LEGACY.replace("measures:", measure)
    kind = manifest(legacy).metric(word.lower()).kind
    assert isinstance(kind, Simple) and isinstance(read_expression(kind.expr, None), exp.Column)


def test_files_of_different_spellings_go_together() -> None:
    other = (
        "metrics:\n  - {name: rate, type: ratio, numerator: cost, denominator: touched_b, label: r, config: {meta: {team: x}}}"
    )
    both = read_semantics([*read_all(LEGACY, "a.yml"), *read_all(other, "b.yml")], lambda name: Relation("m", name))
    assert [each.name for each in both.public_metrics()] == ["rate", "touched_b", "touched_30_days", "cost"]
    assert both.metric("rate").place.path == "b.yml"


def test_keys_of_other_rooms_and_of_dbt_are_passed_over() -> None:
    text = """
version: 2
sources: [{anything: 1}]
unit_tests: [{name: x}]
models:
  - name: plain
    description: d
    config: {contract: {enforced: true}, meta: {kgi: {grain: a}}}
    data_tests: [unique]
    columns: [{name: a, data_type: int, constraints: [{type: not_null}], data_tests: [unique], tags: [x]}]
"""
    assert manifest(text) == SemanticManifest()
    with pytest.raises(KgiError, match="did you mean semantic_model"):
        manifest(text.replace("description: d", "semantic_modle: true"))


def test_our_own_attributes_of_a_metric_are_read() -> None:
    leads = company().metric("leads")
    assert (leads.unit, leads.direction, leads.publish) == ("件", "up", ("month",))
    assert (leads.label_in("ja"), leads.label_in("en")) == ("リード数", "leads")
    with pytest.raises(KgiError, match="'pubish' is not a key"):
        manifest(
            "models: [{name: a, semantic_model: true, metrics: [{name: x, agg: sum, config: {meta: {kgi: {pubish: true}}}}]}]"
        )


def test_the_dimensions_of_metrics_are_those_they_share() -> None:
    both = dimensions_of(company(), ["touches", "deals"])
    assert both[0] == "metric_time"
    assert {"lead", "lead__channel", "lead__account__industry", "lead__account__tier"} <= set(both)
    assert "touch__campaign" not in both
    assert "touch__campaign" in dimensions_of(company(), ["won_rate"])


EXPORTS = """
saved_queries:
  - name: weekly
    query_params: {metrics: []}
    config: {schema: sales, export_as: VIEW, cache: {enabled: true}, meta: {a: 1}}
    exports:
      - {name: weekly_view}
      - {name: weekly_table, config: {export_as: table, schema: other, alias: w}}
  - {name: off, query_params: {metrics: [no_such_metric]}, config: {enabled: false}}
"""


def test_the_exports_of_a_saved_query_are_read_with_what_they_inherit() -> None:
    (query,) = manifest(EXPORTS).saved_queries
    assert [(each.name, each.export_as, each.schema, each.alias, each.place.line) for each in query.exports] == [
        ("weekly_view", "view", "sales", None, 7),
        ("weekly_table", "table", "other", "w", 8),
    ]


def test_an_export_says_what_it_becomes() -> None:
    with pytest.raises(KgiError, match="the export 'weekly_view' of the saved query 'weekly' does not say"):
        manifest(EXPORTS.replace("export_as: VIEW, ", ""))
    with pytest.raises(KgiError, match="'exprt_as' is not a key"):
        manifest(EXPORTS.replace("{export_as: table", "{exprt_as: table"))


def test_importing_the_room_imports_no_heavy_library() -> None:
    code = "import sys, pipeline.metrics; print({'sqlglot', 'pydantic', 'duckdb', 'jinja2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
