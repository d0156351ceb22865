"""What stands behind the first page: tree, funnel, trends and channels, each held against the file by hand-written SQL."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from tests.companies import Ran
from tests.report.reading import pages_of, rows_of, section_of

AS_OF = dt.date(2026, 11, 20)


def number(text: str) -> float:
    return float(re.sub(r"[^\d.-]", "", text))


def facts_of(node: Tag) -> dict[str, str]:
    found = node.find("dl")
    assert isinstance(found, Tag)
    return {str(each.dt.get_text()): str(each.dd.get_text()) for each in found.find_all("div") if each.dt and each.dd}


def test_the_tree_hangs_as_the_goal_says_and_each_node_has_its_numbers(page: BeautifulSoup, company: Ran) -> None:
    nodes = company.rows(
        "select kgi_id, node, label_ja, parent, target, actual from kgi_tree where kgi_id = 'pipeline_fy2026' order by sort"
    )
    labels = {node: label for _, node, label, *_ in nodes}
    trees = section_of(page, "tree").select(".tree")
    assert len(trees) == 3
    tree = next(each for each in trees if f"{labels['created_pipeline_amount']}" in each.select(".node")[0].get_text())
    found = {}
    for item in tree.find_all("li"):
        name = item.select_one(".node > strong")
        above = item.find_parent("li")
        parent = above.select_one(".node > strong") if isinstance(above, Tag) else None
        assert name is not None
        found[name.get_text().split(" ")[-1]] = (
            parent.get_text().split(" ")[-1] if parent else None,
            facts_of(item.select(".node")[0]),
        )
    assert len(found) == len(nodes)
    for _, _, label, parent, target, actual in nodes:
        hangs_on, facts = found[label.split(" ")[-1]]
        assert hangs_on == (labels[parent].split(" ")[-1] if parent else None)
        scale = 100 if facts["目標"].endswith("%") else 1
        assert number(facts["目標"]) == pytest.approx(target * scale, abs=0.051 if scale == 1 and target < 100 else 0.5)
        assert number(facts["実績"].split(" (n=")[0]) == pytest.approx(actual * scale, abs=0.5)


def test_a_rate_of_the_tree_stands_with_what_it_divides(page: BeautifulSoup) -> None:
    rates = [each for each in section_of(page, "tree").select(".node") if "率" in each.get_text().split("目標")[0]]
    assert rates and all("(n=" in facts_of(each)["実績"] for each in rates)


def test_the_weeks_until_half_have_converted_are_those_of_the_curve(page: BeautifulSoup, company: Ran) -> None:
    (weeks,) = company.rows(
        "with curve as (select *, cumulative / max(cumulative) over () as share from funnel_lag"
        " where earlier = 'appointments' and later = 'valid_opportunities')"
        " select min(age_weeks) from curve where share >= 0.5"
    )[0]
    assert f"アポイント獲得数から有効商談数へは、いずれ進むものの半分が{weeks}週以内" in section_of(page, "tree").get_text()


def test_the_funnel_tells_who_went_on_who_was_lost_and_who_is_open(page: BeautifulSoup, company: Ran) -> None:
    expected = company.rows(
        "select sum(entered), sum(converted), sum(lost), sum(open) from funnel where cohort_month >= date '2026-04-01'"
        " group by step_rank order by step_rank"
    )
    shown = [[number(cell) for cell in line[2:6]] for line in rows_of(section_of(page, "funnel"), "今年度に入ったもののその後")]
    assert shown == [[float(each) for each in line] for line in expected]
    assert all(entered == converted + lost + open_ for entered, converted, lost, open_ in shown)


def test_a_cohort_that_is_not_grown_old_looks_like_it(page: BeautifulSoup, company: Ran) -> None:
    mature = dict(
        company.rows(
            "select cohort_month, bool_and(is_mature) from funnel where stage = 'appointment' and to_stage = 'valid_opportunity'"
            " group by cohort_month order by cohort_month desc limit 12"
        )
    )
    assert set(mature.values()) == {True, False}
    for table in section_of(page, "funnel").find_all("table"):
        if "アポイント → 有効商談: " not in str(table.caption):
            continue
        lines = table.select("tbody tr")
        assert len(lines) == 12
        for line, (month, is_mature) in zip(lines, mature.items(), strict=True):
            assert line.th is not None and line.th.get_text() == f"{month.year}年{month.month}月"
            rate = line.find_all("td")[-1]
            assert ("immature" in rate["class"], "(途中)" in rate.get_text()) == (not is_mature, not is_mature)


def test_every_kpi_of_the_trees_has_a_trend_with_a_target_line(page: BeautifulSoup, company: Ran) -> None:
    names = {name for (name,) in company.rows("select distinct node from kgi_tree")}
    drawn = {str(each["aria-labelledby"]).split("-")[1]: each for each in section_of(page, "trends").find_all("svg")}
    assert {name.removesuffix(" trend") for name in drawn} == names
    for drawing in drawn.values():
        assert drawing.select("path.stroke-plan"), "no target line"


def test_half_years_and_the_year_sum_to_their_months(page: BeautifulSoup, company: Ran) -> None:
    article = next(
        each for each in section_of(page, "trends").find_all("article") if each.h4 and each.h4.get_text() == "アポイント獲得数"
    )
    lines = {line[0]: line[1:] for line in rows_of(article, "年度と上期・下期")}
    for first, last, words in (("2026-04-01", "2026-09-30", "2026年度 上期"), ("2025-04-01", "2026-03-31", "2025年度")):
        (counted,) = company.rows(
            "select count(*) from marts.fct_funnel where stage = 'appointment' and is_counted"
            f" and entered_date between '{first}' and '{last}'"
        )[0]
        assert number(lines[words][0]) == counted
    halves = [number(lines[f"2026年度 {half}"][0]) for half in ("上期", "下期 (途中)")]
    assert sum(halves) == number(lines["2026年度 (途中)"][0])
    rate = next(
        each for each in section_of(page, "trends").find_all("article") if each.h4 and each.h4.get_text().startswith("MQL率")
    )
    shown = {line[0]: line[1] for line in rows_of(rate, "年度と上期・下期")}
    (expected,) = company.rows(
        "select sum(numerator) / sum(denominator) from v_latest_kpi where metric = 'mql_rate' and grain = 'month'"
        " and dimension = 'total' and period_start between '2025-04-01' and '2026-03-01'"
    )[0]
    assert shown["2025年度"].startswith(f"{expected:.1%} (n=")


def test_channels_say_what_was_won_and_what_sales_returned(page: BeautifulSoup, company: Ran) -> None:
    shown = {line[0]: line[1:] for line in rows_of(section_of(page, "channels"), "チャネル別")}
    for channel, appointments, won, amount, given, due in company.rows(
        "select channel, sum(appointments), sum(won), sum(won_amount), sum(feedback_given), sum(feedback_due)"
        " from campaign_feedback where channel is not null group by channel"
    ):
        cells = shown[channel]
        assert (number(cells[0]), number(cells[3]), number(cells[4])) == (appointments, won, float(amount))
        assert cells[5] == f"{given / due:.1%} (n={due:,.0f})"


def test_a_company_without_campaigns_and_trees_is_told_why(tmp_path: Path) -> None:
    from tests.project_builder import deliver, night, write

    write(tmp_path)
    deliver(tmp_path)
    night(tmp_path)
    bare = pages_of(tmp_path / "target/kgi.duckdb", tmp_path / "pages")["ja"]
    assert "キャンペーンの記録がない" in section_of(bare, "channels").get_text()
    assert "ファネルの表が" in section_of(bare, "funnel").get_text()
