"""What a check does around the types: errors, order, empty tables, the quarantine, and what must not leave the warehouse."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import astuple, replace
from pathlib import Path

import pytest

from pipeline.engines.duckdb import Engine, lock_down, open_engine
from pipeline.expectations import CheckResult, findings_of, run_suite
from pipeline.findings import KgiError, MachineError, Severity, finding
from pipeline.shapes import Relation
from tests.expectations.conftest import Check, render, suite_of

HEAD = "expectations:\n"
SLOW = "select count(*) from range(1000000) a, range(1000000) b where a.range % 7 = b.range % 11"
NULLS = "  - {type: expect_column_values_to_not_be_null, column: low}\n"


def test_results_stand_in_the_order_of_the_file(check: Check) -> None:
    results = check(
        HEAD
        + "  - {type: unexpected_rows_expectation, unexpected_rows_query: 'select nonsense from {batch}'}\n"
        + "  - {type: expect_column_mean_to_be_between, column: stage, min_value: 1}\n"
        + NULLS
        + "  - {type: expect_column_max_to_be_between, column: id, max_value: 99}\n"
    )
    assert [(each.position, each.status) for each in results] == [
        (0, "pass"), (1, "error"), (2, "error"), (3, "fail"), (4, "pass"),
    ]  # fmt: skip
    assert [each.place.line for each in results] == [1, 2, 3, 4, 5]
    assert (results[3].unexpected_count, results[3].element_count) == (7, 100)
    assert results[3].unexpected_percent == pytest.approx(7)
    assert results[4].observed == 99.0
    assert results[1].detail is not None and "nonsense" in results[1].detail
    assert results[2].detail is not None and "VARCHAR" in results[2].detail


def test_a_missing_column_is_an_error_with_the_nearest_name(check: Check) -> None:
    _, near, condition, far = check(
        HEAD
        + "  - {type: expect_column_values_to_not_be_null, column: amuont}\n"
        + "  - {type: expect_column_values_to_not_be_null, column: low, row_condition: [[stages, '==', won]]}\n"
        + "  - {type: expect_compound_columns_to_be_unique, column_list: [id, zzz]}\n"
    )
    assert (near.status, near.detail) == ("error", "the table has no column 'amuont'; did you mean 'amount'?")
    assert (condition.status, condition.detail) == ("error", "the table has no column 'stages'; did you mean 'stage'?")
    assert far.detail is not None and far.detail.startswith("the table has no column 'zzz'; its columns are id, stage,")
    found = findings_of([near])[0]
    assert found.severity is Severity.UNSOUND
    assert found.text("ja") == (
        "'bad' の検査「expect_column_values_to_not_be_null amuont」を実行できませんでした: "
        "表に列 'amuont' がありません ('amount' のことですか?)"
    )


def test_a_missing_table_is_an_error_of_every_expectation(engine: Engine) -> None:
    results = run_suite(engine, suite_of(HEAD + NULLS), Relation("checked", "nowhere"), run_id="r", render=render)
    assert [each.status for each in results] == ["error", "error"]
    assert results[0].detail == 'the table "checked"."nowhere" does not exist'


def test_a_view_that_no_longer_binds_is_an_error(engine: Engine) -> None:
    engine.execute("create or replace table checked.base as select 1 as a")
    engine.execute("create or replace view checked.stale as select a from checked.base")
    engine.execute("create or replace table checked.base as select 1 as b")
    results = run_suite(engine, suite_of(HEAD + NULLS), Relation("checked", "stale"), run_id="r", render=render)
    assert [each.status for each in results] == ["error", "error"]


def test_a_view_that_stops_at_a_value_is_an_error_and_does_not_say_the_value(engine: Engine) -> None:
    engine.execute(
        "create or replace view checked.stops as select case when id > 4 then code end::integer as low from checked.bad"
    )
    results = run_suite(engine, suite_of(HEAD + NULLS), Relation("checked", "stops"), run_id="r", render=render)
    assert {each.status for each in results} <= {"error", "pass"}
    assert results[1].detail == (
        "the database stopped at a value (Conversion error); values are not shown here, run the query in the warehouse to see it"
    )


def test_an_empty_table_fails_unless_it_is_allowed(check: Check) -> None:
    text = HEAD + NULLS + "  - {type: expect_column_values_to_be_in_set, column: stage, value_set: [a]}\n"
    counted, *others = check(text, table="empty")
    assert (counted.status, counted.observed, counted.description_ja) == ("fail", 0.0, "表が空でないこと")
    assert [(each.status, each.unexpected_count) for each in others] == [("pass", 0), ("pass", 0)]
    assert [each.status for each in check("allow_empty: true\n" + text, table="empty")] == ["pass", "pass"]
    assert findings_of([counted])[0].text("en") == (
        "the table is not empty (expect_table_row_count_to_be_between) failed on 'empty': the value is 0"
    )


def test_severity_decides_what_follows(check: Check) -> None:
    results = check(
        HEAD
        + NULLS
        + "  - {type: expect_column_values_to_not_be_null, column: low, severity: warning, description: {ja: 必須, en: needed}}\n"
        + "  - {type: expect_column_values_to_not_be_null, column: low, severity: info}\n"
        + "  - {type: expect_column_values_to_not_be_null, column: nope, severity: info}\n"
        + "  - {type: expect_column_to_exist, column: nope, severity: info}\n"
    )
    found = findings_of(results)
    assert [each.severity for each in found] == [
        Severity.UNSOUND, Severity.WARNING, Severity.INFO, Severity.UNSOUND, Severity.INFO,
    ]  # fmt: skip
    assert found[1].text("en") == "needed (expect_column_values_to_not_be_null low) failed on 'bad': 7 of 100 rows (7.0 %)"
    assert found[1].text("ja") == (
        "'bad' の検査「必須 (expect_column_values_to_not_be_null low)」が不合格です: 100 行中 7 行 (7.0 %)"
    )
    assert found[1].hint_text() == 'the rows are in the warehouse: select * from quarantine."bad" where position = 2'
    assert str(found[1].place) == "expectations/bad.yml:3:5"
    assert found[4].text("en") == "expect_column_to_exist nope failed on 'bad'"


def test_mostly_lets_a_share_fail(check: Check) -> None:
    line = "  - {{type: expect_column_values_to_not_be_null, column: low, mostly: {}}}\n"
    _, at, above = check(HEAD + line.format("0.93") + line.format("0.94"))
    assert [(at.status, at.unexpected_count), (above.status, above.unexpected_count)] == [("pass", 7), ("fail", 7)]


def test_no_value_of_a_cell_is_in_a_result(check: Check, engine: Engine) -> None:
    engine.execute("create or replace table checked.secret as select 'taro@example.jp' as mail, 'x' as other from range(3)")
    results = check(
        HEAD
        + "  - {type: expect_column_values_to_be_null, column: mail}\n"
        + "  - {type: expect_column_max_to_be_between, column: mail, max_value: '2025-01-01'}\n"
        + "  - {type: expect_column_most_common_value_to_be_in_set, column: mail, value_set: [a]}\n"
        + "  - {type: expect_column_distinct_values_to_be_in_set, column: mail, value_set: [a]}\n"
        + "  - {type: expect_column_values_to_be_in_set, column: mail, value_set: [1]}\n"
        + "  - {type: unexpected_rows_expectation, unexpected_rows_query: 'select * from {batch}'}\n"
        + "  - {type: unexpected_rows_expectation, unexpected_rows_query: 'select mail::integer from {batch}'}\n"
        + "  - {type: expect_column_pair_values_to_be_equal, column_A: mail, column_B: other}\n"
        + "  - {type: expect_column_values_to_be_unique, column: mail}\n"
        + "  - {type: expect_column_sum_to_be_between, column: mail, max_value: 3}\n"
        + "  - {type: expect_query_results_to_match_comparison, base_query: 'select mail from {batch}',"
        + " comparison_query: select 1}\n",
        table="secret",
    )
    assert [each.status for each in results].count("pass") == 1
    shown = repr([astuple(each) for each in results]) + repr([each.text("ja") + each.text("en") for each in findings_of(results)])
    assert "taro" not in shown and "example.jp" not in shown


def test_a_number_of_more_than_two_hundred_rows_is_counted_exactly(check: Check, engine: Engine) -> None:
    engine.execute("create or replace table checked.many as select i as id, null as gone from range(5000) r(i)")
    results = check(
        HEAD
        + "  - {type: unexpected_rows_expectation, unexpected_rows_query: 'select * from {batch} where id >= 1000'}\n"
        + "  - {type: expect_column_values_to_not_be_null, column: gone}\n",
        table="many",
    )
    assert [each.unexpected_count for each in results[1:]] == [4000, 5000]
    assert [each.rows_kept for each in results[1:]] == [1000, 1000]
    assert findings_of(results)[0].text("en") == "unexpected_rows_expectation failed on 'many': 4000 rows"


def test_a_comparison_of_more_rows_than_are_read_is_an_error(check: Check) -> None:
    (_, result) = check(
        HEAD
        + "  - {type: expect_query_results_to_match_comparison, base_query: 'select id from {batch}',"
        + " comparison_query: select i from range(201) r(i)}\n"
    )
    assert result.status == "error"
    assert result.detail is not None and result.detail.startswith("one side of the comparison has more than 200 rows")


def test_the_quarantine_holds_the_rows_of_the_last_check_only(check: Check, engine: Engine) -> None:
    check(HEAD + NULLS)
    assert engine.rows("select run_id, position, count(*), count(low) from quarantine.bad group by all") == [("r1", 1, 7, 0)]
    check(HEAD + "  - {type: expect_column_values_to_not_be_null, column: id}\n" + NULLS, quarantine=False)
    assert engine.rows("select distinct position from quarantine.bad") == [(1,)]
    check(HEAD + "  - {type: expect_column_values_to_not_be_null, column: id}\n")
    assert not engine.exists(Relation("quarantine", "bad"))


def test_columns_named_as_those_of_the_quarantine_are_kept_beside_them(check: Check, engine: Engine) -> None:
    engine.execute("create or replace table checked.clash as select 7 as position, 'x' as \"Run_ID\"")
    check(HEAD + "  - {type: expect_column_values_to_be_null, column: position}\n", table="clash")
    row = engine.table("select * from quarantine.clash").records()
    assert row == [{"run_id": "r1", "position": 1, "row_position": 7, "row_Run_ID": "x"}]


def test_a_query_that_gives_no_column_of_the_table_fails_without_kept_rows(check: Check, engine: Engine) -> None:
    _, result = check(
        HEAD + "  - {type: unexpected_rows_expectation, unexpected_rows_query: 'select count(*) as n from {batch}'}\n"
    )
    assert (result.status, result.unexpected_count, result.rows_kept) == ("fail", 1, 0)


def test_rows_that_cannot_be_kept_are_told(check: Check) -> None:
    query = "select ''north'' as low from {batch} where id = 1"
    _, result = check(HEAD + f"  - {{type: unexpected_rows_expectation, unexpected_rows_query: '{query}'}}\n")
    assert (result.status, result.rows_kept) == ("fail", 0)
    assert result.detail == "the failing rows could not be kept in the quarantine (Conversion error)"


def test_a_pattern_that_cannot_be_read_is_explained(check: Check) -> None:
    _, result = check(HEAD + "  - {type: expect_column_values_to_match_regex, column: code, regex: '[a'}\n")
    assert result.status == "error"
    assert result.detail is not None and "missing ]" in result.detail


def test_arguments_that_the_class_refuses_are_an_error(check: Check) -> None:
    _, result = check(HEAD + "  - {type: expect_column_values_to_not_be_outliers, column: score, method: guess}\n")
    assert result.status == "error"
    assert result.detail is not None and "its arguments are not accepted: method" in result.detail


def test_a_template_that_cannot_be_filled_is_an_error_of_its_expectation_alone(engine: Engine) -> None:
    def refuse(text: str) -> str:
        raise KgiError(finding("unknown_ref", name="dim_acount", hint="dim_account"))

    text = HEAD + NULLS + "  - {type: unexpected_rows_expectation, unexpected_rows_query: \"from {batch} join {{ ref('x') }}\"}\n"
    results = run_suite(engine, suite_of(text), Relation("checked", "bad"), run_id="r", render=refuse)
    assert [each.status for each in results] == ["pass", "fail", "error"]
    assert results[2].detail == "no model named 'dim_acount'"


def test_a_condition_may_use_every_operator(check: Check) -> None:
    conditions = (
        "[id, '==', 1]", "[id, '!=', 1]", "[id, '<', 3]", "[id, '<=', 3]", "[id, '>', 3]", "[id, '>=', 3]",
        "[stage, in, [won, lost]]", "[id, in, [1, 2]]", "[stage, not_in, [won]]", "[low, is_null]", "[low, is_not_null]",
        "[day, '>=', 2025-01-10]", "[day, '>=', '2025-01-10']",
    )  # fmt: skip
    written = (
        "id = 1", "id <> 1", "id < 3", "id <= 3", "id > 3", "id >= 3", "stage in ('won', 'lost')", "id in (1, 2)",
        "stage not in ('won')", "low is null", "low is not null", "day >= '2025-01-10'", "day >= '2025-01-10'",
    )  # fmt: skip
    line = "  - {{type: expect_column_values_to_be_null, column: id, row_condition: [{}]}}\n"
    _, *results = check(HEAD + "".join(line.format(each) for each in conditions))
    with open_engine(None) as other:
        from tests.expectations.conftest import BAD, GOOD

        other.execute("create schema checked")
        other.execute(f"create table checked.good as {GOOD}")
        other.execute(f"create table bad as {BAD}")
        assert [each.unexpected_count for each in results] == [
            other.value(f"select count(*) from bad where {each}") for each in written
        ]


def test_a_changed_table_is_looked_at_again(check: Check, engine: Engine) -> None:
    text = HEAD + "  - {type: expect_column_values_to_not_be_null, column: a}\n"
    engine.execute("create or replace table checked.again as select null as a")
    assert check(text, table="again")[1].status == "fail"
    engine.execute("create or replace table checked.again as select 1 as a, 2 as b")
    assert check(text, table="again")[1].status == "pass"


def test_awkward_names_are_checked(check: Check, engine: Engine) -> None:
    engine.execute('create or replace table checked."Deals__building" as select null as "商談名", 1 as "order", 2 as "qualify"')
    _, *results = check(
        HEAD
        + "  - {type: expect_column_values_to_not_be_null, column: 商談名}\n"
        + "  - {type: expect_column_max_to_be_between, column: order, max_value: 1}\n"
        + "  - {type: expect_column_values_to_be_unique, column: qualify}\n",
        table="Deals__building",
    )
    assert [each.status for each in results] == ["fail", "pass", "pass"]
    assert results[0].rows_kept == 1


def test_an_open_transaction_is_refused(engine: Engine) -> None:
    engine.execute("begin transaction")
    try:
        with pytest.raises(RuntimeError, match="open transaction"):
            run_suite(engine, suite_of(HEAD + NULLS), Relation("checked", "bad"), run_id="r", render=render)
    finally:
        engine.execute("rollback")
    assert engine.value("select count(*) from checked.bad") == 100


def test_checks_run_on_an_engine_that_is_locked_down() -> None:
    with open_engine(None) as engine:
        engine.execute("create table t as select 1 as low")
        lock_down(engine)
        results = run_suite(engine, suite_of(HEAD + NULLS), Relation("main", "t"), run_id="r", render=render)
    assert [each.status for each in results] == ["pass", "pass"]


def test_a_time_limit_is_the_machines_fault_and_not_a_result() -> None:
    with open_engine(None, statement_timeout_seconds=1) as engine:
        engine.execute("create table t as select 1 as low")
        query = f"select * from {{batch}} where ({SLOW}) = 0"
        text = HEAD + f"  - {{type: unexpected_rows_expectation, unexpected_rows_query: '{query}'}}\n"
        with pytest.raises(MachineError):
            run_suite(engine, suite_of(text), Relation("main", "t"), run_id="r", render=render)


def test_an_interrupt_is_not_taken_for_a_failed_check(check: Check) -> None:
    check(HEAD + NULLS)
    from pipeline.expectations.dialect import Borrowed

    class Interrupted:
        """What a connection of DuckDB does when Ctrl-C comes during a statement; a real signal is not always noticed in time."""

        def execute(self, sql: str, parameters: list[object]) -> None:
            raise RuntimeError("Query interrupted")

    with pytest.raises(KeyboardInterrupt):
        Borrowed(Engine(Interrupted())).cursor().execute("select 1")  # type: ignore[arg-type]


def test_a_check_is_silent(tmp_path: Path) -> None:
    program = """
from pipeline.decode import read
from pipeline.engines.duckdb import open_engine
from pipeline.expectations import read_suites, run_suite
from pipeline.shapes import Relation
text = '''expectations:
  - {type: expect_column_values_to_not_be_null, column: a}
  - {type: expect_column_mean_to_be_between, column: a, min_value: 1}
  - {type: unexpected_rows_expectation, unexpected_rows_query: "select nonsense from {batch}"}
'''
with open_engine(None) as engine:
    engine.execute("create table t as select 'x' as a")
    for _ in range(2):
        results = run_suite(engine, read_suites([read(text, "expectations/t.yml")])[0], Relation("main", "t"), run_id="r",
                            render=str)
assert [each.status for each in results] == ["pass", "pass", "error", "error"]
"""
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, env=environment, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_every_way_to_fail_has_its_sentence() -> None:
    suite = suite_of(HEAD + NULLS)
    base = CheckResult(
        suite="s", on="t", position=1, expectation="e", column=None, severity="critical", status="fail", element_count=None,
        unexpected_count=None, unexpected_percent=None, observed=None, description_ja=None, description_en=None, detail=None,
        place=suite.place,
    )  # fmt: skip
    results = (
        replace(base, unexpected_count=3, element_count=9, unexpected_percent=100 / 3),
        replace(base, unexpected_count=3),
        replace(base, unexpected_count=3, rows_kept=3),
        replace(base, observed=0.25),
        base,
        replace(base, status="error", cause=finding("check_unclear", problem="MetricError"), detail="x"),
        replace(base, status="pass"),
    )
    found = findings_of(results)
    assert [each.text("ja") for each in found] == [
        "'t' の検査「e」が不合格です: 9 行中 3 行 (33.33 %)",
        "'t' の検査「e」が不合格です: 3 行",
        "'t' の検査「e」が不合格です: 3 行",
        "'t' の検査「e」が不合格です: 値は 0.25",
        "'t' の検査「e」が不合格です",
        "'t' の検査「e」を実行できませんでした: Great Expectations が処理できませんでした: MetricError",
    ]
    assert [each.hint_text("ja") is not None for each in found] == [False, False, True, False, False, True]
