"""The metrics of a project -> what the goals must know of each, and which of them are published every night."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from pipeline.goals.kpi import Cut, Grain, PublishRequest
from pipeline.goals.measuring import MetricFact, ValueKind
from pipeline.metrics import Conversion, Cumulative, Derived, Metric, Ratio, SemanticManifest, Simple, dimensions_of

COUNTERS = frozenset({"件", "社", "名", "人", "個", "回", "本", "count"})
"""Units in which things are counted; a sum in one of them is a count, in any other an amount."""
_DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
_COUNTING = ("count", "count_distinct", "sum_boolean")
_GRAINS: tuple[Grain, ...] = get_args(Grain)


def facts_of(manifest: SemanticManifest) -> dict[str, MetricFact]:
    """Return what the goals must know of every metric, hidden ones too, by name."""
    known = manifest.metric_by_name
    return {
        each.name: MetricFact(
            each.name,
            _kind(each, known),
            each.unit or "",
            each.label_in("ja"),
            each.label_in("en"),
            sums_over_time=_sums_over_time(each, known),
            matures_after_days=_window_days(each),
            divides_quantities=_divides_quantities(each, known),
            follows=_follows(each),
            less_is_better=each.direction in ("down", "lower"),
            divides=(each.kind.numerator.metric, each.kind.denominator.metric) if isinstance(each.kind, Ratio) else None,
            entity=_entity(manifest, each),
            dimensions=dimensions_of(manifest, (each.name,)),
        )
        for each in manifest.metrics
    }


def publish_requests(manifest: SemanticManifest) -> tuple[PublishRequest, ...]:
    """Return what `config.meta.kgi.publish` asks for: true is the total by month; a list names grains and dimensions.

    A dimension may be named by its last part, `channel` for `funnel__channel`, where the metric has one such dimension; it is
    called in `kpi` as it is named here. One that is not found is asked for as it stands, which the score reports.
    """
    requests: list[PublishRequest] = []
    facts = facts_of(manifest)
    for metric in manifest.metrics:
        if metric.publish:
            words = metric.publish if isinstance(metric.publish, tuple) else ()
            named = [word for word in words if word not in _GRAINS]
            cuts = tuple(Cut(word, facts[metric.name].cut(word) or word) for word in named)
            grains = [grain for grain in _GRAINS if grain in words] or ["month"]
            requests.extend(PublishRequest(metric.name, grain, cuts) for grain in grains)
    return tuple(requests)


def _kind(metric: Metric, known: Mapping[str, Metric]) -> ValueKind:
    match metric.kind:
        case Simple(aggregation="sum"):
            return "count" if metric.unit in COUNTERS else "amount"
        case Simple(aggregation=aggregation):
            return "count" if aggregation in _COUNTING else "ratio"
        case Ratio():
            return "ratio"
        case Conversion(calculation=calculation):
            return "rate" if calculation == "conversion_rate" else "count"
        case Cumulative(input=source):
            return _kind(known[source.metric], known)
        case Derived(expr=expr, inputs=inputs):
            # a quotient or a product of quantities is no quantity of its own: 単価 is JPY, but months of it do not sum
            quantities = [_kind(known[each.metric], known) for each in inputs]
            if "/" in expr or "*" in expr or any(kind in ("rate", "ratio") for kind in quantities):
                return "ratio"
            return "amount" if "amount" in quantities else "count"


def _sums_over_time(metric: Metric, known: Mapping[str, Metric]) -> bool:
    match metric.kind:
        case Simple(non_additive=stock):
            return stock is None
        case Cumulative():
            return False
        case Derived(inputs=inputs):
            return all(_sums_over_time(known[each.metric], known) for each in inputs)
        case _:
            return True


def _window_days(metric: Metric) -> int | None:
    """Return the longest a conversion may take, in days; without a window a cohort never closes, which counts as 100 years."""
    if not isinstance(metric.kind, Conversion):
        return None
    window = metric.kind.window
    return window.count * _DAYS.get(window.grain, 1) if window else 36_500


def _follows(metric: Metric) -> tuple[str, str] | None:
    kind = metric.kind
    if not isinstance(kind, Conversion) or kind.calculation != "conversion_rate":
        return None
    return kind.base.metric, kind.conversion.metric


def _entity(manifest: SemanticManifest, metric: Metric) -> str | None:
    model = manifest.model_by_name.get(metric.kind.model) if isinstance(metric.kind, Simple) else None
    keys = [each.name for each in model.entities if each.type == "primary"] if model else []
    return keys[0] if keys else None


def _divides_quantities(metric: Metric, known: Mapping[str, Metric]) -> bool:
    match metric.kind:
        case Ratio(numerator=above, denominator=below):
            return all(_kind(known[each.metric], known) in ("count", "amount") for each in (above, below))
        case Conversion():
            return True
        case _:
            return False
