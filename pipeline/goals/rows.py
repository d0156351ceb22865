"""One frozen value per row of the sealed goal tables; the fields are the columns, in order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class KgiRow:
    """A goal over its period or one of its months, as of a date."""

    as_of_date: dt.date
    kgi_id: str
    grain: str
    period_start: dt.date
    period_end: dt.date
    label_ja: str
    label_en: str
    phase: str
    metric: str
    unit: str
    direction: str
    target: float | None
    target_rule: str
    target_to_date: float | None
    actual: float | None
    attainment: float | None
    attainment_to_date: float | None
    gap_to_date: float | None
    gap_to_target: float | None
    pace: float | None
    business_days: int
    business_days_left: int
    required_per_business_day: float | None
    shortfall: float | None
    shortfall_live: float | None
    landing_p10: float | None
    landing_p50: float | None
    landing_p90: float | None
    landing_expected: float | None
    gap_landing: float | None
    p_attain: float | None
    outlook: str
    eta_p50: dt.date | None
    verdict: str | None
    growth_multiple: float | None
    initiative_coverage: float | None
    status: str
    guardrail_state: str | None
    agreement_state: str | None
    null_reason: str | None
    marketing_owner: str | None
    sales_owner: str | None
    coordinator: str | None
    plan_version: int
    run_id: str


@dataclass(frozen=True)
class KpiRow:
    """A metric over some days, in total or for one member of a dimension, as of a date."""

    as_of_date: dt.date
    metric: str
    grain: str
    period_start: dt.date
    period_end: dt.date
    dimension: str
    member: str
    label_ja: str
    label_en: str
    unit: str
    value_kind: str
    value: float | None
    numerator: float | None
    denominator: float | None
    ci_low: float | None
    ci_high: float | None
    projected: float | None
    completion: float | None
    maturity: str
    target: float | None
    gap: float | None
    status: str
    within_noise: bool | None
    definition_version: int
    null_reason: str | None
    run_id: str


@dataclass(frozen=True)
class KpiTargetRow:
    """What a metric must reach for a goal, over its period or one of its months, by one version of the plan."""

    as_of_date: dt.date
    kgi_id: str
    metric: str
    grain: str
    period_start: dt.date
    period_end: dt.date
    channel: str
    plan_version: int
    value_kind: str
    target_value: float | None
    target_count: int | None
    weight: float
    business_days: int
    seasonal_index: float | None
    rate_used: float | None
    rate_source: str | None
    rate_n: int | None
    is_assumed: bool
    required_p50: int | None
    required_p80: int | None
    latest_useful_month: dt.date | None
    agreed_by: str | None
    effective_from: dt.date
    null_reason: str | None
    run_id: str


def reasons(why: Mapping[str, str | None], values: Mapping[str, object]) -> str | None:
    """Join why columns are null as `column=reason;column=reason`; None when no value is null.

    `why` names a reason for columns that may be null; a column of `values` that is null without one is a bug and gets
    `unexplained`, which the check of the sealed rows refuses.
    """
    named = [f"{column}={why.get(column) or 'unexplained'}" for column, value in values.items() if value is None]
    return ";".join(named) or None


def divide(numerator: float | None, denominator: float | None) -> float | None:
    """Divide, or None where there is nothing to divide or nothing to divide by."""
    return numerator / denominator if numerator is not None and denominator else None
