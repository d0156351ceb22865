"""Sentences whose numbers say where they come from: each carries the table, the key and the column of its row."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from string import Formatter

from pipeline.board.reading import Row
from pipeline.board.wording import SENTENCES
from pipeline.goals import TABLES
from pipeline.messages import Language
from pipeline.shapes import is_currency, literal, quote

_KEYS = {table.name: table.key for table in TABLES}
_LEFT_OUT = ("as_of_date", "kgi_id", "kind", "grain", "period_start", "period_end")
"""Columns of a key that a short reference does not repeat."""

Pair = tuple[str, str]
"""The same words in Japanese and English."""


Value = float | int | Decimal | dt.date | dt.datetime | bool | str
"""What a published row may hold, null apart."""


@dataclass(frozen=True)
class Cited:
    """A number or a date of the published file, and the question that finds it there.

    `key` finds the row in the table, `column` the value in it. Where `column` is an expression such as sum(won), it is asked of
    all rows that have the key, and `condition` (SQL) narrows them further.
    """

    table: str
    key: Mapping[str, object]
    column: str
    value: Value | None
    shown: Pair
    condition: str = ""

    @property
    def reference(self) -> str:
        """Return where the number stands, short enough for a terminal."""
        rest = [str(value) for name, value in self.key.items() if name not in _LEFT_OUT]
        return f"{self.table}: {' / '.join(rest)}" if rest else self.table

    @property
    def where(self) -> str:
        """Return the condition, as SQL, that holds for the rows it stands on."""
        found = [f"{quote(name)} {_equals(value)}" for name, value in self.key.items()]
        return " and ".join([*found, *([self.condition] if self.condition else [])])


@dataclass(frozen=True)
class Sentence:
    """One sentence in both languages, in the pieces that it is made of: words, and numbers that say where they stand."""

    code: str
    pieces: tuple[tuple[str | Cited, ...], tuple[str | Cited, ...]]

    @property
    def text_ja(self) -> str:
        """The sentence in Japanese."""
        return self._text(0)

    @property
    def text_en(self) -> str:
        """The sentence in English."""
        return self._text(1)

    @property
    def cited(self) -> tuple[Cited, ...]:
        """What it cites, in the order in which the Japanese sentence says it."""
        return tuple(each for each in self.pieces[0] if isinstance(each, Cited))

    def text(self, language: Language) -> str:
        """Return the sentence in a language."""
        return self._text(0 if language == "ja" else 1)

    @property
    def references(self) -> tuple[str, ...]:
        """Return the rows that the sentence rests on, each once."""
        return tuple(dict.fromkeys(each.reference for each in self.cited))

    def _text(self, at: int) -> str:
        return "".join(each.shown[at] if isinstance(each, Cited) else each for each in self.pieces[at])


Part = Cited | Sentence | Pair
"""What fills a place in a sentence: a number, a clause, or words."""


def say(code: str, **parts: Part) -> Sentence:
    """Fill the sentence of this code; clauses bring along what they cite."""
    return fill(code, SENTENCES[code], **parts)


def fill(code: str, words: Pair, **parts: Part) -> Sentence:
    """Fill a sentence whose words are given in both languages."""
    return Sentence(code, (tuple(_filled(words[0], parts, 0)), tuple(_filled(words[1], parts, 1))))


def _filled(words: str, parts: Mapping[str, Part], at: int) -> Iterator[str | Cited]:
    for text, name, _, _ in Formatter().parse(words):
        if text:
            yield text
        if name is None:
            continue
        match parts[name]:
            case Cited() as cited:
                yield cited
            case Sentence() as clause:
                yield from clause.pieces[at]
            case pair:
                yield pair[at]


def cite(table: str, row: Row, column: str, unit: str = "") -> Cited:
    """Cite a value of a row, written by its unit.

    Raises KeyError where the table is no goal table: only these have a key.
    """
    value: Value | None = row[column]
    return Cited(table, {name: row[name] for name in _KEYS[table]}, column, value, shown(value, unit))


def _equals(value: object) -> str:
    """Write what a column must be, as SQL: null is a value too."""
    match value:
        case None:
            return "is null"
        case bool():
            return f"= {value}".lower()
        case dt.datetime():
            return f"= timestamp '{value.isoformat(' ')}'"
        case dt.date():
            return f"= date '{value.isoformat()}'"
        case int() | float() | Decimal():
            return f"= {value}"
        case _:
            return f"= {literal(str(value))}"


RATES = ("rate", "fraction")
"""Units of shares: their values are told in percent, their differences in points."""


def portion(unit: object) -> str:
    """Return the unit of a part of a value of a unit, told without a sign: a part of a rate is so many points."""
    return "points" if unit in RATES else str(unit or "")


def difference(unit: object) -> str:
    """Return the unit of a difference between two values of a unit, which is told with its sign: two rates differ by points."""
    return f"±{portion(unit)}"


def shown(value: Value | None, unit: str) -> Pair:
    """Write a value in both languages: rates as percent, their differences as points, chances in whole percent, dates of the unit
    month as months, others with a unit, null as a dash.
    """
    if value is None:
        return "–", "–"
    if isinstance(value, bool):
        return ("はい", "yes") if value else ("いいえ", "no")
    if isinstance(value, dt.date) and unit == "month":
        return f"{value.year}年{value.month}月", f"{calendar.month_abbr[value.month]} {value.year}"
    if isinstance(value, dt.date | str):
        return str(value), str(value)
    if unit.startswith("±"):
        ja, en = _without_sign_of_zero(_number(value, unit[1:]))
        return (f"+{ja}", f"+{en}") if value > 0 and _says_something(ja) else (ja, en)
    return _without_sign_of_zero(_number(value, unit))


def _without_sign_of_zero(words: Pair) -> Pair:
    """Leave out the minus of a number so small that none of its digits is told."""
    ja, en = words
    return words if _says_something(ja) else (ja.removeprefix("-"), en.removeprefix("-"))


def _says_something(words: str) -> bool:
    return any(each in "123456789" for each in words)


def _number(value: float | Decimal, unit: str) -> Pair:
    if unit in RATES:
        return f"{value:.1%}", f"{value:.1%}"
    if unit == "chance":
        return _chance(float(value))
    if unit == "points":
        return f"{100 * value:.1f}ポイント", f"{100 * value:.1f} pt"
    if is_currency(unit):
        amount = f"{abs(value):,.0f}"
        sign = "-" if value < 0 else ""
        return f"{sign}{amount}円" if unit == "JPY" else f"{sign}{amount} {unit}", f"{sign}{unit} {amount}"
    number = _digits(value, unit)
    words = {"count": ("件", ""), "days": ("日", " days"), "hours": ("時間", " hours"), "cases": ("", "")}.get(
        unit, (f" {unit}", f" {unit}") if unit else ("", "")
    )
    return number + words[0], number + words[1]


def _chance(value: float) -> Pair:
    """Write a chance that some hundred drawn futures gave: one near to certain is not told as certain."""
    if value < 0.01:
        return "1%未満", "under 1%"
    return ("99%超", "over 99%") if value > 0.99 else (f"{value:.0%}",) * 2


def _digits(value: float | Decimal, unit: str) -> str:
    """Write a number without more digits than say something: a hundredth of a case is the least that is told."""
    if unit == "cases" or (unit == "count" and abs(float(value)) >= 100):
        return f"{value:,.0f}"
    if abs(float(value)) >= 0.1 or not value:
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:.2f}" if unit == "count" and abs(float(value)) >= 0.005 else "0" if unit == "count" else f"{value:.3g}"
