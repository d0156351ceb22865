"""JSON Schema of the files that hold models and metrics, in all three spellings, as the reader takes them."""

from __future__ import annotations

from pipeline.metrics.forms_calendar import CalendarForm
from pipeline.metrics.forms_latest import MetricForm, ModelForm
from pipeline.metrics.forms_legacy import LegacyMetricForm, ProjectForm, SemanticModelForm
from pipeline.metrics.forms_queries import SavedQueryForm
from pipeline.schema import Schema, file_schema, forms, many

WORDS = {
    "agg": "How the rows of the model become one number.",
    "agg_params": "How a percentile is taken.",
    "agg_time_dimension": "The time dimension by which facts are counted; metric_time stands for it in questions.",
    "alias": "The name by which the expression calls this input; of an export, the name of its table.",
    "base_metric": "The metric whose events start: visits, leads.",
    "calculation": "The share of base events that converted, or the number of conversions.",
    "constant_properties": "Properties that must be equal at the base event and at the conversion.",
    "conversion_metric": "The metric whose events follow: purchases, won deals.",
    "create_metric": "Make a metric of this name, so that the measure can be asked for by itself.",
    "custom_granularities": "Columns of the calendar that are grains of their own: fiscal_year.",
    "denominator": "The metric below the line. Null or zero gives null, never infinity.",
    "derived_semantics": "Entities and dimensions that are an expression and no single column.",
    "description": "What is counted, in which window, in which unit, and what null means.",
    "dimension": "An attribute to cut and filter by: categorical or time.",
    "direction": "Which way is good.",
    "enabled": "false switches it off.",
    "entity": "A key that tables are joined by: primary, unique, foreign or natural; of a conversion, the one that converts.",
    "expr": "SQL over the columns of one row; of a derived metric, over the names of its inputs.",
    "export_as": "table or view.",
    "exports": "The tables and views that this question is written to.",
    "fill_nulls_with": "The number that stands where a period or a group has no fact.",
    "filter": "SQL with {{ Dimension('entity__name') }}, {{ TimeDimension(...) }}, {{ Entity(...) }}, {{ Metric(...) }}.",
    "grain_to_date": "Run from the start of this grain: month gives the total of the month to date.",
    "granularity": "The finest grain of a time column.",
    "group_by": "What the answer is cut by: metric_time__month, Dimension('entity__name').",
    "hidden": "true: a part of other metrics, which cannot be asked for.",
    "input_metric": "The metric that is summed up.",
    "input_metrics": "The metrics that the expression names.",
    "is_partition": "true: joined on equality too.",
    "join_to_timespine": "true: periods without facts get a row.",
    "label": "The name that people read.",
    "metrics": "The numbers that can be asked for.",
    "name": "Small ASCII letters, digits and single underscores.",
    "non_additive_dimension": "The time that the metric may not be added up over: a stock, not a flow.",
    "numerator": "The metric above the line.",
    "offset_to_grain": "Take the input at the start of this grain.",
    "offset_window": "Take the input this much earlier: 1 month.",
    "owner": "Who answers for the number.",
    "percentile": "A fraction between 0 and 1, neither included: 0.95.",
    "percentile_type": "continuous interpolates, discrete takes a value that is there.",
    "period_agg": "What a running total shows at a coarser grain: its first day, its last, or the average of its days.",
    "primary_entity": "The entity that the model's own dimensions are named by when no column is its primary key.",
    "publish": "true, or the grains and dimensions by which it is published every night.",
    "query_params": "What is asked.",
    "semantic_model": "true, or a mapping: the model has entities, dimensions and metrics.",
    "time_granularity": "The grain that a plain metric_time has.",
    "time_spine": "The model is a calendar: one row per day, hour, ...",
    "unit": "What the number counts: 件, JPY, ratio.",
    "validity_params": "Which end of a history row's period the column is.",
    "where": "Conditions, as in filter.",
    "window": "A number and a grain: 30 days.",
}


def metrics_schema() -> Schema:
    """Return the schema of a file under models/ or metrics/. Keys of dbt that are not read here stay free."""
    made = forms(
        ModelForm, MetricForm, LegacyMetricForm, SemanticModelForm, SavedQueryForm, ProjectForm, CalendarForm, words=WORDS
    )
    legacy = made.refs[LegacyMetricForm]
    either = {"if": {"type": "object", "required": ["type_params"]}, "then": legacy, "else": made.refs[MetricForm]}
    properties = {
        "version": {"description": "dbt's version of the file; 2."},
        "models": many(made.refs[ModelForm], "Tables with their columns, semantics and metrics: dbt's current form."),
        "metrics": many(either, "Metrics over several models; with type_params, dbt's legacy form."),
        "saved_queries": many(made.refs[SavedQueryForm], "Questions kept under a name."),
        "calendars": many(made.refs[CalendarForm], "Grains of the company by rule: fiscal years, halves, closing days."),
        "semantic_models": many(made.refs[SemanticModelForm], "dbt's legacy form."),
        "semantic_model": made.refs[SemanticModelForm],
        "metric": legacy,
        "saved_query": made.refs[SavedQueryForm],
        "project_configuration": made.refs[ProjectForm],
    }
    return file_schema("kgi: models and metrics", properties, made.definitions)
