"""Sentences whose numbers say where they come from: each carries the table, the key and the column of its row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.board.reading import Row
from pipeline.board.wording import SENTENCES
from pipeline.goals import TABLES
from pipeline.messages import Language

_KEYS = {table.name: table.key for table in TABLES}
_LEFT_OUT = ("as_of_date", "kgi_id", "kind", "grain", "period_start", "period_end")
"""Columns of a key that a short reference does not repeat."""

Pair = tuple[str, str]
"""The same words in Japanese and English."""


@dataclass(frozen=True)
class Cited:
    """A number or a date of a published row: `key` finds the row in the table's newest night, `column` the value in it."""

    table: str
    key: Mapping[str, object]
    column: str
    value: float | int | dt.date
    shown: Pair

    @property
    def reference(self) -> str:
        """Return where the number stands, short enough for a terminal."""
        rest = [str(value) for name, value in self.key.items() if name not in _LEFT_OUT]
        return f"{self.table}: {' / '.join(rest)}" if rest else self.table


@dataclass(frozen=True)
class Sentence:
    """One sentence in both languages, and what it cites in the order in which it is said."""

    code: str
    text_ja: str
    text_en: str
    cited: tuple[Cited, ...] = ()

    def text(self, language: Language) -> str:
        """Return the sentence in a language."""
        return self.text_ja if language == "ja" else self.text_en

    @property
    def references(self) -> tuple[str, ...]:
        """Return the rows that the sentence rests on, each once."""
        return tuple(dict.fromkeys(each.reference for each in self.cited))


Part = Cited | Sentence | Pair
"""What fills a place in a sentence: a number, a clause, or words."""


def say(code: str, **parts: Part) -> Sentence:
    """Fill the sentence of this code; clauses bring along what they cite."""
    ja, en = SENTENCES[code]
    places = sorted(parts, key=lambda name: ja.find(f"{{{name}}}"))
    cited: list[Cited] = []
    for name in places:
        part = parts[name]
        cited += [part] if isinstance(part, Cited) else part.cited if isinstance(part, Sentence) else []
    return Sentence(code, ja.format(**_words(parts, 0)), en.format(**_words(parts, 1)), tuple(cited))


def cite(table: str, row: Row, column: str, unit: str = "", *, size: bool = False) -> Cited:
    """Cite a value of a row, written by its unit; `size` leaves out the sign, for sentences that say it in words.

    Raises KeyError where the table is no goal table: only these have a key.
    """
    value = row[column]
    return Cited(table, {name: row[name] for name in _KEYS[table]}, column, value, shown(abs(value) if size else value, unit))


def difference(unit: object) -> str:
    """Return the unit of a difference between two values of a unit: two rates differ by points."""
    return "points" if unit in ("rate", "fraction") else str(unit or "")


def shown(value: float | int | dt.date, unit: str) -> Pair:
    """Write a value in both languages: rates as percent, differences of rates as points, others with a unit."""
    if isinstance(value, dt.date):
        return value.isoformat(), value.isoformat()
    if unit in ("rate", "fraction"):
        return f"{value:.1%}", f"{value:.1%}"
    if unit == "points":
        return f"{100 * value:.1f}ポイント", f"{100 * value:.1f} pt"
    if len(unit) == 3 and unit.isupper():
        amount = f"{value:,.0f}"
        return (f"{amount}円" if unit == "JPY" else f"{amount} {unit}"), f"{unit} {amount}"
    number = f"{value:,.1f}".removesuffix(".0") if abs(value) >= 0.1 or not value else f"{value:.3g}"
    words = {"count": ("件", ""), "days": ("日", " days")}.get(unit, (f" {unit}", f" {unit}") if unit else ("", ""))
    return number + words[0], number + words[1]


def _words(parts: Mapping[str, Part], at: int) -> dict[str, str]:
    found = {}
    for name, part in parts.items():
        match part:
            case Cited():
                found[name] = part.shown[at]
            case Sentence():
                found[name] = (part.text_ja, part.text_en)[at]
            case _:
                found[name] = part[at]
    return found
