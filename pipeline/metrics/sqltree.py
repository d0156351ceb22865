"""Small trees of SQL: identifiers, casts, truncations, intervals. The only place that knows how a time key is cast."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from sqlglot import exp

from pipeline.metrics.spec import Span
from pipeline.metrics.times import rank
from pipeline.metrics.words import RESERVED
from pipeline.shapes import Relation

_PLAIN = re.compile(r"^[a-z_][a-z0-9_]*$")
DAY_RANK = rank("day")


def ident(name: str) -> exp.Identifier:
    """Return an identifier, quoted only where it has to be."""
    return exp.to_identifier(name, quoted=not _PLAIN.match(name) or name in RESERVED)


def column(name: str, table: str | None = None) -> exp.Column:
    """Return a column of a table in the query."""
    return exp.Column(this=ident(name), table=ident(table) if table else None)


def table(relation: Relation, alias: str | None = None) -> exp.Table:
    """Return a table by its address."""
    name = exp.TableAlias(this=ident(alias)) if alias else None
    return exp.Table(this=ident(relation.name), db=ident(relation.schema), alias=name)


def named(tree: exp.Expr, name: str) -> exp.Expr:
    """Give a tree a name in a select list; a column of that name needs none."""
    if isinstance(tree, exp.Column) and tree.name == name:
        return tree
    return exp.Alias(this=tree, alias=ident(name))


def cast(tree: exp.Expr, type_: str) -> exp.Expr:
    """Return a cast to a DuckDB type; a cast to the same type stays single."""
    if isinstance(tree, exp.Cast) and tree.to.sql("duckdb").upper() == type_.upper():
        return tree
    return exp.Cast(this=tree, to=exp.DataType.build(type_, dialect="duckdb"))


def call(function: str, *arguments: exp.Expr | str) -> exp.Expr:
    """Return a function call; texts are literals."""
    trees = [exp.Literal.string(each) if isinstance(each, str) else each for each in arguments]
    return exp.Anonymous(this=function, expressions=trees)


def truncated(tree: exp.Expr, grain: str) -> exp.Expr:
    """Return the start of the period that holds a time: a DATE from day upwards, a TIMESTAMP below."""
    if grain in ("nanosecond", "microsecond"):
        return cast(tree, "timestamp")
    if grain == "day":
        return cast(tree, "date")
    cut = call("date_trunc", grain, tree)
    return cast(cut, "date") if rank(grain) > DAY_RANK else cut


def date_part(tree: exp.Expr, part: str) -> exp.Expr:
    """Return a part of a date as a BIGINT; the day of the week is ISO's, Monday 1."""
    return call("date_part", "isodow" if part == "dow" else part, tree)


def interval(span: Span) -> exp.Interval:
    """Return a span as an INTERVAL."""
    count, unit = (span.count * 3, "month") if span.grain == "quarter" else (span.count, span.grain)
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit.upper()))


def earlier(tree: exp.Expr, span: Span, grain: str) -> exp.Expr:
    """Return a time a span earlier, of the type that keys of `grain` have."""
    moved = exp.Sub(this=tree, expression=interval(span))
    return cast(moved, "date") if rank(grain) >= DAY_RANK else moved


def moment(value: dt.datetime | dt.date) -> exp.Expr:
    """Return a literal DATE, or a TIMESTAMP where there is a time of day."""
    if isinstance(value, dt.datetime) and (value.hour or value.minute or value.second or value.microsecond):
        return cast(exp.Literal.string(value.isoformat(sep=" ")), "timestamp")
    day = value.date() if isinstance(value, dt.datetime) else value
    return cast(exp.Literal.string(day.isoformat()), "date")


def same(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Return an equality in which null equals null."""
    return exp.NullSafeEQ(this=left, expression=right)


def all_of(conditions: Sequence[exp.Expr]) -> exp.Expr | None:
    """Join conditions with AND; None for none."""
    return exp.and_(*conditions, copy=False) if conditions else None


def coalesce(tree: exp.Expr, fill: int | float) -> exp.Expr:
    """Return a value with a number in place of null."""
    return exp.Coalesce(this=tree, expressions=[exp.Literal.number(fill)])


def ratio(numerator: exp.Expr, denominator: exp.Expr) -> exp.Expr:
    """Divide as DOUBLE; null where the denominator is zero."""
    below = exp.Nullif(this=cast(denominator, "double"), expression=exp.Literal.number(0))
    return exp.Div(this=cast(numerator, "double"), expression=below)


def reference(name: str, alias: str | None = None) -> exp.Table:
    """Return a named query as a table of the FROM clause."""
    return exp.Table(this=ident(name), alias=exp.TableAlias(this=ident(alias)) if alias and alias != name else None)


def subquery(query: exp.Query, alias: str) -> exp.Subquery:
    """Return a query in parentheses under an alias."""
    return exp.Subquery(this=query, alias=exp.TableAlias(this=ident(alias)))
