"""Every KPI against its target: by month, by half and by year, each held against the file by hand-written SQL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from pipeline.goals.words import REASONS
from tests.companies import Ran
from tests.report.reading import changed, pages_of, rows_of, section_of, values_of

HALVES = "年度と上期・下期"


def card(page: BeautifulSoup, label: str) -> Tag:
    cards = section_of(page, "trends").find_all("article")
    return next(each for each in cards if each.h4 and each.h4.get_text() == label)


def with_change(company: Ran, folder: Path, *statements: str) -> BeautifulSoup:
    return pages_of(changed(company.published, folder, *statements), folder / "pages")["ja"]


def test_the_kpis_stand_once_each_in_the_order_of_the_trees(page: BeautifulSoup, company: Ran) -> None:
    shown = [each.h4.get_text() for each in section_of(page, "trends").find_all("article") if each.h4]
    goals = company.rows("select kgi_id, list(label_ja order by sort) from kgi_tree group by kgi_id")
    assert len(shown) == len(set(shown)) and set(shown) == {label for _, labels in goals for label in labels}
    assert any(shown[: len(labels)] == labels for _, labels in goals)


def test_flows_and_their_targets_add_up_from_months_to_halves_and_from_halves_to_years(page: BeautifulSoup, company: Ran) -> None:
    for metric, label in company.rows(
        "select distinct metric, k.label_ja from v_latest_kpi as k join kgi_tree on node = metric"
        " where k.value_kind in ('count', 'amount')"
    ):
        for year in (2025, 2026):
            months = company.rows(
                f"select month(period_start) between 4 and 9, sum(value), sum(target) from v_latest_kpi where metric = '{metric}'"
                " and grain = 'month' and dimension = 'total'"
                f" and period_start between '{year}-04-01' and '{year + 1}-03-31' group by 1 order by 1 desc"
            )
            shown = figures_of(card(page, label), f"{year}年度")
            assert shown["上期"] == pytest.approx([float(each) for each in months[0][1:] if each is not None])
            assert shown["下期"] == pytest.approx([float(each) for each in months[1][1:] if each is not None])
            both = [float(sum(each)) for each in zip(*(line[1:] for line in months), strict=True) if None not in each]
            assert shown[""] == pytest.approx(both)


def figures_of(card: Tag, year: str) -> dict[str, list[float]]:
    """Return the actual and the target behind each line of a fiscal year, by half; the year itself has no half."""
    table = next(each for each in card.find_all("table") if HALVES in str(each.caption))
    found = {}
    for line in table.select("tbody tr"):
        assert line.th is not None
        words = line.th.get_text().removesuffix(" (途中)")
        if words.startswith(year):
            found[words.removeprefix(year).strip()] = [float(each) for each in values_of(line)][:2]
    return found


def test_a_rate_of_a_half_divides_the_sums_and_never_averages_months(page: BeautifulSoup, company: Ran) -> None:
    shown = {line[0]: line[1] for line in rows_of(card(page, "受注率（期間比率）"), HALVES)}
    won, valid = (
        company.rows(
            f"select sum(value) from v_latest_kpi where metric = '{metric}' and grain = 'month' and dimension = 'total'"
            " and period_start between '2026-04-01' and '2026-09-01'"
        )[0][0]
        for metric in ("won", "valid_opportunities")
    )
    assert shown["2026年度 上期"] == f"{won / valid:.1%} (n={valid:,.0f})"


def test_a_month_and_a_period_that_are_not_over_look_like_it(page: BeautifulSoup) -> None:
    months = card(page, "アポイント獲得数").select("details tbody tr")
    marked = [line.th.get_text() for line in months if line.select("td.immature") and line.th]
    assert marked == ["2026年11月"]
    hollow = [each for each in card(page, "アポイント獲得数").select("svg path[class*=fill-paper]") if "2026年11月" in str(each)]
    assert len(hollow) == 1
    periods = {line[0] for line in rows_of(card(page, "アポイント獲得数"), HALVES)}
    assert {"2026年度 下期 (途中)", "2026年度 (途中)", "2026年度 上期"} <= periods
    for line in rows_of(card(page, "アポイント獲得数"), HALVES):  # 30 % of a half that is half over is no failure
        assert line[0].startswith("2026年度") is False or (line[3] == "") is ("途中" in line[0]), line


def test_a_target_of_some_months_is_not_held_against_the_actual_of_all(company: Ran, tmp_path: Path) -> None:
    """The first half has targets, the second has none: the half is compared, the year says of how many months it knows one."""
    bare = with_change(
        company, tmp_path, "update main.kpi set target = null where grain = 'month' and period_start >= '2026-10-01'"
    )
    lines = {line[0]: line[1:] for line in rows_of(card(bare, "受注数"), HALVES)}
    assert lines["2026年度 上期"][2].endswith("%")
    assert lines["2026年度 (途中)"][1:] == ["6/12か月のみ", ""]
    assert lines["2026年度 下期 (途中)"][2] == ""


def test_a_rate_whose_months_are_withheld_is_not_told_by_the_year(company: Ran, tmp_path: Path) -> None:
    young = with_change(
        company,
        tmp_path,
        "update main.kpi set value = null, maturity = 'immature', null_reason = 'value=immature'"
        " where metric = 'win_rate' and grain = 'month' and period_start >= '2026-04-01'",
        "update main.kpi set value = null, maturity = 'immature', null_reason = 'value=immature'"
        " where metric = 'win_rate' and grain = 'month' and period_start = '2026-03-01'",
    )
    shown = card(young, "受注率（期間比率）")
    lines = {line[0]: line[1:] for line in rows_of(shown, HALVES)}
    assert lines["2026年度 上期 (途中)"][0] == "– まだ結果が出きっていない"
    won, valid = company.rows(
        "select sum(numerator), sum(denominator) from v_latest_kpi where metric = 'win_rate' and grain = 'month'"
        " and dimension = 'total' and period_start between '2025-10-01' and '2026-02-01'"
    )[0]
    assert lines["2025年度 下期 (途中)"][0] == f"{won / valid:.1%} (n={valid:,.0f})"


def test_a_kpi_without_values_or_targets_says_why_a_line_is_missing(company: Ran, tmp_path: Path) -> None:
    empty = with_change(
        company,
        tmp_path,
        "update main.kpi set value = null, target = null, null_reason = 'value=immature;target=plans_conflict'"
        " where metric = 'win_rate' and grain = 'month'",
    )
    said = card(empty, "受注率（期間比率）").get_text()
    assert "実績の線はありません(理由: まだ結果が出きっていない)" in said
    assert re.search(r"目標の線はありません\(理由: [^)]+\)", said)


def test_a_calendar_without_halves_still_gives_both(company: Ran, tmp_path: Path, page: BeautifulSoup) -> None:
    bare = with_change(company, tmp_path, "alter table marts.dim_fiscal_calendar drop column fiscal_half_start")
    for label in ("アポイント獲得数", "受注率（期間比率）"):
        assert rows_of(card(bare, label), HALVES) == rows_of(card(page, label), HALVES)
        drawn = [len(each.select("svg path, svg line")) for each in (card(bare, label), card(page, label))]
        assert drawn[0] == drawn[1]


def test_it_begins_with_the_kpis_that_were_short_by_name_and_with_what_chance_explains(page: BeautifulSoup, company: Ran) -> None:
    judged = company.rows(
        "select any_value(status), any_value(k.label_ja), any_value(within_noise) from v_latest_kpi as k"
        " join kgi_tree on node = metric"
        " where grain = 'month' and dimension = 'total' and k.period_start = '2026-10-01' and k.status in ('ok', 'short')"
        " group by metric"
    )
    short = [label for status, label, _ in judged if status == "short"]
    noise = sum(bool(within) for status, _, within in judged if status == "short")
    first = section_of(page, "trends").select("ul")[0].get_text()
    assert f"判断できるKPI {len(judged)}項目のうち{len(short)}項目が目標を下回りました" in first
    assert f"{noise}項目は偶然のばらつきの範囲内" in first and all(label in first for label in short)


def test_few_cases_look_like_few_and_do_not_flatten_what_rests_on_many(company: Ran, tmp_path: Path) -> None:
    """A rate over three cases is grey, and the axis ends by those that rest on many."""
    wild = (
        "update main.kpi set value = 4.0, numerator = 12, denominator = 3, maturity = 'mature', null_reason = null"
        " where metric = 'valid_rate' and grain = 'month' and period_start = date '2026-05-01' and dimension = 'total'"
    )
    told = pages_of(changed(company.published, tmp_path, wild), tmp_path / "pages")["ja"]
    ((label,),) = company.rows("select distinct label_ja from v_latest_kpi where metric = 'valid_rate'")
    chart = next(each for each in told.select("#trends figure") if each.figcaption and label in each.figcaption.get_text())
    dots = {
        str(each.title.get_text()).partition(":")[0]: " ".join(each["class"])
        for each in chart.select("svg path")
        if each.title is not None and re.match(r"\d{4}年", each.title.get_text())
    }
    assert "stroke-quiet" in dots["2026年5月"] and "fill-paper" in dots["2026年5月"]
    assert "stroke-quiet" not in dots["2026年4月"]
    ticks = [float(each.get_text().rstrip("%")) for each in chart.select("svg text") if re.fullmatch(r"\d+%", each.get_text())]
    assert ticks and max(ticks) < 200
    line = next(line for line in rows_of(chart, label) if line[0] == "2026年5月")
    assert line[1].startswith("400.0% (12/3)")


def test_a_kpi_that_two_goals_give_two_targets_is_none_that_reached_it(company: Ran, tmp_path: Path) -> None:
    told = with_change(
        company,
        tmp_path,
        "update main.kpi set target = null, status = 'no_target', within_noise = null, null_reason = 'target=several_goals'"
        " where metric = 'won' and grain = 'month' and dimension = 'total'",
    )
    ((label,),) = company.rows("select distinct label_ja from v_latest_kpi where metric = 'won'")
    first = section_of(told, "trends").select("ul")[0]
    (silent,) = [each.get_text() for each in first.select("li") if "判断できません" in each.get_text()]
    assert label in silent
    half = {line[0]: line[1:] for line in rows_of(card(told, label), HALVES)}["2026年度 上期"]
    assert half[1] == f"– {REASONS['several_goals'][0]}" and half[2] == ""
