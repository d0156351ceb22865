"""A plan and the past before it -> whether it can come true: three looks, each with its chance, and the factor that binds.

Judged once, on the first night of a plan version, by what was known on its eve; that verdict stays with the version.
Source: docs/goals.md#realism.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.engines.duckdb import EngineError
from pipeline.findings import Finding, HeldError, KgiError, MachineError, Severity, finding
from pipeline.goals.backsolve import NodeTarget
from pipeline.goals.calendar import add_months, month_end
from pipeline.goals.cells import chain_of
from pipeline.goals.cohorts import conversion_of, grown_old
from pipeline.goals.flow import amounts_of
from pipeline.goals.goal import Goal, Realism
from pipeline.goals.measuring import Ask, MetricFact, Want, Window, measure
from pipeline.goals.path import Path, path_of_goal
from pipeline.goals.plan import Plan
from pipeline.goals.scene import Memory
from pipeline.goals.statistics.predictive import Look, beta_binomial, compound, growth, judge, predict_counts
from pipeline.goals.tables import REALISM, Row
from pipeline.goals.words import BANDS as WORDS
from pipeline.goals.words import CHECKS

HISTORY_MONTHS = 12
MOST_PERIODS = 6
OVERALL = "overall"
UNREALISTIC = "unrealistic"
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Judgement:
    """The verdict on one plan version; `rows` lack only the date and the run. `growth_multiple` is target / the period before."""

    verdict: str
    rows: tuple[Mapping[str, object], ...]
    growth_multiple: float | None = None


@dataclass(frozen=True)
class Before:
    """Ways to ask for the past, as known on a day."""

    ask: Ask
    facts: Mapping[str, MetricFact]

    def values(self, metric: str, windows: Sequence[Window], known: dt.date) -> list[float]:
        """Return what a metric was in each of some days, by what was known at the end of a date; nothing is 0."""
        measured = measure([Want(metric, None, tuple(windows))], self.facts, self.ask, known)
        return [measured.total(metric, window).value or 0.0 for window in windows]


def judge_plan(plan: Plan, before: Before, as_of: dt.date) -> Judgement:
    """Judge a plan by what was known on its eve; `unknown` where no look has seen enough."""
    goal, target = plan.goal, plan.target.value
    path = path_of_goal(goal, before.facts)
    eve = min(as_of, (goal.effective_from or goal.period.start) - _DAY)
    if path is None or not target or goal.direction == "down":
        return _judged(goal, as_of, [], None, "unknown")
    earlier = _earlier_periods(goal, before, eve)
    multiple = target / earlier[-1] if earlier and earlier[-1] > 0 else None
    looks = [
        _history(plan, path, before, eve, target),
        _growth(earlier, multiple),
        *_rates(plan, path, before, eve),
    ]
    return _judged(goal, as_of, looks, multiple, judge((look.look for look in looks), _bounds(goal)))


def judgements(plans: Iterable[Plan], before: Before, memory: Memory, as_of: dt.date) -> dict[str, Judgement]:
    """Return the judgement of every plan: as it was sealed, else as of tonight; `unknown` where the past cannot be asked."""
    sealed = memory.first(REALISM.name, "kgi_id", "plan_version")
    found: dict[str, Judgement] = {}
    for plan in plans:
        kept = kept_judgement(sealed, plan.goal)
        try:
            found[plan.goal.name] = kept or judge_plan(plan, before, as_of)
        except (MachineError, HeldError):
            raise
        except (KgiError, EngineError):  # the same metric failed for the goal itself, which says so
            found[plan.goal.name] = _judged(plan.goal, as_of, [], None, "unknown")
    return found


def kept_judgement(rows: Iterable[Row], goal: Goal) -> Judgement | None:
    """Return the judgement that a plan version's first night sealed; None where there is none."""
    own = [row for row in rows if (row["kgi_id"], row["plan_version"]) == (goal.name, goal.plan_version)]
    overall = next((row for row in own if row["check"] == OVERALL), None)
    if overall is None:
        return None
    value = overall["value"]
    return Judgement(str(overall["verdict"]), tuple(own), value if isinstance(value, float) else None)


def realism_rows(judgements: Mapping[str, Judgement], as_of: dt.date, run_id: str) -> tuple[Row, ...]:
    """Return the rows of tonight: those of a sealed judgement are the same every night."""
    return tuple({**row, "as_of_date": as_of, "run_id": run_id} for each in judgements.values() for row in each.rows)


def blocked(plan: Plan, judgement: Judgement) -> Plan:
    """Give a plan its verdict, and take the targets of the KPIs from an unrealistic one until an override is signed."""
    plan = replace(plan, verdict=judgement.verdict, growth_multiple=judgement.growth_multiple)
    if judgement.verdict != UNREALISTIC or plan.goal.override is not None:
        return plan
    nodes = tuple(
        node
        if node.name == plan.goal.metric or plan.goal.plan_rate(node.name)
        else NodeTarget(node.name, None, "unrealistic_plan")
        for node in plan.nodes
    )
    return replace(plan, nodes=nodes)


def realism_findings(plan: Plan, judgement: Judgement) -> tuple[Finding, ...]:
    """Say that a plan is unrealistic (E130), and by what it was overridden where somebody signed for it."""
    if judgement.verdict != UNREALISTIC:
        return ()
    overall = next(row for row in judgement.rows if row["check"] == OVERALL)
    text = {"name": plan.goal.name, "reason_ja": str(overall["text_ja"]), "reason_en": str(overall["text_en"])}
    if (signed := plan.goal.override) is not None:
        by = signed.approved_by
        return (
            finding("goal_overridden", plan.goal.place, severity=Severity.INFO, reason=signed.reason, by=by, name=plan.goal.name),
        )
    return (finding("goal_unrealistic", plan.goal.place, severity=Severity.ALARM, **text),)


@dataclass(frozen=True)
class _Seen:
    """One look: what the target asks for, what the past says, and in words for whom."""

    check: str
    look: Look
    value: float | None
    reference: float | None
    factor: str | None = None
    label: tuple[str, str] = ("", "")
    """What a rate is called."""

    @property
    def words(self) -> tuple[str, str]:
        """Return what a reader calls this look, or the rate that it is about."""
        ja, en = CHECKS.get(self.check, (self.factor or self.check,) * 2)
        return self.label[0] or ja, self.label[1] or en


def _history(plan: Plan, path: Path, before: Before, eve: dt.date, target: float) -> _Seen:
    """Predict the period from the twelve months before it: Gamma-Poisson, wider where months vary more; amounts compound."""
    last = eve if eve == month_end(eve) else eve.replace(day=1) - _DAY
    starts = [add_months(last.replace(day=1), -back) for back in range(HISTORY_MONTHS - 1, -1, -1)]
    windows = [Window("month", start, month_end(start)) for start in starts]
    counts = before.values(path.count, windows, eve)
    seen = [at for at, count in enumerate(counts) if count]
    counts = counts[seen[0] :] if seen else []  # a metric that did not exist yet was not zero
    months = math.fsum(_part_of_month(month.start, month.end) for month in plan.months)
    if not counts:
        return _Seen("history", Look("history", None), target, None)
    predicted, _ = predict_counts(counts, months)
    if path.metric == path.count:
        chance, mean = predicted.at_least(target), predicted.mean
    else:
        amounts = amounts_of(path, before.ask, before.facts, eve)
        if not any(amounts):
            return _Seen("history", Look("history", None), target, None)
        whole = compound(predicted, amounts)
        mean = whole.mean
        chance = 0.5 * math.erfc((target - mean) / math.sqrt(2 * whole.variance)) if whole.variance > 0 else float(mean >= target)
    return _Seen("history", Look("history", chance, len(counts), math.fsum(counts)), target, mean)


def _part_of_month(start: dt.date, end: dt.date) -> float:
    """Return how much of its month a month of the period is: 1 for a whole one."""
    return ((end - start).days + 1) / month_end(start).day


def _earlier_periods(goal: Goal, before: Before, eve: dt.date) -> list[float]:
    """Return what the goal's metric was in earlier periods of the same length, the oldest first, from the first with anything."""
    start, end = goal.period.start, goal.period.end
    if start.day != 1 or end != month_end(end):
        return []
    length = (end.year - start.year) * 12 + end.month - start.month + 1
    starts = [add_months(start, -length * back) for back in range(MOST_PERIODS, 0, -1)]
    windows = [Window("before", each, add_months(each, length) - _DAY) for each in starts]
    whole = [window for window in windows if window.end <= eve]
    values = before.values(goal.metric, whole, eve) if whole else []
    first = next((at for at, value in enumerate(values) if value > 0), len(values))
    return values[first:]


def _growth(earlier: Sequence[float], multiple: float | None) -> _Seen:
    """Hold the multiple that the target asks for against those of the past; the oldest period may begin with the data."""
    ratios = [after / before for before, after in pairwise(earlier[1:]) if before > 0]
    said = growth(ratios, multiple) if multiple is not None else None
    mean = math.exp(math.fsum(math.log(each) for each in ratios) / len(ratios)) if ratios and min(ratios) > 0 else None
    return _Seen("growth", Look("growth", said.probability if said else None, len(ratios)), multiple, mean)


def _rates(plan: Plan, path: Path, before: Before, eve: dt.date) -> Iterable[_Seen]:
    """Ask of each step whether the planned rate has a chance: beta-binomial over those who had grown old.

    An agreed rate, a step that no conversion metric follows and one where nobody had grown old take the ratio of the twelve
    months before.
    """
    chain = chain_of(plan.goal, path, before.facts)
    targets = {node.name: node.value for node in plan.nodes}
    window = Window("before", add_months((eve + _DAY).replace(day=1), -HISTORY_MONTHS), eve)
    counts = [before.values(name, [window], eve)[0] for name in chain.counts]
    for (below, above), (was_below, was_above), factor in zip(
        pairwise(chain.counts), pairwise(counts), chain.factors, strict=True
    ):
        entries, wanted = targets.get(below), targets.get(above)
        conversion = conversion_of(before.facts, below, above)
        rate = plan.goal.plan_rate(factor)
        if conversion is not None and rate is not None and rate.source.startswith("trailing_mature"):
            # a rate of cohorts is held against cohorts; an agreed one against what all entries brought, on whatever path
            grown = grown_old(before.ask, before.facts, conversion, eve, HISTORY_MONTHS)
            was_below, was_above = (grown.entered, grown.converted) if grown.entered else (was_below, was_above)
        if not entries or wanted is None or was_above > was_below or not was_below:
            continue
        predicted = beta_binomial(was_above, was_below - was_above, max(1, round(entries)))
        chance = predicted.at_least(wanted * max(1, round(entries)) / entries)
        look = Look("rate", chance, HISTORY_MONTHS, was_below)
        yield _Seen(f"rate {factor}", look, wanted / entries, was_above / was_below, factor, _label(before.facts, factor))


def _label(facts: Mapping[str, MetricFact], name: str) -> tuple[str, str]:
    fact = facts.get(name)
    return (fact.label_ja, fact.label_en) if fact else ("", "")


def _bounds(goal: Goal) -> tuple[float, float]:
    """Return the goal's own bounds of what is unrealistic and what a stretch."""
    bounds = goal.realism or Realism()
    return bounds.min_probability, bounds.stretch_below


def _judged(goal: Goal, as_of: dt.date, looks: Sequence[_Seen], multiple: float | None, verdict: str) -> Judgement:
    known = [look for look in looks if look.look.enough and look.look.probability is not None]
    worst = min(known, key=lambda look: look.look.probability or 0.0, default=None)
    rows = [_row(goal, as_of, look, judge([look.look], _bounds(goal))) for look in looks]
    chance = worst.look.probability if worst else None
    bound, label = (worst.factor or worst.check, worst.words) if worst else (None, ("", ""))
    whole = _Seen(OVERALL, Look("history", chance, len(known)), multiple, None, bound, label)
    return Judgement(verdict, (*rows, _row(goal, as_of, whole, verdict)), multiple)


def _row(goal: Goal, as_of: dt.date, seen: _Seen, verdict: str) -> Row:
    ja, en = _text(goal, seen, verdict)
    why = {
        "value": "no_comparison",
        "reference": "no_comparison",
        "probability": "less_is_better" if goal.direction == "down" else "not_enough_history",
        "binding_factor": "none_binds",
    }
    return REALISM.row(
        why,
        as_of_date=as_of,
        kgi_id=goal.name,
        plan_version=goal.plan_version,
        check=seen.check,
        value=seen.value,
        reference=seen.reference,
        probability=seen.look.probability,
        n=round(seen.look.n if seen.look.kind != "rate" else seen.look.events),
        verdict=verdict,
        binding_factor=seen.factor,
        text_ja=ja,
        text_en=en,
        judged_on=as_of,
        run_id="",
    )


def _text(goal: Goal, seen: _Seen, verdict: str) -> tuple[str, str]:
    ja, en = WORDS[verdict]
    chance = seen.look.probability
    if chance is None and goal.direction == "down":
        return (
            f"{goal.label_ja}: 少ないほど良い目標では、計画の現実性を判定しません",
            f"{goal.label_en}: where less is better no plan is judged",
        )
    if chance is None:
        return f"{goal.label_ja}: 判断できるだけの実績がありません", f"{goal.label_en}: too little has been seen to tell"
    of = {"history": ("直近12か月の実績", "the last twelve months"), "growth": ("過去の伸び率", "past growth")}
    if seen.check == OVERALL:
        return (
            f"{goal.label_ja}の目標は{ja}(確率 {chance:.1%}、制約: {seen.words[0]})",
            f"the target of {goal.label_en} is {en} (chance {chance:.1%}, bound by {seen.words[1]})",
        )
    before = f"{seen.reference or 0:.1%}"
    by = of.get(seen.check, (f"{seen.words[0]}の実績 {before} ", f"{seen.words[1]} so far, {before}"))
    return f"{by[0]}からみて{ja}(確率 {chance:.1%})", f"by {by[1]}: {en} (chance {chance:.1%})"
