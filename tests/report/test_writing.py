"""The report at the end of a run: written, left alone, written again, and what it says when the run was not sound."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from pipeline.cli import _run
from pipeline.engines.duckdb import open_engine
from pipeline.records import report_paths
from pipeline.report import write_report
from tests.project_builder import NOW, deliver, night, replace_in, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path)
    replace_in(tmp_path, "profiles.yml", "report: false", "threads: 2")
    deliver(tmp_path)
    return tmp_path


def pages(folder: Path) -> dict[str, BeautifulSoup]:
    found = report_paths(folder / "target")
    return {language: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for language, path in found.items()}


def numbers(page: BeautifulSoup) -> list[tuple[str, str]]:
    """Return the figures, but those that are words of one language."""
    found = [(str(each["title"]), str(each["value"])) for each in page.find_all("data")]
    return [(title, value) for title, value in found if not title.endswith(('_ja"', '_en"'))]


def test_a_run_leaves_the_report_in_both_languages(folder: Path) -> None:
    night(folder)
    written = pages(folder)
    assert set(written) == {"ja", "en"}
    for language, page in written.items():
        assert page.html is not None and page.html["lang"] == language
        assert ("kgi.actual", "3.0") in numbers(page)
        assert not page.select(".banner")
        other = page.select_one("a.other")
        assert other is not None and (folder / "target" / str(other["href"])).is_file()
    assert sorted(numbers(written["ja"])) == sorted(numbers(written["en"]))


def test_after_an_unsound_run_the_page_says_so_and_keeps_its_numbers(folder: Path) -> None:
    night(folder)
    before = numbers(pages(folder)["en"])
    replace_in(folder, "models/marts/fct_deals.sql", "    deal_id,\n", "    'same' as deal_id,\n")
    assert night(folder, "2026-11-21", NOW + dt.timedelta(days=1)).outcome == "unsound"
    page = pages(folder)["en"]
    banner = page.select_one(".banner")
    assert banner is not None and "did not end soundly" in banner.get_text() and "2026-11-20" in banner.get_text()
    assert "expectation_failed" in banner.get_text()
    assert numbers(page) == before
    replace_in(folder, "models/marts/fct_deals.sql", "'same' as deal_id", "deal_id")
    night(folder, "2026-11-21", NOW + dt.timedelta(days=1))
    assert not pages(folder)["en"].select(".banner")


def test_a_run_that_cannot_begin_marks_the_page_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    night(folder)
    replace_in(folder, "metrics/goals/fy2026.yml", "metric:", "metrik:")
    monkeypatch.setattr(sys, "argv", ["kgi", "run", "--project-dir", str(folder), "--as-of", "2026-11-20"])
    assert _run() == 2
    assert pages(folder)["ja"].select(".banner")


def test_a_report_that_says_the_same_is_left_alone_and_one_that_is_gone_is_written(folder: Path) -> None:
    night(folder)
    paths = report_paths(folder / "target")
    paths["ja"].write_text(paths["ja"].read_text(encoding="utf-8") + "<!-- kept -->", encoding="utf-8")
    night(folder)
    assert paths["ja"].read_text(encoding="utf-8").endswith("<!-- kept -->")
    paths["en"].unlink()
    night(folder)
    assert paths["en"].is_file() and not paths["ja"].read_text(encoding="utf-8").endswith("<!-- kept -->")


def test_a_run_with_nothing_to_do_draws_nothing(folder: Path) -> None:
    night(folder)
    code = (
        "import sys\nfrom pipeline.cli import _run\nsys.argv = ['kgi', 'run', '--as-of', '2026-11-20']\n"
        "code = _run()\nprint('@' + ' '.join(sorted(sys.modules)))\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "nothing to do" in done.stdout, done.stderr
    imported = set(done.stdout.rpartition("@")[2].split())
    assert "pipeline.reporting" in imported
    assert not imported & {"altair", "vl_convert", "pipeline.report", "pipeline.board"}


def test_a_report_that_cannot_be_written_is_a_warning_and_the_night_stands(folder: Path) -> None:
    replace_in(folder, "profiles.yml", "threads: 2", "report: taken/report")
    (folder / "taken").write_text("a file where the folder should be", encoding="utf-8")
    record = night(folder)
    assert (record.outcome, record.exit_code) == ("published", 0)
    assert [each.code for each in record.notes] == ["report_not_written"]
    status = json.loads((folder / "target/kgi.status.json").read_text(encoding="utf-8"))
    assert [each["code"] for each in status["findings"]] == ["report_not_written"]


def test_the_verb_writes_the_report_of_the_published_file_where_it_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    night(folder)
    monkeypatch.setattr(sys, "argv", ["kgi", "report", "--project-dir", str(folder), "--output", str(folder / "monday")])
    assert _run() == 0
    assert capsys.readouterr().out.split() == [str(path) for path in report_paths(folder / "monday").values()]
    texts = [report_paths(folder / each)["ja"].read_text(encoding="utf-8") for each in ("target", "monday")]
    assert texts[0] == texts[1]


def test_without_a_published_file_the_verb_says_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["kgi", "report", "--project-dir", str(folder)])
    assert _run() == 2
    assert "kgi.duckdb" in capsys.readouterr().err


def test_a_mistake_of_ours_in_the_report_is_a_warning_and_the_night_stands(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fall(*_: object) -> None:
        raise TypeError("株式会社ひみつ")

    monkeypatch.setattr("pipeline.report.writing.read_night", fall)
    record = night(folder)
    assert (record.outcome, record.exit_code) == ("published", 0)
    (note,) = record.notes
    assert (note.code, note.severity.value) == ("report_failed", "warning")
    assert "TypeError (pipeline/report/writing.py:" in note.text("ja") and "ひみつ" not in note.text("ja")
    replace_in(folder, "metrics/goals/fy2026.yml", "metric:", "metrik:")
    monkeypatch.setattr(sys, "argv", ["kgi", "run", "--project-dir", str(folder), "--as-of", "2026-11-20"])
    assert _run() == 2  # what happened first is what is told
    status = json.loads((folder / "target/kgi.status.json").read_text(encoding="utf-8"))
    assert [each["code"] for each in status["findings"]] == ["yaml_unknown_key", "report_failed"]
    assert "metrik" in capsys.readouterr().err


def test_a_run_that_stops_after_it_published_is_not_said_to_have_published_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.report.writing.read_night", interrupted)
        patched.setattr(sys, "argv", ["kgi", "run", "--project-dir", str(folder), "--as-of", "2026-11-20"])
        assert _run() == 130
    monkeypatch.setattr(sys, "argv", ["kgi", "report", "--project-dir", str(folder)])
    assert _run() == 0
    banner = pages(folder)["en"].select(".banner")[0].get_text()
    assert "stopped after it had published the numbers of 2026-11-20" in banner and "published nothing" not in banner


@pytest.mark.parametrize("statement", ["delete from ops.manifest", "drop table ops.manifest"])
def test_a_file_that_says_nothing_of_itself_is_none_of_ours(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], statement: str
) -> None:
    night(folder)
    with open_engine(folder / "target/kgi.duckdb") as engine:
        engine.execute(statement)
    monkeypatch.setattr(sys, "argv", ["kgi", "report", "--project-dir", str(folder)])
    assert _run() == 2 and "no published file of kgi" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["kgi", "run", "--project-dir", str(folder), "--as-of", "2026-11-20"])
    assert _run() == 0 and not pages(folder)["en"].select(".banner")


def test_a_table_that_lacks_a_column_leaves_its_part_empty_and_is_named(folder: Path) -> None:
    night(folder)
    paths = {language: path.read_text(encoding="utf-8") for language, path in report_paths(folder / "target").items()}
    assert "lacks a column" not in paths["en"]
    with open_engine(folder / "target/kgi.duckdb") as engine:
        engine.execute("alter table ops.load drop column source_table")
    write_report(folder / "target/kgi.duckdb", folder / "older")
    page = BeautifulSoup(report_paths(folder / "older")["en"].read_text(encoding="utf-8"), "html.parser")
    banner = page.select(".banner")[0].get_text()
    assert "ops.load lacks a column" in banner and "source_table" in banner
