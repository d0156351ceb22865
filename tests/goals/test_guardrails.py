"""The guardrail table, against the published and derived vectors of the design and against plain counts."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from pipeline.findings import Severity
from pipeline.goals import check_scorecard
from pipeline.goals.scene import NoMemory
from pipeline.goals.tables import Row
from tests.goals.guarded import (
    APRIL,
    EARLY,
    EARLY_TO_VALID,
    HOURS,
    NIGHT,
    OCTOBER,
    OPT_OUT,
    TIMELY_TO_VALID,
    TO_VALID,
    TO_WON,
    Entries,
    World,
    line,
    night,
    row_of,
)

AGAINST_APRIL = "baseline: {from: 2026-04-01, to: 2026-04-30}, window: 1m"
MAY, JULY, SEPTEMBER = (dt.date(2026, month, 1) for month in (5, 7, 9))
PUSH = World(
    {
        TO_VALID: (
            Entries(APRIL, 120, 60, "web"), Entries(APRIL, 80, 20, "expo"),
            Entries(OCTOBER, 140, 55, "web"), Entries(OCTOBER, 120, 18, "expo"),
        )
    }
)  # fmt: skip
"""T20: 200 appointments and 80 valid opportunities, then 260 and 73; within and by mix of two channels."""


def quality(kind: str = "newcombe_noninferiority", margin: float = 0.05, more: str = "") -> str:
    test = f"{{kind: {kind}, margin: {margin}, {AGAINST_APRIL}}}"
    return line("quality", TO_VALID, "up", test, "paired_with: appointments", "cause_by: channel", *filter(None, [more]))


class LastNight(NoMemory):
    """A memory of the rows of one night."""

    def __init__(self, *rows: Row) -> None:
        self.rows = rows

    def last(self, table: str) -> tuple[Row, ...]:
        return self.rows if table == "guardrail" else ()


@pytest.mark.parametrize(("margin", "state"), [(0.05, "watch"), (0.0, "breach")])
@pytest.mark.parametrize("kind", ["newcombe_noninferiority", "local_optimisation"])
def test_more_appointments_that_bring_less(kind: str, margin: float, state: str) -> None:
    row = row_of(night(PUSH, quality(kind, margin)), "quality")
    assert (row["state"], row["local_optimisation"], row["n"], row["base_n"]) == (state, True, 260, 200)
    assert [row[name] for name in ("diff", "ci_low", "ci_high")] == pytest.approx([-0.119, -0.205, -0.032], abs=5e-4)
    assert row["break_even"] == pytest.approx(0.3077, abs=5e-5)
    assert (row["volume"], row["base_volume"], row["current_volume"]) == pytest.approx((260, 200, 260))
    assert (row["period_start"], row["period_end"], row["base_source"]) == (OCTOBER, dt.date(2026, 10, 31), "2026-04..2026-04")


def test_what_the_quality_lost_is_within_the_channels_or_their_mix() -> None:
    row = row_of(night(PUSH, quality()), "quality")
    shares, rates = ((120 / 200, 140 / 260), (80 / 200, 120 / 260)), ((0.5, 55 / 140), (0.25, 18 / 120))
    mix = sum((new - old) * sum(rate) / 2 for (old, new), rate in zip(shares, rates, strict=True))
    within = sum((new - old) * sum(share) / 2 for (old, new), share in zip(rates, shares, strict=True))
    assert (row["mix_effect"], row["within_effect"], row["cause"]) == pytest.approx((mix, within, "within"))
    assert mix + within == pytest.approx(row["diff"])
    assert "quality within channel" in str(row["text_en"]) and "主な原因は各チャネルの中の質 (" in str(row["text_ja"])


def test_only_the_mix_moved() -> None:
    world = World(
        {
            TO_VALID: (
                Entries(APRIL, 100, 80, "web"), Entries(APRIL, 100, 20, "expo"),
                Entries(OCTOBER, 50, 40, "web"), Entries(OCTOBER, 250, 50, "expo"),
            )
        }
    )  # fmt: skip
    card = night(world, quality(margin=0.0))
    row = row_of(card, "quality")
    assert (row["state"], row["cause"], row["within_effect"]) == ("breach", "mix", pytest.approx(0))
    assert [row_of(card, "quality", each)["state"] for each in ("web", "expo")] == ["ok", "ok"]
    assert "the mix of channel" in str(row["text_en"]) and "主な原因はチャネルの構成の変化 (" in str(row["text_ja"])


def test_a_member_by_itself_is_watched_and_never_a_breach() -> None:
    world = World({TO_VALID: (Entries(APRIL, 200, 100), Entries(OCTOBER, 200, 20))})
    card = night(world, quality(margin=0.0))
    assert (row_of(card, "quality")["state"], row_of(card, "quality", "web")["state"]) == ("breach", "watch")
    assert "cause=total_only" in str(row_of(card, "quality", "web")["null_reason"])


def test_a_rate_that_loses_is_not_plainly_ok_where_only_the_volume_did_not_grow() -> None:
    """200 appointments at 40 %, then 150 at 20 %: what is lost is not lost to a push, and the text says so."""
    world = World({TO_VALID: (Entries(APRIL, 200, 80), Entries(OCTOBER, 150, 30))})
    row = row_of(night(world, quality("local_optimisation", 0.0)), "quality")
    assert (row["state"], row["local_optimisation"], row["value"], row["break_even"]) == (
        "ok",
        False,
        0.2,
        pytest.approx(80 / 150),
    )
    assert "率はこれを下回るが、appointmentsの表示名が 200 から 150 で増えていないため正常とする" in str(row["text_ja"])
    assert "it is ok only because Appointments did not grow (200 to 150)" in str(row["text_en"])
    fine = World({TO_VALID: (Entries(APRIL, 200, 80), Entries(OCTOBER, 150, 90))})
    assert "only because" not in str(row_of(night(fine, quality("local_optimisation", 0.0)), "quality")["text_en"])


def test_the_break_even_rate_is_there_while_all_is_well() -> None:
    entries = (*PUSH.entries[TO_VALID][:2], Entries(OCTOBER, 100, 50, "web"), Entries(OCTOBER, 100, 40, "expo"))
    card = night(World({TO_VALID: entries}), quality())
    row = row_of(card, "quality")
    assert (row["state"], row["local_optimisation"], row["break_even"]) == ("ok", False, pytest.approx(0.4))
    assert "At the current volume of 200 it takes 40.0% to lose nothing." in str(row["text_en"])
    assert "直近の量 200 で成果を減らさないためには 40.0% が必要" in str(row["text_ja"])
    assert not [each for each in card.findings if each.code.startswith("guardrail")]


def test_opting_out_more_often_is_an_alert() -> None:
    world = World({OPT_OUT: (Entries(APRIL, 1000, 4), Entries(OCTOBER, 1200, 15))})
    test = f"{{kind: newcombe_noninferiority, {AGAINST_APRIL}}}"
    card = night(world, line("opt_out", OPT_OUT, "down", test))
    row = row_of(card, "opt_out")
    assert (row["state"], row["numerator"], row["n"]) == ("breach", 15, 1200)
    assert [row[name] for name in ("diff", "ci_low", "ci_high")] == pytest.approx([0.0085, 0.0006, 0.0169], abs=5e-5)
    (said,) = [each for each in card.findings if each.code == "guardrail_breach"]
    assert (said.severity, str(said.place)) == (Severity.ALARM, "metrics/goals/guardrails.yml:3:4")
    assert "1.2% of 1200 in 2026-10..2026-10 against 0.4% of 1000" in said.text("en")
    assert "ガードレール 'opt_out' に違反しています: opt_outの見張り: 2026-10..2026-10 は 1200 件中 1.2%" in said.text("ja")
    assert "break_even=other_test" in str(row["null_reason"])


def test_what_is_lost_by_approaching_too_early_is_at_most_what_the_rates_say() -> None:
    world = World(
        {
            EARLY: (Entries(APRIL, 1000, 100), Entries(OCTOBER, 1000, 300)),
            EARLY_TO_VALID: (Entries(SEPTEMBER, 100, 6),),
            TIMELY_TO_VALID: (Entries(SEPTEMBER, 100, 14),),
        }
    )
    test = f"{{kind: newcombe_noninferiority, margin: 0.03, {AGAINST_APRIL}}}"
    outcome = f"outcome: {{risky: {EARLY_TO_VALID}, usual: {TIMELY_TO_VALID}}}"
    row = row_of(night(world, line("early", EARLY, "down", test, outcome)), "early")
    assert (row["state"], row["lost_estimate"], row["estimate_kind"]) == ("breach", pytest.approx(24), "upper_bound")
    assert "At most 24 valid opportunities were lost" in str(row["text_en"])
    silent = row_of(
        night(replace(world, entries={EARLY: world.entries[EARLY]}), line("early", EARLY, "down", test, outcome)), "early"
    )
    assert (silent["lost_estimate"], silent["estimate_kind"]) == (None, None)


@pytest.mark.parametrize(
    ("n", "won", "p_value", "e_value", "state"),
    [
        (40, 2, 0.001016, 27.984, "breach"),
        (40, 5, 0.0433, 0.8957, "watch"),
        (40, 10, 0.584, 0.1689, "ok"),
        (12, 0, 0.0317, 2.43, "watch"),
    ],
)
def test_supply_without_orders(n: int, won: int, p_value: float, e_value: float, state: str) -> None:
    world = World({TO_WON: (Entries(MAY, n, won), Entries(dt.date(2026, 11, 10), 30, 0))})
    supply = line("orders", TO_WON, "up", "{kind: evidence, plan_rate: 0.25}", "paired_with: valid_opportunities")
    row = row_of(night(world, supply), "orders")
    assert (row["state"], row["n"], row["numerator"], row["base"]) == (state, n, won, 0.25)
    assert (row["p_value"], row["e_value"]) == (pytest.approx(p_value, abs=5e-4), pytest.approx(e_value, rel=2e-3))
    assert row["e_value"] == pytest.approx(_e_value(won, n, 0.25))


def _e_value(won: int, n: int, rate: float) -> float:
    """Beta(1, 1) mixture by factorials: w! (n-w)! / (n+1)! over the likelihood of the agreed rate."""
    return 1 / ((n + 1) * math.comb(n, won)) / (rate**won * (1 - rate) ** (n - won))


@pytest.mark.parametrize(("supplied", "state"), [(100, "breach"), (40, "watch")])
def test_orders_that_are_missing_while_supply_is_missing_too_are_no_disconnect(supplied: int, state: str) -> None:
    world = World({TO_WON: (Entries(MAY, 40, 2),)}, {"appointments": {MAY: supplied}})
    supply = line("orders", TO_WON, "up", "{kind: evidence, plan_rate: 0.25}", "paired_with: appointments")
    row = row_of(night(world, supply, period="{from: 2026-05-01, to: 2026-05-31}", target="{value: 100}"), "orders")
    assert (row["state"], row["supply_attainment"]) == (state, pytest.approx(supplied / 100))


def test_the_agreed_rate_may_be_a_plan_rate_of_the_goal() -> None:
    world = World({TO_WON: (Entries(dt.date(2026, 6, 1), 40, 2),)})
    supply = line("orders", TO_WON, "up", "{kind: evidence, plan_rate: win_rate}")
    tree = "appointments: mql\nwon: valid_opportunities * win_rate\nvalid_opportunities: appointments\n"
    row = row_of(night(world, supply, tree=tree, plan_rates="{agreed: {win_rate: 0.25}}"), "orders")
    assert (row["state"], row["base"], row["base_source"], row["period_start"]) == ("breach", 0.25, "win_rate", APRIL)


def test_cohorts_that_are_too_young_say_from_when_they_can_be_read() -> None:
    young = World({TO_WON: (Entries(dt.date(2026, 11, 2), 40, 0),), TO_VALID: (Entries(dt.date(2026, 11, 2), 40, 0),)})
    supply = line("orders", TO_WON, "up", "{kind: evidence, plan_rate: 0.25}")
    card = night(young, supply + quality())
    row = row_of(card, "orders")
    assert (row["state"], row["value"], row["readable_from"]) == ("immature", None, dt.date(2026, 11, 30))
    assert "value=immature" in str(row["null_reason"]) and "readable from 2026-11-30" in str(row["text_en"])
    assert row_of(card, "quality")["state"] == "insufficient_data"
    (said,) = [each for each in card.findings if each.code == "guardrail_silent"]
    assert (said.severity, dict(said.arguments)["names"]) == (Severity.INFO, "orders, quality")
    (goal,) = [each for each in card.kgi if each.grain == "period"]
    assert goal.guardrail_state == "insufficient_data"


def test_conversions_that_come_late_are_counted_at_the_same_age_in_both_months() -> None:
    late = (Entries(APRIL, 100, 40, after=9), Entries(dt.date(2026, 10, 26), 100, 40, after=9))
    row = row_of(night(World({TO_VALID: late}), quality()), "quality")
    assert (row["age_days"], row["state"], row["diff"]) == (14, "ok", 0)
    before = row_of(night(World({TO_VALID: late}), quality(), as_of=dt.date(2026, 11, 13)), "quality")
    assert before["period_start"] == APRIL, "the cohort of October is not two weeks old through its last day"


def test_too_few_cases_are_not_green() -> None:
    few = World({TO_VALID: (Entries(APRIL, 200, 80), Entries(OCTOBER, 19, 0))})
    row = row_of(night(few, quality()), "quality")
    assert (row["state"], row["value"], row["p_adjusted"]) == ("insufficient_data", 0, None)
    assert "too few cases to tell (19, 20 needed)" in str(row["text_en"])
    assert "件数が足りない (19 件、必要 20 件)" in str(row["text_ja"])


def test_a_source_that_stopped_is_stale() -> None:
    world = World({TO_VALID: tuple(Entries(dt.date(2026, month, 1), 50, 20) for month in range(4, 10))})
    row = row_of(night(world, quality()), "quality")
    assert (row["state"], row["period_start"]) == ("stale", SEPTEMBER)
    assert "nothing new came in" in str(row["text_en"]) and "新しいデータが入っていない" in str(row["text_ja"])


def test_several_breaches_are_corrected_by_holm_and_what_is_watched_is_not() -> None:
    world = World({**PUSH.entries, OPT_OUT: (Entries(APRIL, 1000, 4), Entries(OCTOBER, 1200, 15))})
    opt_out = line("opt_out", OPT_OUT, "down", f"{{kind: newcombe_noninferiority, {AGAINST_APRIL}}}")
    alone = row_of(night(world, opt_out), "opt_out")
    card = night(world, quality(margin=0.0) + opt_out + opt_out.replace("opt_out", "again", 1))
    assert alone["state"] == "breach"
    chance = float(str(alone["p_adjusted"]))
    assert row_of(card, "opt_out")["p_adjusted"] == pytest.approx(2 * chance)
    assert row_of(card, "opt_out")["state"] == ("breach" if 2 * chance <= 0.025 else "watch")
    assert row_of(card, "quality")["state"] == "breach"


def test_a_state_stays_until_what_it_rests_on_has_changed() -> None:
    before = {**row_of(night(PUSH, quality()), "quality"), "state": "ok"}
    later = night(PUSH, quality(), memory=LastNight(before), as_of=dt.date(2026, 11, 29))
    assert row_of(later, "quality")["state"] == "ok", "the same cohorts, another day"
    new = World({TO_VALID: (*PUSH.entries[TO_VALID], Entries(dt.date(2026, 10, 2), 1, 0))})
    assert row_of(night(new, quality(), memory=LastNight(before)), "quality")["state"] == "watch"
    stricter = quality(margin=0.0)
    assert row_of(night(PUSH, stricter, memory=LastNight(before)), "quality")["state"] == "breach", "a new margin is a new test"


def test_a_goal_that_is_attained_in_a_breach_is_not_plainly_attained() -> None:
    world = World(PUSH.entries, {"appointments": {APRIL: 200, OCTOBER: 260}})
    kgi = {row.grain + str(row.period_start): row for row in night(world, quality(margin=0.0)).kgi}
    period, april = kgi["period2026-04-01"], kgi["month2026-04-01"]
    assert (period.status, period.guardrail_state) == ("attained_with_breach", "breach")
    assert (april.status, april.guardrail_state) == ("attained", None)
    assert "guardrail_state=period_only" in str(april.null_reason)
    watched = night(world, quality())
    assert [(row.status, row.guardrail_state) for row in watched.kgi if row.grain == "period"] == [("attained", "watch")]


FLAT: Mapping[dt.date, float] = {
    dt.date(2025 + (month > 9), (month + 2) % 12 + 1, 1): value
    for month, value in enumerate((30, 28, 33, 29, 31, 27, 32, 30, 29, 31, 30, 30), start=1)
}


@pytest.mark.parametrize(("newest", "state"), [(30.0, "ok"), (35.0, "ok"), (45.0, "breach"), (20.0, "ok")])
def test_hours_that_leave_their_limits_on_the_bad_side(newest: float, state: str) -> None:
    months = {**FLAT, **{dt.date(2026, month, 1): 30.0 for month in range(4, 10)}, OCTOBER: newest}
    hours = line("hours", HOURS, "down", "{kind: xmr, baseline_points: 12}")
    row = row_of(night(World(values={HOURS: months}), hours), "hours")
    moving = [abs(after - before) for before, after in zip(list(FLAT.values()), list(FLAT.values())[1:], strict=False)]
    spread = 2.660 * sum(moving) / len(moving)
    assert (row["state"], row["base"], row["base_n"]) == (state, pytest.approx(30), 12)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((30 - spread, 30 + spread))
    assert f"{newest:,.2f} in 2026-10" in str(row["text_en"]) and "管理限界" in str(row["text_ja"])


def test_eight_months_on_the_bad_side_are_watched() -> None:
    months = {month: value for month, value in FLAT.items() if month < dt.date(2026, 3, 1)}
    months |= {dt.date(2026, month, 1): 31.0 for month in range(3, 11)}
    row = row_of(night(World(values={HOURS: months}), line("hours", HOURS, "down", "{kind: xmr}")), "hours")
    assert row["state"] == "watch"
    short = {month: value for month, value in months.items() if month >= dt.date(2026, 2, 1)}
    row = row_of(night(World(values={HOURS: short}), line("hours", HOURS, "down", "{kind: xmr}")), "hours")
    assert (row["state"], row["text_en"]) == ("insufficient_data", "Guard of hours: it cannot be told (too few months).")
    silent = {month: value for month, value in months.items() if month < OCTOBER}
    row = row_of(night(World(values={HOURS: silent}), line("hours", HOURS, "down", "{kind: xmr}")), "hours")
    assert (row["state"], row["text_ja"]) == ("insufficient_data", "hoursの見張り: 判定できない (割る数がゼロ)。")


@pytest.mark.parametrize(("appointments", "state"), [(200, "ok"), (230, "watch"), (260, "breach")])
def test_hours_that_are_not_there_are_told_before_any_cohort_is_old_enough(appointments: float, state: str) -> None:
    """T20's 200 to 260 appointments at 3 hours each: 600 to 780 hours, of 750 there are."""
    world = World(values={"appointments": {SEPTEMBER: 200, OCTOBER: appointments}})
    capacity = line("capacity", "appointments", "down", "{kind: capacity, available: 750, hours_each: 3}")
    row = row_of(night(world, capacity), "capacity")
    assert (row["state"], row["numerator"], row["value"], row["is_assumed"]) == (
        state,
        appointments * 3,
        appointments / 250,
        True,
    )
    assert "by standard hours" in str(row["text_en"]) and "標準工数による仮置き" in str(row["text_ja"])
    measured = line("capacity", HOURS, "down", "{kind: capacity, available: 750}")
    row = row_of(night(World(values={HOURS: {OCTOBER: 600}}), measured), "capacity")
    assert (row["state"], row["numerator"], row["value"], row["is_assumed"]) == ("ok", 600, 0.8, False)


def test_a_metric_that_is_no_rate_or_cannot_be_asked_says_so() -> None:
    test = f"{{kind: newcombe_noninferiority, {AGAINST_APRIL}}}"
    row = row_of(night(World(), line("wrong", "appointments", "up", test)), "wrong")
    assert (row["state"], row["text_en"]) == ("insufficient_data", "Guard of wrong: it cannot be told (it is no rate).")
    assert "value=not_a_rate" in str(row["null_reason"])
    row = row_of(night(World(), line("wrong", "appointments", "up", "{kind: evidence, plan_rate: 0.5}")), "wrong")
    assert "value=not_a_rate" in str(row["null_reason"])
    more = World({OPT_OUT: (Entries(OCTOBER, 10, 12),)})
    row = row_of(night(more, line("wrong", OPT_OUT, "down", test)), "wrong")
    assert "value=not_a_share" in str(row["null_reason"])


def test_a_rate_that_cannot_be_is_not_published() -> None:
    card = night(PUSH, quality())
    wrong = {**row_of(card, "quality"), "base": 1.2, "p_value": -0.1}
    broken = replace(card, others={**card.others, "guardrail": (wrong,)})
    assert [each.text() for each in check_scorecard(broken)] == [
        "1 rates in the column p_value of guardrail lie outside 0 to 1",
        "1 rates in the column base of guardrail lie outside 0 to 1",
    ]
    assert "0 から 1 の範囲にない率が 1 件" in check_scorecard(broken)[0].text("ja")


def test_a_volume_that_no_rate_makes_up_for_has_no_break_even() -> None:
    world = World({TO_VALID: (Entries(APRIL, 200, 80), Entries(OCTOBER, 40, 40))})
    row = row_of(night(world, quality()), "quality")
    assert (row["break_even"], row["local_optimisation"]) == (None, False)
    assert "break_even=above_one" in str(row["null_reason"])


def test_the_first_night_of_a_company_has_rows_for_every_guardrail() -> None:
    tests = (
        "{kind: newcombe_noninferiority}",
        "{kind: evidence, plan_rate: 0.25}",
        "{kind: xmr}",
        "{kind: capacity, available: 1}",
    )
    rails = "".join(line(f"g{at}", TO_VALID, "up", test) for at, test in enumerate(tests))
    rows = night(World(), rails, as_of=NIGHT).rows("guardrail")
    assert {(row["guardrail"], row["state"]) for row in rows} == {(f"g{at}", "insufficient_data") for at in range(4)}
    assert all(row["null_reason"] for row in rows)
