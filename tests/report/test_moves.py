"""Why the pipeline moved: the page says what the table says, and the bars close."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from pipeline.report import pipeline_moves
from pipeline.report.blocks import Said
from pipeline.report.edition import Edition, read_night
from tests.companies import Ran
from tests.report.reading import changed, pages_of, rows_of, section_of, values_of


def test_the_waterfall_of_the_newest_month_closes(company: Ran, pages: dict[str, BeautifulSoup]) -> None:
    chart = section_of(pages["ja"], "pipeline").find("figure")
    assert chart is not None
    shown = dict(rows_of(chart, "期首残高から期末残高まで"))
    yen = {name: int(re.sub(r"[^\d-]", "", text)) for name, text in shown.items()}
    into = yen["期首残高"] + yen["新規創出"] + yen["前倒し"] + yen["増額"]
    assert into - yen["減額"] - yen["期ずれ"] - yen["失注"] - yen["受注"] == yen["期末残高"] > 0
    drawn = " ".join(each.get_text() for each in chart.find_all("text"))
    assert all(f"{yen[name] / 1e6:.1f}" in drawn for name in ("期首残高", "失注", "期末残高"))
    (told,) = company.rows(
        "select sum(pushed_out), sum(closing) from main.pipeline_movement"
        " where month = (select max(month) from main.pipeline_movement)"
    )
    assert (yen["期ずれ"], yen["期末残高"]) == told


@pytest.mark.parametrize(("language", "caption"), [("ja", "直近12か月"), ("en", "the last twelve")])
def test_twelve_months_are_shown_newest_first(company: Ran, pages: dict[str, BeautifulSoup], language: str, caption: str) -> None:
    rows = rows_of(section_of(pages[language], "pipeline"), caption)
    expected = company.rows(
        "select sum(case when sales_unit is not null then closing end) from main.pipeline_movement"
        " group by month order by month desc limit 12"
    )
    assert [int(re.sub(r"[^\d-]", "", row[-1])) for row in rows] == [int(value) for (value,) in expected]
    assert len(rows) == 12


def test_sales_shortfall_is_told_then_and_now(company: Ran, pages: dict[str, BeautifulSoup]) -> None:
    ((frozen, live, target),) = company.rows(
        "select shortfall, shortfall_live, target from main.v_latest_kgi where grain = 'period' and shortfall is not null"
    )
    told = [float(value) for value in values_of(section_of(pages["ja"], "pipeline")) if re.fullmatch(r"[\d.]+", value)]
    share = float(pytest.approx(target / frozen * live).expected)
    assert {frozen, live, target} <= set(told)
    assert any(abs(value - share) < 1 for value in told)


def test_the_name_of_a_sales_unit_stays_text(company: Ran, tmp_path: Path) -> None:
    unit = "<script>alert(1)</script>\"'&"
    published = changed(
        company.published, tmp_path, f"update main.pipeline_movement set sales_unit = '{unit.replace(chr(39), chr(39) * 2)}'"
    )
    page = pages_of(published, tmp_path)["ja"]
    assert not page.find_all("script")
    assert rows_of(section_of(page, "pipeline"), "営業チームごと")[0][0] == unit


def test_a_file_without_movements_says_why_there_is_nothing(company: Ran, tmp_path: Path) -> None:
    published = changed(company.published, tmp_path, "drop view main.v_ja_pipeline_movement", "drop table main.pipeline_movement")
    for language, words in (("ja", "商談の履歴"), ("en", "history of deals")):
        assert words in section_of(pages_of(published, tmp_path)[language], "pipeline").get_text()


@pytest.mark.parametrize("column", ["opening", "pushed_out", "closing"])
def test_a_month_that_lacks_a_movement_has_no_chart_and_says_which(company: Ran, tmp_path: Path, column: str) -> None:
    published = changed(company.published, tmp_path, f"update main.pipeline_movement set {column} = null")
    names = {"opening": ("期首残高", "Opening"), "pushed_out": ("期ずれ", "Pushed out"), "closing": ("期末残高", "Closing")}
    pages = pages_of(published, tmp_path)
    for language, name, words in zip(("ja", "en"), names[column], ("図も描けません", "no drawing"), strict=True):
        section = section_of(pages[language], "pipeline")
        said = section.find("ul")
        assert not section.find("figure") and said is not None
        assert words in said.get_text() and name in said.get_text()
        assert len(rows_of(section, "12" if language == "ja" else "twelve")) == 12


def test_a_shortfall_of_a_goal_that_the_page_does_not_know_stands_by_its_name(company: Ran) -> None:
    night = read_night(company.published, pipeline_moves.CUTS)
    ((goal, frozen),) = company.rows(
        "select kgi_id, shortfall from v_latest_kgi where grain = 'period' and shortfall is not null"
    )
    assert any(board.name == goal for board in night.boards)
    section = pipeline_moves.pipeline(Edition(replace(night, boards=()), "ja"))
    said = [sentence.text("ja") for block in section.blocks if isinstance(block, Said) for sentence in block.sentences]
    assert any(each.startswith(f"{goal}: 営業の不足分は計画時の{frozen:,.0f}") for each in said)
