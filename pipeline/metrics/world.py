"""What a compilation knows besides the question: the manifest, the calendars, the cut-off; and what it has read so far."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp, parse_one

from pipeline.findings import KgiError, finding
from pipeline.metrics.catalog import Catalog, Leaf
from pipeline.metrics.periods import start_of
from pipeline.metrics.spec import Evaluation, Metric, Span, TimeSpine
from pipeline.metrics.sqltree import call, cast, column, ident, moment, named, subquery, table, truncated
from pipeline.metrics.times import TimeRange, is_standard, rank
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

    def calendar(self, spine: TimeSpine, alias: str) -> exp.Expr:
        """Return a calendar as a table of the FROM clause: the table that holds it, or its days made by rule."""
        if spine.made is None:
            return self.table(spine.relation, alias)
        day = ident(spine.column).sql("duckdb")
        days = parse_one(
            f"""select cast(days.range as date) as {day}
            from range(date '{spine.made.first}', date '{spine.made.last}' + 1, interval '1' day) as days""",
            dialect="duckdb",
        )
        assert isinstance(days, exp.Query)
        return subquery(days, alias)

    def cuts(self, grain: str) -> bool:
        """Tell whether the start of a period follows from a time itself, without a look into a calendar."""
        return is_standard(grain) or grain in self.catalog.manifest.company_grain_by_name

    def cut(self, tree: exp.Expr, grain: str) -> exp.Expr:
        """Return the start of the period that holds a time, for a grain that needs no calendar."""
        own = self.catalog.manifest.company_grain_by_name.get(grain)
        return start_of(tree, own.rule) if own else truncated(tree, grain)

    def period(self, spine: TimeSpine, grain: str, alias: str) -> exp.Expr:
        """Return the period of a grain on a row of a calendar: cut by rule, or the column that holds it."""
        if self.cuts(grain):
            return self.cut(column(spine.column, alias), grain)
        return column(dict(spine.custom)[grain], alias)

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

    def judged(self, leaf: Leaf, read: Callable[[str], exp.Expr]) -> list[exp.Expr]:
        """Return the condition that keeps the events which have been judged by the cut-off date; none where all count at once.

        Without a cut-off an event is judged once its date of evaluation is known at all. `read` reads an expression of the table.
        """
        if not leaf.evaluated:
            return []
        first, *later = [(each.since, self._judged(each, read)) for each in leaf.evaluated]
        if not later:
            return [first[1]]
        case = exp.Case(ifs=[], default=first[1])
        for since, tree in reversed(later):
            assert since is not None
            case.append("ifs", exp.If(this=exp.GTE(this=read(leaf.time.expr), expression=moment(since)), true=tree))
        return [case]

    def _judged(self, each: Evaluation, read: Callable[[str], exp.Expr]) -> exp.Expr:
        if each.expr is None:
            return exp.true()
        day = read(each.expr)
        if self.cutoff is None:
            return exp.Not(this=exp.Is(this=day, expression=exp.Null()))
        if not each.business_days:
            (condition,) = self.before_cutoff(day)
            return condition
        return exp.LT(this=cast(day, "date"), expression=self._business_days_before(self.cutoff, each))

    def _business_days_before(self, cutoff: dt.date, each: Evaluation) -> exp.Expr:
        """Return the day after which fewer than some business days lie up to a date, as a query for one value.

        The last business day is 1 back: so many business days lie after an earlier day, however many other days there are.
        """
        spine = next((one for one in self.catalog.manifest.spines if one.grain == "day" and one.business_day), None)
        if spine is None:
            raise KgiError(finding("agreement_needs_business_days", each.place, days=each.business_days))
        day, is_open = (ident(name).sql("duckdb") for name in (spine.column, spine.business_day or ""))
        tree = parse_one(
            f"""select min({day}) from (
                select cast({day} as date) as {day} from {self.calendar(spine, "calendar").sql("duckdb")}
                where {is_open} and {day} <= date '{cutoff}' order by {day} desc limit {each.business_days}
            ) as open_days""",
            dialect="duckdb",
        )
        assert isinstance(tree, exp.Query)
        return tree.subquery()

    def periods(self, grain: str, name: str = "period", within: TimeRange | None = None) -> exp.Select:
        """Return a query with every period of a standard grain once, up to the cut-off."""
        spine = self.spine(grain)
        time = column(spine.column, "calendar")
        query = exp.Select().from_(self.calendar(spine, "calendar"), copy=False)
        query = query.select(named(truncated(time, grain), name), copy=False)
        conditions = [*self.before_cutoff(time), *self.limits(time, within)]
        if conditions:
            query = query.where(*conditions, copy=False)
        return query if spine.grain == grain else query.distinct(copy=False)

    def first_days(self, grain: str, own: str) -> exp.Select:
        """Return a query with the first time of every period of a custom grain, cut to a table's own grain."""
        spine = self.spine(grain)
        first = call("min", truncated(column(spine.column, "calendar"), own))
        query = exp.Select().from_(self.calendar(spine, "calendar"), copy=False).select(first, copy=False)
        return query.group_by(self.period(spine, grain, "calendar"), copy=False)

    def custom_offsets(self, span: Span, whole_periods: bool) -> exp.Select:
        """Return the calendar with `source`, the day that lies a number of custom periods earlier.

        A day meets the day of the same number in the earlier period; with `whole_periods` there is one row for each period
        and day of the earlier period, so that periods of different lengths lose nothing.
        """
        spine = self.spine(span.grain)
        day = ident(spine.column).sql("duckdb")
        names = [ident(name).sql("duckdb") for _, name in spine.custom]
        period = self.period(spine, span.grain, "calendar").sql("duckdb")
        own = "".join(f", {name}" for name in names)
        shown = "".join(f", shown.{name}" for name in names)
        on = "shown.number = 1" if whole_periods else "shown.number = earlier.number"
        tree = parse_one(
            f"""with days as (
                select cast({day} as date) as {day}{own},
                    row_number() over (partition by {period} order by {day}) as number,
                    min({day}) over (partition by {period}) as first_day
                from {self.calendar(spine, "calendar").sql("duckdb")}
            ), periods as (select *, dense_rank() over (order by first_day) as period_number from days)
            select shown.{day}{shown}, earlier.{day} as source
            from periods as shown
            join periods as earlier on earlier.period_number = shown.period_number - {span.count} and {on}""",
            dialect="duckdb",
        )
        assert isinstance(tree, exp.Select)
        return tree
