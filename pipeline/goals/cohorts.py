"""A conversion rate of the metric layer -> those who entered, day by day, and how many had converted after each week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.goals.calendar import add_months
from pipeline.goals.measuring import NO_MEMBER, TOTAL, Ask, MetricFact
from pipeline.metrics import Cohorts as Follow
from pipeline.metrics import Question

DAYS_OF_AGE = 7
_WHOLE = 1 - 1e-9


@dataclass(frozen=True)
class Entrants:
    """Those of one member who entered on one day.

    `converted` is cumulative by complete week of age: converted[0] within one week of the entry. `so_far` counts every conversion
    known, those in the week that is not over too. `lost` is the same of the competing outcome; zeros where none is followed.
    """

    day: dt.date
    member: str
    entered: float
    converted: tuple[float, ...]
    so_far: float
    lost: tuple[float, ...]
    lost_so_far: float

    @property
    def ages(self) -> int:
        """How many weeks of age are over."""
        return len(self.converted)

    @property
    def open(self) -> float:
        """How many have neither converted nor been lost."""
        return max(0.0, self.entered - self.so_far - self.lost_so_far)


@dataclass(frozen=True)
class Cohorts:
    """The entrants of a conversion. `horizon` is the age in weeks after which nothing more is counted."""

    metric: str
    earlier: str
    later: str
    horizon: int
    entrants: tuple[Entrants, ...]

    def between(self, start: dt.date, end: dt.date, member: str | None = None) -> Cohorts:
        """Return those who entered from start to end, both included; of one member where one is named."""
        kept = (each for each in self.entrants if start <= each.day <= end and member in (None, each.member))
        return replace(self, entrants=tuple(kept))

    def mature(self) -> Cohorts:
        """Return those whose horizon is over: their number does not change any more."""
        return replace(self, entrants=tuple(each for each in self.entrants if each.ages >= self.horizon))

    @property
    def entered(self) -> float:
        """How many entered."""
        return sum(each.entered for each in self.entrants)

    @property
    def converted(self) -> float:
        """How many have converted so far."""
        return sum(each.so_far for each in self.entrants)

    @property
    def members(self) -> tuple[str, ...]:
        """The members of the dimension, in order."""
        return tuple(sorted({each.member for each in self.entrants}))


def conversion_of(facts: Mapping[str, MetricFact], earlier: str, later: str) -> str | None:
    """Return the conversion rate that follows one metric to another; the one with the longest window of several, None of none."""
    found = [fact for fact in facts.values() if fact.follows == (earlier, later)]
    return max(found, key=lambda fact: (fact.matures_after_days or 0, fact.name)).name if found else None


def read_cohorts(
    ask: Ask,
    facts: Mapping[str, MetricFact],
    metric: str,
    since: dt.date,
    as_of: dt.date,
    *,
    by: str | None = None,
    competing: str | None = None,
) -> Cohorts:
    """Ask for the cohorts of a conversion rate that entered from `since` to `as_of`, as known at the end of `as_of`.

    `by` is a dimension as a goal names it (`channel`); without it, or where the metric cannot be cut by it, all stand under
    `total`. `competing` is the conversion rate of the same entrants to the outcome that ends their chance (lost).
    """
    fact = facts[metric]
    if fact.follows is None or fact.matures_after_days is None:
        raise ValueError(f"{metric} follows no cohort")
    horizon = -(-fact.matures_after_days // DAYS_OF_AGE)
    cut = fact.cut(by) if by else None
    own = _followed(ask, fact, cut, since, as_of)
    other = _followed(ask, facts[competing], cut, since, as_of) if competing else {}
    entrants = (_entrants(key, steps, other.get(key, ()), horizon) for key, steps in own.items())
    return Cohorts(metric, *fact.follows, horizon, tuple(entrants))


def grown_old(ask: Ask, facts: Mapping[str, MetricFact], metric: str, last: dt.date, months: int) -> Cohorts:
    """Ask for those who had grown old by the end of a date, and were among the newest of them: of so many months."""
    end = last - dt.timedelta(days=facts[metric].matures_after_days or 0)
    start = add_months(end.replace(day=1), -months)
    return read_cohorts(ask, facts, metric, start, last).between(start, end).mature()


Step = tuple[float, float, bool]
"""Who entered, who had converted within an age, and whether that age is over."""


def _followed(
    ask: Ask, fact: MetricFact, cut: str | None, since: dt.date, as_of: dt.date
) -> dict[tuple[dt.date, str], list[Step]]:
    question = Question(
        metrics=(fact.name,),
        group_by=(cut,) if cut else (),
        start_time=since.isoformat(),
        end_time=as_of.isoformat(),
        cutoff=as_of,
        cohorts=Follow("day", "week"),
    )
    table = ask(question)
    at = {name.casefold(): place for place, name in enumerate(table.names)}
    entered, done = at[f"{fact.name}__denominator".casefold()], at[f"{fact.name}__numerator".casefold()]
    day, age, maturity = at["metric_time__day"], at["age__week"], at["maturity"]
    found: dict[tuple[dt.date, str], list[Step]] = {}
    rows: list[tuple[Any, ...]] = sorted(table.rows, key=lambda each: int(str(each[age])))
    for row in rows:
        member = (NO_MEMBER if row[at[cut.casefold()]] is None else str(row[at[cut.casefold()]])) if cut else TOTAL
        step = (float(row[entered] or 0), float(row[done] or 0), float(row[maturity]) >= _WHOLE)
        found.setdefault((_date(row[day]), member), []).append(step)
    return found


def _entrants(key: tuple[dt.date, str], steps: list[Step], lost: Iterable[Step], horizon: int) -> Entrants:
    entered, so_far, _ = steps[-1]
    whole = tuple(done for _, done, over in steps if over)[:horizon]
    ended = list(lost)
    others = tuple(done for _, done, over in ended if over)[: len(whole)]
    others += (others[-1] if others else 0.0,) * (len(whole) - len(others))
    return Entrants(*key, entered, whole, so_far, others, ended[-1][1] if ended else 0.0)


def _date(value: Any) -> dt.date:
    assert isinstance(value, dt.date)
    return value.date() if isinstance(value, dt.datetime) else value
