"""The books against the exports: a second way to the same numbers, from the bytes, by the rules of data/README.md."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.companies import SWITCHES

ROOT = Path(__file__).parent.parent
EVERYTHING = tuple(word for switch in SWITCHES for word in ("--scenario", f"{switch}=2026-07"))
Record = dict[str, str]
Counts = Counter[tuple[str, str, str]]  # month, channel, measure


def tokyo(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00")) + dt.timedelta(hours=9)


def records(path: Path, encoding: str) -> Iterator[Record]:
    rows = csv.reader(io.StringIO(path.read_bytes().decode(encoding), newline=""))
    header = next(rows)
    for row in rows:
        if not row:
            return  # the footer begins with an empty line
        if len(row) == len(header):
            yield dict(zip(header, row, strict=True))


class Known:
    """The state of everything after some nights, built up as a loader would."""

    def __init__(self) -> None:
        self.leads: dict[str, Record] = {}
        self.activities: dict[str, Record] = {}
        self.history: dict[str, Record] = {}
        self.amounts: dict[str, int] = {}
        self.appointments: list[Record] = []
        self.costs: list[Record] = []

    def load(self, folder: Path, night: str) -> None:
        for row in records(folder / f"marketo/leads_{night}.csv", "utf-8-sig"):
            try:
                tokyo(row["updatedAt"])
            except ValueError:
                continue
            self.leads[row["id"]] = row
        for row in records(folder / f"marketo/activities_{night}.csv", "utf-8"):
            self.activities[row["marketoGUID"]] = row
        for row in records(folder / f"salesforce/opportunity_history_{night}.csv", "utf-8"):
            if row["SystemModstamp"] >= self.history.get(row["Id"], row)["SystemModstamp"]:
                self.history[row["Id"]] = row
        for row in records(folder / f"salesforce/opportunity_{night}.csv", "cp932"):
            try:
                dt.datetime.strptime(row["完了予定日"], "%Y/%m/%d")
                self.amounts[row["商談 ID"]] = int(row["金額"].replace(",", "") or 0)
            except ValueError:
                continue
        self.appointments = list(records(folder / f"insidesales/appointments_{night}.csv", "utf-8-sig"))
        self.costs = list(records(folder / f"finance/campaign_costs_{night}.csv", "utf-8"))

    def survivor(self, lead: str) -> str:
        while (into := self.leads[lead]["mergedIntoId"]) != "null":
            lead = into
        return lead

    def begun(self) -> dict[str, dt.datetime]:
        found: dict[str, dt.datetime] = {}
        for lead, row in self.leads.items():
            person = self.survivor(lead)
            found[person] = min(found.get(person, tokyo(row["createdAt"])), tokyo(row["createdAt"]))
        return found

    def channel(self, person: str) -> str:
        return self.leads[person]["leadSource"]


def recount(known: Known) -> Counts:
    counts: Counts = Counter()
    count_persons(known, counts)
    count_deals(known, counts)
    for row in known.costs:
        counts[row["月"], row["チャネル"], "campaign_cost"] += int(row["費用"].replace(",", ""))
    return counts


def count_persons(known: Known, counts: Counts) -> None:
    begins = {person: [begin] for person, begin in known.begun().items()}
    mqls: dict[tuple[str, int], str] = {}
    for person, events in status_changes(known).items():
        begins[person] += sorted(at for at, status in events if status == "Recycled")
        for at in sorted(at for at, status in events if status == "MQL"):
            cycle = max(1, sum(begin <= at for begin in begins[person]))
            mqls.setdefault((person, cycle), f"{at:%Y-%m}")
    for person, cycles in begins.items():
        for begin in cycles:
            counts[f"{begin:%Y-%m}", known.channel(person), "leads"] += 1
    for (person, _), month in mqls.items():
        counts[month, known.channel(person), "mqls"] += 1
    for (person, cycle), month in count_appointments(known, counts, begins).items():
        counts[month, known.channel(person), "appointments"] += 1
        if (person, cycle) not in mqls:
            for measure in ("mqls", "mqls_inferred"):
                counts[month, known.channel(person), measure] += 1


def status_changes(known: Known) -> dict[str, list[tuple[dt.datetime, str]]]:
    changes: dict[str, list[tuple[dt.datetime, str]]] = defaultdict(list)
    for row in known.activities.values():
        if row["activityTypeId"] == "13" and row["leadId"] in known.leads:
            status = json.loads(row["attributes"])["New Value"]
            changes[known.survivor(row["leadId"])].append((tokyo(row["activityDate"]), status))
    return changes


def count_appointments(known: Known, counts: Counts, begins: dict[str, list[dt.datetime]]) -> dict[tuple[str, int], str]:
    entered: dict[tuple[str, int], str] = {}
    for row in sorted(known.appointments, key=lambda row: row["獲得日"]):
        person = known.survivor(row["リードID"])
        cycle = max(1, sum(f"{begin:%Y-%m-%d}" <= row["獲得日"] for begin in begins[person]))
        entered.setdefault((person, cycle), row["獲得日"][:7])
        counts[row["獲得日"][:7], known.channel(person), "appointment_rows"] += 1
        if row["実施日"]:
            counts[row["実施日"][:7], known.channel(person), "appointments_held"] += 1
    return entered


def count_deals(known: Known, counts: Counts) -> None:
    begun = known.begun()
    persons: dict[str, set[str]] = defaultdict(set)
    for row in known.appointments:
        if row["商談ID"]:
            persons[row["商談ID"]].add(known.survivor(row["リードID"]))
    rows_of: dict[str, list[Record]] = defaultdict(list)
    for row in known.history.values():
        if row["IsDeleted"] == "false":
            rows_of[row["OpportunityId"][:15]].append(row)
    for deal, rows in rows_of.items():
        first = min(persons[deal], key=lambda person: (begun[person], int(person)), default=None)
        channel = known.channel(first) if first else "unattributed"
        ordered = sorted((tokyo(row["CreatedDate"]), row["StageName"]) for row in rows)
        amount = known.amounts.get(deal, 0)
        for measure, month in deal_measures(ordered):
            counts[month, channel, measure] += 1
            if measure in ("valid_opportunities", "won"):
                of = "won_amount" if measure == "won" else "created_pipeline_amount"
                counts[month, channel, of] += amount


def deal_measures(ordered: list[tuple[dt.datetime, str]]) -> Iterator[tuple[str, str]]:
    first: dict[str, str] = {}
    for at, stage in ordered:
        first.setdefault(stage, f"{at:%Y-%m}")
    yield "opportunities", first.get("商談化", f"{ordered[0][0]:%Y-%m}")
    if "商談化" not in first:
        yield "opportunities_inferred", f"{ordered[0][0]:%Y-%m}"
    later = [first[stage] for stage in ("提案", "見積", "受注") if stage in first]
    if "有効商談" in first:
        yield "valid_opportunities", first["有効商談"]
    elif later:
        yield "valid_opportunities", min(later)
        yield "valid_opportunities_inferred", min(later)
    last = ordered[-1][1]
    if last in ("受注", "失注"):
        run = [place for place, (_, stage) in enumerate(ordered) if stage != last]
        yield {"受注": "won", "失注": "lost"}[last], f"{ordered[run[-1] + 1 if run else 0][0]:%Y-%m}"


@pytest.mark.parametrize("options", [(), EVERYTHING], ids=["usual", "every switch"])
def test_the_exports_recounted_by_the_rules_give_the_books_to_the_unit(tmp_path: Path, options: tuple[str, ...]) -> None:
    books_file = tmp_path / "books.json"
    command = [sys.executable, "-m", "data.demo", "--out", str(tmp_path), "--books", str(books_file)]
    subprocess.run([*command, *options], cwd=ROOT, check=True)
    known = Known()
    for night, book in json.loads(books_file.read_text(encoding="utf-8"))["nights"].items():
        known.load(tmp_path, night.replace("-", ""))
        told = {
            (month, channel, measure): value
            for month, channels in book["by_month_channel"].items()
            for channel, table in channels.items()
            for measure, value in table.items()
            if value
        }
        assert {key: value for key, value in recount(known).items() if value} == told, night
