"""Tables -> one Excel workbook: a sheet per table with typed cells, and a sheet that says what everything means.

XlsxWriter is told to keep one row at a time, so a large table costs disk, not memory.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.export.definitions import definition_lines, sheet_title
from pipeline.export.reading import ExportTable, Shelf
from pipeline.export.sheet import Styles, TableSheet, units_of, write_text
from pipeline.export.whole import put_in_place, working_folder
from pipeline.findings import Finding, KgiError, finding
from pipeline.messages import Language

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

_MOST_ROWS, _MOST_COLUMNS, _LONGEST_NAME = 1_048_576, 16_384, 31
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_FONT = {"font_name": "Yu Gothic", "font_size": 10}


def write_workbook(path: Path, shelf: Shelf, tables: Sequence[ExportTable], language: Language) -> tuple[Finding, ...]:
    """Write the workbook, whole or not at all; say where numbers became texts, to keep their digits or as no numbers at all.

    The same published file gives the same bytes. Raises KgiError for everything that a workbook cannot hold.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    names = _sheet_names(tables, language)
    with working_folder(path.parent) as beside:
        options = {**_OPTIONS, "tmpdir": str(beside), "default_format_properties": dict(_FONT)}  # it is written into
        book = xlsxwriter.Workbook(str(beside / path.name), options)
        try:
            book.use_zip64()
            _sign(book, shelf)
            styles = Styles(book)
            told = [each for table in tables for each in TableSheet(styles, names[table.name], table, shelf, language).write()]
            _define(styles, names, shelf, tables, language)
            book.close()
        except FileCreateError as error:  # it holds what the disk said
            raise error.args[0] from error
        finally:
            _close_pieces(book)
        put_in_place([beside / path.name], path.parent)
    return tuple(told)


def _close_pieces(book: Workbook) -> None:
    """Close what XlsxWriter holds open of sheets that were not finished."""
    for sheet in book.worksheets():
        if sheet.row_data_fh is not None:
            sheet.row_data_fh.close()


def _sign(book: Workbook, shelf: Shelf) -> None:
    """Say in the workbook's properties which night it shows; the time of making is the night's, so that bytes repeat."""
    said = shelf.manifest
    book.set_properties(
        {
            "title": f"KGI {said.as_of}",
            "author": f"kgi {said.kgi_version}",
            "comments": f"as_of_date {said.as_of}, run_id {said.run_id}",
            "created": said.published_at,
        }
    )


def _sheet_names(tables: Sequence[ExportTable], language: Language) -> dict[str, str]:
    """Name a sheet per table: its title where Excel takes it and no other has it, else its own name. Raises KgiError."""
    taken = {sheet_title(language).casefold(), "history"}
    named: dict[str, str] = {}
    faults = []
    for table in tables:
        wanted = (table.meaning.ja, table.name) if language == "ja" else (table.name,)
        name = next((each for each in wanted if _is_sheet_name(each) and each.casefold() not in taken), None)
        if name is None:
            faults.append(finding("export_sheet_name", name=table.name, most=_LONGEST_NAME))
        else:
            taken.add(name.casefold())
            named[table.name] = name
        if table.rows >= _MOST_ROWS or len(table.columns) > _MOST_COLUMNS:
            faults.append(finding("export_too_large", name=table.name, rows=f"{table.rows:,}", most=f"{_MOST_ROWS - 1:,}"))
    if faults:
        raise KgiError(faults)
    return named


def _is_sheet_name(name: str) -> bool:
    return 0 < units_of(name) <= _LONGEST_NAME and not re.search(r"[\[\]:*?/\\\x00-\x1f]|^'|'$", name)


def _define(styles: Styles, names: dict[str, str], shelf: Shelf, tables: Sequence[ExportTable], language: Language) -> None:
    """Add the sheet of definitions as the last one."""
    sheet = styles.book.add_worksheet(sheet_title(language))
    for column, width in enumerate((24, 26, 26, 70, 70, 16, 12)):
        sheet.set_column(column, column, width)
    wrapped = styles.of(text_wrap=True, valign="top")
    looks = {"title": styles.of(bold=True, font_size=13), "head": styles.head, "said": wrapped}
    day = styles.of(num_format="yyyy-mm-dd", align="left", valign="top")
    for row, line in enumerate(definition_lines(shelf, names, tables, language)):
        for column, cell in enumerate(line.cells):
            if isinstance(cell, dt.date):
                sheet.write_datetime(row, column, cell, day)
            elif isinstance(cell, int):
                sheet.write_number(row, column, cell, wrapped)
            elif cell:
                write_text(sheet, row, column, cell, looks[line.kind])
