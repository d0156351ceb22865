"""What the tests of guardrails build on: entries and what became of them, a goal that names guardrails, one night scored."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pipeline.decode import read
from pipeline.goals import MetricFact, Scorecard, check_scorecard, score
from pipeline.goals.goal import Goal
from pipeline.goals.scene import Memory
from pipeline.goals.spec import read_goals
from pipeline.goals.tables import Row
from pipeline.metrics import Question
from pipeline.shapes import Column, Table
from tests.goals.files import COMPANY, FACTS, METRICS, goal_text

NIGHT = dt.date(2026, 11, 20)
APRIL, OCTOBER = dt.date(2026, 4, 1), dt.date(2026, 10, 1)
"""Two months of 21 business days each."""
TO_VALID, TO_WON, OPT_OUT, EARLY = "appointment_to_valid", "valid_to_won", "opt_out_rate", "early_rate"
EARLY_TO_VALID, TIMELY_TO_VALID, HOURS = "early_to_valid", "timely_to_valid", "hours_per_valid"


def _follows(name: str, earlier: str, later: str, days: int) -> MetricFact:
    plain = MetricFact(name, "rate", "", name, name, divides_quantities=True, dimensions=("channel",))
    return replace(plain, matures_after_days=days, follows=(earlier, later))


def _share(name: str) -> MetricFact:
    return MetricFact(name, "ratio", "", name, name, divides_quantities=True, dimensions=("channel",))


RATES = {
    each.name: each
    for each in (
        _follows(TO_VALID, "appointments", "valid_opportunities", 14),
        _follows(TO_WON, "valid_opportunities", "won", 28),
        _follows(EARLY_TO_VALID, "early_approaches", "valid_opportunities", 14),
        _follows(TIMELY_TO_VALID, "timely_approaches", "valid_opportunities", 14),
        *(_share(name) for name in (OPT_OUT, EARLY, HOURS)),
    )
}
ALL_FACTS = {**FACTS, **RATES}


@dataclass(frozen=True)
class Entries:
    """So many who entered on a day, of whom so many converted within `after` days."""

    day: dt.date
    entered: int
    converted: int
    member: str = "web"
    after: int = 3


@dataclass(frozen=True)
class World:
    """What is true: the entries of each rate that follows cohorts or of each share, the values of other metrics by month."""

    entries: Mapping[str, tuple[Entries, ...]] = field(default_factory=dict)
    values: Mapping[str, Mapping[dt.date, float]] = field(default_factory=dict)
    facts: Mapping[str, MetricFact] = field(default_factory=lambda: ALL_FACTS)

    def ask(self, question: Question) -> Table:
        """Answer as the metric layer does."""
        (metric,) = question.metrics
        if question.cohorts is not None:
            return self._followed(metric, question)
        rows = [
            (month, *((member,) if "channel" in question.group_by else ()), *cells)
            for month, member, cells in self._monthly(metric, "channel" in question.group_by, question)
        ]
        names = ("metric_time__month", *(("channel",) if "channel" in question.group_by else ()), metric)
        names += (f"{metric}__numerator", f"{metric}__denominator")
        if "metric_time__month" not in question.group_by:
            total = sum(float(row[-3] or 0) for row in rows)
            hits, n = (sum(float(row[at] or 0) for row in rows) for at in (-2, -1))
            value = hits / n if n else total
            return Table(tuple(Column(name, "DOUBLE") for name in names[1:]), ((value, hits, n),) if rows else ())
        return Table(tuple(Column(name, "DOUBLE") for name in names), tuple(rows))

    def _monthly(
        self, metric: str, by_member: bool, question: Question
    ) -> Iterable[tuple[dt.date, str, tuple[float | None, float, float]]]:
        start, end = dt.date.fromisoformat(str(question.start_time)), dt.date.fromisoformat(str(question.end_time))
        found: dict[tuple[dt.date, str], list[float]] = {}
        for each in self.entries.get(metric, ()):
            if start <= each.day <= end:
                cell = found.setdefault((each.day.replace(day=1), each.member if by_member else "total"), [0, 0])
                cell[0] += each.converted
                cell[1] += each.entered
        for (month, member), (hits, n) in found.items():
            yield month, member, (hits / n if n else None, hits, n)
        for month, value in self.values.get(metric, {}).items():
            if start <= month <= end:
                yield month, "total", (value, 0, 0)

    def _followed(self, metric: str, question: Question) -> Table:
        start, end = dt.date.fromisoformat(str(question.start_time)), dt.date.fromisoformat(str(question.end_time))
        horizon = -(-(self.facts[metric].matures_after_days or 0) // 7)
        entered: Counter[tuple[dt.date, str]] = Counter()
        done: Counter[tuple[dt.date, str, int]] = Counter()
        for each in self.entries.get(metric, ()):
            if start <= each.day <= end:
                member = each.member if question.group_by else "total"
                entered[each.day, member] += each.entered
                if each.day + dt.timedelta(days=each.after) <= end:
                    for week in range(each.after // 7 + 1, horizon + 1):
                        done[each.day, member, week] += each.converted
        names = (
            "metric_time__day",
            *question.group_by,
            "age__week",
            f"{metric}__denominator",
            f"{metric}__numerator",
            "maturity",
        )
        rows = [
            (
                day,
                *((member,) if question.group_by else ()),
                week,
                n,
                done[day, member, week],
                float(day + dt.timedelta(7 * week) <= end),
            )
            for (day, member), n in entered.items()
            for week in range(1, horizon + 1)
            if day + dt.timedelta(7 * (week - 1)) <= end
        ]
        return Table(tuple(Column(name, "DOUBLE") for name in names), tuple(rows))


def guarded_goals(guardrails: str, **changed: str | None) -> tuple[Goal, ...]:
    """Read one goal and the guardrails that it names."""
    names = [line.split(":")[1].split(",")[0].strip() for line in guardrails.splitlines() if line.startswith("- {name")]
    goal = goal_text(guardrails=f"[{', '.join(names)}]", **changed)
    documents = [
        read(goal, "metrics/goals/goal.yml"),
        read(f"version: 1\nguardrails:\n{guardrails}", "metrics/goals/guardrails.yml"),
    ]
    return read_goals(documents, COMPANY, {*METRICS, *RATES})


def night(
    world: World, guardrails: str, *, as_of: dt.date = NIGHT, memory: Memory | None = None, **changed: str | None
) -> Scorecard:
    """Score one night; the card is whole."""
    goals = guarded_goals(guardrails, **changed)
    card = score(goals, ALL_FACTS, world.ask, COMPANY, as_of, "run", memory=memory)
    assert check_scorecard(card) == ()
    return card


def row_of(card: Scorecard, name: str, channel: str = "total") -> Row:
    """Return the one row of a guardrail."""
    (row,) = [row for row in card.rows("guardrail") if (row["guardrail"], row["channel"]) == (name, channel)]
    return row


def line(name: str, metric: str, direction: str, test: str, *more: str) -> str:
    """Write one guardrail."""
    keys = (f"name: {name}", f"label: {{ja: {name}の見張り, en: Guard of {name}}}", "protects: created_pipeline_amount")
    return f"- {{{', '.join((*keys, f'metric: {metric}', f'direction: {direction}', f'test: {test}', *more))}}}\n"
