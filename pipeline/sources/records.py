"""Text lines -> records: Python's strict CSV reader, which never sniffs, with the lines and the text each record came from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pipeline.sources.encodings import refusal
from pipeline.sources.source import Dialect

FIELD_LIMIT = 1 << 24
"""Longest field in characters. A quote that is never closed swallows the rest of the file; this bounds the memory it takes."""


class Record(NamedTuple):
    """One record: its fields, its first and last line (from 1). `is_broken`: its quotes are wrong and the fields are a guess.

    `text` is what it was read from, where that is kept. A field is None only where the format knows nulls. A named tuple, because
    there is one per record of a file and it is cheap.
    """

    fields: Sequence[str | None]
    line_start: int
    line_end: int
    text: str | None = None
    is_broken: bool = False


class _Keeping:
    """Lines on their way to the CSV reader; keeps those of the record that is being read."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.kept: list[str] = []
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        self.kept.append(line)
        return line


class Records:
    """The records of a delimited text, one by one; `text` is what the last one was read from."""

    def __init__(self, lines: Iterable[str], dialect: Dialect, name: str) -> None:
        csv.field_size_limit(FIELD_LIMIT)
        self._lines = _Keeping(lines)
        self._dialect, self._name = dialect, name
        if dialect.quote:
            self._reader = csv.reader(self._lines, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
        else:
            self._reader = csv.reader(self._lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE, strict=True)

    @property
    def text(self) -> str:
        """The text of the record that was read last, without its line end."""
        return "".join(self._lines.kept).rstrip("\r\n")

    def __iter__(self) -> Iterator[Record]:
        while True:
            self._lines.kept.clear()
            start = self._lines.count + 1
            try:
                fields = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._broken(error, start)
                continue
            yield Record(fields, start, self._lines.count)

    def _broken(self, error: csv.Error, start: int) -> Record:
        """Give a record whose quotes are wrong as its text; end the reading where a quote is never closed."""
        said = str(error)
        if "unexpected end of data" in said or "field larger than" in said:
            line = start + self._opening_line()
            raise refusal("quote_not_closed", file=self._name, line=line) from error
        text = self.text
        pieces = [each.strip().strip(self._dialect.quote or '"') for each in text.split(self._dialect.delimiter)]
        return Record(pieces, start, self._lines.count, text, True)

    def _opening_line(self) -> int:
        """Return how many lines after the record's first the quote stands that is still open."""
        quote, is_open, opened = self._dialect.quote, False, 0
        for number, line in enumerate(self._lines.kept):
            for _ in range(line.count(quote)):
                is_open = not is_open
                opened = number if is_open else opened
        return opened
