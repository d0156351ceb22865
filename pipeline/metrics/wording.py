"""Names as we read them -> MetricFlow's calls: `lead__channel` -> `{{ Dimension('lead__channel') }}`, each with its whole path.

We take the end of a path where only one path ends so, and plain names in filters; MetricFlow takes neither.
"""

from __future__ import annotations

import re

from pipeline.metrics.calls import PLACEHOLDER, Call, read_template
from pipeline.metrics.catalog import METRIC_TIME, Asked, Catalog, Item
from pipeline.metrics.spec import Filter, Metric, SemanticManifest

_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class Wording:
    """Words names for one manifest."""

    def __init__(self, manifest: SemanticManifest) -> None:
        self._catalog = Catalog(manifest)

    def call(self, name: str, metrics: tuple[Metric, ...]) -> str:
        """Return the call that names a group-by of some metrics."""
        asked = self._catalog.split(name)
        if asked.name == METRIC_TIME and not asked.links:
            return _time(METRIC_TIME, asked.grain, asked.part) if asked.grain or asked.part else f"Dimension({METRIC_TIME!r})"
        item = self._item(asked, name, metrics)
        whole = "__".join((*(item.links if item else asked.links), asked.name))
        if asked.grain or asked.part:
            return _time(whole, asked.grain, asked.part)
        return f"Entity({whole!r})" if item is not None and item.entity is not None else f"Dimension({whole!r})"

    def filter(self, each: Filter, metrics: tuple[Metric, ...]) -> str:
        """Return a filter in which every name stands in a call with its whole path; what has them stays as it is written."""
        from sqlglot import exp

        from pipeline.metrics.expressions import read_expression

        template = read_template(each.text)
        written = [found[1].strip() for found in _BRACES.finditer(each.text)]
        worded = [self._reworded(call, text, metrics) for call, text in zip(template.calls, written, strict=True)]
        tree = read_expression(template.sql, each.place)
        bare = [node for node in tree.find_all(exp.Column) if not node.name.startswith(PLACEHOLDER)]
        if not bare and worded == written:
            return each.text
        for node in bare:
            node.set("this", exp.Identifier(this=_braces(self.call(node.name, metrics)), quoted=False))
        text = tree.sql("duckdb")
        for number in reversed(range(len(worded))):  # kgi_call_12 before kgi_call_1
            text = text.replace(f"{PLACEHOLDER}{number}", _braces(worded[number]))
        return text

    def _reworded(self, call: Call, text: str, metrics: tuple[Metric, ...]) -> str:
        """Return a call with its whole path; one that has it, or that names a metric, stays as it is written."""
        asked = self._catalog.split(call.name)
        if call.kind == "metric" or (asked.name == METRIC_TIME and not asked.links):
            return text
        item = self._item(asked, call.name, metrics)
        return text if item is None or item.links == asked.links else self.call(call.item, metrics)

    def _item(self, asked: Asked, name: str, metrics: tuple[Metric, ...]) -> Item | None:
        """Return what a name stands for; without metrics, on any table that knows it as it is written."""
        leaves = self._catalog.leaves(metrics)
        if leaves:
            return self._catalog.find(leaves[0].model, asked, name, None)
        found = [self._catalog.items(each).get((asked.links, asked.name), ()) for each in self._catalog.manifest.models]
        return next((item for items in found for item in items), None)


def _time(name: str, grain: str | None, part: str | None) -> str:
    return f"TimeDimension({name!r}, {grain!r})" if grain else f"TimeDimension({name!r}, date_part_name={part!r})"


def _braces(call: str) -> str:
    return "{{ " + call + " }}"
