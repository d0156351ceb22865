"""All models against empty tables: every SQL mistake of a project at its place in the author's file, before anything is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.engines.duckdb import Engine, EngineError, data_safe
from pipeline.findings import Finding, Place, did_you_mean, finding
from pipeline.models.read import Model
from pipeline.shapes import Column, Relation, quote
from pipeline.templating import Rendered


def bind_models(
    engine: Engine, models: Iterable[Model], sources: Mapping[Relation, tuple[Column, ...]]
) -> tuple[dict[Relation, tuple[Column, ...]], tuple[Finding, ...]]:
    """Create every source as an empty table and every model as a view in `engine`, which must be an empty database.

    Returns the columns of each model that could be bound, and the findings: one per model that could not. A model whose input
    could not be bound is left out silently: its own mistakes show when that is mended.
    """
    for relation, columns in sources.items():
        engine.execute(f"create schema if not exists {quote(relation.schema)}")
        listed = ", ".join(f"{quote(column.name)} {column.type}" for column in columns)
        engine.execute(f"create table {relation} ({listed})")
    bound: dict[Relation, tuple[Column, ...]] = {}
    broken: set[str] = set()
    faults: list[Finding] = []
    for model in models:
        if broken.intersection(model.refs):
            broken.add(model.name)
            continue
        try:
            engine.execute(f"create schema if not exists {quote(model.relation.schema)}")
            engine.execute(f"create view {model.relation} as {model.sql}")
            bound[model.relation] = engine.columns(model.relation)
        except EngineError as error:
            broken.add(model.name)
            faults.append(sql_finding(error, model.rendered, len(f"create view {model.relation} as "), model.sql))
            continue
        faults.extend(contract_findings(model, bound[model.relation]))
    return bound, tuple(faults)


def sql_finding(error: EngineError, rendered: Rendered, before: int, sql: str) -> Finding:
    """Turn DuckDB's complaint about a statement into a finding at the author's place.

    `before` counts the characters that stand in the statement before the model's own text.
    """
    lead = len(rendered.text) - len(rendered.text.lstrip())
    place = Place(rendered.path, 1)
    if error.offset is not None and error.offset >= before:
        place = rendered.at(min(error.offset - before, len(sql)) + lead)
    problem = data_safe(error)
    word = problem.split('"')[1] if problem.count('"') >= 2 else ""
    near = did_you_mean(word, error.candidates) if error.candidates else None
    return finding("model_sql_error", place, hint=near, problem=problem)


def contract_findings(model: Model, columns: tuple[Column, ...]) -> Iterable[Finding]:
    """Compare the declared columns with the real ones: missing ones always, types where the contract is enforced."""
    actual = {column.name.casefold(): column for column in columns}
    for declared in model.description.columns:
        found = actual.get(declared.name.casefold())
        if found is None:
            near = did_you_mean(declared.name, [column.name for column in columns])
            yield finding("contract_column_missing", declared.place, hint=near, model=model.name, column=declared.name)
        elif model.description.contract and declared.type and _type(declared.type) != _type(found.type):
            yield finding(
                "contract_type",
                declared.place,
                model=model.name,
                column=declared.name,
                actual=found.type,
                declared=declared.type,
            )


_ALIASES = {
    "TEXT": "VARCHAR",
    "STRING": "VARCHAR",
    "INT": "INTEGER",
    "INT8": "BIGINT",
    "LONG": "BIGINT",
    "FLOAT8": "DOUBLE",
    "BOOL": "BOOLEAN",
    "DATETIME": "TIMESTAMP",
    "NUMERIC": "DECIMAL",
}


def _type(name: str) -> str:
    plain = name.upper().replace(" ", "")
    head, paren, rest = plain.partition("(")
    return _ALIASES.get(head, head) + paren + rest
