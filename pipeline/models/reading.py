"""What the SQL of models reads past ref(), and which clocks it looks at: questions that only the parsed statement answers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from pipeline.findings import Finding, Place, Severity, finding
from pipeline.models.read import Model
from pipeline.shapes import Relation
from pipeline.sql import Reading, read_sql


def check_reading(models: Iterable[Model], sources: Collection[Relation]) -> tuple[Finding, ...]:
    """Find models that are not one query or read a table without ref() or source() (errors), and clocks (warnings)."""
    listed = tuple(models)
    known = {*(model.relation for model in listed), *sources}
    found: list[Finding] = []
    for model in listed:
        reading = read_sql(model.sql)
        if reading is None:
            continue  # DuckDB decides when the model is bound
        if reading.kind != "query":
            found.append(finding("model_not_a_query", Place(model.path, 1), kind=reading.kind))
            continue
        for table in reading.tables:
            if table not in known:
                name = f"{table.schema}.{table.name}".strip(".")
                found.append(finding("model_reads_unnamed", _place_of(model, table), table=name))
        for function in reading.functions:
            found.append(finding("model_reads_function", _word(model, function), function=function))
        found.extend(_clocks(model, reading))
    return tuple(found)


def _clocks(model: Model, reading: Reading) -> Iterable[Finding]:
    for function in reading.clock:
        yield finding("model_uses_clock", _word(model, function), severity=Severity.WARNING, function=function.lower())


def _word(model: Model, word: str) -> Place:
    found = re.search(re.escape(word), model.rendered.text, re.IGNORECASE)
    return model.rendered.at(found.start()) if found else Place(model.path, 1)


def _place_of(model: Model, table: Relation) -> Place:
    found = re.search(rf"\b{re.escape(table.name)}\b", model.rendered.text)
    return model.rendered.at(found.start()) if found else Place(model.path, 1)
