"""The first day of a month that a cut holds -> a figure that is written as a month."""

from __future__ import annotations

from dataclasses import replace

from pipeline.board.reading import Row
from pipeline.board.sentences import Cited
from pipeline.report.edition import Edition
from pipeline.report.scales import month_name


def month_of(page: Edition, cut: str, row: Row, column: str) -> Cited:
    """Cite a first day that is not null as its month, for a sentence or a cell."""
    month = month_name(page, row[column])
    return replace(page.cited(cut, row, column), shown=(month, month))
