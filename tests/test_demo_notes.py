"""What people write down: recounted from the bytes, with a template for each export, and no harm where it is missing."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.engines.duckdb import open_engine
from pipeline.profile import Company
from pipeline.sources import create_state, load_file, new_files, type_table
from tests.companies import Companies
from tests.test_demo_models import project_files
from tests.test_demo_recount import EVERYTHING, Known, Record, deal_measures, records, status_changes, tokyo

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "data/templates"
NOTES = (
    "salesforce/opportunity_qualification",
    "insidesales/approaches",
    "sales/hours",
    "sales/judgements",
    "sharing/issues",
    "sharing/decisions",
)
MARTS = ("fct_qualifications", "fct_approaches", "fct_sales_hours", "fct_sales_judgements", "fct_issues", "fct_decisions")
Entry = tuple[str, str, float]  # measure, day, value


def sheet(folder: Path, name: str, night: str) -> Iterator[Record]:
    encoding = "cp932" if name.startswith("salesforce/") else "utf-8-sig"
    return records(folder / f"{name}_{night}.csv", encoding)


def valid_months(known: Known) -> dict[str, str]:
    """Return the month in which each deal became valid, by its id of 15 characters."""
    rows_of: dict[str, list[tuple[dt.datetime, str]]] = {}
    for row in known.history.values():
        if row["IsDeleted"] == "false":
            rows_of.setdefault(row["OpportunityId"][:15], []).append((tokyo(row["CreatedDate"]), row["StageName"]))
    measures = {deal: dict(deal_measures(sorted(rows))) for deal, rows in rows_of.items()}
    return {deal: each["valid_opportunities"] for deal, each in measures.items() if "valid_opportunities" in each}


def of_deals(known: Known, checks: dict[str, Record], judgements: list[Record]) -> Iterator[Entry]:
    strict = {
        row["商談 ID"]
        for row in checks.values()
        if row["予算確認"] == row["決裁者同席"] == "1" and int(row["導入予定月数"]) <= 12
    }
    valid = valid_months(known)
    for deal, month in valid.items():
        yield "valid_version_1", month, 1
        yield "valid_version_2", month, deal in strict
    for row in checks.values():
        yield "qualifications", row["確認日時"], 1
    for row in judgements:
        yield "judgements", row["判定日"], 1
        yield "judged_valid", row["判定日"], row["判定"] == "有効"
        yield "judged_valid_by_both", valid.get(row["商談ID"], "never"), row["判定"] == "有効"


def of_approaches(known: Known, rows: dict[str, Record]) -> Iterator[Entry]:
    begun, recycled = known.begun(), status_changes(known)
    seen = set[tuple[str, int]]()
    for _, row in sorted(rows.items(), key=lambda each: (each[1]["日時"], each[0])):
        person, at = known.survivor(row["リードID"]), dt.datetime.fromisoformat(row["日時"]).replace(tzinfo=dt.UTC)
        days = (at.date() - begun[person].date()).days
        is_premature = int(row["スコア"]) < 40 and days < 14
        cycle = sum(since <= at for since, status in recycled[person] if status == "Recycled")
        yield "approaches", row["日時"], 1
        yield "premature_approaches", row["日時"], is_premature
        yield "opt_outs", row["日時"], row["結果"] == "連絡不要"
        if (person, cycle) not in seen:
            seen.add((person, cycle))
            yield "cycles_approached", row["日時"], 1
            yield "cycles_approached_prematurely", row["日時"], is_premature


def of_lists(hours: dict[str, Record], issues: list[Record], decisions: list[Record]) -> Iterator[Entry]:
    for row in hours.values():
        yield "sales_hours", row["日付"], float(row["時間"])
    for row in issues:
        yield "issues", row["起票日"], 1
        yield "issues_closed", row["完了日"] or "never", 1
    for row in decisions:
        yield "decisions", row["決定日"], 1
        yield "decisions_done", row["完了日"] or "never", 1


@pytest.mark.parametrize("options", [("--seed", "7"), EVERYTHING], ids=["another seed", "every switch"])
def test_what_people_wrote_down_recounted_from_the_bytes_gives_the_books(tmp_path: Path, options: tuple[str, ...]) -> None:
    books_file = tmp_path / "books.json"
    command = [sys.executable, "-m", "data.demo", "--out", str(tmp_path), "--books", str(books_file)]
    subprocess.run([*command, *options], cwd=ROOT, check=True)
    known, kept = Known(), {name: dict[str, Record]() for name in NOTES[:3]}
    for night, book in json.loads(books_file.read_text(encoding="utf-8"))["nights"].items():
        stamp = night.replace("-", "")
        known.load(tmp_path, stamp)
        for name, rows in kept.items():
            rows |= {next(iter(row.values())): row for row in sheet(tmp_path, name, stamp)}
        judgements, issues, decisions = (list(sheet(tmp_path, name, stamp)) for name in NOTES[3:])
        checks, approaches, hours = kept.values()
        found: Counter[tuple[str, str]] = Counter()
        for measure, day, value in (
            *of_deals(known, checks, judgements),
            *of_approaches(known, approaches),
            *of_lists(hours, issues, decisions),
        ):
            found[day[:7], measure] += value  # type: ignore[assignment]
        told = {(month, name): value for month, each in book["notes"]["by_month"].items() for name, value in each.items()}
        assert {key: value for key, value in found.items() if value and key[0] != "never"} == {
            key: value for key, value in told.items() if value
        }, night


def test_every_approach_comes_after_the_first_touch_and_every_appointment_from_an_approach(companies: Companies) -> None:
    usual = companies.ran()
    assert usual.rows("select count(*) from marts.fct_approaches where days_since_first_touch < 0") == [(0,)]
    appointments, agreed = (
        usual.rows(f"select person_id, {day}, owner from marts.{mart} order by all")
        for day, mart in (("set_date", "fct_appointments"), ("approached_date", "fct_approaches where outcome = 'appointment'"))
    )
    late = len(set(appointments) ^ set(agreed))
    assert len(appointments) > 900 and late <= 0.02 * len(appointments)  # one of the two was written down some days later


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.csv")), ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_template_is_read_as_it_stands(template: Path, tmp_path: Path) -> None:
    tables, _, _ = project_files()
    name = template.relative_to(TEMPLATES).as_posix().rpartition("_")[0]
    (table,) = (each for each in tables if each.full_name == name.replace("/", "."))
    with open_engine(None) as engine:
        create_state(engine)
        (file,) = new_files(engine, table, TEMPLATES)
        loaded = load_file(engine, table, file, now=dt.datetime(2026, 5, 1), company=Company(), spool=tmp_path)
        typed = type_table(engine, table, company=Company())
        assert (loaded.status, typed.rows, typed.rejects) == ("loaded", 2, 0)
        headers = {column.header for column in table.columns}
        assert set(next(sheet(TEMPLATES, name, "20260430"))) == headers


def test_every_export_that_people_keep_has_a_template() -> None:
    there = {path.relative_to(TEMPLATES).as_posix().rpartition("_")[0] for path in TEMPLATES.rglob("*.csv")}
    assert there == {*NOTES, "insidesales/appointments"}
    page = (ROOT / "docs/sources.md").read_text(encoding="utf-8")
    assert all(f"`{name}" in page for name in there)


def test_a_company_that_writes_none_of_it_down_runs_soundly(companies: Companies) -> None:
    bare, full = (companies.ran(scale=0.2, without=without) for without in (NOTES, ()))
    for mart in (
        "fct_qualifications",
        "fct_approaches",
        "fct_sales_hours",
        "fct_sales_judgements",
        "fct_issues",
        "fct_decisions",
    ):
        assert bare.rows(f"select count(*) from marts.{mart}") == [(0,)]
        assert full.rows(f"select count(*) > 0 from marts.{mart}") == [(True,)]
    funnel = "select funnel_entry_id, entered_date, is_counted, channel from marts.fct_funnel order by all"
    assert bare.rows(funnel) == full.rows(funnel)
    assert bare.rows("select count(is_budget_known) + count(qualified_date) from marts.fct_opportunities") == [(0,)]
    reasons = "select distinct value, null_reason like '%value=%' from kpi where metric = 'premature_approach_rate'"
    assert bare.rows(reasons) == [(None, True)]
