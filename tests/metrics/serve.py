"""Answers MetricFlow's conformance questions over JSON lines, straight from the room `metrics`."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.decode import read_all, read_text
from pipeline.engines.duckdb import EngineError, open_engine
from pipeline.findings import KgiError
from pipeline.metrics import Question, SemanticManifest, compile_question, read_semantics
from pipeline.shapes import Relation


def manifest_of(folder: Path, schema: str) -> SemanticManifest:
    files = sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")])
    documents = [
        document
        for path in files
        for document in read_all(read_text(path, str(path.relative_to(folder))), str(path.relative_to(folder)))
    ]
    return read_semantics(documents, lambda name: Relation(schema, name))


def question_of(request: dict[str, Any]) -> Question:
    def listed(key: str) -> tuple[str, ...]:
        return tuple(request.get(key) or ())

    return Question(
        metrics=listed("metrics"),
        group_by=listed("group_by"),
        where=listed("where"),
        start_time=request.get("start_time"),
        end_time=request.get("end_time"),
        order_by=listed("order_by"),
        limit=request.get("limit"),
        saved_query=request.get("saved_query"),
        min_max=bool(request.get("min_max")),
        dedupe=request.get("dedupe", True),
    )


def plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--project-dir", "--database", "--schema"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    manifest = manifest_of(Path(arguments.project_dir), arguments.schema)
    with open_engine(Path(arguments.database), read_only=True) as engine:
        for line in sys.stdin:
            try:
                compiled = compile_question(manifest, question_of(json.loads(line)))
                table = engine.table(compiled.sql)
                reply: dict[str, object] = {
                    "columns": list(table.names),
                    "rows": [[plain(value) for value in row] for row in table.rows],
                }
            except (KgiError, EngineError) as error:
                reply = {"error": str(error)}
            except Exception as error:
                reply = {"error": f"bug: {type(error).__name__}: {error}"}
            print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
