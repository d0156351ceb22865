"""Which tables, in which form, to where -> the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.export.folder import write_folder
from pipeline.export.reading import open_shelf
from pipeline.export.workbook import write_workbook
from pipeline.findings import Finding, KgiError, MachineError, finding
from pipeline.messages import Language

Style = Literal["xlsx", "csv"]


@dataclass(frozen=True)
class Exported:
    """What was written: the workbook or the folder, the rows of each table, and what a reader of it must know."""

    path: Path
    rows: tuple[tuple[str, int], ...]
    findings: tuple[Finding, ...] = ()


def export(
    published: Path,
    named: Sequence[str] = (),
    *,
    style: Style,
    output: Path | None = None,
    language: Language = "ja",
    all_nights: bool = False,
) -> Exported:
    """Write tables or views of `main`, without names those that a manager passes on.

    `output` is the workbook or the folder; by default it stands beside the published file and bears its date. Each file is whole
    or as it was before. Rows are those of the newest night unless `all_nights` asks for the sealed ones too.
    Raises KgiError for a file that is not there or no published file of kgi, for unknown tables (all at once), for a path that
    is taken by something else and for what a workbook cannot hold; MachineError where the folder cannot be written.
    """
    with open_shelf(published) as shelf:
        tables = shelf.tables(named, all_nights=all_nights)
        path = output or published.with_name(f"{published.stem}_{shelf.manifest.as_of}{'.xlsx' if style == 'xlsx' else ''}")
        _refuse_taken(path, style)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write = write_workbook if style == "xlsx" else write_folder
            told = write(path, shelf, tables, language)
        except (PermissionError, FileExistsError, NotADirectoryError) as error:
            raise MachineError(finding("no_permission", path=str(path), problem=error.strerror or str(error))) from error
    return Exported(path, tuple((table.name, table.rows) for table in tables), told)


def _refuse_taken(path: Path, style: Style) -> None:
    """Refuse a path at which something else stands than what is to be written: nothing of that kind is ever replaced."""
    if style == "xlsx" and (path.suffix.lower() != ".xlsx" or path.is_dir()):
        raise KgiError(finding("export_not_xlsx", path=str(path)))
    if style == "csv" and path.exists() and not path.is_dir():
        raise KgiError(finding("export_not_a_folder", path=str(path)))
