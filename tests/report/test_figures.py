"""Every figure of the page is the one of the table: each carries the question that finds it in the published file."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from pipeline.engines.duckdb import open_engine
from pipeline.goals.words import REASONS
from pipeline.records import report_paths
from pipeline.report import write_report
from tests.companies import NIGHTS, Companies


@pytest.fixture(scope="module", params=["ja", "en"])
def figures(
    request: pytest.FixtureRequest, companies: Companies, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Tag]]:
    company = companies.ran(nights=NIGHTS)
    folder = tmp_path_factory.mktemp("report")
    write_report(company.published, folder)
    page = BeautifulSoup(report_paths(folder)[request.param].read_text(encoding="utf-8"), "html.parser")
    return company.published, list(page.find_all("data"))


def test_every_figure_is_the_one_that_its_question_finds(figures: tuple[Path, list[Tag]]) -> None:
    published, found = figures
    assert len(found) > 100
    wrong = []
    with open_engine(published, read_only=True) as engine:
        for each in found:
            stands = each if each.has_attr("data-from") else each.find_parent(attrs={"data-from": True})
            assert stands is not None
            sql = f"select distinct {each['data-select']} from {stands['data-from']} where {stands['data-where'] or 'true'}"
            rows = engine.rows(sql)
            if len(rows) != 1 or not _same(rows[0][0], str(each["value"])):
                wrong.append((sql, each["value"], rows[:2]))
    assert not wrong, wrong[:3]


def test_what_is_shown_is_the_value_rounded_and_nothing_else(figures: tuple[Path, list[Tag]]) -> None:
    """Words for codes apart, the shown text is the value to the digits shown."""
    wrong = []
    for each in figures[1]:
        shown, value = each.get_text().replace("\u2212", "-"), str(each["value"])
        number = re.sub(r"[^\d.eE+-]", "", shown.replace(",", ""))
        try:
            told, held = float(number), float(value)
        except ValueError:
            continue
        if shown.endswith(("超", "未満")) or shown.startswith(("over", "under")):
            if not (0.99 < held < 1 if "99" in shown else 0 < held < 0.01):
                wrong.append((shown, value))
            continue
        if "%" in shown or "ポイント" in shown or shown.endswith(" pt"):
            told /= 100
        digits = len(number.partition(".")[2]) + (2 if "%" in shown or "pt" in shown or "ポイント" in shown else 0)
        if abs(told - held) > 0.5000001 * 10**-digits and abs(told - held) > abs(held) * 0.005:
            wrong.append((shown, value))
    assert not wrong, wrong[:5]


def _same(held: Any, said: str) -> bool:
    match held:
        case bool():
            return said == str(held).lower()
        case dt.datetime():
            return said == held.isoformat(" ")
        case float() | int() | Decimal():
            return abs(float(held) - float(said)) <= 1e-9 * max(abs(float(held)), 1.0)
        case _:
            return said == str(held)


def test_every_reason_of_a_null_has_words(companies: Companies) -> None:
    """A reader who meets an empty cell must not meet a code."""
    company = companies.ran(nights=NIGHTS)
    tables = company.rows(
        "select table_name from duckdb_columns() where schema_name = 'main' and column_name = 'null_reason'"
        " and table_name in (select table_name from duckdb_tables())"
    )
    found = {
        part.partition("=")[2]
        for (table,) in tables
        for (reasons,) in company.rows(f"select distinct null_reason from main.{table} where null_reason is not null")
        for part in reasons.split(";")
    }
    assert len(found) > 30 and found <= set(REASONS), found - set(REASONS)
