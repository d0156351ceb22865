"""What metrics can be cut by: each group-by with its kind, its label and the road of entities that leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.metrics.catalog import METRIC_TIME, Catalog, Item, Leaf
from pipeline.metrics.spec import SemanticManifest
from pipeline.metrics.times import GRAINS, coarsest, rank
from pipeline.shapes import Relation


@dataclass(frozen=True)
class Cut:
    """A group-by. `grains` are those a time can be cut to, finest first; `path` names the models on the way to it.

    `reads` pairs each table with the SQL that is read of it, over all tables that the metrics stand on.
    """

    name: str
    kind: Literal["time", "categorical", "entity"]
    grains: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    description: str = ""
    path: tuple[str, ...] = ()
    reads: tuple[tuple[Relation, str], ...] = ()


def cuts_of(manifest: SemanticManifest, metric_names: tuple[str, ...]) -> tuple[Cut, ...]:
    """Return what these metrics can all be cut by, metric_time first. Raises KgiError for unknown names."""
    catalog = Catalog(manifest)
    leaves = catalog.leaves(catalog.metric(name) for name in metric_names)
    grain = coarsest([leaf.time.grain or "day" for leaf in leaves])
    own = tuple((leaf.model.relation, leaf.time.expr) for leaf in leaves)
    return (Cut(METRIC_TIME, "time", _grains(manifest, grain), reads=own), *_shared(manifest, catalog, leaves))


def _shared(manifest: SemanticManifest, catalog: Catalog, leaves: tuple[Leaf, ...]) -> Iterator[Cut]:
    first, *others = leaves
    for key, ways in catalog.items(first.model).items():
        beside = [catalog.items(leaf.model).get(key, ()) for leaf in others]
        if len(ways) > 1 or any(len(each) != 1 for each in beside):
            continue
        (item,) = ways
        same = [(first, item), *((leaf, each[0]) for leaf, each in zip(others, beside, strict=True))]
        reads = dict.fromkeys(read for leaf, each in same for read in _reads(manifest, leaf, each))
        path = (first.model.name, *(hop.model for hop in item.path))
        yield _cut(manifest, item, path, tuple(reads))


def _cut(manifest: SemanticManifest, item: Item, path: tuple[str, ...], reads: tuple[tuple[Relation, str], ...]) -> Cut:
    name = "__".join((*item.links, item.name))
    dimension = item.dimension
    if dimension is None:
        return Cut(name, "entity", labels=item.entity.labels if item.entity else (), path=path, reads=reads)
    grains = _grains(manifest, dimension.grain) if dimension.grain else ()
    kind: Literal["time", "categorical"] = "time" if dimension.grain else "categorical"
    general = (("ja", dimension.label), ("en", dimension.label)) if dimension.label else ()
    return Cut(name, kind, grains, (*general, *dimension.labels), dimension.description, path, reads)


def _reads(manifest: SemanticManifest, leaf: Leaf, item: Item) -> Iterator[tuple[Relation, str]]:
    """Give what is read for a group-by: the keys on its road and the attribute itself."""
    model = leaf.model
    for hop in item.path:
        target = manifest.model_by_name[hop.model]
        for each in (model, target):
            entity = each.entity(hop.entity)
            assert entity is not None
            yield each.relation, entity.expr
        model = target
    what = item.dimension or item.entity
    assert what is not None
    yield model.relation, what.expr


def _grains(manifest: SemanticManifest, grain: str) -> tuple[str, ...]:
    """Return the grains that a time can be cut to: its own and coarser ones, then the company's own."""
    own = tuple(manifest.custom_grains) if rank(grain) <= rank("day") else ()
    return (*(each for each in GRAINS if rank(each) >= rank(grain)), *own)
