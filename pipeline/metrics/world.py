"""What a compilation knows besides the question: the manifest, the calendars, the cut-off; and what it has read so far."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlglot import exp, parse_one

from pipeline.findings import KgiError, finding
from pipeline.metrics.catalog import Catalog
from pipeline.metrics.spec import Metric, Span, TimeSpine
from pipeline.metrics.sqltree import column, ident, moment, named, table, truncated
from pipeline.metrics.times import TimeRange, rank
from pipeline.shapes import Relation


@dataclass(frozen=True)
class Shift:
    """A metric is taken at an earlier time: a span back, or at the start of a period."""

    window: Span | None = None
    to_grain: str | None = None


@dataclass
class World:
    """Shared by every part of one compilation. `reads` collects the tables that the SQL names."""

    catalog: Catalog
    cutoff: dt.date | None
    metrics: tuple[Metric, ...] = ()
    reads: set[Relation] = field(default_factory=set)

    def table(self, relation: Relation, alias: str) -> exp.Table:
        """Return a table under an alias and note that it is read."""
        self.reads.add(relation)
        return table(relation, alias)

    def spine(self, grain: str) -> TimeSpine:
        """Return the coarsest calendar whose rows are not coarser than a grain; for a custom grain the one that holds it."""
        custom = self.catalog.manifest.custom_grains.get(grain)
        if custom:
            return custom
        spines = [each for each in self.catalog.manifest.spines if rank(each.grain) <= rank(grain)]
        if not spines:
            raise KgiError(finding("metric_no_spine", None, grain=grain))
        return max(spines, key=lambda each: rank(each.grain))

    def limits(self, time: exp.Expr, within: TimeRange | None) -> list[exp.Expr]:
        """Return the conditions that keep a time within a range."""
        found: list[exp.Expr] = []
        if within and within.start:
            found.append(exp.GTE(this=time.copy(), expression=moment(within.start)))
        if within and within.end:
            found.append(exp.LT(this=time.copy(), expression=moment(within.end)))
        return found

    def before_cutoff(self, time: exp.Expr) -> list[exp.Expr]:
        """Return the condition that keeps a time on or before the cut-off date; none without a cut-off."""
        if self.cutoff is None:
            return []
        return [exp.LT(this=time.copy(), expression=moment(self.cutoff + dt.timedelta(days=1)))]

    def periods(self, grain: str, name: str = "period", within: TimeRange | None = None) -> exp.Select:
        """Return a query with every period of a standard grain once, up to the cut-off."""
        spine = self.spine(grain)
        time = column(spine.column, "calendar")
        query = exp.Select().from_(self.table(spine.relation, "calendar"), copy=False)
        query = query.select(named(truncated(time, grain), name), copy=False)
        conditions = [*self.before_cutoff(time), *self.limits(time, within)]
        if conditions:
            query = query.where(*conditions, copy=False)
        return query if spine.grain == grain else query.distinct(copy=False)

    def custom_offsets(self, span: Span, whole_periods: bool) -> exp.Select:
        """Return the calendar with `source`, the day that lies a number of custom periods earlier.

        A day meets the day of the same number in the earlier period; with `whole_periods` there is one row for each period
        and day of the earlier period, so that periods of different lengths lose nothing.
        """
        spine = self.spine(span.grain)
        self.reads.add(spine.relation)
        day = ident(spine.column).sql("duckdb")
        names = [ident(name).sql("duckdb") for _, name in spine.custom]
        period = ident(dict(spine.custom)[span.grain]).sql("duckdb")
        on = "shown.number = 1" if whole_periods else "shown.number = earlier.number"
        tree = parse_one(
            f"""with days as (
                select cast({day} as date) as {day}, {", ".join(names)},
                    row_number() over (partition by {period} order by {day}) as number,
                    min({day}) over (partition by {period}) as first_day
                from {table(spine.relation).sql("duckdb")}
            ), periods as (select *, dense_rank() over (order by first_day) as period_number from days)
            select shown.{day}, {", ".join(f"shown.{name}" for name in names)}, earlier.{day} as source
            from periods as shown
            join periods as earlier on earlier.period_number = shown.period_number - {span.count} and {on}""",
            dialect="duckdb",
        )
        assert isinstance(tree, exp.Select)
        return tree
