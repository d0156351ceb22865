"""Channels and campaigns with what sales says of them, each held against the file by hand-written SQL."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from tests.companies import NIGHTS, Companies, Ran
from tests.report.reading import changed, pages_of, rows_of, section_of


@pytest.fixture(scope="module")
def company(companies: Companies) -> Ran:
    return companies.ran(nights=NIGHTS)


@pytest.fixture(scope="module")
def pages(company: Ran, tmp_path_factory: pytest.TempPathFactory) -> dict[str, BeautifulSoup]:
    return pages_of(company.published, tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def part(pages: dict[str, BeautifulSoup]) -> Tag:
    return section_of(pages["ja"], "channels")


def with_change(company: Ran, folder: Path, *statements: str) -> Tag:
    return section_of(pages_of(changed(company.published, folder, *statements), folder / "pages")["ja"], "channels")


def test_the_twelve_campaigns_that_won_most_stand_by_name(part: Tag, company: Ran) -> None:
    expected = company.rows(
        "select campaign_name, sum(f.appointments), sum(f.won), sum(f.won_amount) as amount"
        " from campaign_feedback as f join marts.dim_campaign using (campaign_id) group by campaign_id, campaign_name"
        " order by amount desc nulls last, 2 desc, campaign_id limit 12"
    )
    shown = [(line[0], line[2], line[5], line[6]) for line in rows_of(part, "キャンペーン別")]
    assert shown == [
        (name, f"{appointments:,.0f}", f"{won:,.0f}", f"{amount:,.0f}円") for name, appointments, won, amount in expected
    ]


def test_persons_whom_no_campaign_brought_are_a_channel_and_no_campaign(part: Tag, company: Ran) -> None:
    (campaigns,) = company.rows("select count(distinct campaign_id) from campaign_feedback where campaign_id <> '(none)'")[0]
    assert f"キャンペーン別(受注金額の大きい順に{campaigns}件中12件)" in part.get_text()
    assert "(none)" not in part.get_text()
    unknown = next(line for line in rows_of(part, "チャネル別") if line[0] == "キャンペーン不明")
    assert unknown[7:] == ["– 費用の記録なし", "– 配分の対象外"]


def test_a_campaign_whose_cohorts_are_not_grown_old_looks_like_it(part: Tag, company: Ran) -> None:
    young = {
        name
        for (name,) in company.rows(
            "select campaign_name from campaign_feedback join marts.dim_campaign using (campaign_id)"
            " group by campaign_name having not bool_and(is_mature)"
        )
    }
    lines = {line[0]: line[3] for line in rows_of(part, "キャンペーン別")}
    assert {name for name, rate in lines.items() if "(途中)" in rate} == young & set(lines)


def test_it_says_how_often_sales_says_what_became_of_an_appointment(pages: dict[str, BeautifulSoup], company: Ran) -> None:
    given, due = company.rows("select sum(feedback_given), sum(feedback_due) from campaign_feedback")[0]
    for language, words in (("ja", "結果が期限内に登録されたのは"), ("en", "in time")):
        said = section_of(pages[language], "channels").select("ul")[0].get_text()
        assert words in said and f"{given / due:.1%} (n={due:,.0f})" in said


def test_cost_per_valid_opportunity_divides_what_was_spent_by_what_came_of_it(part: Tag, company: Ran) -> None:
    shown = {line[0]: line[7] for line in rows_of(part, "チャネル別")}
    for channel, cost, valid in company.rows(
        "select channel, sum(cost), sum(valid_opportunities) from campaign_feedback where channel is not null group by channel"
    ):
        assert shown[channel] == f"{float(cost) / float(valid):,.0f}円"


def test_credit_is_that_of_the_deals_that_it_was_shared_over(part: Tag, company: Ran) -> None:
    shown = {line[0]: line[8] for line in rows_of(part, "チャネル別")}
    for channel, share, deals in company.rows("select channel, share_w_shaped, deals from attribution_channel"):
        assert channel not in shown or shown[channel] == f"{share:.1%} (n={deals:,.0f})"


def test_the_best_channel_is_one_that_is_known(company: Ran, tmp_path: Path) -> None:
    lost = with_change(company, tmp_path, "update main.campaign_feedback set channel = null where channel = 'Web問合せ'")
    first = lost.select("li")[0].get_text()
    second, *_ = company.rows(
        "select channel from campaign_feedback where channel not in ('Web問合せ') group by channel order by sum(won_amount) desc"
    )
    assert f"「{second[0]}」" in first


def test_campaigns_without_a_list_of_names_stand_by_their_ids(company: Ran, tmp_path: Path) -> None:
    bare = with_change(company, tmp_path, "drop table marts.dim_campaign cascade")
    ids = {name for (name,) in company.rows("select distinct campaign_id from campaign_feedback")}
    shown = {line[0] for line in rows_of(bare, "キャンペーン別")}
    assert len(shown) == 12 and shown <= ids


def test_a_campaign_that_brought_no_valid_deal_says_so_beside_its_cost(company: Ran, tmp_path: Path) -> None:
    barren = with_change(company, tmp_path, "update main.campaign_feedback set valid_opportunities = 0 where channel = '展示会'")
    assert next(line for line in rows_of(barren, "チャネル別") if line[0] == "展示会")[7] == "– 有効商談なし"


def test_the_reason_lost_is_that_of_most_months_and_of_equals_that_of_most_deals(part: Tag, company: Ran) -> None:
    reasons: dict[str, list[str]] = {}
    for name, reason in company.rows(
        "select campaign_name, top_lost_reason from campaign_feedback join marts.dim_campaign using (campaign_id)"
        " where top_lost_reason is not null order by campaign_name, lost desc, top_lost_reason"
    ):
        reasons.setdefault(name, []).append(reason)
    shown = {line[0]: line[9] for line in rows_of(part, "キャンペーン別")}
    assert {name: Counter(reasons[name]).most_common(1)[0][0] for name in shown} == shown
    assert any(len(set(Counter(reasons[name]).values())) < len(set(reasons[name])) for name in shown), "no ties"
