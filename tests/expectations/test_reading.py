"""Suite files: what they say, and every mistake on its line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pipeline.decode import read
from pipeline.expectations import read_suites, templates_of
from pipeline.findings import Finding, KgiError, did_you_mean
from pipeline.messages import MESSAGES
from tests.expectations.conftest import suite_of

HEAD = "expectations:\n"


def mistakes(*lines: str, head: str = HEAD) -> tuple[Finding, ...]:
    text = head + "".join(f"  - {line}\n" for line in lines)
    with pytest.raises(KgiError) as raised:
        read_suites([read(text, "expectations/fct_funnel.yml")])
    return raised.value.findings


def test_a_suite_is_named_after_its_file_and_checks_the_table_of_that_name() -> None:
    suite = suite_of(HEAD + "  - {type: expect_column_values_to_not_be_null, column: id}", "expectations/marts/fct_funnel.yml")
    assert (suite.name, suite.on, suite.allow_empty) == ("fct_funnel", "fct_funnel", False)
    implicit, written = suite.expectations
    assert (implicit.position, implicit.type, implicit.severity) == (0, "expect_table_row_count_to_be_between", "critical")
    assert (written.position, written.columns, written.severity, written.place.line) == (1, ("id",), "critical", 2)


@pytest.mark.parametrize(
    ("on", "path"),
    [("on: salesforce.opportunity\n", "expectations/x.yml"), ("", "expectations/source.salesforce.opportunity.yml")],
)
def test_an_export_is_named_by_source_and_table(on: str, path: str) -> None:
    assert suite_of(f"{on}{HEAD}  - {{type: expect_table_row_count_to_equal, value: 3}}", path).on == "salesforce.opportunity"


def test_allow_empty_leaves_the_row_count_out() -> None:
    suite = suite_of("allow_empty: true\n" + HEAD + "  - {type: expect_column_to_exist, column: id}")
    assert [each.position for each in suite.expectations] == [1]


def test_a_description_may_be_given_per_language() -> None:
    suite = suite_of(
        "allow_empty: true\n"
        + HEAD
        + "  - {type: expect_column_to_exist, column: a, description: {ja: 列がある, en: there}}\n"
        + "  - {type: expect_column_to_exist, column: b, description: a column}\n"
        + "  - {type: expect_column_to_exist, column: c, description: {ja: 列}}\n"
        + "  - {type: expect_column_to_exist, column: d}\n"
    )
    said = [(each.description_ja, each.description_en) for each in suite.expectations]
    assert said == [("列がある", "there"), ("a column", "a column"), ("列", "列"), (None, None)]


def test_a_misspelt_type_is_refused_on_its_line() -> None:
    (found,) = mistakes("{type: expect_column_to_exist, column: id}", "type: expect_column_values_to_not_be_nul\n    column: id")
    assert (found.code, str(found.place)) == ("expectation_unknown_type", "expectations/fct_funnel.yml:3:5")
    assert found.hint_text() == "did you mean expect_column_values_to_not_be_null?"


def test_all_mistakes_of_all_files_come_at_once() -> None:
    one = read("on: a\nexpectations:\n  - {type: nonsense}\n  - {type: expect_column_to_exist, colum: id}", "expectations/a.yml")
    two = read("expectations: []", "expectations/b.yml")
    with pytest.raises(KgiError) as raised:
        read_suites([one, two])
    assert [(each.code, str(each.place)) for each in raised.value.findings] == [
        ("expectation_unknown_type", "expectations/a.yml:3:6"),
        ("yaml_unknown_key", "expectations/a.yml:4:36"),
        ("yaml_missing_key", "expectations/a.yml:4:5"),
        ("suite_empty", "expectations/b.yml:1:1"),
    ]
    assert raised.value.findings[1].hint == "column"


def test_two_files_of_one_name_are_refused() -> None:
    text = HEAD + "  - {type: expect_column_to_exist, column: id}"
    with pytest.raises(KgiError, match=r"two suites are called 'a'; the other is expectations/x/a\.yml:1:1"):
        read_suites([read(text, "expectations/x/a.yml"), read(text, "expectations/y/a.yml")])


NULLS = "type: expect_column_values_to_not_be_null, column: id"


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("just text", "expectation_not_a_mapping"),
        ("{column: id}", "yaml_missing_key"),
        ("{type: expect_column_values_to_be_increasing, column: id}", "expectation_needs_order"),
        ("{type: expect_column_values_to_be_decreasing, column: id}", "expectation_needs_order"),
        ("{type: expect_column_values_to_be_dateutil_parseable, column: id}", "expectation_no_dateutil"),
        ("{type: expect_column_values_to_match_json_schema, column: id}", "expectation_no_json_schema"),
        ("{type: expect_multicolumn_values_to_be_unique, column_list: [a]}", "expectation_multicolumn_unique"),
        (f"{{{NULLS}, severity: critcal}}", "expectation_severity"),
        (f"{{{NULLS}, value_set: [a]}}", "yaml_unknown_key"),
        (f"{{{NULLS}, mostly: 99.5}}", "expectation_mostly"),
        (f"{{{NULLS}, mostly: true}}", "expectation_mostly"),
        ("{type: expect_column_values_to_not_be_null, column: 3}", "expectation_not_text"),
        ("{type: expect_column_values_to_not_be_null, column: null}", "yaml_missing_key"),
        (f"{{{NULLS}, name: 3}}", "expectation_not_text"),
        ("{type: expect_column_values_to_be_in_set, column: a, value_set: open}", "expectation_not_a_list"),
        ("{type: expect_column_values_to_be_between, column: a}", "expectation_needs_bound"),
        ("{type: unexpected_rows_expectation, unexpected_rows_query: select 1}", "expectation_needs_batch"),
        (f"{{{NULLS}, description: {{fr: non}}}}", "expectation_description"),
        (f"{{{NULLS}, description: 3}}", "expectation_description"),
        (f"{{{NULLS}, row_condition: [stage, '==', won]}}", "expectation_condition_shape"),
        (f"{{{NULLS}, row_condition: stage = 'won'}}", "expectation_condition_shape"),
        (f"{{{NULLS}, row_condition: []}}", "expectation_condition_shape"),
        (f"{{{NULLS}, row_condition: [[stage, '=', won]]}}", "expectation_condition_operator"),
        (f"{{{NULLS}, row_condition: [[stage, is_null, 3]]}}", "expectation_condition_value"),
        (f"{{{NULLS}, row_condition: [[stage, '==']]}}", "expectation_condition_value"),
        (f"{{{NULLS}, row_condition: [[stage, '==', null]]}}", "expectation_condition_value"),
        (f"{{{NULLS}, row_condition: [[stage, in, won]]}}", "expectation_condition_value"),
        (f"{{{NULLS}, row_condition: [[stage, in, [a, 1]]]}}", "expectation_condition_value"),
        ("{type: expect_column_to_exist, column: a, row_condition: [[a, is_null]]}", "expectation_takes_no_condition"),
    ],
)
def test_a_mistake_is_named(entry: str, code: str) -> None:
    (found,) = mistakes(entry)
    assert found.code == code
    assert found.place is not None and found.place.line == 2
    for language in ("en", "ja"):
        assert "{" not in found.text(language) or "{batch}" in found.text(language) or "{ja" in found.text(language)
        found.hint_text(language)


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("on: 'a b'\nexpectations:\n", "suite_on_unreadable"),
        ("no: fct_funnel\nexpectations:\n", "yaml_unknown_key"),
        ("allow_empty: perhaps\nexpectations:\n", "yaml_not_boolean"),
    ],
)
def test_a_mistake_in_the_head_is_named(head: str, code: str) -> None:
    (found,) = mistakes(f"{{{NULLS}}}", head=head)
    assert found.code == code


def test_two_expectations_of_one_name_are_refused() -> None:
    (found,) = mistakes(f"{{{NULLS}, name: ids}}", f"{{{NULLS}, name: ids}}")
    assert found.text("en") == "two expectations of this suite are called 'ids'; the other is on line 2"


def test_an_empty_file_is_a_suite_without_expectations() -> None:
    with pytest.raises(KgiError, match="needs the key 'expectations'"):
        read_suites([read("", "expectations/a.yml")])


def test_every_message_of_the_room_is_written_in_both_languages() -> None:
    from pipeline.messages.expectations import MESSAGES as OURS

    for code, message in OURS.items():
        assert MESSAGES[code] is message
        assert message.en and message.ja
        assert bool(message.hint_en) == bool(message.hint_ja)
        assert message.en == "{problem}" or message.en != message.ja


def test_the_fingerprint_follows_what_is_checked_and_not_where_it_stands() -> None:
    line = "  - {type: expect_column_to_exist, column: id}\n"
    plain, moved, other = (suite_of(text) for text in (HEAD + line, "\n# moved\n" + HEAD + line, HEAD + line.replace("id", "no")))
    assert plain.fingerprint == moved.fingerprint != other.fingerprint
    assert suite_of("allow_empty: true\n" + HEAD + line).fingerprint != plain.fingerprint
    assert suite_of("on: other\n" + HEAD + line).fingerprint != plain.fingerprint


def test_texts_with_templates_are_told() -> None:
    query = "select b.* from {batch} b anti join {{ ref('dim_account') }} a using (account_id)"
    suite = suite_of(HEAD + f'  - {{type: unexpected_rows_expectation, unexpected_rows_query: "{query}"}}')
    assert [text for text, _ in templates_of(suite)] == [query]


def test_suites_are_frozen_all_through() -> None:
    suite = suite_of(
        HEAD
        + "  - {type: expect_column_quantile_values_to_be_between, column: a,"
        + " quantile_ranges: {quantiles: [0.5], value_ranges: [[1, 2]]}}"
    )
    assert hash(suite) == hash(suite)


def test_reading_suites_imports_neither_library() -> None:
    program = """
import sys
from pipeline.decode import read
from pipeline.expectations import read_suites
read_suites([read("expectations: [{type: expect_column_to_exist, column: id}]", "expectations/a.yml")])
heavy = {"great_expectations", "sqlalchemy", "pandas", "scipy", "altair", "numpy"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_did_you_mean_finds_a_type_without_its_prefix() -> None:
    from pipeline.expectations.catalogue import KINDS

    assert did_you_mean("column_values_to_be_unique", KINDS) == "expect_column_values_to_be_unique"
