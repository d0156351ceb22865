"""A table -> a sheet: every cell by its type, in the format of its unit, texts as texts."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.export.formats import GENERAL, column_width, number_format, shown_width
from pipeline.export.meaning import REASONS, reasons_in_words, unit_word
from pipeline.export.noticed import Noticed, findings_of, is_no_number
from pipeline.export.reading import ExportTable, Shelf
from pipeline.findings import Finding, KgiError, finding
from pipeline.messages import Language

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

_LONGEST_TEXT = 32_767
_DIGITS = 15
"""Excel keeps so many digits of a number and makes the others zero."""
_EXACTLY = decimal.Context(prec=60)
_FIRST_MONTH = (1900, 3)
"""Excel counts days wrongly before."""
_MEASURED = 500
"""Rows whose cells are measured for the widths of columns."""
_A4 = 9


class Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self._made: dict[str, Format] = {}

    def of(self, **properties: Any) -> Format:
        """Return the format with these properties of XlsxWriter."""
        key = repr(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format(properties)
        return self._made[key]

    @property
    def head(self) -> Format:
        """The format of a header."""
        return self.of(bold=True, bg_color="#DCE6F1", bottom=1, valign="vcenter")


def units_of(text: str) -> int:
    """Count characters as Excel does, in UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def write_text(sheet: Worksheet, row: int, column: int, text: str, style: Format | None = None) -> None:
    """Write a text as a text, whatever it looks like. Raises KgiError where it is longer than a cell can be."""
    _refuse_longer(sheet, row, text)
    if text.startswith("<r>") and text.endswith("</r>"):  # XlsxWriter would take it for its own markup
        sheet.write_rich_string(row, column, text[0], text[1], text[2:], *([style] if style else []))
    else:
        sheet.write_string(row, column, text, style)


def _refuse_longer(sheet: Worksheet, row: int, text: str) -> None:
    if len(text) > _LONGEST_TEXT // 2 and (length := units_of(text)) > _LONGEST_TEXT:
        raise KgiError(finding("export_text_too_long", sheet=sheet.get_name(), row=row + 1, length=f"{length:,}"))


class TableSheet:
    """The sheet of one table while it is written."""

    def __init__(self, styles: Styles, name: str, table: ExportTable, shelf: Shelf, language: Language) -> None:
        self._styles, self._table, self._shelf, self._language = styles, table, shelf, language
        self._sheet: Worksheet = styles.book.add_worksheet(name)
        self._names = [column.name for column in table.columns]
        self._headings = {column.name: column.heading(language) for column in table.columns}
        self._units = [shelf.units.finder(self._names, each.name, each.meaning.unit) for each in table.columns]
        self._widths = [shown_width(heading, GENERAL) + 2 for heading in self._headings.values()]
        self._noticed = Noticed()

    def write(self) -> list[Finding]:
        """Write header and rows, freeze and filter the header; return what a reader must know."""
        self._head()
        rows = (values for batch in self._shelf.batches(self._table) for values in batch)
        row = 0
        for row, values in enumerate(rows, start=1):
            self._row(row, values)
        self._sheet.autofilter(0, 0, row, len(self._names) - 1)
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_landscape()
        self._sheet.set_paper(_A4)
        self._sheet.repeat_rows(0)
        for column, width in enumerate(self._widths):
            self._sheet.set_column(column, column, column_width(width))
        return findings_of(self._table.name, self._noticed)

    def _head(self) -> None:
        for column, each in enumerate(self._table.columns):
            write_text(self._sheet, 0, column, self._headings[each.name], self._styles.head)
            unit = f"\n[{unit_word(each.meaning.unit, self._language)}]" if each.meaning.unit else ""
            note = f"{each.name}\n{each.meaning.said(self._language)}{unit}"
            _refuse_longer(self._sheet, 0, note)
            size = {"x_scale": 2, "y_scale": 1 + shown_width(note, GENERAL) // 100}
            self._sheet.write_comment(0, column, note, {"author": "kgi", "font_name": "Yu Gothic", **size})

    def _row(self, row: int, values: Sequence[object]) -> None:
        for column, value in enumerate(values):
            if value is None:
                continue
            if isinstance(value, str) and self._names[column] == REASONS:
                value = reasons_in_words(value, self._headings, self._language)
            shown = self._cell(row, column, value, self._shelf.units.at(self._units[column], self._names, values))
            if row <= _MEASURED:
                self._widths[column] = max(self._widths[column], shown_width(value, shown))

    def _cell(self, row: int, column: int, value: object, unit: str) -> str:
        """Write one value by its type; return the number format that it got."""
        kind = number_format(value, unit)
        style = self._styles.of(num_format=kind) if kind != GENERAL else None
        match value:
            case bool():
                self._sheet.write_boolean(row, column, value)
            case int() | decimal.Decimal() if _digits(value) > _DIGITS:
                self._noticed["export_digits", self._names[column]] += 1
                write_text(self._sheet, row, column, str(value))
            case float() if is_no_number(value):
                self._noticed["export_no_number", self._names[column]] += 1
                write_text(self._sheet, row, column, str(decimal.Decimal(value)))
            case int() | float() | decimal.Decimal():
                self._sheet.write_number(row, column, float(value), style)
            case dt.date() if (value.year, value.month) >= _FIRST_MONTH:
                self._sheet.write_datetime(row, column, value, style)
            case _:
                write_text(self._sheet, row, column, str(value))
        return kind


def _digits(value: int | decimal.Decimal) -> int:
    """Count the digits that a number needs, from the first to the last that is not zero."""
    return len(decimal.Decimal(value).normalize(_EXACTLY).as_tuple().digits)
