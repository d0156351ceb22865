"""A question beside the same question of an earlier time: which days stand beside which, and both sides in one SELECT.

Whole periods meet whole periods (a March the March before it, never day 29 a lost February 29). A period that is still open
meets the part of the earlier one with as many business days, or as many days where the calendar does not tell business days.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlglot import exp, parse_one

from pipeline.findings import KgiError, finding
from pipeline.metrics.catalog import Key
from pipeline.metrics.question import Basis
from pipeline.metrics.spec import Span
from pipeline.metrics.sqltree import cast, column, ident, interval, moment, named, ratio, reference, same, subquery, truncated
from pipeline.metrics.times import is_standard, rank
from pipeline.metrics.world import World

_FISCAL_YEAR = "fiscal_year"
_WEEKS_OF_A_YEAR = Span(364, "day")  # 52 weeks: a Monday meets a Monday


@dataclass(frozen=True)
class Past:
    """How a comparison goes back: by which basis, along which grain. Without a time key the grain is the month."""

    world: World
    basis: Basis
    grain: str
    has_key: bool

    @property
    def span(self) -> Span:
        """The distance between a period of a standard grain and the one it is compared with."""
        if self.basis == "previous_period":
            return Span(1, self.grain)
        return Span(1, "year") if rank(self.grain) > rank("week") else _WEEKS_OF_A_YEAR


def past_of(world: World, basis: Basis, keys: tuple[Key, ...]) -> Past:
    """Return how a question goes back. Raises KgiError where its times cannot be compared."""
    times = [key for key in keys if key.is_metric_time]
    grains = [key.grain for key in times if key.grain]
    if len(times) > 1 or len(grains) < len(times):
        raise KgiError(finding("metric_compare_times", keys=", ".join(key.column for key in times)))
    grain = grains[0] if grains else "month"
    if is_standard(grain) and rank(grain) < rank("day"):
        raise KgiError(finding("metric_not_supported", what=f"compare by {grain}"))
    if basis == "previous_fiscal_year" and _FISCAL_YEAR not in world.catalog.manifest.custom_grains:
        raise KgiError(finding("metric_compare_no_fiscal_year"))
    return Past(world, basis, grain, bool(grains))


# ---- which days


def dates_sql(past: Past, start: dt.date | None, day: dt.date | None) -> str:
    """Write the query for the dates of a comparison: one row (own_start, start, until, aligned_by, business_days).

    `start` and `day` are the first and the last day that the question looks at; a question without a last day cannot be
    compared. `aligned_by` is 'whole', 'business_day' or 'calendar_day'. No row: the calendar ends before the day.
    """
    if day is None or (start is None and not past.has_key and past.basis == "previous_period"):
        raise KgiError(finding("metric_compare_range"))
    if not past.has_key and past.basis == "previous_period" and start is not None:
        return _range_before(start, day)
    own_start = "null"
    first = _earlier_start(past, start)
    if past.basis == "previous_fiscal_year" and not past.has_key and start is None:
        own_start = _fiscal_year_of(past, f"<= {_date(day)}")
        first = _fiscal_year_of(past, f"< {own_start}")
    elif past.has_key and not is_standard(past.grain) and start is not None:
        own_start = f"(select own_start from ({_periods_of(past, start)}) as first_period)"
    ctes = ", ".join([f"asked as ({_periods_of(past, day)})", *_business_days(past, day)])
    return f"with {ctes} select cast({own_start} as date), cast({first} as date), {_until(past, day)} from asked"


def _range_before(start: dt.date, day: dt.date) -> str:
    """Write the days just before a range: as many months where it is made of whole months, else as many days."""
    is_whole = start.day == 1 and (day + dt.timedelta(days=1)).day == 1
    months = (day.year - start.year) * 12 + day.month - start.month + 1
    back = f"interval '{months}' month" if is_whole else f"interval '{(day - start).days + 1}' day"
    first = f"cast({_date(start)} - {back} as date)"
    return f"select cast(null as date), {first}, {_date(start)} - 1, '{'whole' if is_whole else 'calendar_day'}', null"


def _date(day: dt.date) -> str:
    return moment(day).sql("duckdb")


def _fiscal_year_of(past: Past, condition: str) -> str:
    return f"(select max(first_day) from ({_firsts(past, _FISCAL_YEAR)}) as years where first_day {condition})"


def _earlier_start(past: Past, start: dt.date | None) -> str:
    if start is None:
        return "null"
    if not past.has_key:
        return f"{_date(start)} - interval '1' year"
    return f"(select earlier_start from ({_periods_of(past, start)}) as first_period)"


def _periods_of(past: Past, day: dt.date) -> str:
    """Write the period that holds a day and the one that it is compared with: their first days and the days after them."""
    if not is_standard(past.grain):
        return f"""select first_day as own_start, next_day as own_next, earlier_first as earlier_start,
            earlier_next from ({pairs(past)}) as pairs where first_day <= {_date(day)} and next_day > {_date(day)}"""
    own = truncated(moment(day), past.grain).sql("duckdb")
    one = interval(Span(1, past.grain)).sql("duckdb")
    back = interval(past.span).sql("duckdb")
    return f"""select {own} as own_start, cast({own} + {one} as date) as own_next,
        cast({own} - {back} as date) as earlier_start, cast({own} - {back} + {one} as date) as earlier_next"""


def _business_days(past: Past, day: dt.date) -> list[str]:
    """Write what the calendar says of business days: those of the open period so far, and those of the earlier one."""
    spine = next((each for each in past.world.catalog.manifest.spines if each.grain == "day" and each.business_day), None)
    if spine is None:
        nothing = "select cast(null as date) as date_day, cast(null as bigint) as number where false"
        return ["so_far as (select cast(null as bigint) as days, false as is_open)", f"earlier_days as ({nothing})"]
    time, flag = ident(spine.column).sql("duckdb"), ident(spine.business_day or "").sql("duckdb")
    table = past.world.calendar(spine, "calendar").sql("duckdb")
    days = f"(select cast({time} as date) as date_day, {flag} as is_open from {table})"
    return [
        f"days as {days}",
        f"""so_far as (select if((select min(date_day) from days) <= (select earlier_start from asked)
            and max(date_day) >= {_date(day)}, count(*) filter (where is_open and date_day between
            (select own_start from asked) and {_date(day)}), null) as days,
            coalesce(bool_or(is_open) filter (where date_day = {_date(day)}), false) as is_open from days)""",
        """earlier_days as (select date_day, row_number() over (order by date_day) as number from days
            where is_open and date_day >= (select earlier_start from asked) and date_day < (select earlier_next from asked))""",
    ]


def _until(past: Past, day: dt.date) -> str:
    """Write the last day of the earlier side: on a business day the one of the same number, else the day before the next."""
    counted = "(select days from so_far)"
    is_open = "(select is_open from so_far)"
    nth = f"(select cast(date_day as date) from earlier_days where number = {counted} + if({is_open}, 0, 1))"
    by_business = f"least(coalesce({nth} - if({is_open}, 0, 1), earlier_next - 1), earlier_next - 1)"
    by_days = f"least(cast(earlier_start + cast({_date(day)} - own_start as int) as date), earlier_next - 1)"
    is_whole = f"{_date(day)} + 1 >= own_next"
    until = f"case when {is_whole} then earlier_next - 1 when {counted} is null then {by_days} else {by_business} end"
    return f"""cast({until} as date),
        case when {is_whole} then 'whole' when {counted} is null then 'calendar_day' else 'business_day' end,
        case when not {is_whole} then {counted} end"""


# ---- custom grains


def _firsts(past: Past, grain: str) -> str:
    spine = past.world.spine(grain)
    period = past.world.period(spine, grain, "calendar").sql("duckdb")
    time = column(spine.column, "calendar").sql("duckdb")
    table = past.world.calendar(spine, "calendar").sql("duckdb")
    return f"""select {period} as period, min(cast({time} as date)) as first_day,
        max(cast({time} as date)) + 1 as next_day from {table}
        where {period} is not null group by 1"""


def pairs(past: Past) -> str:
    """Write each period of a custom grain with the one that it is compared with.

    A year back means the period whose first day is nearest to that date a year earlier; a fiscal year back the period of the
    same number.
    """
    if past.basis == "previous_fiscal_year" and past.grain != _FISCAL_YEAR:
        numbered = f"""select *, row_number() over (partition by year order by first_day) as number,
            dense_rank() over (order by year) as years from (select own.*, (select max(first_day) from
            ({_firsts(past, _FISCAL_YEAR)}) as years where years.first_day <= own.first_day) as year from firsts as own)"""
        on = "earlier.years = own.years - 1 and earlier.number = own.number"
    elif past.basis == "previous_year":
        numbered = "select *, row_number() over (order by first_day) as number from firsts"
        on = """earlier.number = (select arg_min(near.number, abs(date_diff('day', near.first_day,
            cast(own.first_day - interval '1' year as date)))) from numbered as near)
            and abs(date_diff('day', earlier.first_day, cast(own.first_day - interval '1' year as date))) < 180"""
    else:
        numbered = "select *, row_number() over (order by first_day) as number from firsts"
        on = "earlier.number = own.number - 1"
    return f"""with firsts as ({_firsts(past, past.grain)}),
        numbered as ({numbered})
        select own.period, own.first_day, own.next_day,
            earlier.period as earlier_period, earlier.first_day as earlier_first, earlier.next_day as earlier_next
        from numbered as own join numbered as earlier on {on}"""


# ---- side by side


def side_by_side(
    past: Past, keys: tuple[Key, ...], values: tuple[str, ...], metrics: frozenset[str], now: exp.Query, then: exp.Query
) -> tuple[tuple[str, ...], exp.Select]:
    """Write both sides in one SELECT: each value, its earlier one, and for metrics the difference and the ratio to it.

    A group that only one side has stays; the other side is null there, and so are difference and ratio.
    """
    time = next((key for key in keys if key.is_metric_time), None)
    own, earlier = "asked", past.basis
    query = exp.Select().from_(reference(own), copy=False)
    on: list[exp.Expr] = []
    names: list[str] = []
    for key in keys:
        left, right = column(key.column, own), column("shown_at" if key is time else key.column, earlier)
        on.append(same(left.copy(), right.copy()))
        names.append(key.column)
        query = query.select(named(exp.Coalesce(this=left, expressions=[right]), key.column), copy=False)
    if time is not None:
        names.append(f"{time.column}__{past.basis}")
        query = query.select(named(column(time.column, earlier), names[-1]), copy=False)
    for value in values:
        new, old = column(value, own), column(value, earlier)
        columns: list[tuple[str, exp.Expr]] = [(value, new), (f"{value}__{past.basis}", old)]
        if value in metrics:
            columns += [(f"{value}__delta", exp.Sub(this=new.copy(), expression=old.copy()))]
            columns += [(f"{value}__ratio", ratio(new.copy(), old.copy()))]
        names.extend(name for name, _ in columns)
        query = query.select(*(named(tree, name) for name, tree in columns), copy=False)
    condition = exp.and_(*on, copy=False) if on else exp.true()
    query = query.join(reference(earlier), on=condition, join_type="full", copy=False)
    query = query.with_(own, as_=now, copy=False)
    return tuple(names), query.with_(earlier, as_=_moved(past, time, then), copy=False)


def _moved(past: Past, time: Key | None, then: exp.Query) -> exp.Query:
    """Give each earlier row the time at which it is shown."""
    if time is None:
        return then
    side = "earlier_side"
    query = exp.Select().from_(subquery(then, side), copy=False)
    names = [column(each, side) for each in then.named_selects]
    if is_standard(past.grain):
        shown: exp.Expr = cast(exp.Add(this=column(time.column, side), expression=interval(past.span)), "date")
        return query.select(*names, named(shown, "shown_at"), copy=False)
    matched = parse_one(pairs(past), dialect="duckdb")
    assert isinstance(matched, exp.Query)
    on = exp.EQ(this=column("earlier_period", "pairs"), expression=column(time.column, side))
    query = query.join(subquery(matched, "pairs"), on=on, copy=False)
    return query.select(*names, named(column("period", "pairs"), "shown_at"), copy=False)
