"""The demo company's tables as a workbook and as CSV: every cell is the table's, in the format of its unit."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl.workbook import Workbook

from pipeline.export import PASSED_ON, export
from pipeline.goals.words import REASONS
from pipeline.messages import Language
from tests.companies import NIGHTS, Companies
from tests.export.files import columns, csv_of, formulas, notes, opened, rows, same, table_of, widths

Titles = dict[str, str]


@pytest.fixture(scope="module")
def published(companies: Companies) -> Path:
    return companies.ran(nights=NIGHTS).published


@pytest.fixture(scope="module")
def workbook(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "kgi.xlsx"
    assert export(published, style="xlsx", output=path).path == path
    return path


@pytest.fixture(scope="module")
def book(workbook: Path) -> Workbook:
    return opened(workbook)


@pytest.fixture(scope="module")
def folder(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("csv") / "kgi"
    export(published, style="csv", output=path)
    return path


@pytest.fixture(scope="module")
def titles(published: Path) -> Titles:
    """The Japanese title of each table, as its comment says it."""
    return {
        name: comment.split(" / ")[0]
        for name, comment in rows(published, "select table_name, comment from duckdb_tables() where schema_name = 'main'")
    }


def newest(published: Path, table: str) -> list[dict[str, Any]]:
    """Return the rows of the newest night, asked in the test's own way."""
    order = {"kgi_tree": "kgi_id, sort", "lever": "kgi_id, rank nulls last"}.get(table)
    with duckdb.connect(str(published), read_only=True) as reader:
        found = reader.execute(
            f"select * from main.{table} where as_of_date = (select max(as_of_date) from main.{table})"
            + (f" order by {order}" if order else "")
        )
        names = [each[0] for each in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize("table", PASSED_ON)
def test_every_cell_of_the_workbook_equals_the_table(published: Path, book: Workbook, titles: Titles, table: str) -> None:
    head, found = table_of(book, titles[table])
    wanted = newest(published, table)
    assert head == columns(published, f"v_ja_{table}") and len(found) == len(wanted)
    for cells, row in zip(found, wanted, strict=True):
        for cell, (name, value) in zip(cells, row.items(), strict=True):
            assert same(cell, value) or name == "null_reason", (table, name, cell, value)


@pytest.mark.parametrize("table", PASSED_ON)
def test_every_cell_of_the_csv_equals_the_table(published: Path, folder: Path, table: str) -> None:
    head, found = csv_of(folder / f"{table}.csv")
    wanted = newest(published, table)
    assert head == columns(published, f"v_ja_{table}") and len(found) == len(wanted)
    for cells, row in zip(found, wanted, strict=True):
        for cell, (name, value) in zip(cells, row.items(), strict=True):
            if value is None:
                assert cell == "", (table, name)
            elif name != "null_reason":
                assert typed(cell, value) == value, (table, name)


def typed(cell: str, value: object) -> object:
    """Read a cell of CSV by the type of the value that it should be."""
    match value:
        case bool():
            return {"true": True, "false": False}[cell]
        case int() | float() | Decimal():
            return type(value)(cell)
        case dt.date():
            return dt.date.fromisoformat(cell)
        case _:
            return cell.removeprefix("'")


def test_the_csv_is_read_by_duckdb_with_the_sums_of_the_table(published: Path, folder: Path) -> None:
    """A second reader: types are found by DuckDB, so a number that is no number would not sum."""
    with duckdb.connect() as reader:
        reader.execute(f"create view kpi as from read_csv('{folder / 'kpi.csv'}', sample_size = -1)")
        told = reader.execute('select count(*), sum("実績値"), min("期間の初日"), sum("分子") from kpi').fetchall()
    assert [tuple(map(str, row)) for row in told] == [
        tuple(map(str, row))
        for row in rows(published, "select count(*), sum(value), min(period_start), sum(numerator) from main.v_latest_kpi")
    ]


def test_the_csv_has_a_bom_and_windows_line_ends_and_no_exponents(folder: Path) -> None:
    for path in folder.iterdir():
        said = path.read_bytes()
        assert said.startswith(b"\xef\xbb\xbf") and said.endswith(b"\r\n")
        assert not re.search(rb",-?\d+(\.\d+)?[eE][-+]?\d+,", said), path
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{table}.csv" for table in PASSED_ON)


FORMATS = [
    ("kgi", "as_of_date", "yyyy-mm-dd", lambda row: True),
    ("kgi", "target", '"¥"#,##0', lambda row: row["unit"] == "JPY"),
    ("kgi", "target", "#,##0", lambda row: row["unit"] == "count" and row["target"] % 1 == 0),
    ("kgi", "target_to_date", "#,##0.0", lambda row: row["unit"] == "count" and row["target_to_date"] % 1 != 0),
    ("kgi", "attainment", "0.0%", lambda row: row["attainment"] is not None),
    ("kgi", "growth_multiple", "0.00", lambda row: row["growth_multiple"] is not None),
    ("kgi", "business_days", "#,##0", lambda row: True),
    ("kpi", "value", "0.0%", lambda row: row["unit"] == "rate" and row["value"] is not None),
    ("kpi", "value", '"¥"#,##0', lambda row: row["unit"] == "JPY" and row["value"] is not None),
    ("kpi_target", "target_value", "0.0%", lambda row: row["metric"] == "valid_rate" and row["target_value"] is not None),
    (
        "kpi_target",
        "target_value",
        '"¥"#,##0',
        lambda row: row["metric"] == "avg_pipeline_amount" and row["target_value"] is not None,
    ),
    ("kgi_tree", "target", "0.0%", lambda row: row["unit"] == "rate" and row["target"] is not None),
    ("forecast", "p50", '"¥"#,##0', lambda row: row["kgi_id"] == "pipeline_fy2026" and row["p50"] is not None),
    ("gap_decomposition", "contribution", '"¥"#,##0', lambda row: row["kgi_id"] == "pipeline_fy2026"),
    ("gap_decomposition", "plan", "0.0%", lambda row: row["factor"] == "valid_rate" and row["plan"] is not None),
    ("lever", "now", "0.0%", lambda row: row["factor"] == "mql_rate" and row["now"] is not None),
    ("lever", "recovery", '"¥"#,##0', lambda row: row["kgi_id"] == "pipeline_fy2026" and row["recovery"] is not None),
    ("guardrail", "value", "0.0%", lambda row: row["guardrail"] == "appt_quality" and row["value"] is not None),
    ("initiative", "planned_cost", '"¥"#,##0', lambda row: row["planned_cost"] is not None),
    ("initiative", "expected_effect", "0.0%", lambda row: row["expected_unit"] == "rate"),
    ("initiative", "expected_kgi_effect", '"¥"#,##0', lambda row: row["kgi_id"] == "pipeline_fy2026"),
    ("campaign_feedback", "pipeline_amount", '"¥"#,##0', lambda row: row["pipeline_amount"] is not None),
    ("campaign_feedback", "feedback_rate", "0.0%", lambda row: row["feedback_rate"] is not None),
    ("pipeline_movement", "opening", '"¥"#,##0', lambda row: True),
    ("restatement", "change", '"¥"#,##0', lambda row: row["unit"] == "JPY"),
]


@pytest.mark.parametrize(("table", "column", "shown", "where"), FORMATS, ids=[" ".join(each[:3]) for each in FORMATS])
def test_cells_are_shown_in_the_format_of_their_unit(
    published: Path, book: Workbook, titles: Titles, table: str, column: str, shown: str, where: Callable[[dict[str, Any]], bool]
) -> None:
    sheet, wanted = book[titles[table]], newest(published, table)
    at = list(wanted[0]).index(column) + 1
    found = {sheet.cell(number, at).number_format for number, row in enumerate(wanted, start=2) if where(row)}
    assert found == {shown}


def test_no_amount_stands_in_another_unit_than_yen(published: Path, book: Workbook, titles: Titles) -> None:
    """Read the other way round: whatever has a yen sign is an amount by the table's own words."""
    sheet, wanted = book[titles["kpi"]], newest(published, "kpi")
    for number, row in enumerate(wanted, start=2):
        yen = {name for name, cell in zip(row, sheet[number], strict=True) if "¥" in str(cell.number_format)}
        assert not yen if row["unit"] != "JPY" else yen <= {"value", "ci_low", "ci_high", "projected", "target", "gap"}


def test_the_header_is_frozen_filtered_and_explained_and_columns_are_wide_enough(book: Workbook, titles: Titles) -> None:
    for table in PASSED_ON:
        sheet = book[titles[table]]
        assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == sheet.dimensions and sheet.print_title_rows == "$1:$1"
        assert all(notes(sheet)) and {(cell.font.b, cell.font.name) for cell in sheet[1]} == {(True, "Yu Gothic")}
        heads, _ = table_of(book, titles[table])
        for head, width in zip(heads, widths(sheet), strict=True):
            assert width >= min(sum(2 if ord(letter) > 0x2E80 else 1 for letter in head), 60), (table, head)
    assert notes(book[titles["kgi"]])[15] == "attainment\n達成率(実績÷目標)\n[割合]"


def test_nulls_are_empty_and_their_reasons_are_said_in_words(published: Path, book: Workbook, titles: Titles) -> None:
    head, found = table_of(book, titles["kgi"])
    row = next(
        row for row in found if row[head.index("粒度")] == "period" and row[head.index("KGIの名前")] == "appointments_fy2026"
    )
    (codes,) = {
        row["null_reason"]
        for row in newest(published, "kgi")
        if row["kgi_id"] == "appointments_fy2026" and row["grain"] == "period"
    }
    assert codes == "shortfall=no_shortfall_rule;shortfall_live=no_shortfall_rule"
    assert row[head.index("営業の不足分(計画時)")] is None
    assert row[head.index("空欄の理由")] == "営業の不足分(計画時)、営業の不足分(今日の見込み): 営業の不足分から決めた目標ではない"


def test_every_reason_in_the_file_has_words(published: Path) -> None:
    tables = rows(published, "select table_name from duckdb_columns() where schema_name = 'main' and column_name = 'null_reason'")
    codes = {
        part.partition("=")[2]
        for (table,) in tables
        for (said,) in rows(published, f"select distinct null_reason from main.{table} where null_reason is not null")
        for part in said.split(";")
    }
    assert len(codes) > 40 and codes <= set(REASONS)


@pytest.mark.parametrize(("language", "sheet"), [("ja", "定義"), ("en", "Definitions")])
def test_the_last_sheet_says_what_everything_means(published: Path, tmp_path: Path, language: Language, sheet: str) -> None:
    done = export(published, ("kgi", "kpi"), style="xlsx", output=tmp_path / "a.xlsx", language=language)
    book = opened(done.path)
    assert book.sheetnames == (["KGI進捗", "KPI実績", "定義"] if language == "ja" else ["kgi", "kpi", "Definitions"])
    lines = list(book[sheet].iter_rows(values_only=True))
    ((as_of, run, version),) = rows(published, "select as_of_date, run_id, kgi_version from ops.manifest")
    assert [line[1] for line in lines[1:3]] == [dt.datetime.combine(as_of, dt.time()), run] and lines[4][1] == version
    said = {(line[0], line[1]): line for line in lines}
    for table, title in (("kgi", "KGI進捗"), ("kpi", "KPI実績")):
        for name, japanese in zip(columns(published, table), columns(published, f"v_ja_{table}"), strict=True):
            assert said[title if language == "ja" else table, name][2] == japanese
    attainment = said["KGI進捗" if language == "ja" else "kgi", "attainment"]
    assert attainment[3:7] == (
        ("達成率(実績÷目標)", "actual / target", "割合", "DOUBLE")
        if language == "ja"
        else ("actual / target", "達成率(実績÷目標)", "fraction, shown as percent", "DOUBLE")
    )
    metrics = rows(
        published, f"select metric, label_{language}, owner, description_{language}, version from ops.metric order by 1"
    )
    found = [(*line[:4], line[6]) for line in lines[-len(metrics) :]]
    assert found == [tuple(value or None for value in row) for row in metrics]


def test_in_english_headings_are_the_columns_own_names(published: Path, tmp_path: Path) -> None:
    done = export(published, ("lever",), style="xlsx", output=tmp_path / "a.xlsx", language="en")
    head, found = table_of(opened(done.path), "lever")
    assert head == columns(published, "lever")
    reasons = {row[head.index("null_reason")] for row in found}
    assert "cost, recovery_per_yen: no cost is agreed on" in reasons


def test_all_nights_gives_the_sealed_history_and_a_view_its_own_rows(published: Path, tmp_path: Path) -> None:
    done = export(published, ("kgi", "forecast"), style="csv", output=tmp_path / "all", all_nights=True)
    told = rows(published, "select 'kgi', count(*) from main.kgi union all select 'forecast', count(*) from main.forecast")
    assert list(done.rows) == told
    head, found = csv_of(tmp_path / "all/kgi.csv")
    assert {row[head.index("基準日")] for row in found} == set(NIGHTS)
    export(published, ("v_latest_kgi", "v_ja_kgi"), style="csv", output=tmp_path / "views")
    assert csv_of(tmp_path / "views/v_ja_kgi.csv") == (head, found)
    newest_head, newest_rows = csv_of(tmp_path / "views/v_latest_kgi.csv")
    assert newest_head == head and newest_rows == [row for row in found if row[0] == NIGHTS[-1]]


def test_the_same_file_gives_the_same_bytes(published: Path, workbook: Path, tmp_path: Path) -> None:
    again = export(published, style="xlsx", output=tmp_path / "again.xlsx").path
    assert again.read_bytes() == workbook.read_bytes()
    assert opened(again).properties.created == rows(published, "select published_at from ops.manifest")[0][0].replace(
        microsecond=0
    )


def test_the_workbook_holds_no_formula_and_no_link(workbook: Path) -> None:
    assert formulas(workbook) == []
