"""Answers questions over JSON lines with MetricFlow's own engine, without dbt; runs in MetricFlow's environment.

One process per manifest folder in MetricFlow's one-document form. The lines are those of `kgi query --serve`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import logging
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.engine.models import Dimension
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantic_interfaces.parsing.dir_to_model import parse_yaml_file_paths_to_semantic_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

MOST = 50_000
"""Answers with more rows than this are not compared."""


class OnlyRenders:
    """The part of MetricFlow's SQL client that planning needs: which engine the SQL is for."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        return f"${bind_parameter_key}"

    def close(self) -> None:
        return None


def engine_of(folder: Path) -> MetricFlowEngine:
    files = sorted(str(path) for path in folder.rglob("*.yaml"))
    built = parse_yaml_file_paths_to_semantic_manifest(files, template_mapping={})
    return MetricFlowEngine(SemanticManifestLookup(built.semantic_manifest), OnlyRenders())


def written(name: str) -> str:
    """Write a date part as MetricFlow reads it; every other name stays."""
    base, _, part = name.partition("__extract_")
    return f"TimeDimension('{base}', date_part_name='{part}')" if part else name


def request_of(asked: dict[str, Any]) -> MetricFlowQueryRequest:
    def moment(key: str) -> dt.datetime | None:
        return dt.datetime.fromisoformat(asked[key]) if asked.get(key) else None

    return MetricFlowQueryRequest.create(
        saved_query_name=asked.get("saved_query"),
        metric_names=asked.get("metrics") or None,
        group_by_names=[written(name) for name in asked.get("group_by") or ()] or None,
        limit=asked.get("limit"),
        time_constraint_start=moment("start_time"),
        time_constraint_end=moment("end_time"),
        where_constraints=asked.get("where") or None,
        order_by_names=asked.get("order_by") or None,
        min_max_only=bool(asked.get("min_max")),
        apply_group_by=asked.get("dedupe", True),
    )


def group_bys(engine: MetricFlowEngine, metrics: list[str]) -> dict[str, list[str]]:
    """List what metrics can be cut by: entities, times and other dimensions; over all models for no metrics."""
    found: dict[str, list[str]] = {"entities": [], "times": [], "dimensions": []}
    for each in engine.list_group_bys(metrics or None):
        if isinstance(each, Dimension):
            found["times" if each.type.value == "time" else "dimensions"].append(each.dunder_name)
        else:
            found["entities"].append(each.name)
    return {kind: sorted(set(names)) for kind, names in found.items()}


def plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--project-dir", "--database"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)  # it logs each plan that it tries
    engine = engine_of(Path(arguments.project_dir))
    database = duckdb.connect(arguments.database, read_only=True)
    for line in sys.stdin:
        reply: dict[str, object]
        sql = None
        try:
            asked = json.loads(line)
            if "list" in asked:
                print(json.dumps(group_bys(engine, asked["list"])), flush=True)
                continue
            sql = engine.explain(request_of(asked)).sql_statement.sql
            cursor = database.execute(sql)
            columns = [each[0] for each in cursor.description or ()]
            rows = cursor.fetchmany(MOST)
            reply = {"columns": columns, "rows": [[plain(value) for value in row] for row in rows], "sql": sql}
            if len(rows) == MOST:
                reply = {"error": f"more than {MOST} rows", "sql": sql}
        except Exception as error:  # whatever MetricFlow says is an answer
            reply = {"error": f"{type(error).__name__}: {error}", "sql": sql}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
