"""Units, sizes and dates -> how axes and tables write them in a language."""

from __future__ import annotations

import calendar
import datetime as dt

from pipeline.board.sentences import RATES
from pipeline.report.charts import Scale
from pipeline.report.edition import Edition
from pipeline.shapes import is_currency

_JA = tuple(f"{month}月" for month in range(1, 13))
_EN = tuple(calendar.month_abbr[1:])


def scale_of(page: Edition, unit: str, largest: float) -> Scale:
    """Return how an axis writes values of a unit up to `largest`: amounts in thousands or millions, rates in percent."""
    months = _JA if page.language == "ja" else _EN
    if unit in RATES:
        return Scale(1, "%", months, percent=True)
    if is_currency(unit):
        for divisor, size in ((1_000_000, "million"), (1_000, "thousand")):
            if largest >= 2 * divisor:
                words = page.word(f"{size}_yen") if unit == "JPY" else page.word(size, unit=unit)
                return Scale(divisor, words, months, digits=2 if largest < 20 * divisor else 1)
        return Scale(1, unit, months)
    return Scale(1, page.word("count") if unit == "count" else unit, months)


def month_name(page: Edition, month: dt.date) -> str:
    """Write a month."""
    return page.spoken(month, "month")
