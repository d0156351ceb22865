"""Names -> where they live: every attribute that a table's rows can be cut by, and the joins that lead there.

A join only ever goes to a table where the key is unique (primary, unique, or natural with a validity period), so it cannot
multiply facts. Two ways to the same name are an error, never a choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.findings import Finding, KgiError, Place, did_you_mean, finding
from pipeline.metrics.calls import Call
from pipeline.metrics.spec import (
    Conversion,
    Cumulative,
    Derived,
    Dimension,
    Entity,
    Evaluation,
    Metric,
    Ratio,
    SemanticManifest,
    SemanticModel,
    Simple,
)
from pipeline.metrics.times import DATE_PARTS, GRAINS, coarsest, is_standard, rank

METRIC_TIME = "metric_time"
MAX_HOPS = 3


@dataclass(frozen=True)
class Hop:
    """A join over an entity to a model in which the entity is unique."""

    entity: str
    model: str


@dataclass(frozen=True)
class Item:
    """An attribute that can be reached: its links as they are written, and the joins behind them."""

    links: tuple[str, ...]
    name: str
    path: tuple[Hop, ...]
    dimension: Dimension | None = None
    entity: Entity | None = None


@dataclass(frozen=True)
class Key:
    """One resolved column of a question. `grain` or `part` is set for a time; metric_time has no links."""

    links: tuple[str, ...]
    name: str
    grain: str | None = None
    part: str | None = None

    @property
    def column(self) -> str:
        """The name of the column in the result."""
        base = "__".join((*self.links, self.name))
        if self.part:
            return f"{base}__extract_{self.part}"
        return f"{base}__{self.grain}" if self.grain else base

    @property
    def is_time(self) -> bool:
        """Tell whether the key is a point in time or a part of one."""
        return self.grain is not None or self.part is not None

    @property
    def is_metric_time(self) -> bool:
        """Tell whether the key is each metric's own aggregation time."""
        return self.name == METRIC_TIME and not self.links


@dataclass(frozen=True)
class Leaf:
    """The table and the aggregation time that a simple metric stands on, and from which day on its events count."""

    model: SemanticModel
    time: Dimension
    evaluated: tuple[Evaluation, ...] = ()

    def is_own_time(self, key: Key) -> bool:
        """Tell whether a key is this leaf's aggregation time, under either of its names."""
        if key.is_metric_time:
            return True
        return key.is_time and key.name == self.time.name and len(key.links) == 1 and key.links[0] in self.model.local_links


@dataclass(frozen=True)
class Asked:
    """A group-by name taken apart."""

    links: tuple[str, ...]
    name: str
    grain: str | None
    part: str | None


class Catalog:
    """Looks names up in one manifest; what it has found for a model it keeps."""

    def __init__(self, manifest: SemanticManifest) -> None:
        self.manifest = manifest
        self._items: dict[str, Mapping[tuple[tuple[str, ...], str], tuple[Item, ...]]] = {}
        self._leaves_of: dict[str, tuple[Leaf, ...]] = {}
        self._by_entity: dict[str, list[tuple[SemanticModel, Entity]]] = {}
        for model in manifest.models:
            for entity in model.entities:
                if entity.type != "foreign":
                    self._by_entity.setdefault(entity.name, []).append((model, entity))

    # ---- leaves

    def metric(self, name: str, place: Place | None = None) -> Metric:
        """Return a metric by name. Raises KgiError with the nearest known name."""
        found = self.manifest.metric_by_name.get(name)
        if found is None:
            known = [each.name for each in self.manifest.public_metrics()]
            raise KgiError(finding("metric_unknown", place, hint=did_you_mean(name, known), name=name))
        return found

    def leaf(self, simple: Simple) -> Leaf:
        """Return the table and time of a simple metric."""
        model = self.manifest.model_by_name[simple.model]
        time = model.dimension(simple.agg_time_dimension or model.agg_time_dimension or "")
        assert time is not None, "checked when the file was read"
        return Leaf(model, time, simple.evaluated)

    def leaves(self, metrics: Iterable[Metric]) -> tuple[Leaf, ...]:
        """Return the leaves whose rows give the groups of some metrics, each once."""
        found = {leaf: None for metric in metrics for leaf in self._leaves(metric)}
        return tuple(found)

    def _leaves(self, metric: Metric) -> tuple[Leaf, ...]:
        """Find the leaves of a metric once: of metrics made of metrics, each is looked at a single time."""
        if metric.name not in self._leaves_of:
            self._leaves_of[metric.name] = tuple(dict.fromkeys(self._found_leaves(metric)))
        return self._leaves_of[metric.name]

    def _found_leaves(self, metric: Metric) -> Iterator[Leaf]:
        match metric.kind:
            case Simple() as simple:
                yield self.leaf(simple)
            case Ratio(numerator, denominator):
                yield from self._leaves(self.metric(numerator.metric))
                yield from self._leaves(self.metric(denominator.metric))
            case Derived(_, inputs):
                for each in inputs:
                    yield from self._leaves(self.metric(each.metric))
            case Cumulative(input=source):
                yield from self._leaves(self.metric(source.metric))
            case Conversion(base=base):
                yield from self._leaves(self.metric(base.metric))

    # ---- names

    def items(self, model: SemanticModel) -> Mapping[tuple[tuple[str, ...], str], tuple[Item, ...]]:
        """Return everything a model's rows can be cut by; more than one item under a name means two ways lead there."""
        if model.name not in self._items:
            found: dict[tuple[tuple[str, ...], str], tuple[Item, ...]] = {}
            for item in _local(model):
                found.setdefault((item.links, item.name), (item,))
            own = frozenset(found)
            for item in self._joined(model, (), ()):
                key = (item.links, item.name)
                if key not in own and item not in found.get(key, ()):
                    found[key] = (*found.get(key, ()), item)
            self._items[model.name] = found
        return self._items[model.name]

    def _joined(self, model: SemanticModel, links: tuple[str, ...], path: tuple[Hop, ...]) -> Iterator[Item]:
        if len(path) >= MAX_HOPS:
            return
        passed = {hop.model for hop in path} | {model.name}
        for entity in model.entities:
            if entity.name in links:
                continue
            for target, key in self._by_entity.get(entity.name, ()):
                if target.name in passed or not _may_join(entity, key, target):
                    continue
                beyond = (*path, Hop(entity.name, target.name))
                yield from _elements(target, (*links, entity.name), beyond, entity.name)
                yield from self._joined(target, (*links, entity.name), beyond)

    def split(self, text: str) -> Asked:
        """Take a dunder name apart: links, name, grain or date part."""
        *links, name = text.split("__")
        if links and name.startswith("extract_"):
            *links, base = links
            return Asked(tuple(links), base, None, name.removeprefix("extract_"))
        if links and (name in GRAINS or name in self.manifest.custom_grains):
            *links, base = links
            return Asked(tuple(links), base, name, None)
        return Asked(tuple(links), name, None, None)

    def find(self, model: SemanticModel, asked: Asked, text: str, place: Place | None) -> Item:
        """Return the nearest item whose links end in the asked ones. Raises KgiError: unknown, ambiguous, or a fan-out."""
        items = self.items(model)
        near = [key for key in items if key[1] == asked.name and _ends_with(key[0], asked.links)]
        if not near:
            raise KgiError(self._not_found(model, asked, text, place))
        shortest = min(len(links) for links, _ in near)
        found = {(item.path, item.name): item for key in near if len(key[0]) == shortest for item in items[key]}
        if len(found) > 1:
            ways = " / ".join(_way(model, item) for item in found.values())
            raise KgiError(finding("metric_ambiguous", place, name=text, model=model.name, ways=ways))
        first = next(key for key in near if len(key[0]) == shortest)
        exact = next((key for key in near if key[0] == asked.links), first)
        return items[exact][0]

    def _not_found(self, model: SemanticModel, asked: Asked, text: str, place: Place | None) -> Finding:
        for other in self.manifest.models:
            held = other.dimension(asked.name) is not None or other.entity(asked.name) is not None
            local = not asked.links or asked.links[-1] in other.local_links
            shared = next((each.name for each in other.entities if each.type == "foreign" and model.entity(each.name)), None)
            if held and local and shared and other.name != model.name:
                return finding("metric_fan_out", place, name=text, model=model.name, other=other.name, key=shared)
        known = ["__".join((*links, name)) for links, name in self.items(model)]
        time = self.items(model).get((asked.links[:-1], asked.links[-1])) if asked.links else None
        if time and time[0].dimension and time[0].dimension.grain:
            return self.unknown_grain(asked.name, place)
        plain = "__".join((*asked.links, asked.name))
        return finding("metric_unknown_dimension", place, hint=did_you_mean(plain, known), name=text, model=model.name)

    # ---- keys

    def key(self, call: Call | str, leaves: tuple[Leaf, ...], metrics: tuple[Metric, ...], place: Place | None) -> Key:
        """Resolve one name for all leaves of a question at once; its grain is the default one where none is given."""
        if isinstance(call, str):
            asked, text = self.split(call), call
        else:
            inner = self.split(call.name)
            asked = Asked(inner.links, inner.name, call.grain or inner.grain, call.part or inner.part)
            text = call.item
        self._check_time_words(asked, text, place)
        if asked.name == METRIC_TIME and not asked.links:
            return self._metric_time(asked, leaves, metrics, place)
        found = {leaf.model.name: self.find(leaf.model, asked, text, place) for leaf in leaves}
        keys = {(item.links, item.name) for item in found.values()}
        if len(keys) > 1:
            ways = " / ".join("__".join((*links, name)) for links, name in sorted(keys))
            raise KgiError(finding("metric_ambiguous", place, name=text, model=", ".join(found), ways=ways))
        return _key_of(next(iter(found.values())), asked, text, place)

    def _check_time_words(self, asked: Asked, text: str, place: Place | None) -> None:
        if asked.part is not None and asked.part not in DATE_PARTS:
            known = ", ".join(DATE_PARTS)
            raise KgiError(finding("metric_unknown_date_part", place, name=asked.part, known=known))
        if asked.links == (METRIC_TIME,):
            raise KgiError(self.unknown_grain(asked.name, place))
        if asked.grain is not None and not self.is_grain(asked.grain):
            raise KgiError(self.unknown_grain(asked.grain, place))

    def is_grain(self, name: str) -> bool:
        """Tell whether a word is a standard or a custom grain."""
        return is_standard(name) or name in self.manifest.custom_grains

    def unknown_grain(self, name: str, place: Place | None) -> Finding:
        """Return the finding for a grain that does not exist."""
        known = (*GRAINS, *self.manifest.custom_grains)
        return finding("metric_unknown_grain", place, hint=did_you_mean(name, known), name=name, known=", ".join(known))

    def _metric_time(self, asked: Asked, leaves: tuple[Leaf, ...], metrics: tuple[Metric, ...], place: Place | None) -> Key:
        floor = coarsest([leaf.time.grain or "day" for leaf in leaves]) if leaves else None
        if asked.part:
            _check_part(asked.part, floor, METRIC_TIME, place)
            return Key((), METRIC_TIME, None, asked.part)
        grain = asked.grain or self.default_grain(metrics)
        if floor and is_standard(grain) and rank(grain) < rank(floor):
            raise KgiError(finding("metric_grain_too_fine", place, name=METRIC_TIME, grain=grain, finest=floor))
        return Key((), METRIC_TIME, grain)

    def default_grain(self, metrics: Iterable[Metric]) -> str:
        """Return the grain of a plain `metric_time`: the coarsest default of the metrics, day without any."""
        grains = [self._default_grain(metric) for metric in metrics] or ["day"]
        custom = [grain for grain in grains if not is_standard(grain)]
        return custom[0] if custom else coarsest(grains)

    def _default_grain(self, metric: Metric) -> str:
        if metric.time_granularity:
            return metric.time_granularity
        leaves = [*self._leaves(metric)]
        if isinstance(metric.kind, Conversion):
            leaves += self._leaves(self.metric(metric.kind.conversion.metric))
        return coarsest(["day", *(leaf.time.grain or "day" for leaf in leaves)])


def _key_of(item: Item, asked: Asked, text: str, place: Place | None) -> Key:
    finest_grain = item.dimension.grain if item.dimension else None
    if finest_grain is None:
        if asked.grain or asked.part:
            raise KgiError(finding("metric_not_a_time", place, name=text))
        return Key(item.links, item.name)
    if asked.part:
        _check_part(asked.part, finest_grain, text, place)
        return Key(item.links, item.name, None, asked.part)
    grain = asked.grain or finest_grain
    if is_standard(grain) and rank(grain) < rank(finest_grain):
        raise KgiError(finding("metric_grain_too_fine", place, name=text, grain=grain, finest=finest_grain))
    return Key(item.links, item.name, grain)


_PART_NEEDS = {"year": "year", "quarter": "quarter", "month": "month"}


def _check_part(part: str, finest_grain: str | None, name: str, place: Place | None) -> None:
    needed = _PART_NEEDS.get(part, "day")
    if finest_grain and rank(finest_grain) > rank(needed):
        raise KgiError(finding("metric_grain_too_fine", place, name=name, grain=part, finest=finest_grain))


def _local(model: SemanticModel) -> Iterator[Item]:
    for entity in model.entities:
        yield Item((), entity.name, (), entity=entity)
    for link in model.local_links:
        yield from _elements(model, (link,), (), link)


def _elements(model: SemanticModel, links: tuple[str, ...], path: tuple[Hop, ...], came_by: str) -> Iterator[Item]:
    for dimension in model.dimensions:
        yield Item(links, dimension.name, path, dimension=dimension)
    for entity in model.entities:
        if entity.name != came_by:
            yield Item(links, entity.name, path, entity=entity)


def _may_join(left: Entity, right: Entity, target: SemanticModel) -> bool:
    """Tell whether a join keeps every row of the left side single."""
    if right.type == "natural":
        has_period = {each.validity for each in target.dimensions} >= {"start", "end"}
        return has_period and left.type != "natural"
    return right.type in ("primary", "unique")


def _ends_with(links: tuple[str, ...], tail: tuple[str, ...]) -> bool:
    return not tail or links[-len(tail) :] == tail


def _way(model: SemanticModel, item: Item) -> str:
    return " -> ".join((model.name, *(hop.model for hop in item.path))) + f" ({'__'.join((*item.links, item.name))})"
