"""The demo's own models against the books: exports of four nights, loaded night by night, must give every number of the books."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.decode import Document, read, read_text
from pipeline.engines.duckdb import Engine, open_engine
from pipeline.expectations import CheckResult, Suite, read_suites, run_suite
from pipeline.goals import read_goals, write_calendar
from pipeline.metrics import Question, compile_question, read_semantics
from pipeline.models import Model, ModelFile, build_beside, check_reading, query_renderer, read_descriptions, read_models, swap_in
from pipeline.profile import Company
from pipeline.project import PUBLISHED_SCHEMAS
from pipeline.shapes import Relation
from pipeline.sources import SourceTable, create_state, load_file, new_files, read_sources, type_table

ROOT = Path(__file__).parent.parent
NIGHTS = ("2026-10-31", "2026-11-13", "2026-11-19", "2026-11-20")
LAST = NIGHTS[-1]
CALENDAR = Relation("source", "kgi__fiscal_calendar")
TARGET = {"name": "test", "timezone": "Asia/Tokyo", "currency": "JPY", "won_date": "stage_entered"}

Cells = dict[tuple[str, str, str], int]  # month, channel, measure
Notes = dict[tuple[str, str], float]  # month, measure
Book = dict[str, Any]

BOOKED = """
    select 'leads' as measure, entered_date as day, channel, 1 as value from marts.fct_funnel
    where stage = 'lead' and is_counted
    union all
    select 'mqls', entered_date, channel, 1 from marts.fct_funnel where stage = 'mql' and is_counted
    union all
    select 'mqls_inferred', entered_date, channel, 1 from marts.fct_funnel
    where stage = 'mql' and is_counted and is_inferred
    union all
    select 'appointments', entered_date, channel, 1 from marts.fct_funnel where stage = 'appointment' and is_counted
    union all
    select 'appointment_rows', set_date, channel, 1 from marts.fct_appointments
    union all
    select 'appointments_held', held_date, channel, 1 from marts.fct_appointments where held_date is not null
    union all
    select 'opportunities', entered_date, channel, 1 from marts.fct_funnel where stage = 'opportunity' and is_counted
    union all
    select 'opportunities_inferred', entered_date, channel, 1 from marts.fct_funnel
    where stage = 'opportunity' and is_counted and is_inferred
    union all
    select 'valid_opportunities', entered_date, channel, 1 from marts.fct_funnel
    where stage = 'valid_opportunity' and is_counted
    union all
    select 'valid_opportunities_inferred', entered_date, channel, 1 from marts.fct_funnel
    where stage = 'valid_opportunity' and is_counted and is_inferred
    union all
    select 'won', entered_date, channel, 1 from marts.fct_funnel where stage = 'won' and is_counted
    union all
    select 'lost', entered_date, channel, 1 from marts.fct_funnel where stage = 'lost' and is_counted
    union all
    select 'created_pipeline_amount', entered_date, channel, amount from marts.fct_funnel
    where stage = 'valid_opportunity' and is_counted
    union all
    select 'won_amount', entered_date, channel, amount from marts.fct_funnel where stage = 'won' and is_counted
    union all
    select 'campaign_cost', cost_month, channel, cost from marts.fct_campaign_costs
"""

PIVOTED = """
    select 'leads' as measure, lead_date as day, channel, 1 as value from marts.fct_person_cycles
    union all
    select 'mqls', mql_date, channel, 1 from marts.fct_person_cycles
    union all
    select 'appointments', appointment_date, channel, 1 from marts.fct_person_cycles
    union all
    select 'opportunities', opportunity_date, channel, 1 from marts.fct_opportunities
    union all
    select 'valid_opportunities', valid_opportunity_date, channel, 1 from marts.fct_opportunities
    union all
    select 'won', won_date, channel, 1 from marts.fct_opportunities
    union all
    select 'lost', lost_date, channel, 1 from marts.fct_opportunities
    union all
    select 'created_pipeline_amount', valid_opportunity_date, channel, amount from marts.fct_opportunities
    union all
    select 'won_amount', won_date, channel, amount from marts.fct_opportunities
"""


NOTED = """
    select 'qualifications' as measure, qualified_date as day, 1 as value from marts.fct_qualifications
    union all
    select 'valid_version_1', entered_date, 1 from marts.fct_funnel where stage = 'valid_opportunity' and is_counted
    union all
    select 'valid_version_2', entered_date, 1 from marts.fct_funnel
    where stage = 'valid_opportunity' and is_counted and is_budget_known and is_decision_maker_attended
    and purchase_within_months <= 12
    union all
    select 'approaches', approached_date, 1 from marts.fct_approaches
    union all
    select 'premature_approaches', approached_date, 1 from marts.fct_approaches where is_premature
    union all
    select 'opt_outs', approached_date, 1 from marts.fct_approaches where is_opt_out
    union all
    select 'cycles_approached', approached_date, 1 from marts.fct_approaches where approach_no = 1
    union all
    select 'cycles_approached_prematurely', approached_date, 1 from marts.fct_approaches where approach_no = 1 and is_premature
    union all
    select 'sales_hours', worked_date, hours from marts.fct_sales_hours
    union all
    select 'judgements', judged_date, 1 from marts.fct_sales_judgements
    union all
    select 'judged_valid', judged_date, 1 from marts.fct_sales_judgements where is_valid
    union all
    select 'judged_valid_by_both', valid_opportunity_date, 1 from marts.fct_sales_judgements where is_valid
    union all
    select 'issues', opened_date, 1 from marts.fct_issues
    union all
    select 'issues_closed', closed_date, 1 from marts.fct_issues
    union all
    select 'decisions', decided_date, 1 from marts.fct_decisions
    union all
    select 'decisions_done', done_date, 1 from marts.fct_decisions
"""


@dataclass(frozen=True)
class Demo:
    """What the files of the project say, and what the four nights gave."""

    engine: Engine  # as it stands after the last night
    tables: tuple[SourceTable, ...]
    models: tuple[Model, ...]
    suites: tuple[Suite, ...]
    books: dict[str, Book]
    counted: dict[str, Cells]
    pivoted: dict[str, Cells]
    noted: dict[str, Notes]
    loads: dict[str, dict[str, tuple[str, int]]]  # night -> table -> status, rejected records
    macros: tuple[tuple[str, str], ...]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    command = (sys.executable, "-m", "data.demo", "--out", str(folder / "exports"), "--books", str(folder / "books.json"))
    subprocess.run(command, cwd=ROOT, check=True)
    tables, models, macros = project_files()
    counted, pivoted, noted, loads = {}, {}, {}, {}
    with open_engine(None) as engine:
        create_state(engine)
        for night in NIGHTS:
            loads[night] = load_night(engine, tables, folder, night)
            for model in models:
                swap_in(engine, build_beside(engine, model))
            counted[night], pivoted[night] = cells(engine, BOOKED), cells(engine, PIVOTED)
            noted[night] = notes(engine)
        books = json.loads((folder / "books.json").read_text(encoding="utf-8"))["nights"]
        suites = read_suites(documents("expectations"))
        yield Demo(engine, tables, models, suites, books, counted, pivoted, noted, loads, macros)


def documents(*tops: str) -> list[Document]:
    paths = [path for top in tops for path in sorted((ROOT / top).rglob("*.yml"))]
    named = [(path, path.relative_to(ROOT).as_posix()) for path in paths]
    return [read(read_text(path, name), name) for path, name in named if not name.startswith("metrics/goals/")]


def project_files(
    won_date: str = "stage_entered",
) -> tuple[tuple[SourceTable, ...], tuple[Model, ...], tuple[tuple[str, str], ...]]:
    """Read the declarations, models and macros of this repository."""
    described = documents("models", "metrics")
    sources = read_sources([each for each in described if each.path.endswith("_sources.yml")], Company())
    tables = tuple(table for source in sources for table in source.tables)
    files, macros = [], []
    for path in sorted((ROOT / "models").rglob("*.sql")):
        name, text = path.relative_to(ROOT), path.read_text(encoding="utf-8")
        if name.parts[1] == "macros":
            macros.append((name.as_posix(), text))
        else:
            files.append(ModelFile(name.as_posix(), name.parts[1:-1], path.stem, text))
    models = read_models(
        files,
        tuple(macros),
        descriptions=read_descriptions(described),
        sources={**{(table.source, table.name): table.relation for table in tables}, ("kgi", "fiscal_calendar"): CALENDAR},
        variables={"as_of_date": dt.date.fromisoformat(LAST)},
        target={**TARGET, "won_date": won_date},
    )
    assert check_reading(models, {*(table.relation for table in tables), CALENDAR}) == ()
    return tables, models, tuple(macros)


def load_night(engine: Engine, tables: tuple[SourceTable, ...], folder: Path, night: str) -> dict[str, tuple[str, int]]:
    """Put a night's files into the inbox, load and type them; return the status and the night's rejects of each table."""
    inbox, stamp = folder / "inbox", night.replace("-", "")
    for path in sorted((folder / "exports").rglob(f"*_{stamp}.csv")):
        (inbox / path.parent.name).mkdir(parents=True, exist_ok=True)
        path.rename(inbox / path.parent.name / path.name)
    now = dt.datetime.fromisoformat(night) + dt.timedelta(days=1)
    done: dict[str, tuple[str, int]] = {}
    for table in tables:
        for file in new_files(engine, table, inbox):
            result = load_file(engine, table, file, now=now, company=Company(), spool=folder)
        type_table(engine, table, company=Company())
        done[f"{table.source}/{table.name}"] = (result.status, rejects(engine, table, result.load_id))
    write_calendar(engine, CALENDAR, Company(), dt.date(2024, 4, 1), dt.date(2027, 3, 31))
    return done


def rejects(engine: Engine, table: SourceTable, load_id: int) -> int:
    """Count what cannot be read in a night's file: of a snapshot all that is in force, of a delta what came with the load."""
    chosen = "is_current" if table.mode == "snapshot" else f"load_id = {load_id}"
    return int(engine.value(f"select count(distinct (load_id, record_no)) from {table.reject} where {chosen}"))


def cells(engine: Engine, sql: str) -> Cells:
    """Return the sums by month, channel and measure, those of zero left out."""
    rows = engine.rows(
        f"select strftime(day, '%Y-%m'), channel, measure, sum(value) from ({sql}) where day is not null"
        " group by all having sum(value) <> 0"
    )
    return {(month, channel, measure): int(value) for month, channel, measure, value in rows}


def notes(engine: Engine) -> Notes:
    """Return the sums of what people wrote down by month and measure, those of zero left out."""
    rows = engine.rows(
        f"select strftime(day, '%Y-%m'), measure, sum(value) from ({NOTED}) where day is not null"
        " group by all having sum(value) <> 0"
    )
    return {(month, measure): float(value) for month, measure, value in rows}


def noted_in(book: Book, measures: set[str]) -> Notes:
    """Return the same sums as a book tells them."""
    months = book["notes"]["by_month"].items()
    return {(month, name): value for month, each in months for name, value in each.items() if value and name in measures}


def booked(book: Book, measures: set[str]) -> Cells:
    """Return the same sums as a book tells them."""
    return {
        (month, channel, measure): value
        for month, channels in book["by_month_channel"].items()
        for channel, table in channels.items()
        for measure, value in table.items()
        if value and measure in measures
    }


def relations(demo: Demo) -> dict[str, Relation]:
    """Return the tables that suites may be on, by the name they are called."""
    exports = {table.full_name: table.relation for table in demo.tables}
    return exports | {model.name: model.relation for model in demo.models}


def checked(demo: Demo, suite: Suite, relation: Relation) -> tuple[CheckResult, ...]:
    """Run a suite on a table, its templates filled as a night would."""
    fill = query_renderer(
        demo.models,
        demo.macros,
        sources={(table.source, table.name): table.relation for table in demo.tables},
        variables={"as_of_date": dt.date.fromisoformat(LAST)},
        target=TARGET,
    )
    return run_suite(
        demo.engine, suite, relation, run_id="test", render=lambda text: fill(text, suite.place).sql, quarantine=False
    )


@pytest.mark.parametrize("night", NIGHTS)
def test_every_file_is_loaded_and_rejects_what_the_books_name(demo: Demo, night: str) -> None:
    assert {name: status for name, (status, _) in demo.loads[night].items()} == dict.fromkeys(demo.books[night]["rows"], "loaded")
    rejected = {name: count for name, (_, count) in demo.loads[night].items() if count}
    assert rejected == {name: sum(rules.values()) for name, rules in demo.books[night]["rejects"].items()}


@pytest.mark.parametrize("night", NIGHTS)
def test_the_funnel_counts_what_the_books_count(demo: Demo, night: str) -> None:
    assert demo.counted[night] == booked(demo.books[night], set(demo.books[night]["total"]))


@pytest.mark.parametrize("night", NIGHTS)
def test_the_pivots_count_what_the_books_count(demo: Demo, night: str) -> None:
    assert demo.pivoted[night] == booked(demo.books[night], {measure for _, _, measure in demo.pivoted[night]})


@pytest.mark.parametrize("night", NIGHTS)
def test_what_people_wrote_down_is_counted_as_the_books_count_it(demo: Demo, night: str) -> None:
    assert demo.noted[night] == noted_in(demo.books[night], set(demo.books[night]["notes"]["total"]))
    assert all(value > 0 for value in demo.books[night]["notes"]["total"].values())


def test_the_metrics_of_what_people_wrote_down_give_the_numbers_of_the_books(demo: Demo) -> None:
    places = {model.name: model.relation for model in demo.models}
    manifest = read_semantics(documents("models", "metrics"), places.get)
    named = {"sales_valid_opportunities": "judged_valid", "issues_opened": "issues"}
    same = {"approaches", "premature_approaches", "opt_outs", "cycles_approached", "cycles_approached_prematurely", "sales_hours"}
    named |= {name: name for name in (*same, "issues_closed", "decisions", "decisions_done")}
    found = Notes()
    for metric, measure in named.items():
        question = Question(metrics=(metric,), group_by=("metric_time__month",))
        for month, value in demo.engine.rows(compile_question(manifest, question).sql):
            found |= {(f"{month:%Y-%m}", measure): float(value)} if value else {}
    assert found == noted_in(demo.books[LAST], set(named.values()))


def test_evidence_stands_on_the_entry_and_on_the_deal(demo: Demo) -> None:
    evidence = "select opportunity_id, is_budget_known, is_decision_maker_attended, purchase_within_months, qualified_date"
    places = ("fct_funnel", "fct_opportunities", "fct_qualifications where opportunity_id is not null")
    entries, deals, checks = (
        [row for row in demo.engine.rows(f"{evidence} from marts.{place}") if row[-1] is not None] for place in places
    )
    assert len(deals) > 300
    assert sorted(entries) == sorted(deals) == sorted(checks)


def test_the_books_hold_something_of_every_measure(demo: Demo) -> None:
    assert all(value > 0 for value in demo.books[LAST]["total"].values())


def test_every_metric_gives_the_numbers_of_the_books(demo: Demo) -> None:
    places = {model.name: model.relation for model in demo.models}
    manifest = read_semantics(documents("models", "metrics"), places.get)
    asked = set(demo.books[LAST]["total"])
    assert asked <= {metric.name for metric in manifest.public_metrics()}
    found = Cells()
    for name in sorted(asked):
        question = Question(metrics=(name,), group_by=("metric_time__month", "channel"))
        for month, channel, value in demo.engine.rows(compile_question(manifest, question).sql):
            if value:
                found[f"{month:%Y-%m}", channel, name] = int(value)
    assert found == booked(demo.books[LAST], asked)


def test_there_is_a_goal_of_every_phase_with_owners_in_both_departments(demo: Demo) -> None:
    places = {model.name: model.relation for model in demo.models}
    names = {metric.name for metric in read_semantics(documents("models", "metrics"), places.get).metrics}
    texts = [(path, f"metrics/goals/{path.name}") for path in sorted((ROOT / "metrics/goals").glob("*.yml"))]
    goals = read_goals([read(read_text(path, name), name) for path, name in texts], Company(), names)
    assert {goal.phase for goal in goals} == {"early", "middle", "late"}
    assert all(goal.owner("marketing") and goal.owner("sales") for goal in goals)


def test_the_weights_of_every_deal_sum_to_one(demo: Demo) -> None:
    sums = demo.engine.rows("select opportunity_id, sum(weight) from marts.bridge_person_opportunity group by all")
    deals = demo.engine.rows("select opportunity_id from marts.fct_opportunities")
    assert dict(sums) == {deal: 1.0 for (deal,) in deals}


def test_weights_carry_the_channel_totals(demo: Demo) -> None:
    by_weight = demo.engine.rows(
        "select persons.channel, sum(weight)::bigint from marts.bridge_person_opportunity"
        " join marts.dim_person as persons using (person_id)"
        " join marts.fct_opportunities using (opportunity_id)"
        " where valid_opportunity_date is not null group by all"
    )
    table = {name: each["valid_opportunities"] for name, each in demo.books[LAST]["by_channel"].items()}
    assert dict(by_weight) == {name: value for name, value in table.items() if value}


def test_no_mart_has_a_column_that_tells_who_a_person_is(demo: Demo) -> None:
    personal = {column.name for table in demo.tables for column in table.columns if column.personal}
    personal |= {"account_name", "company", "plain_name", "full_name", "owner_name"}
    marts = {model.name: model for model in demo.models if model.relation.schema in PUBLISHED_SCHEMAS}
    for model in marts.values():
        assert not {column.name for column in demo.engine.columns(model.relation)} & personal, model.name
    addresses = [
        f"select count(*) from {model.relation} where {column.name}::varchar like '%@%'"
        for model in marts.values()
        for column in demo.engine.columns(model.relation)
        if column.type == "VARCHAR"
    ]
    assert {demo.engine.value(sql) for sql in addresses} == {0}


def test_every_mart_declares_every_column_with_type_and_japanese_label(demo: Demo) -> None:
    for model in demo.models:
        if model.relation.schema in PUBLISHED_SCHEMAS:
            said = model.description
            assert said.contract and said.description and said.label_ja, model.name
            built = [column.name for column in demo.engine.columns(model.relation)]
            assert [column.name for column in said.columns] == built, model.name
            assert all(column.type and column.description and column.label_ja for column in said.columns), model.name


def test_marts_hold_no_type_that_bi_tools_stumble_over(demo: Demo) -> None:
    types = {
        column.type
        for model in demo.models
        if model.relation.schema in PUBLISHED_SCHEMAS
        for column in demo.engine.columns(model.relation)
    }
    assert types <= {"VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "DECIMAL(18,2)"}


def test_a_won_deal_is_dated_by_its_close_date_where_the_company_says_so(demo: Demo) -> None:
    _, models, _ = project_files(won_date="close_date")
    entries = next(model for model in models if model.name == "int_opportunity_entries")
    other, moved = demo.engine.row(
        "select count(*) filter (entries.entered_date <> close_date), count(*) filter (entries.entered_date <> won_date)"
        f" from ({entries.sql}) as entries join marts.fct_opportunities using (opportunity_id) where stage = 'won' and is_last"
    )
    assert other == 0
    assert moved > 0


def test_one_company_written_three_ways_is_one_account(demo: Demo) -> None:
    planted = demo.books[NIGHTS[0]]["planted"]["one_company_three_ways"]
    leads = ", ".join(each["id"] for each in planted)
    accounts = demo.engine.rows(f"select distinct account_id from intermediate.int_leads where lead_id in ({leads})")
    assert len(planted) == 3 and len(accounts) == 1


def test_every_suite_is_on_something_that_is_there(demo: Demo) -> None:
    known = {model.name for model in demo.models} | {table.full_name for table in demo.tables}
    assert {suite.on for suite in demo.suites} - known == {"kgi", "kpi", "kpi_target", "restatement"}
    assert {model.name for model in demo.models} <= {suite.on for suite in demo.suites}


DAMAGES = [
    ("salesforce.opportunity", "update {t} set stage = '内示' where stage = '提案'", "only stages that are mapped"),
    ("insidesales.appointments", "update {t} set disposition = '保留' where disposition = '有効'", "known results only"),
    ("marketo.leads", "update {t} set merged_into_id = lead_id where lead_id % 97 = 0", "no lead is merged into itself"),
    ("stg_marketo__leads", "delete from {t} where lead_id in (select survivor_lead_id from {t} group by 1 having count(*) > 1)",
     "the end of every chain of merges is a lead that is there"),
    ("int_stage_visits", "update {t} set stage = null where stage_raw = '提案'",
     "every stage is mapped; a new one needs a row in stg_salesforce__stages"),
    ("int_appointments", "insert into {t} select * from {t} limit 1", "the joins lose and double no appointment"),
    ("int_opportunities", "delete from {t} where current_stage = 'won'", "the joins lose and double no deal"),
    ("fct_funnel", "update {t} set is_counted = true", "at most one entry per entity and stage is counted"),
    ("fct_funnel", "update {t} set amount = 1 where stage = 'lead' and entry_no = 1", "amounts stand on deals only"),
    ("fct_funnel", "delete from {t} where stage = 'valid_opportunity'",
     "who has reached a later stage has an entry into the stages before it"),
    ("fct_funnel", "update {t} set channel = 'SNS' where channel = '紹介'", "channels are in dim_channel"),
    ("fct_funnel", "update {t} set entered_date = entered_date + 60 where stage = 'appointment'",
     "nothing was entered after the as-of date"),
    ("fct_opportunities", "update {t} set won_date = valid_opportunity_date - 1 where won_date is not null",
     "no deal is won before it is valid"),
    ("bridge_person_opportunity", "update {t} set weight = 1", "the weights of every deal sum to 1"),
    ("fct_funnel", "update {t} set is_budget_known = true where stage = 'lead'",
     "what was checked stands on entries into valid_opportunity only"),
    ("insidesales.approaches", "update {t} set outcome = '折り返し待ち' where outcome = '不在'", "known outcomes only"),
    ("fct_approaches", "update {t} set is_premature = false", "what is known decides whether an approach is premature"),
    ("int_qualifications", "insert into {t} select * from {t} limit 1", "the joins lose and double no check"),
    ("sales.hours", "update {t} set hours = 25 where kind = '訪問'", "hours are those of one day"),
    ("sharing.decisions", "update {t} set decision = '保留' where decision = '中止'", "known decisions only"),
    ("attribution", "update {t} set credit = credit / 2 where model = 'w_shaped'",
     "the credits of every deal and model sum to 1"),
    ("attribution", "update {t} set credited_amount = credited_amount + 1 where touch_no = 1",
     "the credited amounts of every deal and model sum to its amount"),
    ("attribution", "delete from {t} where touch_id = 'unattributed'", "every deal is there in every model"),
    ("attribution", "update {t} set null_reason = null", "every value that is missing says why"),
    ("attribution_channel", "update {t} set share_last = share_last * 0.9", "the shares of every model sum to 1"),
    ("campaign_feedback", "delete from {t} where campaign_id = '(none)'", "the funnel counts the same leads"),
    ("campaign_feedback", "update {t} set valid_opportunities = 0 where won > 0",
     "every valid deal that a person stands for is counted once"),
    ("campaign_feedback", "update {t} set valid_rate = ci_high + 0.01 where appointments > 5", "every rate lies in its interval"),
    ("campaign_feedback", "update {t} set null_reason = null", "every value that is missing says why"),
    ("funnel", "update {t} set open = open + 1 where stage = 'mql'", "who entered has converted, is lost or is open"),
    ("funnel", "delete from {t} where channel = '紹介'", "the entries are those of the funnel"),
    ("pipeline_movement", "update {t} set pushed_out = 0 where pushed_out > 0", "the opening and the movements give the closing"),
    ("pipeline_movement", "update {t} set opening = opening + 1, closing = closing + 1 where month <> period_start",
     "inside a fiscal period the closing of a month is the opening of the next"),
    ("sharing", "update {t} set with_disposition = appointments_due + 1", "no more results are counted than are due"),
    ("sharing", "update {t} set open_issues = open_issues + 1", "the issues that are open now are those of the list"),
    ("sharing", "update {t} set null_reason = null", "every value that is missing says why"),
    ("issue", "delete from {t} where is_open", "every issue raised by the date is there"),
    ("fct_touches", "update {t} set is_lead_creation = true", "at most one touch made a person known"),
    ("fct_touches", "update {t} set activities = activities + 1 where kind = 'form'",
     "no activity that names a campaign is lost or doubled"),
    ("fct_campaign_costs", "update {t} set cost = -cost where channel = '展示会'", "no cost is negative"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "damage", "seen"), DAMAGES, ids=[f"{name}: {seen}" for name, _, seen in DAMAGES])
def test_damage_is_seen(demo: Demo, name: str, damage: str, seen: str) -> None:
    suite = next(each for each in demo.suites if each.on == name)
    copy = Relation("damaged", name.replace(".", "__"))
    demo.engine.execute("create schema if not exists damaged")
    demo.engine.execute(f"create or replace table {copy} as from {relations(demo)[name]}")
    demo.engine.execute(damage.format(t=copy))
    results = checked(demo, suite, copy)
    assert seen in {each.description_en for each in results if each.status == "fail"}
    assert not [each for each in results if each.status == "error"]


def test_every_expectation_holds_on_the_last_night(demo: Demo) -> None:
    known = relations(demo)
    results = [each for suite in demo.suites if suite.on in known for each in checked(demo, suite, known[suite.on])]
    assert len(results) > 200
    assert [(each.suite, each.description_en or each.expectation, each.status) for each in results if each.status != "pass"] == []
