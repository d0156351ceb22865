"""`kgi goals` on the demo company: its numbers are the tables', its sentences cite rows that say so, and it changes nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.engines.duckdb import open_engine
from tests.companies import Companies, Ran
from tests.project_builder import deliver, night, replace_in, write

KGI = str(Path(sys.executable).with_name("kgi"))
NUMBER = r"\d{4}-\d{2}-\d{2}|\d+(?:,\d{3})*(?:\.\d+)?%?"


@pytest.fixture(scope="module")
def ran(companies: Companies) -> Ran:
    return companies.ran()


def kgi(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run([KGI, "goals", *arguments], cwd=folder, capture_output=True, text=True, env=environment, check=False)


def said(folder: Path, *arguments: str) -> Any:
    done = kgi(folder, "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_tree_on_the_terminal_has_the_numbers_of_the_tables(ran: Ran) -> None:
    shown = kgi(ran.folder, "pipeline_fy2026").stdout
    (target, actual, low, high, chance, days), *_ = ran.rows(
        "select target, actual, landing_p10, landing_p90, p_attain, business_days_left from v_latest_kgi"
        " where kgi_id = 'pipeline_fy2026' and grain = 'period'"
    )
    for number in (f"{target:,.0f}", f"{actual:,.0f}", f"({low:,.0f}円 .. {high:,.0f}円)", f"{chance:.0%}", str(days)):
        assert number in shown
    ((appointments,),) = ran.rows("select count(*) from marts.fct_funnel where stage = 'appointment' and is_counted"
                                  " and entered_date between '2026-04-01' and '2026-11-20'")  # fmt: skip
    line = next(line for line in shown.splitlines() if line.strip().startswith("アポイント獲得数"))
    assert str(appointments) in line.split()
    assert "有効商談数" in shown and "ガードレール" in shown and "appointments_fy2026" not in shown


def test_as_json_all_rows_of_each_goal_are_given(ran: Ran) -> None:
    goals = said(ran.folder)
    assert [each["kgi_id"] for each in goals] == sorted(name for (name,) in ran.rows("select distinct kgi_id from v_latest_kgi"))
    rows = ran.rows("select count(*) from kgi_tree where kgi_id = 'pipeline_fy2026'")
    (pipeline,) = [each for each in goals if each["kgi_id"] == "pipeline_fy2026"]
    assert [(len(pipeline["kgi_tree"]),)] == rows
    assert {"closed", "in_flight", "planned", "outside", "total"} == {row["component"] for row in pipeline["forecast"]}


def test_an_unknown_goal_is_refused_with_the_nearest(ran: Ran) -> None:
    done = kgi(ran.folder, "pipeline_fy2062")
    assert done.returncode == 2
    assert "pipeline_fy2026 のことですか" in done.stderr and "Traceback" not in done.stderr
    far = kgi(ran.folder, "x")
    assert "x" in far.stderr and "valid_opportunities_fy2026" in far.stderr
    both = kgi(ran.folder, "--why", "--what-if", "leads=1")
    assert both.returncode == 2 and "give one of them" in both.stderr


def test_every_number_of_every_sentence_stands_in_the_row_that_it_names(ran: Ran) -> None:
    goals = said(ran.folder, "--why")
    assert len(goals) == 3
    found = 0
    with open_engine(ran.published, read_only=True) as engine:
        for sentence in (each for goal in goals for each in goal["sentences"]):
            sources = sentence["sources"]
            for language, ordered in (("ja", True), ("en", False)):
                numbers = re.findall(NUMBER, sentence[f"text_{language}"])
                cited = [number for each in sources for number in re.findall(NUMBER, each[f"shown_{language}"])]
                assert (numbers if ordered else sorted(numbers)) == (cited if ordered else sorted(cited)), sentence
            for each in sources:
                where = " and ".join(f'"{name}"::varchar = ?' for name in each["key"])
                asked = f'select "{each["column"]}" from main.{each["table"]} where {where}'
                (row,) = engine.rows(asked, [str(value) for value in each["key"].values()])
                for language in ("ja", "en"):
                    assert _says(each[f"shown_{language}"], row[0], each["column"]), (sentence, each)
                found += 1
    assert found > 50


def _says(shown: str, value: object, column: str) -> bool:
    """Tell whether a written number is the stored one, to half a unit of its last digit; signs are compared where written."""
    if isinstance(value, dt.date) and column in ("latest_useful_month", "period_start"):
        return shown in (f"{value.year}年{value.month}月", f"{value:%b %Y}")
    text = re.search(NUMBER, shown)[0]  # type: ignore[index]
    if text == str(value):
        return True
    digits = text.rstrip("%").replace(",", "")
    scale = 100 if text.endswith("%") else 1
    places = len(digits.partition(".")[2])
    sign = -1 if shown.startswith("-") else 1
    return bool(abs(float(digits) - sign * float(str(value)) * scale) <= 0.5 * 10**-places + 1e-9)


def test_the_largest_factor_is_named_first_in_both_languages(ran: Ran) -> None:
    """The order by hand: the most negative subtotal of the landing, timing, speed and definition apart."""
    (pipeline,) = said(ran.folder, "--why", "pipeline_fy2026")
    ((factor, contribution, controller),) = ran.rows(
        "select factor, contribution, controller from v_latest_gap_decomposition where kgi_id = 'pipeline_fy2026'"
        " and basis = 'cohort_landing' and kind = 'subtotal' and factor not in ('plan_timing', 'speed', 'definition_change')"
        " order by contribution limit 1"
    )
    first = next(each for each in pipeline["sentences"] if each["code"] == "factor")
    assert first["sources"][0]["key"]["factor"] == factor
    assert f"{contribution:,.0f}円" in first["text_ja"] and f"-JPY {-contribution:,.0f}" in first["text_en"]
    assert {"marketing": "マーケティング", "sales": "営業"}[controller] in first["text_ja"]
    assert "期間比率" not in first["text_ja"]  # by cohorts it is no ratio of the same period
    shown = kgi(ran.folder, "--why", "pipeline_fy2026").stdout
    assert f"[gap_decomposition: cohort_landing / total / {factor}]" in shown


def test_what_if_changes_no_file_and_says_what_it_did(ran: Ran) -> None:
    before = _state(ran.folder)
    shown = kgi(ran.folder, "--what-if", "valid_rate=0.35", "--what-if", "appointments=420").stdout
    assert "何も変更していません" in shown and "アポイント獲得数 420件" in shown
    goals = {each["kgi_id"]: each for each in said(ran.folder, "--what-if", "valid_rate=0.35")}
    assert _state(ran.folder) == before
    assert set(goals) == {"pipeline_fy2026", "valid_opportunities_fy2026"}  # the appointments' tree has no valid_rate
    nodes = {each["node"]: each for each in goals["pipeline_fy2026"]["nodes"]}
    assert nodes["appointments"]["needed_after"] == pytest.approx(495e6 / 3e6 / 0.35)
    assert nodes["created_pipeline_amount"]["reached"] == pytest.approx(375 * 0.35 * 3e6)
    ((curve,),) = ran.rows(
        "select max_by(cumulative, age_weeks) from funnel_lag where earlier = 'appointments' and later = 'valid_opportunities'"
    )
    parts = dict(
        ran.rows("select component, expected from v_latest_forecast where kgi_id = 'pipeline_fy2026' and grain = 'period'")
    )
    after = parts["closed"] + parts["outside"] + (parts["in_flight"] + parts["planned"]) * 0.35 / curve
    assert goals["pipeline_fy2026"]["landing"][-1]["after"] == pytest.approx(after)


def _state(folder: Path) -> dict[str, tuple[str, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) for path in files}


def test_what_if_refuses_names_and_numbers_with_a_hint(ran: Ran) -> None:
    unknown = kgi(ran.folder, "--what-if", "valid_rte=0.35")
    assert unknown.returncode == 2 and "valid_rate のことですか" in unknown.stderr
    percent = kgi(ran.folder, "--what-if", "valid_rate=35%")
    assert percent.returncode == 2 and "0.35" in percent.stderr
    large = kgi(ran.folder, "--what-if", "valid_rate=35")
    assert large.returncode == 2 and "率は 0 から 1 の間" in large.stderr


@pytest.mark.parametrize("asked", [(), ("--why",), ("--what-if", "leads=3000")])
def test_goals_are_read_without_heavy_libraries(ran: Ran, asked: tuple[str, ...]) -> None:
    code = (
        "import sys\nfrom pipeline.cli import _run\n"
        f"sys.argv = ['kgi', 'goals', *{asked!r}]\n"
        "code = _run()\nprint('\\n@' + ' '.join(sorted({m.partition('.')[0] for m in sys.modules})))\nsys.exit(code)"
    )
    root = str(Path(__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": root}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ran.folder, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    heavy = {"numpy", "scipy", "sqlglot", "great_expectations", "sqlalchemy", "pandas", "jpholiday", "python_calamine"}
    assert not heavy & set(done.stdout.rpartition("@")[2].split())


def test_a_goal_without_a_tree_and_one_that_cannot_be_judged_are_shown_too(tmp_path: Path) -> None:
    write(tmp_path)
    deliver(tmp_path)
    assert night(tmp_path).exit_code == 0
    shown = kgi(tmp_path)
    assert shown.returncode == 0 and "Valid opportunities" in shown.stdout and "guardrails: none" in shown.stdout
    told = kgi(tmp_path, "--why").stdout
    assert "No guardrail protects this goal" in told
    replace_in(tmp_path, "profiles.yml", "target/kgi.duckdb", "target/nothing.duckdb")
    missing = kgi(tmp_path)
    assert missing.returncode == 2 and "nothing.duckdb" in missing.stderr


def test_what_was_planted_is_told_and_is_not_told_of_the_usual_company(companies: Companies, ran: Ran) -> None:
    pushed = companies.ran("push_appointments=2026-07")
    changed = companies.ran("definition_change=2026-07")
    codes = [
        {each["code"] for goal in said(each.folder, "--why") for each in goal["sentences"]} for each in (ran, pushed, changed)
    ]
    assert ["local" in each for each in codes] == [False, True, False]
    assert ["bridge" in each for each in codes] == [False, False, True]
    told = kgi(pushed.folder, "--why", "appointments_fy2026").stdout
    (row,) = pushed.rows(
        "select base_volume, current_volume, break_even from v_latest_guardrail where local_optimisation and channel = 'total'"
    )
    assert "部分最適の疑いがあります" in told and f"{row[2]:.1%}が必要です" in told


@pytest.mark.parametrize("command", ["kgi goals pipeline_fy2026", "kgi goals --what-if valid_rate=0.40 pipeline_fy2026"])
def test_the_readme_shows_the_tree_as_it_comes_out(ran: Ran, command: str) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    block = readme.partition(f"$ {command}\n")[2].partition("\n...")[0]
    tree = [line.rstrip() for line in block.splitlines()[block.splitlines().index(_head(block)) :]]
    lines = [line.rstrip() for line in kgi(ran.folder, *command.split()[2:]).stdout.splitlines()]
    assert len(tree) > 4 and set(tree) <= set(lines)


def _head(block: str) -> str:
    return next(line for line in block.splitlines() if line.startswith("KPI "))
