"""The command `python -m data.demo`: arguments -> exports and books on disk; see data/README.md."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from dataclasses import fields
from pathlib import Path

from data.demo.agreements import AGREEMENT, second_version
from data.demo.books import Book, book
from data.demo.clock import END, START, months
from data.demo.company import simulate
from data.demo.files import Night, nights_of
from data.demo.marketo import export_marketo
from data.demo.note_files import export_notes
from data.demo.parameters import USUAL, Scenario, Switch
from data.demo.salesforce import export_salesforce
from data.demo.shapes import Company
from data.demo.sheets import export_sheets
from data.demo.truth import planted_facts

SWITCHES = tuple(each.name for each in fields(Scenario))
MOST = 1.6  # a share of 0.6 of the new leads cannot grow further
NIGHTS = "2026-10-31,2026-11-13,2026-11-19,2026-11-20"


def main(arguments: list[str] | None = None) -> int:
    """Write what was asked for and return the exit code: 0, or 2 when the arguments cannot be carried out."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    _check(parser, asked)
    write = asked.write or asked.nights
    scenario = _scenario(parser, asked.scenario)
    company, nights = simulate(asked.seed, asked.scale, scenario), nights_of(asked.nights)
    books: dict[str, Book] = {}
    for place, night in enumerate(nights):
        if night.day in write:
            rows = _export(company, night, asked.out) if asked.out is not None else {}
            if asked.books is not None:
                books[night.day.isoformat()] = {**book(company, nights[: place + 1]), "rows": rows}
    if asked.books is not None:
        facts: dict[str, object] = {"seed": asked.seed, "scale": asked.scale}
        if scenario != USUAL:
            facts["scenario"] = planted_facts(simulate(asked.seed, asked.scale), company, scenario)
        _save(asked.books, json.dumps({**facts, "nights": books}, ensure_ascii=False, indent=1) + "\n")
    if asked.agreements is not None and scenario.definition_change is not None:
        _save(asked.agreements / AGREEMENT.name, second_version(scenario.definition_change))
    return 0


def _check(parser: argparse.ArgumentParser, asked: argparse.Namespace) -> None:
    """End with what cannot be carried out of the arguments."""
    if list(asked.nights) != sorted(set(asked.nights)) or not START <= asked.nights[0] <= asked.nights[-1] <= END:
        parser.error(f"--nights must ascend, from {START} to {END}")
    if missing := sorted(set(asked.write or ()) - set(asked.nights)):
        parser.error(f"--write names a night that is not among --nights: {missing[0]}")
    if asked.out is None and asked.books is None:
        parser.error("nothing to write: give --out, --books or both")
    if asked.scale <= 0:
        parser.error("--scale must be above 0")


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
    parser.add_argument("--scenario", action="append", default=[], metavar="NAME=YYYY-MM[:STRENGTH]", help="; ".join(SWITCHES))
    parser.add_argument("--agreements", type=Path, help="folder for the agreement that definition_change brings")
    return parser


def _scenario(parser: argparse.ArgumentParser, texts: list[str]) -> Scenario:
    """Return the scenario that the options name, or end with their mistake."""
    found: dict[str, Switch] = {}
    for text in texts:
        name, _, rest = text.partition("=")
        month, _, strength = rest.partition(":")
        if name not in SWITCHES or name in found:
            parser.error(f"--scenario {text}: not one of {', '.join(SWITCHES)}, or said twice")
        if month not in months(START, END):
            parser.error(f"--scenario {text}: the month must be like 2026-07, from {START} to {END}")
        try:
            found[name] = Switch(month, float(strength or 1))
        except ValueError:
            parser.error(f"--scenario {text}: the strength must be a number")
        if not 0 < found[name].strength <= MOST or (name == "definition_change" and found[name].strength != 1):
            parser.error(f"--scenario {text}: the strength must be above 0 and at most {MOST}; definition_change has none")
    return Scenario(**found)


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


def _save(path: Path, text: str) -> None:
    """Write a text, beside and renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


if __name__ == "__main__":
    sys.exit(main())
