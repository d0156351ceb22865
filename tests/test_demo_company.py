"""The demo company: the same bytes for the same seed, honest nights, planted cases where the books say they are."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jpholiday
import pytest

from data.demo.clock import END, HOLIDAYS, START
from data.demo.ids import salesforce_id, with_checksum
from data.demo.planted import KINDS

ROOT = Path(__file__).parent.parent
NIGHTS = ("2026-10-31", "2026-11-13", "2026-11-19", "2026-11-20")
FILES = (
    "salesforce/opportunity",
    "salesforce/opportunity_history",
    "salesforce/user",
    "marketo/leads",
    "marketo/activities",
    "insidesales/appointments",
    "finance/campaign_costs",
    "salesforce/opportunity_qualification",
    "insidesales/approaches",
    "sales/hours",
    "sales/judgements",
    "sharing/issues",
    "sharing/decisions",
)
CP932 = ("salesforce/opportunity", "salesforce/user", "salesforce/opportunity_qualification")


def generate(out: Path, *options: str) -> None:
    subprocess.run([sys.executable, "-m", "data.demo", "--out", str(out), *options], cwd=ROOT, check=True)


def content(out: Path, file: str, night: str) -> bytes:
    return (out / f"{file}_{night.replace('-', '')}.csv").read_bytes()


def text(out: Path, file: str, night: str) -> str:
    return content(out, file, night).decode("cp932" if file in CP932 else "utf-8")


def digests(out: Path) -> dict[str, str]:
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in out.rglob("*.csv")}


@dataclass(frozen=True)
class Written:
    out: Path
    nights: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    out = tmp_path_factory.mktemp("company")
    generate(out, "--books", str(out / "books.json"))
    return Written(out, json.loads((out / "books.json").read_text(encoding="utf-8"))["nights"])


def test_the_same_seed_gives_the_same_bytes_whichever_nights_are_written(written: Written, tmp_path: Path) -> None:
    for night in NIGHTS:
        generate(tmp_path, "--write", night)
    assert len(digests(written.out)) == len(FILES) * len(NIGHTS)
    assert digests(tmp_path) == digests(written.out)


def test_another_seed_gives_another_company_with_the_same_planted_kinds(tmp_path: Path) -> None:
    books = tmp_path / "books.json"
    for seed in ("1", "2"):
        generate(tmp_path / seed, "--seed", seed, "--scale", "0.02", "--books", str(books))
        nights = json.loads(books.read_text(encoding="utf-8"))["nights"].values()
        assert {kind for night in nights for kind, cases in night["planted"].items() if cases} == set(KINDS)
    assert digests(tmp_path / "1") != digests(tmp_path / "2")


def test_writing_a_night_leaves_the_files_of_other_nights_alone(tmp_path: Path) -> None:
    generate(tmp_path, "--scale", "0.02", "--write", NIGHTS[0])
    before = digests(tmp_path)
    generate(tmp_path, "--scale", "0.02", "--write", NIGHTS[1])
    after = digests(tmp_path)
    assert {name: after[name] for name in before} == before
    assert len(after) == 2 * len(FILES)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".csv"]


def test_no_export_holds_a_time_after_the_end_of_its_night(written: Written) -> None:
    for night in NIGHTS:
        end = f"{night}T15:00:00"  # midnight in Tokyo
        for file in ("marketo/leads", "marketo/activities", "salesforce/opportunity_history"):
            times = re.findall(r"\d{4}-\d\d-\d\dT[0-2]\d:[0-5]\d:\d\d", text(written.out, file, night))
            assert max(time for time in times if "-32T" not in time and "T25" not in time) < end, (file, night)


def test_a_deal_recorded_late_is_unknown_to_the_nights_before(written: Written) -> None:
    (case,) = written.nights["2026-11-13"]["planted"]["late_history"]
    assert case["text"] in text(written.out, case["file"], "2026-11-13")
    assert case["text"] not in text(written.out, case["file"], "2026-10-31")
    row = next(line for line in text(written.out, case["file"], "2026-11-13").split("\n") if case["text"] in line)
    assert '"2026-10-30T' in row and '"2026-11-10T' in row


def test_a_deleted_deal_is_absent_from_the_snapshot_and_marked_in_the_history(written: Written) -> None:
    (case,) = written.nights["2026-11-19"]["planted"]["deleted_opportunity"]
    deal = f'"{case["id"]}"'
    assert deal in text(written.out, "salesforce/opportunity", "2026-11-13")
    assert deal not in text(written.out, "salesforce/opportunity", "2026-11-19")
    lines = [line for line in text(written.out, case["file"], "2026-11-19").split("\n") if case["text"] in line]
    assert len(lines) == 2 and all(line.endswith('"true"') for line in lines)


def test_a_corrected_stage_date_comes_again_under_the_same_id(written: Written) -> None:
    (case,) = written.nights["2026-11-13"]["planted"]["corrected_stage_date"]
    for night, date in (("2026-10-31", "2026-10-02"), ("2026-11-13", "2026-09-29")):
        (line,) = [line for line in text(written.out, case["file"], night).split("\n") if case["text"] in line]
        assert f'"{date}T01:00:00.000Z"' in line


def test_months_and_channels_of_the_books_sum_to_the_totals(written: Written) -> None:
    for book in written.nights.values():
        for measure, total in book["total"].items():
            assert sum(month[measure] for month in book["by_month"].values()) == total
            assert sum(channel[measure] for channel in book["by_channel"].values()) == total
            cells = (channel for month in book["by_month_channel"].values() for channel in month.values())
            assert sum(cell[measure] for cell in cells) == total


def test_every_planted_case_stands_in_the_file_that_the_books_name(written: Written) -> None:
    seen = set()
    for night, book in written.nights.items():
        for kind, cases in book["planted"].items():
            for case in cases:
                assert case["text"] in text(written.out, case["file"], night), (night, kind, case)
                seen.add(kind)
    assert seen == set(KINDS)


def test_the_page_names_the_planted_ids_of_the_usual_company(written: Written) -> None:
    page = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\w+)` \|.*\| ([^|]*) \|$", page.partition("## Planted cases")[2], re.MULTILINE)
    told = {kind: set(re.findall(r"`(\w+)`", ids)) for kind, ids in table}
    books = {kind: {case["id"] for book in written.nights.values() for case in book["planted"][kind]} for kind in KINDS}
    assert told == books


def test_there_are_about_six_unreadable_records_and_none_on_the_last_night(written: Written) -> None:
    counts = [sum(count for rules in written.nights[night]["rejects"].values() for count in rules.values()) for night in NIGHTS]
    assert counts == [3, 4, 0, 0]


def test_the_files_have_the_bytes_of_their_systems(written: Written) -> None:
    report = content(written.out, "salesforce/opportunity", NIGHTS[0])
    lines = report.decode("cp932").split("\r\n")
    assert lines[0].endswith('"商談 ID"')
    assert lines[-5] == "" and lines[-3].startswith('"Copyright (c)') and lines[-1] == ""
    assert b"\n" not in report.replace(b"\r\n", b"")
    for character in "①㈱髙﨑～":
        assert character in report.decode("cp932")
    assert content(written.out, "marketo/leads", NIGHTS[0]).startswith(b"\xef\xbb\xbfid,")
    assert content(written.out, "insidesales/appointments", NIGHTS[0]).startswith("\ufeffアポID".encode())
    for file in ("marketo/activities", "salesforce/opportunity_history", "finance/campaign_costs"):
        assert not content(written.out, file, NIGHTS[0]).startswith(b"\xef\xbb\xbf")
        assert b"\r" not in content(written.out, file, NIGHTS[0])


def test_the_company_has_a_plausible_size_and_course(written: Written) -> None:
    book = written.nights["2026-11-20"]
    total = book["total"]
    bounds = {
        "leads": (5_500, 6_700),
        "mqls": (1_350, 1_750),
        "appointments": (720, 1_000),
        "opportunities": (430, 580),
        "valid_opportunities": (290, 390),
        "won": (70, 115),
    }
    assert {name: total[name] for name, (low, high) in bounds.items() if not low <= total[name] <= high} == {}
    assert 40_000 < sum(night["rows"]["marketo/activities"] for night in written.nights.values()) < 52_000
    won = {month: table["won"] for month, table in book["by_month"].items()}
    assert won["2025-03"] + won["2026-03"] >= 2.5 * sum(won.values()) / len(won) * 2
    assert 2_000_000 < total["won_amount"] / total["won"] < 5_000_000


def test_ids_carry_the_checksum_of_salesforce() -> None:
    assert with_checksum("006IS0000001aB1") == "006IS0000001aB1YAI"
    assert len(salesforce_id("006", 123)) == 15


def test_the_holidays_are_those_of_japan() -> None:
    off = {day for year in range(START.year, END.year + 1) for day, _ in jpholiday.year_holidays(year)}
    weekdays = {day for day in off if day.weekday() < 5 and START <= day <= END}
    assert weekdays <= HOLIDAYS
    assert {day.strftime("%m-%d") for day in HOLIDAYS - off} <= {"12-30", "12-31", "01-02", "01-03"}


def test_a_night_that_is_not_among_the_nights_is_refused() -> None:
    command = [sys.executable, "-m", "data.demo", "--books", "x.json", "--write", "2026-11-14"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "2026-11-14" in done.stderr
