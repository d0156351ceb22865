"""A folder with nothing but metric YAML and a database is enough to ask, in each of the three spellings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

LATEST = """
models:
  - name: touch
    semantic_model: true
    agg_time_dimension: touched_on
    primary_entity: touch
    columns:
      - {name: touched_on, granularity: day, dimension: time}
      - {name: campaign, dimension: categorical}
    metrics:
      - {name: cost, agg: sum}
metrics:
  - {name: half, type: derived, expr: cost / 2, input_metrics: [cost]}
"""
LEGACY = """
semantic_models:
  - name: touches
    model: ref('touch')
    defaults: {agg_time_dimension: touched_on}
    primary_entity: touch
    dimensions:
      - {name: touched_on, type: time, type_params: {time_granularity: day}}
      - {name: campaign, type: categorical}
    measures:
      - {name: cost, agg: sum, create_metric: true}
metrics:
  - {name: half, label: Half, type: derived, type_params: {expr: cost / 2, metrics: [cost]}}
"""
DOCUMENTS = """
semantic_model:
  name: touches
  node_relation: {schema_name: main, alias: touch}
  defaults: {agg_time_dimension: touched_on}
  primary_entity: touch
  dimensions:
    - {name: touched_on, type: TIME, type_params: {time_granularity: DAY}}
    - {name: campaign, type: CATEGORICAL}
  measures: [{name: cost, agg: SUM, create_metric: true}]
---
metric: {name: half, type: DERIVED, type_params: {expr: cost / 2, metrics: [{name: cost}]}}
"""


@pytest.mark.parametrize("text", [LATEST, LEGACY, DOCUMENTS], ids=["latest", "legacy", "documents"])
def test_metric_yaml_and_a_database_are_enough_for_an_answer(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "only"
    folder.mkdir()
    (folder / "metrics.yml").write_text(text, encoding="utf-8")
    with duckdb.connect(str(tmp_path / "any.duckdb")) as connection:
        connection.execute("create table touch (touched_on date, campaign varchar, cost int)")
        connection.execute("insert into touch values ('2026-01-05', 'a', 10), ('2026-01-31', 'a', 20), ('2026-02-01', null, 4)")
    code = "from pipeline.cli import main; main()"
    asked = ["query", "--metrics", "half", "--group-by", "metric_time__month,touch__campaign", "--order-by", "metric_time__month"]
    where = ["--project-dir", str(folder), "--database", str(tmp_path / "any.duckdb"), "--format", "json"]
    done = subprocess.run([sys.executable, "-c", code, *asked, *where], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    rows = answer["rows"] if isinstance(answer, dict) else answer
    values = [list(row.values()) if isinstance(row, dict) else row for row in rows]
    assert values == [["2026-01-01", "a", 15.0], ["2026-02-01", None, 2.0]]
    assert [path.name for path in folder.iterdir()] == ["metrics.yml"]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("{name: cost, agg: sum}", "{name: cost, agg: sum, expr: cots * 2}", "metrics.yml:11:38"),
        ("{name: campaign, dimension", "{name: campagin, dimension", "metrics.yml:9:16"),
    ],
)
def test_a_column_that_the_table_lacks_is_told_where_it_is_written(tmp_path: Path, old: str, new: str, place: str) -> None:
    (tmp_path / "metrics.yml").write_text(LATEST.replace(old, new), encoding="utf-8")
    with duckdb.connect(str(tmp_path / "any.duckdb")) as connection:
        connection.execute("create table touch as select date '2026-06-01' as touched_on, 'a' as campaign, 3 as cost")
    by = "touch__campagin" if "campagin" in new else "touch__campaign"
    asked = ("query", "--project-dir", ".", "--database", "any.duckdb", "--metrics", "cost", "--group-by", by)
    ended = subprocess.run(
        [sys.executable, "-c", "from pipeline.cli import main; main()", *asked],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2 and not ended.stdout
    assert "the table 'touch' has no column 'c" in ended.stderr and place in ended.stderr and "did you mean c" in ended.stderr
