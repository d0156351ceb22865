"""Mistakes in metric YAML that need no second entry to be seen: code, the metric as it is written, and words of the sentence."""

from __future__ import annotations

MODEL = """models:
  - name: deal
    semantic_model: true
    agg_time_dimension: won_on
    columns:
      - {name: deal_id, entity: {name: deal, type: primary}}
      - {name: won_on, granularity: day, dimension: time}
    metrics:
"""
LINE = MODEL.count("\n") + 1

MISTAKES: list[tuple[str, str, str]] = [
    ("yaml_not_one_of", "{name: x, agg: cuont, expr: 1}", "did you mean count?"),
    ("yaml_not_one_of", "{name: x, agg: percentile, percentile: 0.5, percentile_type: discret}", "did you mean discrete?"),
    ("yaml_not_one_of", "{name: x, agg: sum, type: simpel}", "did you mean simple?"),
    ("yaml_not_boolean", "{name: x, agg: sum, hidden: yes}", "did you mean true?"),
    ("yaml_not_boolean", "{name: x, agg: sum, join_to_timespine: 1}", "did you mean true?"),
    ("yaml_not_boolean", "{name: x, agg: sum, config: {enabled: 'flase'}}", "did you mean false?"),
    ("yaml_not_number", "{name: x, agg: sum, fill_nulls_with: none}", "a number is needed here"),
    ("yaml_not_number", "{name: x, agg: sum, fill_nulls_with: true}", "a number is needed here"),
    ("yaml_not_number", "{name: x, agg: sum, fill_nulls_with: .inf}", "a number is needed here"),
    ("yaml_not_text", "{name: x, agg: sum, agg_time_dimension: 3}", "text is needed here"),
    ("yaml_not_list", "{name: x, agg: sum, filter: 3}", "a list is needed here"),
    ("yaml_not_mapping", "{name: x, agg: sum, config: 3}", "keys with values are needed here"),
    ("yaml_wrong_kind", "{name: x, agg: sum, config: {meta: {kgi: {publish: 3}}}}", "it can be: boolean, list"),
    ("yaml_unknown_key", "{name: x, agg: sum, exprr: a}", "did you mean expr?"),
    (
        "yaml_unknown_key",
        "{name: x, agg: sum, non_additive_dimension: {name: won_on, window_ag: min}}",
        "did you mean window_agg?",
    ),
    ("yaml_missing_key", "{agg: sum}", "needs the key 'name'"),
    ("metric_name_form", "{name: WonDeals, agg: sum}", "did you mean won_deals?"),
    ("metric_name_form", "{name: won deals, agg: sum}", "did you mean won_deals?"),
    ("metric_name_form", "{name: won-deals, agg: sum}", "did you mean won_deals?"),
    ("metric_name_form", "{name: '', agg: sum}", "begins with a letter"),
    ("metric_name_form", "{name: 受注, agg: sum}", "begins with a letter"),
    ("metric_name_reserved", "{name: month, agg: sum}", "a word that the time grains and metric_time take"),
    ("metric_percentile_range", "{name: x, agg: percentile, percentile: 95}", "write 0.95 for the 95th percentile"),
    ("metric_percentile_range", "{name: x, agg: percentile, percentile: 1}", "for 1 use max"),
    ("metric_percentile_unused", "{name: x, agg: sum, percentile: 0.5}", "takes no percentile settings"),
    ("metric_percentile_unused", "{name: x, agg: median, percentile: 0.9}", "takes no percentile settings"),
    ("metric_count_without_expr", "{name: x, agg: count}", "write `expr: 1` to count rows"),
    ("metric_key_of_other_type", "{name: x, agg: sum, window: 7 days}", "it is a key of type cumulative / conversion"),
    (
        "metric_key_of_other_type",
        "{name: x, type: ratio, numerator: a, denominator: b, fill_nulls_with: 0}",
        "'fill_nulls_with' does nothing",
    ),
    ("metric_span_form", "{name: x, type: cumulative, input_metric: y, window: a week}", "14 days, 1 month"),
    ("metric_filter_call", "{name: x, agg: sum, filter: \"{{ Dimensoin('a') }} = 1\"}", "this call is not understood"),
]
