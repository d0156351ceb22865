"""Answers the conformance questions with MetricFlow's own engine, from a semantic_manifest.json. Runs in a peer's environment.

usage: python answers_of_metricflow.py MANIFEST DATABASE    (needs metricflow and duckdb; imports nothing of ours)
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb


class Client:
    """What MetricFlow asks of a database, over one DuckDB connection."""

    def __init__(self, path: str) -> None:
        from metricflow.protocols.sql_client import SqlEngine
        from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer

        self.connection = duckdb.connect(path, read_only=True)
        self.sql_engine_type = SqlEngine.DUCKDB
        self.sql_plan_renderer = DuckDbSqlPlanRenderer()

    def rows(self, sql: str) -> dict[str, Any]:
        done = self.connection.execute(sql)
        return {"columns": [each[0] for each in done.description or ()], "rows": [list(map(plain, r)) for r in done.fetchall()]}

    def close(self) -> None:
        self.connection.close()

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        return f"${bind_parameter_key}"


def plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value


def named(item: str) -> str:
    """MetricFlow has no dunder name for a part of a date."""
    name, part = item.partition("__extract_")[::2]
    return f"TimeDimension('{name}', date_part_name='{part}')" if part else item


def request_of(asked: dict[str, Any]) -> Any:
    from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

    def time(key: str) -> dt.datetime | None:
        return dt.datetime.fromisoformat(asked[key]) if asked.get(key) else None

    return MetricFlowQueryRequest.create(
        saved_query_name=asked.get("saved_query"),
        metric_names=asked.get("metrics") or None,
        group_by_names=[named(each) for each in asked.get("group_by") or ()] or None,
        limit=asked.get("limit"),
        time_constraint_start=time("start_time"),
        time_constraint_end=time("end_time"),
        where_constraints=asked.get("where") or None,
        order_by_names=asked.get("order_by") or None,
        min_max_only=bool(asked.get("min_max")),
        apply_group_by=asked.get("dedupe", True),
    )


def main() -> None:
    from metricflow.engine.metricflow_engine import MetricFlowEngine
    from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    manifest = parse_manifest_from_dbt_generated_manifest(Path(sys.argv[1]).read_text(encoding="utf-8"))
    client = Client(sys.argv[2])
    engine = MetricFlowEngine(SemanticManifestLookup(manifest), client)
    for line in sys.stdin:
        try:
            reply = client.rows(engine.explain(request_of(json.loads(line))).sql_statement.sql)
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {str(error)[:2000]}"}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
