"""Records -> one export file on disk: text in the bytes of its system, written beside and renamed."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.demo.clock import end_of
from data.demo.shapes import Company, Fault

OVERLAP = 2 * 86_400


@dataclass(frozen=True)
class Night:
    """A night to export: what was recorded before `end` is known; deltas hold what was recorded from `start` on."""

    day: dt.date
    start: int
    end: int

    def holds(self, recorded: int) -> bool:
        """Say whether a delta of this night holds what was recorded at that instant."""
        return self.start <= recorded < self.end

    def breaks(self, fault: Fault) -> bool:
        """Say whether the record of a fault stands unreadably in an export of this night."""
        return fault.since < self.end and self.end <= fault.until


def nights_of(days: Sequence[dt.date]) -> tuple[Night, ...]:
    """Return the nights with their windows: the first from the beginning, others from 48 hours before the last end."""
    starts = [0] + [end_of(day) - OVERLAP for day in days[:-1]]
    return tuple(Night(day, start, end_of(day)) for day, start in zip(days, starts, strict=True))


def faults_of(company: Company, file: str, night: Night) -> dict[int, str]:
    """Return the key of each record of the file that is unreadable that night, with the text that makes it so."""
    return {fault.key: fault.text for fault in company.faults if fault.file == file and night.breaks(fault)}


def quoted(values: Iterable[str]) -> str:
    """Return a CSV record with every field quoted, without its newline."""
    return '"' + '","'.join(value.replace('"', '""') for value in values) + '"'


def plain(values: Iterable[str]) -> str:
    """Return a CSV record with quotes only where they are needed, without its newline."""
    return ",".join(_needed(value) for value in values)


def _needed(value: str) -> str:
    """Return a field, quoted when it holds a comma, a quote or a newline."""
    if "," in value or '"' in value or "\n" in value:
        return '"' + value.replace('"', '""') + '"'
    return value


def write(out: Path, file: str, night: Night, lines: Iterable[str], *, encoding: str, newline: str) -> int:
    """Write lines as `out/<file>_YYYYMMDD.csv` atomically and return their number, the header included."""
    path = out / f"{file}_{night.day:%Y%m%d}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    count = 0
    try:
        with beside.open("w", encoding=encoding, newline="") as stream:
            for block in _blocks(lines):
                count += len(block)
                stream.write(newline.join(block) + newline)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return count


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    """Return the lines in lists of some thousands."""
    block: list[str] = []
    for line in lines:
        block.append(line)
        if len(block) == 8_192:
            yield block
            block = []
    if block:
        yield block
