"""Metrics that differ in their filters only -> one scan: what one of them filters more becomes FILTER (WHERE ...).

A group that the filter empties must not appear in the filtered metric. The scan counts its rows, and whoever reads the metric
from it leaves out the groups without any.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from pipeline.metrics.catalog import Hop, Key
from pipeline.metrics.plan import Context, Facts, FactsSpec, Planner
from pipeline.metrics.sqltree import coalesce, column, named, reference


def share_scans(planner: Planner) -> None:
    """Let scans with more filters be read from one with fewer, where that one reads every row and column they need."""
    scans = [each for each in planner.scans if not each.values and _is_plain(each.spec)]
    scans.sort(key=lambda each: len(each.spec.context.filters))
    hosts: list[Facts] = []
    for guest in scans:
        host = next((each for each in hosts if _may_host(planner, each, guest)), None)
        if host is None:
            hosts.append(guest)
        else:
            _move_in(planner, host, guest)


def _is_plain(spec: FactsSpec) -> bool:
    """Tell whether each row counts once, at its own time."""
    return not spec.non_additive and not spec.running and not spec.context.shifts


def _may_host(planner: Planner, host: Facts, guest: Facts) -> bool:
    a, b = host.spec.context, guest.spec.context
    if host.spec.leaf != guest.spec.leaf or (a.keys, a.within) != (b.keys, b.within) or not set(a.filters) < set(b.filters):
        return False
    own, more = (*a.keys, *_looked_at(a)), set(_looked_at(b))
    if any(key.grain and not planner.world.cuts(key.grain) for key in more):
        return False
    return _roads(planner, host, more) <= _roads(planner, host, own)


def _looked_at(context: Context) -> tuple[Key, ...]:
    return tuple(key for each in context.filters for key in each.keys)


def _roads(planner: Planner, facts: Facts, keys: Iterable[Key]) -> set[tuple[Hop, ...]]:
    """Return the joins that keys need."""
    leaf = facts.spec.leaf
    items = planner.world.catalog.items(leaf.model)
    found: set[tuple[Hop, ...]] = {()}
    for key in keys:
        if not leaf.is_own_time(key) and (key.links, key.name) in items:
            path = items[(key.links, key.name)][0].path
            found |= {path[:n] for n in range(len(path) + 1)}
    return found


def _move_in(planner: Planner, host: Facts, guest: Facts) -> None:
    host.guests.append(guest)
    guest.cte.build = lambda: _read_by(guest, host)
    first = min(planner.ctes.index(each.cte) for each in (host, guest))
    planner.ctes.remove(host.cte)
    planner.ctes.insert(first, host.cte)


def rows_of(host: Facts, guest: Facts) -> str:
    """Return the column of a scan that counts the rows which a guest's filter leaves."""
    return f"{column_of(host, guest, next(iter(guest.measures)))}__rows"


def column_of(host: Facts, guest: Facts, name: str) -> str:
    """Return the column of a scan in which a guest's measure stands: under its own name where that is free."""
    taken = {each for facts in (host, *host.guests[: host.guests.index(guest)]) for each in facts.measures}
    return f"{name}__{host.guests.index(guest) + 1}" if name in taken else name


def _read_by(guest: Facts, host: Facts) -> exp.Query:
    keys = guest.spec.context.keys
    query = exp.Select().from_(reference(host.cte.name), copy=False)
    query = query.select(*(column(key.column) for key in keys), copy=False)
    for name, measure in guest.measures.items():
        value: exp.Expr = column(column_of(host, guest, name))
        value = value if measure.fill_nulls_with is None else coalesce(value, measure.fill_nulls_with)
        query = query.select(named(value, name), copy=False)
    if not keys:
        return query
    return query.where(exp.GT(this=column(rows_of(host, guest)), expression=exp.Literal.number(0)), copy=False)
