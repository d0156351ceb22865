"""A conversion followed by age: each cohort of entries, and what had become of it within 1, 2, ... months of its entries.

An age counts from each entry, not from the end of the cohort's period: within 2 months means before the same day two months
later. Beside each number stands its maturity, the part of the cohort's entries of which that age is over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp, parse_one

from pipeline.findings import KgiError, finding
from pipeline.metrics.conversion import Side, counted, events_of, matched_events, matched_keys, sides_of
from pipeline.metrics.facts import facts_of
from pipeline.metrics.moving import own_day
from pipeline.metrics.plan import Context, Cte, FactsSpec, Part, Planner
from pipeline.metrics.scan import Scan
from pipeline.metrics.spec import Conversion, Metric, Simple, Span
from pipeline.metrics.sqltree import cast, column, ident, interval, moment, named
from pipeline.metrics.times import is_standard

AGES = ("day", "week", "month", "quarter", "year")


@dataclass(frozen=True)
class Ages:
    """What a question by age is made of: the metric's two sides and the queries that they stand in.

    `entered` is the base metric by cohort, `entries` its rows by cohort and day, `found` the conversions with both times.
    """

    metric: Metric
    kind: Conversion
    context: Context
    goal: Side
    day: str
    age: str
    until: str
    entered: Part
    entries: Part
    found: Cte

    @property
    def keys(self) -> list[str]:
        """The names of the cohort and the other keys, as SQL."""
        return [_sql(key.column) for key in self.context.keys]

    def same(self, side: str) -> str:
        """Return the condition that a row belongs to the cohort of a step."""
        return " and ".join(f"{side}.{key} is not distinct from steps.{key}" for key in self.keys)


def by_age(planner: Planner, metric: Metric, kind: Conversion, context: Context, age: str) -> tuple[tuple[str, ...], exp.Query]:
    """Write the query: one row per cohort, other keys and age, in this order.

    Columns: the keys; `age__<grain>` from 1; `<metric>__denominator`, those who entered; `<metric>__numerator`, those who had
    converted within the age; `<metric>`, their ratio (or the conversions); `maturity`, a fraction. An age stands there from
    the day on which the first entry of its cohort begins it, up to the metric's window. Numerator and ratio are what is known
    so far where maturity is below 1.
    """
    if age not in AGES:
        raise KgiError(finding("metric_cohort_age", grain=age))
    if kind.window is not None and not is_standard(kind.window.grain):
        raise KgiError(finding("metric_not_supported", metric.place, what=f"window: {kind.window.count} {kind.window.grain}"))
    base, goal = sides_of(planner, kind, context)
    events = events_of(planner, metric, kind, base, goal)
    day = own_day(base.leaf)
    daily = replace(base.context, keys=tuple(dict.fromkeys((*base.context.keys, day))))
    row = Simple(base.leaf.model.name, "count", "1")
    entries = facts_of(planner, FactsSpec(base.leaf, daily), f"{metric.name}_entries", row)
    entered = planner.input_part(kind.base, context)
    found = planner.cte(f"{metric.name}_found", lambda: _found(kind, base, goal, events))
    planner.settle_names()
    until = _until(planner, base, goal)
    ages = Ages(metric, kind, context, goal, _sql(day.column), age, until, entered, entries, found)
    names = (*(key.column for key in context.keys), f"age__{age}", f"{metric.name}__denominator", f"{metric.name}__numerator")
    return (*names, metric.name, "maturity"), _assembled(planner, ages)


def _found(kind: Conversion, base: Side, goal: Side, events: tuple[Cte, Cte]) -> exp.Query:
    """Read the conversions with the cohort of their base event and both times."""
    query = exp.Select().from_(matched_events(kind, base, goal, events, with_time=True), copy=False)
    query = query.select(*(named(tree, name) for name, tree in matched_keys(base)), copy=False)
    times = [("value", "value"), ("at_time", "entered_at"), ("converted_at", "converted_at")]
    return query.select(*(named(column(name, "matched"), label) for name, label in times), copy=False)


def _sql(name: str) -> str:
    return ident(name).sql("duckdb")


def _until(planner: Planner, base: Side, goal: Side) -> str:
    """Return the last day that is known: the cut-off, else the last day that either table holds, whatever is filtered."""
    if planner.world.cutoff is not None:
        return moment(planner.world.cutoff).sql("duckdb")

    def last(side: Side) -> str:
        scan = Scan(planner.world, side.leaf.model, side.leaf)
        day = exp.Max(this=cast(scan.own_time(), "date"))
        return f"({scan.query().select(day, copy=False).sql('duckdb')})"

    return f"greatest({last(base)}, {last(goal)})"


def _assembled(planner: Planner, ages: Ages) -> exp.Query:
    """Put the named queries and the steps of age together."""
    query = parse_one(f"with {_steps(ages)}, {_observed(ages)}, {_converted(ages)} {_last(ages)}", dialect="duckdb")
    assert isinstance(query, exp.Query)
    own = query.args["with_"].expressions
    built = exp.Select()
    for cte in planner.ctes:
        assert cte.build is not None
        built = built.with_(ident(cte.name), as_=cte.build(), copy=False)
    query.set("with_", exp.With(expressions=[*built.args["with_"].expressions, *own]))
    return query


def _steps(ages: Ages) -> str:
    """Write the ages of each cohort that have begun. A double underscore keeps these names apart from metrics' names."""
    keys, entries, until = ", ".join(ages.keys), _sql(ages.entries.cte.name), ages.until
    step = interval(Span(1, ages.age)).sql("duckdb")
    begun = f"first_day + (age - 1) * {step}"
    reached = f" and {begun} < first_day + {interval(ages.kind.window).sql('duckdb')}" if ages.kind.window else ""
    return f"""age__cohorts as (select {keys}, min({ages.day}) as first_day from {entries} group by {keys}),
        age__steps as (
            select {keys}, age from (
                select *, unnest(range(1, 2 + date_diff('{ages.age}', first_day, {until}))) as age from age__cohorts
            ) as begun where {begun} < {until} + 1{reached})"""


def _observed(ages: Ages) -> str:
    """Write how many entries of a cohort there are, and of how many an age is over."""
    entries, rows = _sql(ages.entries.cte.name), _sql(ages.entries.column)
    end = f"entries.{ages.day} + steps.age * {interval(Span(1, ages.age)).sql('duckdb')}"
    if ages.kind.window:
        end = f"least({end}, entries.{ages.day} + {interval(ages.kind.window).sql('duckdb')})"
    keys = "".join(f"steps.{key}, " for key in ages.keys)
    return f"""age__observed as (
            select {keys}steps.age, sum(entries.{rows}) as entries,
                sum(entries.{rows}) filter (where {end} <= {ages.until} + 1) as over
            from age__steps as steps join {entries} as entries on {ages.same("entries")} group by {keys}steps.age)"""


def _converted(ages: Ages) -> str:
    """Write the conversions of each cohort within each age."""
    keys = "".join(f"steps.{key}, " for key in ages.keys)
    step = interval(Span(1, ages.age)).sql("duckdb")
    value = counted(ages.goal, column("value", "found")).sql("duckdb")
    return f"""age__converted as (
            select {keys}steps.age, {value} as value from age__steps as steps
            join {_sql(ages.found.name)} as found on {ages.same("found")}
                and found.converted_at < found.entered_at + steps.age * {step}
            group by {keys}steps.age)"""


def _last(ages: Ages) -> str:
    keys = "".join(f"steps.{key}, " for key in ages.keys)
    entered, name = f"entered.{_sql(ages.entered.column)}", ages.metric.name
    converted = "coalesce(converted.value, 0)"
    rate = f"cast({converted} as double) / nullif(cast({entered} as double), 0)"
    return f"""select {keys}steps.age as age__{ages.age}, {entered} as {_sql(name + "__denominator")},
            {converted} as {_sql(name + "__numerator")},
            {converted if ages.kind.calculation == "conversions" else rate} as {_sql(name)},
            cast(coalesce(observed.over, 0) as double) / nullif(observed.entries, 0) as maturity
        from age__steps as steps
        join age__observed as observed on {ages.same("observed")} and observed.age = steps.age
        left join {_sql(ages.entered.cte.name)} as entered on {ages.same("entered")}
        left join age__converted as converted on {ages.same("converted")} and converted.age = steps.age
        order by {keys}steps.age"""
