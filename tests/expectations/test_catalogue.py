"""The list of types that we ship against the classes that are installed."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from pipeline.decode import read
from pipeline.expectations import read_suites
from pipeline.expectations.catalogue import COMMON_KEYS, KINDS, REFUSED
from pipeline.messages import MESSAGES

# of every class, and of no use in a file: we set them, or they are the library's own book-keeping
_THEIRS = {
    "id", "meta", "notes", "result_format", "catch_exceptions", "rendered_content", "windows", "batch_id",
    "condition_parser", "library_metadata", "comparison_data_source_name",
}  # fmt: skip
_STRICTER = {
    "expect_column_kl_divergence_to_be_less_than": {"partition_object", "threshold"},
    "expect_column_values_to_be_in_type_list": {"type_list"},
    "expect_column_values_to_match_regex": {"regex"},
    "expect_table_columns_to_match_ordered_list": {"column_list"},
    "expect_table_columns_to_match_set": {"column_set"},
}
"""Arguments that the library would do without, but an expectation without them always passes or never runs."""
_CONDITION_FORGOTTEN = "expect_column_pair_values_to_be_in_set"


@pytest.fixture(scope="module")
def classes() -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from great_expectations.expectations import core
        from great_expectations.expectations.expectation import Expectation
    found = [each for each in vars(core).values() if isinstance(each, type) and issubclass(each, Expectation)]
    # one of the sixty has no type in 1.24, which is why it does not run
    return {each.expectation_type or "expect_multicolumn_values_to_be_unique": each for each in found}


def test_the_types_are_those_of_the_library(classes: dict[str, Any]) -> None:
    assert set(KINDS) == set(classes)
    assert len(KINDS) == 60
    assert set(REFUSED) < set(KINDS)


@pytest.mark.parametrize("name", KINDS)
def test_the_arguments_are_those_of_the_class(name: str, classes: dict[str, Any]) -> None:
    fields = {key: each for key, each in classes[name].__fields__.items() if key not in _THEIRS}
    own = {key for key in fields if key not in COMMON_KEYS}
    required = {key for key in own if fields[key].required}
    assert set(KINDS[name].arguments) == own
    assert set(KINDS[name].required) == required | _STRICTER.get(name, set())
    assert KINDS[name].takes_condition == ("row_condition" in fields and name != _CONDITION_FORGOTTEN)


@pytest.mark.parametrize("name", [name for name in KINDS if name not in REFUSED])
def test_row_level_types_are_those_with_a_condition_per_row(name: str, classes: dict[str, Any]) -> None:
    mapped = getattr(classes[name], "map_metric", None) not in (None, "column_values.of_type", "column_values.in_type_list")
    assert KINDS[name].row_level == (mapped or name == "unexpected_rows_expectation")


def test_every_refusal_has_its_message() -> None:
    assert set(REFUSED.values()) <= set(MESSAGES)
    assert all(MESSAGES[code].hint_ja and MESSAGES[code].hint_en for code in REFUSED.values())


def test_the_page_lists_every_type_with_its_arguments() -> None:
    page = (Path(__file__).parents[2] / "docs" / "expectations.md").read_text(encoding="utf-8")
    for kind in KINDS.values():
        listed = [*(f"`{name}`!" for name in kind.required), *(f"`{name}`" for name in kind.optional)]
        assert (f"| `{kind.name}` | {' '.join(listed)} |" in page) == (kind.name not in REFUSED)


def test_the_suite_of_the_page_can_be_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "expectations.md").read_text(encoding="utf-8")
    written = page.partition("```yaml\n")[2].partition("```")[0]
    (suite,) = read_suites([read(written, "expectations/fct_funnel.yml")])
    assert [each.position for each in suite.expectations] == [0, 1, 2, 3, 4]
