"""What changed between two nights -> sentences in Japanese and English, each number with its unit."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.cli.words import PAST
from pipeline.goals import TOTAL, Window
from pipeline.history import GoalChange, History, PastChange
from pipeline.messages import Language


def sentences(found: History, language: Language) -> Iterator[str]:
    """Say which past numbers and goals are others, the whole before its parts, and why; one line each."""
    words = PAST[language]
    yield words["head"].format(before=found.before, after=found.after, numbers=len(found.numbers), goals=len(found.goals))
    yield from (_of_goal(each, language) for each in found.goals)
    yield from (_of_number(each, language) for each in found.numbers)


def _of_number(each: PastChange, language: Language) -> str:
    words, number = PAST[language], each.number
    where = "" if number.dimension == TOTAL else words["member"].format(dimension=number.dimension, member=number.member)
    said = words["number"].format(
        period=_period(number.window, language),
        label=number.labels[0 if language == "ja" else 1],
        where=where,
        before=_value(number.before, number.unit, words),
        after=_value(number.after, number.unit, words),
    )
    if number.change is None:
        return said
    causes = words["and"].join(
        f"{words[part]} {_change(effect, number.unit, language)}" for part, effect in each.causes.items() if effect
    )
    why = f" [{words[each.split]}]" if each.split in words else ""
    return words["why"].format(said=said, change=_change(number.change, number.unit, language), causes=causes) + why


def _of_goal(each: GoalChange, language: Language) -> str:
    words = PAST[language]
    unit = "" if each.what == "plan_version" else each.unit
    return words["goal"].format(
        kgi=each.kgi_id,
        label=each.labels[0 if language == "ja" else 1],
        period=_period(each.window, language),
        what=words[each.what],
        before=_value(each.before, unit, words),
        after=_value(each.after, unit, words),
    )


def _period(window: Window, language: Language) -> str:
    if window.grain == "month":
        return f"{window.start.year}年{window.start.month}月" if language == "ja" else f"{window.start:%Y-%m}"
    return f"{window.start}..{window.end}"


def _value(value: float | None, unit: str, words: dict[str, str]) -> str:
    if value is None:
        return words["no_value_here"]
    if unit == "rate":
        return f"{value:.1%}"
    return _plain(value) + words.get(f"unit {unit}", f" {unit}" if unit else "")


def _change(value: float, unit: str, language: Language) -> str:
    if unit == "rate":
        return f"{value * 100:+.1f} pt" if language == "en" else f"{value * 100:+.1f} ポイント"
    return ("+" if value > 0 else "") + _plain(value)


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:,.4g}"
