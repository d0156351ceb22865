"""Page one tells what a changed file changes: each case alters one thing in a copy of the demo's file and reads what is said."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from pipeline.board.sentences import difference, shown
from tests.companies import Ran
from tests.report.reading import changed, pages_of, rows_of, section_of

GOAL = "valid_opportunities_fy2026"
AS_OF = dt.date(2026, 11, 20)


def after(company: Ran, folder: Path, *statements: str) -> dict[str, BeautifulSoup]:
    return pages_of(changed(company.published, folder, *statements), folder / "pages")


def said_of(part: Tag, title: str) -> str:
    """Return the text of the card with this title."""
    return next(each.get_text() for each in part.select("article") if each.get_text().lstrip().startswith(title))


def points(part: Tag) -> dict[str, tuple[str, str]]:
    """Return actual and target of each month as the hover titles of a chart say them."""
    found = {}
    for title in part.select("svg title"):
        match = re.fullmatch(r"(\d+年\d+月): 実績 (.*), 目標 (.*)", title.get_text())
        if match:
            found[match[1]] = (match[2], match[3])
    return found


def chart_of(page: BeautifulSoup, title: str) -> Tag:
    return next(each for each in page.select("figure") if each.figcaption is not None and each.figcaption.get_text() == title)


# the pace


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            "direction = 'down', required_per_business_day = null",
            ("少ないほどよく、今日までの計画の92.1%です", "期末まであと84営業日です"),
        ),
        ("required_per_business_day = null", ("今日までの計画の92.1%まで来ています", "期末まであと84営業日です")),
        ("required_per_business_day = 0", ("92.1%まで来ています", "目標にはもう届いています(残り84営業日)")),
        ("period_end = as_of_date, required_per_business_day = null", ("92.1%まで来ています", "期間は2026-11-20に終わりました")),
    ],
)
def test_pace_is_told_where_no_day_has_to_bring_its_part(
    company: Ran, tmp_path: Path, change: str, words: tuple[str, ...]
) -> None:
    told = after(company, tmp_path, f"update main.kgi set {change} where kgi_id = '{GOAL}' and grain = 'period'")["ja"]
    card = said_of(section_of(told, "pace"), "有効商談数")
    assert all(each in card for each in words), card
    assert "が必要です" not in card and "言えません" not in card.split("に終わりました")[0]


def test_a_month_without_a_value_stays_in_its_place_and_a_target_of_nothing_is_no_zero(company: Ran, tmp_path: Path) -> None:
    where = f"where kgi_id = '{GOAL}' and grain = 'month'"
    told = after(
        company,
        tmp_path,
        f"update main.kgi set actual = null {where} and period_start = date '2026-05-01'",
        f"update main.kgi set target = null {where} and period_start = date '2026-06-01'",
    )["ja"]
    months = {
        f"{month.year}年{month.month}月": (actual, target)
        for month, actual, target in company.rows(f"select period_start, actual, target from v_latest_kgi {where} order by 1")
    }
    drawn = points(chart_of(told, "有効商談数: 累計と計画"))
    assert "2026年5月" not in drawn or drawn["2026年5月"][0] == "–"
    april, june = months["2026年4月"][0], months["2026年6月"][0]
    assert drawn["2026年4月"][0] == f"{april:.0f}件" and drawn["2026年6月"] == (f"{april + june:.0f}件", "–")


def test_a_mean_is_drawn_month_by_month_and_not_added_up(company: Ran, tmp_path: Path) -> None:
    told = after(company, tmp_path, f"update main.kgi set metric = 'avg_pipeline_amount', unit = 'JPY' where kgi_id = '{GOAL}'")[
        "ja"
    ]
    part = section_of(told, "pace")
    assert "有効商談数: 月ごとの実績と目標" in part.get_text() and "有効商談数: 累計と計画" not in part.get_text()
    april, may = (
        value
        for (value,) in company.rows(
            f"select actual from v_latest_kgi where kgi_id = '{GOAL}' and grain = 'month' order by period_start limit 2"
        )
    )
    drawn = points(chart_of(told, "有効商談数: 月ごとの実績と目標"))
    assert drawn["2026年5月"][0] == f"{may:,.0f}円" != f"{april + may:,.0f}円"


# the gap


def test_a_rate_never_stands_without_what_it_divides_by(pages: dict[str, BeautifulSoup]) -> None:
    """Every percent of the gap and the guardrails that is a rate of the business has its n beside it."""
    for language, actual in (("ja", "実績"), ("en", "actual ")):
        text = section_of(pages[language], "gap").get_text()
        rates = re.findall(rf"{actual}(\d+\.\d%)( \(n=[\d,]+\))?", text)
        assert len(rates) > 4 and all(n for _, n in rates), rates
    table = rows_of(section_of(pages["ja"], "gap"), "商談見込み金額: チャネルと要因の内訳")
    assert all("(n=" in line[3] for line in table if "%" in line[3]) and any("%" in line[3] for line in table)
    bound = re.search(r"計画の\d+\.\d%に対して過去は\d+\.\d% \(n=[\d,]+\)", section_of(pages["ja"], "goals").get_text())
    assert bound
    watched = [each.get_text() for each in section_of(pages["ja"], "guardrails").select("ul.said li")]
    assert all(each.count("%") == each.count("(n=") for each in watched) and any("%" in each for each in watched)


def test_every_difference_has_its_sign_before_the_currency(pages: dict[str, BeautifulSoup]) -> None:
    for text in (section_of(pages["en"], name).get_text() for name in ("gap", "pace")):
        assert not re.search(r"JPY [-\u2212+]", text)
        assert re.search(r"\u2212JPY [\d,]+", text)
    assert re.search(r"\+JPY [\d,]+", section_of(pages["en"], "gap").get_text())


def test_a_gap_without_parts_says_nothing_of_kinds_and_hands(company: Ran, tmp_path: Path) -> None:
    told = after(company, tmp_path, "delete from main.gap_decomposition where kind in ('part', 'subtotal')")
    assert "種類で言うと" not in section_of(told["ja"], "gap").get_text()
    assert "By kind" not in section_of(told["en"], "gap").get_text()


def test_what_hurts_is_outlined_whatever_the_sign_and_marked_only_if_it_hurts(company: Ran, tmp_path: Path) -> None:
    """Where less is better the same parts help that hurt before: every bar and mark turns around."""
    beyond = "update main.gap_decomposition set within_noise = false where kind = 'subtotal'"
    marks = {}
    for direction in ("up", "down"):
        folder = tmp_path / direction
        folder.mkdir()
        told = after(company, folder, beyond, f"update main.kgi set direction = '{direction}' where kgi_id = '{GOAL}'")["ja"]
        chart = chart_of(told, "有効商談数: 目標から着地見込みまで")
        hollow = chart.select("svg .stroke-loss.fill-paper > title")
        outlined = {each.get_text().partition(":")[0] for each in hollow}
        table = {line[0]: line[1] for line in rows_of(chart, "有効商談数: 目標から着地見込みまで")}
        hurting = {name for name, size in table.items() if size.startswith("-" if direction == "up" else "+")} - {"差の合計"}
        assert outlined and outlined <= hurting
        marked = chart.select("td.bad")
        assert {str(each.parent.th.get_text()) for each in marked if each.parent and each.parent.th} == hurting
        marks[direction] = outlined
    assert not marks["up"] & marks["down"]


def test_rates_differ_by_points_in_a_drawing_too(company: Ran, tmp_path: Path) -> None:
    told = after(company, tmp_path, f"update main.kgi set unit = 'rate' where kgi_id = '{GOAL}'")["ja"]
    sizes = [each.get_text() for each in chart_of(told, "有効商談数: 目標から着地見込みまで").select("svg text")]
    assert any(re.match(r"[+\u2212][\d.]+pt", each) for each in sizes)
    assert not any(re.match(r"[+\u2212-][\d.]+%", each) for each in sizes)


# guardrails


def test_a_guardrail_says_by_which_days_it_judges(pages: dict[str, BeautifulSoup], company: Ran) -> None:
    part = section_of(pages["ja"], "guardrails")
    rows = {line[0]: line for line in rows_of(part, "ガードレール(全体と")}
    late = 0
    for name, first, last, margin in company.rows(
        "select label_ja, period_start, period_end, margin from v_latest_guardrail where channel = 'total'"
    ):
        assert rows[name][2] == f"{first} – {last}"
        assert rows[name][6] == (f"{100 * margin:.1f}ポイント" if margin is not None else "")
        sentence = f"「{name}」は、結果が出きった{first}から{last}までの分で判定しています"
        assert (sentence in part.get_text()) is (last < AS_OF - dt.timedelta(days=31))
        late += last < AS_OF - dt.timedelta(days=31)
    assert late


def test_limits_of_a_chart_are_told_as_limits_of_the_value(pages: dict[str, BeautifulSoup], company: Ran) -> None:
    ((name, value, base, low, high),) = company.rows(
        "select label_ja, value, base, ci_low, ci_high from v_latest_guardrail where test = 'xmr' and channel = 'total'"
    )
    line = next(line for line in rows_of(section_of(pages["ja"], "guardrails"), "ガードレール(全体と") if line[0] == name)
    assert line[3] == f"{value:.1f}時間" and line[5] == f"{value - base:+.1f}時間"
    assert line[4].startswith(f"{base:.1f}時間 [") and line[4].endswith(f"{high:.0f}時間]") and low < value < high


# initiatives and decisions


def initiative(company: Ran, folder: Path, change: str, name: str = "webinar_series") -> tuple[dict[str, str], list[str], str]:
    """Return by language the sentence about an initiative, its row, and the class of the effect's cell, after a change."""
    told = after(company, folder, f"update main.initiative_effect set {change} where initiative = '{name}'")
    ((ja, en),) = company.rows(f"select label_ja, label_en from initiative where initiative = '{name}'")
    sentences = {
        language: next(
            each.get_text() for each in section_of(told[language], "initiatives").select("li") if label in each.get_text()
        )
        for language, label in (("ja", ja), ("en", en))
    }
    part = section_of(told["ja"], "initiatives")
    row = next(line for line in rows_of(part, "施策") if line[0] == ja)
    cell = next(line.find_all(["td"])[5] for line in part.select("tbody tr") if line.th and line.th.get_text() == ja)
    return sentences, row, str(cell.get("class"))


def test_harm_is_not_told_as_an_effect(company: Ran, tmp_path: Path) -> None:
    told, _, looks = initiative(company, tmp_path, "effect = -9, ci_low = -15, ci_high = -3, claim = 'opposite'")
    assert "期待とは逆に働きました: \u22129件 (範囲 \u221215件 – \u22123件" in told["ja"]
    assert "worked against what was expected" in told["en"] and "bad" in looks


def test_an_effect_of_fewer_of_what_was_to_become_fewer_is_one(company: Ran, tmp_path: Path) -> None:
    told, _, looks = initiative(company, tmp_path, "effect = -9, ci_low = -15, ci_high = -3, claim = 'effect'")
    assert "の効果は\u22129件" in told["ja"] and "good" in looks


def test_an_estimate_without_an_interval_claims_nothing(company: Ran, tmp_path: Path) -> None:
    told, row, _ = initiative(
        company, tmp_path, "ci_low = null, ci_high = null, null_reason = 'ci_low=too_few_months;ci_high=too_few_months'"
    )
    assert "効いたとは言えません。推定は+2件ですが、範囲が計算できません" in told["ja"] and "without an interval" in told["en"]
    assert "[" not in row[6]


@pytest.mark.parametrize(
    ("from_day", "words", "not_words"),
    [("2026-08-31", "の効果は言えません(理由: ", "読めるのは"), ("2027-01-31", "読めるのは2027-01-31から", "言えません")],
)
def test_nothing_is_readable_from_a_day_that_is_over(
    company: Ran, tmp_path: Path, from_day: str, words: str, not_words: str
) -> None:
    nothing = "effect = null, ci_low = null, ci_high = null, claim = null, null_reason = 'effect=too_few_months'"
    told, _, _ = initiative(company, tmp_path, f"{nothing}, readable_from = date '{from_day}'")
    assert words in told["ja"] and not_words not in told["ja"]


def test_what_is_overdue_for_long_is_counted_and_listed(pages: dict[str, BeautifulSoup], company: Ran) -> None:
    late = company.rows("select text_ja, due from action where done_on is null and due < date '2026-10-23'")
    assert late
    oldest = min(due for _, due in late)
    said = section_of(pages["ja"], "decisions").select("ul.said")[0].get_text()
    assert f"実行されていない行動が{len(late)}件あります(最も古い期限 {oldest})" in said
    listed = [line[0] for line in rows_of(section_of(pages["ja"], "levers"), "期限を4週間以上過ぎている行動")]
    assert sorted(listed) == sorted(text for text, _ in late)


# the file's own currency, its odd names


def test_amounts_have_the_currency_that_the_file_says(company: Ran, tmp_path: Path) -> None:
    told = after(
        company,
        tmp_path,
        "update ops.manifest set currency = 'EUR'",
        "update main.kgi set unit = 'count'",
    )["en"]
    assert "EUR" in section_of(told, "pipeline").get_text() and "JPY" not in section_of(told, "pipeline").get_text()


def test_a_label_with_a_character_that_nobody_sees_is_drawn_without_it(company: Ran, tmp_path: Path) -> None:
    told = after(company, tmp_path, "update main.kgi set label_ja = 'KGI' || chr(11) || 'その1', label_en = 'a' || chr(7) || 'b'")
    titles = [each.get_text() for each in told["ja"].select("svg > title")]
    assert any(each.startswith("KGIその1") for each in titles)
    assert any(each.get_text().startswith("ab") for each in told["en"].select("svg > title"))


def test_the_months_of_a_rate_say_how_many_cases_they_rest_on(company: Ran, tmp_path: Path) -> None:
    change = "update main.kgi set metric = 'mql_rate', unit = 'rate', actual = 0.3, target = 0.3 where kgi_id"
    told = after(company, tmp_path, f"{change} = 'appointments_fy2026'")["ja"]
    ((leads,),) = company.rows(
        "select denominator from v_latest_kpi where metric = 'mql_rate' and grain = 'month' and dimension = 'total'"
        " and period_start = date '2026-04-01'"
    )
    lines = {line[0]: line[1] for line in rows_of(section_of(told, "pace"), "アポイント獲得数: 月ごとの実績と目標")}
    assert lines["2026年4月"].endswith(f"(n={leads:,.0f})")


def test_the_weakest_step_is_that_of_those_who_have_had_their_time(pages: dict[str, BeautifulSoup], company: Ran) -> None:
    """Deals are won sooner than they are lost: the decided ones of young months would flatter every step."""
    rates = company.rows(
        "select stage, sum(converted) / sum(entered) as rate, sum(entered) from funnel"
        " where is_mature and cohort_month >= date '2025-04-01' group by all order by rate limit 1"
    )
    ((_, rate, entered),) = rates
    said = section_of(pages["ja"], "funnel").select("ul.said")[0].get_text()
    assert f"の{rate:.1%} (n={entered:,.0f})です" in said


def test_numbers_that_round_to_nothing_have_no_sign() -> None:
    assert shown(1e-14, "±count") == ("0件", "0") and shown(-0.0001, difference("rate")) == ("0.0ポイント", "0.0 pt")
    assert shown(-0.4, "±JPY") == ("0円", "JPY 0") and shown(12.0, "±count") == ("+12件", "+12")
    assert shown(0.99995, "chance") == ("99%超", "over 99%") and shown(0.0, "chance") == ("1%未満", "under 1%")
    assert shown(-1234567, "±JPY") == ("-1,234,567円", "-JPY 1,234,567") and shown(0.366, "chance") == ("37%", "37%")
