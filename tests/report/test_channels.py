"""Channels and campaigns with what sales says of them, each held against the file by hand-written SQL."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from tests.companies import Ran
from tests.report.reading import changed, pages_of, rows_of, section_of


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
    nobody = next(line for line in rows_of(part, "チャネル別") if line[0] == "キャンペーンなし")
    (appointments,) = company.rows("select sum(appointments) from campaign_feedback where campaign_id = '(none)'")[0]
    assert (nobody[1], nobody[7]) == (f"{appointments:,.0f}", "– 費用の記録なし")
    assert [line[0] for line in rows_of(part, "チャネル別")].count("費用表にないキャンペーン") == 0


def test_a_campaign_that_the_cost_sheet_does_not_have_is_known_and_stands_apart(company: Ran, tmp_path: Path) -> None:
    """Its channel comes with its cost: until then it is no campaign of nobody, and no channel of its own."""
    brought = "select campaign_id from campaign_feedback where channel is not null group by 1 order by sum(won_amount) desc"
    ((campaign,), *_) = company.rows(brought)
    update = f"update main.campaign_feedback set channel = null, cost = null where campaign_id = '{campaign}'"
    changed_part = with_change(company, tmp_path, update)
    shown = {line[0]: line[1:] for line in rows_of(changed_part, "チャネル別")}
    for words, where in (("費用表にないキャンペーン", f"= '{campaign}'"), ("キャンペーンなし", "= '(none)'")):
        (appointments,) = company.rows(f"select sum(appointments) from campaign_feedback where campaign_id {where}")[0]
        assert shown[words][0] == f"{appointments:,.0f}"
    (name,) = company.rows(f"select campaign_name from marts.dim_campaign where campaign_id = '{campaign}'")[0]
    campaigns = {line[0]: line[1] for line in rows_of(changed_part, "キャンペーン別")}
    assert campaigns[name] == "費用表にない"


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
    """Months whose cost nobody wrote down count neither above nor below the line; a young month still brings deals."""
    shown = {line[0]: line[7] for line in rows_of(part, "チャネル別")}
    spent: dict[str, list[tuple[float, int, bool]]] = {}
    for channel, cost, valid, mature in company.rows(
        "select channel, cost, valid_opportunities, is_mature from campaign_feedback where channel is not null"
    ):
        if cost is not None:
            spent.setdefault(channel, []).append((float(cost), int(valid), mature))
    assert len(spent) == 5
    for channel, months in spent.items():
        total, deals = sum(cost for cost, _, _ in months), sum(valid for _, valid, _ in months)
        young = "" if all(mature for *_, mature in months) else " (途中)"
        assert shown[channel] == f"{total / deals:,.0f}円 (n={deals}){young}"
    everyone = dict(company.rows("select channel, sum(valid_opportunities)::int from campaign_feedback group by channel"))
    assert any(sum(valid for _, valid, _ in months) < everyone[channel] for channel, months in spent.items())


def test_credit_is_shared_over_all_deals_and_sums_to_a_hundred_percent(pages: dict[str, BeautifulSoup], company: Ran) -> None:
    for language, caption, names in (
        ("ja", "貢献配分", {"unattributed": "帰属不明"}),
        ("en", "Credit", {"unattributed": "nobody known"}),
    ):
        *lines, total = rows_of(section_of(pages[language], "channels"), caption)
        expected = {
            names.get(channel, channel): f"{share:.1%} (n={deals:,.0f})"
            for channel, share, deals in company.rows("select channel, share_w_shaped, deals from attribution_channel")
        }
        assert {line[0]: line[1] for line in lines} == expected and len(lines) == len(expected)
        assert total[1].startswith("100.0% (n=")
        assert sum(float(line[1].split("%")[0]) for line in lines) == pytest.approx(100, abs=0.3)


def test_the_section_says_which_months_and_which_deals_it_counts(pages: dict[str, BeautifulSoup], company: Ran) -> None:
    first, last = company.rows("select min(cohort_month), max(cohort_month) from campaign_feedback")[0]
    opened, newest, deals = company.rows(
        "select min(opportunity_date), max(opportunity_date), count(distinct opportunity_id) from attribution"
    )[0]
    ja, en = (section_of(pages[language], "channels").get_text() for language in ("ja", "en"))
    assert f"{first.year}年{first.month}月から{last.year}年{last.month}月までにリードになった人" in ja
    assert f"from {first:%b} {first.year} to {last:%b} {last.year}" in en
    assert f"{opened}から{newest}までの商談{deals}件" in ja and f"{deals} deals of {opened} to {newest}" in en


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
    assert next(line for line in rows_of(barren, "チャネル別") if line[0] == "展示会")[7] == "– 費用のある月に有効商談なし"


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
