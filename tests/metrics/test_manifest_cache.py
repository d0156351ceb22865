"""A kept manifest is the one that reading gives, is used again for the same files only, and is never in the way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline import manifest_cache
from pipeline.files import read_yaml_files
from pipeline.manifest_cache import kept_manifest
from pipeline.metrics import SemanticManifest, codec, read_semantics
from pipeline.shapes import Relation
from tests.metrics.company import YAML, company, manifest

ROOT = Path(__file__).parents[2]
CALENDARS = """
calendars:
  - name: company
    fiscal_year_start: "04-01"
    granularities:
      - {name: closing_month, closing_day: 20, label: {ja: 締め月}}
      - {name: retail_month, weeks: [4, 4, 5], first_day: 2026-02-02}
      - {name: season, dates: [2026-01-01, 2026-05-01]}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/kgi"


def test_a_manifest_survives_being_written_and_read() -> None:
    with_calendars = manifest(
        YAML.replace("custom_granularities: [{name: fiscal_year}]", "").replace("fiscal_year", "fiscal_half") + CALENDARS
    )
    demo = read_semantics(read_yaml_files(ROOT), lambda name: Relation("marts", name))
    for each in (company(), with_calendars, demo):
        again = codec.read(codec.written(each))
        assert again == each and repr(again) == repr(each)  # repr tells 0 from 0.0 and False


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '["Metric",{}]', '["Place",{"path":"x"}]', '["SemanticManifest",{"nothing":1}]', '["open",{}]', "1"]
)
def test_any_other_text_is_no_manifest(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        codec.read(text)


class Reader:
    def __init__(self, folder: Path) -> None:
        self.folder, self.times = folder, 0

    def __call__(self) -> SemanticManifest:
        self.times += 1
        return read_semantics(read_yaml_files(self.folder), lambda name: Relation("m", name))


def test_the_same_files_are_read_once_and_anything_else_anew(tmp_path: Path, cache: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "company.yml").write_text(YAML, encoding="utf-8")
    read = Reader(folder)
    first = kept_manifest(folder, "tables", read)
    assert kept_manifest(folder, "tables", read) == first and read.times == 1
    assert [each.stat().st_mode & 0o777 for each in cache.glob("*")] == [0o600]
    kept_manifest(folder, "other tables", read)
    assert read.times == 2
    (folder / "company.yml").write_text(YAML.replace("name: leads_every_day", "name: leads_each_day"), encoding="utf-8")
    assert "leads_each_day" in kept_manifest(folder, "tables", read).metric_by_name and read.times == 3
    (folder / "more.yml").write_text("metrics: []", encoding="utf-8")
    kept_manifest(folder, "tables", read)
    assert read.times == 4


def test_changed_code_reads_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, code = tmp_path / "project", tmp_path / "code.py"
    folder.mkdir()
    code.write_text("1", encoding="utf-8")
    monkeypatch.setattr(manifest_cache, "_CODE", (code,))
    read = Reader(folder)
    kept_manifest(folder, "", read)
    os.utime(code, ns=(1, 1))
    kept_manifest(folder, "", read)
    assert read.times == 2


def test_what_is_broken_or_cannot_be_written_is_read_anew(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "company.yml").write_text(YAML, encoding="utf-8")
    read = Reader(folder)
    first = kept_manifest(folder, "", read)
    (file,) = cache.glob("*.json")
    file.write_text(file.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    assert kept_manifest(folder, "", read) == first and read.times == 2
    assert kept_manifest(folder, "", read) == first and read.times == 2  # mended
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert kept_manifest(folder, "", read) == first and read.times == 3


def test_only_so_many_are_kept(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest_cache, "_KEPT", 3)
    read = Reader(tmp_path)
    for number in range(5):
        kept_manifest(tmp_path / "nothing", str(number), read)
    assert len(list(cache.iterdir())) == 3
