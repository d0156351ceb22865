"""Who reads whom: the order of the run, and what stands up- and downstream of a model."""

from __future__ import annotations

import graphlib
from collections.abc import Mapping

from pipeline.findings import KgiError, Place, finding


def in_order(reads: Mapping[str, tuple[str, ...]], places: Mapping[str, Place]) -> tuple[str, ...]:
    """Return names so that each stands after all it reads; names that are free of each other stand in alphabetical order.

    Raises KgiError naming the circle, at the place of its first model.
    """
    sorter = graphlib.TopologicalSorter({name: sorted(reads[name]) for name in sorted(reads)})
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        circle = [str(name) for name in reversed(error.args[1])]
        raise KgiError(finding("cycle", places.get(circle[0]), path=" -> ".join(circle))) from error
    ordered: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        ordered.extend(ready)
        sorter.done(*ready)
    return tuple(ordered)


def upstream(name: str, reads: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return all that `name` reads, directly or through others."""
    return _closure(name, reads)


def downstream(name: str, reads: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return all that read `name`, directly or through others."""
    readers: dict[str, tuple[str, ...]] = {}
    for reader, inputs in reads.items():
        for each in inputs:
            readers[each] = (*readers.get(each, ()), reader)
    return _closure(name, readers)


def _closure(name: str, edges: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    seen: set[str] = set()
    waiting = list(edges.get(name, ()))
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.add(each)
            waiting.extend(edges.get(each, ()))
    return frozenset(seen)
