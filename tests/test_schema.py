"""JSON Schema for editors: what is written here fits, what is broken does not, and the schema refuses nothing by itself."""

from __future__ import annotations

import copy
import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from pipeline.decode import Document, read, read_all
from pipeline.expectations import read_suites
from pipeline.findings import KgiError
from pipeline.goals import read_goals, read_initiatives
from pipeline.kinds import KINDS, yaml_kind
from pipeline.metrics import read_semantics
from pipeline.profile import Company
from pipeline.shapes import Relation
from pipeline.sources import read_sources
from tests.metrics.test_reading import DOCUMENTS, EXPORTS, LEGACY

ROOT = Path(__file__).parent.parent
CONFORMANCE = os.environ.get("KGI_CONFORMANCE")


def validator(kind: str) -> Any:
    schema = yaml_kind(kind).schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def as_json(data: Any) -> Any:
    """Return data as an editor sees it: dates are text, and so are all keys."""
    if isinstance(data, dict):
        return {str(key).lower() if isinstance(key, bool) else str(key): as_json(value) for key, value in data.items()}
    if isinstance(data, list):
        return [as_json(each) for each in data]
    return data.isoformat() if isinstance(data, dt.date) else data


def files(kind: str) -> list[Path]:
    return [path for pattern in yaml_kind(kind).files for path in sorted(ROOT.glob(pattern))]


@pytest.mark.parametrize("kind", [each.name for each in KINDS])
def test_every_file_of_this_repository_fits_the_schema_of_its_kind(kind: str) -> None:
    checker, found = validator(kind), files(kind)
    assert found
    for path in found:
        for document in read_all(path.read_text(encoding="utf-8"), path.name):
            errors = [f"{path.name} {each.json_path}: {each.message}" for each in checker.iter_errors(as_json(document.data))]
            assert not errors


@pytest.mark.skipif(CONFORMANCE is None, reason="KGI_CONFORMANCE is not set")
def test_metricflow_s_own_manifests_fit_the_schema() -> None:
    checker = validator("metrics")
    paths = [
        path
        for path in sorted(Path(CONFORMANCE or "").rglob("*.yaml"))
        if "semantic_manifest_yamls" in path.parts and not path.name.startswith("itest")
    ]
    assert len(paths) > 20
    for path in paths:
        for document in read_all(path.read_text(encoding="utf-8"), path.name):
            errors = [f"{path} {each.json_path}: {each.message}" for each in checker.iter_errors(as_json(document.data))]
            assert not errors


BROKEN = [
    ("metrics", "models: {name: a}"),
    ("metrics", "models: [{nme: a}]"),
    ("metrics", "models: [{name: a, metrics: [{name: x, agg: cuont}]}]"),
    ("metrics", "models: [{name: a, metrics: [{name: X Y, agg: sum}]}]"),
    ("metrics", "models: [{name: a, metrics: [{name: x__y, agg: sum}]}]"),
    ("metrics", "models: [{name: a, metrics: [{name: x, agg: sum, fill_nulls_with: none}]}]"),
    ("metrics", "models: [{name: a, metrics: [{name: x, agg: sum, hidden: 'yes'}]}]"),
    ("metrics", "models: [{name: a, columns: [{name: x, dimension: tme}]}]"),
    ("metrics", "metrics: [{name: x, type: ratio, type_params: {numeratr: y}}]"),
    ("metrics", "semantic_models: [{name: a, measures: [{name: x}]}]"),
    ("metrics", "metrics: [{name: x, type: cumulative, input_metric: y, window: week}]"),
    ("metrics", "saved_queries: [{name: x, query_params: {limit: -1}}]"),
    ("metrics", "calendars: [{name: x, granularities: [{name: a, closing_day: 31}]}]"),
    ("sources", "sources: [{name: a, tables: [{name: b, columns: [{name: c, data_type: date}]}]}]"),
    ("expectations", "expectations: [{type: expect_column_values_to_not_be_nul, column: a}]"),
    ("expectations", "expectations: [{type: expect_column_values_to_not_be_null, colum: a}]"),
    ("expectations", "expectations: [{type: expect_column_values_to_not_be_null, column: a, mostly: 2}]"),
    ("goals", "version: 2\nkgi: []"),
    ("goals", "version: 1\nkgi: [{name: a}]"),
    ("initiatives", "initiative: {name: a}"),
    ("initiatives", "initiative: {name: a, label: {ja: a}, owner: b, decision: maybe}"),
    ("profiles", "a: {target: dev}"),
    ("profiles", "a: {target: dev, outputs: {dev: {type: duckdb, warehouse: a, publish: b, inbox: c, threads: 0}}}"),
]


@pytest.mark.parametrize(("kind", "text"), BROKEN, ids=[text[:60] for _, text in BROKEN])
def test_a_broken_file_does_not_fit(kind: str, text: str) -> None:
    assert list(validator(kind).iter_errors(as_json(read(text, "a.yml").data)))


def mutants(data: Any) -> Iterator[Any]:
    """Give the data with one key misspelt, taken away or filled with something else, at every place."""
    for path in list(_paths(data)):
        for value in (None, 3, "3", True, {"x": 1}, ["x"]):
            yield _changed(data, path, partial(_put, value))
        yield _changed(data, path, lambda holder, key: holder.pop(key))
        if isinstance(path[-1], str):
            yield _changed(data, path, lambda holder, key: holder.__setitem__(f"{key}x", holder.pop(key)))


def _put(value: object, holder: Any, key: Any) -> None:
    holder[key] = value


def _paths(data: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        if above:
            yield (*above, key)
        yield from _paths(value, (*above, key))


def _changed(data: Any, path: tuple[Any, ...], change: Callable[[Any, Any], Any]) -> Any:
    data = copy.deepcopy(data)
    holder = data
    for key in path[:-1]:
        holder = holder[key]
    change(holder, path[-1])
    return data


def _metrics(data: Any) -> object:
    return read_semantics([Document("a.yml", data, {})], lambda name: Relation("m", name))


READERS: dict[str, Callable[[Any], object]] = {
    "metrics": _metrics,
    "sources": lambda data: read_sources([Document("a.yml", data, {})], Company()),
    "expectations": lambda data: read_suites([Document("a.yml", data, {})]),
    "goals": lambda data: read_goals([Document("a.yml", data, {})], Company(), {"won_amount", "won", "leads"}),
    "initiatives": lambda data: read_initiatives([Document("a.yml", data, {})], {}, ()),
}


LATEST = """
models:
  - name: deal
    semantic_model: {enabled: true, name: deals}
    agg_time_dimension: won_on
    config: {enabled: true}
    columns:
      - {name: deal_id, entity: {name: deal, type: primary}}
      - {name: won_on, granularity: day, dimension: {type: time}}
      - {name: stage, dimension: categorical}
    metrics:
      - {name: p90, agg: percentile, percentile: 0.9, percentile_type: discrete, expr: 1, filter: ["stage = 'won'"]}
      - {name: last, agg: sum, non_additive_dimension: {name: won_on, window_agg: max}, fill_nulls_with: 0}
      - {name: won, agg: sum, config: {meta: {kgi: {publish: [month], label: {ja: 受注}}}}}
metrics:
  - {name: half, type: derived, expr: w / 2, input_metrics: [{name: won, alias: w, offset_window: 7 days}]}
  - {name: to_date, type: cumulative, input_metric: won, grain_to_date: month, period_agg: last}
"""


def subjects() -> list[tuple[str, Any]]:
    term = '{name: term, starts: ["04-01"], label: {ja: 期}}'
    calendar = f'calendars: [{{name: a, fiscal_year_start: "04-01", granularities: [{term}]}}]'
    texts = (LATEST, LEGACY, EXPORTS, DOCUMENTS, calendar)
    found = [("metrics", document.data) for text in texts for document in read_all(text, "a.yml")]
    first = {
        kind: min(files(kind), key=lambda path: path.stat().st_size)
        for kind in ("sources", "expectations", "goals", "initiatives")
    }
    return found + [(kind, read(path.read_text(encoding="utf-8"), "a.yml").data) for kind, path in first.items()]


def test_what_the_schema_refuses_the_reader_refuses_too_and_in_its_own_words() -> None:
    refused = dict.fromkeys(READERS, 0)
    for kind, data in subjects():
        checker = validator(kind)
        for mutant in mutants(data):
            codes: list[str] = []
            try:
                READERS[kind](mutant)
            except KgiError as error:
                codes = [each.code for each in error.findings]
            assert "yaml_wrong_value" not in codes
            wrong = jsonschema.exceptions.best_match(checker.iter_errors(as_json(mutant)))
            refused[kind] += wrong is not None
            assert wrong is None or codes, f"{kind} {wrong.json_path}: {wrong.message}"
    assert all(count >= 40 for count in refused.values()), refused


def kgi(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from pipeline.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_kgi_schema_lists_the_kinds_prints_one_and_writes_all(tmp_path: Path) -> None:
    listed = kgi("schema", cwd=tmp_path).stdout
    assert [line.split()[0] for line in listed.splitlines()] == [each.name for each in KINDS]
    assert "models/**/_sources.yml" in listed
    assert json.loads(kgi("schema", "metrics", cwd=tmp_path).stdout) == yaml_kind("metrics").schema()
    done = kgi("schema", "--output", "schemas", cwd=tmp_path)
    assert sorted(path.name for path in (tmp_path / "schemas").iterdir()) == sorted(f"{k.name}.schema.json" for k in KINDS)
    assert len(done.stdout.splitlines()) == len(KINDS)
    wrong = kgi("schema", "metric", cwd=tmp_path)
    assert (wrong.returncode, "metrics" in wrong.stderr) == (2, True)


def test_an_editor_can_explain_keys() -> None:
    definitions = yaml_kind("metrics").schema()["$defs"]
    assert "aggregation" in definitions["MetricForm"]["description"] or definitions["MetricForm"]["description"]
    assert definitions["MetricForm"]["properties"]["fill_nulls_with"]["description"].startswith("The number that stands")
    words = [each for each in definitions["MetricForm"]["properties"]["agg"]["anyOf"][0].get("anyOf", []) if "enum" in each]
    assert "count_distinct" in str(words or definitions["MetricForm"]["properties"]["agg"])
