"""A seller of computer hardware: where three nights said that its goals land, against what came, counted from the CSV files."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path

import duckdb
import pytest

from tests.real.conftest import DATA, Nights, kgi, needs_data, rows_of, spend_nights

pytestmark = [pytest.mark.real, needs_data]

EXPORTS = Path(DATA or "") / "maven_crm_opportunities"
MADE = (dt.date(2017, 6, 30), dt.date(2017, 8, 31), dt.date(2017, 10, 31))
LAST = dt.date(2017, 12, 31)
YEAR, HALF = "won_amount_fy2017", "won_amount_2017_h2"
STARTS = {YEAR: dt.date(2017, 1, 1), HALF: dt.date(2017, 7, 1)}
WINDOW = 140


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Three nights and the last, sealed one after the other; the files are named as if all was delivered by the first."""
    names = ("sales_pipeline", "accounts", "products", "sales_teams")
    exports = {f"{name}_20170630.csv": EXPORTS / f"{name}.csv" for name in names}
    return spend_nights(tmp_path_factory.mktemp("maven"), Path(__file__).with_name("maven"), exports, (*MADE, LAST))


def by_hand(question: str, *values: object) -> list[tuple[float, ...]]:
    """Ask the CSV files themselves."""
    with duckdb.connect() as reader:
        reader.execute(f"create view deals as from read_csv('{EXPORTS / 'sales_pipeline.csv'}')")
        reader.execute(f"create view teams as from read_csv('{EXPORTS / 'sales_teams.csv'}')")
        return reader.execute(question, list(values)).fetchall()


def won_amount(start: dt.date, end: dt.date) -> float:
    """Sum what was won from start to end."""
    sql = "select coalesce(sum(close_value), 0) from deals where deal_stage = 'Won' and close_date between ? and ?"
    return float(by_hand(sql, start, end)[0][0])


def test_every_landing_that_can_be_judged_is_held_against_what_came(nights: Nights) -> None:
    rows = nights.rows("select * from backtest where as_of_date = ?", LAST)
    assert len(rows) == 2 * (1 + 6 + 1 + 4 + 1 + 2)  # for each goal: the period, and the months still to end, of each night
    sealed = nights.rows("select * from kgi where as_of_date < ?", LAST)
    said = {(row["kgi_id"], row["grain"], row["period_start"], row["as_of_date"]): row for row in sealed}
    for row in rows:
        landed = won_amount(row["period_start"], row["period_end"])
        before = said[row["kgi_id"], row["grain"], row["period_start"], row["made_on"]]
        quantiles = [before[f"landing_{name}"] for name in ("p10", "p50", "p90")]
        assert [row["p10"], row["p50"], row["p90"]] == quantiles == sorted(quantiles)
        assert (row["actual"], row["error"]) == pytest.approx((landed, landed - before["landing_p50"]))
        assert row["covered"] == (before["landing_p10"] <= landed <= before["landing_p90"])
        assert row["horizon_days"] == (row["period_end"] - row["made_on"]).days
        assert row["attained"] == (landed >= before["target"])
        assert row["brier"] == pytest.approx((before["p_attain"] - row["attained"]) ** 2)


def test_the_interval_holds_what_came_as_often_as_it_says(nights: Nights) -> None:
    """Wins swing with the quarter (281 to 531 a month): an interval that takes deals one by one held half of these months."""
    rows = nights.rows("select * from backtest where as_of_date = ? and kgi_id = ?", LAST, HALF)
    covered = [row["covered"] for row in rows]
    assert sum(covered) / len(covered) >= 0.8
    errors = {
        grain: [abs(row["error"]) / row["actual"] for row in rows if row["grain"] == grain] for grain in ("month", "period")
    }
    assert max(errors["period"]) < 0.05
    assert sum(errors["month"]) / len(errors["month"]) < 0.25


def test_what_is_over_has_landed_where_it_stands(nights: Nights) -> None:
    rows = nights.rows("select * from kgi where period_end <= as_of_date")
    assert len(rows) == (6 + 8 + 10 + 13) + (2 + 4 + 7)  # months that are over on each night, and both periods on the last
    for row in rows:
        landed = won_amount(row["period_start"], row["period_end"])
        assert {row[f"landing_{name}"] for name in ("expected", "p10", "p50", "p90")} == {row["actual"]} == {landed}
        assert row["p_attain"] == float(landed >= row["target"])


def test_those_in_flight_are_the_deals_that_the_files_have_open(nights: Nights) -> None:
    """A deal is in flight until it closes, or its 140th day is over."""
    sql = """
        select count(*) from deals
        where engage_date <= $1 and engage_date + 140 > $1 + 1 and (close_date is null or close_date > $1)
    """
    for as_of in (*MADE, LAST):
        (found,) = nights.rows(
            "select * from forecast where as_of_date = ? and kgi_id = ? and grain = 'period' and component = 'in_flight'",
            as_of,
            HALF,
        )
        assert (found["n_open"], found["model"]) == (by_hand(sql, as_of)[0][0], "hazard")


def test_the_parts_of_the_gap_sum_to_it_each_night(nights: Nights) -> None:
    rows = nights.rows("select * from gap_decomposition")
    gaps = [row for row in rows if row["kind"] == "total"]
    keys = {(row["as_of_date"], row["kgi_id"], row["basis"]) for row in gaps}
    assert {(as_of, HALF, basis) for as_of in (*MADE[1:], LAST) for basis in ("to_date", "cohort_landing")} <= keys
    for gap in gaps:
        own = [row for row in rows if all(row[name] == gap[name] for name in ("as_of_date", "kgi_id", "basis"))]
        for kind in ("part", "subtotal"):
            summed = math.fsum(row["contribution"] for row in own if row["kind"] == kind)
            assert summed == pytest.approx(gap["contribution"], rel=1e-9, abs=1e-3)
        assert gap["contribution"] == pytest.approx(gap["actual"] - gap["plan"])
        if gap["basis"] == "to_date":
            assert gap["actual"] == won_amount(STARTS[gap["kgi_id"]], gap["as_of_date"])
            offices = {"total"} if gap["kgi_id"] == YEAR else {"Central", "East", "West"}
            assert {row["channel"] for row in own if row["kind"] == "part"} == offices  # nothing was counted before the year


def test_a_plan_that_cannot_be_divided_is_held_against_all_offices_together(nights: Nights) -> None:
    rows = nights.rows(f"select * from v_latest_gap_decomposition where kgi_id = '{YEAR}' and basis = 'to_date'")
    (whole,) = (row for row in rows if row["kind"] == "total")
    price, count = ({row["factor"]: row for row in rows if row["kind"] == "part"}[name] for name in ("avg_won_amount", "won"))
    assert price["actual"] * count["actual"] == pytest.approx(won_amount(STARTS[YEAR], LAST))
    assert price["plan"] * count["plan"] == pytest.approx(whole["plan"])
    assert price["plan"] > price["actual"] and price["contribution"] < 0 and price["n"] == count["actual"]


def test_a_plan_whose_rates_come_from_the_past_is_in_force(nights: Nights) -> None:
    rows = nights.rows("select kgi_id, is_in_force, state, target from plan_version")
    assert {row["kgi_id"] for row in rows} == {YEAR, HALF}
    assert all(row["is_in_force"] and row["state"] != "superseded" and row["target"] for row in rows), rows


def test_the_rates_of_the_half_are_those_that_the_files_give_on_its_eve(nights: Nights) -> None:
    """Deals of 140 days and more on June 30th, the part that was won; what one brought in the twelve months before."""
    grown, won = by_hand(
        "select count(*), count(*) filter (deal_stage = 'Won' and close_date <= date '2017-06-30')"
        " from deals where engage_date <= date '2017-06-30' - 140"
    )[0]
    number, amount = by_hand(
        "select count(*), sum(close_value) from deals where deal_stage = 'Won' and close_date <= date '2017-06-30'"
    )[0]
    for as_of in (MADE[0], LAST):
        rows = nights.rows("select * from kpi_target where as_of_date = ? and kgi_id = ? and grain = 'period'", as_of, HALF)
        found = {row["metric"]: row for row in rows}
        rate, price = found["valid_opportunity_to_won_rate"], found["avg_won_amount"]
        assert (rate["target_value"], rate["rate_n"]) == (pytest.approx(won / grown), grown)
        assert (price["target_value"], price["rate_n"]) == (pytest.approx(float(amount) / number), number)
        assert found["won"]["target_value"] == pytest.approx(6_000_000 * number / float(amount))
        assert found["valid_opportunities"]["target_value"] == pytest.approx(found["won"]["target_value"] * grown / won)


def test_the_curve_is_the_one_of_the_files(nights: Nights) -> None:
    """The table of the last night: deals open at the start of a week of age whose end has come, and what became of them in it."""
    rows = nights.rows("select * from funnel_lag order by age_weeks")
    assert [row["age_weeks"] for row in rows] == list(range(1, WINDOW // 7 + 1))
    sql = """
        select
            count(*) filter (close_date is null or close_date - engage_date >= 7 * ($1 - 1)),
            count(*) filter (deal_stage = 'Won' and (close_date - engage_date) // 7 = $1 - 1),
            count(*) filter (deal_stage = 'Lost' and (close_date - engage_date) // 7 = $1 - 1)
        from deals where engage_date + 7 * $1 <= date '2017-12-31' + 1
    """
    for row in rows:
        assert (row["at_risk"], row["events"], row["lost"]) == by_hand(sql, row["age_weeks"])[0], row["age_weeks"]


def test_a_backtest_says_what_its_night_had_said(nights: Nights) -> None:
    columns = "kgi_id, grain, period_start, component, expected, p10, p50, p90"
    kgi(nights.folder, "run", "--as-of", MADE[1].isoformat())
    apart = nights.folder / "target/backtest" / MADE[1].isoformat() / "kgi.duckdb"
    asked = f"select {columns} from forecast where as_of_date = ? order by all"
    assert rows_of(apart, asked, MADE[1]) == nights.rows(asked, MADE[1])
