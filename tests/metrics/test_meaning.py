"""A definition is what decides the numbers: it does not move with spelling, words and place, and it does with anything else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.decode import read_all
from pipeline.metrics import definition_changes, definition_hash, definition_of, read_semantics
from pipeline.shapes import Relation
from tests.peer.manifest_serve import manifest_of

LATEST = """
models:
  - name: days
    time_spine: {standard_granularity_column: day, custom_granularities: [{name: fiscal_year, column_name: fy}]}
    columns: [{name: day, granularity: day}]
  - name: account
    semantic_model: {enabled: true, name: accounts}
    columns:
      - {name: account_id, entity: {name: account, type: primary}}
      - {name: industry, dimension: {type: categorical}}
  - name: lead
    semantic_model: {enabled: true, name: leads}
    agg_time_dimension: created_on
    columns:
      - {name: lead_id, entity: {name: lead, type: primary}}
      - {name: account_id, entity: {name: account, type: foreign}}
      - {name: created_on, granularity: day, dimension: {type: time}}
      - {name: closed_on, granularity: day, dimension: {type: time}}
      - {name: channel, dimension: {type: categorical}}
      - {name: score}
    metrics:
      - name: mqls
        agg: count
        expr: lead_id
        filter: "{{ Dimension('lead__channel') }} = 'web' and {{ Dimension('account__industry') }} is not null"
      - {name: score, agg: sum, expr: score * 2}
metrics:
  - {name: mqls_so_far, type: cumulative, input_metric: mqls, grain_to_date: fiscal_year}
  - {name: score_per_mql, type: ratio, numerator: score, denominator: mqls}
  - {name: growth, type: derived, expr: mqls - before, input_metrics: [mqls, {name: mqls, alias: before, offset_window: 1 week}]}
"""
LEGACY = """
semantic_models:
  - name: accounts
    model: ref('account')
    entities: [{name: account, type: primary, expr: account_id}]
    dimensions: [{name: industry, type: categorical}]
  - name: leads
    model: ref('lead')
    defaults: {agg_time_dimension: created_on}
    entities: [{name: lead, type: primary, expr: lead_id}, {name: account, type: foreign, expr: account_id}]
    dimensions:
      - {name: created_on, type: time, type_params: {time_granularity: day}}
      - {name: channel, type: categorical}
    measures: [{name: leads, agg: count, expr: LEAD_ID}, {name: points, agg: sum, expr: "score*2"}]
models:
  - name: days
    time_spine: {standard_granularity_column: day, custom_granularities: [{name: fiscal_year, column_name: fy}]}
    columns: [{name: day, granularity: day}]
metrics:
  - name: mqls
    type: simple
    filter: ["{{ Dimension('account__industry') }} is not null", "{{ Dimension('lead__channel') }} = 'web'"]
    type_params: {measure: leads}
  - {name: score, type: simple, type_params: {measure: points}}
  - name: mqls_so_far
    type: cumulative
    type_params:
      measure:
        name: leads
        filter: "{{ Dimension('lead__channel') }} = 'web' and {{ Dimension('account__industry') }} is not null"
      cumulative_type_params: {grain_to_date: fiscal_year}
  - {name: score_per_mql, type: ratio, type_params: {numerator: score, denominator: mqls}}
  - name: growth
    type: derived
    type_params: {expr: mqls - before, metrics: [mqls, {name: mqls, alias: before, offset_window: 7 days}]}
"""


def definitions(yaml: str) -> dict[str, dict[str, object]]:
    manifest = read_semantics(read_all(yaml, "m.yml"), lambda name: Relation("marts", name))
    return {each.name: definition_of(manifest, each) for each in manifest.public_metrics()}


def hashes(yaml: str) -> dict[str, str]:
    return {name: definition_hash(each) for name, each in definitions(yaml).items()}


def moved(yaml: str) -> set[str]:
    before, after = hashes(LATEST), hashes(yaml)
    return {name for name in before if before[name] != after[name]}


def test_two_spellings_of_a_metric_are_one_definition() -> None:
    ours, theirs = hashes(LATEST), hashes(LEGACY.replace("7 days", "1 week"))
    assert ours == theirs


def test_a_definition_names_the_table_the_time_and_what_filters_stand_for() -> None:
    assert definitions(LATEST)["mqls"] == {
        "type": "simple",
        "table": "marts.lead",
        "aggregation": "count",
        "expr": "lead_id",
        "time": {"expr": "created_on", "grain": "day"},
        "filters": ["NOT account__industry IS NULL", "lead__channel = 'web'"],
        "names": {
            "account__industry": ["marts.lead -> marts.account (account_id = account_id): industry"],
            "lead__channel": ["marts.lead: channel"],
        },
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\nmodels:", "\n# a comment\n\nmodels:"),
        ("        agg: count\n", "        agg: count\n        label: MQLs\n        description: Leads.\n"),
        ("        agg: count\n", "        agg: count\n        config: {meta: {kgi: {owner: sato, unit: 件, publish: true}}}\n"),
        ("expr: score * 2", "expr: 'score*2 /* twice */'"),
        (
            "{{ Dimension('lead__channel') }} = 'web' and {{ Dimension('account__industry') }} is not null",
            "{{ Dimension('account__industry') }} is not null  AND {{Dimension('lead__channel')}}='web'",
        ),
        ("      - {name: score}\n", "      - {name: score, dimension: {type: categorical, name: points}}\n"),
        ("name: leads}", "name: all_leads}"),
    ],
)
def test_words_layout_and_what_is_not_used_change_no_definition(old: str, new: str) -> None:
    assert old in LATEST
    assert moved(LATEST.replace(old, new)) == set()


MQL = {"mqls", "mqls_so_far", "score_per_mql", "growth"}


@pytest.mark.parametrize(
    ("old", "new", "metrics"),
    [
        ("agg: count\n", "agg: count_distinct\n", MQL),
        ("'web'", "'fair'", MQL),
        ("expr: score * 2", "expr: score * 3", {"score", "score_per_mql"}),
        ("{name: channel, dimension: {type: categorical}}", "{name: media, dimension: {type: categorical, name: channel}}", MQL),
        ("{name: industry, dimension: {", "{name: sector, dimension: {name: industry, ", MQL),
        ("agg_time_dimension: created_on", "agg_time_dimension: closed_on", {*MQL, "score"}),
        ("grain_to_date: fiscal_year", "grain_to_date: month", {"mqls_so_far"}),
        ("column_name: fy", "column_name: fy4", {"mqls_so_far"}),
        ("offset_window: 1 week", "offset_window: 2 weeks", {"growth"}),
        ("mqls - before", "before - mqls", {"growth"}),
        ("denominator: mqls", "denominator: {name: mqls, filter: \"lead__channel <> 'x'\"}", {"score_per_mql"}),
    ],
)
def test_whatever_decides_a_number_changes_the_definition_of_all_that_stand_on_it(old: str, new: str, metrics: set[str]) -> None:
    assert old in LATEST
    assert moved(LATEST.replace(old, new)) == metrics


def test_a_change_is_told_part_by_part_old_and_new() -> None:
    before = definitions(LATEST)["score_per_mql"]
    after = definitions(LATEST.replace("'web'", "'fair'").replace("score * 2", "score"))["score_per_mql"]
    assert definition_changes(before, after) == (
        "numerator.expr: score * 2 -> score",
        "denominator.filters: NOT account__industry IS NULL and lead__channel = 'web'"
        " -> NOT account__industry IS NULL and lead__channel = 'fair'",
    )


@pytest.mark.conformance
@pytest.mark.skipif("KGI_CONFORMANCE" not in os.environ, reason="KGI_CONFORMANCE names no folder")
def test_every_metric_of_metricflow_has_one_definition_in_all_three_spellings(tmp_path: Path) -> None:
    folder = Path(os.environ["KGI_CONFORMANCE"])
    found: dict[str, dict[str, str]] = {}
    for layout in ("latest", "legacy", "msi"):
        command = [sys.executable, str(folder / "mf_conformance.py"), "--metricflow", str(folder / "metricflow")]
        command += ["--work", str(tmp_path), "--layout", layout, "--dry-run", "--quiet"]
        subprocess.run(command, capture_output=True, check=True)
        for project in sorted((tmp_path / "projects" / layout).iterdir()):
            manifest = manifest_of(project, "mf_src")
            for metric in manifest.public_metrics():
                hashed = definition_hash(definition_of(manifest, metric))
                found.setdefault(f"{project.name}.{metric.name}", {})[layout] = hashed
    assert len(found) > 100
    assert {name: each for name, each in found.items() if len(each) < 3 or len(set(each.values())) > 1} == {}
