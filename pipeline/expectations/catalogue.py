"""What a suite file may say, known without importing Great Expectations: the types, their arguments, what they can tell.

The arguments are those of the classes of Great Expectations 1.24; a test compares them with the installed version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One type of expectation. `row_level`: it judges rows one by one, so its failing rows can be named."""

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    takes_condition: bool
    row_level: bool
    observes_number: bool

    @property
    def arguments(self) -> tuple[str, ...]:
        """All argument names."""
        return self.required + self.optional


SEVERITIES = ("critical", "warning", "info")

COMMON_KEYS = ("type", "severity", "description", "row_condition", "name")
"""Keys of every expectation, beside the arguments of its type."""

OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "in", "not_in", "is_null", "is_not_null")
"""What may stand between column and value in a row_condition; the last two take no value."""

TEMPLATES = frozenset({"unexpected_rows_query", "base_query", "comparison_query", "other_table_name", "min_value", "max_value"})
"""Arguments whose text may hold {{ ref() }}, {{ source() }} and {{ var() }}."""

QUERIES = frozenset({"unexpected_rows_query", "base_query"})
"""Arguments that are SQL with {batch} standing for the table under check. A comparison_query reads other tables only."""

REFUSED = {
    "expect_column_values_to_be_increasing": "expectation_needs_order",
    "expect_column_values_to_be_decreasing": "expectation_needs_order",
    "expect_column_values_to_be_dateutil_parseable": "expectation_no_dateutil",
    "expect_column_values_to_match_json_schema": "expectation_no_json_schema",
    "expect_multicolumn_values_to_be_unique": "expectation_multicolumn_unique",
}
"""Types that cannot run on DuckDB -> the message that names the alternative."""

_BOUNDS = "min_value max_value strict_min strict_max"

_ARGUMENTS = {
    "expect_column_distinct_values_to_be_in_set": "column! value_set!",
    "expect_column_distinct_values_to_contain_set": "column! value_set!",
    "expect_column_distinct_values_to_equal_set": "column! value_set!",
    "expect_column_kl_divergence_to_be_less_than": "column! partition_object! threshold! internal_weight_holdout"
    " tail_weight_holdout bucketize_data min_value max_value",
    "expect_column_max_to_be_between": f"column! {_BOUNDS}",
    "expect_column_mean_to_be_between": f"column! {_BOUNDS}",
    "expect_column_median_to_be_between": f"column! {_BOUNDS}",
    "expect_column_min_to_be_between": f"column! {_BOUNDS}",
    "expect_column_most_common_value_to_be_in_set": "column! value_set! ties_okay",
    "expect_column_pair_values_a_to_be_greater_than_b": "column_A! column_B! mostly or_equal ignore_row_if",
    "expect_column_pair_values_to_be_equal": "column_A! column_B! mostly ignore_row_if",
    "expect_column_pair_values_to_be_in_set": "column_A! column_B! value_pairs_set! mostly ignore_row_if",
    "expect_column_proportion_of_non_null_values_to_be_between": f"column! {_BOUNDS}",
    "expect_column_proportion_of_unique_values_to_be_between": f"column! {_BOUNDS}",
    "expect_column_quantile_values_to_be_between": "column! quantile_ranges! allow_relative_error",
    "expect_column_stdev_to_be_between": f"column! {_BOUNDS}",
    "expect_column_sum_to_be_between": f"column! {_BOUNDS}",
    "expect_column_to_exist": "column! column_index",
    "expect_column_type_to_be": "column! type_!",
    "expect_column_unique_value_count_to_be_between": f"column! {_BOUNDS}",
    "expect_column_value_lengths_to_be_between": f"column! mostly {_BOUNDS}",
    "expect_column_value_lengths_to_equal": "column! value! mostly",
    "expect_column_value_z_scores_to_be_less_than": "column! threshold! double_sided! mostly",
    "expect_column_values_to_be_between": f"column! mostly {_BOUNDS}",
    "expect_column_values_to_be_dateutil_parseable": "column! mostly",
    "expect_column_values_to_be_decreasing": "column! mostly strictly",
    "expect_column_values_to_be_in_set": "column! value_set! mostly",
    "expect_column_values_to_be_in_type_list": "column! type_list! mostly",
    "expect_column_values_to_be_increasing": "column! mostly strictly",
    "expect_column_values_to_be_json_parseable": "column! mostly",
    "expect_column_values_to_be_null": "column! mostly",
    "expect_column_values_to_be_of_type": "column! type_! mostly",
    "expect_column_values_to_be_unique": "column! mostly",
    "expect_column_values_to_match_json_schema": "column! json_schema! mostly",
    "expect_column_values_to_match_like_pattern": "column! like_pattern! mostly escape",
    "expect_column_values_to_match_like_pattern_list": "column! like_pattern_list! mostly match_on escape",
    "expect_column_values_to_match_regex": "column! regex! mostly",
    "expect_column_values_to_match_regex_list": "column! regex_list! mostly match_on",
    "expect_column_values_to_match_strftime_format": "column! strftime_format! mostly",
    "expect_column_values_to_not_be_in_set": "column! value_set! mostly",
    "expect_column_values_to_not_be_null": "column! mostly",
    "expect_column_values_to_not_be_outliers": "column! mostly method multiplier",
    "expect_column_values_to_not_match_like_pattern": "column! like_pattern! mostly escape",
    "expect_column_values_to_not_match_like_pattern_list": "column! like_pattern_list! mostly escape",
    "expect_column_values_to_not_match_regex": "column! regex! mostly",
    "expect_column_values_to_not_match_regex_list": "column! regex_list! mostly",
    "expect_compound_columns_to_be_unique": "column_list! mostly ignore_row_if",
    "expect_multicolumn_sum_to_equal": "column_list! sum_total! mostly ignore_row_if",
    "expect_multicolumn_values_to_be_equal": "column_list! mostly ignore_row_if",
    "expect_multicolumn_values_to_be_unique": "column! column_list! mostly ignore_row_if",
    "expect_query_results_to_match_comparison": "base_query! comparison_query! mostly",
    "expect_select_column_values_to_be_unique_within_record": "column_list! mostly ignore_row_if",
    "expect_table_column_count_to_be_between": "min_value max_value",
    "expect_table_column_count_to_equal": "value!",
    "expect_table_columns_to_match_ordered_list": "column_list!",
    "expect_table_columns_to_match_set": "column_set! exact_match",
    "expect_table_row_count_to_be_between": _BOUNDS,
    "expect_table_row_count_to_equal": "value!",
    "expect_table_row_count_to_equal_other_table": "other_table_name!",
    "unexpected_rows_expectation": "unexpected_rows_query!",
}
"""Type -> its arguments; `!` marks those that must be written.

The name of the data source that a comparison_query is asked in is not among them: there is only one, and we fill it in.
"""

_WITHOUT_CONDITION = frozenset({
    # takes one in Great Expectations 1.24, but counts all rows with it: the metric forgets the condition
    "expect_column_pair_values_to_be_in_set",
    # look at the table as a whole
    "expect_column_to_exist",
    "expect_column_type_to_be",
    "expect_query_results_to_match_comparison",
    "expect_table_column_count_to_be_between",
    "expect_table_column_count_to_equal",
    "expect_table_columns_to_match_ordered_list",
    "expect_table_columns_to_match_set",
    "unexpected_rows_expectation",
})  # fmt: skip

_WHOLE_COLUMN = frozenset({
    # a column has one type in a database, and a comparison has rows of its own
    "expect_column_values_to_be_of_type",
    "expect_column_values_to_be_in_type_list",
    "expect_query_results_to_match_comparison",
})  # fmt: skip

_OBSERVES_NUMBER = frozenset({
    "expect_column_kl_divergence_to_be_less_than",
    "expect_column_max_to_be_between",
    "expect_column_mean_to_be_between",
    "expect_column_median_to_be_between",
    "expect_column_min_to_be_between",
    "expect_column_proportion_of_non_null_values_to_be_between",
    "expect_column_proportion_of_unique_values_to_be_between",
    "expect_column_stdev_to_be_between",
    "expect_column_sum_to_be_between",
    "expect_column_unique_value_count_to_be_between",
    "expect_table_column_count_to_be_between",
    "expect_table_column_count_to_equal",
    "expect_table_row_count_to_be_between",
    "expect_table_row_count_to_equal",
})  # fmt: skip
"""Types whose observed value is one number. Everything else that is observed holds values of cells and is never kept."""


def _kind(name: str, written: str) -> Kind:
    words = written.split()
    return Kind(
        name,
        required=tuple(word[:-1] for word in words if word.endswith("!")),
        optional=tuple(word for word in words if not word.endswith("!")),
        takes_condition=name not in _WITHOUT_CONDITION,
        row_level=name == "unexpected_rows_expectation" or ("mostly" in words and name not in _WHOLE_COLUMN),
        observes_number=name in _OBSERVES_NUMBER,
    )


KINDS: Mapping[str, Kind] = {name: _kind(name, written) for name, written in _ARGUMENTS.items()}
"""All types that Great Expectations has, those of `REFUSED` included."""
