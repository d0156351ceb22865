"""What the published file says of the metrics: definition, labels, what each can be cut by, its SQL, and every version of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.findings import KgiError
from pipeline.goals import facts_of, publish_requests
from pipeline.listing import described, kind_of
from pipeline.metrics import Cut, Metric, Question, compile_question, cuts_of, definition_hash
from pipeline.project import Project
from pipeline.publishing import PublishedTable
from pipeline.shapes import Relation, comma, literal, quote
from pipeline.sql import columns_in
from pipeline.versions import as_text, definitions, versions_query

COLUMNS: dict[str, str] = {
    "metric": "指標 / metric",
    "type": "種類 / type: simple, ratio, derived, cumulative, conversion",
    "value_kind": "値の種類 / kind of number: count, amount, rate, ratio",
    "label_ja": "表示名(日本語) / label in Japanese",
    "label_en": "表示名(英語) / label in English",
    "description": "説明 / description",
    "description_ja": "説明(日本語) / description in Japanese",
    "description_en": "説明(英語) / description in English",
    "unit": "単位 / unit",
    "direction": "良い向き / direction that is good: up, down",
    "owner": "担当 / owner",
    "inputs": "元になる指標 / metrics that it is made of, joined by commas",
    "definition": "定義(JSON、表記によらない) / definition as JSON, the same in every spelling",
    "definition_hash": "定義のハッシュ / hash of the definition: changes when the meaning does",
    "version": "定義の版 / version of the definition [count]",
    "valid_from": "この版で公開した最初の基準日 / first as-of date that was published with this version [date]",
    "valid_to": "次の版が始まった基準日、最新は空欄 / as-of date from which the next version counts; null for the newest [date]",
    "changed_at": "変わった時刻(UTC) / when it changed, UTC",
    "change": "変更の種類 / kind of change: added, changed, removed",
    "changes": "変わった箇所、1行に1つ / what changed, old and new, a line each",
    "previous_definition": "前の版の定義 / definition of the version before; null for the first",
    "run_id": "実行ID / id of the run",
    "sql": "この公開ファイルで答える月別のSQL / SQL by month, as it runs on this file",
    "place": "定義の場所 / file and line of the definition",
    "dimension": "切り口 / name to group by",
    "kind": "切り口の種類 / kind of dimension: time, categorical, entity",
    "grains": "時間の粒度 / grains of a time, joined by commas",
    "models": "たどる表 / models on the way, joined by arrows",
    "published_as": "kpiでの切り口の名前、載らないものは空欄 / name of the dimension in kpi; null where it is not published",
}
_OF_VERSION = ("version", "valid_from", "changed_at")
_METRIC = (
    *("metric", "type", "value_kind", "label_ja", "label_en", "description", "description_ja", "description_en"),
    *("unit", "direction", "owner", "inputs", "definition", "definition_hash"),
    *_OF_VERSION,
    *("sql", "place"),
)
_DIMENSION = ("metric", "dimension", "kind", "grains", "label_ja", "label_en", "description", "models", "published_as", "sql")
_VERSION = (
    *("metric", "version", "change", "valid_from", "valid_to", "changed_at", "run_id", "changes"),
    *("definition", "previous_definition", "definition_hash"),
)


def metric_facts(project: Project) -> Iterable[PublishedTable]:
    """Return ops.metric, ops.metric_dimension and ops.metric_version. The versions of this run are staged already."""
    versions = versions_query(project.as_of)
    said = _values(tuple(name for name in _METRIC if name not in _OF_VERSION), _metrics(project))
    newest = f"select metric, version, valid_from, changed_at from ({versions}) where valid_to is null"
    yield _ops(
        "metric",
        _METRIC,
        f"({said}) said left join ({newest}) newest using (metric) order by metric",
        "指標の一覧 / The metrics of the project",
    )
    yield _ops(
        "metric_dimension",
        _DIMENSION,
        f"(select * replace (nullif(published_as, '') as published_as) from ({_values(_DIMENSION, _dimensions(project))}))"
        " order by metric, dimension",
        "指標ごとの切り口 / What each metric can be cut by, of what is published",
    )
    history = "指標の定義の履歴 / Every version of each metric"
    yield _ops("metric_version", _VERSION, f"({versions}) order by metric, version", history)


def monthly_sql(project: Project, metric: str, dimension: str | None = None) -> str:
    """Return the SQL of a metric by month up to the as-of date, also by a dimension; empty where it cannot be asked so.

    A metric whose time is coarser than a month is taken by its own grain.
    """
    by = (dimension,) if dimension else ()
    for time in ("metric_time__month", "metric_time"):
        try:
            asked = Question(metrics=(metric,), group_by=(time, *by), cutoff=project.as_of)
            return compile_question(project.semantics, asked).sql
        except KgiError:
            continue
    return ""


def _metrics(project: Project) -> Iterator[tuple[str, ...]]:
    facts, defined = facts_of(project.semantics), definitions(project)
    for metric in project.semantics.public_metrics():
        definition = defined[metric.name]
        yield (
            metric.name,
            kind_of(metric),
            facts[metric.name].kind,
            metric.label_in("ja"),
            metric.label_in("en"),
            metric.description,
            metric.description_in("ja"),
            metric.description_in("en"),
            metric.unit or "",
            metric.direction or "",
            metric.owner or "",
            _inputs(project, metric),
            as_text(definition),
            definition_hash(definition),
            monthly_sql(project, metric.name),
            str(metric.place),
        )


def _inputs(project: Project, metric: Metric) -> str:
    """Name the inputs; the table stands for a measure that only this metric takes."""
    shown = [project.semantics.metric(each.metric) for each in metric.inputs]
    return ", ".join(dict.fromkeys(each.name for each in shown))


def _dimensions(project: Project) -> Iterator[tuple[str, ...]]:
    names = project.published_columns.items()
    published = {relation: frozenset(column.name.casefold() for column in columns) for relation, columns in names}
    requested = {
        (request.metric, cut.group_by): cut.name for request in publish_requests(project.semantics) for cut in request.dimensions
    }
    for metric in project.semantics.public_metrics():
        for cut in cuts_of(project.semantics, (metric.name,)):
            if _can_be_asked(cut, published):
                name = requested.get((metric.name, cut.name), "")
                sql = monthly_sql(project, metric.name, cut.name) if name else ""
                grains, models = ", ".join(cut.grains), " -> ".join(cut.path)
                yield (metric.name, cut.name, cut.kind, grains, *described(project, cut), models, name, sql)


def _can_be_asked(cut: Cut, published: dict[Relation, frozenset[str]]) -> bool:
    """Tell whether all that a group-by reads stands in the published file."""
    return all(columns_in(sql) <= published.get(relation, frozenset()) for relation, sql in cut.reads)


def _ops(name: str, columns: tuple[str, ...], rest: str, comment: str) -> PublishedTable:
    query = f"select {comma([quote(column) for column in columns])} from {rest}"
    return PublishedTable(Relation("ops", name), query, comment, tuple((column, COLUMNS[column]) for column in columns))


def _values(names: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a SELECT of text constants with these columns, also where there is no row."""
    listed = [f"({comma([literal(value) for value in row])})" for row in ((("",) * len(names)), *rows)]
    named = comma([quote(name) for name in names])
    return f"select * from (values {comma(listed)}) as t({named}) where t.{quote(names[0])} <> ''"
