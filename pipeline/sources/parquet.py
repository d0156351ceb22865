"""A Parquet file -> the temporary table `staged`; DuckDB reads it, every value as text."""

from __future__ import annotations

from pipeline.engines.duckdb import Engine, EngineError
from pipeline.shapes import comma, literal, quote
from pipeline.sources.encodings import refusal
from pipeline.sources.files import NewFile
from pipeline.sources.headers import Header, match_header
from pipeline.sources.source import SourceTable
from pipeline.sources.staging import Counts, shape_records


def stage_parquet(engine: Engine, table: SourceTable, file: NewFile, *, load_id: int) -> tuple[Header, Counts]:
    """Write the rows of a Parquet file to `staged`, one per record. Raises KgiError where it is no Parquet file."""
    relation = f"read_parquet({literal(str(file.path))}, file_row_number = true)"
    try:
        names = [column.name for column in engine.bind(f"select * exclude (file_row_number) from {relation}")]
    except EngineError as error:
        raise refusal("parquet_unreadable", file=file.name, problem=error.message.splitlines()[0]) from error
    header = match_header(table, names, file.name)
    fields = comma([f"{quote(name)}::varchar as f{index}" for index, name in enumerate(names)])
    skipped = "false"
    if table.skip_when is not None and table.skip_when.column in header.declared:
        values = comma([literal(each) for each in table.skip_when.values])
        skipped = f"coalesce(f{header.declared[table.skip_when.column]} in ({values}), false)"
    rows = f"select file_row_number + 1 as number, {fields} from {relation}"
    lines = "NULL::bigint as _line_start, NULL::bigint as _line_end"
    engine.execute(
        "create or replace temp table staged_file as select row_number() over (order by number) as _record_no,"
        f" {lines}, * exclude (number) from ({rows}) where not {skipped}"
    )
    engine.execute(
        f"create or replace temp view staged_faults as select 0::bigint as _record_no, {lines}, NULL::varchar as _fault,"
        " NULL::varchar as _unparsed, NULL::varchar as _extra limit 0"
    )
    declared = {name: f"f{index}" for name, index in header.declared.items()}
    shape_records(engine, table, declared, {name: f"f{index}" for name, index in header.extra.items()}, load_id=load_id)
    read, total = engine.row(f"select (select count(*) from staged_file), (select count(*) from {relation})")
    engine.execute("drop table temp.staged_file")
    return header, Counts(read, skipped=total - read)
