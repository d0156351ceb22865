"""What is read of goals: sentences that cite rows, suppositions worked out by hand. Rows are written here, not scored."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.board import GoalBoard, Row, Sentence, Supposed, suppose, supposed_numbers, why
from pipeline.board.wording import worded
from pipeline.cli.show_goals import show_boards
from pipeline.findings import KgiError
from pipeline.goals import TABLES
from pipeline.goals.words import BANDS, REASONS
from tests.goals.files import COMPANY, FACTS, PIPELINE, asking, goal_of, small_database

AS_OF = dt.date(2026, 11, 20)
GAP: dict[str, Any] = {
    "as_of_date": AS_OF,
    "kgi_id": "mktg_pipeline",
    "plan": None,
    "actual": None,
    "share_of_gap": None,
    "controller": None,
    "within_noise": None,
    "null_reason": None,
}


def gap(basis: str, kind: str, channel: str, factor: str, contribution: float, **more: object) -> Row:
    return {**GAP, "basis": basis, "kind": kind, "channel": channel, "factor": factor, "contribution": contribution, **more}


LANDING = "cohort_landing"
GAPS = (
    gap(LANDING, "total", "total", "gap", -40e6),
    gap(LANDING, "subtotal", "total", "valid_rate", -63e6, share_of_gap=1.575, controller="sales", within_noise=False),
    gap(LANDING, "subtotal", "total", "unit_price", -7e6, share_of_gap=0.175, controller="sales", within_noise=True),
    gap(LANDING, "subtotal", "total", "leads", 30e6, share_of_gap=-0.75, controller="marketing"),
    gap(LANDING, "subtotal", "total", "speed", -5e6, within_noise=True),
    gap(LANDING, "subtotal", "total", "definition_change", -12e6),
    gap(LANDING, "part", "Web", "valid_rate", -50e6, plan=0.4, actual=0.3),
    gap(LANDING, "part", "Fair", "valid_rate", -13e6, plan=0.35, actual=0.33),
    gap(LANDING, "part", "Web", "leads", 30e6, plan=5000.0, actual=6000.0),
    gap(LANDING, "part", "Fair", "leads", 0.0, plan=5000.0, actual=5000.0),
    *(gap(LANDING, "part", channel, "mql_rate", 0.0, plan=0.1, actual=0.1) for channel in ("Web", "Fair")),
    *(gap(LANDING, "part", channel, "appointment_rate", 0.0, plan=0.2, actual=0.2) for channel in ("Web", "Fair")),
)
FORECAST = {"closed": 100e6, "in_flight": 40e6, "planned": 50e6, "outside": 10e6, "total": 200e6}
GUARDRAIL: dict[str, Any] = {
    "as_of_date": AS_OF,
    "guardrail": "appt_quality",
    "period_start": dt.date(2026, 8, 1),
    "channel": "total",
    "label_ja": "アポイントの質",
    "label_en": "Appointment quality",
    "protects": "created_pipeline_amount",
    "paired_with": "appointments",
    "test": "local_optimisation",
    "state": "watch",
    "value": 0.28,
    "n": 260.0,
    "min_n": 20,
    "base": 0.40,
    "base_volume": 200.0,
    "current_volume": 260.0,
    "local_optimisation": True,
    "break_even": 0.3077,
    "null_reason": None,
}


def board(**tables: tuple[Row, ...]) -> GoalBoard:
    """Score the goal of the design over a few events, and put the rows beside it that a test is about."""
    from pipeline.goals import score

    with small_database() as engine:
        controllers = "{marketing: [leads], sales: [unit_price, valid_rate]}"
        goal = goal_of(**PIPELINE, controllable_by=controllers)
        card = score([goal], FACTS, asking(engine), COMPANY, AS_OF, "run-1")
    (kgi,) = [row for row in card.rows("kgi") if row["grain"] == "period"]
    landing = {"landing_expected": 200e6, "landing_p10": 180e6, "landing_p90": 220e6, "gap_landing": -40e6, "p_attain": 0.125}
    tree = [{**row, "actual": 110.0} if row["node"] == "appointments" else row for row in card.rows("kgi_tree")]
    lags = (
        {"as_of_date": AS_OF, "earlier": "appointments", "later": "valid_opportunities", "age_weeks": 26, "cumulative": 0.32},
    )
    rows = {
        "kgi_tree": tuple(tree),
        "gap_decomposition": GAPS,
        "forecast": tuple({"component": name, "expected": value} for name, value in FORECAST.items()),
        "funnel_lag": lags,
    }
    return GoalBoard({**kgi, **landing, "outlook": "unlikely"}, {**rows, **tables})


def said(sentences: tuple[Sentence, ...], code: str) -> Sentence:
    return next(each for each in sentences if each.code == code)


def test_the_gap_is_told_with_factor_channel_share_controller_and_chance() -> None:
    factors = [each for each in why(board()) if each.code == "factor"]
    assert factors[0].text_ja == (
        "最も足を引いているのはvalid_rateの表示名で-63,000,000円(ギャップの157.5%)。"
        "内訳で最も大きいのはWebの-50,000,000円(計画0.4、実績0.3)。担当は営業。偶然の範囲を超えています。"
    )
    assert factors[1].text_en == (
        "Next comes Unit_Price: -JPY 7,000,000 (17.5% of the gap). It is in the hands of sales. But this is within chance."
    )
    assert factors[2].text_ja.startswith("次に足を引いているのは進む速さで-5,000,000円")
    assert "反対に助けているのはleadsの表示名で+30,000,000円" in factors[3].text_ja
    assert factors[0].references == (
        "gap_decomposition: cohort_landing / total / valid_rate",
        "gap_decomposition: cohort_landing / Web / valid_rate",
    )


def test_a_share_of_more_than_twice_the_gap_is_said_without_a_number() -> None:
    rows = tuple({**row, "share_of_gap": 7.006} if row["factor"] == "valid_rate" else row for row in GAPS)
    told = said(why(board(gap_decomposition=rows)), "factor").text_ja
    assert told.startswith("最も足を引いているのはvalid_rateの表示名で-63,000,000円(ギャップを大きく超える)。")
    assert "700" not in told


def test_a_rate_of_a_channel_says_how_many_cases_it_rests_on() -> None:
    there = board()
    nodes = tuple({**each, "unit": "rate"} if each["node"] == "valid_rate" else each for each in there.rows("kgi_tree"))
    gaps = tuple({**row, "n": 63.0} if row["factor"] == "valid_rate" else row for row in GAPS)
    told = said(why(board(kgi_tree=nodes, gap_decomposition=gaps)), "factor")
    assert "(計画40.0%、実績30.0% (n=63))" in told.text_ja and "(plan 40.0%, actual 30.0% (n=63))" in told.text_en
    assert [each.column for each in told.cited].count("n") == 1


def test_rates_differ_by_points_and_not_by_percent() -> None:
    there = board()
    goal = {**there.kgi, "unit": "rate", "gap_landing": -0.031, "landing_expected": 0.369, "target": 0.4}
    rows = (gap(LANDING, "total", "total", "gap", -0.031), gap(LANDING, "subtotal", "total", "valid_rate", -0.02))
    told = why(GoalBoard(goal, {**there.tables, "gap_decomposition": rows}))
    assert "目標40.0%との差は-3.1ポイント" in said(told, "landing").text_ja
    assert said(told, "factor").text_en.startswith("What hurts most is Valid_Rate: -2.0 pt.")


def test_a_band_has_one_word_in_sentences_texts_and_comments() -> None:
    for table, column in (("kgi", "outlook"), ("realism_check", "verdict")):
        comment = next(each.ja for spec in TABLES if spec.name == table for each in spec.columns if each.name == column)
        for band, words in BANDS.items():
            assert worded(band) == words and f"{band}={words[0]}" in comment
    assert [ja for ja, _ in BANDS.values()] == ["余裕", "現実的", "やや困難", "困難", "非現実的", "判断不可"]


def test_every_reason_on_the_page_has_words_in_both_languages() -> None:
    text = Path("docs/goals.md").read_text(encoding="utf-8")
    page, row = text.partition("| reason | meaning |")[2], re.findall(r"is a row with a reason: (.*)", text)
    codes = {code for cell in re.findall(r"^\| (`[^|]*)\|", page, re.MULTILINE) for code in re.findall(r"`(\w+)`", cell)}
    codes |= set(re.findall(r"`(\w+)`", row[0]))
    assert len(codes) > 60 and {"baseline_zero", "not_enough_history", "landing_not_known"} <= codes
    for code in codes:
        ja, en = REASONS[code]
        assert re.search(r"[ぁ-んァ-ヶ一-龠]", ja) and re.fullmatch(r"[\x20-\x7e]+", en) and "_" not in en, code


def test_a_goal_where_less_is_better_says_so_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    there = board()
    show_boards([there, replace(there, kgi={**there.kgi, "direction": "down"})], as_json=False)
    shown = capsys.readouterr().out
    assert shown.count("少ないほど良い") + shown.count("less is better") == 1


def test_a_landing_that_no_cohorts_explain_is_not_passed_over() -> None:
    there = board(gap_decomposition=(gap("to_date", "total", "total", "gap", -1e6),))
    paced = replace(there, tables={**there.tables, "forecast": tuple({**row, "model": "pace"} for row in there.rows("forecast"))})
    assert "最近のペースによる" in said(why(paced), "landing_by_pace").text_ja
    assert "no conversion is followed" in said(why(paced), "landing_by_pace").text_en
    assert "対象を追いかける転換率がない" in said(why(there), "landing_unexplained").text_ja
    stopped = tuple({**row, "target": None, "null_reason": "target=unrealistic_plan"} for row in there.rows("kgi_tree"))
    told = said(why(replace(there, tables={**there.tables, "kgi_tree": stopped})), "landing_unexplained")
    assert "the plan is unrealistic and nobody signed for it" in told.text_en
    assert not {"landing_by_pace", "landing_unexplained"} & {each.code for each in why(board())}


def test_speed_and_a_changed_definition_stand_apart_from_performance() -> None:
    told = why(board())
    assert "speed" not in {each.code for each in told}  # it is among the factors that hurt most
    trace = tuple({**row, "contribution": -1.0} if row["factor"] == "speed" else row for row in GAPS)
    assert [each.code for each in why(board(gap_decomposition=trace))].count("factor") == 3  # one yen is not what hurts next
    small = tuple({**row, "contribution": 1.0} if row["factor"] == "speed" else row for row in GAPS)
    assert (
        said(why(board(gap_decomposition=small)), "speed").text_ja == "進む速さの変化による影響は+1円です。ただし偶然の範囲です。"
    )
    assert said(told, "definition_change").text_en == "The changed definition accounts for -JPY 12,000,000; it is no performance."


def test_a_definition_that_changed_says_what_it_does_to_the_count() -> None:
    row = {
        "as_of_date": AS_OF,
        "agreement": "valid_opportunity",
        "metric": "valid_opportunities",
        "period_start": dt.date(2026, 10, 1),
        "version_old": 1,
        "version_new": 2,
        "effect": -12.0,
        "is_in_force": True,
    }
    older = {**row, "period_start": dt.date(2026, 9, 1), "effect": -9.0}
    told = said(why(board(definition_bridge=(row, older, {**row, "metric": "valid_rate"}))), "bridge")
    assert told.text_en == ("The change of the definition from version 1 to 2 moves Valid_Opportunities by -12 件 in Oct 2026.")
    assert [cited.column for cited in told.cited] == ["version_old", "version_new", "period_start", "effect"]
    apart = tuple(each for each in GAPS if each["factor"] != "definition_change")
    assert "do not tell this apart" in said(why(board(definition_bridge=(row,), gap_decomposition=apart)), "bridge").text_en


def test_local_optimisation_is_named_with_its_break_even_rate() -> None:
    told = said(why(board(guardrail=(GUARDRAIL,))), "local")
    assert told.text_ja == (
        "部分最適の疑いがあります: appointmentsの表示名は200から260に増えましたが、"
        "アポイントの質は40.0%から28.0% (n=260)になりました。"
        "この量で成果を減らさないためには30.8%が必要です。"
    )
    assert "At this volume it takes 30.8% to lose nothing." in told.text_en


def test_silence_is_said_and_never_taken_for_good() -> None:
    few = {**GUARDRAIL, "state": "insufficient_data", "value": None, "base": None, "n": 7.0, "local_optimisation": None}
    told = why(board(guardrail=(few,)))
    assert said(told, "guardrail_silent").text_en == (
        "Of the guardrail 'Appointment quality' (total) nothing can be said (not enough cases: 7 cases, 20 needed)."
    )
    bare = why(
        GoalBoard(
            {
                **board().kgi,
                "gap_landing": None,
                "gap_to_date": None,
                "initiative_coverage": None,
                "null_reason": "gap_landing=no_curve",
            },
            {},
        )
    )
    assert [each.code for each in bare] == ["no_standing", "no_landing", "no_gap", "no_guardrails", "no_lever"]
    assert (
        "転換の進み方が分からない" in said(bare, "no_landing").text_ja and "理由の記録がない" in said(bare, "no_standing").text_ja
    )
    assert "win_rate has no actual (reason: no metric measures it)." in [each.text_en for each in told]


def test_what_could_recover_most_and_what_is_covered_are_said_where_the_tables_say_it() -> None:
    lever = {"as_of_date": AS_OF, "kgi_id": "mktg_pipeline", "factor": "valid_rate", "recovery": 8e6, "controller": "sales"}
    from pipeline.board import sentences

    keys = {**sentences._KEYS, "lever": ("as_of_date", "kgi_id", "factor")}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sentences, "_KEYS", keys)
        covered = board(lever=(lever, {**lever, "factor": "leads", "recovery": 3e6, "controller": None}))
        told = why(replace(covered, kgi={**covered.kgi, "initiative_coverage": 0.4}))
        both = {**covered.tables, "lever": (*covered.rows("lever"), {**lever, "factor": "all", "recovery": 9.5e6})}
        together = why(replace(covered, tables=both))
    assert "all_levers" not in {each.code for each in told}
    assert said(together, "all_levers").text_ja == "すべての打ち手を合わせて取り戻せる見込みは9,500,000円です。"
    assert said(told, "lever").text_en == "What can still recover most is Valid_Rate: JPY 8,000,000 (sales)."
    assert said(told, "lever").text_ja.startswith("今から最も取り戻せるのはvalid_rateの表示名で")
    assert said(told, "coverage").text_ja == "登録された施策で埋まる見込みは、足りない分の40.0%です。"


def test_how_many_more_entries_it_takes_and_until_when_is_said() -> None:
    (row,) = [{"as_of_date": AS_OF, "kgi_id": "mktg_pipeline", "metric": "appointments", "grain": "period", "channel": "total"}]
    row |= {"period_start": dt.date(2026, 4, 1), "plan_version": 1, "latest_useful_month": dt.date(2027, 2, 1)}
    told = said(why(board(kpi_target=({**row, "required_p50": 128, "required_p80": 146},))), "needed")
    assert told.text_ja == (
        "目標に届くには、今日からappointmentsの表示名があと128件(五分五分)から146件(八割方)必要で、2027年2月の分までが間に合います。"
    )
    assert "it takes 128 (an even chance) to 146 (four in five) more of Appointments from today" in told.text_en
    silent = why(board(kpi_target=({**row, "required_p50": None, "required_p80": None},)))
    assert "needed" not in {each.code for each in silent}


def test_how_the_plan_was_judged_is_said_and_what_could_not_be_looked_at() -> None:
    judged = {
        "as_of_date": AS_OF,
        "kgi_id": "mktg_pipeline",
        "plan_version": 1,
        "check": "overall",
        "probability": 0.11,
        "verdict": "unlikely",
        "binding_factor": "valid_rate",
        "null_reason": None,
    }
    rate = {**judged, "check": "rate valid_rate", "value": 0.44, "reference": 0.3938, "n": 812}
    growth = {
        **judged,
        "check": "growth",
        "probability": None,
        "verdict": "unknown",
        "null_reason": "probability=not_enough_history",
    }
    told = why(board(realism_check=(judged, rate, growth)))
    assert said(told, "realism").text_en == (
        "When this version of the plan was judged it was unlikely"
        " (chance 11%, bound by Valid_Rate: 0.4 planned, 0.4 (n=812) before)."
    )
    assert said(told, "no_look").text_ja == "成長の倍率による判定はできません(理由: 過去の実績が足りない)。"
    past = why(board(realism_check=({**judged, "binding_factor": "history"},)))
    assert said(past, "realism").text_ja == "計画の版を決めたときの判定は困難でした(確率11%、制約は過去の実績)。"
    unknown = why(board(realism_check=({**judged, "probability": None, "null_reason": "probability=nothing_to_look_at"},)))
    assert "nothing_to_look_at" in said(unknown, "not_judged").text_en


def test_every_digit_of_a_sentence_is_cited() -> None:
    for each in why(board(guardrail=(GUARDRAIL,))):
        assert _numbers(each.text_ja) == [number for cited in each.cited for number in _numbers(cited.shown[0])], each.text_ja
        assert sorted(_numbers(each.text_en)) == sorted(n for cited in each.cited for n in _numbers(cited.shown[1])), each.text_en


def _numbers(text: str) -> list[str]:
    return re.findall(r"\d{4}-\d{2}-\d{2}|\d+(?:,\d{3})*(?:\.\d+)?%?", text)


def test_another_rate_asks_for_other_counts_and_scales_what_is_still_open() -> None:
    """240M / 3M / 0.32 = 250 appointments; the plan's 200 would give 64 deals; the curve ends at 0.32, so nothing else moves."""
    (found,) = suppose([board()], {"valid_rate": 0.32})
    assert {n.node["node"]: n.needed_after for n in found.nodes}["appointments"] == pytest.approx(240e6 / 3e6 / 0.32)
    assert {n.node["node"]: n.needed_after for n in found.nodes}["leads"] == pytest.approx(240e6 / 3e6 / 0.32 / 0.2 / 0.1)
    reached = {n.node["node"]: n.reached for n in found.nodes}
    assert (reached["valid_opportunities"], reached["created_pipeline_amount"]) == pytest.approx((64, 192e6))
    assert landing(found) == pytest.approx(FORECAST)
    (found,) = suppose([board()], {"valid_rate": 0.40})
    assert landing(found) == pytest.approx({**FORECAST, "in_flight": 50e6, "planned": 62.5e6, "total": 222.5e6})


def test_another_count_scales_what_is_still_to_come() -> None:
    """The landing expects (6000 + 5000) x 0.1 x 0.2 = 220 appointments, 110 so far: 275 are half as many again to come."""
    (found,) = suppose([board()], {"appointments": 275.0})
    assert landing(found) == pytest.approx({**FORECAST, "planned": 75e6, "total": 225e6})
    assert {n.node["node"]: n.reached for n in found.nodes}["created_pipeline_amount"] == pytest.approx(275 * 0.4 * 3e6)
    assert {n.node["node"]: n.needed_after for n in found.nodes}["appointments"] == pytest.approx(200)
    (fewer,) = suppose([board()], {"appointments": 50.0})  # fewer than there are: nothing more comes
    assert landing(fewer)["planned"] == 0


def test_a_price_scales_by_the_actual_and_what_has_no_present_value_is_not_guessed() -> None:
    there = board()
    priced = tuple({**row, "actual": 2.5e6} if row["node"] == "unit_price" else row for row in there.rows("kgi_tree"))
    (found,) = suppose([replace(there, tables={**there.tables, "kgi_tree": priced})], {"unit_price": 3e6})
    assert landing(found) == pytest.approx({**FORECAST, "in_flight": 48e6, "planned": 60e6, "total": 218e6})
    unpriced = tuple({**row, "actual": None} if row["node"] == "unit_price" else row for row in there.rows("kgi_tree"))
    (unknown,) = suppose([replace(there, tables={**there.tables, "kgi_tree": unpriced})], {"unit_price": 3e6})
    assert landing(unknown)["total"] is None


def test_a_win_rate_beside_the_goal_moves_the_target_that_it_divides() -> None:
    """60M of revenue / 0.30 = 200M of pipeline instead of 240M."""
    (found,) = suppose([board()], {"win_rate": 0.30})
    assert found.target_after == pytest.approx(200e6)
    assert {n.node["node"]: n.needed_after for n in found.nodes}["valid_opportunities"] == pytest.approx(200 / 3)
    assert landing(found) == pytest.approx(FORECAST)


def test_another_target_is_solved_back() -> None:
    (found,) = suppose([board()], {"created_pipeline_amount": 300e6})
    assert (found.target_before, found.target_after) == pytest.approx((240e6, 300e6))
    assert {n.node["node"]: n.needed_after for n in found.nodes}["appointments"] == pytest.approx(250)
    assert {n.node["node"]: n.reached for n in found.nodes}["created_pipeline_amount"] == pytest.approx(240e6)


def landing(found: Supposed) -> dict[str, float | None]:
    return {part.component: part.after for part in found.landing}


@pytest.mark.parametrize(
    ("written", "code", "hint"),
    [
        ("valid_rate=35%", "what_if_percent", "0.35"),
        ("appointments=2.4万", "kgi_loose_number", "24000"),
        ("appointments=1,200", "kgi_loose_number", "1200"),
        ("appointments=もっと", "kgi_text", ""),
        ("appointments=nan", "kgi_not_finite", ""),
        ("appointments", "what_if_form", "--what-if valid_rate=0.35"),
        ("=3", "what_if_form", ""),
    ],
)
def test_what_is_no_number_is_refused_with_the_hint_of_a_goal_file(written: str, code: str, hint: str) -> None:
    with pytest.raises(KgiError) as refused:
        supposed_numbers([written, "leads=3000"])
    (found,) = refused.value.findings
    assert found.code == code
    for language in ("en", "ja"):
        assert hint in (found.hint_text(language) or "")
        assert written.partition("=")[2] in found.text(language)


def test_a_name_supposed_twice_is_refused() -> None:
    with pytest.raises(KgiError) as refused:
        supposed_numbers(["valid_rate=0.35", "valid_rate=0.4"])
    (found,) = refused.value.findings
    assert found.code == "what_if_twice" and "valid_rate" in found.text("ja") and found.hint_text("en") and found.text("en")


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        ({"valid_rat": 0.3}, "what_if_unknown", "valid_rate"),
        ({"appointments": -1.0}, "what_if_out_of_range", "0 or more"),
    ],
)
def test_a_name_of_no_tree_and_an_impossible_number_are_refused(given: dict[str, float], code: str, says: str) -> None:
    with pytest.raises(KgiError) as refused:
        suppose([board()], given)
    (found,) = refused.value.findings
    assert found.code == code
    assert says in (found.hint_text("en") or "") and found.text("ja") and found.hint_text("ja")


def test_a_rate_above_one_is_refused() -> None:
    there = board()
    rates = tuple({**row, "unit": "rate"} if row["node"] == "valid_rate" else row for row in there.rows("kgi_tree"))
    with pytest.raises(KgiError, match="cannot be 35"):
        suppose([replace(there, tables={**there.tables, "kgi_tree": rates})], {"valid_rate": 35.0})


def test_the_channel_of_the_largest_part_is_named_only_where_most_is_divided() -> None:
    rest = {**next(row for row in GAPS if row["kind"] == "part" and row["factor"] == "valid_rate"), "channel": "total"}
    told = said(why(board(gap_decomposition=(*GAPS, {**rest, "contribution": -60_000_000.0}))), "factor")
    assert "内訳で最も大きいのは" not in told.text_ja
    told = said(why(board(gap_decomposition=(*GAPS, {**rest, "contribution": -1.0}))), "factor")
    assert "内訳で最も大きいのはWeb" in told.text_ja


def test_a_guardrail_of_hours_tells_its_unit_and_no_cases() -> None:
    hours = {**GUARDRAIL, "test": "xmr", "state": "watch", "value": 14.5, "base": 12.5, "n": 19.0, "base_n": 12.0}
    hours |= {"metric": "sales_hours", "local_optimisation": None}
    there = replace(board(guardrail=(hours,)), units={"sales_hours": "hours"})
    told = said(why(there), "guardrail")
    assert "値14.5時間、基準12.5時間。" in told.text_ja and "n=" not in told.text_ja
    rate = said(why(board(guardrail=({**GUARDRAIL, "state": "watch", "local_optimisation": None},))), "guardrail")
    assert "(n=260)" in rate.text_ja
