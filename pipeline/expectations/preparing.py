"""An expectation as written -> what is asked of Great Expectations, or the reason why it cannot be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.engines.duckdb import Engine, EngineError
from pipeline.expectations.catalogue import QUERIES, TEMPLATES
from pipeline.expectations.suite import Condition, Expectation, thawed
from pipeline.findings import Finding, KgiError, MachineError, did_you_mean, finding
from pipeline.shapes import Relation

COMPARED_ROWS = 200
"""Great Expectations reads no more rows than this of each side of a comparison, and says nothing about the rest."""


@dataclass(frozen=True)
class Request:
    """One expectation with its templates filled in. In queries {batch} is already the address of the table."""

    position: int
    type: str
    row_level: bool
    arguments: Mapping[str, Any]
    condition: tuple[Condition, ...]


def prepare(
    engine: Engine, expectation: Expectation, relation: Relation, columns: tuple[str, ...], render: Callable[[str], str]
) -> Request | Finding:
    """Fill in the templates and check what can be checked better here: columns, patterns, the size of a comparison."""
    try:
        arguments = dict(_filled(expectation, relation, render))
    except MachineError:
        raise
    except KgiError as error:
        return error.findings[0]
    for problem in _problems(engine, expectation, arguments, columns):
        return problem
    kind = expectation.kind
    return Request(expectation.position, expectation.type, kind.row_level, arguments, expectation.condition)


def _filled(expectation: Expectation, relation: Relation, render: Callable[[str], str]) -> Iterator[tuple[str, Any]]:
    for key, frozen in expectation.arguments:
        value = thawed(frozen)
        if key in TEMPLATES and isinstance(value, str):
            value = render(value) if "{{" in value or "{%" in value or "{#" in value else value
            if key in QUERIES:
                value = value.replace("{batch}", str(relation)).rstrip("; \t\r\n")
        yield key, value


def _problems(
    engine: Engine, expectation: Expectation, arguments: Mapping[str, Any], columns: tuple[str, ...]
) -> Iterator[Finding]:
    if expectation.type not in ("expect_column_to_exist", "expect_table_columns_to_match_ordered_list"):
        known = {name.casefold() for name in columns}
        for name in (*expectation.columns, *(each.column for each in expectation.condition)):
            if name.casefold() not in known:
                yield _no_column(name, columns)
    for pattern in (arguments.get("regex"), *arguments.get("regex_list", ())):
        if isinstance(pattern, str):
            yield from _trial(engine, "select regexp_matches('', ?)", [pattern])
    if "comparison_query" in arguments:
        yield from _too_long(engine, (arguments["base_query"], arguments["comparison_query"]))


def _no_column(name: str, columns: tuple[str, ...]) -> Finding:
    near = did_you_mean(name, columns)
    if near:
        return finding("check_no_column_near", column=name, near=near)
    return finding("check_no_column", column=name, known=", ".join(columns))


def _trial(engine: Engine, sql: str, parameters: list[object]) -> Iterator[Finding]:
    """Run what reads no cell, so that the message of an error may be shown."""
    try:
        engine.rows(sql, parameters)
    except EngineError as error:
        yield finding("check_arguments", problem=error.message.strip().splitlines()[0])


def _too_long(engine: Engine, queries: tuple[str, ...]) -> Iterator[Finding]:
    for sql in queries:
        try:
            counted = engine.value(f"select count(*) from (select 1 from ({sql}) limit {COMPARED_ROWS + 1})")
        except EngineError:
            return  # the check itself will say what is wrong
        if counted > COMPARED_ROWS:
            yield finding("check_comparison_long", limit=COMPARED_ROWS)
