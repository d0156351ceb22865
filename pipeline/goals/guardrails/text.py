"""A verdict -> one sentence after another that say it with its numbers, in Japanese and in English."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.goals.guardrails.guardrail import AgreedRate, Capacity, Comparison, ProcessLimits
from pipeline.goals.guardrails.verdict import Verdict
from pipeline.goals.measuring import TOTAL, MetricFact
from pipeline.goals.words import reason as words

__all__ = ["Sentences", "sentences"]

SILENT = ("insufficient_data", "immature", "stale")


@dataclass(frozen=True)
class Sentences:
    """The same in both languages."""

    ja: str
    en: str

    def __add__(self, other: Sentences) -> Sentences:
        """Say one after the other."""
        return Sentences(f"{self.ja}{other.ja}", f"{self.en} {other.en}" if self.en and other.en else self.en or other.en)


NOTHING = Sentences("", "")
DIMENSIONS = {"channel": "チャネル", "segment": "セグメント", "industry": "業種", "campaign": "施策"}
"""What a Japanese reader calls the usual dimensions; another stays as its file names it."""


def sentences(verdict: Verdict, facts: Mapping[str, MetricFact]) -> Sentences:
    """Say what a verdict rests on; nothing in it is not also a column of its row."""
    rail = verdict.guardrail
    of = verdict.member
    head = (
        Sentences(f"{rail.label_ja}: ", f"{rail.label_en}:")
        if of == TOTAL
        else Sentences(f"{rail.label_ja}({of}): ", f"{rail.label_en} ({of}):")
    )
    if verdict.state in SILENT:
        return head + _silent(verdict)
    match rail.test:
        case Comparison():
            return head + _compared(verdict) + _volumes(verdict, facts) + _cause(verdict) + _lost(verdict)
        case AgreedRate():
            return head + _agreed(verdict)
        case ProcessLimits():
            return head + _process(verdict)
        case Capacity():
            return head + _capacity(verdict)


def _compared(verdict: Verdict) -> Sentences:
    base = verdict.numbers["base_source"]
    days = f"{verdict.start:%Y-%m}..{verdict.end:%Y-%m}"
    value, n, against, base_n = (_number(verdict, name) for name in ("value", "n", "base", "base_n"))
    diff, low, high, margin = (100 * _number(verdict, name) for name in ("diff", "ci_low", "ci_high", "margin"))
    return Sentences(
        f"{days} は {n:.0f} 件中 {value:.1%}、基準 ({base}) は {base_n:.0f} 件中 {against:.1%}。"
        f"差は {diff:+.1f} ポイント [{low:+.1f}, {high:+.1f}]、許容幅は {margin:.1f} ポイント。",
        f"{value:.1%} of {n:.0f} in {days} against {against:.1%} of {base_n:.0f} in {base}: "
        f"{diff:+.1f} pt [{low:+.1f}, {high:+.1f}], margin {margin:.1f} pt.",
    )


def _volumes(verdict: Verdict, facts: Mapping[str, MetricFact]) -> Sentences:
    paired = facts.get(verdict.guardrail.paired_with or "")
    if paired is None or "volume" not in verdict.numbers:
        return NOTHING
    volume, before, current = (_number(verdict, name) for name in ("volume", "base_volume", "current_volume"))
    said = NOTHING
    if verdict.is_local:
        brought, base = volume * _number(verdict, "value"), before * _number(verdict, "base")
        said = Sentences(
            f"{paired.label_ja}は {before:.0f} から {volume:.0f} に増え、成果は {base:.0f} から {brought:.0f} (部分最適)。",
            f"{paired.label_en} went from {before:.0f} to {volume:.0f}, what came of it from {base:.0f} to {brought:.0f}: "
            "local optimisation.",
        )
    if verdict.numbers.get("break_even") is None:
        return said
    even = _number(verdict, "break_even")
    said += Sentences(
        f"直近の量 {current:.0f} で成果を減らさないためには {even:.1%} が必要。",
        f"At the current volume of {current:.0f} it takes {even:.1%} to lose nothing.",
    )
    if not _is_ok_by_volume(verdict, volume <= before, even):
        return said
    return said + Sentences(
        f"率はこれを下回るが、{paired.label_ja}が {before:.0f} から {volume:.0f} で増えていないため正常とする。",
        f"The rate is below that; it is ok only because {paired.label_en} did not grow ({before:.0f} to {volume:.0f}), "
        "which is no local optimisation.",
    )


def _is_ok_by_volume(verdict: Verdict, fell: bool, even: float) -> bool:
    """Tell whether a guardrail of local optimisation is green although its rate loses: the KPI it is paired with did not grow."""
    test = verdict.guardrail.test
    is_local = isinstance(test, Comparison) and test.local
    return is_local and verdict.state == "ok" and fell and _number(verdict, "value") < even


def _cause(verdict: Verdict) -> Sentences:
    if verdict.numbers.get("cause") is None:
        return NOTHING
    within, mix = 100 * _number(verdict, "within_effect"), 100 * _number(verdict, "mix_effect")
    inside = verdict.numbers["cause"] == "within"
    by = DIMENSIONS.get(str(verdict.guardrail.cause_by).rpartition("__")[2], str(verdict.guardrail.cause_by))
    return Sentences(
        f"主な原因は{'各' if inside else ''}{by}{'の中の質' if inside else 'の構成の変化'}"
        f" (質 {within:+.1f}、構成 {mix:+.1f} ポイント)。",
        f"The cause is {'quality within' if inside else 'the mix of'} {verdict.guardrail.cause_by} "
        f"(within {within:+.1f} pt, mix {mix:+.1f} pt).",
    )


def _lost(verdict: Verdict) -> Sentences:
    if verdict.numbers.get("lost_estimate") is None:
        return NOTHING
    lost = _number(verdict, "lost_estimate")
    return Sentences(
        f"早すぎる接触で失った有効商談は最大 {lost:.0f} 件。", f"At most {lost:.0f} valid opportunities were lost by it."
    )


def _agreed(verdict: Verdict) -> Sentences:
    names = ("numerator", "n", "value", "base", "p_value", "e_value")
    hits, n, value, base, chance, evidence = (_number(verdict, name) for name in names)
    said = Sentences(
        f"成熟した {n:.0f} 件中 {hits:.0f} 件 ({value:.1%})、合意した率は {base:.1%}。"
        f"偶然の確率 {chance:.4f}、e値 {evidence:.2f}。",
        f"{hits:.0f} of {n:.0f} mature ones ({value:.1%}) against the agreed {base:.1%}: chance {chance:.4f}, "
        f"e-value {evidence:.2f}.",
    )
    if verdict.numbers.get("supply_attainment") is None:
        return said
    supply = _number(verdict, "supply_attainment")
    return said + Sentences(f"供給は目標の {supply:.0%}。", f"Supply is at {supply:.0%} of its target.")


def _process(verdict: Verdict) -> Sentences:
    value, mean, low, high = (_number(verdict, name) for name in ("value", "base", "ci_low", "ci_high"))
    month = f"{verdict.start:%Y-%m}"
    return Sentences(
        f"{month} は {value:,.2f}、平均 {mean:,.2f}、管理限界 {low:,.2f} から {high:,.2f}。",
        f"{value:,.2f} in {month}; mean {mean:,.2f}, limits {low:,.2f} to {high:,.2f}.",
    )


def _capacity(verdict: Verdict) -> Sentences:
    use, needed, there = (_number(verdict, name) for name in ("value", "numerator", "n"))
    assumed = verdict.numbers["is_assumed"]
    return Sentences(
        f"{verdict.start:%Y-%m} に必要な工数は {needed:,.0f} 時間、使える工数は {there:,.0f} 時間 ({use:.0%})"
        f"{'。標準工数による仮置き' if assumed else ''}。",
        f"{needed:,.0f} of {there:,.0f} hours were needed in {verdict.start:%Y-%m} ({use:.0%})"
        f"{', by standard hours' if assumed else ''}.",
    )


def _silent(verdict: Verdict) -> Sentences:
    readable = verdict.numbers.get("readable_from")
    n, least = verdict.numbers.get("n"), verdict.guardrail.min_n
    if verdict.state == "stale":
        return Sentences("新しいデータが入っていないため判定できない。", "nothing new came in, so it cannot be told.")
    if isinstance(readable, dt.date):
        return Sentences(f"まだ成熟していない。{readable} から判定できる。", f"too young to tell; readable from {readable}.")
    reason = verdict.why.get("value", verdict.state)
    if reason not in SILENT and (verdict.numbers.get("value") is None or reason == "too_few_months"):
        ja, en = words(reason)
        return Sentences(f"判定できない ({ja})。", f"it cannot be told ({en}).")
    found = float(n) if isinstance(n, int | float) else 0.0
    return Sentences(
        f"件数が足りない ({found:.0f} 件、必要 {least} 件)。", f"too few cases to tell ({found:.0f}, {least} needed)."
    )


def _number(verdict: Verdict, name: str) -> float:
    value = verdict.numbers[name]
    assert isinstance(value, int | float)
    return float(value)
