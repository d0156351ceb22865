"""Requests -> what Great Expectations finds. Only this module and its neighbours `dialect` and `failing_rows` import it.

Everything that is imported here at the first check costs seconds, so the imports stand inside the functions; the context lives
as long as the process.
"""

from __future__ import annotations

import contextlib
import logging
import re
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import and_
from typing import Any

from pipeline.engines.duckdb import Engine
from pipeline.expectations.catalogue import QUERIES
from pipeline.expectations.preparing import Request
from pipeline.expectations.suite import Condition, thawed
from pipeline.findings import Finding, finding
from pipeline.shapes import Relation

_SOURCE = "kgi"
_ERROR = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception))\b", re.MULTILINE)
_BIND = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")


@dataclass(frozen=True)
class Outcome:
    """What Great Expectations found. `failing_rows` is a query for the rows that failed, None where rows are not judged.

    `unwritten` names the error that left a failed check without that query.
    """

    success: bool
    result: Mapping[str, Any]
    problem: Finding | None = None
    failing_rows: str | None = None
    unwritten: str | None = None


def judge(engine: Engine, relation: Relation, requests: Sequence[Request]) -> dict[int, Outcome]:
    """Check a table on the engine's own connection; one outcome per position. Not to be called in a transaction.

    Raises MachineError when memory, disk or time did not suffice.
    """
    with _quiet():
        context = _context()
        from pipeline.expectations import dialect

        borrowed = dialect.Borrowed(engine)
        source = dialect.add_source(context, _SOURCE, borrowed)
        try:
            outcomes = _judge(context, _batch(source, relation), requests)
        except Exception as error:  # whatever the library raises, a check that did not run is a result
            outcomes = {each.position: Outcome(False, {}, _problem_in(_written(error))) for each in requests}
        finally:
            context.data_sources.delete(_SOURCE)
    if borrowed.fault is not None:
        raise borrowed.fault
    return outcomes


def _judge(context: Any, batch: Any, requests: Sequence[Request]) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}
    built: dict[int, Any] = {}
    for request in requests:
        try:
            built[request.position] = _expectation(request)
        except Exception as error:  # whatever a class of the library has against its arguments
            outcomes[request.position] = Outcome(False, {}, finding("check_arguments", problem=_said(error)))
    by_position = {request.position: request for request in requests}
    for position, report in _reports(batch, built):
        outcomes[position] = _outcome(context, batch, by_position[position], built[position], report)
    return outcomes


def _reports(batch: Any, built: Mapping[int, Any]) -> Iterator[tuple[int, Any]]:
    """Give a report per position. They come in another order than asked, so each carries its position."""
    import great_expectations as gx

    if not built:
        return
    suite = gx.ExpectationSuite(name=_SOURCE, expectations=list(built.values()))
    try:
        reports = batch.validate(suite, result_format="BASIC").results
    except Exception:  # one expectation has brought all of them down: ask them one by one
        reports = []
    if reports:
        yield from ((each.expectation_config.meta["position"], each) for each in reports)
        return
    for position, expectation in built.items():
        try:
            yield position, batch.validate(expectation, result_format="BASIC")
        except Exception as error:  # see above
            yield position, error


def _outcome(context: Any, batch: Any, request: Request, expectation: Any, report: Any) -> Outcome:
    from pipeline.expectations.failing_rows import failing_rows_sql

    if isinstance(report, Exception):
        return Outcome(False, {}, _problem_in(_written(report)))
    success, problem = bool(report.success), _problem(report.exception_info or {})  # quantiles give numpy.bool
    failing = unwritten = None
    if not success and problem is None and request.row_level:
        try:
            failing = failing_rows_sql(context, batch, expectation, request)
        except Exception as error:  # the failure is known; only its rows are not
            unwritten = type(error).__name__
    return Outcome(success, report.result or {}, problem, failing, unwritten)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's tracebacks off the terminal: what went wrong is in the results."""
    logger = logging.getLogger("great_expectations")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


@cache
def _context() -> Any:
    """Import the library and make the one context of this process."""
    with warnings.catch_warnings():
        # it imports modules that Python and its own dependencies have given up
        warnings.simplefilter("ignore", DeprecationWarning)
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        import pipeline.expectations.dialect  # noqa: F401
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _batch(source: Any, relation: Relation) -> Any:
    with warnings.catch_warnings():
        # "pass the schema in the connection configuration": one connection serves several schemas
        warnings.filterwarnings("ignore", "`schema_name` is deprecated", DeprecationWarning)
        asset = source.add_table_asset(relation.name, table_name=relation.name, schema_name=relation.schema)
    return asset.add_batch_definition_whole_table("all").get_batch()


def _expectation(request: Request) -> Any:
    """Build an object of the library. Its own loaders drop an unknown type with a line in the log; the classes raise."""
    from great_expectations.expectations.registry import get_expectation_impl

    arguments: dict[str, Any] = {key: _text(value) if key in QUERIES else value for key, value in request.arguments.items()}
    if "unexpected_rows_query" in arguments:
        # our query has the address of the table already; without {batch} in it the library prints a line each time
        arguments["unexpected_rows_query"] = "/* {batch} */ " + arguments["unexpected_rows_query"]
    if "comparison_query" in arguments:
        arguments["comparison_query"] = _BIND.sub(r"\\:", arguments["comparison_query"])
        arguments["comparison_data_source_name"] = _SOURCE
    if request.condition:
        arguments["row_condition"] = reduce(and_, (_comparison(each) for each in request.condition))
    return get_expectation_impl(request.type)(meta={"position": request.position}, **arguments)


def _text(sql: str) -> str:
    """Guard a query against two readers on its way: str.format takes braces, SQLAlchemy takes :name for a parameter."""
    return _BIND.sub(r"\\:", sql).replace("{", "{{").replace("}", "}}")


def _comparison(condition: Condition) -> Any:
    from great_expectations.expectations.row_conditions import Column

    column, value = Column(condition.column), thawed(condition.value)
    match condition.operator:
        case "is_null":
            return column.is_null()
        case "is_not_null":
            return column.is_not_null()
        case "in":
            return column.is_in(value)
        case "not_in":
            return column.is_not_in(value)
        case "==":
            return column == value
        case "!=":
            return column != value
        case "<":
            return column < value
        case "<=":
            return column <= value
        case ">":
            return column > value
        case _:
            return column >= value


def _problem(information: Mapping[str, Any]) -> Finding | None:
    """Read the library's report of exceptions; None where none was raised."""
    listed = [information] if "raised_exception" in information else list(information.values())
    raised = [each for each in listed if each.get("raised_exception")]
    return _problem_in("\n".join(str(each.get("exception_traceback")) for each in raised)) if raised else None


def _problem_in(text: str) -> Finding:
    """Say what a traceback says: only what the dialect marked as fit to be shown, else only the name of the error."""
    from pipeline.expectations.dialect import CLOSE, OPEN

    kind, _, shown = text.partition(OPEN)[2].partition(CLOSE)[0].partition("|")
    if kind:
        return finding("check_query", problem=shown) if kind == "query" else finding("check_values", kind=shown)
    named = _ERROR.findall(text)
    return finding("check_unclear", problem=named[-1].rpartition(".")[2] if named else "?")


def _written(error: Exception) -> str:
    return "".join(traceback.format_exception(error))


def _said(error: Exception) -> str:
    listed = getattr(error, "errors", None)
    if callable(listed):
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in listed())
    return str(error).strip().splitlines()[0]
