"""What the numbers rest on: sharing, agreements, restatements, freshness, rejects, checks, the dictionary, lineage."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from pipeline.engines.duckdb import open_engine
from pipeline.goals.words import REASONS
from pipeline.report.wording_evidence import RULES
from tests.companies import Ran
from tests.report.reading import changed, pages_of, rows_of, section_of


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
    assert rows_of(section, "定義の版") == [
        ["有効商談", "1", "合意済み", "2026-04-01 – ", "2026-03-24", "165件 / 年", "hmihon", "tsato", "2027-03-31"]
    ]
    assert "stage = 'valid_opportunity'" in section.get_text()
    assert [line[1:4] for line in rows_of(section, "計画の版")] == [["1", "合意済み", "2026-04-01"]] * 3


def test_numbers_that_changed_within_a_week_are_told_with_their_cause(page: BeautifulSoup, company: Ran) -> None:
    """A number that changed on two nights is one number that changed twice."""
    changes = company.rows(
        "select metric, grain, period_start, dimension, member from restatement where as_of_date > date '2026-11-13'"
    )
    section = section_of(page, "restatements")
    assert len(set(changes)) < len(changes)
    assert f"公開済みの過去の数字{len(set(changes))}件が、のべ{len(changes)}回変わりました" in section.get_text()
    line = next(
        each for each in rows_of(section, "変わった数字") if each[:4] == ["商談見込み金額", "2026-11-20", "2026年10月", "全体"]
    )
    assert line[4:] == ["60,903,000円", "58,558,000円", "-2,345,000円", "直された行 -2,345,000円"]


def test_members_without_a_name_are_told_in_words_and_a_channel_keeps_its_own(company: Ran, tmp_path: Path) -> None:
    newest = "where as_of_date = date '2026-11-20' and member ="
    copy = changed(
        company.published,
        tmp_path,
        "delete from main.restatement where as_of_date = date '2026-11-19' and member <> 'unattributed'",
        f"update main.restatement set member = '(none)' {newest} '紹介'",
        f"update main.restatement set member = 'watch' {newest} 'Web問合せ'",
    )
    pages = pages_of(copy, tmp_path / "pages")
    ja, en = (
        {line[3] for line in rows_of(section_of(pages[language], "restatements"), caption)}
        for language, caption in (("ja", "変わった数字"), ("en", "What changed"))
    )
    assert {"全体", "帰属不明", "なし", "watch"} <= ja and {"total", "nobody known", "none", "watch"} <= en


def test_a_week_without_changes_is_said_in_words(company: Ran, tmp_path: Path) -> None:
    copy = changed(company.published, tmp_path, "delete from main.restatement")
    assert "変わっていません" in section_of(pages_of(copy, tmp_path / "pages")["ja"], "restatements").get_text()


def test_rejects_and_checks_are_those_of_the_run(page: BeautifulSoup, company: Ran) -> None:
    section = section_of(page, "data")
    words = {
        "not_a_timestamp": "日時として読めない",
        "wrong_number_of_fields": "項目の数が違う",
        "not_a_date": "日付として読めない",
        "not_a_number": "数として読めない",
    }
    rejected = company.rows(
        "select source_table, coalesce(column_name, '行全体'), rule, sum(row_count)::int from ops.reject_count group by all"
    )
    expected = [[table, column, words[rule], str(rows)] for table, column, rule, rows in rejected]
    assert sorted(rows_of(section, "読めなかった行の理由")) == sorted(expected)
    ((checks,),) = company.rows("select count(*) from ops.check_result")
    assert sum(int(line[2]) for line in rows_of(section, "検査の結果")) == checks


def test_every_rule_by_which_a_row_is_rejected_has_words() -> None:
    documented = (Path(__file__).parents[2] / "docs/sources.md").read_text(encoding="utf-8")
    table = documented.split("| rule in the reject table | says |")[1].split("\n\n")[0]
    rules = {rule for line in table.splitlines() for rule in re.findall(r"`(\w+)`", line.split("|")[1] if "|" in line else "")}
    assert len(rules) >= 15 and rules == set(RULES)


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


def test_a_failed_check_that_nobody_described_is_named_by_its_kind_and_its_column(company: Ran, tmp_path: Path) -> None:
    failed = "update ops.check_result set status = 'fail', unexpected_count = 2 where severity = 'critical'"
    copy = changed(company.published, tmp_path, failed, "update ops.check_result set description_en = null")
    section = section_of(pages_of(copy, tmp_path / "pages")["en"], "data")
    expected = company.rows(
        "select expectation || coalesce(' ' || column_name, '') from ops.check_result where severity = 'critical'"
    )
    assert sorted(line[0] for line in rows_of(section, "Checks that did not pass")) == sorted(name for (name,) in expected)


def test_refused_files_and_undone_loads_do_not_make_a_source_fresh(company: Ran, tmp_path: Path) -> None:
    """A file that is refused every night is the export that has stopped coming."""
    copy = changed(
        company.published,
        tmp_path,
        "update ops.load set known_at = date '2026-11-01' + 2 * (load_id % 3)::int, status = 'loaded'",
        "create temp table model as select distinct on (source_table) * from ops.load where source_table = 'sales.hours'",
        "delete from ops.load where source_table = 'sales.hours'",
        "insert into ops.load select model.* replace (timestamp '2026-11-02' as known_at) from model",
        "insert into ops.load select model.* replace (timestamp '2026-11-04' as known_at) from model",
        "insert into ops.load select model.* replace (timestamp '2026-11-20' as known_at, 'refused' as status) from model",
        "update ops.load set status = 'undone' where source_table = 'sales.judgements'",
    )
    page = pages_of(copy, tmp_path / "pages")["ja"]
    lines = {line[0]: line[1:] for line in rows_of(section_of(page, "data"), "エクスポートごとの受け取り")}
    assert lines["sales.hours"][:3] == ["2026-11-04", "16日 (停止の疑い)", "2日"]
    assert all("取り込めたものがない" in each for each in lines["sales.judgements"][:3])
    assert "sales.hours" in page.select(".banner.watch")[0].get_text()


def test_a_guardrail_for_which_nothing_new_came_is_shown_before_any_number(company: Ran, tmp_path: Path) -> None:
    assert not pages_of(company.published, tmp_path / "before")["en"].select(".banner")
    changing = "update main.guardrail set state = 'stale' where guardrail = 'appt_quality' and channel = 'total'"
    page = pages_of(changed(company.published, tmp_path, changing), tmp_path / "pages")["en"]
    assert "'Appointment quality'" in page.select(".banner.watch")[0].get_text()


def test_a_month_of_two_changed_definitions_tells_each(company: Ran, tmp_path: Path) -> None:
    line = (
        "insert into main.definition_bridge select date '2026-11-20', 'valid_opportunity', 'valid_opportunities',"
        " date '2026-10-01', date '2026-10-31', {old}, {new}, {before}, {after}, {after} - {before}, true, null, 'r'"
    )
    copy = changed(
        company.published,
        tmp_path,
        line.format(old=1, new=2, before=16.0, after=12.0),
        line.format(old=2, new=3, before=12.0, after=9.0),
    )
    section = section_of(pages_of(copy, tmp_path / "pages")["en"], "agreements")
    assert [each[2:4] for each in rows_of(section, "What changed definitions did")] == [["2 → 3", "12"], ["1 → 2", "16"]]
    with open_engine(copy, read_only=True) as engine:
        for each in section.select("""data[data-select='"value_old"']"""):
            stands = each if each.has_attr("data-from") else each.find_parent(attrs={"data-from": True})
            assert stands is not None
            found = engine.rows(f"select {each['data-select']} from {stands['data-from']} where {stands['data-where']}")
            assert found == [(float(str(each["value"])),)]


def test_a_rate_that_is_null_says_why_once(company: Ran, tmp_path: Path) -> None:
    empty = "update main.collaboration set sales_participation = null, initiatives = 0"
    copy = changed(company.published, tmp_path, f"{empty}, null_reason = 'sales_participation=no_gap'")
    lines = rows_of(section_of(pages_of(copy, tmp_path / "pages")["en"], "sharing"), "Working together")
    assert all("the landing reaches the target" in line[1] and "n=" not in line[1] for line in lines)


def test_a_metric_can_be_linked_to_and_says_which_way_is_better(page: BeautifulSoup, company: Ran) -> None:
    for metric, direction in company.rows("select metric, direction from ops.metric"):
        fold = section_of(page, "metrics").find("details", id=f"metric-{metric}")
        assert fold is not None
        assert {"up": "多いほど良い", "down": "少ないほど良い"}[direction] in fold.get_text()


def test_each_export_tells_the_tables_that_it_reaches_in_the_end(page: BeautifulSoup, company: Ran) -> None:
    told = {line[0]: line[1] for line in rows_of(section_of(page, "lineage"), "エクスポートごとの行き先")}
    expected = company.rows(
        "with recursive reached as ("
        "select reads as export, object from ops.lineage where reads not in (select object from ops.lineage)"
        " union select export, lineage.object from reached join ops.lineage on lineage.reads = reached.object)"
        " select export, string_agg(object, ', ' order by object) from reached"
        " where object not in (select reads from ops.lineage) group by export"
    )
    assert told == dict(expected) and len(told) > 10


def test_codes_that_nobody_has_put_into_words_stand_as_they_are(company: Ran, tmp_path: Path) -> None:
    copy = changed(
        company.published,
        tmp_path,
        "update main.sharing set direction = 'partner_to_sales' where direction = 'marketing_to_sales'",
        "update ops.check_result set severity = 'blocker', status = 'skipped' where severity = 'warning'",
        "update ops.metric set definition = '{not json' where metric = 'mql_rate'",
    )
    page = pages_of(copy, tmp_path / "pages")["en"]
    assert "partner_to_sales" in {line[0] for line in rows_of(section_of(page, "sharing"), "Issues open")}
    assert ["blocker", "skipped"] in [line[:2] for line in rows_of(section_of(page, "data"), "Checks")]
    assert {line[2] for line in rows_of(section_of(page, "data"), "Checks that did not pass")} == {"blocker"}
    assert "{not json" in section_of(page, "metrics").get_text()


def test_a_funnel_without_counts_is_drawn_all_the_same(company: Ran, tmp_path: Path) -> None:
    copy = changed(company.published, tmp_path, "update main.funnel set converted = null, lost = null where stage = 'mql'")
    lines = rows_of(section_of(pages_of(copy, tmp_path / "pages")["en"], "funnel"), "Those who entered in this fiscal year")
    assert sum("no value" in line[3] for line in lines) == 1


def test_months_are_written_as_months_and_issues_are_those_of_the_as_of_date(company: Ran, tmp_path: Path) -> None:
    pages = pages_of(company.published, tmp_path)
    ja, en = (section_of(pages[language], "sharing") for language in ("ja", "en"))
    due, given = company.rows(
        "select appointments_due, with_disposition from sharing where direction = 'sales_to_marketing'"
        " and month = date '2026-11-01'"
    )[0]
    assert f"2026年11月は、結果を返す期限の来たアポ{due}件のうち{given / due:.1%}" in ja.get_text()
    assert f"In Nov 2026, of {due} appointments" in en.get_text()
    assert "2026年11月の有効商談は、" in ja.get_text() and "In Nov 2026 marketing counts" in en.get_text()
    assert "からの月" not in ja.get_text() and "month from" not in en.get_text()
    open_issues = company.rows("select count(*) filter (raised_by = 'sales'), count(*) from issue where is_open")[0]
    by_side = {line[0]: line[1] for line in rows_of(ja, "基準日時点の未解決の課題")}
    assert (by_side["営業からマーケティングへ"], by_side["マーケティングから営業へ"]) == (
        str(open_issues[0]),
        str(open_issues[1] - open_issues[0]),
    )


@pytest.mark.parametrize(
    ("known", "ja", "en"),
    [
        (
            "2026-11-20 15:00",
            "どのエクスポートも、基準日以降に受け取っています(2026-11-20)",
            "received on the as-of date or later",
        ),
        (
            "2026-11-10 15:00",
            "最後の受け取りは2026-11-10で、基準日の10日前",
            "Every export was last received on 2026-11-10, 10 days",
        ),
    ],
)
def test_freshness_is_told_as_the_time_of_receipt(company: Ran, tmp_path: Path, known: str, ja: str, en: str) -> None:
    """Rows may tell of days after the declared time of their extract: what is known of is when a file was received."""
    copy = changed(company.published, tmp_path, f"update ops.load set known_at = timestamp '{known}'")
    pages = pages_of(copy, tmp_path / "pages")
    assert ja in section_of(pages["ja"], "data").get_text() and en in section_of(pages["en"], "data").get_text()
    assert [each.get_text() for each in section_of(pages["ja"], "data").select("thead th")][1] == "最後の受け取り"


def test_the_export_that_was_received_first_is_named(company: Ran, tmp_path: Path) -> None:
    copy = changed(
        company.published, tmp_path, "update ops.load set known_at = timestamp '2026-11-12' where source_table = 'sales.hours'"
    )
    pages = pages_of(copy, tmp_path / "pages")
    assert "受け取りが最も古いのは「sales.hours」で、2026-11-12です(基準日の8日前)" in section_of(pages["ja"], "data").get_text()
    assert "'sales.hours' was received longest ago, on 2026-11-12 (8 days before" in section_of(pages["en"], "data").get_text()


def test_a_definition_without_an_agreed_number_says_so(company: Ran, tmp_path: Path) -> None:
    gone = "update main.agreement set agreed_level = null, agreed_level_per = null, null_reason = 'agreed_level=not_agreed'"
    section = section_of(pages_of(changed(company.published, tmp_path, gone), tmp_path / "pages")["en"], "agreements")
    (line,) = rows_of(section, "Versions of definitions")
    assert line[5] == f"– {REASONS['not_agreed'][1]}"


def test_a_goal_that_stands_against_its_verdict_says_who_approved_and_why(company: Ran, tmp_path: Path) -> None:
    heads = [each.get_text() for each in section_of(pages_of(company.published, tmp_path)["ja"], "agreements").select("thead th")]
    assert "現実的でない目標の承認" not in heads
    signed = "update main.plan_version set override_by = 'stanaka', override_reason = 'new product' where kgi_id like 'pipeline%'"
    pages = pages_of(changed(company.published, tmp_path, signed), tmp_path / "pages")
    lines = {line[0]: line[-1] for line in rows_of(section_of(pages["ja"], "agreements"), "計画の版")}
    assert lines["商談見込み金額"] == "stanaka: new product" and lines["有効商談数"].startswith("–")


def test_a_restated_number_of_a_quarter_says_so(company: Ran, tmp_path: Path) -> None:
    quarter = (
        "update main.restatement set grain = 'fiscal_quarter', period_start = date '2026-07-01', period_end = date '2026-09-30'"
        " where as_of_date = date '2026-11-20'"
    )
    pages = pages_of(changed(company.published, tmp_path, quarter), tmp_path / "pages")
    ja, en = (
        {line[2] for line in rows_of(section_of(pages[language], "restatements"), caption)}
        for language, caption in (("ja", "変わった数字"), ("en", "What changed"))
    )
    assert "2026-07-01 – 2026-09-30 (四半期)" in ja and "2026-07-01 – 2026-09-30 (quarter)" in en


def test_the_newest_load_of_each_export_stands_with_its_file_and_what_became_of_it(company: Ran, tmp_path: Path) -> None:
    refused = "update ops.load set status = 'refused' where file = 'sales/hours_20261120.csv'"
    copy = changed(company.published, tmp_path, refused)
    shown = {line[0]: line[1:] for line in rows_of(section_of(pages_of(copy, tmp_path / "pages")["ja"], "data"), "最新のロード")}
    loads: dict[str, tuple[str, ...]] = {}
    for table, *rest in company.rows(
        "select source_table, load_id, file, rows_read, rows_stored, rows_rejected from ops.load order by load_id"
    ):
        loads[table] = tuple(f"{each:,}" if isinstance(each, int) else each for each in rest)
    assert {table: (line[0], line[1], *line[3:6]) for table, line in shown.items()} == loads
    assert {table for table, line in shown.items() if line[6] == "断られた"} == {"sales.hours"}


def test_each_open_issue_stands_with_its_number_its_indicator_and_its_keeper(company: Ran, tmp_path: Path) -> None:
    sides = {"marketing": "マーケティング", "inside_sales": "インサイドセールス", "sales": "営業"}
    labels = dict(company.rows("select metric, label_ja from ops.metric"))
    expected = [
        [f"{issue} {labels.get(kpi, kpi)}", sides[side], owner, str(opened), f"{age:,}日"]
        for issue, side, kpi, owner, opened, age in company.rows(
            "select issue_id, raised_by, kpi, owner, opened, age_days from issue where is_open order by age_days desc, issue_id"
        )
    ]
    section = section_of(pages_of(company.published, tmp_path)["ja"], "sharing")
    assert rows_of(section, f"古い順に{len(expected)}件中{len(expected)}件") == expected and len(expected) > 5


def test_runs_stand_to_the_minute_with_their_outcome_in_words(company: Ran, tmp_path: Path) -> None:
    killed = "update ops.run set outcome = 'killed' where run_id = (select min(run_id) from ops.run)"
    pages = pages_of(changed(company.published, tmp_path, killed), tmp_path / "pages")
    lines = rows_of(section_of(pages["ja"], "data"), "これまでの実行")
    started = company.rows("select strftime(started_at, '%Y-%m-%d %H:%M') from ops.run order by started_at desc")
    assert [line[2] for line in lines] == [each for (each,) in started]
    assert [line[3] for line in lines] == [*["公開した"] * (len(lines) - 1), "中断された"]


def test_causes_of_a_change_are_told_apart(company: Ran, tmp_path: Path) -> None:
    two = "update main.restatement set late_rows = 100, deleted_rows = -50, corrected_rows = 0, unit = 'count'"
    pages = pages_of(changed(company.published, tmp_path, two), tmp_path / "pages")
    causes = {line[-1] for line in rows_of(section_of(pages["ja"], "restatements"), "変わった数字(変化69回のうち20回)")}
    assert len(causes) == 1 and "遅れて届いた行 +100件、消された行" in causes.pop()
