"""Running totals: facts are added up per period first, then a window runs over the calendar.

A distinct count cannot be added up. Over all time, and since the start of a period, a member counts from the day on which it is
first seen. In a moving window each (member, day) opens a span in which the member counts; spans of one member never overlap, so
+1 at the start and -1 at the end of each, summed up, are the distinct members of any day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp, parse_one

from pipeline.findings import KgiError, finding
from pipeline.metrics.catalog import Key, Leaf
from pipeline.metrics.facts import facts_of, on_calendar, scan_of, simple
from pipeline.metrics.filters import BoundFilter
from pipeline.metrics.moving import MERGED, Merge, Shown, can_split, daily_context, own_day
from pipeline.metrics.plan import Context, Cte, Facts, FactsSpec, Part, Planner
from pipeline.metrics.spec import Aggregation, Cumulative, Metric, Simple, Span
from pipeline.metrics.sqltree import (
    column,
    ident,
    interval,
    named,
    truncated,
)
from pipeline.metrics.times import TimeRange, is_standard, rank
from pipeline.metrics.world import World

_PARTS_OF_AVERAGE: tuple[Aggregation, ...] = ("sum", "count")


@dataclass(frozen=True)
class Running:
    """One running total: its metric, its measure and how it is asked for."""

    metric: Metric
    kind: Cumulative
    measure: Simple
    leaf: Leaf
    context: Context

    @property
    def grain(self) -> str:
        """The grain of the table's own time, at which the window moves."""
        return self.leaf.time.grain or "day"

    @property
    def day(self) -> Key:
        """The key of the table's own time."""
        return own_day(self.leaf)

    @property
    def others(self) -> tuple[Key, ...]:
        """The keys that are not the table's own time."""
        return tuple(key for key in self.context.keys if not self.leaf.is_own_time(key))

    @property
    def times(self) -> tuple[Key, ...]:
        """The keys that are the table's own time."""
        return self.context.own_times(self.leaf)

    def name(self, part: str) -> str:
        """Return a name for a step on the way."""
        return f"{self.metric.name}_{part}"


def cumulative(planner: Planner, metric: Metric, kind: Cumulative, context: Context) -> Part:
    """Plan a running total."""
    source = planner.world.catalog.metric(kind.input.metric, kind.input.place)
    assert isinstance(source.kind, Simple)
    asked = planner.filtered(source, planner.input_context(kind.input, context))
    run = Running(metric, kind, source.kind, planner.world.catalog.leaf(source.kind), asked)
    if not run.times and not (kind.window or kind.grain_to_date or asked.shifts):
        return _everything(planner, run)
    planner.need_time(metric, run.leaf, asked, "cumulative")
    if kind.window and not is_standard(kind.window.grain):
        raise KgiError(finding("metric_not_supported", metric.place, what=f"window: {kind.window.count} {kind.window.grain}"))
    running = _by_range(planner, run) if _needs_range(run) else _by_window(planner, run)
    if source.kind.join_to_timespine:
        return _on_every_day(planner, run, running, planner.input_context(kind.input, context).filters)
    return _shown(planner, run, running)


def _needs_range(run: Running) -> bool:
    """Tell whether every day has to look at the facts of its window: values per day cannot be put together."""
    measure = run.measure
    is_whole = measure.non_additive is not None or measure.aggregation in ("median", "percentile")
    return is_whole or not all(can_split(each, run.leaf) for each in run.context.filters)


def _by_range(planner: Planner, run: Running) -> Part:
    """Join the facts of each day's window to the day, as MetricFlow always does: slow, and right for any aggregation.

    A filter that mixes the aggregation time with something else looks at the day on which the total is shown.
    """
    mixed = next((each for each in run.context.filters if not can_split(each, run.leaf)), None)
    if mixed and run.context.shifts:
        what = "a filter that mixes the aggregation time with something else, on a running total taken earlier"
        raise KgiError(finding("metric_not_supported", mixed.place, what=what))
    measure = replace(run.measure, join_to_timespine=False, fill_nulls_with=None)
    spec = FactsSpec(run.leaf, daily_context(run.leaf, run.context), measure.non_additive, run.kind)
    return facts_of(planner, spec, run.name("running"), measure)


def _by_window(planner: Planner, run: Running) -> Part:
    """Add facts up per day, then let a window run over the days."""
    steps = _distinct_steps(planner, run) if run.measure.aggregation == "count_distinct" else _sums(planner, run)
    return Part(planner.cte(run.name("running"), lambda: _running(planner, run, steps)), run.metric.name)


def _on_every_day(planner: Planner, run: Running, running: Part, asked: tuple[BoundFilter, ...]) -> Part:
    """Put the running total on each day of the calendar, then show one value per coarser period."""
    daily = replace(run, context=replace(run.context, keys=(run.day, *run.others)))
    shown, context = _shown(planner, daily, running), replace(daily.context, shifts=())
    part = on_calendar(planner, shown, run.leaf, context, run.metric.name, asked)
    if any(key.column == run.day.column for key in run.times) and len(run.times) == 1:
        return part
    return _shown(planner, replace(run, context=Context(run.context.keys)), part)


def _everything(planner: Planner, run: Running) -> Part:
    """Without a time to run along, the total is that of all facts up to the end."""
    within = run.context.within
    context = replace(run.context, within=TimeRange(None, within.end) if within and within.end else None)
    return simple(planner, run.metric, run.measure, context, ())


@dataclass(frozen=True)
class Steps:
    """What is added up: a query with the day, the other keys and the amounts; and how to merge them.

    `value` runs over the columns of the query inside a window named `frame`; `present` is positive where there is a row.
    """

    cte: Cte
    value: str
    present: str
    is_framed: bool


def _sums(planner: Planner, run: Running) -> Steps:
    """Add facts up per day; an average runs over its sum and its count."""
    measure = replace(run.measure, join_to_timespine=False, fill_nulls_with=None)
    spec = FactsSpec(run.leaf, daily_context(run.leaf, run.context))
    source = run.kind.input.metric
    day = _sql(run.day.column)

    def add(name: str, each: Simple) -> Part:
        return facts_of(planner, spec, name, each)

    present = f"count(step.{day}) over frame"
    if measure.aggregation == "average":
        total, count = (add(f"{source}__{name}", replace(measure, aggregation=name)) for name in _PARTS_OF_AVERAGE)
        value = f"sum(step.{_sql(total.column)}) over frame / nullif(sum(step.{_sql(count.column)}) over frame, 0)"
        return Steps(total.cte, value, present, True)
    part = add(source, measure)
    return Steps(part.cte, f"{MERGED[measure.aggregation]}(step.{_sql(part.column)}) over frame", present, True)


def _distinct_steps(planner: Planner, run: Running) -> Steps:
    """Count members on the day on which they are first seen; within a moving window a member counts from +1 to -1."""
    context = daily_context(run.leaf, run.context)
    facts = Facts(FactsSpec(run.leaf, context), Cte(""), {}, planner.values_of(context.filters))
    value = "cast(sum(step.members) over frame as bigint)"
    if run.kind.window:
        return Steps(_spans(planner, run, facts, run.kind.window), value, "sum(step.spans) over frame", False)
    firsts = planner.cte(run.name("first_seen"), lambda: _first_seen(planner.world, run, facts))
    by = ", ".join(_sql(key.column) for key in context.keys)

    def steps() -> exp.Query:
        text = f"select {by}, count(member) as members, count(*) as spans from {_sql(firsts.name)} group by {by}"
        return _statement(text)

    return Steps(planner.cte(run.name("new"), steps), value, "sum(step.spans) over frame", True)


def _first_seen(world: World, run: Running, facts: Facts) -> exp.Query:
    """Read the day on which each member is first seen: of all time, or of each period that the total starts anew with."""
    scan = scan_of(world, facts)
    own = exp.Min(this=scan.key(run.day))
    by = [named(scan.key(key), key.column) for key in run.others] + [named(scan.expression(run.measure.expr), "member")]
    if run.kind.grain_to_date:
        by.append(named(scan.key(replace(run.day, grain=run.kind.grain_to_date)), "part_of"))
    numbers = [exp.Literal.number(n + 1) for n in range(len(by))]
    return scan.query().select(*by, named(own, run.day.column), copy=False).group_by(*numbers, copy=False)


def _spans(planner: Planner, run: Running, facts: Facts, window: Span) -> Cte:
    """Turn the days on which a member is seen into spans that never overlap, and those into +1 and -1."""
    day = _sql(run.day.column)
    others = "".join(f", {_sql(key.column)}" for key in run.others)

    def seen() -> exp.Query:
        scan = scan_of(planner.world, facts)
        rows = [named(scan.key(key), key.column) for key in facts.spec.context.keys]
        member = named(scan.expression(run.measure.expr), "member")
        return scan.query().select(*rows, member, copy=False).distinct(copy=False)

    def spans() -> exp.Query:
        again = f"lead({day}) over (partition by member{others} order by {day})"
        end = _window_end(column(run.day.column), window, run.grain).sql("duckdb")
        return _statement(f"select *, least({again}, {end}) as until from {_sql(seen_cte.name)}")

    def changes() -> exp.Query:
        groups = ", ".join(str(n + 1) for n in range(1 + len(run.others)))
        return _statement(
            f"""select {day}{others}, sum(members) as members, sum(spans) as spans from (
                select {day}{others}, if(member is null, 0, 1) as members, 1 as spans from {_sql(spans_cte.name)}
                union all
                select until as {day}{others}, if(member is null, 0, -1) as members, -1 as spans from {_sql(spans_cte.name)}
            ) as changes group by {groups}"""
        )

    seen_cte = planner.cte(run.name("seen"), seen)
    spans_cte = planner.cte(run.name("spans"), spans)
    return planner.cte(run.name("changes"), changes)


def _window_end(day: exp.Expr, window: Span, grain: str) -> exp.Expr:
    """A window of months reaches back to the same day of an earlier month, or to that month's end where it is shorter."""
    end = exp.Add(this=day.copy(), expression=interval(window))
    if rank(window.grain) < rank("month"):
        return truncated(end, grain)
    shorter = parse_one(
        f"case when {end.sql('duckdb')} - {interval(window).sql('duckdb')} < {day.sql('duckdb')} then "
        f"cast({end.sql('duckdb')} as date) + interval '1' day else {end.sql('duckdb')} end",
        dialect="duckdb",
    )
    return exp.Cast(this=shorter, to=exp.DataType.build("date" if rank(grain) >= rank("day") else "timestamp"))


def _running(planner: Planner, run: Running, steps: Steps) -> exp.Query:
    """Let the window run over every day and every combination of the other keys."""
    day, source = _sql(run.day.column), _sql(steps.cte.name)
    others = [_sql(key.column) for key in run.others]
    members = f"cross join (select distinct {', '.join(others)} from {source}) as member" if others else ""
    match = "".join(f" and step.{name} is not distinct from member.{name}" for name in others)
    shown = "".join(f", member.{name}" for name in others)
    running = _statement(
        f"""select days.{day}{shown}, {steps.value} as {_sql(run.metric.name)}
        from days {members}
        left join {source} as step on step.{day} = days.{day}{match}
        window frame as ({_frame(planner.world, run, steps, others)})
        qualify days.is_calendar and {steps.present} > 0"""
    )
    periods, days = _days(planner, run, steps)
    return running.with_("calendar_days", as_=periods, copy=False).with_("days", as_=days, copy=False)


def _days(planner: Planner, run: Running, steps: Steps) -> tuple[exp.Query, exp.Query]:
    """Return the calendar, and its days from the first fact on with the days of facts that it does not know."""
    day, source = _sql(run.day.column), _sql(steps.cte.name)
    grain = run.kind.grain_to_date
    custom = grain if grain and not planner.world.cuts(grain) else None
    periods = planner.world.periods(run.grain, run.day.column)
    more = ""
    if custom:
        spine = planner.world.spine(custom)
        if spine.grain != run.grain:
            raise KgiError(finding("metric_not_supported", run.metric.place, what=f"grain_to_date: {custom}"))
        periods = periods.select(named(column(dict(spine.custom)[custom], "calendar"), "part_of"), copy=False)
        more = ", null as part_of"
    until = ""
    if run.kind.window:
        last = _window_end(exp.column("last"), run.kind.window, run.grain)
        until = f" and {day} <= (select {last.sql('duckdb')} from (select max({day}) as last from {source}) as facts)"
    return periods, _statement(
        f"""select *, true as is_calendar from calendar_days
        where {day} >= (select min({day}) from {source}){until}
        union all
        select distinct {day}{more}, false as is_calendar from {source}
        where {day} not in (select {day} from calendar_days)"""
    )


def _frame(world: World, run: Running, steps: Steps, others: list[str]) -> str:
    day = _sql(run.day.column)
    by = [f"member.{name}" for name in others]
    grain = run.kind.grain_to_date
    if grain and steps.is_framed:
        cut = world.cut(column(run.day.column, "days"), grain).sql("duckdb") if world.cuts(grain) else "days.part_of"
        by.append(cut)
    partition = f"partition by {', '.join(by)} " if by else ""
    frame = "rows between unbounded preceding and current row"
    if run.kind.window and steps.is_framed:
        frame = f"range between interval '{_back(run.kind.window, run.grain)}' preceding and current row"
    return f"{partition}order by days.{day} {frame}"


def _back(window: Span, grain: str) -> str:
    """Return how far a frame reaches back: the window less one period, since its far end is not part of it."""
    if rank(window.grain) < rank(grain):
        raise KgiError(finding("metric_grain_too_fine", None, name="window", grain=window.grain, finest=grain))
    count, unit = (window.count * 3, "month") if window.grain == "quarter" else (window.count, window.grain)
    if window.grain == grain and unit == grain:
        return f"{count - 1} {unit}"
    less, less_unit = (3, "month") if grain == "quarter" else (1, grain)
    return f"{count} {unit} -{less} {less_unit}"


def _shown(planner: Planner, run: Running, source: Part) -> Part:
    """Show the running total at the asked times: shifted, filtered, and one value per coarser period."""
    shown = Shown(planner.world, run.leaf, run.context)
    merge = None if any(key.grain == run.grain for key in run.times) else _one_of[run.kind.period_agg]
    fill = run.measure.fill_nulls_with
    cte = planner.cte(run.metric.name, lambda: shown.query(source, run.metric.name, merge, fill))
    return Part(cte, run.metric.name, fill)


def _by_time(value: exp.Expr, time: exp.Expr) -> exp.Expr:
    return exp.Order(this=value, expressions=[exp.Ordered(this=time, nulls_first=False)])


_one_of: dict[str, Merge] = {
    "first": lambda value, time: exp.First(this=_by_time(value, time)),
    "last": lambda value, time: exp.Last(this=_by_time(value, time)),
    "average": lambda value, time: exp.Avg(this=value),
}


def _sql(name: str) -> str:
    return ident(name).sql("duckdb")


def _statement(text: str) -> exp.Query:
    tree = parse_one(text, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    return tree
