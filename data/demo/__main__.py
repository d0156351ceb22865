"""The command `python -m data.demo`: arguments -> exports and books on disk; see data/README.md."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from pathlib import Path

from data.demo.books import Book, book
from data.demo.clock import END, START
from data.demo.company import simulate
from data.demo.files import Night, nights_of
from data.demo.marketo import export_marketo
from data.demo.note_files import export_notes
from data.demo.salesforce import export_salesforce
from data.demo.shapes import Company
from data.demo.sheets import export_sheets

NIGHTS = "2026-10-31,2026-11-13,2026-11-19,2026-11-20"


def main(arguments: list[str] | None = None) -> int:
    """Write what was asked for and return the exit code: 0, or 2 when the arguments cannot be carried out."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    write = asked.write or asked.nights
    if list(asked.nights) != sorted(set(asked.nights)) or not START <= asked.nights[0] <= asked.nights[-1] <= END:
        parser.error(f"--nights must ascend, from {START} to {END}")
    if missing := sorted(set(write) - set(asked.nights)):
        parser.error(f"--write names a night that is not among --nights: {missing[0]}")
    if asked.out is None and asked.books is None:
        parser.error("nothing to write: give --out, --books or both")
    if asked.scale <= 0:
        parser.error("--scale must be above 0")
    company, nights = simulate(asked.seed, asked.scale), nights_of(asked.nights)
    books: dict[str, Book] = {}
    for place, night in enumerate(nights):
        if night.day in write:
            rows = _export(company, night, asked.out) if asked.out is not None else {}
            if asked.books is not None:
                books[night.day.isoformat()] = {**book(company, nights[: place + 1]), "rows": rows}
    if asked.books is not None:
        _save(asked.books, {"seed": asked.seed, "scale": asked.scale, "nights": books})
    return 0


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    about = "Write the demo company's exports and books."
    parser = argparse.ArgumentParser(prog="python -m data.demo", description=about)
    parser.add_argument("--out", type=Path, help="folder of the exports")
    parser.add_argument("--nights", type=_days, default=_days(NIGHTS), help="all nights up to the last, ascending")
    parser.add_argument("--write", type=_days, help="the nights to write; all of them by default")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the volume")
    parser.add_argument("--books", type=Path, help="JSON file of the true counts and amounts")
    return parser


def _days(text: str) -> tuple[dt.date, ...]:
    """Return dates written with commas between them."""
    return tuple(dt.date.fromisoformat(part.strip()) for part in text.split(","))


def _export(company: Company, night: Night, out: Path) -> dict[str, int]:
    """Write all files of a night and return the number of records in each."""
    return {
        **export_salesforce(company, night, out),
        **export_marketo(company, night, out),
        **export_sheets(company, night, out),
        **export_notes(company, night, out),
    }


def _save(path: Path, books: dict[str, object]) -> None:
    """Write the books as JSON, beside and renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    beside.write_text(json.dumps(books, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


if __name__ == "__main__":
    sys.exit(main())
