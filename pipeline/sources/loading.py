"""One file -> one load: read, staged, judged, appended to the log in a single transaction; or refused and noted as refused."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from pipeline.engines.duckdb import Engine
from pipeline.findings import Finding, KgiError, Severity, as_record, finding
from pipeline.profile import Company
from pipeline.sources.encodings import check_text, refusal, survey_bytes
from pipeline.sources.files import NewFile, known_at, order_value
from pipeline.sources.formats import open_file
from pipeline.sources.headers import match_header
from pipeline.sources.parquet import stage_parquet
from pipeline.sources.rawlog import (
    append_rows,
    check_log,
    compare_snapshot,
    compare_successor,
    create_log,
    loads,
    of,
    position_before,
)
from pipeline.sources.source import SourceTable
from pipeline.sources.staging import Counts, stage_text
from pipeline.sources.thresholds import Judged, judge

Status = Literal["loaded", "already_loaded", "refused", "undone"]


@dataclass(frozen=True)
class LoadResult:
    """What became of a file, or of a load that was undone. Counts are records; `load_id` names the load meant.

    `rows_stored` are new and changed records, `rows_unchanged` those the log held already, `rows_tombstoned` absent keys.
    """

    status: Status
    load_id: int
    file: str
    rows_read: int = 0
    rows_stored: int = 0
    rows_unchanged: int = 0
    rows_tombstoned: int = 0
    rows_rejected: int = 0
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class _Load:
    """A load on its way. Times are naive UTC; `order` is a local moment where a file's name says it, else the load's time."""

    table: SourceTable
    file: NewFile
    load_id: int
    now: dt.datetime
    sha256: str = ""
    order: dt.datetime = dt.datetime.min
    known_at: dt.datetime = dt.datetime.min
    counts: Counts = field(default_factory=lambda: Counts(0))
    extra: tuple[str, ...] = ()


def load_file(
    engine: Engine, table: SourceTable, file: NewFile, *, now: dt.datetime, company: Company, spool: Path
) -> LoadResult:
    """Load one file: append what is new in it to the table's log, or say why not.

    `now` is naive UTC; `spool` is a folder for temporary files. Whole or not at all: the log, the load and the file's hash are
    written in one transaction. A file that cannot be read as declared, or that lacks too much, is refused: nothing is stored but
    a load of status `refused` with its findings (unsound), and it is judged again next time. The same bytes under another name or
    time are `already_loaded`. Raises KgiError only where mode or key are no longer those of the log.
    """
    check_log(engine, table)
    load = _Load(table, file, int(engine.value("select coalesce(max(load_id), 0) + 1 from state.load")), now)
    folder = Path(tempfile.mkdtemp(prefix="load-", dir=spool))
    try:
        found = survey_bytes(file.path, file.name)
        order = order_value(table, file.name) or now
        known = known_at(table, file.name, company.timezone) or now
        load = replace(load, sha256=found.sha256, order=order, known_at=known)
        if (twin := _twin(engine, load)) is not None:
            return twin
        if table.format in ("csv", "tsv", "jsonl") and (fault := check_text(found, table.encoding, file.name)) is not None:
            raise KgiError(fault)
        load = _stage(engine, load, folder)
        return _append(engine, load)
    except KgiError as error:
        return _refuse(engine, load, tuple(replace(each, severity=Severity.UNSOUND) for each in error.findings))
    except FileNotFoundError:
        gone = finding("export_gone", severity=Severity.UNSOUND, file=file.name)
        return LoadResult("refused", load.load_id, file.name, findings=(gone,))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _twin(engine: Engine, load: _Load) -> LoadResult | None:
    """Find the load that these bytes came with and that says the same, and note that this name and time are known too.

    A delta says the same whatever its name. A snapshot does where it stands in the same place: with the same declared date, or,
    by order of loading, right behind its twin. Last week's bytes under today's date say that all is as it was last week.
    """
    table = load.table
    same = "true" if table.mode != "snapshot" else "l.order_value = ?" if table.order_by else "l.pos = max_pos"
    rows = engine.rows(
        f"with l as (select *, max(pos) over () as max_pos from ({loads(table)}))"
        f" select load_id, f.file, l.undone from (from state.load_file where {of(table)} and sha256 = ?) f join l using (load_id)"
        f" where {same} order by load_id, f.file limit 1",
        [load.sha256, *([load.order] if "?" in same else [])],
    )
    if not rows:
        return None
    ((load_id, first, is_undone),) = rows
    with engine.transaction():
        _note_file(engine, load, load_id)
    code = "already_undone" if is_undone else "already_loaded"
    said = finding(code, severity=Severity.INFO, file=load.file.name, load=load_id, first=first)
    return LoadResult("already_loaded", load_id, load.file.name, findings=(said,))


def _note_file(engine: Engine, load: _Load, load_id: int) -> None:
    names = ("source_name", "table_name", "file", "size", "mtime_ns", "sha256", "load_id")
    file = load.file
    values = (load.table.source, load.table.name, file.name, file.size, file.mtime_ns, load.sha256, load_id)
    engine.execute(f"delete from state.load_file where {of(load.table)} and file = ? and sha256 = ?", [file.name, load.sha256])
    engine.insert("state.load_file", names, [values])


def _stage(engine: Engine, load: _Load, folder: Path) -> _Load:
    table, file = load.table, load.file
    if table.format == "parquet":
        header, counts = stage_parquet(engine, table, file, load_id=load.load_id)
    else:
        opened = open_file(table, file.path, file.name)
        header = match_header(table, opened.header, file.name)
        counts = stage_text(engine, table, opened, header, load_id=load.load_id, folder=folder)
    stat = file.path.stat()
    if (stat.st_size, stat.st_mtime_ns) != (file.size, file.mtime_ns):
        raise refusal("export_changing", file=file.name)
    return replace(load, counts=counts, extra=tuple(header.extra))


def _append(engine: Engine, load: _Load) -> LoadResult:
    table = load.table
    with engine.transaction():
        create_log(engine, table)
    before = position_before(engine, table, load.order)
    if table.mode == "snapshot":
        compare_snapshot(engine, table, load.load_id, before)
        compare_successor(engine, table, before)
    else:
        engine.execute("create or replace temp table staged_rows as from staged")
    judged = judge(engine, table, load.counts, before, load.file.name)
    if judged.faults:
        raise KgiError(judged.faults)
    findings = _news(engine, load)
    with engine.transaction():
        _drop_refused(engine, load)
        _note_load(engine, load, "loaded", judged, findings)
        _note_file(engine, load, load.load_id)
        append_rows(engine, table)
    return _result(load, "loaded", judged, findings)


def _result(load: _Load, status: Status, judged: Judged, findings: tuple[Finding, ...]) -> LoadResult:
    return LoadResult(
        status,
        load.load_id,
        load.file.name,
        load.counts.read,
        judged.stored,
        load.counts.read - judged.stored,
        judged.gone,
        judged.rejected,
        findings,
    )


def _news(engine: Engine, load: _Load) -> tuple[Finding, ...]:
    """Tell of columns that are in the file, are not declared, and were in no load before."""
    before = engine.rows(f"select new_columns from state.load where {of(load.table)} and status <> 'refused'")
    known = {name for (text,) in before for name in json.loads(text or "[]")}
    new = [each for each in load.extra if each not in known]
    if not new:
        return ()
    arguments = {"file": load.file.name, "table": load.table.full_name, "columns": ", ".join(new)}
    return (finding("new_columns", load.table.place, severity=Severity.INFO, **arguments),)


def _refuse(engine: Engine, load: _Load, findings: tuple[Finding, ...]) -> LoadResult:
    with engine.transaction():
        _drop_refused(engine, load)
        _note_load(engine, load, "refused", Judged(), findings)
    return LoadResult("refused", load.load_id, load.file.name, load.counts.read, findings=findings)


def _drop_refused(engine: Engine, load: _Load) -> None:
    """Forget an earlier refusal of the same file: it has been judged again."""
    engine.execute(f"delete from state.load where {of(load.table)} and status = 'refused' and file = ?", [load.file.name])


def _note_load(engine: Engine, load: _Load, status: Status, judged: Judged, findings: tuple[Finding, ...]) -> None:
    table, file, counts = load.table, load.file, load.counts
    is_refused = status == "refused"
    row = {
        "load_id": load.load_id,
        "source_name": table.source,
        "table_name": table.name,
        "file": file.name,
        "size": file.size,
        "mtime_ns": file.mtime_ns,
        "sha256": load.sha256,
        "order_value": load.order if not is_refused else load.now,
        "known_at": load.known_at if not is_refused else None,
        "loaded_at": load.now,
        "encoding": table.encoding if table.format in ("csv", "tsv", "jsonl") else None,
        "rows_read": counts.read,
        "rows_stored": judged.stored,
        "rows_unchanged": counts.read - judged.stored if not is_refused else 0,
        "rows_tombstoned": judged.gone,
        "rows_rejected": judged.rejected,
        "footer_rows": counts.footer,
        "blank_rows": counts.blank,
        "skipped_rows": counts.skipped,
        "new_columns": json.dumps(load.extra, ensure_ascii=False),
        "status": status,
        "reason": ", ".join(dict.fromkeys(each.code for each in findings)) if is_refused else None,
        "findings": json.dumps([as_record(each) for each in findings], ensure_ascii=False),
    }
    engine.insert("state.load", tuple(row), [tuple(row.values())])


def undo_load(engine: Engine, load_id: int, *, now: dt.datetime) -> LoadResult:
    """Take a load back: afterwards every typed table is as if it had never been. A mark; nothing is deleted.

    `now` is naive UTC. The load's files stay known and are not loaded again by themselves; `redo_load` takes the undoing back.
    Raises KgiError where no load of that number is loaded.
    """
    return _mark(engine, load_id, "loaded", "undone", now)


def redo_load(engine: Engine, load_id: int) -> LoadResult:
    """Let an undone load count again. Raises KgiError where no load of that number is undone."""
    return _mark(engine, load_id, "undone", "loaded", None)


def _mark(engine: Engine, load_id: int, was: Status, becomes: Status, at: dt.datetime | None) -> LoadResult:
    rows = engine.rows(
        "select file, rows_read, rows_stored, rows_unchanged, rows_tombstoned, rows_rejected from state.load"
        " where load_id = ? and status = ?",
        [load_id, was],
    )
    if not rows:
        raise KgiError(finding("load_not_there", load=load_id, status=was))
    with engine.transaction():
        engine.execute("update state.load set status = ?, undone_at = ? where load_id = ?", [becomes, at, load_id])
    file, *counts = rows[0]
    return LoadResult(becomes, load_id, file, *counts)
