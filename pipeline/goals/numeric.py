"""A value of a goal file -> a finite number, or the finding that says what to write instead (E101, E103, E104)."""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal

from pipeline.findings import Finding, Place, finding

LARGEST = 10**15
"""No target is larger: a thousand 兆 of yen. What is worked out from it then stays a number."""
_SCALES = {"兆": 10**12, "億": 10**8, "百万": 10**6, "万": 10**4, "千": 10**3, "": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)(兆|億|百万|万|千|)")
_LOOSE = re.compile(r"[¥$]?((?:\d+(?:\.\d+)?(?:兆|億|百万|万|千|))+)(?:円|ドル|件|社|名|人|個|回|[A-Za-z]{1,4})?")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*(?:%|パーセント)")


def number_finding(value: object, place: Place, *, key: str, code: str = "E101") -> Finding | None:
    """Return what is wrong with a value that must be a finite number; None when it is one.

    The hint depends on what was written: a percentage has two readings, 2.4億円 has one number, 「前年を超える」 has none.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and not math.isfinite(value):
            return finding("kgi_not_finite", place, rule=code, key=key, value=str(value))
        return finding("kgi_too_large", place, rule=code, key=key, largest=LARGEST) if abs(value) > LARGEST else None
    if not isinstance(value, str):
        return finding("kgi_not_a_number", place, rule=code, key=key, value=_shown(value))
    text = unicodedata.normalize("NFKC", value).strip()
    if percent := _PERCENT.search(text):
        of = Decimal(percent[1]) / 100
        return finding(
            "kgi_percent", place, rule=code, key=key, value=value, percent=percent[1], of=_plain(of), plus=_plain(of + 1)
        )
    if (amount := _loose(text)) is not None:
        return finding("kgi_loose_number", place, rule=code, key=key, value=value, number=_plain(amount))
    return finding("kgi_text", place, rule=code, key=key, value=value)


def percent_of(text: str) -> str | None:
    """Return the fraction that a percentage stands for, as it is to be written; None for what is none."""
    percent = _PERCENT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return _plain(Decimal(percent[1]) / 100) if percent else None


def sign_finding(value: float, place: Place, *, key: str, direction: str) -> Finding | None:
    """Return E103 when a target is negative, or zero where more is better."""
    if value < 0 or (value == 0 and direction == "up"):
        return finding("kgi_sign", place, key=key, value=value, direction=direction)
    return None


def _loose(text: str) -> Decimal | None:
    match = _LOOSE.fullmatch(text.replace(",", "").replace(" ", ""))
    if match is None:
        return None
    return sum((Decimal(number) * _SCALES[scale] for number, scale in _PART.findall(match[1])), Decimal(0))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}" if number != 1 else "1.0"


def _shown(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
