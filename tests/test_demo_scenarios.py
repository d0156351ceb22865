"""The switches of the demo company: nothing changes before their month, only what they say after it, enough to be found."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipeline.decode import read
from pipeline.goals.agreement_spec import read_agreements
from tests.companies import SWITCHES, Companies, Ran

ROOT = Path(__file__).parent.parent
MONTH = "2026-07"
BEFORE, AFTER = "2026-06-30", "2026-11-20"
SEEDS = ("20261123", "1")
UNTOUCHED = {
    "push_appointments": "marketo/activities salesforce/user finance/campaign_costs sharing/issues sharing/decisions",
    "definition_change": "marketo/leads marketo/activities insidesales/appointments insidesales/approaches sales/hours"
    " salesforce/opportunity salesforce/opportunity_history salesforce/opportunity_qualification salesforce/user"
    " finance/campaign_costs sharing/issues sharing/decisions",
    "slower_deals": "marketo/leads marketo/activities insidesales/approaches salesforce/user finance/campaign_costs"
    " sharing/issues sharing/decisions",
    "forced_approaches": "salesforce/user finance/campaign_costs sharing/issues sharing/decisions",
    "channel_mix_shift": "salesforce/user finance/campaign_costs sharing/issues sharing/decisions",
}


def generate(*options: str) -> None:
    subprocess.run([sys.executable, "-m", "data.demo", *options], cwd=ROOT, check=True)


def digests(folder: Path, night: str) -> dict[str, str]:
    stamp = night.replace("-", "")
    paths = folder.rglob(f"*_{stamp}.csv")
    return {
        path.relative_to(folder).as_posix().rpartition("_")[0]: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }


@cache
def planted(switch: str, *options: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        books = Path(folder) / "books.json"
        generate("--books", str(books), "--nights", AFTER, "--scenario", f"{switch}={MONTH}", *options)
        read_back: dict[str, Any] = json.loads(books.read_text(encoding="utf-8"))["scenario"]
        return read_back


@pytest.fixture(scope="module")
def usual_exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("usual")
    generate("--out", str(folder), "--nights", f"{BEFORE},{AFTER}")
    return folder


def rates(facts: dict[str, Any], switch: str) -> Callable[[str], tuple[float, float, float]]:
    def of(rate: str) -> tuple[float, float, float]:
        told = facts["switches"][switch]["rates"][rate]
        return told["before"], told["usual"], told["planted"]

    return of


@pytest.mark.parametrize("switch", SWITCHES)
def test_every_export_from_before_the_month_is_the_same_to_the_byte(usual_exports: Path, tmp_path: Path, switch: str) -> None:
    generate("--out", str(tmp_path), "--nights", f"{BEFORE},{AFTER}", "--scenario", f"{switch}={MONTH}")
    assert digests(tmp_path, BEFORE) == digests(usual_exports, BEFORE)
    usual, other = digests(usual_exports, AFTER), digests(tmp_path, AFTER)
    assert len(usual) == 13
    assert {name for name in usual if usual[name] == other[name]} == set(UNTOUCHED[switch].split())


def test_the_books_of_the_usual_company_name_no_scenario(tmp_path: Path) -> None:
    generate("--books", str(tmp_path / "books.json"), "--scale", "0.02")
    assert set(json.loads((tmp_path / "books.json").read_text(encoding="utf-8"))) == {"seed", "scale", "nights"}


@pytest.mark.parametrize("switch", SWITCHES)
def test_events_of_the_months_before_are_the_same_in_the_books(switch: str) -> None:
    months = planted(switch)["by_month"]
    events = ("leads", "appointments", "valid", "valid_strictly", "sales_hours", "approaches", "premature_approaches", "opt_outs")
    assert all(
        months[month][name]["usual"] == months[month][name]["planted"] for month in months if month < MONTH for name in events
    )
    assert all(months[month]["leads"]["usual"] == months[month]["leads"]["planted"] for month in months)


@pytest.mark.parametrize("seed", SEEDS)
def test_pushed_appointments_are_more_and_worth_less(seed: str) -> None:
    facts = planted("push_appointments", "--seed", seed)
    since = [each for month, each in facts["by_month"].items() if month >= "2026-08"]
    appointments, valid, hours = (
        sum(each[name]["planted"] for each in since) / sum(each[name]["usual"] for each in since)
        for name in ("appointments", "met_valid", "sales_hours")
    )
    assert 1.25 < appointments < 1.37
    assert 0.88 < valid < 0.94  # 80 -> 73
    assert 1.2 < hours < 1.4
    _, usual, now = rates(facts, "push_appointments")("valid_rate")
    assert now < 0.75 * usual


@pytest.mark.parametrize("seed", SEEDS)
def test_slower_deals_take_longer_and_end_as_they_would_have(seed: str) -> None:
    facts = planted("slower_deals", "--seed", seed)
    of = rates(facts, "slower_deals")
    for lag in ("mean_days_to_valid", "mean_days_to_won"):
        _, usual, now = of(lag)
        assert 1.6 < now / usual < 2.0
    _, usual, now = of("valid_rate")
    assert now == usual
    assert facts["switches"]["slower_deals"]["month"] == MONTH
    assert all(each["met"]["usual"] == each["met"]["planted"] for each in facts["by_month"].values())


@pytest.mark.parametrize("seed", SEEDS)
def test_forced_approaches_come_too_early_and_lose_who_would_have_come(seed: str) -> None:
    of = rates(planted("forced_approaches", "--seed", seed), "forced_approaches")
    before, usual, now = of("premature_rate")
    assert max(before, usual) < 0.05 and now > 0.4
    before, usual, now = of("opt_out_rate")
    assert max(before, usual) < 0.01 and now > 0.025
    _, usual, now = of("lead_valid_rate")
    assert now < 0.8 * usual


@pytest.mark.parametrize("seed", SEEDS)
def test_a_channel_shift_moves_leads_and_leaves_the_rates_of_the_channels(seed: str) -> None:
    of = rates(planted("channel_mix_shift", "--seed", seed), "channel_mix_shift")
    _, usual, now = of("strong_share")
    assert 0.4 < now / usual < 0.6
    for rate in ("strong_mql_rate", "other_mql_rate", "win_rate"):
        _, usual, now = of(rate)
        assert abs(now - usual) < 0.04, rate
    _, usual, now = of("lead_valid_rate")
    assert now < 0.93 * usual


@pytest.mark.parametrize("seed", SEEDS)
def test_the_stricter_definition_keeps_about_five_of_six(tmp_path: Path, seed: str) -> None:
    generate(
        "--agreements",
        str(tmp_path),
        "--books",
        str(tmp_path / "b.json"),
        "--scenario",
        f"definition_change={MONTH}",
        "--seed",
        seed,
    )
    _, usual, now = rates(planted("definition_change", "--seed", seed), "definition_change")("strict_share")
    assert now == usual and 0.78 < now < 0.9  # 80 -> 68
    (agreement,) = read_agreements([read((tmp_path / "valid_opportunity.yml").read_text(encoding="utf-8"), "agreement.yml")])
    assert [(version.version, version.effective_from.isoformat()) for version in agreement.versions] == [
        (1, "2026-04-01"),
        (2, "2026-07-01"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("faster_deals=2026-07", "not one of push_appointments"),
        ("slower_deals=2026-7", "like 2026-07"),
        ("slower_deals=2027-04", "like 2026-07"),
        ("slower_deals=2026-07:much", "must be a number"),
        ("slower_deals=2026-07:0", "above 0"),
        ("definition_change=2026-07:0.5", "has none"),
    ],
)
def test_a_scenario_that_cannot_be_carried_out_is_refused(text: str, said: str) -> None:
    command = [sys.executable, "-m", "data.demo", "--books", "x.json", "--scenario", text]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert text in done.stderr and said in done.stderr


def test_a_strength_of_a_half_is_half_the_effect() -> None:
    def premature(strength: str) -> float:
        facts = planted("slower_deals", "--scenario", f"forced_approaches={MONTH}:{strength}")
        return float(facts["switches"]["forced_approaches"]["rates"]["premature_rate"]["planted"])

    assert 0.6 < premature("0.5") / premature("1") < 0.8  # premature ones are in the denominator, too


def z(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return how many standard errors lie between two shares, given as counts."""
    (hits, of), (others, out_of) = first, second
    pooled = (hits + others) / (of + out_of)
    return (hits / of - others / out_of) / math.sqrt(pooled * (1 - pooled) * (1 / of + 1 / out_of))


def found(company: Ran, sql: str) -> float:
    """Return z between July and September 2026 and the twelve months before; `sql` gives day and whether it is a hit."""
    counts = {
        is_after: (hits, of)
        for is_after, hits, of in company.rows(
            f"select day >= date '2026-07-01', count(*) filter (is_hit), count(*) from ({sql})"
            " where day between date '2025-07-01' and date '2026-09-30' group by 1"
        )
    }
    return z(counts[True], counts[False])


MET = "from marts.fct_appointments left join marts.fct_opportunities using (opportunity_id)"
LOOKED_AT = {
    "push_appointments": f"select set_date as day, valid_opportunity_date is not null as is_hit {MET}",
    "slower_deals": f"select set_date as day, coalesce(valid_opportunity_date - set_date <= 40, false) as is_hit {MET}",
    "forced_approaches": "select approached_date as day, is_premature as is_hit from marts.fct_approaches",
    "channel_mix_shift": "select lead_date as day, channel in ('Web問合せ', '紹介') as is_hit from marts.fct_person_cycles",
}


@pytest.mark.parametrize("switch", LOOKED_AT)
def test_the_effect_is_found_in_the_published_file_and_not_in_the_usual_one(companies: Companies, switch: str) -> None:
    usual, other = companies.ran(), companies.ran(f"{switch}={MONTH}")
    assert abs(found(usual, LOOKED_AT[switch])) < 2
    assert abs(found(other, LOOKED_AT[switch])) > 2.5
    counted = "select count(*) from marts.fct_funnel where stage = 'valid_opportunity' and is_counted"
    assert other.rows(counted) == [(other.books["total"]["valid_opportunities"],)]


def test_a_changed_definition_counts_each_deal_by_the_version_of_its_day(companies: Companies) -> None:
    company = companies.ran(f"definition_change={MONTH}")
    rows = company.rows(
        "select strftime(period_start, '%Y-%m'), value from kpi where metric = 'valid_opportunities' and grain = 'month'"
        " and dimension = 'total'"
    )
    months = company.books["notes"]["by_month"]
    told = {month: each["valid_version_2" if month >= MONTH else "valid_version_1"] for month, each in months.items()}
    assert {month: value for month, value in rows if month in told} == {month: told[month] for month, _ in rows if month in told}
    assert {"2026-06", "2026-07", "2026-11"} <= {month for month, _ in rows}
    assert sum(told.values()) < sum(each["valid_version_1"] for each in months.values())
