"""What an aggregation needs and what does not go with it, the same for metrics and measures; the rules are MetricFlow's."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.findings import Finding, finding
from pipeline.metrics.forms import Cursor


@dataclass(frozen=True)
class Percentile:
    """How a percentile is taken; the names of its keys differ from spelling to spelling."""

    share: float | None = None
    discrete: bool = False
    approximate: bool = False


def aggregation_faults(
    name: str, agg: str, expr: str | None, percentile: Percentile, cursor: Cursor, params: Cursor
) -> list[Finding]:
    """Find what is wrong with the aggregation of a metric or a measure; `params` holds the keys of a percentile."""
    faults = []
    place = params.at("percentile")
    match agg:
        case "percentile" if percentile.share is None:
            faults.append(finding("metric_needs_key", cursor.at("agg"), name=name, type="percentile", key="percentile"))
        case "percentile" if not 0 < (percentile.share or 0) < 1:
            faults.append(finding("metric_percentile_range", place, name=name, value=percentile.share))
        case "median" if percentile.share not in (None, 0.5) or percentile.discrete:
            faults.append(finding("metric_percentile_unused", place, name=name, agg=agg))
        case "percentile" | "median":
            pass
        case _ if percentile.share is not None or percentile.discrete or percentile.approximate:
            faults.append(finding("metric_percentile_unused", place, name=name, agg=agg))
    if agg == "count" and expr is None:
        faults.append(finding("metric_count_without_expr", cursor.at("agg"), name=name))
    return faults
