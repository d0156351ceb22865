"""What stands after the last record of a report and is not data: recognised by a declared rule, counted, never loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from pipeline.sources.records import Record
from pipeline.sources.source import Footer

_TOTALS = re.compile(r"\s*(grand totals?|totals?|総計|合計)\s*(\(.*\d.*\)|（.*\d.*）)?\s*", re.IGNORECASE)
_LONGEST = 1000
"""More lines than this are no footer of a report."""


class Body:
    """The records of a file without blank records and footer; both are counted.

    `width` is the number of header fields; `text` gives the text of the record that was read last.
    """

    def __init__(
        self, records: Iterable[Record], footer: Footer | None, width: int, text: Callable[[], str] | None = None
    ) -> None:
        self._records, self._footer, self._width, self._text = records, footer, width, text
        self.footer_rows = 0
        self.blank_rows = 0

    def __iter__(self) -> Iterator[Record]:
        match self._footer:
            case Footer(kind="salesforce_report"):
                return self._before_report_footer()
            case Footer(kind="stop_at", pattern=pattern):
                return self._before(re.compile(pattern))
            case _:
                return self._not_blank(self._records)

    def _not_blank(self, records: Iterable[Record]) -> Iterator[Record]:
        for record in records:
            if _is_blank(record):
                self.blank_rows += 1
            else:
                yield record

    def _before(self, pattern: re.Pattern[str]) -> Iterator[Record]:
        records = iter(self._records)
        for record in records:
            if record.fields and pattern.search(record.fields[0] or ""):
                self.footer_rows += 1 + sum(1 for each in records if not _is_blank(each))
                return
            yield from self._not_blank((record,))

    def _before_report_footer(self) -> Iterator[Record]:
        """Hold back what may be the footer: a blank record and lines of one field, or a totals line, up to the file's end."""
        tail: list[Record] = []
        for record in self._records:
            if (_is_blank(record) or (tail and self._is_footer_line(record))) and len(tail) < _LONGEST:
                tail.append(record if self._text is None else record._replace(text=self._text()))
                continue
            yield from self._not_blank(tail)
            tail = [record] if _is_blank(record) else []
            yield from self._not_blank(() if tail else (record,))
        blank = sum(1 for each in tail if _is_blank(each))
        self.blank_rows += blank
        self.footer_rows += len(tail) - blank

    def _is_footer_line(self, record: Record) -> bool:
        if record.is_broken or not record.fields:
            return False
        return (len(record.fields) == 1 and self._width > 1) or _TOTALS.fullmatch(record.fields[0] or "") is not None


def _is_blank(record: Record) -> bool:
    return not record.is_broken and not any(record.fields)
