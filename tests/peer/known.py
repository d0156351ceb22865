"""Questions for which MetricFlow is known to answer differently: docs/decisions/0006-where-metricflow-differs.md."""

from __future__ import annotations

import re
from typing import Any

COARSE = ("week", "month", "quarter", "year")
PARTITIONED = (
    "user__home_state",
    "user__ds",
    "user__ds_partitioned",
    "user__bio_added_ts",
    "user__archived_at",
    "user__created_at",
    "user__last_",
)
"""Attributes of the users of each day: a table that is joined by its partition where there is one, else many rows for one."""


def reason(manifest: dict[str, Any], asked: dict[str, Any]) -> str | None:
    """Say why the two differ on purpose; None where they have to agree."""
    metrics = {each["name"]: each for each in manifest["metrics"]}
    below = _below([*asked.get("metrics", ())], metrics)
    text = " ".join([*asked.get("group_by", ()), *asked.get("where", ())])
    times = [name.rpartition("__")[2] for name in asked.get("group_by", ()) if name.startswith("metric_time__")]
    custom = [each for each in times if each not in (*COARSE, "day") and not each.startswith("extract")]
    if any(re.search(rf"{name}(?!_latest)", text) for name in PARTITIONED):
        return "a partitioned table over two joins"
    if any(not name.startswith("extract") for name in times) and len(times) > 1:
        return "several times at once"
    if not asked.get("metrics") and "metric_time" in text:
        return "members beside the calendar"
    return _of_offsets(below, metrics, [*times], custom, any(asked.get(each) for each in ("where", "start_time", "end_time")))


def _of_offsets(
    below: list[dict[str, Any]], metrics: dict[str, Any], times: list[str], custom: list[str], is_limited: bool
) -> str | None:
    inputs = [each for metric in below for each in metric["type_params"].get("metrics") or () if isinstance(each, dict)]
    moved = [each for each in inputs if each.get("offset_window") or each.get("offset_to_grain")]
    nested = [
        each for each in moved if metrics.get(each["name"], {}).get("type", "").lower() in ("derived", "ratio", "conversion")
    ]
    fills = nested and any("join_to_timespine" in str(metric["type_params"]) for metric in below)
    if nested and (is_limited or fills or any(each in (*COARSE, *custom) for each in times)):
        return "an offset of a metric of metrics"
    if moved and is_limited and any(metrics.get(each["name"], {}).get("type", "").lower() == "cumulative" for each in moved):
        return "a range before an offset of a running total"
    if any(each.get("offset_to_grain") for each in moved) and custom:
        return "an offset to a grain by a custom grain"
    if moved and custom and is_limited:
        return "a range before an offset by a custom grain"
    if any(metric["type"].lower() == "cumulative" and "account_balance_" in str(metric["type_params"]) for metric in below):
        return "a running total of a semi-additive measure"
    months = any(str(each.get("offset_window", "")).rstrip("s").endswith(("month", "quarter", "year")) for each in moved)
    if "week" in times and (months or any(each.get("offset_to_grain") for each in moved)):
        return "months ago by week"
    if any(_is_monthly(metric) for metric in below) and times != ["month"]:
        return "events of a day compared by month"
    if any(metric["type"].lower() == "conversion" and _has_fills(metric) for metric in below) and is_limited:
        return "a range of a conversion on the calendar"
    return None


def _below(names: list[str], metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Return metrics and all that they are made of."""
    found: list[dict[str, Any]] = []
    while names:
        metric = metrics.get(names.pop())
        if metric is None or metric in found:
            continue
        found.append(metric)
        params = metric["type_params"]
        inputs = [*(params.get("metrics") or ()), params.get("numerator"), params.get("denominator")]
        names += [each["name"] if isinstance(each, dict) else each for each in inputs if each]
    return found


def _is_monthly(metric: dict[str, Any]) -> bool:
    params = metric["type_params"].get("conversion_type_params") or {}
    return any("month" in str(params.get(side)) for side in ("base_measure", "conversion_measure"))


def _has_fills(metric: dict[str, Any]) -> bool:
    return "join_to_timespine" in str(metric["type_params"])
