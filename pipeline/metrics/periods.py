"""The company's own grains as SQL: the first day of the period that holds a time."""

from __future__ import annotations

from sqlglot import exp, parse_one

from pipeline.metrics.grains import ListedStarts, MonthlyClosing, Rule, WeekPattern, YearlyStarts


def start_of(tree: exp.Expr, rule: Rule) -> exp.Expr:
    """Return the first day of the period that holds a time, a DATE; null where there is none."""
    day = f"cast({tree.sql('duckdb')} as date)"
    match rule:
        case YearlyStarts():
            text = _yearly(day, rule)
        case MonthlyClosing(closing):
            text = f"cast(date_trunc('month', {day} - interval '{closing}' day) + interval '{closing}' day as date)"
        case WeekPattern():
            text = _weekly(day, rule)
        case ListedStarts(dates):
            cases = " ".join(f"when {day} >= date '{first}' then date '{first}'" for first in reversed(dates[:-1]))
            text = f"case when {day} >= date '{dates[-1]}' then null {cases} end"
    return parse_one(text, dialect="duckdb")


def _yearly(day: str, rule: YearlyStarts) -> str:
    starts = [f"make_date(year({day}), {month}, {of_month})" for month, of_month in rule.days]
    cases = " ".join(f"when {day} >= {start} then {start}" for start in reversed(starts))
    month, of_month = rule.days[-1]
    return f"case {cases} else make_date(year({day}) - 1, {month}, {of_month}) end"


def _weekly(day: str, rule: WeekPattern) -> str:
    into = f"date_diff('day', date '{rule.first}', {day})"
    within = f"((({into} % {rule.days}) + {rule.days}) % {rule.days})"
    cases = " ".join(f"when {within} >= {start} then {start}" for start in reversed(rule.starts[1:]))
    offset = f"case {cases} else 0 end" if cases else "0"
    return f"{day} - cast({within} as int) + cast({offset} as int)"
