"""models/**/*.sql with their macros and descriptions -> frozen Models in the order of their graph."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from pipeline.findings import Finding, KgiError, Place, did_you_mean, finding
from pipeline.models.describe import Description
from pipeline.models.graph import in_order
from pipeline.shapes import Relation
from pipeline.templating import Rendered, Templates, env_var

CONFIG_KEYS = ("materialized", "schema", "tags")
MATERIALIZATIONS = ("table", "view")
RESERVED_SCHEMAS = ("goals", "kgi", "main", "ops", "quarantine", "raw", "source", "state")
"""Schemas that are the pipeline's own, in the warehouse or in the published file."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_UNDESCRIBED = Description("", "", "", (), False, None, (), Place(""))


@dataclass(frozen=True)
class ModelFile:
    """A .sql file: `path` relative to the project, `folders` between `models/` and the file."""

    path: str
    folders: tuple[str, ...]
    name: str
    text: str


@dataclass(frozen=True)
class Model:
    """One model: its query as DuckDB gets it, where it goes, what it reads by ref() and source()."""

    name: str
    relation: Relation
    path: str
    rendered: Rendered
    materialized: str
    tags: tuple[str, ...]
    refs: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    description: Description

    @property
    def sql(self) -> str:
        """The query, without trailing semicolon."""
        return self.rendered.text.strip().removesuffix(";")

    @property
    def fingerprint(self) -> str:
        """A hash of what the model itself says; what it reads is added by the plan."""
        contract = tuple((c.name, c.type) for c in self.description.columns) if self.description.contract else ()
        said = (self.sql, self.materialized, str(self.relation), contract)
        return hashlib.sha256(repr(said).encode()).hexdigest()


class _Recorder:
    """What the functions of a template saw while one model was rendered."""

    def __init__(self) -> None:
        self.refs: dict[str, None] = {}
        self.sources: dict[tuple[str, str], None] = {}
        self.config: dict[str, Any] = {}
        self.model: ModelFile | None = None
        self.schema: str | None = None

    def configure(self, **settings: Any) -> str:
        """Be `config()` of a template: keep the settings, refuse unknown ones."""
        for key in settings:
            if key not in CONFIG_KEYS:
                _refuse("config_unknown", hint=did_you_mean(key, CONFIG_KEYS), key=key, known=", ".join(CONFIG_KEYS))
        if settings.get("materialized", "table") not in MATERIALIZATIONS:
            _refuse("materialized_unsupported", value=str(settings["materialized"]))
        self.config.update(settings)
        return ""


def read_models(
    files: Iterable[ModelFile],
    macros: tuple[tuple[str, str], ...],
    *,
    descriptions: Mapping[str, Description],
    sources: Mapping[tuple[str, str], Relation],
    variables: Mapping[str, Any],
    target: Mapping[str, Any],
) -> tuple[Model, ...]:
    """Render every model and order them by what they read.

    Raises KgiError with every mistake found: templates, unknown refs and sources with the nearest name, two models of one
    name, circles.
    """
    listed = sorted(files, key=lambda each: each.path)
    faults = [*_duplicates(listed), *_orphans(listed, descriptions), *_misnamed(listed)]
    relations = {each.name: _relation(each, descriptions.get(each.name, _UNDESCRIBED).schema) for each in listed}
    recorder = _Recorder()
    functions = _functions(recorder, relations, sources, variables, target)
    templates = Templates(functions, macros)
    models: list[Model] = []
    for each in listed:
        try:
            models.append(_model(each, templates, recorder, descriptions.get(each.name, _UNDESCRIBED)))
        except KgiError as error:
            faults.extend(error.findings)
    if faults:
        raise KgiError(faults)
    by_name = {model.name: model for model in models}
    order = in_order({model.name: model.refs for model in models}, {model.name: Place(model.path, 1) for model in models})
    return tuple(by_name[name] for name in order)


@dataclass(frozen=True)
class Filled:
    """A query that stands outside models/, filled: its SQL, and the models and exports ('source.table') it names."""

    sql: str
    reads: tuple[str, ...]


def query_renderer(
    models: Iterable[Model],
    macros: tuple[tuple[str, str], ...],
    *,
    sources: Mapping[tuple[str, str], Relation],
    variables: Mapping[str, Any],
    target: Mapping[str, Any],
) -> Callable[[str, Place], Filled]:
    """Return a function that fills the template of a query standing outside models/ (a check), given its text and place.

    The function raises KgiError at that place for a mistake in the template.
    """
    relations = {model.name: model.relation for model in models}
    recorder = _Recorder()
    templates = Templates(_functions(recorder, relations, sources, variables, target), macros)

    def fill(text: str, place: Place) -> Filled:
        recorder.__init__()  # type: ignore[misc]
        try:
            sql = templates.render(text, place.path).text
        except KgiError as error:
            raise KgiError([replace(each, place=place) for each in error.findings]) from error
        return Filled(sql, (*recorder.refs, *(f"{source}.{table}" for source, table in recorder.sources)))

    return fill


def _duplicates(files: list[ModelFile]) -> list[Finding]:
    seen: dict[str, ModelFile] = {}
    faults = []
    for each in files:
        if each.name in seen:
            faults.append(finding("duplicate_model", Place(each.path, 1), name=each.name, other=seen[each.name].path))
        seen.setdefault(each.name, each)
    return faults


def _misnamed(files: list[ModelFile]) -> list[Finding]:
    """Refuse names that SQL, metrics or a side table could not carry."""
    return [
        finding("model_name", Place(each.path, 1), name=each.name)
        for each in files
        if not _NAME.fullmatch(each.name) or each.name.endswith("__building")
    ]


def _orphans(files: list[ModelFile], descriptions: Mapping[str, Description]) -> list[Finding]:
    names = [each.name for each in files]
    return [
        finding("described_model_missing", each.place, hint=did_you_mean(name, names), name=name)
        for name, each in descriptions.items()
        if name not in names
    ]


def _relation(file: ModelFile, schema: str | None) -> Relation:
    return Relation(schema or (file.folders[0] if file.folders else "marts"), file.name)


def _refuse_reserved(relation: Relation, path: str) -> None:
    if relation.schema in RESERVED_SCHEMAS or not _NAME.fullmatch(relation.schema):
        raise KgiError(finding("schema_reserved", Place(path, 1), name=relation.schema, known=", ".join(RESERVED_SCHEMAS)))


def _functions(
    recorder: _Recorder,
    relations: Mapping[str, Relation],
    sources: Mapping[tuple[str, str], Relation],
    variables: Mapping[str, Any],
    target: Mapping[str, Any],
) -> dict[str, Callable[..., Any] | Any]:
    def ref(name: str) -> str:
        if name not in relations:
            _refuse("unknown_ref", hint=did_you_mean(name, relations), name=name)
        recorder.refs[name] = None
        return str(relations[name])

    def source(source_name: str, table: str) -> str:
        if (source_name, table) not in sources:
            known = [f"{one}.{two}" for one, two in sources]
            hint = did_you_mean(f"{source_name}.{table}", known)
            _refuse("unknown_source", hint=hint, source=source_name, table=table)
        recorder.sources[source_name, table] = None
        return str(sources[source_name, table])

    def var(name: str, *default: Any) -> Any:
        if name not in variables and not default:
            _refuse("var_missing", hint=did_you_mean(name, variables), name=name)
        return variables.get(name, *default)

    return {
        "ref": ref,
        "source": source,
        "var": var,
        "env_var": env_var,
        "config": recorder.configure,
        "this": _This(recorder),
        "target": dict(target),
        "is_incremental": lambda: False,
    }


class _This:
    """`{{ this }}`: the address of the model that is being rendered."""

    def __init__(self, recorder: _Recorder) -> None:
        self._recorder = recorder

    def __str__(self) -> str:
        assert self._recorder.model is not None
        return str(_relation(self._recorder.model, self._recorder.schema or self._recorder.config.get("schema")))


def _refuse(code: str, *, hint: str | None = None, **arguments: str) -> NoReturn:
    raise KgiError(Finding(code, tuple(sorted(arguments.items())), hint=hint))


def _model(file: ModelFile, templates: Templates, recorder: _Recorder, description: Description) -> Model:
    recorder.__init__()  # type: ignore[misc]
    recorder.model, recorder.schema = file, description.schema
    rendered = templates.render(file.text, file.path)
    relation = _relation(file, recorder.config.get("schema"))
    if description.schema is None or "schema" in recorder.config:
        _refuse_reserved(relation, file.path)
    tags = recorder.config.get("tags", ())
    materialized = recorder.config.get("materialized") or description.materialized or _usual(file)
    if materialized not in MATERIALIZATIONS:
        raise KgiError(finding("materialized_unsupported", description.place, value=materialized))
    return Model(
        name=file.name,
        relation=_relation(file, description.schema) if description.schema else relation,
        path=file.path,
        rendered=rendered,
        materialized=materialized,
        tags=(*description.tags, *((tags,) if isinstance(tags, str) else tags)),
        refs=tuple(recorder.refs),
        sources=tuple(recorder.sources),
        description=description,
    )


def _usual(file: ModelFile) -> str:
    return "view" if file.folders and file.folders[0] == "staging" else "table"
