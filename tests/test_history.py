"""Two sealed nights against each other: what `kgi diff A B` says of past numbers and goals, counted by hand."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import kgi
from pipeline.findings import KgiError
from pipeline.goals import Window
from pipeline.history import History, past_changes
from pipeline.warehouse import open_warehouse
from tests.companies import NIGHTS, Companies
from tests.project_builder import DEALS, NOW, change, deliver, night, opened, replace_in, write
from tests.test_restating import LATE, METRICS, next_night

GOALS = "metrics/goals/fy2026.yml"
SEVENTH = "d7,g@example.com,2026-04-20,Fair,5\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with one sealed night: a deal of 100 in April and one of 200 in May."""
    deliver(write(tmp_path))
    night(tmp_path)
    return tmp_path


def between(folder: Path, before: str, after: str | None = None, metrics: tuple[str, ...] = ()) -> History:
    return past_changes(folder / "target/kgi.duckdb", before, after, metrics=metrics)


def totals(found: History) -> dict[tuple[str, str], tuple[float | None, float | None, dict[str, float], str]]:
    """Return by (metric, month) the value before and after, the causes that are not zero, and what was not split."""
    return {
        (each.number.metric, f"{each.number.window.start:%m}"): (
            each.number.before,
            each.number.after,
            {part: effect for part, effect in each.causes.items() if effect},
            each.split,
        )
        for each in found.numbers
        if each.number.dimension == "total" and each.number.window.grain == "month"
    }


def command(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(kgi, ["diff", *arguments, "--project-dir", str(folder)])


def test_the_causes_of_all_nights_in_between_are_summed_up(folder: Path) -> None:
    next_night(folder, DEALS + LATE)
    next_night(folder, DEALS.replace("Fair,200", "Fair,260") + LATE.replace("50", "70"), days=2)
    replace_in(folder, METRICS, "expr: amount", "expr: amount * 2")
    next_night(folder, None, days=3)
    found = between(folder, "2026-11-20", "2026-11-23")
    # 200 + 50 late, then + 60 and + 20 corrected, then 330 doubled
    causes = {"late_rows": 50.0, "corrected_rows": 80.0, "definition": 330.0}
    assert totals(found)["pipeline_amount", "05"] == (200.0, 660.0, causes, "")
    assert totals(between(folder, "2026-11-21", "2026-11-22"))["pipeline_amount", "05"] == (
        250.0,
        330.0,
        {"corrected_rows": 80.0},
        "",
    )


def test_a_change_that_was_taken_back_is_no_change(folder: Path) -> None:
    next_night(folder, DEALS + LATE)
    next_night(folder, DEALS, days=2)
    assert between(folder, "2026-11-20", "2026-11-22").numbers == ()
    assert totals(between(folder, "2026-11-21"))["valid_opportunities", "05"] == (2.0, 1.0, {"deleted_rows": -1.0}, "")


def test_what_no_night_recorded_is_left_whole(folder: Path) -> None:
    next_night(folder, DEALS + LATE)
    with open_warehouse(opened(folder).target, now=NOW) as engine:
        engine.execute("delete from goals.restatement")
    next_night(folder, DEALS + LATE + SEVENTH, days=2)
    found = totals(between(folder, "2026-11-20"))
    assert found["pipeline_amount", "05"] == (200.0, 250.0, {"unsplit": 50.0}, "not_recorded")
    assert found["pipeline_amount", "04"] == (100.0, 105.0, {"late_rows": 5.0}, "")


def test_metrics_narrow_it_down_and_an_unknown_one_is_named(folder: Path) -> None:
    next_night(folder, DEALS + LATE)
    assert {key for key, _ in totals(between(folder, "2026-11-20", metrics=("pipeline_amount",)))} == {"pipeline_amount"}
    with pytest.raises(KgiError) as caught:
        between(folder, "2026-11-20", metrics=("pipelin_amount",))
    assert caught.value.findings[0].code == "metric_unknown" and caught.value.findings[0].hint == "pipeline_amount"


def test_a_date_that_was_never_published_is_told_with_those_that_were(folder: Path) -> None:
    next_night(folder)
    for day, near in (("2026-11-19", "2026-11-20"), ("2027-01-01", "2026-11-21"), ("2026-11-2", "2026-11-21"), ("x", None)):
        with pytest.raises(KgiError) as caught:
            between(folder, day)
        (told,) = caught.value.findings
        assert told.text("en") == f"nothing was published for '{day}'; there are 2026-11-20, 2026-11-21"
        assert told.hint == near
    with pytest.raises(KgiError) as caught:
        between(folder, "2026-11-21", "2026-11-20")
    assert "2026-11-21 is not before 2026-11-20" in caught.value.findings[0].text("en")


def test_a_new_version_of_the_plan_is_told_with_its_target(folder: Path) -> None:
    replace_in(folder, GOALS, "target: {value: 12}", "target: {value: 24}\n    plan_version: 2")
    next_night(folder)
    found = between(folder, "2026-11-20")
    period = [(each.what, each.before, each.after) for each in found.goals if each.window.grain == "period"]
    assert sorted(period) == [("plan_version", 1.0, 2.0), ("target", 12.0, 24.0)]
    assert {each.what for each in found.goals if each.window.grain == "month"} == {"target"}
    assert found.numbers == ()


def test_an_actual_of_a_month_that_was_over_is_told_and_that_of_an_open_one_is_not(folder: Path) -> None:
    next_night(folder, DEALS + LATE)  # on the 21st the fourth deal of November comes too
    told = [(each.window.start.month, each.what, each.before, each.after) for each in between(folder, "2026-11-20").goals]
    assert told == [(5, "actual", 1.0, 2.0)]


def test_the_command_says_it_in_sentences(folder: Path) -> None:
    next_night(folder, DEALS.replace("Fair,200", "Fair,260") + LATE)
    done = command(folder, "2026-11-20", "2026-11-21", "--metrics", "pipeline_amount")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "2026-11-20 against 2026-11-21: 1 past numbers and 1 numbers of goals are others",
        "goal valid_fy2026 (Valid opportunities), 2026-05: actual 1 -> 2",
        "2026-05 pipeline_amount: 200 JPY -> 310 JPY (+110): late rows +50, corrected rows +60",
    ]
    replace_in(folder, "profiles.yml", "language: en", "language: ja")
    assert command(folder, "2026-11-20", "--metrics", "pipeline_amount").stdout.splitlines()[2] == (
        "2026年5月のpipeline_amount: 200円 → 310円 (+110): 遅れて届いた行 +50、訂正された行 +60"
    )


def test_what_could_not_be_told_apart_says_why(folder: Path) -> None:
    replace_in(folder, "profiles.yml", "lock_timeout_seconds: 1", "lock_timeout_seconds: 1, restatement_seconds: 0")
    next_night(folder, DEALS.replace("Fair,200", "Fair,260") + LATE)
    assert command(folder, "2026-11-20", "--metrics", "pipeline_amount").stdout.splitlines()[2] == (
        "2026-05 pipeline_amount: 200 JPY -> 310 JPY (+110): not told apart +110 [there was no time to tell them apart]"
    )


def test_the_command_writes_json_and_csv(folder: Path) -> None:
    next_night(folder, DEALS + LATE)
    said = json.loads(command(folder, "2026-11-20", "--json").stdout)
    assert (said["before"], said["after"]) == ("2026-11-20", "2026-11-21")
    (number,) = [each for each in said["numbers"] if each["metric"] == "pipeline_amount"]
    assert (number["before"], number["after"], number["change"], number["late_rows"]) == (200.0, 250.0, 50.0, 50.0)
    assert number["period_start"] == "2026-05-01" and number["loads"] == "2"
    assert [(goal["kgi_id"], goal["what"], goal["after"]) for goal in said["goals"]] == [("valid_fy2026", "actual", 2.0)]
    lines = command(folder, "2026-11-20", "--format", "csv").stdout.splitlines()
    assert lines[0].startswith("metric,grain,period_start,period_end,dimension,member,unit,before,after,change,late_rows")
    assert len(lines) == 1 + len(said["numbers"])


def test_mistakes_of_the_command_end_with_two(folder: Path) -> None:
    error = command(folder, "2026-11-19").exception
    assert isinstance(error, KgiError) and error.exit_code == 2 and "did you mean 2026-11-20?" in str(error)
    assert command(folder, "2026-11-19", "2026-11-20", "2026-11-21").exit_code == 2
    assert "2026-11-20 is not before 2026-11-20" in str(command(folder, "2026-11-20").exception)  # the only night there is


def test_a_rate_is_told_in_percent_and_its_change_in_points(folder: Path) -> None:
    change(
        folder,
        "metrics/rates.yml",
        "metrics:\n  - name: fair_rate\n    label: Fair rate\n    type: ratio\n    numerator: {name: valid_opportunities,"
        " filter: \"{{ Dimension('deal__channel') }} = 'Fair'\"}\n"
        "    denominator: valid_opportunities\n    config: {meta: {kgi: {unit: rate, publish: true}}}\n",
    )
    next_night(folder)
    next_night(folder, DEALS + LATE, days=2)
    (line,) = [each for each in command(folder, "2026-11-21").stdout.splitlines() if "Fair rate" in each]
    assert line == "2026-05 Fair rate (period ratio): 100.0% -> 50.0% (-50.0 pt): late rows -50.0 pt"


def test_the_nights_of_the_demo_company_sum_up_to_the_whole(companies: Companies) -> None:
    company = companies.ran(nights=NIGHTS)
    found = past_changes(company.published, NIGHTS[0])
    assert len(found.numbers) > 100 and {each.split for each in found.numbers} == {""}
    for each in found.numbers:
        assert sum(each.causes.values()) == pytest.approx(each.number.change, rel=1e-9)
    september = [each for each in found.numbers if each.number.window == Window("month", date(2026, 9, 1), date(2026, 9, 30))]
    (won,) = [each for each in september if (each.number.metric, each.number.dimension) == ("won_amount", "total")]
    assert {part: effect for part, effect in won.causes.items() if effect} == {
        "corrected_rows": -720_000.0,
        "later_days": -5_100_000.0,
    }
