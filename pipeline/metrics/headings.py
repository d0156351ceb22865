"""What a column of an answer is, in words: its heading, its unit, and how its values read."""

from __future__ import annotations

import datetime as dt
import decimal
from dataclasses import dataclass
from typing import Literal

from pipeline.messages import Language

Style = Literal["plain", "percent", "points", "fiscal_year", "fiscal_half", "fiscal_quarter"]


@dataclass(frozen=True)
class Heading:
    """The words over a column. `fiscal_start` is the (month, day) on which a fiscal year begins, for the fiscal styles."""

    text: str
    style: Style = "plain"
    language: Language = "ja"
    fiscal_start: tuple[int, int] | None = None

    def shown(self, value: object) -> str | None:
        """Return a value as people read it; None where it reads as it is."""
        if self.style == "percent" and isinstance(value, float | decimal.Decimal):
            return f"{value:.1%}"
        if self.style == "points" and isinstance(value, float | decimal.Decimal):
            return f"{value * 100:+.1f} pt"
        if isinstance(value, dt.date) and self.style.startswith("fiscal") and self.fiscal_start:
            return _fiscal(value, self.style, self.fiscal_start, self.language)
        return None


def _fiscal(first_day: dt.date, style: Style, start: tuple[int, int], language: Language) -> str:
    """Name a fiscal period by its first day: 2026年度上期, FY2026 H1. A fiscal year is named by the year it starts in."""
    year = first_day.year if (first_day.month, first_day.day) >= start else first_day.year - 1
    months = (first_day.month - start[0]) % 12
    if style == "fiscal_half":
        return f"{year}年度{'下期' if months >= 6 else '上期'}" if language == "ja" else f"FY{year} H{months // 6 + 1}"
    if style == "fiscal_quarter":
        return f"{year}年度 第{months // 3 + 1}四半期" if language == "ja" else f"FY{year} Q{months // 3 + 1}"
    return f"{year}年度" if language == "ja" else f"FY{year}"
