"""Month -> the parameters of the simulation: the one place where the company's rates stand; and what a scenario changes."""

from __future__ import annotations

from dataclasses import dataclass

CHANNELS = ("Web問合せ", "ウェビナー", "展示会", "コンテンツ", "紹介")
UNATTRIBUTED = "unattributed"
SALES_SOURCED = "営業開拓"


@dataclass(frozen=True)
class Switch:
    """A change of the company's ways from a month (`2026-07`) on; a strength of 1 is the full effect."""

    month: str
    strength: float = 1.0


@dataclass(frozen=True)
class Scenario:
    """What is different from the company's usual course; nothing, by default. `courses.py` carries it out."""

    push_appointments: Switch | None = None
    definition_change: Switch | None = None
    slower_deals: Switch | None = None
    forced_approaches: Switch | None = None
    channel_mix_shift: Switch | None = None


USUAL = Scenario()


@dataclass(frozen=True)
class Month:
    """The parameters of one month: leads per business day, rates as fractions, lags in days, amounts in yen."""

    leads_per_day: float
    mix: tuple[float, ...]  # by channel, sums to 1
    mql_rate: tuple[float, ...]  # by channel
    mql_days: float
    appointment_rate: float
    appointment_days: float
    direct_rate: float  # of those with an appointment: never made MQL before it
    held_rate: float
    cancelled_rate: float  # of those not held; the rest did not turn up
    opportunity_rate: float  # of appointments held
    valid_rate: float
    valid_days: float
    won_rate: float
    close_days: float
    amount_median: float
    amount_sigma: float
    recycled_rate: float  # of those who became MQL and no appointment
    group_rate: float  # deals with more than one person


SEASON = (0.92, 0.95, 1.05, 1.08, 1.02, 0.85, 1.0, 1.12, 1.12, 1.0, 0.88, 1.05)
"""Leads by calendar month, January first."""

FAIR_MONTHS = (2, 5, 7, 10, 11)
"""Calendar months with an exhibition: the leads of `展示会` come on its three days."""


def parameters(month: str) -> Month:
    """Return the parameters of a month."""
    year, number = int(month[:4]), int(month[5:])
    years = year - 2024 + (number - 4) / 12
    fair = 0.30 if number in FAIR_MONTHS else 0.06
    rest = (1 - fair) / 0.84
    return Month(
        leads_per_day=7.75 * 1.06**years * SEASON[number - 1],
        mix=(0.26 * rest, 0.24 * rest, fair, 0.24 * rest, 0.10 * rest),
        mql_rate=(0.36, 0.22, 0.15, 0.14, 0.43),
        mql_days=16,
        appointment_rate=0.52,
        appointment_days=8,
        direct_rate=0.03,
        held_rate=0.84,
        cancelled_rate=0.65,
        opportunity_rate=0.63,
        valid_rate=0.68,
        valid_days=16,
        won_rate=0.32,
        close_days=85,
        amount_median=2_600_000 * 1.02**years,
        amount_sigma=0.65,
        recycled_rate=0.34,
        group_rate=0.15,
    )
