"""The digest after a run: what it says, to whom it is passed, and that nothing about the run depends on it."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.board import read_board
from pipeline.cli import _run
from pipeline.digest import Digest, make_digest
from pipeline.findings import HeldError, KgiError
from tests.companies import NIGHTS, Companies
from tests.project_builder import NOW, change, deliver, night, replace_in, write
from tests.report.reading import changed

SCRIPT = """\
import json, os, sys
told = {name: value for name, value in os.environ.items() if name.startswith("KGI_")}
with open("told.jsonl", "a", encoding="utf-8") as file:
    file.write(json.dumps({"facts": told, "digest": sys.stdin.buffer.read().decode()}) + "\\n")
print("said on standard output")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path)
    deliver(tmp_path)
    change(tmp_path, "post.py", SCRIPT)
    notified(tmp_path, [sys.executable, "post.py"])
    return tmp_path


def notified(folder: Path, command: list[str], more: str = "") -> None:
    profile = folder / "profiles.yml"
    text = profile.read_text(encoding="utf-8")
    kept = text.partition("report: false")[0]
    profile.write_text(f"{kept}report: false, notify: {{command: {json.dumps(command)}{more}}}}}\n", encoding="utf-8")


def told(folder: Path) -> list[dict[str, Any]]:
    file = folder / "told.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def run_verb(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["kgi", *words, "--project-dir", str(folder)])
    return _run()


def test_every_ending_of_a_run_is_told_with_its_facts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    night(folder)
    night(folder)
    replace_in(folder, "models/marts/fct_deals.sql", "    deal_id,\n", "    'same' as deal_id,\n")
    night(folder, "2026-11-21", NOW + dt.timedelta(days=1))
    replace_in(folder, "metrics/goals/fy2026.yml", "metric:", "metrik:")
    assert run_verb(folder, monkeypatch, "run", "--as-of", "2026-11-21") == 2
    facts = [each["facts"] for each in told(folder)]
    assert [(each["KGI_OUTCOME"], each["KGI_EXIT_CODE"]) for each in facts] == [
        ("published", "0"),
        ("nothing_to_do", "0"),
        ("unsound", "1"),
        ("failed", "2"),
    ]
    assert [each["KGI_AS_OF"] for each in facts] == ["2026-11-20", "2026-11-20", "2026-11-21", "2026-11-21"]
    assert {each["KGI_DATA_AS_OF"] for each in facts} == {"2026-11-20"}
    assert {each["KGI_STATUS"] for each in facts} == {str(folder / "target/kgi.status.json")}
    for each in told(folder):
        assert each["digest"].splitlines()[0] == each["facts"]["KGI_SUBJECT"]


def test_an_unsound_run_says_first_since_when_the_numbers_stand(folder: Path) -> None:
    night(folder)
    replace_in(folder, "models/marts/fct_deals.sql", "    deal_id,\n", "    'same' as deal_id,\n")
    night(folder, "2026-11-21", NOW + dt.timedelta(days=1))
    lines = told(folder)[-1]["digest"].splitlines()
    assert lines[0] == "KGI 2026-11-20: [look] not sound, nothing published"
    assert lines[2].startswith("- The numbers are still those of 2026-11-20. Found: expectation_failed")
    assert "3 of " in lines[3]


def test_only_unsound_runs_are_told_where_the_profile_says_so(folder: Path) -> None:
    notified(folder, [sys.executable, "post.py"], ", when: unsound")
    night(folder)
    assert told(folder) == []
    replace_in(folder, "models/marts/fct_deals.sql", "    deal_id,\n", "    'same' as deal_id,\n")
    night(folder)
    assert [each["facts"]["KGI_OUTCOME"] for each in told(folder)] == ["unsound"]


@pytest.mark.parametrize(
    ("script", "more", "code"),
    [
        ("import sys; sys.exit(3)", "", "notify_failed"),
        ("import time; time.sleep(60)", ", timeout_seconds: 0.5", "notify_too_slow"),
    ],
)
def test_a_command_that_fails_is_a_warning_and_the_night_stands(folder: Path, script: str, more: str, code: str) -> None:
    change(folder, "post.py", script)
    notified(folder, [sys.executable, "post.py"], more)
    begun = time.monotonic()
    record = night(folder)
    assert (record.outcome, record.exit_code) == ("published", 0)
    assert [(each.code, each.severity.value) for each in record.notes] == [(code, "warning")]
    assert time.monotonic() - begun < 45
    status = json.loads((folder / "target/kgi.status.json").read_text(encoding="utf-8"))
    assert [each["code"] for each in status["findings"]] == [code] and status["exit_code"] == 0


def test_a_command_that_is_not_there_is_named(folder: Path) -> None:
    notified(folder, ["no-such-command-of-anybody"])
    (found,) = night(folder).notes
    assert found.code == "notify_not_started" and "no-such-command-of-anybody" in found.text("ja")


def test_what_a_slow_command_has_started_ends_with_it(folder: Path) -> None:
    change(
        folder,
        "post.py",
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('child.pid', 'w').write(str(child.pid))\ntime.sleep(60)\n",
    )
    notified(folder, [sys.executable, "post.py"], ", timeout_seconds: 2")
    assert [each.code for each in night(folder).notes] == ["notify_too_slow"]
    child = int((folder / "child.pid").read_text())
    for _ in range(50):
        if not _is_running(child):
            break
        time.sleep(0.1)
    assert not _is_running(child)


def _is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split(")")[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_command_gets_the_environment_and_no_secret_is_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KGI_TOKEN_OF_CHAT", "s3cret")
    assert run_verb(folder, monkeypatch, "run", "--as-of", "2026-11-20", "--json") == 0
    assert told(folder)[0]["facts"]["KGI_TOKEN_OF_CHAT"] == "s3cret"
    out, err = capfd.readouterr()
    assert json.loads(out)["exit_code"] == 0  # the command's own words do not mix with the record
    assert "s3cret" not in out + err + (folder / "target/kgi.status.json").read_text(encoding="utf-8")


def test_a_held_warehouse_is_told_by_the_run_that_holds_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    night(folder)
    before = len(told(folder))

    def held(*_: object, **__: object) -> None:
        raise HeldError(_finding())

    monkeypatch.setattr("pipeline.run.open_warehouse", held)
    assert run_verb(folder, monkeypatch, "run", "--as-of", "2026-11-21") == 3
    assert len(told(folder)) == before


def _finding() -> Any:
    from pipeline.findings import finding

    return finding("database_held")


def test_a_wrong_key_of_the_profile_is_refused_on_its_line(folder: Path) -> None:
    from tests.project_builder import opened

    notified(folder, ["x"], ", timeout: 5")
    with pytest.raises(KgiError) as caught:
        opened(folder)
    assert "timeout" in caught.value.findings[0].text("en") and caught.value.findings[0].place is not None


def test_the_digest_holds_the_numbers_of_the_file_in_both_languages(companies: Companies) -> None:
    company = companies.ran(nights=NIGHTS)
    for language in ("ja", "en"):
        digest = make_digest(company.published, company.folder / "none.json", language)
        assert len(digest.lines) <= 12 and "2026-11-20" in digest.subject
        for target, actual, expected, chance in company.rows(
            "select target, actual, landing_expected, p_attain from v_latest_kgi where grain = 'period' and unit = 'count'"
        ):
            words = (f"{actual:.0f}", f"{target:.0f}", f"{expected:.1f}", f"{chance:.1%}")
            assert any(all(word in line for word in words) for line in digest.lines), words
        ((restated,),) = company.rows("select count(*) from v_latest_restatement")
        assert any(f"{restated} " in line for line in digest.lines[-1:])
        worst = company.rows(
            "select label_ja, contribution from v_latest_gap_decomposition gap join kgi_tree tree"
            " on tree.kgi_id = gap.kgi_id and node = factor where gap.kgi_id = 'pipeline_fy2026'"
            " and basis = 'cohort_landing' and kind = 'subtotal' order by contribution limit 1"
        )[0]
        assert any(f"{worst[1]:,.0f}" in line for line in digest.lines)


def test_a_hostile_name_stays_text_in_markdown(companies: Companies, tmp_path: Path) -> None:
    name = "[x](https://evil.example) *b* `c` | <img> @channel\n# head"
    quoted = name.replace("'", "''")
    copy = changed(companies.ran(nights=NIGHTS).published, tmp_path, f"update main.kgi set label_ja = '{quoted}'")
    text = make_digest(copy, tmp_path / "none.json", "ja").markdown
    assert r"\[x\](https:" in text and "://evil" not in text and r"\*b\*" in text and r"\<img\>" in text
    assert "@channel" not in text and "\n#" not in text and all(line.startswith("- ") for line in text.splitlines()[2:])


def test_without_a_published_file_only_the_run_is_told_of(tmp_path: Path) -> None:
    digest = make_digest(tmp_path / "kgi.duckdb", tmp_path / "none.json", "ja")
    assert digest == Digest("KGI: 公開しました", ())
    status = {"exit_code": 2, "outcome": "failed", "findings": [{"code": "yaml_syntax", "severity": "error"}]}
    (tmp_path / "status.json").write_text(json.dumps(status), encoding="utf-8")
    digest = make_digest(tmp_path / "kgi.duckdb", tmp_path / "status.json", "ja")
    assert digest.lines == ("まだ何も公開されていません。見つかったこと: yaml_syntax。",)


def test_the_verb_prints_the_digest(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    night(folder)
    label = read_board(folder / "target/kgi.duckdb")[0].kgi["label_en"]
    assert run_verb(folder, monkeypatch, "digest") == 0
    assert f"- {label}: 3 of " in capsys.readouterr().out
    assert run_verb(folder, monkeypatch, "digest", "--format", "json", "--language", "ja") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["subject"] == "KGI 2026-11-20: 公開しました" and "実績3" in said["lines"][0]
    assert run_verb(folder, monkeypatch, "digest", "--format", "markdown") == 0
    assert capsys.readouterr().out.startswith("**KGI 2026-11-20: published**\n")
    assert os.environ.get("KGI_SUBJECT") is None
