"""What a night leaves for others to read of the metrics: manifest, catalogue, saved queries as tables, what a change does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import kgi
from tests.project_builder import deliver, night, opened, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    deliver(write(tmp_path))
    return tmp_path


def test_a_night_leaves_the_semantic_manifest_beside_the_published_file(folder: Path) -> None:
    night(folder)
    manifest = json.loads((folder / "target/semantic_manifest.json").read_text(encoding="utf-8"))
    assert [each["name"] for each in manifest["metrics"]] == ["valid_opportunities", "pipeline_amount"]
    assert [each["node_relation"]["relation_name"] for each in manifest["semantic_models"]] == ['"marts"."fct_deals"']
    said = CliRunner().invoke(kgi, ["compile", "--semantic-manifest", "--project-dir", str(folder)])
    assert json.loads(said.stdout) == manifest


def test_a_night_that_is_not_sound_leaves_no_manifest(folder: Path) -> None:
    deliver(folder, "deals_20261120.csv", "deal_id,contact,valid_on,channel,amount\n")
    assert night(folder).outcome == "unsound"
    assert not (folder / "target/semantic_manifest.json").exists()
    assert opened(folder).semantics.public_metrics()
