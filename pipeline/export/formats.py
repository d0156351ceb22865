"""A value and its unit -> the number format that Excel shows it in, and how wide it then is."""

from __future__ import annotations

import datetime as dt
import decimal
import unicodedata

from pipeline.export.noticed import is_no_number
from pipeline.shapes import is_currency

GENERAL, TEXT, DATE, TIMESTAMP = "General", "@", "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
WHOLE, TENTHS, PERCENT, FACTOR, YEN = "#,##0", "#,##0.0", "0.0%", "0.00", '"¥"#,##0'
_FIXED = {
    "fraction": PERCENT,
    "rate": PERCENT,
    "factor": FACTOR,
    "year": "0",
    "number": "0",
    "JPY": YEN,
    "currency": "#,##0.00",
    "unit squared": GENERAL,
    "": GENERAL,
}
_NARROWEST, _WIDEST = 8, 60


def number_format(value: object, unit: str) -> str:
    """Return the format of a cell: percent for rates, yen for amounts, whole counts without and others with one decimal.

    Infinity and NaN have none: they are written as words.
    """
    match value:
        case dt.datetime():
            return TIMESTAMP
        case dt.date():
            return DATE
        case int() | float() | decimal.Decimal() if not isinstance(value, bool) and not is_no_number(value):
            if is_currency(unit) and unit != "JPY":
                return f'#,##0.00 "{unit}"'
            return _FIXED.get(unit) or (WHOLE if value == int(value) else TENTHS)
        case _:
            return GENERAL


def shown_width(value: object, number_format: str) -> int:
    """Return about how many half-width characters a cell shows; a full-width one counts double."""
    match value:
        case bool():
            return 5
        case dt.datetime():
            return 19
        case dt.date():
            return 10
        case int() | float() | decimal.Decimal() if not is_no_number(value):
            if number_format == GENERAL:
                return min(len(str(value)), 11)
            whole = len(f"{value * 100 if number_format == PERCENT else value:,.0f}")
            return whole + {PERCENT: 3, TENTHS: 2, FACTOR: 3, YEN: 1}.get(number_format, 0 if number_format == WHOLE else 7)
        case _:
            return max(map(_characters, str(value).split("\n")))


def column_width(characters: int) -> int:
    """Return the width of a column for this many half-width characters, neither too narrow to be seen nor wider than a page."""
    return min(max(characters + 2, _NARROWEST), _WIDEST)


def _characters(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WFA" else 1 for each in text)
