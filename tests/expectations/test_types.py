"""Every type on good and on bad data; failing rows found a second way, in SQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.decode import Document
from pipeline.engines.duckdb import Engine
from pipeline.expectations import CheckResult, read_suites, run_suite
from pipeline.expectations.catalogue import KINDS, REFUSED
from pipeline.shapes import Relation
from tests.expectations.cases import AGGREGATES, FAILS_ON_GOOD, QUERIES, ROW_LEVEL, Case
from tests.expectations.conftest import render

ALL = (*AGGREGATES, *ROW_LEVEL, *QUERIES)
MAY_HAVE_CONDITION = tuple(case for case in (*AGGREGATES, *ROW_LEVEL) if case.takes_condition)
Results = dict[str, CheckResult]


def _run(engine: Engine, name: str, table: str, cases: tuple[Case, ...]) -> Results:
    entries = [{"type": case.type, "name": case.name, **case.arguments} for case in cases]
    (suite,) = read_suites([Document(f"expectations/{name}.yml", {"expectations": entries}, {})])
    results = run_suite(engine, suite, Relation("checked", table), run_id="r1", render=render)
    assert [result.position for result in results] == list(range(len(cases) + 1))
    return {result.name or "": result for result in results}


@pytest.fixture(scope="module")
def on_good(engine: Engine) -> Results:
    return _run(engine, "types_good", "good", ALL)


@pytest.fixture(scope="module")
def on_bad(engine: Engine) -> Results:
    return _run(engine, "types_bad", "bad", ALL)


@pytest.fixture(scope="module")
def good_part(engine: Engine) -> Results:
    return _run(engine, "types_good_part", "mixed", _where("good"))


@pytest.fixture(scope="module")
def bad_part(engine: Engine) -> Results:
    return _run(engine, "types_bad_part", "mixed", _where("bad"))


def _where(part: str) -> tuple[Case, ...]:
    condition = [["part", "==", part], ["id", ">=", 0]]
    return tuple(replace(case, arguments={**case.arguments, "row_condition": condition}) for case in MAY_HAVE_CONDITION)


@pytest.fixture(scope="module")
def failing_on_good(engine: Engine) -> Results:
    return _run(engine, "types_fail", "good", FAILS_ON_GOOD)


def _named(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", ALL, ids=_named)
def test_good_data_passes(case: Case, on_good: Results) -> None:
    result = on_good[case.name]
    assert (result.status, result.detail) == ("pass", None)


@pytest.mark.parametrize("case", AGGREGATES, ids=_named)
def test_bad_data_fails(case: Case, on_bad: Results) -> None:
    assert on_bad[case.name].status == ("pass" if case.variant.startswith("passes") else "fail")


@pytest.mark.parametrize("case", FAILS_ON_GOOD, ids=_named)
def test_a_wrong_expectation_fails_on_good_data(case: Case, failing_on_good: Results) -> None:
    assert failing_on_good[case.name].status == "fail"


@pytest.mark.parametrize("case", MAY_HAVE_CONDITION, ids=_named)
def test_a_row_condition_leaves_bad_rows_out(case: Case, good_part: Results) -> None:
    result = good_part[case.name]
    assert (result.status, result.detail) == ("pass", None)


@pytest.mark.parametrize("case", [each for each in MAY_HAVE_CONDITION if each not in ROW_LEVEL], ids=_named)
def test_a_row_condition_lets_bad_rows_in(case: Case, bad_part: Results) -> None:
    assert bad_part[case.name].status == ("pass" if case.variant.startswith("passes") else "fail")


@pytest.mark.parametrize("case", (*ROW_LEVEL, *QUERIES), ids=_named)
def test_failing_rows_are_those_that_sql_finds(case: Case, on_bad: Results, engine: Engine) -> None:
    _compare(case, on_bad[case.name], engine, "types_bad")


@pytest.mark.parametrize("case", [each for each in ROW_LEVEL if each.takes_condition], ids=_named)
def test_failing_rows_respect_the_row_condition(case: Case, bad_part: Results, engine: Engine) -> None:
    _compare(case, bad_part[case.name], engine, "types_bad_part")


def _compare(case: Case, result: CheckResult, engine: Engine, name: str) -> None:
    judged = f"select id, ({case.failing}) as failing from checked.bad"
    expected = engine.rows(f"select id from ({judged}) where failing order by id")
    kept = engine.rows(f"select id from quarantine.{name} where position = ? order by id", [result.position])
    assert result.detail is None
    assert result.unexpected_count == len(expected)
    assert kept == expected
    assert result.rows_kept == len(expected)
    assert result.status == ("pass" if case.variant.startswith("passes") else "fail")


def test_every_type_that_can_run_has_a_case() -> None:
    assert {case.type for case in (*ALL, *FAILS_ON_GOOD)} == set(KINDS) - set(REFUSED)


def test_unique_names_all_rows_of_a_repeated_key(engine: Engine) -> None:
    case = Case("expect_column_values_to_be_unique", {"column": "tens"}, "count(tens) over (partition by tens) > 1")
    result = _run(engine, "types_unique", "bad", (case,))[case.name]
    _compare(case, result, engine, "types_unique")


def test_quantiles_give_a_plain_bool(on_bad: Results) -> None:
    assert on_bad["expect_column_quantile_values_to_be_between"].status == "fail"
