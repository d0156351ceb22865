"""What was staged -> whether it may be appended: rejects counted by the typing itself, rows and keys against what is declared."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.engines.duckdb import Engine
from pipeline.findings import Argument, Finding, Severity
from pipeline.sources.rawlog import loads, state_at
from pipeline.sources.source import SourceTable
from pipeline.sources.staging import MARK, Counts
from pipeline.sources.standing import staged_in_unreadable
from pipeline.sources.typing_sql import typed_query

_SHOWN = 3


@dataclass(frozen=True)
class Judged:
    """Counts of a staged load, in records, and what forbids it. `gone` are keys that the snapshot no longer holds."""

    stored: int = 0
    gone: int = 0
    rejected: int = 0
    faults: tuple[Finding, ...] = ()


def judge(engine: Engine, table: SourceTable, counts: Counts, before: int, file: str) -> Judged:
    """Count what `staged_rows` would add and compare it with the table's thresholds."""
    stored, gone = engine.row(
        "select count(*) filter (not _is_tombstone),"
        f" count(*) filter (_is_tombstone and not starts_with(_key, {MARK})) from staged_rows"
    )
    present = [each.header for each in table.columns]
    kept = ("_record_no", "_line_start", "_is_tombstone", "_fault")
    typed = typed_query(table, "staged_rows", kept=kept, present=present)
    engine.execute(
        "create or replace temp table staged_rejects as select _record_no, _line_start, unnest(_faults) as fault"
        f" from ({typed}) where not _is_tombstone and _faults is not null"
    )
    rejected = engine.value("select count(distinct _record_no) from staged_rejects")
    faults = [*_too_many_rejects(engine, table, counts, rejected, file), *_too_few(engine, table, counts, before, file)]
    return Judged(stored, gone, rejected, tuple(faults))


def _unsound(code: str, table: SourceTable, **arguments: Argument) -> Finding:
    arguments["table"] = table.full_name
    return Finding(code, tuple(sorted(arguments.items())), table.place, severity=Severity.UNSOUND)


def _too_many_rejects(engine: Engine, table: SourceTable, counts: Counts, rejected: int, file: str) -> list[Finding]:
    limits = table.thresholds
    if rejected <= limits.max_reject_rows and rejected <= limits.max_reject_ratio * counts.read:
        return []
    rules = engine.rows(
        "select coalesce(fault.column || ' ', '') || fault.rule, count(*) from staged_rejects group by all order by 2 desc, 1"
    )
    places = engine.rows(
        "select _record_no, _line_start, fault.column, fault.rule from staged_rejects"
        f" order by _record_no, fault.column limit {_SHOWN}"
    )
    return [
        _unsound(
            "too_many_rejects",
            table,
            file=file,
            rejected=rejected,
            read=counts.read,
            max_rows=limits.max_reject_rows,
            max_percent=f"{limits.max_reject_ratio:.2%}",
            rules=", ".join(f"{rule}: {number}" for rule, number in rules[:10]),
            first="; ".join(_place(*place) for place in places),
        )
    ]


def _place(record: int, line: int, column: str | None, rule: str) -> str:
    return f"#{record} (L{line}) {column + ' ' if column else ''}{rule}"


def _too_few(engine: Engine, table: SourceTable, counts: Counts, before: int, file: str) -> list[Finding]:
    limits = table.thresholds
    if counts.read < limits.min_rows:
        return [_unsound("too_few_rows", table, file=file, read=counts.read, min_rows=limits.min_rows)]
    if table.mode != "snapshot":
        return []
    last = engine.value(f"select coalesce(max(pos), 0) from ({loads(table)}) where counts and pos <= {before}")
    keys = f"count(*) filter (not gone and not starts_with(_key, {MARK}))"
    held = engine.value(f"select {keys} from ({state_at(table, last)})")
    read = engine.value(f"select count(*) from staged where not starts_with(_key, {MARK})")
    now = read + engine.value(f"select count(*) from ({staged_in_unreadable(table)})")
    if now >= (1 - limits.max_drop_ratio) * held:
        return []
    percent = f"{limits.max_drop_ratio:.0%}"
    return [_unsound("too_many_gone", table, file=file, keys=now, before=held, max_percent=percent)]
