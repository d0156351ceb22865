"""YAML documents of any spelling -> one manifest, every mistake of all files at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from pipeline.decode import Document, Key, decode
from pipeline.findings import Finding, KgiError, Place, finding
from pipeline.metrics.forms import Cursor
from pipeline.metrics.forms_calendar import CalendarForm, read_calendar
from pipeline.metrics.forms_latest import MetricForm, ModelForm
from pipeline.metrics.forms_legacy import LegacyMetricForm, MeasureForm, ProjectForm, SemanticModelForm
from pipeline.metrics.forms_queries import SavedQueryForm, read_saved_query
from pipeline.metrics.salvage import decode_entry
from pipeline.metrics.spec import MADE_CALENDAR, SemanticManifest, TimeSpine
from pipeline.metrics.spelling_latest import read_metric, read_model
from pipeline.metrics.spelling_legacy import (
    Measure,
    RelationOf,
    metrics_of_measures,
    read_legacy_metric,
    read_project,
    read_semantic_model,
)
from pipeline.metrics.tray import Tray
from pipeline.metrics.verify import verify
from pipeline.mistakes import shown

_TOO_DEEP = "metrics that are made of each other over this many steps"


def read_manifest(documents: Iterable[Document], relation_of: RelationOf) -> SemanticManifest:
    """Read all documents and check them against each other. Raises one KgiError with every finding."""
    reading = _Reading(relation_of)
    for document in documents:
        reading.read(document)
    reading.read_legacy_metrics()
    tray = reading.tray
    manifest = SemanticManifest(
        tuple(tray.models),
        tuple(tray.metrics),
        (*tray.spines, *_made_spines(tray)),
        tuple(tray.saved_queries),
        tuple(tray.company_grains),
    )
    try:
        findings = [*tray.lost.told(tray.findings), *tray.lost.told(verify(manifest))]
    except RecursionError as error:
        raise KgiError(finding("metric_not_supported", what=_TOO_DEEP)) from error
    if findings:
        from pipeline.metrics.binding import unreadable

        raise KgiError(sorted(dict.fromkeys([*findings, *unreadable(manifest)]), key=_in_order))
    return manifest


def _in_order(each: Finding) -> tuple[str, int, int]:
    place = each.place or Place("")
    return place.path, place.line or 0, place.column or 0


def _made_spines(tray: Tray) -> Iterator[TimeSpine]:
    """Give the calendar of days that `calendars:` makes where no table is declared as one."""
    if tray.calendars and not any(each.grain == "day" for each in tray.spines):
        first = min(tray.calendars, key=lambda each: each.first)
        last = max(each.last for each in tray.calendars)
        yield TimeSpine(MADE_CALENDAR, "date_day", "day", first.place, made=replace(first, last=last))


@dataclass
class _Reading:
    relation_of: RelationOf
    tray: Tray = field(default_factory=Tray)
    measures: dict[str, Measure] = field(default_factory=dict)
    legacy_metrics: list[tuple[LegacyMetricForm, Cursor]] = field(default_factory=list)

    def read(self, document: Document) -> None:
        """Read one document; keys that belong to other rooms or to dbt alone are passed over."""
        if not isinstance(document.data, dict):
            return
        for key, read in self._readers().items():
            for keys in self._entries(document, key):
                self._guarded(read, document, keys)

    def _readers(self) -> dict[str, Callable[[Document, tuple[Key, ...]], None]]:
        return {
            "project_configuration": self._project,
            "models": self._model,
            "semantic_models": self._semantic_model,
            "semantic_model": self._semantic_model,
            "metrics": self._metric,
            "metric": self._metric,
            "saved_queries": self._saved_query,
            "saved_query": self._saved_query,
            "calendars": self._calendar,
        }

    def _entries(self, document: Document, key: str) -> Iterator[tuple[Key, ...]]:
        """Give the keys of each entry: a list has many, a singular key is one."""
        value = document.data.get(key)
        if value is None:
            return
        if not key.endswith("s"):
            yield (key,)
        elif isinstance(value, list):
            yield from ((key, number) for number in range(len(value)))
        else:
            self.tray.add(finding("yaml_not_list", document.at(key), key=key, value=shown(value)))

    def _guarded(self, read: Callable[[Document, tuple[Key, ...]], None], document: Document, keys: tuple[Key, ...]) -> None:
        try:
            read(document, keys)
        except KgiError as error:
            self.tray.findings.extend(error.findings)
            self.tray.lost.note(str(keys[0]), _value(document, keys))

    def _project(self, document: Document, keys: tuple[Key, ...]) -> None:
        form = decode(ProjectForm, document, owner="project_configuration", under=keys)
        read_project(form, Cursor(document, keys), self.tray)

    def _model(self, document: Document, keys: tuple[Key, ...]) -> None:
        owner = _owner("model", document, keys)
        form, document = decode_entry(ModelForm, document, owner, keys, ("metrics", MetricForm), self.tray)
        read_model(form, self.relation_of(form.table), Cursor(document, keys), self.tray)

    def _semantic_model(self, document: Document, keys: tuple[Key, ...]) -> None:
        owner = _owner("semantic model", document, keys)
        form, document = decode_entry(SemanticModelForm, document, owner, keys, ("measures", MeasureForm), self.tray)
        for each in read_semantic_model(form, self.relation_of, Cursor(document, keys), self.tray):
            if each.name in self.measures:
                first = str(self.measures[each.name].place)
                self.tray.add(finding("metric_duplicate", each.place, kind="measure", name=each.name, first=first))
            self.measures[each.name] = each

    def _metric(self, document: Document, keys: tuple[Key, ...]) -> None:
        owner = _owner("metric", document, keys)
        if "type_params" in _data(document, keys) or keys[0] == "metric":
            form = decode(LegacyMetricForm, document, owner=owner, under=keys)
            self.legacy_metrics.append((form, Cursor(document, keys)))
        else:
            read_metric(decode(MetricForm, document, owner=owner, under=keys), None, Cursor(document, keys), self.tray)

    def _saved_query(self, document: Document, keys: tuple[Key, ...]) -> None:
        form = decode(SavedQueryForm, document, owner=_owner("saved query", document, keys), under=keys)
        read_saved_query(form, Cursor(document, keys), self.tray)

    def _calendar(self, document: Document, keys: tuple[Key, ...]) -> None:
        form = decode(CalendarForm, document, owner=_owner("calendar", document, keys), under=keys)
        days, grains = read_calendar(form, Cursor(document, keys))
        self.tray.calendars.append(days)
        self.tray.company_grains.extend(grains)

    def read_legacy_metrics(self) -> None:
        """Read the metrics that name measures, now that every measure is known."""
        for form, cursor in self.legacy_metrics:
            read_legacy_metric(form, self.measures, cursor, self.tray)
        metrics_of_measures(self.measures, self.tray)


def _value(document: Document, keys: tuple[Key, ...]) -> object:
    data = document.data
    for key in keys:
        data = data[key]
    return data


def _data(document: Document, keys: tuple[Key, ...]) -> dict[str, object]:
    data = _value(document, keys)
    return data if isinstance(data, dict) else {}


def _owner(kind: str, document: Document, keys: tuple[Key, ...]) -> str:
    return f"the {kind} '{_data(document, keys).get('name', '?')}'"
