"""Comments of the published file -> what tables and columns mean, which unit a value is in, and why it is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.goals.words import reason
from pipeline.messages import Language
from pipeline.shapes import is_currency

REASONS = "null_reason"
"""The column that says why others are empty."""

_UNIT = re.compile(r"(.*) \[([^\[\]]*)\]", re.DOTALL)
_UNIT_WORDS: dict[str, tuple[str, str]] = {
    "unit": ("行の指標・KGIの単位", "unit of the row's metric or goal"),
    "unit squared": ("行の指標・KGIの単位の二乗", "square of the unit of the row's goal"),
    "fraction": ("割合", "fraction, shown as percent"),
    "rate": ("割合", "fraction, shown as percent"),
    "percent": ("%", "percent"),
    "factor": ("倍", "factor"),
    "count": ("件", "count"),
    "deals": ("件(商談)", "deals"),
    "persons": ("人", "persons"),
    "days": ("日", "days"),
    "weeks": ("週", "weeks"),
    "hours": ("時間", "hours"),
    "date": ("日付", "date"),
    "year": ("年", "year"),
    "number": ("番号", "number"),
    "currency": ("会社の通貨", "the company's currency"),
    "JPY": ("円", "JPY"),
}
_KEYS = ("unit", "expected_unit", "metric", "kgi_id")
_OF_FACTOR, _OF_GOAL = ("now", "best", "plan", "actual"), ("recovery", "expected_recovery", "expected_kgi_effect", "kgi_effect")
_OWN_KEY = {**dict.fromkeys(_OF_FACTOR, "factor"), **dict.fromkeys(_OF_GOAL, "kgi_id")}
"""Columns in the unit of another thing than the row's first: the column that names it."""
_OF_GUARDRAIL = ("value", "base", "diff", "ci_low", "ci_high", "margin", "mix_effect", "within_effect")
"""Columns of `guardrail` that are rates where it watches a rate; of other tests each has a unit of its own."""
_PER = "recovery_per_yen"
"""A column per unit of money: it is neither in the goal's unit nor in any other that has a name."""


@dataclass(frozen=True)
class Meaning:
    """What a table or column means in Japanese and English, and its unit (empty where it has none)."""

    ja: str
    en: str
    unit: str = ""

    def said(self, language: Language) -> str:
        """Return the meaning in one language."""
        return self.ja if language == "ja" else self.en


@dataclass(frozen=True)
class Units:
    """The units of what rows are about. `currency` is that of all amounts of the file, empty where there are several."""

    of_name: Mapping[str, str]
    of_goal: Mapping[str, str]
    currency: str = ""

    @classmethod
    def of(cls, of_name: Mapping[str, str], of_goal: Mapping[str, str]) -> Units:
        """Find the currency among the units."""
        found = {unit for unit in (*of_name.values(), *of_goal.values()) if is_currency(unit)}
        return cls(of_name, of_goal, found.pop() if len(found) == 1 else "")

    def finder(self, names: Sequence[str], column: str, unit: str) -> int | str:
        """Return the unit of a column, or the position of the column that tells it row by row (`at` reads it)."""
        if unit == "currency":
            return self.currency or unit
        if "guardrail" in names and not unit:
            return names.index("metric") if column in _OF_GUARDRAIL else ""
        own = _OWN_KEY.get(column)
        if own in names and unit in ("", "unit"):
            return names.index(own)
        if unit != "unit":
            return unit
        key = next((each for each in _KEYS if each in names), None)
        return "" if key is None or column == _PER else names.index(key)

    def at(self, found: int | str, names: Sequence[str], row: Sequence[object]) -> str:
        """Return the unit of a value in this row."""
        if isinstance(found, str):
            return found
        name, said = names[found], str(row[found] or "")
        if name in ("unit", "expected_unit"):
            return said
        unit = (self.of_goal if name == "kgi_id" else self.of_name).get(said, "")
        return "" if "guardrail" in names and unit != "rate" else unit


def meaning_of(comment: str) -> Meaning:
    """Read a comment of the file: Japanese, English and unit; what was said in one language is said in both."""
    told = _UNIT.fullmatch(comment)
    text, unit = (told[1], told[2]) if told else (comment, "")
    ja, slash, en = text.partition(" / ")
    return Meaning(ja, en if slash else ja, unit)


def unit_word(unit: str, language: Language) -> str:
    """Return what a unit is called; one that nobody has named stays as it is."""
    ja, en = _UNIT_WORDS.get(unit, (unit, unit))
    return ja if language == "ja" else en


def reasons_in_words(codes: str, headings: Mapping[str, str], language: Language) -> str:
    """Say why columns are empty: `a=not_started;b=not_started` becomes one sentence for both, under their headings."""
    told: dict[str, list[str]] = {}
    for part in filter(None, codes.split(";")):
        column, equals, code = part.partition("=")
        words = reason(code)[0 if language == "ja" else 1] if equals else ""
        told.setdefault(words, []).append(headings.get(column, column))
    comma, colon, end = ("、", ": ", "。") if language == "ja" else (", ", ": ", "; ")
    return end.join(f"{comma.join(columns)}{colon}{words}" if words else comma.join(columns) for words, columns in told.items())
