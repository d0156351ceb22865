"""Questions on standard input, MetricFlow's SQL on standard output, both JSON. Runs where metricflow is installed.

usage: python metricflow_sql.py SEMANTIC_MANIFEST < questions.json    (imports nothing of ours)
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


class Client:
    """What MetricFlow's planner asks of a database when no statement is run."""

    def __init__(self) -> None:
        from metricflow.protocols.sql_client import SqlEngine
        from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer

        self.sql_engine_type = SqlEngine.DUCKDB
        self.sql_plan_renderer = DuckDbSqlPlanRenderer()

    def close(self) -> None:
        """Nothing is open."""

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        """Return how a parameter is written."""
        return f"${bind_parameter_key}"


def main() -> None:
    """Write one statement per question, or why there is none."""
    from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
    from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
    from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

    manifest = parse_manifest_from_dbt_generated_manifest(Path(sys.argv[1]).read_text(encoding="utf-8"))
    engine = MetricFlowEngine(SemanticManifestLookup(manifest), Client())

    def sql(asked: dict[str, Any]) -> str:
        request = MetricFlowQueryRequest.create(
            metric_names=asked["metrics"], group_by_names=asked["group_by"], where_constraints=asked["where"] or None
        )
        try:
            return str(engine.explain(request).sql_statement.sql)
        except Exception as error:
            return f"error: {type(error).__name__}"

    json.dump([sql(asked) for asked in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
