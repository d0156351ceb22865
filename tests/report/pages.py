"""The pages that are looked at: reports of finished companies, each written once for a test session's worker."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.engines.duckdb import open_engine
from pipeline.findings import Finding, Severity
from pipeline.messages import Language
from pipeline.records import report_paths, write_ending
from pipeline.report import write_report
from tests.companies import NIGHTS, Companies, alone
from tests.real.conftest import DATA, needs_data, spend_nights
from tests.report.reading import changed

MAVEN = Path(__file__).parent.parent / "real/maven"
NIGHTS_OF_MAVEN = (dt.date(2017, 6, 30), dt.date(2017, 8, 31), dt.date(2017, 10, 31))
HOSTILE = """ "><img src=x onerror=alert(1)>'{{7*7}}"""
NAMED = {
    *("label_ja", "label_en", "text_ja", "text_en", "description_ja", "description_en"),
    *("channel", "member", "top_lost_reason", "sales_unit", "treated", "control", "file", "loads"),
    *("owner", "marketing_owner", "sales_owner", "coordinator", "agreed_by_marketing", "agreed_by_sales", "raised_by"),
}
"""Columns that hold what people have named, which may be any text."""
LANGUAGES: tuple[Language, ...] = ("ja", "en")


@dataclass(frozen=True)
class Report:
    """A report in its two languages, and the published file that it was written from."""

    published: Path
    folder: Path

    def file(self, language: Language) -> Path:
        return report_paths(self.folder)[language]


def demo(companies: Companies, folder: Path) -> Report:
    """The demo company after its last night."""
    published = companies.ran(nights=NIGHTS).published
    write_report(published, folder)
    return Report(published, folder)


def banner(companies: Companies, folder: Path) -> Report:
    """The demo company, whose next night was not sound."""
    published, status = companies.ran(nights=NIGHTS).published, folder / "kgi.status.json"
    said = (("file", "deals.csv"), ("min_rows", 900), ("read", 3), ("table", "crm.deals"))
    found = Finding("too_few_rows", said, severity=Severity.UNSOUND)
    started, stands = dt.datetime(2026, 11, 21, 18), dt.date.fromisoformat(NIGHTS[-1])
    write_ending(status, started_at=started, as_of=dt.date(2026, 11, 21), exit_code=1, findings=(found,), stands=stands)
    write_report(published, folder, status)
    return Report(published, folder)


def maven(companies: Companies, folder: Path) -> Report:
    """The seller of computer hardware, two months before its year ends: in English, with little of what the demo has."""
    project = companies.root / "maven"
    with alone(companies.root / "maven.lock"):
        if not (project / "done").exists():
            exports = Path(DATA or "") / "maven_crm_opportunities"
            names = ("sales_pipeline", "accounts", "products", "sales_teams")
            files = {f"{name}_20170630.csv": exports / f"{name}.csv" for name in names}
            spend_nights(project, MAVEN, files, NIGHTS_OF_MAVEN)
            (project / "done").touch()
    write_report(project / "target/kgi.duckdb", folder)
    return Report(project / "target/kgi.duckdb", folder)


def hostile(companies: Companies, folder: Path) -> Report:
    """The demo company, where whatever people have named has a name that wants to be more than text."""
    published = companies.ran(nights=NIGHTS).published
    asked = "select schema_name, table_name, column_name from duckdb_columns() where data_type = 'VARCHAR' and not internal"
    with open_engine(published, read_only=True) as engine:
        tables = {(row[0], row[1]) for row in engine.rows("select schema_name, table_name from duckdb_tables()")}
        found = [(schema, table, name) for schema, table, name in engine.rows(asked) if (schema, table) in tables]
    named = [f"update {schema}.{table} set {name} = {name} || $${HOSTILE}$$" for schema, table, name in found if name in NAMED]
    copy = changed(published, folder, *named)
    write_report(copy, folder)
    return Report(copy, folder)


def wordy(companies: Companies, folder: Path) -> Report:
    """The demo company, whose goals, factors and metrics have names of five hundred letters without a space."""
    published = companies.ran(nights=NIGHTS).published
    asked = "select schema_name, table_name, column_name from duckdb_columns() where column_name in ('label_ja', 'label_en')"
    with open_engine(published, read_only=True) as engine:
        tables = {(row[0], row[1]) for row in engine.rows("select schema_name, table_name from duckdb_tables()")}
        found = [(schema, table, name) for schema, table, name in engine.rows(asked) if (schema, table) in tables]
    longer = "repeat('Wertschöpfungskettenoptimierung', 16)"
    copy = changed(
        published, folder, *(f"update {schema}.{table} set {name} = {name} || {longer}" for schema, table, name in found)
    )
    write_report(copy, folder)
    return Report(copy, folder)


Write = Callable[[Companies, Path], Report]
Reports = Callable[[Write], Report]

PAGES = [
    pytest.param(
        (write, language),
        id=f"{write.__name__}-{language}",
        marks=[pytest.mark.real, needs_data] if write is maven else [],
    )
    for write in (demo, banner, hostile, maven)
    for language in LANGUAGES
]
"""Each report in each of its languages, for `parametrize`."""


def screens(folder: Path) -> Path:
    """Return where pictures go: what KGI_SCREENS names, else the folder of the test."""
    return Path(os.environ.get("KGI_SCREENS") or folder)
