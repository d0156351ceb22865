"""Metrics -> named queries that build on each other. Each gives the same columns: the keys, then values.

So any metric can stand where another is expected. Metrics over the same table, time, filters and keys share one scan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from pipeline.findings import KgiError, finding
from pipeline.metrics.catalog import Key, Leaf
from pipeline.metrics.filters import BoundFilter, MetricValue, bind_filters
from pipeline.metrics.spec import Conversion, Cumulative, Derived, Input, Metric, NonAdditive, Ratio, Simple
from pipeline.metrics.times import TimeRange
from pipeline.metrics.world import Shift, World


@dataclass(eq=False)
class Cte:
    """A named query. Its name is settled and its query built when everything has been planned."""

    hint: str
    build: Callable[[], exp.Query] | None = None
    name: str = ""


@dataclass(frozen=True)
class Part:
    """Where a metric's value stands: a query and its column. `fill` goes in where a joined side has no row."""

    cte: Cte
    column: str
    fill: int | float | None = None


@dataclass(frozen=True)
class Context:
    """How a metric is asked for: by which keys, with which filters, in which range of time, how far back."""

    keys: tuple[Key, ...]
    filters: tuple[BoundFilter, ...] = ()
    within: TimeRange | None = None
    shifts: tuple[Shift, ...] = ()

    def own_times(self, leaf: Leaf) -> tuple[Key, ...]:
        """Return the keys that are a leaf's aggregation time."""
        return tuple(key for key in self.keys if leaf.is_own_time(key))


@dataclass(frozen=True)
class FactsSpec:
    """What a scan has to agree on so that metrics can share it."""

    leaf: Leaf
    context: Context
    non_additive: NonAdditive | None = None
    running: Cumulative | None = None
    """The window in which a fact counts on each day, where that is not its own day alone."""


@dataclass(eq=False)
class Facts:
    """A scan and the metrics that are aggregated over it, by column name. `guests` filter its rows further."""

    spec: FactsSpec
    cte: Cte
    measures: dict[str, Simple] = field(default_factory=dict)
    values: dict[MetricValue, Part] = field(default_factory=dict)
    guests: list[Facts] = field(default_factory=list)


class Planner:
    """Collects the named queries of one question, each once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ctes: list[Cte] = []
        self.daily_leaves = frozenset(_daily_leaves(world))
        self._facts: dict[FactsSpec, Facts] = {}
        self._parts: dict[tuple[str, Context], Part] = {}

    def part(self, metric: Metric, context: Context) -> Part:
        """Plan a metric and return where its value stands."""
        known = (metric.name, context)
        if known not in self._parts:
            self._parts[known] = self._plan(metric, self.filtered(metric, context), context.filters)
        return self._parts[known]

    def _plan(self, metric: Metric, context: Context, asked: tuple[BoundFilter, ...]) -> Part:
        from pipeline.metrics import composed, conversion, cumulative, facts

        match metric.kind:
            case Simple() as kind:
                return facts.simple(self, metric, kind, context, asked)
            case Ratio() as kind:
                return composed.ratio(self, metric, kind, context)
            case Derived() as kind:
                return composed.derived(self, metric, kind, context)
            case Cumulative() as kind:
                return cumulative.cumulative(self, metric, kind, context)
            case Conversion() as kind:
                return conversion.conversion(self, metric, kind, context)

    def filtered(self, metric: Metric, context: Context) -> Context:
        """Add a metric's own filters to those it is asked with."""
        own = bind_filters(metric.filters, self.world.catalog.leaves((metric,)), (metric,), self.world.catalog)
        return replace(context, filters=_each_once((*context.filters, *own)))

    def input_part(self, each: Input, context: Context) -> Part:
        """Plan an input of a metric, with its own filter and offset."""
        return self.part(self.world.catalog.metric(each.metric, each.place), self.input_context(each, context))

    def input_context(self, each: Input, context: Context) -> Context:
        """Return how an input is asked for when its metric is asked for in a context."""
        metric = self.world.catalog.metric(each.metric, each.place)
        own = bind_filters(each.filters, self.world.catalog.leaves((metric,)), (metric,), self.world.catalog)
        shifts = context.shifts
        if each.offset_window or each.offset_to_grain:
            shifts = (*shifts, Shift(each.offset_window, each.offset_to_grain))
        return replace(context, filters=_each_once((*context.filters, *own)), shifts=shifts)

    def cte(self, hint: str, build: Callable[[], exp.Query]) -> Cte:
        """Add a named query after those it reads."""
        made = Cte(hint, build)
        self.ctes.append(made)
        return made

    def facts(self, spec: FactsSpec, name: str, measure: Simple, build: Callable[[Facts], exp.Query]) -> Part:
        """Return where a measure stands in the scan of a spec. Two measures of one name get two columns."""
        if spec not in self._facts:
            values = self.values_of(spec.context.filters)
            cte = Cte(name)
            made = self._facts[spec] = Facts(spec, cte, {}, values)
            cte.build = lambda: build(made)
            self.ctes.append(cte)
        shared = self._facts[spec]
        if shared.measures.get(name, measure) != measure:
            name = f"{name}_2"
        shared.measures[name] = measure
        return Part(shared.cte, name, measure.fill_nulls_with)

    def values_of(self, filters: tuple[BoundFilter, ...]) -> dict[MetricValue, Part]:
        """Plan the metrics that filters look at; they know nothing of the question's own filters."""
        found: dict[MetricValue, Part] = {}
        for each in filters:
            for value in each.metrics:
                found[value] = self.part(self.world.catalog.metric(value.metric), Context(value.inner))
        return found

    @property
    def scans(self) -> tuple[Facts, ...]:
        """The scans of the question."""
        return tuple(self._facts.values())

    def settle_names(self) -> None:
        """Share what scans can be shared, and give every named query its name: that of its metric, or of its first two."""
        from pipeline.metrics.sharing import share_scans

        share_scans(self)
        for facts in self._facts.values():
            facts.cte.hint = _hint(facts)
        taken: set[str] = set()
        for cte in self.ctes:
            names = (cte.hint, *(f"{cte.hint}_{number}" for number in range(2, len(self.ctes) + 3)))
            cte.name = next(name for name in names if name not in taken)
            taken.add(cte.name)

    def need_time(self, metric: Metric, leaf: Leaf, context: Context, why: str) -> tuple[Key, ...]:
        """Return the time keys of a leaf. Raises KgiError where a metric makes no sense without one."""
        times = context.own_times(leaf)
        if not times:
            raise KgiError(finding("metric_needs_time", metric.place, name=metric.name, why=why))
        return times


def _daily_leaves(world: World) -> Iterator[Leaf]:
    """Give the tables that the question's metrics read per day: for running totals and for values taken earlier."""
    waiting, seen = list(world.metrics), set[str]()
    while waiting:
        metric = waiting.pop()
        if metric.name in seen:
            continue
        seen.add(metric.name)
        for each in metric.inputs:
            source = world.catalog.metric(each.metric, each.place)
            waiting.append(source)
            if each.offset_window or each.offset_to_grain or isinstance(metric.kind, Cumulative):
                yield from world.catalog.leaves((source,))


def _hint(facts: Facts) -> str:
    names = [name for each in (facts, *facts.guests) for name in each.measures]
    return "_and_".join(names) if len(names) <= 2 else f"{facts.spec.leaf.model.name}_metrics"


def _each_once(filters: tuple[BoundFilter, ...]) -> tuple[BoundFilter, ...]:
    return tuple({(each.sql, each.targets): each for each in filters}.values())
