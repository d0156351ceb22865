"""What must hold before a goal of a phase can be measured: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.findings import Place

__all__ = ["NEXT", "READABLE", "AgreementSigned", "Criterion", "MetricReached"]

NEXT: dict[str, Literal["middle", "late"]] = {"early": "middle", "middle": "late"}
"""Which phase comes after which; nothing comes after the late one."""

READABLE = "readable"
"""The name of the row about checks that cannot be read yet; no criterion is called so."""


@dataclass(frozen=True)
class MetricReached:
    """A metric is at least a number: over the last complete fiscal quarter (`months` None), or the last whole months.

    `of` is `rate` where the number is a share of cases, `count` where it is a number of them.
    """

    metric: str
    at_least: float
    of: Literal["rate", "count"]
    months: int | None


@dataclass(frozen=True)
class AgreementSigned:
    """A definition is signed by both departments, in the version in force."""

    agreement: str


@dataclass(frozen=True)
class Criterion:
    """One condition of a phase, by its name and what it is called."""

    name: str
    label_ja: str
    label_en: str
    asks: MetricReached | AgreementSigned
    place: Place
