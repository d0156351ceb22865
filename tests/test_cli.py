"""The command line as a person or cron meets it: exit codes, one clear message per mistake, never a traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.engines.duckdb import open_engine
from tests.project_builder import DEALS, change, deliver, replace_in, write

KGI = str(Path(sys.executable).with_name("kgi"))
AS_OF = ("--as-of", "2026-11-20")


def kgi(folder: Path, *arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LANG": "C.UTF-8", "NO_COLOR": "1"}
    return subprocess.run([KGI, *arguments], cwd=folder, input=text, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    deliver(write(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(tmp_path_factory.mktemp("done"))
    deliver(folder)
    ran = kgi(folder, "run", *AS_OF)
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "says"),
    [
        ("metrics/fct_deals.yml", "agg: count", "aggg: count", "metrics/fct_deals.yml:24:9", "did you mean agg?"),
        ("metrics/fct_deals.yml", "expr: amount", "expr: amuont", "metrics/fct_deals.yml:30", "did you mean amount?"),
        (
            "models/marts/fct_deals.sql",
            "ref('stg_crm__deals')",
            "ref('stg_crm__dealz')",
            "models/marts/fct_deals.sql:4",
            "did you mean stg_crm__deals?",
        ),
        ("models/marts/fct_deals.sql", "    channel,\n", "    channel,,\n", "models/marts/fct_deals.sql:10:13", "syntax error"),
        (
            "models/staging/crm/stg_crm__deals.sql",
            "{{ source('crm', 'deals') }}",
            "{{ ref('fct_deals') }}",
            "models/",
            "read each other in a circle",
        ),
        (
            "models/marts/fct_deals.sql",
            "    amount,\n",
            "    amuont,\n",
            "models/marts/fct_deals.sql:12:5",
            "did you mean amount?",
        ),
        ("profiles.yml", "inbox: inbox, ", "", "profiles.yml:5", "needs the key 'inbox'"),
        ("profiles.yml", "target: dev", "target: prod", "profiles.yml:2", "targets here: dev"),
        ("metrics/goals/fy2026.yml", "value: 12", "value: 前年を超える", "metrics/goals/fy2026.yml:11", "前年を超える"),
        (
            "metrics/goals/fy2026.yml",
            "metric: valid_opportunities",
            "metric: valid_opportunity",
            "fy2026.yml:6",
            "valid_opportunities",
        ),
        (
            "expectations/fct_deals.yml",
            "be_unique",
            "be_uniqe",
            "expectations/fct_deals.yml:2",
            "expect_column_values_to_be_unique",
        ),
        ("models/staging/crm/_sources.yml", "mode: snapshot", "mode: snapshoot", "_sources.yml:13", "snapshoot"),
    ],
)
def test_a_mistake_in_a_file_is_one_clear_message_with_its_place(
    folder: Path, file: str, old: str, new: str, place: str, says: str
) -> None:
    replace_in(folder, file, old, new)
    ran = kgi(folder, "run", *AS_OF)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    assert place in ran.stderr
    assert says in ran.stderr
    assert ran.stderr.count("error: ") == 1, ran.stderr
    assert not (folder / "target/kgi.duckdb").exists()


def test_an_export_in_another_encoding_is_refused_naming_the_one_that_fits(folder: Path) -> None:
    (folder / "inbox/deals_20261120.csv").write_bytes(DEALS.replace("Fair", "展示会").encode("cp932"))
    ran = kgi(folder, "run", *AS_OF)
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert "cp932" in ran.stderr and "deals_20261120.csv" in ran.stderr


def test_a_missing_column_in_an_export_is_refused_naming_the_nearest_header(folder: Path) -> None:
    deliver(folder, text=DEALS.replace("amount\n", "ammount\n", 1))
    ran = kgi(folder, "run", *AS_OF)
    assert ran.returncode == 1
    assert "amount" in ran.stderr and "ammount" in ran.stderr and "Traceback" not in ran.stderr


def test_outside_a_project_the_message_says_what_to_do(tmp_path: Path) -> None:
    ran = kgi(tmp_path, "run")
    assert ran.returncode == 2
    assert "profiles.yml" in ran.stderr and "Traceback" not in ran.stderr


def test_unknown_words_on_the_command_line_end_with_2(folder: Path) -> None:
    assert kgi(folder, "rum").returncode == 2
    assert kgi(folder, "run", "--as-of", "yesterday").returncode == 2
    ran = kgi(folder, "run", *AS_OF, "--select", "fct_dealz")
    assert ran.returncode == 2 and "did you mean fct_deals?" in ran.stderr


def test_a_sound_night_ends_with_0_and_shows_goal_checks_and_where_to_look(done: Path) -> None:
    ran = kgi(done, "run", *AS_OF)
    assert ran.returncode == 0
    assert "nothing to do" in ran.stdout
    for words in ("Valid opportunities", "25.0%", "rejected rows", "checks", "kgi query", "select * from v_latest_kgi"):
        assert words in ran.stdout


def test_a_run_as_json_says_every_step(folder: Path) -> None:
    record = json.loads(kgi(folder, "run", *AS_OF, "--json").stdout)
    assert record["outcome"] == "published" and record["exit_code"] == 0
    assert {"load", "type", "build", "check", "score", "publish"} == {step["kind"] for step in record["steps"]}


def test_an_unsound_night_ends_with_1_and_says_that_nothing_was_published(folder: Path) -> None:
    replace_in(folder, "expectations/fct_deals.yml", "column: deal_id", "column: channel")
    ran = kgi(folder, "run", *AS_OF)
    assert ran.returncode == 1
    *_, last = ran.stderr.strip().splitlines()
    assert "nothing was published" in last
    assert ran.stderr.count("expectations/fct_deals.yml:2") == 2  # where it was met, and below all that it kept from being built
    assert json.loads((folder / "target/kgi.status.json").read_text())["exit_code"] == 1


def test_a_held_warehouse_ends_with_3_and_names_the_holder(folder: Path) -> None:
    code = (
        "import datetime as dt, pathlib, sys, time\nfrom pipeline.project import open_project\n"
        "from pipeline.warehouse import open_warehouse\n"
        "now = dt.datetime(2026, 11, 21, 1)\nproject = open_project(pathlib.Path('.'), now=now)\n"
        "with open_warehouse(project.target, now=now):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline().strip() == "held"
        ran = kgi(folder, "run", *AS_OF)
        assert ran.returncode == 3
        assert f"PID {holder.pid}" in ran.stderr
    finally:
        holder.kill()
        holder.communicate()


def test_a_folder_that_cannot_be_written_ends_with_4(folder: Path) -> None:
    replace_in(folder, "profiles.yml", "warehouse: target/warehouse.duckdb", "warehouse: inbox/deals_20261120.csv/w.duckdb")
    ran = kgi(folder, "run", *AS_OF)
    assert ran.returncode == 4
    assert "cannot be written" in ran.stderr and "Traceback" not in ran.stderr


def test_plan_says_the_steps_and_does_none(folder: Path) -> None:
    ran = kgi(folder, "plan", *AS_OF)
    assert ran.returncode == 0
    assert "load" in ran.stdout and "publish" in ran.stdout
    assert not (folder / "target/kgi.duckdb").exists()


def test_validate_reads_and_binds_everything_without_data(folder: Path) -> None:
    ran = kgi(folder, "validate")
    assert ran.returncode == 0 and "3 models" in ran.stdout
    replace_in(folder, "models/marts/fct_deals.sql", "    amount,\n", "    amuont,\n")
    replace_in(folder, "metrics/fct_deals.yml", "expr: deal_id", "expr: deal_idd")
    broken = kgi(folder, "validate")
    assert broken.returncode == 2
    assert "fct_deals.sql:12:5" in broken.stderr


def test_query_answers_as_table_csv_and_json(done: Path) -> None:
    asked = ("query", "--metrics", "valid_opportunities", "--group-by", "deal__channel", "--order-by", "deal__channel")
    assert kgi(done, *asked, "--format", "csv").stdout == "deal__channel,valid_opportunities\nFair,1\nWeb,2\n"
    assert json.loads(kgi(done, *asked, "--format", "json").stdout) == [
        {"deal__channel": "Fair", "valid_opportunities": 1},
        {"deal__channel": "Web", "valid_opportunities": 2},
    ]
    assert "valid_opportunities" in kgi(done, *asked).stdout
    assert "select" in kgi(done, *asked, "--explain").stdout.lower()


def test_query_answers_as_a_parquet_file_with_the_columns_types(done: Path, tmp_path: Path) -> None:
    asked = ("query", "--metrics", "valid_opportunities,pipeline_amount", "--group-by", "deal__channel,metric_time__month")
    command = [KGI, *asked, "--order-by", "deal__channel,metric_time__month", "--format", "parquet"]
    (tmp_path / "answer.parquet").write_bytes(subprocess.run(command, cwd=done, capture_output=True, check=True).stdout)
    with open_engine(None) as engine:
        found = engine.table(f"select * from '{tmp_path / 'answer.parquet'}'")
    assert [column.type for column in found.columns] == ["VARCHAR", "DATE", "BIGINT", "DECIMAL(38,2)"]
    assert [(row[0], row[2], str(row[3])) for row in found.rows] == [
        ("Fair", 1, "200.00"),
        ("Web", 1, "100.00"),
        ("Web", 1, "300.00"),
    ]


def test_a_draft_asks_what_was_built_and_not_yet_published(folder: Path) -> None:
    assert kgi(folder, "query", "--metrics", "valid_opportunities", "--draft").returncode == 2  # nothing was built yet
    assert kgi(folder, "run", *AS_OF).returncode == 0
    replace_in(folder, "models/marts/fct_deals.sql", "where valid_on is not null", "where valid_on is not null and amount > 150")
    assert kgi(folder, "run", *AS_OF, "--select", "fct_deals").returncode == 0
    asked = ("query", "--metrics", "valid_opportunities", "--format", "csv")
    assert kgi(folder, *asked).stdout == "valid_opportunities\n3\n"
    assert kgi(folder, *asked, "--draft").stdout == "valid_opportunities\n2\n"  # up to the run's date: d4 is a day later
    both = kgi(folder, *asked, "--draft", "--database", "target/kgi.duckdb")
    assert both.returncode == 2 and "leave --database out" in both.stderr


def test_an_age_without_a_cohort_is_not_passed_over(folder: Path) -> None:
    alone = kgi(folder, "query", "--metrics", "valid_opportunities", "--age", "month")
    assert alone.returncode == 2 and "give --cohort too" in alone.stderr


def test_a_draft_of_a_warehouse_at_work_ends_with_3(folder: Path) -> None:
    assert kgi(folder, "run", *AS_OF).returncode == 0
    code = (
        "import time\nfrom pipeline.engines.duckdb import open_engine\nimport pathlib\n"
        "engine = open_engine(pathlib.Path('target/warehouse.duckdb'))\nprint('held', flush=True)\ntime.sleep(60)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline().strip() == "held"
        ran = kgi(folder, "query", "--metrics", "valid_opportunities", "--draft")
        assert ran.returncode == 3 and "writing into this database" in ran.stderr
    finally:
        holder.kill()
        holder.communicate()


def test_query_compares_follows_and_heads_columns_in_words(done: Path) -> None:
    month = ("query", "--metrics", "valid_opportunities", "--group-by", "metric_time__month", "--start-time", "2026-11-01")
    ran = kgi(done, *month, "--compare", "previous_period", "--format", "csv")
    assert ran.stdout.splitlines()[0].endswith(
        "valid_opportunities__previous_period,valid_opportunities__delta,valid_opportunities__ratio"
    )
    assert "business days" in ran.stderr and ran.returncode == 0
    labelled = kgi(done, *month, "--labels", "ja", "--format", "csv")
    assert labelled.stdout == "月,Valid opportunities (件)\n2026-11-01,1\n"
    refused = kgi(done, *month, "--cohort", "month")
    assert refused.returncode == 2 and "conversion" in refused.stderr
    served = json.dumps({"metrics": ["valid_opportunities"], "compare": "previous_year", "start_time": "2026-11-01"})
    reply = json.loads(kgi(done, "query", "--serve", text=served + "\n").stdout)
    assert reply["columns"][-1] == "valid_opportunities__ratio"
    assert "business days" in reply["notes"][0]


def test_a_wrong_question_is_answered_with_the_nearest_name(done: Path) -> None:
    ran = kgi(done, "query", "--metrics", "valid_oportunities")
    assert ran.returncode == 2
    assert "did you mean valid_opportunities?" in ran.stderr and "Traceback" not in ran.stderr


def test_serve_answers_line_by_line_and_survives_a_wrong_question(done: Path) -> None:
    asked = '{"metrics": ["valid_opportunities"]}\n{"metrics": ["nope"]}\nnot json\n{"metrics": ["pipeline_amount"]}\n'
    replies = [json.loads(line) for line in kgi(done, "query", "--serve", text=asked).stdout.splitlines()]
    assert replies[0] == {"columns": ["valid_opportunities"], "rows": [[3]]}
    assert "nope" in replies[1]["error"] and "not a question" in replies[2]["error"]
    assert replies[3] == {"columns": ["pipeline_amount"], "rows": [[600.0]]}


def test_a_question_cannot_leave_the_file(done: Path) -> None:
    for where in ("1=1) or (select count(*) from read_csv('/etc/passwd')) > 0", "getenv('HOME') is null"):
        ran = kgi(done, "query", "--metrics", "valid_opportunities", "--where", where)
        assert ran.returncode == 2 and "Traceback" not in ran.stderr


def test_ls_and_compile_show_what_the_project_holds(done: Path) -> None:
    assert "fct_deals" in kgi(done, "ls").stdout
    assert "deal__channel" in kgi(done, "ls", "metrics").stdout
    assert "crm.deals" in kgi(done, "ls", "sources").stdout
    assert "valid_fy2026" in kgi(done, "ls", "goals").stdout
    assert 'from "staging"."stg_crm__deals"' in kgi(done, "compile", "fct_deals").stdout
    assert "did you mean fct_deals?" in kgi(done, "compile", "fct_dealz").stderr


def test_loads_lists_and_undoes(folder: Path) -> None:
    kgi(folder, "run", *AS_OF)
    listed = kgi(folder, "loads", "--format", "json")
    assert [(each["file"], each["status"], each["rows_read"]) for each in json.loads(listed.stdout)] == [
        ("deals_20261120.csv", "loaded", 5)
    ]
    load = str(json.loads(listed.stdout)[0]["load_id"])
    assert kgi(folder, "loads", "undo", load).returncode == 0
    assert json.loads(kgi(folder, "loads", "--format", "json").stdout)[0]["status"] == "undone"
    missing = kgi(folder, "loads", "undo", "999")
    assert missing.returncode == 2 and "there is no load 999" in missing.stderr


def test_messages_are_in_the_companys_language(folder: Path) -> None:
    replace_in(folder, "profiles.yml", "language: en", "language: ja")
    replace_in(folder, "models/marts/fct_deals.sql", "    amount,\n", "    amuont,\n")
    ran = kgi(folder, "run", *AS_OF)
    assert ran.returncode == 2 and "エラー" in ran.stderr and "のことですか" in ran.stderr


def test_an_empty_suite_is_a_mistake_and_an_empty_metric_file_is_not(folder: Path) -> None:
    change(folder, "metrics/empty.yml", "# nothing yet\n")
    assert kgi(folder, "validate").returncode == 0
    change(folder, "expectations/empty.yml", "# nothing yet\n")
    ran = kgi(folder, "validate")
    assert ran.returncode == 2 and "expectations/empty.yml" in ran.stderr


def test_ctrl_c_ends_with_130(folder: Path) -> None:
    started = subprocess.Popen(
        [KGI, "run", *AS_OF],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs are born deaf to it
    )
    assert started.stdout is not None
    started.stdout.readline()
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)
    assert started.returncode == 130, said
    assert "Traceback" not in said
    assert kgi(folder, "run", *AS_OF).returncode == 0


def test_mistakes_met_while_the_project_is_opened_are_told_in_its_language_too(folder: Path) -> None:
    replace_in(folder, "profiles.yml", "language: en", "language: ja")
    replace_in(folder, "metrics/fct_deals.yml", "agg: count", "aggg: count")
    ran = kgi(folder, "run", *AS_OF)
    assert ran.returncode == 2 and "エラー" in ran.stderr and "agg のことですか" in ran.stderr


def test_an_undone_load_can_be_brought_back_with_the_options_behind_the_verb(folder: Path) -> None:
    kgi(folder, "run", *AS_OF)
    for verb, status in (("undo", "undone"), ("redo", "loaded")):
        assert kgi(folder.parent, "loads", verb, "1", "--project-dir", str(folder)).returncode == 0
        assert json.loads(kgi(folder, "loads", "--format", "json").stdout)[0]["status"] == status
    ran = kgi(folder, "loads", "redo", "1")
    assert ran.returncode == 2 and "load 1 is loaded" in ran.stderr


@pytest.mark.parametrize(
    "expr", ["(select max(amount) from marts.fct_deals)", "read_text('/etc/passwd')", "amount); drop table x; --"]
)
def test_a_night_refuses_a_metric_that_reaches_out_before_anything_runs(folder: Path, expr: str) -> None:
    replace_in(folder, "metrics/fct_deals.yml", "expr: amount", f"expr: {json.dumps(expr)}")
    ended = kgi(folder, "run", *AS_OF)
    assert ended.returncode == 2, ended.stderr
    assert "metrics/fct_deals.yml" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (folder / "target/kgi.duckdb").exists()
