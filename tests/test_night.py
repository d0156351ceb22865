"""Whole nights on a small project: what is done, what is left alone, what is published, what is sealed."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.findings import KgiError
from pipeline.metrics import Question
from pipeline.query import open_desk
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


def everything(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    tables = published(folder, "select table_schema || '.' || table_name from information_schema.tables order by all")
    return {name: published(folder, f"select * from {name} order by all") for (name,) in tables}


def test_a_night_loads_builds_checks_scores_and_publishes(folder: Path) -> None:
    record = night(folder)
    assert record.outcome == "published" and record.exit_code == 0
    assert set(outcomes(record).values()) == {"done"}
    assert [step.kind for step in record.steps] == [
        "load",
        "type",
        "type",
        "build",
        "build",
        "build",
        "check",
        "score",
        "publish",
    ]
    actual = published(folder, "select actual, target, attainment from v_latest_kgi where grain = 'period'")
    assert actual == [(3.0, 12.0, 0.25)]  # d4 is valid the day after the cut-off, d5 not at all
    by_channel = published(
        folder,
        "select member, value from v_latest_kpi where metric = 'valid_opportunities' and dimension = 'deal__channel'"
        " and period_start = '2026-11-01' and grain = 'month'",
    )
    assert sorted(by_channel) == [("Fair", 0.0), ("Web", 1.0)]


def test_the_published_file_holds_no_personal_column_and_only_declared_ones(folder: Path) -> None:
    night(folder)
    columns = {name for (name,) in published(folder, "select column_name from information_schema.columns")}
    assert "contact" not in columns
    assert [
        c for (c,) in published(folder, "select column_name from duckdb_columns() where table_name = 'dim_fiscal_calendar'")
    ] == [
        "date",
        "fiscal_year",
        "fiscal_year_start",
        "is_business_day",
    ]
    assert b"a@example.com" not in (folder / "target/kgi.duckdb").read_bytes()


def test_a_second_run_of_the_same_date_does_nothing_and_says_so(folder: Path) -> None:
    night(folder)
    before, bytes_before = everything(folder), (folder / "target/kgi.duckdb").read_bytes()
    record = night(folder)
    assert record.outcome == "nothing_to_do" and record.steps == ()
    assert everything(folder) == before
    assert (folder / "target/kgi.duckdb").read_bytes() == bytes_before
    assert json.loads((folder / "target/kgi.status.json").read_text())["outcome"] == "nothing_to_do"


def test_only_a_changed_model_and_what_depends_on_it_is_built_again(folder: Path) -> None:
    night(folder)
    replace_in(folder, "models/marts/fct_deals.sql", "where valid_on is not null", "where valid_on > '2026-04-30'")
    record = night(folder)
    assert [(step.kind, step.name, step.reason) for step in record.steps] == [
        ("build", "fct_deals", "changed"),
        ("check", "fct_deals", "downstream of fct_deals"),
        ("score", "scores", "downstream of fct_deals"),
        ("publish", "published file", "downstream of fct_deals"),
    ]
    assert published(folder, "select actual from v_latest_kgi where grain = 'period'") == [(2.0,)]


def test_a_new_date_with_nothing_new_only_scores(folder: Path) -> None:
    night(folder, "2026-11-19")
    record = night(folder, "2026-11-20")
    assert [step.kind for step in record.steps] == ["score", "publish"]
    assert published(folder, "select as_of_date, actual from kgi where grain = 'period' order by all") == [
        (dt.date(2026, 11, 19), 2.0),
        (dt.date(2026, 11, 20), 3.0),
    ]


def test_the_next_date_seals_the_one_before_and_a_correction_does_not_touch_it(folder: Path) -> None:
    night(folder, "2026-11-19")
    sealed = published(folder, "select * exclude (run_id) from kgi where as_of_date = '2026-11-19' order by all")
    deliver(folder, "deals_20261121.csv", DEALS.replace("d1,a@example.com,2026-04-10", "d1,a@example.com,"))
    night(folder, "2026-11-20")
    assert published(folder, "select * exclude (run_id) from kgi where as_of_date = '2026-11-19' order by all") == sealed
    assert published(folder, "select actual from v_latest_kgi where grain = 'period'") == [(2.0,)]


def test_a_run_for_a_sealed_date_is_a_backtest_apart(folder: Path) -> None:
    night(folder, "2026-11-20")
    before = everything(folder)
    record = night(folder, "2026-11-20", NOW)
    night(folder, "2026-11-21", NOW + dt.timedelta(days=1))
    kept = published(folder, "select * from kgi where as_of_date = '2026-11-20' order by all")
    record = night(folder, "2026-11-20", NOW + dt.timedelta(days=1))
    assert record.outcome == "published"
    assert record.published == folder / "target/backtest/2026-11-20/kgi.duckdb"
    assert published(folder, "select * from kgi where as_of_date = '2026-11-20' order by all") == kept
    assert published(folder, "select max(as_of_date) from kgi") == [(dt.date(2026, 11, 21),)]
    with duckdb.connect() as reader:
        reader.execute(f"attach '{record.published}' as apart (read_only)")
        rows = reader.execute("select actual from apart.main.kgi where grain = 'period'").fetchall()
    assert rows == [(3.0,)]
    assert before


def test_a_backtest_knows_only_what_was_loaded_by_then(folder: Path) -> None:
    night(folder, "2026-11-20")
    deliver(folder, "deals_20261121.csv", DEALS.replace("d5,e@example.com,,", "d5,e@example.com,2026-05-01,"))
    night(folder, "2026-11-21", NOW + dt.timedelta(days=1))
    assert published(folder, "select actual from v_latest_kgi where grain = 'period'") == [(5.0,)]
    record = night(folder, "2026-11-20", NOW + dt.timedelta(days=1))
    with duckdb.connect() as reader:
        reader.execute(f"attach '{record.published}' as apart (read_only)")
        assert reader.execute("select actual from apart.main.kgi where grain = 'period'").fetchall() == [(3.0,)]


def test_a_failed_critical_check_publishes_nothing_and_the_old_table_stays(folder: Path) -> None:
    night(folder)
    before = (folder / "target/kgi.duckdb").read_bytes()
    replace_in(folder, "models/marts/fct_deals.sql", "    deal_id,\n", "    'same' as deal_id,\n")
    record = night(folder)
    assert (record.outcome, record.exit_code) == ("unsound", 1)
    assert outcomes(record) == {
        "build fct_deals": "done",
        "check fct_deals": "unsound",
        "score scores": "blocked",
        "publish published file": "blocked",
    }
    assert (folder / "target/kgi.duckdb").read_bytes() == before
    again = night(folder)
    assert outcomes(again)["check fct_deals"] == "unsound"  # what did not pass is not taken as done
    replace_in(folder, "models/marts/fct_deals.sql", "'same' as deal_id", "deal_id")
    assert night(folder).outcome in ("published", "nothing_to_do")


def test_a_warning_is_published_and_shown(folder: Path) -> None:
    replace_in(folder, "expectations/fct_deals.yml", "[Web, Fair]", "[Web]")
    record = night(folder)
    assert record.outcome == "published"
    assert [each.severity.value for each in record.findings] == ["warning"]
    rows = published(folder, "select severity, status, unexpected_count from ops.check_result where column_name = 'channel'")
    assert rows == [("warning", "fail", 1)]


def test_a_refused_load_is_unsound_and_judged_again_the_next_time(folder: Path) -> None:
    night(folder)
    bad = DEALS.replace(",100\n", ",1x0\n").replace(",200\n", ",2x0\n")
    deliver(folder, "deals_20261121.csv", bad)
    record = night(folder)
    assert record.exit_code == 1
    assert outcomes(record)["load crm.deals"] == "unsound"
    assert published(folder, "select actual from v_latest_kgi where grain = 'period'") == [(3.0,)]
    assert outcomes(night(folder))["load crm.deals"] == "unsound"
    (folder / "inbox/deals_20261121.csv").unlink()
    assert night(folder).exit_code == 0


def test_a_row_that_cannot_be_read_is_counted_and_the_rest_goes_on(folder: Path) -> None:
    deliver(folder, text=DEALS.replace(",100\n", ",1x0\n"))
    assert night(folder).outcome == "published"
    assert published(folder, "select source_table, column_name, row_count from ops.reject_count") == [("crm.deals", "amount", 1)]
    assert published(folder, "select actual from v_latest_kgi where grain = 'period'") == [(2.0,)]


def test_mistakes_in_sql_and_metrics_are_all_named_before_anything_is_loaded(folder: Path) -> None:
    replace_in(folder, "models/staging/crm/stg_crm__deals.sql", "select deal_id", "select deal_idd")
    with pytest.raises(KgiError) as caught, noted_ending(opened(folder).target, now=NOW):
        night(folder)
    assert caught.value.exit_code == 2
    assert [(each.code, str(each.place)) for each in caught.value.findings] == [
        ("model_sql_error", "models/staging/crm/stg_crm__deals.sql:6:8")
    ]
    assert json.loads((folder / "target/kgi.status.json").read_text())["outcome"] == "failed"


def test_the_plan_is_what_the_run_does(folder: Path) -> None:
    plan = show_plan(opened(folder), now=NOW)
    record = night(folder)
    assert [(type(s).__name__.lower(), s.name, s.reason) for s in plan.steps] == [
        (s.kind, s.name, s.reason) for s in record.steps
    ]


def test_a_selection_is_built_and_checked_and_not_published(folder: Path) -> None:
    night(folder)
    replace_in(folder, "models/marts/fct_deals.sql", "where valid_on is not null", "where valid_on > '2026-04-30'")
    record = night(folder, chosen=("state:modified",))
    assert [step.kind for step in record.steps] == ["build", "check"]
    assert record.outcome == "built" and record.exit_code == 0
    assert published(folder, "select actual from v_latest_kgi where grain = 'period'") == [(3.0,)]


def test_full_refresh_rebuilds_all_that_is_derived_and_gives_the_same(folder: Path) -> None:
    night(folder)
    before = published(folder, "select * exclude (run_id) from kgi order by all")
    record = night(folder, full_refresh=True)
    assert [step.kind for step in record.steps].count("build") == 3
    assert "load" not in [step.kind for step in record.steps]
    assert {step.outcome for step in record.steps} == {"done"}
    assert published(folder, "select * exclude (run_id) from kgi order by all") == before


def test_an_undone_load_leaves_everything_as_if_it_had_never_been(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    from pipeline.sources import create_state, undo_load
    from pipeline.warehouse import open_warehouse

    deliver(folder, "deals_20261119.csv", DEALS.replace("Web,100", "Fair,999"))
    night(folder)
    target = opened(folder).target
    with open_warehouse(target, now=NOW) as engine:
        create_state(engine)
        load = engine.value("select load_id from state.load where file like '%20261120%'")
        undo_load(engine, load, now=NOW)
    night(folder)
    other = write(tmp_path_factory.mktemp("other"))
    deliver(other, "deals_20261119.csv", DEALS.replace("Web,100", "Fair,999"))
    night(other)
    for sql in ("select * from marts.fct_deals order by all", "select * exclude (run_id) from kpi order by all"):
        assert published(folder, sql) == published(other, sql)


def test_a_question_ends_at_the_files_date_unless_told_otherwise(folder: Path) -> None:
    night(folder)
    with open_desk(folder, folder / "target/kgi.duckdb") as desk:
        assert desk.answer(Question(metrics=("valid_opportunities",))).table.rows == ((3,),)
        assert desk.answer(Question(metrics=("valid_opportunities",), end_time="2026-12-31")).table.rows == ((4,),)


def test_a_date_after_today_is_refused(folder: Path) -> None:
    with pytest.raises(KgiError) as caught:
        opened(folder, "2026-11-22")
    assert caught.value.findings[0].code == "as_of_future"
    assert opened(folder, "2026-11-21").as_of == dt.date(2026, 11, 21)


def test_without_a_date_the_last_complete_business_day_in_tokyo_counts(folder: Path) -> None:
    from pipeline.project import open_project

    assert open_project(folder, now=dt.datetime(2026, 11, 20, 14, 59)).as_of == dt.date(2026, 11, 19)
    assert open_project(folder, now=dt.datetime(2026, 11, 20, 15, 0)).as_of == dt.date(2026, 11, 20)


def test_a_check_of_an_export_may_look_up_another_export_and_not_a_model(folder: Path) -> None:
    query = "select b.* from {batch} b anti join {{ source('crm', 'owners') }} o using (channel) where b.channel is not null"
    change(
        folder,
        "models/staging/crm/_owners.yml",
        """\
version: 2
sources:
  - name: people
    tables:
      - name: owners
        config:
          meta:
            kgi: {files: "owners_*.csv", format: csv, encoding: utf-8, mode: snapshot, key: [channel], order_by: loaded}
        columns: [{name: channel, data_type: varchar, config: {meta: {kgi: {required: true}}}}]
""",
    )
    suite = f'expectations:\n  - {{type: unexpected_rows_expectation, unexpected_rows_query: "{query}"}}\n'
    change(folder, "expectations/crm.deals.yml", suite.replace("'crm', 'owners'", "'people', 'owners'"))
    change(folder, "inbox/owners_1.csv", "channel\nWeb\nFair\n")
    assert outcomes(night(folder))["check crm.deals"] == "done"
    change(folder, "inbox/owners_2.csv", "channel\nWeb\nFair\nPhone\n")
    assert night(folder).outcome == "published"
    change(folder, "expectations/crm.deals.yml", suite.replace("{{ source('crm', 'owners') }}", "{{ ref('fct_deals') }}"))
    with pytest.raises(KgiError) as caught:
        opened(folder)
    assert caught.value.findings[0].code == "check_reads_upwards"


def test_every_table_and_column_of_the_published_file_is_explained_in_both_languages(folder: Path) -> None:
    night(folder)
    tables = published(folder, "select schema_name, table_name, comment from duckdb_tables() where schema_name <> 'marts'")
    assert {name for _, name, _ in tables} >= {"kgi", "kpi", "kpi_target", "run", "load", "check_result", "manifest"}
    columns = "select schema_name, table_name, column_name, comment from duckdb_columns() where schema_name in ('main', 'ops')"
    in_file = published(folder, columns + " and not internal")
    assert {name for _, name, *_ in in_file} >= {"v_latest_kgi", "kpi", "run", "manifest"}
    for *place, comment in [*tables, *in_file]:
        assert comment and " / " in comment, place
