"""An inbox in a temporary folder, one declared table and a warehouse in memory: what the tests of this room load and read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from textwrap import dedent, indent

from pipeline.decode import read
from pipeline.engines.duckdb import Engine, open_engine
from pipeline.profile import Company
from pipeline.sources import (
    LoadResult,
    NewFile,
    Source,
    SourceTable,
    TypeResult,
    create_state,
    load_file,
    new_files,
    read_sources,
    type_table,
    undo_load,
)

NOW = dt.datetime(2026, 11, 20, 18, 0)
COMPANY = Company()

DEALS = """
files: "deals_*.csv"
mode: snapshot
key: [id]
order_by: {filename_date: "%Y%m%d"}
known_at: {filename_date: "%Y%m%d"}
thresholds: {max_reject_rows: 99, max_reject_ratio: 1.0, min_rows: 0, max_drop_ratio: 1.0}
"""
DEAL_COLUMNS = """
- {name: id, data_type: varchar}
- {name: amount, data_type: "decimal(18,2)", config: {meta: {kgi: {accept: [comma]}}}}
"""


def declare(kgi: str = DEALS, columns: str = DEAL_COLUMNS, name: str = "deals") -> str:
    """Write a `_sources.yml` of one source, crm, with one table."""
    head = f"version: 2\nsources:\n  - name: crm\n    tables:\n      - name: {name}\n"
    meta = "        config:\n          meta:\n            kgi:\n" + indent(dedent(kgi).strip(), " " * 14)
    return head + meta + "\n        columns:\n" + indent(dedent(columns).strip(), " " * 10) + "\n"


def sources_of(text: str, company: Company = COMPANY) -> tuple[Source, ...]:
    return read_sources([read(text, "models/staging/crm/_sources.yml")], company)


class Inbox:
    """One table, its files and its log. `clock` goes one hour on with every load."""

    def __init__(self, folder: Path, yaml: str | None = None, engine: Engine | None = None) -> None:
        self.folder = folder
        self.inbox = folder / "inbox"
        self.inbox.mkdir(exist_ok=True)
        self.engine = engine or open_engine(None, threads=1)
        create_state(self.engine)
        self.clock = NOW
        self.redeclare(yaml or declare())

    def redeclare(self, yaml: str) -> None:
        self.table: SourceTable = sources_of(yaml)[0].tables[0]

    def put(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def new(self) -> tuple[NewFile, ...]:
        return new_files(self.engine, self.table, self.inbox)

    def load(self, file: NewFile) -> LoadResult:
        self.clock += dt.timedelta(hours=1)
        return load_file(self.engine, self.table, file, now=self.clock, company=COMPANY, spool=self.folder)

    def load_all(self) -> list[LoadResult]:
        return [self.load(file) for file in self.new()]

    def loaded(self, name: str, content: str | bytes, encoding: str = "utf-8") -> LoadResult:
        """Put one file and load it; the name must not be known with this content."""
        self.put(name, content, encoding)
        (file,) = (each for each in self.new() if each.name == name)
        return self.load(file)

    def undo(self, load_id: int) -> LoadResult:
        return undo_load(self.engine, load_id, now=self.clock)

    def type(self, known_until: dt.datetime | None = None) -> TypeResult:
        return type_table(self.engine, self.table, company=COMPANY, known_until=known_until)

    def rows(self, columns: str = "id, amount") -> list[tuple[object, ...]]:
        """Type the table and return its rows, by key."""
        self.type()
        return self.engine.rows(f"select {columns} from {self.table.relation} order by _key")

    def rejects(self, columns: str = "column_name, value, rule") -> list[tuple[object, ...]]:
        """Type the table and return its rejects, by load and record."""
        self.type()
        return self.engine.rows(f"select {columns} from {self.table.reject} order by load_id, record_no, column_name")


def codes(result: LoadResult | TypeResult) -> list[str]:
    """Return the codes of a result's findings."""
    return [each.code for each in result.findings]
