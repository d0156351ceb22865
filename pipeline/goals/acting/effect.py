"""Initiatives and the numbers of their KPI -> the rows of `initiative_effect`: what each has brought, or when it can be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.engines.duckdb import EngineError
from pipeline.findings import Finding, HeldError, KgiError, MachineError, Severity, finding
from pipeline.goals.acting.estimate import (
    Cell,
    Estimate,
    minimal_effect,
    of_months,
    of_rates,
    placebo_months,
    rate_error,
)
from pipeline.goals.acting.ledger import served
from pipeline.goals.acting.outcome import MATURE, Maturity, Outcome, monthly, rates
from pipeline.goals.acting.worth import worth
from pipeline.goals.initiative import GRADES, Initiative
from pipeline.goals.measuring import MetricFact
from pipeline.goals.scene import Part, Scene
from pipeline.goals.tables import INITIATIVE_EFFECT, Row

__all__ = ["initiative_effect_part"]

_READ = ("effect", "ci_low", "ci_high", "claim", "expected_effect")


@dataclass(frozen=True)
class _Read:
    """What can be said of one initiative: `found` is None with a `reason` while or where nothing can."""

    outcome: Outcome
    found: Estimate | None = None
    placebo: bool | None = None
    error: float | None = None
    """The standard error of an effect: of what was found, else as the time before lets expect."""
    reason: str | None = None

    @property
    def readable(self) -> bool:
        return self.found is not None


def initiative_effect_part(scene: Scene) -> Part:
    """Read every initiative against its comparison, as soon as its outcome is mature enough. Source: docs/initiatives.md."""
    rows: list[Row] = []
    said: list[Finding] = []
    for each in scene.initiatives:
        fact = scene.facts[each.kpi]
        read = _read(scene, each, fact)
        row = _row(scene, each, fact, read)
        rows.append(row)
        said.extend((*read.outcome.findings, *_findings(scene, each, row)))
    return Part({INITIATIVE_EFFECT.name: tuple(rows)}, tuple(said))


def _read(scene: Scene, each: Initiative, fact: MetricFact) -> _Read:
    by_cohort = fact.follows is not None
    try:
        outcome = (rates if by_cohort else monthly)(scene, each, fact)
    except (MachineError, HeldError):
        raise
    except (KgiError, EngineError):
        return _Read(Outcome(Maturity(0.0, (each.comparison.after or each.days).end)), reason="metric_failed")
    if outcome.reason is not None:
        return _Read(outcome, reason=outcome.reason)
    return _of_cells(scene, each, outcome) if by_cohort else _of_months(scene, each, fact, outcome)


def _of_months(scene: Scene, each: Initiative, fact: MetricFact, outcome: Outcome) -> _Read:
    data, method = outcome.months, each.comparison.method
    assert data is not None
    found = of_months(method, data, sums=fact.is_additive)
    placebo = placebo_months(method, data, sums=fact.is_additive)
    if found is None or outcome.maturity.share < MATURE:
        length = max(1, round(data.months_after / outcome.read_share) if outcome.read_share else _length(each))
        trial = of_months(method, data.before(min(length, data.start // 2)), sums=fact.is_additive) if data.start > 2 else None
        reason = _silent(scene, each, outcome) or "too_few_months"
        return _Read(outcome, None, placebo, trial.error if trial else None, reason)
    return _Read(outcome, found, placebo, found.error)


def _of_cells(scene: Scene, each: Initiative, outcome: Outcome) -> _Read:
    method, before, after = each.comparison.method, outcome.before, outcome.after
    assert after is not None
    halves = of_rates(method, outcome.halves[1], outcome.halves[0]) if outcome.halves and method != "holdout" else None
    placebo = halves.interval.holds(0.0) if halves is not None and halves.interval is not None else None
    found = of_rates(method, after, before)
    if found is None or (reason := _silent(scene, each, outcome)) is not None:
        reason = _silent(scene, each, outcome) or "no_entries"
        return _Read(outcome, None, placebo, _expected_error(each, after, before), reason)
    return _Read(outcome, found, placebo, found.error)


def _silent(scene: Scene, each: Initiative, outcome: Outcome) -> str | None:
    """Return why an effect is not read yet; None when it is time."""
    if outcome.maturity.share >= MATURE:
        return None
    return "cancelled" if each.state(scene.as_of) == "cancelled" else "not_yet_readable"


def _expected_error(each: Initiative, after: tuple[Cell, Cell | None], before: tuple[Cell, Cell | None] | None) -> float | None:
    """Return the error that the planned number of cases lets expect, at the shares of the time before."""
    cases = max(each.expected.cases or 0.0, after[0].entered)
    own = before[0] if before else after[1]
    if own is None:
        return None
    cells = [(own.rate, cases), (own.rate, own.entered)]
    control = before[1] if before else None
    if each.comparison.method in ("did", "series") and control is not None:
        cells += [(control.rate, max(control.entered, 1.0)), (control.rate, after[1].entered if after[1] else 0.0)]
        cells[-1] = (control.rate, cells[-1][1] or control.entered)
    return rate_error(cells)


def _length(each: Initiative) -> int:
    days = each.comparison.after or each.days
    return (days.end.year - days.start.year) * 12 + days.end.month - days.start.month + 1


def _row(scene: Scene, each: Initiative, fact: MetricFact, read: _Read) -> Row:
    goals, outcome, found = served(scene, each), read.outcome, read.found
    claim = _claim(each, found)
    treated, control = _counts(outcome) if found is not None else (None, None)
    brought = None
    if goals and found is not None and claim in ("effect", "opposite"):
        brought = worth(goals[0].plan, fact, found.effect, treated)
    efficient = found is not None and claim == "effect" and each.cost is not None
    not_read = read.reason or "not_read"
    why: dict[str, str | None] = {
        **dict.fromkeys((*_READ, "n_treated"), read.reason or "too_few_months"),
        "n_control": read.reason or "no_control",
        "mde": "too_few_months" if each.comparison.before else not_read,
        "kgi_id": "in_no_goal",
        "kgi_effect": read.reason or ("no_effect_claimed" if claim == "none" else "no_target" if goals else "in_no_goal"),
        "cost_per_effect": read.reason or ("no_effect_claimed" if claim != "effect" else "not_given"),
        "placebo_ok": "randomised" if each.comparison.method == "holdout" else "too_few_months",
    }
    return INITIATIVE_EFFECT.row(
        why,
        as_of_date=scene.as_of,
        initiative=each.name,
        method=each.comparison.method,
        grade=_grade(each, read.placebo),
        kpi=each.kpi,
        kgi_id=goals[0].plan.goal.name if goals else None,
        unit=each.expected.unit,
        effect=found.effect if found else None,
        ci_low=found.interval.low if found and found.interval else None,
        ci_high=found.interval.high if found and found.interval else None,
        claim=claim,
        expected_effect=_expected(each, fact, outcome) if found else None,
        n_treated=treated,
        n_control=control,
        mde=minimal_effect(read.error),
        maturity=outcome.maturity.share,
        readable_from=outcome.maturity.readable_from,
        kgi_effect=brought,
        cost_per_effect=(each.cost or 0.0) / abs(found.effect) if efficient and found is not None else None,
        placebo_ok=read.placebo,
        run_id=scene.run_id,
    )


def _claim(each: Initiative, found: Estimate | None) -> str | None:
    """Say what may be said: an interval that holds 0 claims nothing, and neither does an effect without an interval."""
    if found is None:
        return None
    if found.interval is None or found.interval.holds(0.0):
        return "none"
    return "effect" if found.effect * each.expected.effect > 0 else "opposite"


def _grade(each: Initiative, placebo: bool | None) -> str:
    """Return the grade of the method; D where the time before shows that the sides do not move together."""
    return "D" if placebo is False else GRADES[each.comparison.method]


def _expected(each: Initiative, fact: MetricFact, outcome: Outcome) -> float:
    """Return the expected effect over what was read: of a quantity only the part of the months that are over."""
    return each.expected.effect * (outcome.read_share if fact.is_additive else 1.0)


def _counts(outcome: Outcome) -> tuple[int | None, int | None]:
    """Return what either side rests on: entries of the cohorts, or months that were read."""
    if outcome.after is not None:
        treated, control = outcome.after
        return round(treated.entered), round(control.entered) if control is not None else None
    assert outcome.months is not None
    months = outcome.months.months_after
    return months, months if outcome.months.control else None


def _findings(scene: Scene, each: Initiative, row: Row) -> Iterator[Finding]:
    if "effect=not_yet_readable" in str(row["null_reason"]):
        maturity, day = row["maturity"], str(row["readable_from"])
        percent = round(100 * float(str(maturity)))
        yield finding("initiative_not_readable", each.place, severity=Severity.INFO, name=each.name, percent=percent, day=day)
    expected, least = row["expected_effect"] or each.expected.effect, row["mde"]
    if isinstance(least, float) and isinstance(expected, int | float) and abs(expected) < least:
        yield finding(
            "initiative_underpowered",
            each.place,
            severity=Severity.WARNING,
            name=each.name,
            expected=round(float(expected), 4),
            least=round(least, 4),
        )
