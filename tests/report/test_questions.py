"""The twelve questions of a Monday: a manager who has never seen the page finds each, and beside it the answer of the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from pipeline.records import report_paths
from pipeline.report import write_report
from tests.companies import NIGHTS, Companies, Ran

ROOT = Path(__file__).parents[2]
QUESTIONS = re.findall(r"^## \d+\. (.+)$", (ROOT / "docs/monday.md").read_text(encoding="utf-8"), re.MULTILINE)
Rows = Callable[[str], list[tuple[Any, ...]]]


def yen(value: float) -> str:
    return f"{value:,.0f}円"


def signed(value: float) -> str:
    """Write an amount as the page writes a difference: with a plus, or with a minus sign that is no hyphen."""
    return f"{value:+,.0f}円".replace("-", "\u2212")


def will_it_be_reached(rows: Rows) -> list[str]:
    return [
        f"達成確率は{chance:.0%}"
        for (chance,) in rows("select p_attain from v_latest_kgi where grain = 'period' and p_attain is not null")
    ]


def ahead_or_behind(rows: Rows) -> list[str]:
    pace, needed, left = rows(
        "select pace, required_per_business_day, business_days_left from v_latest_kgi"
        " where grain = 'period' and kgi_id = 'pipeline_fy2026'"
    )[0]
    return [f"計画の{pace:.1%}", f"期末までの{left}営業日", f"1営業日あたりあと{yen(needed)}"]


def what_is_missing(rows: Rows) -> list[str]:
    factor, size = rows(
        "select tree.label_ja, contribution from v_latest_gap_decomposition gap join kgi_tree tree using (kgi_id)"
        " where tree.node = gap.factor and kgi_id = 'pipeline_fy2026' and basis = 'cohort_landing' and kind = 'subtotal'"
        " order by contribution limit 1"
    )[0]
    return [f"最も足を引いているのは{factor.split('（')[0]}で{signed(size)}"]


def volume_quality_price_or_speed(rows: Rows) -> list[str]:
    kinds = rows(
        "select case when factor = 'speed' then 'スピード' when unit = 'count' then '量'"
        " when unit = 'rate' then '質(率)' else '単価' end, sum(contribution)"
        " from v_latest_gap_decomposition gap left join kgi_tree tree"
        " on tree.kgi_id = gap.kgi_id and tree.node = gap.factor where gap.kgi_id = 'pipeline_fy2026'"
        " and basis = 'cohort_landing' and kind = 'subtotal' and (unit is not null or factor = 'speed') group by 1"
    )
    ((marketing,),) = rows(
        "select sum(contribution) from v_latest_gap_decomposition where kgi_id = 'pipeline_fy2026' and basis = 'cohort_landing'"
        " and kind = 'subtotal' and controller = 'marketing'"
    )
    return [f"{kind} {signed(size)}" for kind, size in kinds] + [f"マーケティング {signed(marketing)}"]


def has_quality_suffered(rows: Rows) -> list[str]:
    value, n, hours = rows(
        "select max(value) filter (where guardrail = 'appt_quality'), max(n) filter (where guardrail = 'appt_quality'),"
        " max(value) filter (where guardrail = 'sales_capacity') from v_latest_guardrail where channel = 'total'"
    )[0]
    return [f"{value:.1%} (", f"/{n:,.0f})", f"{hours:.1%}", "正常"]


def until_which_month(rows: Rows) -> list[str]:
    even, safe, month = rows(
        "select required_p50, required_p80, latest_useful_month from v_latest_kpi_target"
        " where grain = 'period' and kgi_id = 'pipeline_fy2026' and metric = 'appointments'"
    )[0]
    return [f"アポイント獲得数があと{even}件(五分五分)から{safe}件(八割方)", f"{month.year}年{month.month}月の分まで"]


def what_helps_most(rows: Rows) -> list[str]:
    label, cost, recovery = rows(
        "select label_ja, cost, recovery from lever join kgi_tree tree on tree.kgi_id = lever.kgi_id and node = factor"
        " where lever.kgi_id = 'pipeline_fy2026' and rank = 1"
    )[0]
    return [f"費用あたりで最も効くのは{label}", f"{yen(cost)}で{yen(recovery)}"]


def did_it_work(rows: Rows) -> list[str]:
    found = rows("select label_ja, effect, readable_from from initiative join initiative_effect using (initiative)")
    return [
        f"「{label}」の効果はまだ読めません。読めるのは{date}から" if effect is None else f"「{label}」は効いたとは言えません"
        for label, effect, date in found
    ]


def whose_deals_are_won(rows: Rows) -> list[str]:
    channel, amount, given, due = rows(
        "select channel, sum(won_amount) as amount, sum(feedback_given), sum(feedback_due) from campaign_feedback"
        " group by channel order by amount desc limit 1"
    )[0]
    return [f"「{channel}」", yen(amount), f"{given / due:.1%} (n={due:,.0f})"]


def do_they_agree(rows: Rows) -> list[str]:
    due, given = rows(
        "select appointments_due, with_disposition from sharing where direction = 'sales_to_marketing' order by month desc"
    )[0]
    marketing, sales = rows("select count_marketing, count_sales from count_agreement order by period_start desc")[0]
    return [f"アポ{due}件のうち{given / due:.1%}", f"マーケティング{marketing}件、営業{sales}件"]


def why_did_the_pipeline_move(rows: Rows) -> list[str]:
    opening, closing, pushed = rows(
        "select sum(opening), sum(closing), sum(pushed_out) from pipeline_movement group by month order by month desc"
    )[0]
    ((live,),) = rows("select shortfall_live from v_latest_kgi where grain = 'period' and kgi_id = 'pipeline_fy2026'")
    return [yen(opening), yen(closing), yen(pushed), yen(live)]


def was_it_done(rows: Rows) -> list[str]:
    ((week,),) = rows("select count(*) from action where decided_on > date '2026-11-13'")
    done, late = rows(
        "select count(*) filter (where done_on is not null),"
        " count(*) filter (where done_on is null and due < date '2026-11-20') from action where decided_on > date '2026-10-23'"
    )[0]
    return [f"この1週間の決定は{week}件", f"うち実行済み{done}件、期限切れ{late}件", "過去の予測はまだ答え合わせできません"]


ANSWERS: tuple[Callable[[Rows], list[str]], ...] = (
    will_it_be_reached,
    ahead_or_behind,
    what_is_missing,
    volume_quality_price_or_speed,
    has_quality_suffered,
    until_which_month,
    what_helps_most,
    did_it_work,
    whose_deals_are_won,
    do_they_agree,
    why_did_the_pipeline_move,
    was_it_done,
)


@pytest.fixture(scope="module")
def company(companies: Companies) -> Ran:
    return companies.ran(nights=NIGHTS)


@pytest.fixture(scope="module")
def pages(company: Ran, tmp_path_factory: pytest.TempPathFactory) -> dict[str, BeautifulSoup]:
    folder = tmp_path_factory.mktemp("pages")
    write_report(company.published, folder)
    return {language: BeautifulSoup(path.read_text("utf-8"), "html.parser") for language, path in report_paths(folder).items()}


def asked_in(page: BeautifulSoup, question: str) -> Tag:
    """Return the section that asks a question, as a reader finds it: by its words."""
    plain = re.sub(r"[。、?？\s]", "", question)
    found = [
        each
        for each in page.find_all("section")
        if plain in re.sub(r"[。、?？\s]", "", "".join(line.get_text() for line in each.select(".questions")))
    ]
    assert len(found) == 1, question
    return found[0]


@pytest.mark.parametrize(
    ("question", "answer"), list(zip(QUESTIONS, ANSWERS, strict=True)), ids=[each.__name__ for each in ANSWERS]
)
def test_the_page_asks_the_question_and_answers_it_from_the_file(
    pages: dict[str, BeautifulSoup], company: Ran, question: str, answer: Callable[[Rows], list[str]]
) -> None:
    told = asked_in(pages["ja"], question).get_text()
    expected = answer(company.rows)
    assert expected
    for each in expected:
        assert each in told, each


def test_the_first_page_asks_in_the_order_of_the_meeting(pages: dict[str, BeautifulSoup]) -> None:
    """1, 2, 3 and 4, 5, 7, 8, 12 stand on the first part, in this order; the others in the second."""
    for page in pages.values():
        first, second = ([each["id"] for each in page.select(f"#{part} > section")] for part in ("monday", "details"))
        assert first == ["goals", "pace", "gap", "guardrails", "levers", "initiatives", "decisions"]
        assert [each for each in second if each in ("tree", "channels", "pipeline", "sharing")] == [
            "tree",
            "channels",
            "pipeline",
            "sharing",
        ]
        assert not set(first) & set(second)


def test_both_languages_ask_as_many_questions_at_the_same_places(pages: dict[str, BeautifulSoup]) -> None:
    ja, en = ({each["id"] for each in page.find_all("section") if each.select(".questions")} for page in pages.values())
    assert ja == en and len(ja) == 11  # questions 3 and 4 share a section
