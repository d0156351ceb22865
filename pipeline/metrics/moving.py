"""Values per day -> values at the times that are asked for: moved on the calendar, filtered, merged into coarser periods."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile

from sqlglot import exp

from pipeline.findings import KgiError, finding
from pipeline.metrics.catalog import METRIC_TIME, Key, Leaf
from pipeline.metrics.expressions import replace_columns
from pipeline.metrics.filters import BoundFilter
from pipeline.metrics.plan import Context, Part, Planner
from pipeline.metrics.scan import custom_shift, shifted
from pipeline.metrics.spec import Metric, Simple, TimeSpine
from pipeline.metrics.sqltree import call, coalesce, column, date_part, named, reference, subquery, truncated
from pipeline.metrics.times import finest, is_standard, rank
from pipeline.metrics.world import Shift, World

MERGED = {"sum": "sum", "count": "sum", "sum_boolean": "sum", "min": "min", "max": "max"}
"""Aggregations whose values per day can be merged into the value of a longer period, and how."""


def own_day(leaf: Leaf) -> Key:
    """Return the key of a table's own aggregation time at its own grain."""
    return Key((), METRIC_TIME, leaf.time.grain or "day")


def can_split(each: BoundFilter, leaf: Leaf) -> bool:
    """Tell whether a filter looks at the aggregation time alone or not at all."""
    times = [leaf.is_own_time(key) for key in each.keys]
    return not any(times) or (all(times) and not each.metrics)


def only_own_time(each: BoundFilter, leaf: Leaf) -> bool:
    """Tell whether a filter looks at nothing but a leaf's aggregation time."""
    return bool(each.keys) and not each.metrics and all(leaf.is_own_time(key) for key in each.keys)


def daily_context(leaf: Leaf, context: Context, time: Key | None = None) -> Context:
    """Return how facts are read before they are moved: per own day (or another time) and other key, not filtered by time."""
    others = tuple(key for key in context.keys if not leaf.is_own_time(key))
    filters = tuple(each for each in context.filters if not only_own_time(each, leaf))
    return Context((time or own_day(leaf), *others), filters)


def can_move(measure: Simple, leaf: Leaf, context: Context) -> bool:
    """Tell whether a shifted metric may be added up per day before it is moved, instead of moving every fact."""
    if measure.non_additive or not all(can_split(each, leaf) for each in context.filters):
        return False
    return measure.aggregation in MERGED or any(key.grain == leaf.time.grain for key in context.own_times(leaf))


def moved(planner: Planner, metric: Metric, measure: Simple, leaf: Leaf, context: Context, daily: Part) -> Part:
    """Move a metric's values per day to where its shifts show them."""

    def merge(value: exp.Expr, _: exp.Expr) -> exp.Expr:
        return call(MERGED[measure.aggregation], value)

    by_day = any(key.grain == leaf.time.grain for key in context.own_times(leaf))
    fill = measure.fill_nulls_with
    shown = Shown(planner.world, leaf, context, first_of_period=True)
    cte = planner.cte(
        f"{metric.name}_{'earlier' if context.shifts else 'shown'}",
        lambda: shown.query(daily, metric.name, None if by_day else merge, fill),
    )
    return Part(cte, metric.name, fill)


Merge = Callable[[exp.Expr, exp.Expr], exp.Expr]


class Shown:
    """Writes the query that shows daily values at the asked times."""

    def __init__(self, world: World, leaf: Leaf, context: Context, *, first_of_period: bool = False) -> None:
        self._world, self._leaf, self._context = world, leaf, context
        self._first_of_period = first_of_period
        self._grain = leaf.time.grain or "day"
        self._time: exp.Expr = column(own_day(leaf).column, "daily")
        self._spine: TimeSpine | None = None
        self._joins: list[exp.Join] = []

    def query(self, source: Part, name: str, merge: Merge | None, fill: int | float | None) -> exp.Select:
        """Select the keys and the value; `merge` makes one value of those that fall together, from value and time."""
        if self._context.shifts:
            self._move()
        value: exp.Expr = column(source.column, "daily")
        value = merge(value, self._time.copy()) if merge else value
        value = named(value if fill is None else coalesce(value, fill), name)
        return self.select(reference(source.cte.name, "daily"), [value], is_merged=merge is not None)

    def select(self, source: exp.Expr, values: list[exp.Expr], *, is_merged: bool) -> exp.Select:
        """Select the keys and some values from a table `daily`; merged values are those of all days of a period."""
        keys = [(key.column, self.key(key)) for key in self._context.keys]
        conditions = [
            *(self._world.before_cutoff(self._time) if self._context.shifts else ()),
            *self._world.limits(self._time, self._context.within),
            *self._starts_of_periods(),
            *(over_targets(each, self.key) for each in self._context.filters if only_own_time(each, self._leaf)),
        ]
        query = exp.Select().from_(source, copy=False)
        query = query.select(*(named(tree, label) for label, tree in keys), *values, copy=False)
        query.set("joins", self._joins)
        if is_merged and keys:
            query = query.group_by(*(exp.Literal.number(n + 1) for n in range(len(keys))), copy=False)
        return query.where(*conditions, copy=False) if conditions else query

    def key(self, key: Key) -> exp.Expr:
        """Return the expression of a key: a time from where the row is shown, everything else from the daily values."""
        if not self._leaf.is_own_time(key):
            return column(key.column, "daily")
        if key.part:
            return date_part(self._time.copy(), key.part)
        assert key.grain is not None
        if self._world.cuts(key.grain):
            is_whole = key.grain == self._grain and not self._spine
            return self._time.copy() if is_whole else self._world.cut(self._time.copy(), key.grain)
        spine = self._world.spine(key.grain)
        alias = "calendar" if self._spine is spine else "periods"
        if alias == "periods" and not any(each.alias_or_name == "periods" for each in self._joins):
            day = truncated(self._time.copy(), spine.grain)
            on = exp.EQ(this=day, expression=truncated(column(spine.column, "periods"), spine.grain))
            self._joins.append(exp.Join(this=self._world.calendar(spine, "periods"), on=on, side="LEFT"))
        return column(dict(spine.custom)[key.grain], alias)

    def _move(self) -> None:
        world, context = self._world, self._context
        custom = custom_shift(context.shifts)
        if custom is not None:
            spine = world.spine(custom.grain)
            if spine.grain != self._grain:
                raise KgiError(finding("metric_not_supported", None, what=f"offset_window: {custom.grain} of {self._grain}"))
            source: exp.Expr = subquery(world.custom_offsets(custom, whole_periods(self._leaf, context)), "calendar")
            earlier: exp.Expr = column("source", "calendar")
            self._spine = spine
            shown: exp.Expr = column(spine.column, "calendar")
        else:
            source = subquery(world.periods(self._grain), "calendar")
            shown = column("period", "calendar")
            earlier = shifted(world, shown, context.shifts, self._grain)
        self._joins.append(exp.Join(this=source, on=exp.EQ(this=self._time, expression=earlier)))
        self._time = shown

    def _starts_of_periods(self) -> list[exp.Expr]:
        """Keep one day per asked period: a value taken at the start of a month would else count on each of its days."""
        context = self._context
        if not self._first_of_period or not any(shift.to_grain for shift in context.shifts):
            return []
        return starts_of_periods(self._world, self._time, self._leaf, context)


def starts_of_periods(world: World, time: exp.Expr, leaf: Leaf, context: Context) -> list[exp.Expr]:
    """Return the condition that a time starts one of the asked periods; none when every own period is asked for."""
    grains = [key.grain for key in context.own_times(leaf) if key.grain]
    if leaf.time.grain in grains or not grains:
        return []
    base = truncated(time.copy(), leaf.time.grain or "day")
    firsts: list[exp.Expr] = []
    for grain in grains:
        if world.cuts(grain):
            firsts.append(exp.EQ(this=world.cut(time.copy(), grain), expression=base.copy()))
        else:
            first_days = world.first_days(grain, leaf.time.grain or "day")
            firsts.append(exp.In(this=base.copy(), query=exp.Subquery(this=first_days)))
    return [exp.Paren(this=exp.or_(*firsts)) if len(firsts) > 1 else firsts[0]]


def whole_shifts(leaf: Leaf, context: Context) -> tuple[int, str]:
    """Return how many of the outermost shifts let whole periods meet, and of which grain: the finest that is asked for.

    A month of a month ago is the whole earlier month, whatever their lengths; five days ago, or a month ago by week, moves
    each day by itself.
    """
    grains = [key.grain if key.grain and is_standard(key.grain) else None for key in context.own_times(leaf)]
    known = [grain for grain in grains if grain]
    if len(known) < len(grains) or not known or not all(can_split(each, leaf) for each in context.filters):
        return 0, ""
    grain = finest(known)
    if grain == leaf.time.grain:
        return 0, grain
    return len(list(takewhile(lambda shift: _is_whole(shift, grain), context.shifts))), grain


def _is_whole(shift: Shift, grain: str) -> bool:
    """Tell whether a shift leads from the start of a period to the start of another one."""
    by = shift.window.grain if shift.window else shift.to_grain
    if by is None or not is_standard(by) or rank(by) < rank(grain):
        return False
    return grain != "week" or (shift.window is not None and by == "week")


def whole_periods(leaf: Leaf, context: Context) -> bool:
    """Tell whether every time that is looked at is the very custom grain by which the metric is moved back."""
    custom = custom_shift(context.shifts)
    looked_at = (*context.keys, *(key for each in context.filters for key in each.keys))
    return custom is not None and all(key.grain == custom.grain for key in looked_at if leaf.is_own_time(key))


def over_targets(each: BoundFilter, put: Callable[[Key], exp.Expr]) -> exp.Expr:
    """Return the condition of a filter without metrics, with an expression for each key."""
    targets = dict(each.targets)

    def change(node: exp.Column) -> exp.Expr:
        target = targets[node.name]
        assert isinstance(target, Key)
        return put(target)

    tree = replace_columns(each.tree(), change)
    return exp.Paren(this=tree) if isinstance(tree, exp.Or) else tree
