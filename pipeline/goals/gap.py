"""The plan of a goal, divided among its channels -> its gap to what happened and to where it lands, piece by piece.

The pieces sum to the gap exactly. Source: docs/goals.md#gap.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.goals.bridge import definition_change
from pipeline.goals.calendar import add_months
from pipeline.goals.cells import OUTSIDE, Chain, Values, chain_of, factors_of, split
from pipeline.goals.measuring import TOTAL, Ask, Measured, Want, Window, measure
from pipeline.goals.outlook import Outlook
from pipeline.goals.path import Path, dimension_of
from pipeline.goals.plan import Plan
from pipeline.goals.scene import Scene
from pipeline.goals.spread import target_to_date
from pipeline.goals.statistics.decomposition import Cell, decompose_each, scale_and_mix
from pipeline.goals.statistics.intervals import Interval, mean_interval, poisson_interval, wilson
from pipeline.goals.timing import Group, groups_of

PHASING, SPEED, PLAN_TIMING, DEFINITION = "phasing", "speed", "plan_timing", "definition_change"


@dataclass(frozen=True)
class Piece:
    """What one factor contributes in one channel; `plan` and `actual` are the factor's values there.

    `within_noise` says whether the plan lies inside the 95 % interval of the actual; None where that is not tested.
    `n` is how many cases the actual divides by; None where it is no rate and no price.
    """

    channel: str
    factor: str
    contribution: float
    plan: float | None = None
    actual: float | None = None
    within_noise: bool | None = None
    n: float | None = None


@dataclass(frozen=True)
class Gap:
    """A gap and its pieces: `actual` - `plan` is their sum.

    `subtotals` sum the pieces by factor, with the factor's values in total; `views` are other cuts of the same.
    """

    basis: str
    plan: float
    actual: float
    pieces: tuple[Piece, ...]
    subtotals: tuple[Piece, ...]
    views: tuple[Piece, ...] = ()
    method: str = "lmdi"


class Basis:
    """The plan of a goal divided among its channels, to be held against what happened."""

    def __init__(self, scene: Scene, plan: Plan, path: Path) -> None:
        self.scene, self.plan, self.path = scene, plan, path
        self.cut = dimension_of(plan.goal.tree)
        chain = chain_of(plan.goal, path, scene.facts)
        targets = {node.name: node.value for node in plan.nodes if node.value is not None}
        known = [at for at, count in enumerate(chain.counts) if count not in targets]
        first = known[-1] + 1 if known else 0
        self.chain = Chain(chain.counts[first:], chain.factors[first:], chain.price)
        self.targets = {name: targets[name] for name in (*self.chain.counts, plan.goal.metric) if name in targets}
        self.names = tuple(dict.fromkeys((*self.chain.counts, plan.goal.metric)))
        before = plan.goal.period.start
        self.shares = self._measured(Window("before", add_months(before, -12), before - dt.timedelta(days=1)))

    def whole(self, outlook: Outlook) -> Gap:
        """Hold the target of the period against where it lands, unexplained: nothing below the goal has a target."""
        period = next((window for window in outlook.landings if window.grain == "period"), None)
        lands = outlook.landings[period].total.expected if period else 0.0
        target = self.plan.target.value or 0.0
        piece = Piece(TOTAL, self.plan.goal.metric, lands - target, target, lands)
        return Gap("cohort_landing", target, lands, (piece,), (piece,))

    def to_date(self) -> Gap:
        """Hold the targets that are due by now against what has happened."""
        scene, goal = self.scene, self.plan.goal
        whole = self.plan.target.value or 0.0
        due = target_to_date(whole, self.plan.months, scene.calendar, scene.as_of) / whole if whole else 0.0
        planned = split({name: value * due for name, value in self.targets.items()}, self.shares, self.names)
        period = Window("period", goal.period.start, goal.period.end)
        actual = self._measured(period)
        if self.cut and TOTAL in planned:  # the plan cannot be divided as nobody had any before: neither is what happened
            planned, actual = {TOTAL: self._summed(planned, planned)}, {TOTAL: self._summed(actual, actual)}
        if (ask := self._ask_as_planned()) is None:
            gap = self._gap(planned, actual)
            return replace(gap, views=(*gap.views, *self._step(period)))
        # what a changed definition made is no part of performance: the pieces are counted as the plan counts
        as_planned = self._measured(period, ask)
        gap, counted = self._gap(planned, as_planned), math.fsum(each.get(goal.metric, 0.0) for each in actual.values())
        changed = _changes(goal.metric, actual, as_planned)
        return replace(gap, actual=counted, pieces=(*gap.pieces, *changed), subtotals=(*gap.subtotals, *_subtotals(changed)))

    def landing(self, outlook: Outlook) -> Gap:
        """Hold the target of the whole period against where it lands."""
        flow, metric = outlook.flow, self.plan.goal.metric
        assert flow is not None and self.path.earlier is not None
        planned = split(self.targets, self.shares, self.names)
        period = next(window for window in outlook.landings if window.grain == "period")
        landing, actual = outlook.landings[period], self._measured(period)
        entries = {channel: values.get(self.path.earlier, 0.0) for channel, values in planned.items()}
        groups = groups_of(flow, self.scene.calendar, self.plan.months, entries)
        lower = self.chain.counts[: self.chain.counts.index(self.path.earlier) + 1]
        is_even = flow.drift is None or not flow.drift.is_real
        pieces: list[Piece] = []
        for channel in sorted({*groups, *planned, *landing.by_member}):
            timed = Timed(self.chain, lower, metric, planned.get(channel, {}), actual.get(channel, {}), flow.price, is_even)
            pieces += timed.pieces(channel, groups.get(channel), landing.by_member.get(channel, 0.0))
        pieces = self._without_changes(pieces, landing.by_member, actual, period, self.chain.factors[len(lower) - 1])
        plan = math.fsum(values.get(metric, 0.0) for values in planned.values())
        seen = math.fsum(own.seen for _, own in groups.values())
        known = {
            SPEED: is_even,
            **self._price_noise(),
            self.chain.factors[len(lower) - 1]: _inside(
                wilson(math.fsum(own.so_far for _, own in groups.values()), seen), self._rate(planned, lower)
            ),
        }
        subtotals = tuple(replace(each, within_noise=known.get(each.factor)) for each in _subtotals(pieces))
        return Gap("cohort_landing", plan, landing.total.expected, tuple(pieces), subtotals)

    def _price_noise(self) -> dict[str, bool | None]:
        """Say whether the planned price lies inside the interval of what deals were worth in the last twelve months."""
        flow = self.scene.outlooks[self.plan.goal.name].flow
        count = self.targets.get(self.path.count)
        if self.chain.price is None or flow is None or not count:
            return {}
        planned = self.targets.get(self.plan.goal.metric, 0.0) / count
        return {self.chain.price: _inside(mean_interval(flow.amounts), planned)}

    def _ask_as_planned(self) -> Ask | None:
        """Return how to ask as if no definition had changed since the plan was made; None where none has."""
        scene, goal = self.scene, self.plan.goal
        agreement = scene.definitions.governing(goal.metric)
        if agreement is None:
            return None
        planned = agreement.in_force(goal.holds_from)
        if agreement.in_force(min(scene.as_of, goal.period.end)).version == planned.version:
            return None
        return scene.ask_of(scene.definitions.until(agreement.name, planned.version))

    def _step(self, period: Window) -> tuple[Piece, ...]:
        """Say what the last change of a definition did to a number whose plan knew of it: beside the gap, no part of it."""
        change = definition_change(self.scene, self.plan.goal, period)
        if change is None or change.before is None or not change.step:
            return ()
        return (Piece(TOTAL, DEFINITION, change.step, change.before.value, change.actual.value),)

    def _without_changes(
        self, pieces: list[Piece], lands: Values, actual: Mapping[str, Values], period: Window, rate: str
    ) -> list[Piece]:
        """Take what a changed definition made out of each channel's rate; what is to come changes as what came since."""
        ask = self._ask_as_planned()
        if ask is None:
            return pieces
        metric, agreement = self.plan.goal.metric, self.scene.definitions.governing(self.plan.goal.metric)
        assert agreement is not None
        as_planned = self._measured(period, ask)
        since = Window("since", max(period.start, agreement.in_force(self.scene.as_of).effective_from), period.end)
        new, old = (math.fsum(each.get(metric, 0.0) for each in self._measured(since, way).values()) for way in (None, ask))
        to_come = 1 - old / new if new else 0.0
        found = []
        for channel in {piece.channel for piece in pieces}:
            came, was = (side.get(channel, {}).get(metric, 0.0) for side in (actual, as_planned))
            found.append(Piece(channel, DEFINITION, came - was + (lands.get(channel, 0.0) - came) * to_come))
        taken = {each.channel: each.contribution for each in found}
        rates = {piece.channel for piece in pieces if piece.factor == rate}
        holder = {channel: rate if channel in rates else OUTSIDE for channel in taken}
        kept = [
            replace(each, contribution=each.contribution - taken[each.channel]) if each.factor == holder[each.channel] else each
            for each in pieces
        ]
        return [*kept, *found]

    def _rate(self, planned: Mapping[str, Values], lower: Sequence[str]) -> float | None:
        # results without entries are outside of the path on both sides
        own = [values for values in planned.values() if values.get(lower[-1])]
        below = math.fsum(values[lower[-1]] for values in own)
        above = math.fsum(values.get(self.chain.counts[len(lower)], 0.0) for values in own)
        return above / below if below else None

    def _gap(self, planned: Mapping[str, Values], actual: Mapping[str, Values]) -> Gap:
        metric, empty = self.plan.goal.metric, dict.fromkeys(self.names, 0.0)
        cells: list[tuple[str, Cell, tuple[bool | None, ...]]] = []
        pieces: list[Piece] = []
        for channel in sorted({*planned, *actual}):
            before, after = planned.get(channel, empty), actual.get(channel, empty)
            old, new = factors_of(self.chain, metric, before), factors_of(self.chain, metric, after)
            if old is None or new is None:
                was, came = before.get(metric, 0.0), after.get(metric, 0.0)
                pieces.append(Piece(channel, OUTSIDE, came - was, was, came))
            else:
                cells.append((channel, Cell(old, new), self._noise(old, after)))
        parts, method = decompose_each(cell for _, cell, _ in cells)
        for (channel, cell, noise), contributions in zip(cells, parts, strict=True):
            cases = self._cases(actual.get(channel, empty))
            named = zip(self.chain.names, contributions, cell.plan, cell.actual, noise, strict=True)
            pieces += [Piece(channel, *each, n=cases[each[0]]) for each in named]
        whole = [self._summed(side, {*planned, *actual}) for side in (planned, actual)]
        joined = [self._summed(side, {channel for channel, _, _ in cells}) for side in (planned, actual)]
        old, new = (factors_of(self.chain, metric, side) for side in joined)
        values, cases = zip(old or (), new or (), self._noise(old, joined[1]), strict=False), self._cases(joined[1])
        shown = dict(zip(self.chain.names, values, strict=False))
        subtotals = tuple(
            Piece(
                each.channel, each.factor, each.contribution, *shown.get(each.factor, (None, None, None)), cases.get(each.factor)
            )
            for each in _subtotals(pieces)
        )
        priced = self._price_noise()
        subtotals = tuple(replace(each, within_noise=priced.get(each.factor, each.within_noise)) for each in subtotals)
        views: tuple[Piece, ...] = ()
        if len(cells) > 1:
            scale, mix = scale_and_mix([cell for _, cell, _ in cells])
            views = (Piece(TOTAL, "scale", scale), Piece(TOTAL, "mix", mix))
        return Gap("to_date", whole[0].get(metric, 0.0), whole[1].get(metric, 0.0), tuple(pieces), subtotals, views, method)

    def _summed(self, side: Mapping[str, Values], channels: Iterable[str]) -> dict[str, float]:
        """Sum every count over channels."""
        own = [side[channel] for channel in channels if channel in side]
        return {name: math.fsum(each.get(name, 0.0) for each in own) for name in self.names}

    def _noise(self, planned: Sequence[float | None] | None, actual: Values) -> tuple[bool | None, ...]:
        """Say for each factor whether its plan lies inside the interval of the actual; prices are tested in total only."""
        if planned is None:
            return ()
        counts = [actual.get(name, 0.0) for name in self.chain.counts]
        found: list[bool | None] = [_inside(poisson_interval(counts[0]), planned[0])]
        for (below, above), rate in zip(pairwise(counts), planned[1:], strict=False):
            found.append(_inside(wilson(above, below), rate) if above <= below else None)
        return (*found, *((None,) if self.chain.price else ()))

    def _cases(self, actual: Values) -> dict[str, float | None]:
        """Return for each factor how many cases its actual divides by: none for the first count, which is no ratio."""
        counts = [actual.get(name, 0.0) for name in self.chain.counts]
        return dict(zip(self.chain.names, (None, *counts), strict=False))

    def _measured(self, window: Window, ask: Ask | None = None) -> dict[str, dict[str, float]]:
        """Return what every count of the chain, and the metric, was in some days, by channel; all under `total` without a cut.

        `ask` asks another definition of them.
        """
        facts = self.scene.facts
        cuts = {name: facts[name].cut(self.cut) if self.cut else None for name in self.names}
        wants = [Want(name, cut, (window,)) for name, cut in cuts.items()]
        measured = Measured() if ask else self.scene.measured
        missing = [want for want in wants if (want.metric, want.dimension, window) not in measured.readings]
        if missing:
            more = measure(missing, facts, ask or self.scene.ask, self.scene.as_of)
            measured = replace(measured, readings={**measured.readings, **more.readings})
        found: dict[str, dict[str, float]] = {}
        for name, cut in cuts.items():
            for channel, reading in measured.readings.get((name, cut, window), {}).items():
                found.setdefault(channel, {})[name] = reading.value or 0.0
        return found


@dataclass(frozen=True)
class Timed:
    """One channel's plan and actual, to be explained with the time that its entrants take.

    `lower` are the counts up to those who enter; `price` is what one is worth lately; `is_even`: no other speed was found.
    """

    chain: Chain
    lower: tuple[str, ...]
    metric: str
    planned: Values
    actual: Values
    price: float | None
    is_even: bool

    def pieces(self, channel: str, groups: tuple[Group, Group] | None, lands: float) -> list[Piece]:
        """Explain the channel: both groups by their factors, what comes on no path, and what the plan itself leaves out."""
        whole, entries = self.planned.get(self.chain.counts[len(self.lower)], 0.0), self.planned.get(self.lower[-1], 0.0)
        value = self.planned.get(self.metric, 0.0)
        if groups is None or not entries or not whole:
            return [Piece(channel, OUTSIDE, lands - value, value, lands)]
        carried, own = groups
        worth = self._prices(value / whole, lands)
        cells = [
            _cell([(carried.planned, carried.entered), *((None, None) for _ in self.lower[1:])], carried, whole / entries, worth),
            _cell(self._volumes(own), own, whole / entries, worth),
        ]
        parts, _ = decompose_each(cells)
        sums = [math.fsum(each) for each in zip(*parts, strict=True)]
        plan, actual = (math.fsum(cell.values()[at] for cell in cells) for at in (0, 1))
        noise = {self.names[len(self.lower)]: _inside(wilson(own.so_far, own.seen), whole / entries), SPEED: self.is_even}
        values = dict(zip(self.names, zip(cells[1].plan, cells[1].actual, strict=True), strict=True))
        expected = math.fsum(group.entered * group.rate * group.shape for group in groups)
        values[SPEED] = (1.0, math.fsum(group.converted for group in groups) / expected if expected else None)
        cases = self._cases(own)
        named = ((name, part, *values[name]) for name, part in zip(self.names, sums, strict=True))
        found = [Piece(channel, name, part, old, new, noise.get(name), cases.get(name)) for name, part, old, new in named]
        found.append(Piece(channel, OUTSIDE, lands - actual, 0.0, lands - actual))
        found.append(Piece(channel, PLAN_TIMING, plan - value, value, plan))
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """The factors: the entries as the tree refines them, the rate, phasing, speed, and the price."""
        refined, rate = self.chain.names[: len(self.lower)], self.chain.factors[len(self.lower) - 1]
        return (*refined, rate, PHASING, SPEED, *((self.chain.price,) if self.chain.price else ()))

    def _cases(self, own: Group) -> dict[str, float | None]:
        """Return for each factor how many cases its actual divides by: of the rate those that have had their time."""
        steps = [self.actual.get(name, 0.0) for name in self.lower]
        found: dict[str, float | None] = dict(zip(self.names[1:], steps[:-1], strict=False))
        found[self.chain.factors[len(self.lower) - 1]] = own.seen
        if self.chain.price is not None:
            found[self.chain.price] = self.actual.get(self.chain.counts[-1], 0.0)
        return found

    def _prices(self, planned: float, lands: float) -> tuple[float, float] | None:
        """Return what one is worth by plan, and where the channel lands: those to come at the price of late."""
        if self.chain.price is None:
            return None
        count, amount = self.actual.get(self.chain.counts[-1], 0.0), self.actual.get(self.metric, 0.0)
        count += (lands - amount) / self.price if self.price else 0.0
        return planned, lands / count if count else planned

    def _volumes(self, own: Group) -> list[tuple[float | None, float | None]]:
        """Refine the entries of the period into the tree's factors, in the proportions of the plan and of the period so far.

        A step that nobody took on one side has no proportion: then the entries are not refined, and stand under the first.
        """
        sides = []
        for values, entered in ((self.planned, own.planned), (self.actual, own.entered)):
            steps = [values.get(name, 0.0) for name in self.lower]
            if not entered or not all(steps):
                return [(own.planned, own.entered), *((None, None) for _ in self.lower[1:])]
            sides.append([steps[0] * entered / steps[-1], *(after / before for before, after in pairwise(steps))])
        return list(zip(*sides, strict=True))


def _cell(
    volumes: Sequence[tuple[float | None, float | None]], group: Group, rate: float, worth: tuple[float, float] | None
) -> Cell:
    plan = [*(old for old, _ in volumes), rate, group.planned_shape, 1.0]
    actual = [*(new for _, new in volumes), group.rate, group.shape, group.speed]
    if worth is not None:
        plan.append(worth[0])
        actual.append(worth[1])
    return Cell(tuple(plan), tuple(actual))


def _changes(metric: str, actual: Mapping[str, Values], as_planned: Mapping[str, Values]) -> list[Piece]:
    """Say by channel what a changed definition made of a metric."""
    found = []
    for channel in sorted({*actual, *as_planned}):
        came, was = (side.get(channel, {}).get(metric, 0.0) for side in (actual, as_planned))
        found.append(Piece(channel, DEFINITION, came - was, was, came))
    return found


def _subtotals(pieces: Sequence[Piece]) -> list[Piece]:
    sums: dict[str, list[float]] = {}
    for piece in pieces:
        sums.setdefault(piece.factor, []).append(piece.contribution)
    return [Piece(TOTAL, factor, math.fsum(own)) for factor, own in sums.items()]


def _inside(interval: Interval | None, value: float | None) -> bool | None:
    return None if interval is None or value is None else interval.low <= value <= interval.high
