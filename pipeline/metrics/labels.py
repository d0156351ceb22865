"""The columns of an answer -> headings in Japanese or English: labels and units of metrics, labels of dimensions, grains."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.messages import Language
from pipeline.metrics.catalog import METRIC_TIME, Catalog
from pipeline.metrics.grains import YearlyStarts
from pipeline.metrics.headings import Heading, Style
from pipeline.metrics.spec import Metric, SemanticManifest

_GRAINS: dict[Language, dict[str, str]] = {
    "ja": {
        "day": "日",
        "week": "週",
        "month": "月",
        "quarter": "四半期",
        "year": "年",
        "fiscal_year": "年度",
        "fiscal_half": "半期",
        "fiscal_quarter": "会計四半期",
        "hour": "時",
        "minute": "分",
        "second": "秒",
    },
    "en": {"fiscal_year": "fiscal year", "fiscal_half": "fiscal half", "fiscal_quarter": "fiscal quarter"},
}
_BESIDE: dict[Language, dict[str, str]] = {
    "ja": {
        "numerator": "分子",
        "denominator": "分母",
        "previous_period": "前期間",
        "previous_year": "前年",
        "previous_fiscal_year": "前年度",
        "delta": "差",
        "ratio": "比",
        "min": "最小",
        "max": "最大",
    },
    "en": {
        "previous_period": "previous period",
        "previous_year": "previous year",
        "previous_fiscal_year": "previous fiscal year",
        "delta": "difference",
    },
}
_UNITS: dict[Language, dict[str, str]] = {"ja": {"count": "件", "JPY": "円", "days": "日", "hours": "時間"}, "en": {}}
_WITHIN: dict[Language, dict[str, str]] = {
    "ja": {"day": "日以内", "week": "週以内", "month": "か月以内", "quarter": "四半期以内", "year": "年以内"},
    "en": {grain: f"within {grain}s" for grain in ("day", "week", "month", "quarter", "year")},
}
_MATURITY = {"ja": "成熟度", "en": "maturity"}
_FISCAL: dict[str, Style] = {
    "fiscal_year": "fiscal_year",
    "fiscal_half": "fiscal_half",
    "fiscal_quarter": "fiscal_quarter",
}


def headings_of(
    manifest: SemanticManifest, columns: Iterable[str], language: Language, fiscal_start: tuple[int, int] | None
) -> tuple[Heading, ...]:
    """Return one heading per column, in order."""
    words = _Words(manifest, language, _declared_start(manifest) or fiscal_start)
    return tuple(words.heading(name) for name in columns)


def _declared_start(manifest: SemanticManifest) -> tuple[int, int] | None:
    grain = manifest.company_grain_by_name.get("fiscal_year")
    return grain.rule.days[0] if grain and isinstance(grain.rule, YearlyStarts) and len(grain.rule.days) == 1 else None


class _Words:
    def __init__(self, manifest: SemanticManifest, language: Language, fiscal_start: tuple[int, int] | None) -> None:
        self._manifest, self._language, self._start = manifest, language, fiscal_start
        self._catalog = Catalog(manifest)

    def heading(self, name: str) -> Heading:
        """Return the heading of one column."""
        if name == "maturity":
            return Heading(_MATURITY[self._language], "percent", self._language)
        if name.startswith("age__"):
            return Heading(_WITHIN[self._language][name.removeprefix("age__")], "plain", self._language)
        metric, _, beside = name.partition("__")
        if metric in self._manifest.metric_by_name:
            return self._of_metric(self._manifest.metric(metric), beside)
        return self._of_key(name)

    def _of_metric(self, metric: Metric, beside: str) -> Heading:
        words = [metric.label_in(self._language)]
        if beside:
            words.append(_BESIDE[self._language].get(beside, beside))
        is_rate = metric.unit == "rate" and beside not in ("numerator", "denominator")
        if metric.unit and metric.unit != "rate" and beside != "ratio":
            words.append(f"({_UNITS[self._language].get(metric.unit, metric.unit)})")
        style: Style = "percent" if is_rate or beside == "ratio" else "plain"
        return Heading(" ".join(words), "points" if is_rate and beside == "delta" else style, self._language)

    def _of_key(self, name: str) -> Heading:
        base, beside = name, ""
        for suffix in ("previous_period", "previous_year", "previous_fiscal_year", "min", "max"):
            if name.endswith(f"__{suffix}"):
                base, beside = name.removesuffix(f"__{suffix}"), f" {_BESIDE[self._language].get(suffix, suffix)}"
        asked = self._catalog.split(base)
        grain = asked.grain or asked.part or ""
        word = self._grain(grain) if grain else ""
        if asked.name == METRIC_TIME and not asked.links:
            text = word
        else:
            label = self._label(asked.links, asked.name)
            text = f"{label} ({word})" if word else label
        return Heading(text + beside, _FISCAL.get(grain, "plain"), self._language, self._start)

    def _grain(self, grain: str) -> str:
        own = self._manifest.company_grain_by_name.get(grain)
        labels = dict(own.labels) if own else {}
        return labels.get(self._language) or _GRAINS[self._language].get(grain, grain)

    def _label(self, links: tuple[str, ...], name: str) -> str:
        """Return the label of a dimension or entity: of the table whose key the last link is, else of any that has one."""
        owners = [each for each in self._manifest.models if not links or links[-1] in each.local_links]
        for model in (*owners, *self._manifest.models):
            found = model.dimension(name) or model.entity(name)
            if found is not None and (label := dict(found.labels).get(self._language)):
                return label
        return name
