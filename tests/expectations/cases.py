"""One case per type and variant: what the good table passes and the bad one fails.

`failing` is a second way to the failing rows, in SQL: a condition on the rows of the bad table, null where rows are not judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.expectations.catalogue import KINDS


@dataclass(frozen=True)
class Case:
    type: str
    arguments: dict[str, Any]
    failing: str | None = None
    variant: str = ""

    @property
    def name(self) -> str:
        return f"{self.type}#{self.variant}" if self.variant else self.type

    @property
    def takes_condition(self) -> bool:
        return KINDS[self.type].takes_condition


STAGES = ["open", "won", "lost"]

AGGREGATES = (
    Case("expect_column_distinct_values_to_be_in_set", {"column": "stage", "value_set": STAGES}),
    Case("expect_column_distinct_values_to_contain_set", {"column": "score", "value_set": [9.0, 8.0]}, variant="passes"),
    Case("expect_column_distinct_values_to_equal_set", {"column": "stage", "value_set": STAGES}),
    Case(
        "expect_column_kl_divergence_to_be_less_than",
        {
            "column": "stage",
            "partition_object": {"values": STAGES, "weights": [0.34, 0.33, 0.33]},
            "threshold": 0.001,
            "tail_weight_holdout": 0.0001,
        },
    ),
    Case("expect_column_max_to_be_between", {"column": "amount", "max_value": 1000}),
    Case("expect_column_max_to_be_between", {"column": "day", "max_value": "{{ var('as_of_date') }}"}, variant="date"),
    Case("expect_column_mean_to_be_between", {"column": "score", "min_value": 4, "max_value": 5}),
    Case("expect_column_median_to_be_between", {"column": "p", "min_value": 1, "max_value": 1}, variant="passes"),
    Case("expect_column_median_to_be_between", {"column": "low", "min_value": 49, "max_value": 50}),
    Case("expect_column_min_to_be_between", {"column": "tens", "min_value": 0, "strict_min": False}, variant="passes"),
    Case("expect_column_min_to_be_between", {"column": "low", "max_value": 0}),
    Case("expect_column_most_common_value_to_be_in_set", {"column": "right_text", "value_set": ["x"]}, variant="passes"),
    Case("expect_column_proportion_of_non_null_values_to_be_between", {"column": "low", "min_value": 1}),
    Case("expect_column_proportion_of_unique_values_to_be_between", {"column": "code", "max_value": 1}, variant="passes"),
    Case("expect_column_proportion_of_unique_values_to_be_between", {"column": "day", "max_value": 0.28}),
    Case("expect_column_quantile_values_to_be_between", {
        "column": "amount", "quantile_ranges": {"quantiles": [0.5, 1.0], "value_ranges": [[70, 80], [None, 150]]},
    }),
    Case("expect_column_stdev_to_be_between", {"column": "score", "max_value": 3}),
    Case("expect_column_sum_to_be_between", {"column": "score", "max_value": 450}),
    Case("expect_column_sum_to_be_between", {"column": "amount", "min_value": 7425, "max_value": 7425}, variant="decimal"),
    Case("expect_column_to_exist", {"column": "amount"}, variant="passes"),
    Case("expect_column_to_exist", {"column": "amount", "column_index": 2}, variant="passes_index"),
    Case("expect_column_type_to_be", {"column": "amount", "type_": "DECIMAL(12,2)"}, variant="passes"),
    Case("expect_column_unique_value_count_to_be_between", {"column": "stage", "max_value": 3}),
    Case("expect_column_values_to_be_in_type_list", {"column": "id", "type_list": ["INTEGER", "BIGINT"]}, variant="passes"),
    Case("expect_column_values_to_be_of_type", {"column": "code", "type_": "VARCHAR"}, variant="passes"),
    Case("expect_query_results_to_match_comparison", {
        "base_query": "select count(*) as n from {batch} where stage <> 'gone'",
        "comparison_query": "select count(*) as n from {{ ref('hundred') }}",
    }),
    Case("expect_table_column_count_to_be_between", {"min_value": 21, "max_value": 21}, variant="passes"),
    Case("expect_table_column_count_to_equal", {"value": 21}, variant="passes"),
    Case("expect_table_columns_to_match_ordered_list", {"column_list": [
        "id", "stage", "amount", "score", "low", "high", "day", "at", "code", "folder", "attributes", "written", "tens",
        "ones", "p", "q", "r", "left_text", "right_text", "nothing", "flag",
    ]}, variant="passes"),
    Case("expect_table_columns_to_match_set", {"column_set": ["id", "stage"], "exact_match": False}, variant="passes"),
    Case("expect_table_row_count_to_be_between", {"min_value": 100, "max_value": 100}, variant="passes"),
    Case("expect_table_row_count_to_equal", {"value": 100}, variant="passes"),
    Case("expect_table_row_count_to_equal_other_table", {"other_table_name": "{{ ref('hundred') }}"}, variant="passes"),
    Case("expect_table_row_count_to_equal_other_table", {"other_table_name": "good"}, variant="passes_same_schema"),
)  # fmt: skip
"""Variants called `passes` are content with both tables; `ON_GOOD_FAILS` shows them fail."""

FAILS_ON_GOOD = (
    Case("expect_column_distinct_values_to_contain_set", {"column": "stage", "value_set": ["gone"]}),
    Case("expect_column_median_to_be_between", {"column": "p", "min_value": 2}),
    Case("expect_column_min_to_be_between", {"column": "low", "min_value": 0, "strict_min": True}),
    Case("expect_column_most_common_value_to_be_in_set", {"column": "right_text", "value_set": ["y"]}),
    Case("expect_column_proportion_of_unique_values_to_be_between", {"column": "code", "max_value": 0.5}),
    Case("expect_column_to_exist", {"column": "amuont"}),
    Case("expect_column_to_exist", {"column": "amount", "column_index": 3}, variant="index"),
    Case("expect_column_type_to_be", {"column": "amount", "type_": "DOUBLE"}),
    Case("expect_column_values_to_be_in_type_list", {"column": "id", "type_list": ["VARCHAR", "BIGINT"]}),
    Case("expect_column_values_to_be_of_type", {"column": "code", "type_": "INTEGER"}),
    Case("expect_table_column_count_to_be_between", {"max_value": 20}),
    Case("expect_table_column_count_to_equal", {"value": 20}),
    Case("expect_table_columns_to_match_ordered_list", {"column_list": ["stage", "id"]}),
    Case("expect_table_columns_to_match_set", {"column_set": ["id", "stage"]}),
    Case("expect_table_row_count_to_be_between", {"max_value": 99}),
    Case("expect_table_row_count_to_equal", {"value": 101}),
    Case("expect_table_row_count_to_equal_other_table", {"other_table_name": "{{ ref('accounts') }}"}),
)

ROW_LEVEL = (
    Case("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "high", "column_B": "low"}, "low > high"),
    Case("expect_column_pair_values_to_be_equal", {
        "column_A": "left_text", "column_B": "right_text", "ignore_row_if": "either_value_is_missing",
    }, "right_text <> left_text"),
    Case("expect_column_pair_values_to_be_in_set", {
        "column_A": "left_text", "column_B": "right_text", "value_pairs_set": [["x", "x"]],
        "ignore_row_if": "either_value_is_missing",
    }, "right_text = 'y'"),
    Case("expect_column_value_lengths_to_be_between", {"column": "code", "max_value": 4}, "length(code) > 4"),
    Case("expect_column_value_lengths_to_equal", {"column": "code", "value": 4}, "length(code) <> 4"),
    Case("expect_column_value_z_scores_to_be_less_than", {"column": "score", "threshold": 4, "double_sided": True},
         "abs((score - avg(score) over ()) / stddev_samp(score) over ()) > 4"),
    Case("expect_column_values_to_be_between", {"column": "low", "min_value": 0, "max_value": 99}, "low > 99"),
    Case("expect_column_values_to_be_between", {"column": "day", "max_value": "2025-12-31"}, "day > '2025-12-31'", "date"),
    Case("expect_column_values_to_be_between", {
        "column": "at", "min_value": "2025-01-01T00:00:00", "max_value": "2025-12-31T23:59:59",
    }, "\"at\" >= '2026-01-01'", "instant"),
    Case("expect_column_values_to_be_in_set", {"column": "stage", "value_set": STAGES}, "stage = 'gone'"),
    Case("expect_column_values_to_be_json_parseable", {"column": "attributes"}, "attributes = '{'"),
    Case("expect_column_values_to_be_null", {"column": "nothing"}, "nothing is not null"),
    Case("expect_column_values_to_be_unique", {"column": "code"}, "false", "passes"),
    Case("expect_column_values_to_match_like_pattern", {"column": "code", "like_pattern": "A%"}, "left(code, 1) <> 'A'"),
    Case("expect_column_values_to_match_like_pattern_list", {"column": "code", "like_pattern_list": ["A0%", "A__%"]},
         "left(code, 1) <> 'A'"),
    Case("expect_column_values_to_match_regex", {"column": "code", "regex": r"^A\d{3}$"}, "left(code, 1) <> 'A'"),
    Case("expect_column_values_to_match_regex", {"column": "code", "regex": r"\d"}, "false", "passes_partial"),
    Case("expect_column_values_to_match_regex", {"column": "folder", "regex": r"^C:\\\d+$"}, "left(folder, 1) = 'D'",
         "backslash"),
    Case("expect_column_values_to_match_regex_list", {"column": "code", "regex_list": ["^A", "^Z"]}, "left(code, 1) = 'B'"),
    Case("expect_column_values_to_match_strftime_format", {"column": "written", "strftime_format": "%Y-%m-%d"},
         "written like '%.%'"),
    Case("expect_column_values_to_not_be_in_set", {"column": "stage", "value_set": ["gone"]}, "stage = 'gone'"),
    Case("expect_column_values_to_not_be_null", {"column": "low"}, "low is null"),
    Case("expect_column_values_to_not_be_outliers", {"column": "score", "method": "iqr", "multiplier": 3}, "score > 100"),
    Case("expect_column_values_to_not_be_outliers", {"column": "score", "method": "std", "multiplier": 4}, "score > 100", "std"),
    Case("expect_column_values_to_not_match_like_pattern", {"column": "code", "like_pattern": "B%"}, "left(code, 1) = 'B'"),
    Case("expect_column_values_to_not_match_like_pattern_list", {"column": "code", "like_pattern_list": ["B%", "C%"]},
         "left(code, 1) = 'B'"),
    Case("expect_column_values_to_not_match_regex", {"column": "code", "regex": "^[B-D]"}, "left(code, 1) = 'B'"),
    Case("expect_column_values_to_not_match_regex_list", {"column": "code", "regex_list": ["^B", "Z$"]}, "left(code, 1) = 'B'"),
    Case("expect_compound_columns_to_be_unique", {"column_list": ["tens", "ones"], "ignore_row_if": "any_value_is_missing"},
         "tens is not null and ones is not null and count(*) over (partition by tens, ones) > 1", "any"),
    # a key with a null in it is never a repetition, as in a UNIQUE of SQL
    Case("expect_compound_columns_to_be_unique", {"column_list": ["tens", "ones"]},
         "tens is not null and ones is not null and count(*) over (partition by tens, ones) > 1"),
    Case("expect_compound_columns_to_be_unique", {"column_list": ["tens", "ones"], "ignore_row_if": "never"},
         "tens is not null and ones is not null and count(*) over (partition by tens, ones) > 1", "never"),
    Case("expect_multicolumn_sum_to_equal", {"column_list": ["p", "q"], "sum_total": 3}, "p + q <> 3"),
    Case("expect_multicolumn_values_to_be_equal", {
        "column_list": ["left_text", "right_text"], "ignore_row_if": "any_value_is_missing",
    }, "left_text <> right_text"),
    Case("expect_select_column_values_to_be_unique_within_record", {"column_list": ["p", "q", "r"]}, "q = r or p = r or p = q"),
)  # fmt: skip

QUERIES = (
    Case("unexpected_rows_expectation", {
        "unexpected_rows_query": "select * from {batch} b where b.code like 'B-{%}' and '12:30' <> ':late';",
    }, "left(code, 1) = 'B'"),
    Case("unexpected_rows_expectation", {
        "unexpected_rows_query": "select b.* from {batch} b anti join {{ ref('accounts') }} a using (id) where b.stage = 'gone'",
    }, "id < 12 and stage = 'gone'", "orphans"),
    Case("unexpected_rows_expectation", {
        "unexpected_rows_query": "with late as (from {batch} where day > '2026-01-01') select id, struct_pack(a := 1) from late",
    }, "day > '2026-01-01'", "with"),
)  # fmt: skip
