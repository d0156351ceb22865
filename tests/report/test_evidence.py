"""What the numbers rest on: sharing, agreements, restatements, freshness, rejects, checks, the dictionary, lineage."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.companies import NIGHTS, Companies, Ran
from tests.report.reading import changed, pages_of, rows_of, section_of


@pytest.fixture(scope="module")
def company(companies: Companies) -> Ran:
    return companies.ran(nights=NIGHTS)


@pytest.fixture(scope="module")
def page(company: Ran, tmp_path_factory: pytest.TempPathFactory) -> BeautifulSoup:
    return pages_of(company.published, tmp_path_factory.mktemp("pages"))["ja"]


def test_feedback_and_counts_are_those_of_the_tables(page: BeautifulSoup, company: Ran) -> None:
    sharing = section_of(page, "sharing")
    returned = company.rows(
        "select strftime(month, '%Y年%-m月'), appointments_due, with_disposition from sharing"
        " where direction = 'sales_to_marketing' order by month desc limit 12"
    )
    shown = rows_of(sharing, "営業が返したアポの結果")
    assert [line[:3] for line in shown] == [[month, f"{due}", f"{given / due:.1%} (n={due})"] for month, due, given in returned]
    counted = company.rows(
        "select count_marketing, count_sales, count_both from count_agreement order by period_start desc limit 12"
    )
    assert [line[1:4] for line in rows_of(sharing, "両部門が数えた有効商談")] == [
        [str(each) for each in line] for line in counted
    ]


def test_an_agreement_shows_its_version_its_signatures_and_its_condition(page: BeautifulSoup) -> None:
    section = section_of(page, "agreements")
    assert rows_of(section, "定義の版") == [["有効商談", "1", "合意済み", "2026-04-01 – ", "hmihon", "tsato", "2027-03-31"]]
    assert "stage = 'valid_opportunity'" in section.get_text()
    assert [line[1:4] for line in rows_of(section, "計画の版")] == [["1", "合意済み", "2026-04-01"]] * 3


def test_numbers_that_changed_within_a_week_are_told_with_their_cause(page: BeautifulSoup, company: Ran) -> None:
    ((count,),) = company.rows("select count(*) from restatement where as_of_date > date '2026-11-13'")
    section = section_of(page, "restatements")
    assert f"公開済みの過去の数字{count}件が変わりました" in section.get_text()
    line = next(
        each for each in rows_of(section, "変わった数字") if each[:4] == ["商談見込み金額", "2026-11-20", "2026年10月", "全体"]
    )
    assert line[4:] == ["60,903,000円", "58,558,000円", "-2,345,000円", "直された行 -2,345,000円"]


def test_a_week_without_changes_is_said_in_words(company: Ran, tmp_path: Path) -> None:
    copy = changed(company.published, tmp_path, "delete from main.restatement")
    assert "変わっていません" in section_of(pages_of(copy, tmp_path / "pages")["ja"], "restatements").get_text()


def test_rejects_and_checks_are_those_of_the_run(page: BeautifulSoup, company: Ran) -> None:
    section = section_of(page, "data")
    rejected = company.rows(
        "select source_table, rule, sum(row_count)::int from ops.reject_count group by source_table, column_name, rule"
    )
    assert sorted((line[0], line[2], int(line[3])) for line in rows_of(section, "読めなかった行の理由")) == sorted(rejected)
    ((checks,),) = company.rows("select count(*) from ops.check_result")
    assert sum(int(line[2]) for line in rows_of(section, "検査の結果")) == checks


def test_a_failed_check_is_listed_with_its_count(company: Ran, tmp_path: Path) -> None:
    failed = "update ops.check_result set status = 'fail', unexpected_count = 7 where severity = 'warning'"
    copy = changed(company.published, tmp_path, failed)
    ((count,),) = company.rows("select count(*) from ops.check_result where severity = 'warning'")
    lines = rows_of(section_of(pages_of(copy, tmp_path / "pages")["ja"], "data"), "合格しなかった検査")
    assert len(lines) == count > 0
    assert all(line[2:] == ["警告", "7"] and line[0] for line in lines)


@pytest.mark.parametrize(("last", "is_late"), [("2026-11-10", True), ("2026-11-17", False)])
def test_a_source_that_lost_its_rhythm_is_shown_before_any_number(company: Ran, tmp_path: Path, last: str, is_late: bool) -> None:
    """Deliveries of every second day, the last one ten days ago or three: only the first is out of its rhythm."""
    days = ", ".join(f"date '{last}' - {2 * at}" for at in range(4))
    one = "(select min(load_id) from ops.load where source_table = 'marketo.leads')"
    copy = changed(
        company.published,
        tmp_path,
        f"create temp table days as select unnest([{days}]) as day",
        f"create temp table model as select * from ops.load where load_id = {one}",
        "delete from ops.load where source_table = 'marketo.leads'",
        "insert into ops.load select model.* replace (day::timestamp as known_at) from model, days",
    )
    late = pages_of(copy, tmp_path / "pages")["ja"]
    banners = [each.get_text() for each in late.select(".banner.watch")]
    assert bool(banners) == is_late and all("marketo.leads" in each for each in banners)
    assert ("(停止の疑い)" in section_of(late, "data").get_text()) == is_late


def test_every_metric_stands_in_the_dictionary_with_its_sql(page: BeautifulSoup, company: Ran) -> None:
    told = section_of(page, "metrics")
    for metric, label, unit, owner, sql in company.rows("select metric, label_ja, unit, owner, sql from ops.metric"):
        fold = next(
            each for each in told.find_all("details") if each.summary and each.summary.get_text() == f"{label} ({metric})"
        )
        facts = [each.get_text() for each in fold.find_all("dd")]
        assert unit in facts and (owner is None or owner in facts)
        assert sql in [each.get_text() for each in fold.find_all("code")]


def test_lineage_names_what_each_table_reads_and_who_reads_it(page: BeautifulSoup, company: Ran) -> None:
    shown = {line[0]: line[1:] for line in rows_of(section_of(page, "lineage"), "表の系統")}
    edges = {tuple(edge) for edge in company.rows("select object, reads from ops.lineage")}
    told = {(name, each) for name, (reads, _) in shown.items() for each in reads.split(", ") if each != "エクスポート"}
    assert told == edges
    assert {(each, name) for name, (_, readers) in shown.items() for each in readers.split(", ") if each != "なし"} == edges
