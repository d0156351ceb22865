"""The pages of metrics: every command is run, every row, statement and quoted piece of YAML is held against what is there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from docs.metrics.example import FOLDER
from docs.metrics.pages import PAGES, blocks, in_the_example, written
from pipeline.metrics.spec import Kind

YAML = (FOLDER / "metrics/company.yml").read_text(encoding="utf-8")
INDEX = (Path(__file__).parents[1] / "docs/metrics.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module", autouse=True)
def _example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("pages") / "example"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.duckdb"))
    with in_the_example(folder):
        yield


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_what_its_commands_print(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert blocks(text, "console") and blocks(text, "sql")
    assert written(text) == text, "run python -m docs.metrics.pages and read the diff"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_quotes_the_examples_files(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8"), "yaml"):
        assert block in YAML, block


def test_every_kind_of_metric_has_a_page_and_every_page_stands_in_the_index() -> None:
    assert {kind.__name__.lower() for kind in get_args(Kind)} <= {page.stem for page in PAGES}
    assert [page.name for page in PAGES if f"(metrics/{page.name})" not in INDEX] == []
