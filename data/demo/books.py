"""Company and nights -> the truth as known on the last of them: counts and amounts by month and channel.

Everything is counted from the simulated events by the rules of `data/README.md`; no export is read.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

from data.demo.clock import START, day_of, month_of, months
from data.demo.deals import VALID_OR_BEYOND
from data.demo.files import Night
from data.demo.note_books import noted
from data.demo.parameters import CHANNELS, UNATTRIBUTED
from data.demo.persons import Person, distinct, persons_known
from data.demo.planted import is_shown, planted_in
from data.demo.salesforce import OPPORTUNITY
from data.demo.shapes import Company, Deal, Row

MEASURES = (
    "leads", "mqls", "mqls_inferred", "appointments", "appointment_rows", "appointments_held", "opportunities",
    "opportunities_inferred", "valid_opportunities", "valid_opportunities_inferred", "won", "lost",
    "created_pipeline_amount", "won_amount", "campaign_cost",
)  # fmt: skip
Table = dict[str, int]
Book = dict[str, object]


class Tally:
    """Sums of measures by month and channel."""

    def __init__(self) -> None:
        self.sums: defaultdict[tuple[str, str, str], int] = defaultdict(int)

    def add(self, measure: str, day: dt.date, channel: str, value: int = 1) -> None:
        """Count something that happened on a day."""
        self.sums[month_of(day), channel, measure] += value

    def table(self, month: str | None = None, channel: str | None = None) -> Table:
        """Return every measure summed over what is not given."""
        found = dict.fromkeys(MEASURES, 0)
        for (in_month, in_channel, measure), value in self.sums.items():
            if month in (None, in_month) and channel in (None, in_channel):
                found[measure] += value
        return found


def book(company: Company, nights: Sequence[Night]) -> Book:
    """Return the book of the last night, as known from the exports of all the nights."""
    night, tally = nights[-1], Tally()
    people = persons_known(company, nights)
    for person in distinct(people.values()):
        _count_person(tally, person, night.end)
    met = _met(company, people, night.end)
    shown = [deal for deal in company.deals if deal.rows[0].recorded < night.end <= deal.deleted]
    for deal in shown:
        _count_deal(tally, deal, _channel(met[deal.number]), _amount(company, deal, nights), night.end)
    entered = {deal.number: day for deal in shown if (day := _valid_entry(_visits(deal, night.end))) is not None}
    for cost in company.costs:
        if cost.recorded < night.end:
            value = cost.final if cost.closed < night.end else cost.planned
            tally.add("campaign_cost", dt.date.fromisoformat(f"{cost.month}-01"), cost.channel, value)
    channels, names = (*CHANNELS, UNATTRIBUTED), months(START, night.day)
    return {
        "total": tally.table(),
        "by_month": {month: tally.table(month) for month in names},
        "by_channel": {channel: tally.table(None, channel) for channel in channels},
        "by_month_channel": {month: {channel: tally.table(month, channel) for channel in channels} for month in names},
        "notes": noted(company, people, entered, night),
        "rejects": _rejects(company, night),
        "planted": planted_in(company, night),
    }


def _count_person(tally: Tally, person: Person, cutoff: int) -> None:
    """Count a person's cycles, the stages entered in each, and the records of its appointments."""
    channel = person.survivor.channel
    for begin in person.cycles():
        tally.add("leads", day_of(begin), channel)
    mqls, appointments = person.first_mqls(), person.first_appointments()
    for day in mqls.values():
        tally.add("mqls", day, channel)
    for cycle, day in appointments.items():
        tally.add("appointments", day, channel)
        if cycle not in mqls:
            tally.add("mqls", day, channel)
            tally.add("mqls_inferred", day, channel)
    for line in person.appointments:
        tally.add("appointment_rows", line.set_on, channel)
        if line.held_on is not None and line.state_recorded < cutoff:
            tally.add("appointments_held", line.held_on, channel)


def _count_deal(tally: Tally, deal: Deal, channel: str, amount: int, cutoff: int) -> None:
    """Count a deal's stages and amounts."""
    visits = _visits(deal, cutoff)
    opened = next((day for stage, day in visits if stage == "商談化"), None)
    tally.add("opportunities", opened or visits[0][1], channel)
    if opened is None:
        tally.add("opportunities_inferred", visits[0][1], channel)
    entered = _valid_entry(visits)
    if entered is not None:
        tally.add("valid_opportunities", entered, channel)
        tally.add("created_pipeline_amount", entered, channel, amount)
        if all(stage != "有効商談" for stage, _ in visits):
            tally.add("valid_opportunities_inferred", entered, channel)
    stage, day = visits[-1]
    if stage == "受注":
        tally.add("won", day, channel)
        tally.add("won_amount", day, channel, amount)
    elif stage == "失注":
        tally.add("lost", day, channel)


def _valid_entry(visits: Sequence[tuple[str, dt.date]]) -> dt.date | None:
    """Return the day of the first visit of 有効商談, or of a stage after it where that was skipped."""
    valid = next((day for stage, day in visits if stage == "有効商談"), None)
    return valid or next((day for stage, day in visits if stage in VALID_OR_BEYOND), None)


def _visits(deal: Deal, cutoff: int) -> list[tuple[str, dt.date]]:
    """Return the stages the deal went through and the date of each entry; rows of one stage in a row are one visit."""

    def happened(row: Row) -> int:
        return row.corrected_to if row.corrected < cutoff else row.happened

    visits: list[tuple[str, dt.date]] = []
    for row in sorted((row for row in deal.rows if row.recorded < cutoff), key=happened):
        if not visits or visits[-1][0] != row.stage:
            visits.append((row.stage, day_of(happened(row))))
    return visits


def _met(company: Company, people: Mapping[int, Person], cutoff: int) -> defaultdict[int, list[Person]]:
    """Return the persons of each deal (by its number): those of the appointments that carry its id."""
    met: defaultdict[int, list[Person]] = defaultdict(list)
    for line in company.appointments:
        if line.deal is not None and max(line.state_recorded, line.deal.rows[0].recorded) < cutoff:
            met[line.deal.number].append(people[line.lead.number])
    return met


def _channel(met: list[Person]) -> str:
    """Return the channel of the person who began first."""
    if not met:
        return UNATTRIBUTED
    return min(met, key=lambda person: (person.begun, person.survivor.number)).survivor.channel


def _amount(company: Company, deal: Deal, nights: Sequence[Night]) -> int:
    """Return the amount in the newest snapshot that showed the deal readably; 0 where there is none."""
    faults = [fault for fault in company.faults if fault.file == OPPORTUNITY and fault.key == deal.number]
    for night in reversed(nights):
        rows = [row for row in deal.rows if row.recorded < night.end]
        if rows and not any(night.breaks(fault) for fault in faults):
            return max(rows, key=lambda row: row.happened).amount or 0
    return 0


def _rejects(company: Company, night: Night) -> dict[str, Table]:
    """Return how many records of each of the night's files cannot be read, by rule."""
    found: dict[str, Table] = {}
    for fault in company.faults:
        if night.breaks(fault) and is_shown(company, fault, night):
            rules = found.setdefault(fault.file, {})
            rules[fault.rule] = rules.get(fault.rule, 0) + 1
    return found
