"""What MetricFlow reads of us. `make peer-manifest` lets MetricFlow itself answer from it; here its shape is held."""

from __future__ import annotations

from typing import Any

from pipeline.decode import read_all
from pipeline.metrics import manifest_losses, read_semantics, semantic_manifest_of
from pipeline.shapes import Relation

LATEST = """
models:
  - name: days
    time_spine: {standard_granularity_column: day, custom_granularities: [{name: fiscal_year, column_name: fy}]}
    columns: [{name: day, granularity: day}]
  - name: lead
    description: One row per lead.
    semantic_model: {enabled: true, name: leads}
    agg_time_dimension: created_on
    columns:
      - {name: lead_id, entity: {name: lead, type: primary}}
      - {name: account_id, entity: {name: account, type: foreign}}
      - {name: created_on, granularity: day, dimension: {type: time}}
      - {name: channel, dimension: {type: categorical, label: Channel}}
    metrics:
      - name: mqls
        label: MQLs
        description: Leads that became an MQL.
        agg: count_distinct
        expr: lead_id
        filter: "channel <> 'x' and {{ Entity('account') }} is not null"
        join_to_timespine: true
        fill_nulls_with: 0
        config: {meta: {kgi: {unit: count, direction: up, owner: sato, publish: [month], label: {ja: MQL数}}}}
      - {name: slow, agg: percentile, percentile: 0.9, percentile_type: discrete, expr: days_open, hidden: true}
metrics:
  - name: mqls_30
    type: cumulative
    input_metric: {name: mqls, filter: "{{ Dimension('lead__channel') }} = 'web'"}
    window: 30 days
  - {name: slow_share, type: ratio, numerator: slow, denominator: {name: mqls, alias: all_mqls}}
  - {name: growth, type: derived, expr: mqls - before, input_metrics: [mqls, {name: mqls, alias: before, offset_window: 1 week}]}
saved_queries:
  - name: weekly
    query_params:
      metrics: [mqls]
      group_by: [metric_time__week, lead__channel, lead]
      where: "lead__channel = 'web'"
      order_by: [-mqls, metric_time__week]
      limit: 5
    exports: [{name: weekly_mqls, config: {export_as: table}}]
"""
LEGACY = """
semantic_models:
  - name: leads
    model: ref('lead')
    defaults: {agg_time_dimension: created_on}
    entities: [{name: lead, type: primary, expr: lead_id}]
    dimensions: [{name: created_on, type: time, type_params: {time_granularity: day}}, {name: channel, type: categorical}]
    measures: [{name: mqls, agg: count, expr: lead_id}]
metrics:
  - name: mqls_all_time
    type: cumulative
    type_params: {measure: {name: mqls, filter: "{{ Dimension('lead__channel') }} = 'web'"}}
"""


def written(yaml: str) -> dict[str, Any]:
    return semantic_manifest_of(read_semantics(read_all(yaml, "m.yml"), lambda name: Relation("marts", name)))


def named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(each for each in items if each["name"] == name)


def test_a_simple_metric_gives_a_measure_of_its_name_and_carries_its_filter_itself() -> None:
    manifest = written(LATEST)
    (model,) = manifest["semantic_models"]
    assert model["node_relation"]["relation_name"] == '"marts"."lead"'
    measure = named(model["measures"], "mqls")
    assert (measure["agg"], measure["expr"], measure["create_metric"]) == ("count_distinct", "lead_id", False)
    metric = named(manifest["metrics"], "mqls")
    assert metric["type_params"]["measure"] == {
        "name": "mqls",
        "filter": None,
        "alias": None,
        "join_to_timespine": True,
        "fill_nulls_with": 0,
    }
    assert metric["filter"]["where_filters"] == [
        {"where_sql_template": "{{ Dimension('lead__channel') }} <> 'x' AND NOT {{ Entity('account') }} IS NULL"}
    ]
    own = {"unit": "count", "direction": "up", "owner": "sato", "publish": ["month"], "label": {"ja": "MQL数"}}
    assert metric["config"] == {"meta": {"kgi": own}}


def test_a_running_total_takes_the_measure_with_the_filters_of_its_input() -> None:
    params = named(written(LATEST)["metrics"], "mqls_30")["type_params"]
    assert params["cumulative_type_params"] == {
        "window": {"count": 30, "granularity": "day"},
        "grain_to_date": None,
        "period_agg": "first",
    }
    templates = [each["where_sql_template"] for each in params["measure"]["filter"]["where_filters"]]
    assert len(templates) == 2 and templates[1] == "{{ Dimension('lead__channel') }} = 'web'"
    assert params["measure"]["fill_nulls_with"] == 0
    assert params["input_measures"] == [params["measure"]]


def test_inputs_keep_their_alias_and_offset_and_hidden_metrics_are_private() -> None:
    metrics = written(LATEST)["metrics"]
    first, second = named(metrics, "growth")["type_params"]["metrics"]
    assert (first["name"], first["alias"], first["offset_window"]) == ("mqls", None, None)
    assert (second["alias"], second["offset_window"]) == ("before", {"count": 1, "granularity": "week"})
    assert named(metrics, "slow")["type_params"]["is_private"] is True
    assert named(metrics, "growth")["type_params"]["input_measures"] == named(metrics, "mqls")["type_params"]["input_measures"]


def test_calendars_percentiles_and_saved_queries_arrive() -> None:
    manifest = written(LATEST)
    (spine,) = manifest["project_configuration"]["time_spines"]
    assert spine["custom_granularities"] == [{"name": "fiscal_year", "column_name": "fy"}]
    measure = named(manifest["semantic_models"][0]["measures"], "slow")
    assert measure["agg_params"] == {
        "percentile": 0.9,
        "use_discrete_percentile": True,
        "use_approximate_percentile": False,
    }
    (query,) = manifest["saved_queries"]
    assert query["query_params"] == {
        "metrics": ["mqls"],
        "group_by": ["TimeDimension('metric_time', 'week')", "Dimension('lead__channel')", "Entity('lead')"],
        "order_by": ["Metric('mqls').descending(True)", "TimeDimension('metric_time', 'week')"],
        "limit": 5,
        "where": {"where_filters": [{"where_sql_template": "{{ Dimension('lead__channel') }} = 'web'"}]},
    }
    assert query["exports"] == [{"name": "weekly_mqls", "config": {"export_as": "table", "schema_name": None, "alias": None}}]


def test_a_measure_of_the_legacy_spelling_is_no_metric_there_but_its_filter_counts() -> None:
    manifest = written(LEGACY)
    assert [each["name"] for each in manifest["metrics"]] == ["mqls_all_time"]
    names = [each["name"] for each in manifest["semantic_models"][0]["measures"]]
    (taken,) = manifest["metrics"][0]["type_params"]["input_measures"]
    assert names == [taken["name"]] and "__" not in taken["name"]
    assert taken["filter"]["where_filters"] == [{"where_sql_template": "{{ Dimension('lead__channel') }} = 'web'"}]


def test_a_measure_never_has_the_name_of_a_key_or_an_attribute() -> None:
    yaml = LATEST.replace("{name: slow, agg", "{name: lead, agg").replace("numerator: slow", "numerator: lead")
    manifest = written(yaml)
    assert named(manifest["metrics"], "lead")["type_params"]["measure"]["name"] == "lead_measure"


def test_what_metricflow_has_no_place_for_is_told() -> None:
    yaml = LATEST.replace("window: 30 days", "grain_to_date: fiscal_year").replace("fill_nulls_with: 0", "fill_nulls_with: 0.5")
    found = manifest_losses(read_semantics(read_all(yaml, "m.yml"), lambda name: Relation("marts", name)))
    assert [each.code for each in found] == ["manifest_loss", "manifest_loss"]
    assert [dict(each.arguments) for each in found] == [
        {"name": "mqls", "what": "fill_nulls_with: 0.5"},
        {"name": "mqls_30", "what": "grain_to_date: fiscal_year"},
    ]
    assert manifest_losses(read_semantics(read_all(LATEST, "m.yml"), lambda name: Relation("marts", name))) == ()
