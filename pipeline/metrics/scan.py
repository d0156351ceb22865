"""One table with the joins that a set of keys and filters needs: the FROM and WHERE of a fact query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from pipeline.findings import KgiError, finding
from pipeline.metrics.catalog import Asked, Hop, Item, Key, Leaf
from pipeline.metrics.expressions import read_expression, replace_columns
from pipeline.metrics.filters import BoundFilter, MetricValue
from pipeline.metrics.spec import Cumulative, Dimension, SemanticModel, Span, TimeSpine
from pipeline.metrics.sqltree import all_of, column, date_part, earlier, named, reference, subquery, truncated
from pipeline.metrics.times import is_standard, rank
from pipeline.metrics.world import Shift, World


@dataclass(frozen=True)
class ValueSource:
    """Where a metric that a filter looks at is found: a query, its entity columns and its value column."""

    query: str
    entities: tuple[str, ...]
    value: str


class Scan:
    """Collects joins while keys and conditions are asked for; `query` puts them together.

    With shifts the rows appear at the calendar's time, not at their own. `outer` joins keep rows of both sides: only for
    questions without metrics, where a row is a member and not a fact.
    """

    def __init__(
        self,
        world: World,
        model: SemanticModel,
        leaf: Leaf | None = None,
        shifts: tuple[Shift, ...] = (),
        *,
        whole_periods: bool = False,
        values: Mapping[MetricValue, ValueSource] | None = None,
        outer: bool = False,
    ) -> None:
        self._world, self._model, self._leaf, self._shifts = world, model, leaf, shifts
        self._values, self._whole_periods = values or {}, whole_periods
        self._side = "full" if outer else "left"
        self._base = model.name
        self._joins: list[exp.Join] = []
        self._aliases: dict[tuple[Hop, ...], str] = {(): self._base}
        self._calendars: dict[str, str] = {}
        self._joined_values: dict[MetricValue, str] = {}
        self._taken = {"calendar"}
        self._spine: TimeSpine | None = None
        self._whole_spine: TimeSpine | None = None  # the calendar with its columns for custom grains
        self._conditions: list[exp.Expr] = []
        self._last: list[exp.Join] = []  # a calendar beside all members, those of outer joins too
        if shifts:
            self._shift()

    # ---- expressions

    def expression(self, text: str, alias: str | None = None) -> exp.Expr:
        """Return an expression of the model's own columns."""
        return _on(alias or self._base, read_expression(text, self._model.place))

    def own_time(self) -> exp.Expr:
        """Return the fact's own aggregation time, not cut to a grain."""
        assert self._leaf is not None
        return self.expression(self._leaf.time.expr)

    def shown_time(self) -> exp.Expr:
        """Return the time at which a row appears: the calendar's when it is shifted."""
        if self._spine is not None:
            return column(self._spine.column, "calendar")
        return self.own_time()

    def key(self, key: Key) -> exp.Expr:
        """Return the expression of a key, adding the joins that lead to it."""
        if self._leaf is not None and self._leaf.is_own_time(key):
            return self._time(self.shown_time(), key, self._whole_spine)
        if key.is_metric_time:
            assert self._spine is not None
            return self._time(column(self._spine.column, "calendar"), key, self._whole_spine)
        item = self.item(key)
        alias = self._reach(item.path)
        if item.entity is not None:
            return _on(alias, read_expression(item.entity.expr, item.entity.place))
        assert item.dimension is not None
        tree = _on(alias, read_expression(item.dimension.expr, item.dimension.place))
        return self._time(tree, key, None) if key.is_time else tree

    def item(self, key: Key) -> Item:
        """Return what a resolved key stands for on this model."""
        found = self._world.catalog.items(self._model).get((key.links, key.name))
        if found is None or len(found) > 1:
            return self._world.catalog.find(self._model, Asked(key.links, key.name, None, None), key.column, None)
        return found[0]

    def condition(self, each: BoundFilter) -> exp.Expr:
        """Return a filter's condition over this scan."""
        targets = dict(each.targets)

        def put(node: exp.Column) -> exp.Expr:
            target = targets[node.name]
            return self.key(target) if isinstance(target, Key) else self._value(target)

        tree = replace_columns(each.tree(), put)
        return exp.Paren(this=tree) if isinstance(tree, exp.Or) else tree

    def where(self, *conditions: exp.Expr) -> None:
        """Keep only the rows that meet the conditions."""
        self._conditions.extend(conditions)

    def query(self) -> exp.Select:
        """Return the SELECT without columns: FROM, joins and WHERE."""
        base = self._world.table(self._model.relation, self._base)
        query = exp.Select().from_(base, copy=False)
        self._joins.extend(self._last)
        query.set("joins", self._joins)  # this list itself: keys that are asked for later still add to it
        return query.where(*self._conditions, copy=False) if self._conditions else query

    # ---- time

    def _time(self, tree: exp.Expr, key: Key, spine: TimeSpine | None) -> exp.Expr:
        if key.part:
            return date_part(tree, key.part)
        assert key.grain is not None
        if self._world.cuts(key.grain):
            return self._world.cut(tree, key.grain)
        holder = self._world.spine(key.grain)
        name = dict(holder.custom)[key.grain]
        if spine is holder:
            return column(name, "calendar")
        return column(name, self._calendar(tree, holder))

    def _calendar(self, tree: exp.Expr, spine: TimeSpine) -> str:
        """Join the calendar that a custom grain stands in on a time; the same time is joined once."""
        text = tree.sql("duckdb")
        if text not in self._calendars:
            alias = self._free("calendar_of_" + "_".join(part.name for part in tree.find_all(exp.Column)))
            self._calendars[text] = alias
            day = truncated(column(spine.column, alias), spine.grain)
            on = exp.EQ(this=truncated(tree.copy(), spine.grain), expression=day)
            self._join(self._world.calendar(spine, alias), on, "left")
        return self._calendars[text]

    def _shift(self) -> None:
        """Let rows appear at the calendar's time: the calendar's time moved back is the row's own."""
        assert self._leaf is not None and self._leaf.time.grain is not None
        grain, custom = self._leaf.time.grain, custom_shift(self._shifts)
        if custom is not None:
            self._spine = self._whole_spine = spine = self._world.spine(custom.grain)
            if spine.grain != grain:
                raise KgiError(finding("metric_not_supported", None, what=f"offset_window: {custom.grain} of {grain}"))
            source: exp.Expr = subquery(self._world.custom_offsets(custom, self._whole_periods), "calendar")
            moved: exp.Expr = column("source", "calendar")
        else:
            self._spine = spine = self._world.spine(grain)
            source = self._world.calendar(spine, "calendar")
            self._whole_spine = spine if spine.grain == grain else None
            if spine.grain != grain:
                source = subquery(self._world.periods(grain, spine.column), "calendar")
            moved = shifted(self._world, column(spine.column, "calendar"), self._shifts, grain)
        self._join(source, exp.EQ(this=truncated(self.own_time(), grain), expression=moved), "inner")
        self.where(*self._world.before_cutoff(column(spine.column, "calendar")))

    def spread(self, running: Cumulative) -> None:
        """Let a row appear at each time of the calendar in whose window it lies."""
        assert self._leaf is not None and self._leaf.time.grain is not None
        grain = self._leaf.time.grain
        self._spine = self._world.spine(grain)
        shown, own = column(self._spine.column, "calendar"), truncated(self.own_time(), grain)
        conditions: list[exp.Expr] = [exp.LTE(this=own, expression=shown)]
        if running.window:
            start = shifted(self._world, shown, (Shift(running.window),), grain)
            conditions.append(exp.GT(this=own.copy(), expression=start))
        if running.grain_to_date:
            start = shifted(self._world, shown, (Shift(to_grain=running.grain_to_date),), grain)
            conditions.append(exp.GTE(this=own.copy(), expression=start))
        self._join(subquery(self._world.periods(grain, self._spine.column), "calendar"), all_of(conditions), "inner")

    # ---- joins

    def prepare(self, keys: Iterable[Key]) -> None:
        """Add the joins of keys, longest roads first: a shorter road is then already part of a longer one."""
        others = [key for key in keys if not key.is_metric_time and not (self._leaf and self._leaf.is_own_time(key))]
        for path in sorted({self.item(key).path: None for key in others}, key=len, reverse=True):
            self._reach(path)

    def _reach(self, path: tuple[Hop, ...]) -> str:
        """Join the tables of a road: those behind the first one are joined among themselves, before facts come in."""
        if path in self._aliases:
            return self._aliases[path]
        if len(path) > 1 and self._needs_base(path):
            self._reach(path[:-1])
            return self._hop(path, {})
        chain: dict[tuple[Hop, ...], str] = {}
        tables = []
        for n in range(1, len(path) + 1):
            right = self._world.catalog.manifest.model_by_name[path[n - 1].model]
            alias = chain[path[:n]] = self._free(right.name, "_".join(each.entity for each in path[:n]), chain.values())
            on = self._on_of(path[:n], chain)
            tables.append(exp.Join(this=self._world.table(right.relation, alias), on=on, side=self._side.upper()))
        first, *more = tables
        source = first.this
        if more:
            source.set("joins", more)
            source = exp.Subquery(this=source)
        self._join(source, first.args["on"], self._side)
        for part, alias in chain.items():
            self._aliases.setdefault(part, alias)
        self._taken.update(chain.values())
        return self._aliases[path]

    def _hop(self, path: tuple[Hop, ...], chain: dict[tuple[Hop, ...], str]) -> str:
        right = self._world.catalog.manifest.model_by_name[path[-1].model]
        alias = self._aliases[path] = self._free(right.name, "_".join(each.entity for each in path))
        self._join(self._world.table(right.relation, alias), self._on_of(path, chain), self._side)
        return alias

    def _needs_base(self, path: tuple[Hop, ...]) -> bool:
        """Tell whether a table behind the first one is also matched against the facts: by partition or by validity."""
        own = {each.name for each in self._model.dimensions if each.is_partition}
        for hop in path[1:]:
            dimensions = self._world.catalog.manifest.model_by_name[hop.model].dimensions
            if any((each.is_partition and each.name in own) or each.validity for each in dimensions):
                return True
        return False

    def _on_of(self, path: tuple[Hop, ...], chain: Mapping[tuple[Hop, ...], str]) -> exp.Expr:
        """Return the condition of the last join of a road."""
        aliases = {**self._aliases, **chain}
        models, hop = self._world.catalog.manifest.model_by_name, path[-1]
        left = self._model if len(path) == 1 else models[path[-2].model]
        right, alias = models[hop.model], aliases[path]
        left_key, right_key = left.entity(hop.entity), right.entity(hop.entity)
        assert left_key is not None and right_key is not None
        conditions: list[exp.Expr] = [
            exp.EQ(
                this=_on(aliases[path[:-1]], read_expression(left_key.expr, left_key.place)),
                expression=_on(alias, read_expression(right_key.expr, right_key.place)),
            ),
            *self._partitions(path, right, aliases),
            *self._validity(right, alias),
        ]
        found = all_of(conditions)
        assert found is not None
        return found

    def _partitions(self, path: tuple[Hop, ...], right: SemanticModel, aliases: Mapping[tuple[Hop, ...], str]) -> list[exp.Expr]:
        """Match partition columns of the same name against the nearest table of the road that has them."""
        found: list[exp.Expr] = []
        models = self._world.catalog.manifest.model_by_name
        road = [((), self._model), *((path[:n], models[path[n - 1].model]) for n in range(1, len(path)))]
        for dimension in right.dimensions:
            if not dimension.is_partition:
                continue
            for before, left in road:
                other = left.dimension(dimension.name)
                if other is not None and other.is_partition:
                    found.append(exp.EQ(this=_cut(aliases[before], other), expression=_cut(aliases[path], dimension)))
                    break
        return found

    def _validity(self, right: SemanticModel, alias: str) -> list[exp.Expr]:
        """Keep the row of a history table that held at the fact's own time."""
        start = next((each for each in right.dimensions if each.validity == "start"), None)
        end = next((each for each in right.dimensions if each.validity == "end"), None)
        if start is None or end is None or self._leaf is None:
            return []
        time = self.own_time()
        ends = _on(alias, read_expression(end.expr, end.place))
        return [
            exp.GTE(this=time, expression=_on(alias, read_expression(start.expr, start.place))),
            exp.Paren(
                this=exp.Or(
                    this=exp.LT(this=time.copy(), expression=ends),
                    expression=exp.Is(this=ends.copy(), expression=exp.Null()),
                )
            ),
        ]

    def _value(self, target: MetricValue) -> exp.Expr:
        """Join the values of a metric that a filter looks at."""
        source = self._values[target]
        if target not in self._joined_values:
            alias = self._joined_values[target] = self._free(f"{target.metric}_of", "_".join(k.name for k in target.outer))
            pairs = zip(target.outer, source.entities, strict=True)
            on = all_of([exp.EQ(this=self.key(key), expression=column(name, alias)) for key, name in pairs])
            self._join(reference(source.query, alias), on, self._side)
        return column(source.value, self._joined_values[target])

    def cross_calendar(self, spine: TimeSpine) -> None:
        """Put every row beside every row of a calendar: a question for members that also asks for metric_time."""
        self._spine = self._whole_spine = spine
        self._last = [exp.Join(this=self._world.calendar(spine, "calendar"), kind="CROSS")]
        self.where(*self._world.before_cutoff(column(spine.column, "calendar")))

    def _join(self, source: exp.Expr, on: exp.Expr | None, side: str) -> None:
        kind = {"left": {"side": "LEFT"}, "full": {"side": "FULL"}, "inner": {}}[side]
        self._joins.append(exp.Join(this=source, on=on, **kind))

    def _free(self, name: str, more: str = "", also: Iterable[str] = ()) -> str:
        taken = {*self._taken, *self._aliases.values(), *self._calendars.values(), *self._joined_values.values(), *also}
        candidates = (name, f"{name}_{more}", *(f"{name}_{n}" for n in range(2, 99)))
        return next(each for each in candidates if each not in taken)


def custom_shift(shifts: tuple[Shift, ...]) -> Span | None:
    """Return the custom span of a shift, None without one. Raises KgiError where it stands beside other shifts."""
    custom = [each.window for each in shifts if each.window and not is_standard(each.window.grain)]
    if custom and len(shifts) > 1:
        what = f"offset_window: {custom[0].count} {custom[0].grain}, together with another offset"
        raise KgiError(finding("metric_not_supported", None, what=what))
    return custom[0] if custom else None


def shifted(world: World, shown: exp.Expr, shifts: tuple[Shift, ...], grain: str) -> exp.Expr:
    """Move a calendar's time back to the fact's own time; shifts come from the outermost metric inwards."""
    tree = shown.copy()
    for shift in shifts:
        if shift.to_grain:
            if not world.cuts(shift.to_grain):
                raise KgiError(finding("metric_not_supported", None, what=f"offset_to_grain: {shift.to_grain}"))
            is_finer = is_standard(shift.to_grain) and rank(shift.to_grain) < rank(grain)
            tree = world.cut(tree, grain if is_finer else shift.to_grain)
        else:
            assert shift.window is not None
            if not is_standard(shift.window.grain):
                what = f"offset_window: {shift.window.count} {shift.window.grain}, of a running total"
                raise KgiError(finding("metric_not_supported", None, what=what))
            tree = earlier(tree, shift.window, grain)
    return tree


def _on(alias: str, tree: exp.Expr) -> exp.Expr:
    """Let every column of an expression be read from one table."""

    def own(node: exp.Column) -> exp.Expr:
        return column(node.name, alias)

    return replace_columns(tree, own)


def _cut(alias: str, dimension: Dimension) -> exp.Expr:
    tree = _on(alias, read_expression(dimension.expr, dimension.place))
    return truncated(tree, dimension.grain) if dimension.grain else tree


def grouped(query: exp.Select, keys: list[tuple[str, exp.Expr]]) -> exp.Select:
    """Select keys under their names and group by them."""
    for name, tree in keys:
        query = query.select(named(tree, name), copy=False)
    if keys:
        query = query.group_by(*(exp.Literal.number(n + 1) for n in range(len(keys))), copy=False)
    return query
