"""The company's own grains as SQL: the first day of the period that holds a time, and of the one after it."""

from __future__ import annotations

from itertools import pairwise

from sqlglot import exp, parse_one

from pipeline.metrics.grains import ListedStarts, MonthlyClosing, Rule, WeekPattern, YearlyStarts


def start_of(tree: exp.Expr, rule: Rule) -> exp.Expr:
    """Return the first day of the period that holds a time, a DATE; null where there is none."""
    return _written(tree, rule, 0)


def next_start_of(tree: exp.Expr, rule: Rule) -> exp.Expr:
    """Return the first day of the period after the one that holds a time, a DATE."""
    return _written(tree, rule, 1)


def _written(tree: exp.Expr, rule: Rule, ahead: int) -> exp.Expr:
    day = f"cast({tree.sql('duckdb')} as date)"
    match rule:
        case YearlyStarts():
            text = _yearly(day, rule, ahead)
        case MonthlyClosing(closing):
            moved = f"date_trunc('month', {day} - interval '{closing}' day)"
            months = f" + interval '{ahead}' month" if ahead else ""
            text = f"cast({moved}{months} + interval '{closing}' day as date)"
        case WeekPattern():
            text = _weekly(day, rule, ahead)
        case ListedStarts(dates):
            pairs = reversed(list(pairwise(dates)))
            cases = " ".join(f"when {day} >= date '{pair[0]}' then date '{pair[ahead]}'" for pair in pairs)
            text = f"case when {day} >= date '{dates[-1]}' then null {cases} end"
    return parse_one(text, dialect="duckdb")


def _yearly(day: str, rule: YearlyStarts, ahead: int) -> str:
    days = rule.days

    def start(number: int) -> str:
        years, at = divmod(number, len(days))
        shift = f" + {years}" if years > 0 else f" - {-years}" if years < 0 else ""
        return f"make_date(year({day}){shift}, {days[at][0]}, {days[at][1]})"

    cases = " ".join(f"when {day} >= {start(n)} then {start(n + ahead)}" for n in reversed(range(len(days))))
    return f"case {cases} else {start(ahead - 1)} end"


def _weekly(day: str, rule: WeekPattern, ahead: int) -> str:
    into = f"date_diff('day', date '{rule.first}', {day})"
    within = f"((({into} % {rule.days}) + {rule.days}) % {rule.days})"
    starts = (*rule.starts, rule.days)
    cases = " ".join(f"when {within} >= {starts[n]} then {starts[n + ahead]}" for n in reversed(range(1, len(rule.weeks))))
    offset = f"case {cases} else {starts[ahead]} end" if cases else str(starts[ahead])
    return f"{day} - cast({within} as int) + cast({offset} as int)"
