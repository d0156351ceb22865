"""One model -> one table or view, built beside the old one and swapped in only after it was checked."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.engines.duckdb import Engine, EngineError
from pipeline.findings import KgiError
from pipeline.models.binding import contract_findings, sql_finding
from pipeline.models.read import Model
from pipeline.shapes import Relation, literal, quote


@dataclass(frozen=True)
class Built:
    """A model that stands beside its place: `relation` is where it can be checked; `rows` is None for a view."""

    model: Model
    relation: Relation
    rows: int | None


def build_beside(engine: Engine, model: Model) -> Built:
    """Build the model under a side name and check its contract. The table that readers see is not touched.

    Raises KgiError at the author's place for SQL that fails or columns that break the contract.
    """
    side = Relation(model.relation.schema, f"{model.relation.name}__building")
    discard(engine, side)
    kind = "view" if model.materialized == "view" else "table"
    before = f"create {kind} {side} as "
    engine.execute(f"create schema if not exists {quote(side.schema)}")
    try:
        engine.execute(before + model.sql)
        columns = engine.columns(side)
    except EngineError as error:
        raise KgiError(sql_finding(error, model.rendered, len(before), model.sql)) from error
    if faults := tuple(contract_findings(model, columns)):
        discard(engine, side)
        raise KgiError(faults)
    rows = None if kind == "view" else engine.value(f"select count(*) from {side}")
    return Built(model, side, rows)


def swap_in(engine: Engine, built: Built) -> None:
    """Put a built model into its place in one transaction, with its comments; the old one is gone afterwards."""
    model = built.model
    with engine.transaction():
        discard(engine, model.relation)
        if model.materialized == "view":
            discard(engine, built.relation)
            engine.execute(f"create view {model.relation} as {model.sql}")
        else:
            engine.execute(f"alter table {built.relation} rename to {quote(model.relation.name)}")
    _comment(engine, model)


def discard(engine: Engine, relation: Relation) -> None:
    """Drop a table or view where one stands."""
    kinds = engine.rows(
        "select table_type from information_schema.tables"
        " where table_catalog = current_database() and table_schema = ? and table_name = ?",
        [relation.schema, relation.name],
    )
    for (kind,) in kinds:
        engine.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {relation}")


def _comment(engine: Engine, model: Model) -> None:
    """Write descriptions as comments; a view has no place for comments on columns that survives, so it gets its own only."""
    kind = "view" if model.materialized == "view" else "table"
    said = model.description
    if said.description or said.label_ja:
        text = " / ".join(part for part in (said.label_ja, said.description) if part)
        engine.execute(f"comment on {kind} {model.relation} is {literal(text)}")
