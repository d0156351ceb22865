"""The notify command: it gets the digest and the facts of every run, and nothing about the run depends on it."""

from __future__ import annotations

import datetime as dt
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import _run
from pipeline.findings import HeldError, KgiError, MachineError, finding
from tests.project_builder import NOW, change, deliver, night, opened, replace_in, write

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


def end_by(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let every run end by this before its first step."""

    def ended(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("pipeline.run.open_warehouse", ended)


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


def test_a_run_that_only_builds_is_told_as_such(folder: Path) -> None:
    night(folder)
    replace_in(folder, "models/marts/fct_deals.sql", "    channel,\n", "    upper(channel) as channel,\n")
    assert night(folder, chosen=("fct_deals",)).outcome == "built"
    assert (told(folder)[-1]["facts"]["KGI_OUTCOME"], told(folder)[-1]["facts"]["KGI_EXIT_CODE"]) == ("built", "0")
    assert told(folder)[-1]["digest"].startswith("KGI 2026-11-20: built, nothing published\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MachineError(finding("disk_full", problem="x")), 4),
        (KeyboardInterrupt(), 130),
        pytest.param(ZeroDivisionError(), 70, marks=pytest.mark.filterwarnings("ignore")),
    ],
)
def test_a_run_that_ends_by_an_error_is_told_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    end_by(monkeypatch, error)
    assert run_verb(folder, monkeypatch, "run", "--as-of", "2026-11-20") == code
    (only,) = told(folder)
    assert (only["facts"]["KGI_OUTCOME"], only["facts"]["KGI_EXIT_CODE"]) == ("failed", str(code))
    assert (only["facts"]["KGI_DATA_AS_OF"], only["facts"]["KGI_REPORT"]) == ("", "")
    assert only["digest"].splitlines()[0] == "KGI 2026-11-20: [look] the run failed"
    assert only["digest"].splitlines()[2].startswith("- Nothing is published yet.")


def test_a_command_that_fails_after_a_failed_run_is_said_on_the_terminal_and_changes_no_exit_code(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    notified(folder, ["no-such-command-of-anybody"])
    end_by(monkeypatch, MachineError(finding("disk_full", problem="x")))
    assert run_verb(folder, monkeypatch, "run", "--as-of", "2026-11-20") == 4
    assert "no-such-command-of-anybody" in capfd.readouterr().err
    status = json.loads((folder / "target/kgi.status.json").read_text(encoding="utf-8"))
    assert [each["code"] for each in status["findings"]] == ["disk_full", "notify_not_started"]


@pytest.mark.parametrize(
    ("language", "form", "subject", "first"),
    [
        (
            "en",
            "text",
            "KGI 2026-11-21: [look] not sound, nothing published",
            "- The numbers are still those of 2026-11-20. Found: expectation_failed",
        ),
        (
            "ja",
            "markdown",
            "**KGI 2026-11-21: 【要確認】健全に終わらず、公開していません**",
            r"- 数字は基準日 2026-11-20 のままです。見つかったこと: expectation\_failed",
        ),
    ],
)
def test_an_unsound_run_says_first_since_when_the_numbers_stand(
    folder: Path, language: str, form: str, subject: str, first: str
) -> None:
    notified(folder, [sys.executable, "post.py"], f", language: {language}, format: {form}")
    night(folder)
    replace_in(folder, "models/marts/fct_deals.sql", "    deal_id,\n", "    'same' as deal_id,\n")
    night(folder, "2026-11-21", NOW + dt.timedelta(days=1))
    lines = told(folder)[-1]["digest"].splitlines()
    assert lines[0] == subject and lines[2].startswith(first)
    assert "3 of " in lines[3] or "実績3件" in lines[3]


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


def test_a_mistake_of_ours_in_the_digest_leaves_the_command_with_how_the_run_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*_: object) -> None:
        raise KeyError("株式会社ひみつ")

    monkeypatch.setattr("pipeline.digest.read_board", fall)
    record = night(folder)
    assert (record.outcome, record.exit_code) == ("published", 0)
    (note,) = record.notes
    assert note.code == "digest_failed" and "KeyError (pipeline/digest.py:" in note.text("en") and "ひみつ" not in note.text("en")
    (one,) = told(folder)
    assert one["facts"]["KGI_OUTCOME"] == "published" and one["digest"].startswith("KGI 2026-11-20: published\n")


def test_a_report_that_fails_does_not_keep_the_command_from_being_called(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fall(*_: object) -> None:
        raise TypeError

    replace_in(folder, "profiles.yml", "report: false, ", "")
    monkeypatch.setattr("pipeline.report.writing.read_night", fall)
    assert [each.code for each in night(folder).notes] == ["report_failed"]
    assert [each["facts"]["KGI_OUTCOME"] for each in told(folder)] == ["published"]


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


def test_an_interruption_while_the_command_runs_stops_the_command_and_leaves_the_night(folder: Path) -> None:
    change(folder, "post.py", "import os, signal, time\nos.kill(os.getppid(), signal.SIGINT)\ntime.sleep(60)\n")
    verb = "import sys; from pipeline.cli import _run; sys.argv = ['kgi', 'run', '--as-of', '2026-11-20']; sys.exit(_run())"
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", verb], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and signal.Signals.SIGINT.name in done.stderr and time.monotonic() - begun < 50
    status = json.loads((folder / "target/kgi.status.json").read_text(encoding="utf-8"))
    assert status["outcome"] == "published" and [each["code"] for each in status["findings"]] == ["notify_failed"]


def test_without_the_key_a_run_with_nothing_to_do_reads_no_goals(folder: Path) -> None:
    replace_in(folder, "profiles.yml", "report: false, notify:", "report: false} # notify:")
    night(folder)
    verb = (
        "import sys\nfrom pipeline.cli import _run\nsys.argv = ['kgi', 'run', '--as-of', '2026-11-20']\n"
        "code = _run()\nprint('@' + ' '.join(sorted(sys.modules)))\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", verb], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and told(folder) == []
    imported = set(done.stdout.rpartition("@")[2].split())
    assert "pipeline.notify" in imported and not imported & {"pipeline.digest", "pipeline.board"}


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
    end_by(monkeypatch, HeldError(finding("database_held")))
    assert run_verb(folder, monkeypatch, "run", "--as-of", "2026-11-21") == 3
    assert len(told(folder)) == before


def test_a_wrong_key_of_the_profile_is_refused_on_its_line(folder: Path) -> None:
    notified(folder, ["x"], ", timeout: 5")
    with pytest.raises(KgiError) as caught:
        opened(folder)
    assert "timeout" in caught.value.findings[0].text("en") and caught.value.findings[0].place is not None
