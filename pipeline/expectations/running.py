"""A suite and a table -> one result per expectation, in the order of the file; failing rows go to the quarantine."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.engines.duckdb import Engine, EngineError
from pipeline.expectations.failing_rows import keep
from pipeline.expectations.preparing import Request, prepare
from pipeline.expectations.result import CheckResult
from pipeline.expectations.session import Outcome, judge
from pipeline.expectations.suite import Expectation, Suite
from pipeline.findings import Finding, finding
from pipeline.shapes import Relation


def run_suite(
    engine: Engine,
    suite: Suite,
    relation: Relation,
    *,
    run_id: str,
    render: Callable[[str], str],
    quarantine: bool = True,
    limit: int = 1000,
) -> tuple[CheckResult, ...]:
    """Check the table at `relation` (it may stand beside the one that `suite.on` names); one result per expectation.

    `render` fills the templates of queries. With `quarantine`, up to `limit` failing rows per expectation are kept in
    quarantine."<suite>"; the table is replaced at every check. Must not be called in a transaction: one expectation that fails
    inside it would end it. Raises MachineError when memory, disk or time did not suffice; every other error is a result.
    """
    _refuse_transaction(engine)
    prepared = _prepare(engine, suite, relation, render)
    requests = [each for each in prepared.values() if isinstance(each, Request)]
    outcomes = judge(engine, relation, requests) if requests else {}
    kept: dict[int, int | EngineError] = {}
    if quarantine:
        queries = {at: found.failing_rows for at, found in sorted(outcomes.items()) if found.failing_rows}
        kept = keep(engine, suite.name, relation, queries, run_id=run_id, limit=limit)
    return tuple(_result(suite, each, prepared[each.position], outcomes, kept) for each in suite.expectations)


def _refuse_transaction(engine: Engine) -> None:
    try:
        engine.execute("begin transaction")
    except EngineError as error:
        raise RuntimeError("expectations are not checked inside an open transaction") from error
    engine.execute("rollback")


def _prepare(engine: Engine, suite: Suite, relation: Relation, render: Callable[[str], str]) -> Mapping[int, Request | Finding]:
    if not engine.exists(relation):
        return {each.position: finding("check_no_table", table=str(relation)) for each in suite.expectations}
    try:
        columns = tuple(column.name for column in engine.columns(relation))
    except EngineError as error:  # a view over something that has changed
        return {each.position: finding("check_query", problem=error.message) for each in suite.expectations}
    return {each.position: prepare(engine, each, relation, columns, render) for each in suite.expectations}


def _result(
    suite: Suite,
    expectation: Expectation,
    prepared: Request | Finding,
    outcomes: Mapping[int, Outcome],
    kept: Mapping[int, int | EngineError],
) -> CheckResult:
    outcome = outcomes.get(expectation.position, Outcome(False, {}, finding("check_unclear", problem="no result")))
    cause = prepared if isinstance(prepared, Finding) else outcome.problem
    status = "error" if cause else "pass" if outcome.success else "fail"
    elements, unexpected, percent = _counts(expectation, outcome.result) if cause is None else (None, None, None)
    stored = kept.get(expectation.position, 0)
    said = cause or _unkept(outcome, stored)
    return CheckResult(
        suite=suite.name,
        on=suite.on,
        position=expectation.position,
        expectation=expectation.type,
        column=", ".join(expectation.columns) or None,
        severity=expectation.severity,
        status=status,
        element_count=elements,
        unexpected_count=unexpected,
        unexpected_percent=percent,
        observed=_observed(expectation, outcome.result) if cause is None else None,
        description_ja=expectation.description_ja,
        description_en=expectation.description_en,
        detail=said.text("en") if said else None,
        place=expectation.place,
        name=expectation.name,
        cause=cause,
        rows_kept=stored if isinstance(stored, int) else 0,
    )


def _unkept(outcome: Outcome, stored: int | EngineError) -> Finding | None:
    """Say why failing rows are not in the quarantine."""
    kind = stored.kind if isinstance(stored, EngineError) else outcome.unwritten
    return finding("check_not_kept", kind=kind) if kind else None


def _counts(expectation: Expectation, result: Mapping[str, Any]) -> tuple[int | None, int | None, float | None]:
    """Return rows looked at, rows that failed, and their percentage. An empty table has no count in the library's result."""
    if expectation.type == "unexpected_rows_expectation":
        return None, int(result.get("observed_value") or 0), None
    elements, unexpected = result.get("element_count"), result.get("unexpected_count")
    percent = result.get("unexpected_percent")
    if elements == 0:
        return 0, 0, None
    return (
        None if elements is None else int(elements),
        None if unexpected is None else int(unexpected),
        None if percent is None else float(percent),
    )


def _observed(expectation: Expectation, result: Mapping[str, Any]) -> float | None:
    """Return an aggregate that is a finite number; anything else that is observed may be the value of a cell."""
    value = result.get("observed_value")
    if not expectation.kind.observes_number or not isinstance(value, numbers.Number) or isinstance(value, bool):
        return None
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None
