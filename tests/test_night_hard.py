"""Nights on which something goes wrong in the middle, or in an odd order: nothing stale, nothing unsound, nothing lost."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.findings import KgiError
from pipeline.publishing import read_manifest
from pipeline.run import noted_ending, show_plan
from tests.project_builder import DEALS, NOW, change, deliver, night, opened, outcomes, replace_in, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    deliver(write(tmp_path))
    return tmp_path


def published(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as reader:
        reader.execute(f"attach '{folder / 'target/kgi.duckdb'}' as pub (read_only)")
        reader.execute("use pub")
        return reader.execute(sql).fetchall()


def test_after_a_selection_the_next_whole_run_builds_what_stood_on_older_tables(folder: Path) -> None:
    night(folder)
    replace_in(folder, "models/staging/crm/stg_crm__deals.sql", "channel, amount", "channel, amount * 2 as amount")
    replace_in(folder, "metrics/fct_deals.yml", "data_type: decimal(18,2)", "data_type: decimal(18,2)")
    replace_in(folder, "models/marts/fct_deals.sql", "    amount,\n", "    cast(amount as decimal(18, 2)) as amount,\n")
    night(folder, chosen=("fct_deals",))
    assert night(folder).outcome == "published"
    assert published(folder, "select sum(amount) from marts.fct_deals") == [(2000,)]


def test_a_date_that_was_never_sound_is_in_no_published_file(folder: Path) -> None:
    night(folder, "2026-11-18")
    replace_in(
        folder, "models/marts/dim_fiscal_calendar.sql", "select *\n", "select * replace (fiscal_year::hugeint as fiscal_year)\n"
    )
    assert night(folder, "2026-11-19").outcome == "unsound"  # the gate of publishing refuses the type
    replace_in(
        folder, "models/marts/dim_fiscal_calendar.sql", "select * replace (fiscal_year::hugeint as fiscal_year)\n", "select *\n"
    )
    assert night(folder, "2026-11-20").outcome == "published"
    assert published(folder, "select distinct as_of_date from kgi order by all") == [
        (dt.date(2026, 11, 18),),
        (dt.date(2026, 11, 20),),
    ]


KILLED = """
import datetime as dt, os, sys
from pathlib import Path
import pipeline.release, pipeline.models.building, pipeline.steps
where = sys.argv[1]
if where == "after the rename":
    pipeline.release._seal = lambda *a, **k: os._exit(9)
elif where == "before the rename":
    import pipeline.publishing
    pipeline.publishing._verify = lambda *a, **k: os._exit(9)
elif where == "before the swap":
    pipeline.steps.swap_in = lambda *a, **k: os._exit(9)
elif where == "after the scores":
    pipeline.steps.release = lambda *a, **k: os._exit(9)
from tests.project_builder import night
night(Path("."), sys.argv[2])
"""


@pytest.mark.parametrize("where", ["before the swap", "after the scores", "before the rename", "after the rename"])
def test_a_run_killed_at_a_named_point_leaves_a_whole_night_and_the_next_one_goes_on(folder: Path, where: str) -> None:
    night(folder, "2026-11-19")
    deliver(folder, "deals_20261121.csv", DEALS.replace("d5,e@example.com,,", "d5,e@example.com,2026-05-01,"))
    root = Path(__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    killed = subprocess.run([sys.executable, "-c", KILLED, where, "2026-11-20"], cwd=folder, env=environment, check=False)
    assert killed.returncode == 9
    manifest = read_manifest(folder / "target/kgi.duckdb")
    assert manifest is not None
    assert published(folder, "select distinct as_of_date from v_latest_kgi") == [(manifest.as_of,)]
    expected = dt.date(2026, 11, 20 if where == "after the rename" else 19)
    assert manifest.as_of == expected
    assert night(folder, "2026-11-21").outcome == "published"
    dates = [day for (day,) in published(folder, "select distinct as_of_date from kgi order by all")]
    assert dates == sorted({dt.date(2026, 11, 19), expected, dt.date(2026, 11, 21)})


def test_a_file_published_before_a_kill_is_sealed_and_an_earlier_date_becomes_a_backtest(folder: Path) -> None:
    (folder / "inbox/deals_20261120.csv").rename(folder / "inbox/deals_20261118.csv")
    night(folder, "2026-11-18")
    root = Path(__file__).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", KILLED, "after the rename", "2026-11-20"]
    assert subprocess.run(command, cwd=folder, env=environment, check=False).returncode == 9
    before = (folder / "target/kgi.duckdb").read_bytes()
    record = night(folder, "2026-11-19")
    assert record.published == folder / "target/backtest/2026-11-19/kgi.duckdb"
    assert (folder / "target/kgi.duckdb").read_bytes() == before


def test_a_newer_file_that_a_lost_warehouse_knew_is_not_overwritten(folder: Path) -> None:
    night(folder, "2026-11-20")
    for left in (folder / "target").glob("warehouse.duckdb*"):
        left.unlink()
    with pytest.raises(KgiError) as caught:
        night(folder, "2026-11-19")
    assert caught.value.findings[0].code == "published_unknown"
    assert night(folder, "2026-11-20").outcome == "published"


def test_a_published_file_that_cannot_be_read_is_published_again(folder: Path) -> None:
    night(folder)
    file = folder / "target/kgi.duckdb"
    file.chmod(0o644)
    file.write_bytes(b"not a database")
    assert outcomes(night(folder)) == {"publish published file": "done"}
    assert read_manifest(file) is not None


def test_a_metric_that_stands_beside_its_model_is_scored_again_when_it_changes(folder: Path) -> None:
    text = (folder / "metrics/fct_deals.yml").read_text()
    (folder / "metrics/fct_deals.yml").unlink()
    change(folder, "models/marts/fct_deals.yml", text)
    night(folder)
    filtered = "expr: deal_id\n        filter: \"{{ Dimension('deal__channel') }} = 'Web'\"\n"
    replace_in(folder, "models/marts/fct_deals.yml", "expr: deal_id\n", filtered)
    assert night(folder).outcome == "published"
    assert published(folder, "select actual from v_latest_kgi where grain = 'period'") == [(2.0,)]


def test_a_changed_company_day_moves_the_target_to_date_on_the_same_date(folder: Path) -> None:
    (folder / "models/marts/dim_fiscal_calendar.sql").unlink()
    (folder / "models/marts/dim_fiscal_calendar.yml").unlink()
    night(folder)
    before = published(folder, "select target_to_date from v_latest_kgi where grain = 'period'")
    replace_in(folder, "profiles.yml", "holidays: {", "holidays: {company_days: [04-01..09-30], ")
    night(folder)
    assert published(folder, "select target_to_date from v_latest_kgi where grain = 'period'") < before


def test_no_value_of_the_data_is_quoted_where_it_does_not_fit(folder: Path) -> None:
    replace_in(folder, "models/staging/crm/stg_crm__deals.sql", "channel, amount", "channel, cast(channel as integer) as amount")
    replace_in(folder, "models/marts/fct_deals.sql", "    amount,\n", "    cast(amount as decimal(18, 2)) as amount,\n")
    record = night(folder)
    assert record.outcome == "unsound"
    said = "\n".join(each.text() for each in record.findings) + (folder / "target/kgi.status.json").read_text()
    assert "'Web'" not in said and "is not shown" in said


def test_a_goal_that_cannot_be_measured_is_unsound(folder: Path) -> None:
    replace_in(folder, "metrics/fct_deals.yml", "expr: deal_id\n", "expr: cast(channel as integer)\n")
    record = night(folder)
    assert (record.outcome, record.exit_code) == ("unsound", 1)
    assert outcomes(record)["score scores"] == "unsound"


def test_a_mart_of_which_nothing_may_be_published_is_left_out(folder: Path) -> None:
    replace_in(folder, "models/staging/crm/stg_crm__deals.sql", "channel, amount", "channel, contact, amount")
    change(folder, "models/marts/contacts.sql", "select contact from {{ ref('stg_crm__deals') }}")
    marked = "models:\n  - name: contacts\n    columns:\n      - {name: contact, config: {meta: {kgi: {personal: true}}}}\n"
    change(folder, "models/marts/contacts.yml", marked)
    assert night(folder).outcome == "published"
    assert published(folder, "select 1 from duckdb_tables() where table_name = 'contacts'") == []


def test_every_ending_leaves_a_status_with_its_own_exit_code(folder: Path) -> None:
    night(folder)
    status = folder / "target/kgi.status.json"
    target = opened(folder).target
    change(folder, "metrics/broken.yml", "models: [")
    with pytest.raises(KgiError), noted_ending(target, now=NOW):
        opened(folder)
    said = json.loads(status.read_text())
    assert (said["outcome"], said["exit_code"], said["published_as_of_date"]) == ("failed", 2, "2026-11-20")
    assert said["findings"][0]["path"] == "metrics/broken.yml"
    for error, code in ((KeyboardInterrupt, 130), (ZeroDivisionError, 70)):
        with pytest.raises(error), noted_ending(target, now=NOW):
            raise error
        assert json.loads(status.read_text())["exit_code"] == code


def test_the_plan_for_a_sealed_date_is_that_of_the_backtest(folder: Path) -> None:
    night(folder, "2026-11-20")
    night(folder, "2026-11-21")
    plan = show_plan(opened(folder, "2026-11-20"), now=NOW)
    record = night(folder, "2026-11-20")
    assert [(type(step).__name__.lower(), step.name) for step in plan.steps] == [(s.kind, s.name) for s in record.steps]


def test_the_second_run_of_a_date_imports_neither_great_expectations_nor_pandas(folder: Path) -> None:
    night(folder)
    code = (
        "import sys\nfrom pipeline.cli import _run\nsys.argv = ['kgi', 'run', '--as-of', '2026-11-20']\ncode = _run()\n"
        "print('@' + ' '.join(sorted({m.partition('.')[0] for m in sys.modules})))\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "nothing to do" in done.stdout, done.stderr
    imported = set(done.stdout.rpartition("@")[2].split())
    assert not imported & {"great_expectations", "sqlalchemy", "pandas", "numpy", "scipy", "sqlglot"}
