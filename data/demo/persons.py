"""Leads as known on a night -> persons: their beginning, channel, cycles and the stages of each cycle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from data.demo.activities import CHANGE
from data.demo.clock import day_of
from data.demo.company import FIRST_LEAD
from data.demo.files import Night
from data.demo.marketo import ACTIVITIES, LEADS, updated
from data.demo.shapes import Appointment, Change, Company, Lead, Status


@dataclass
class Person:
    """The survivor of a chain of merges, with what happened to all its leads."""

    survivor: Lead
    begun: int
    changes: list[Change] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)

    def cycles(self) -> list[int]:
        """Return the instants at which its cycles begin."""
        recycled = sorted(change.happened for change in self.changes if change.status is Status.RECYCLED)
        return [self.begun, *recycled]

    def first_mqls(self) -> dict[int, dt.date]:
        """Return the date of the first change to MQL by cycle, counted from 0."""
        begins, found = self.cycles(), dict[int, dt.date]()
        for change in sorted(self.changes):
            if change.status is Status.MQL:
                cycle = sum(begin <= change.happened for begin in begins[1:])
                found.setdefault(cycle, day_of(change.happened))
        return found

    def first_appointments(self) -> dict[int, dt.date]:
        """Return the earliest date on which an appointment was set by cycle, counted from 0."""
        begins, found = [day_of(begin) for begin in self.cycles()], dict[int, dt.date]()
        for line in sorted(self.appointments, key=lambda each: each.set_on):
            found.setdefault(sum(begin <= line.set_on for begin in begins[1:]), line.set_on)
        return found


def persons_known(company: Company, nights: Sequence[Night]) -> dict[int, Person]:
    """Return the person of every lead (by its number) as known on the last of the nights; one object per person."""
    cutoff = nights[-1].end
    version = {lead.number: cutoff for lead in company.leads if lead.created < cutoff}
    for number in {fault.key for fault in company.faults if fault.file == LEADS} & version.keys():
        readable = _readable_lead(company, company.leads[number - FIRST_LEAD], nights)
        if readable is None:
            del version[number]
        else:
            version[number] = readable
    people: dict[int, Person] = {}
    by_lead: dict[int, Person] = {}
    unread = _unread_changes(company, nights)
    for lead in company.leads:
        if lead.number in version:
            survivor = _survivor(lead, version)
            person = people.setdefault(survivor.number, Person(survivor, lead.created))
            person.begun = min(person.begun, lead.created)
            known = (each for each in lead.changes if each.recorded < cutoff)
            person.changes += [each for each in known if (lead.number, each) not in unread]
            by_lead[lead.number] = person
    for line in company.appointments:
        if line.set_recorded < cutoff:
            by_lead[line.lead.number].appointments.append(line)
    return by_lead


def distinct(people: Iterable[Person]) -> list[Person]:
    """Return each person once."""
    return list({id(person): person for person in people}.values())


def _survivor(lead: Lead, version: dict[int, int]) -> Lead:
    """Follow the merges known in each lead's version in force."""
    while lead.merged_into is not None and lead.merged < version[lead.number]:
        lead = lead.merged_into
    return lead


def _readable_lead(company: Company, lead: Lead, nights: Sequence[Night]) -> int | None:
    """Return the cut-off of the newest night that showed the lead readably; None when there was none."""
    faults = [fault for fault in company.faults if fault.file == LEADS and fault.key == lead.number]
    for night in reversed(nights):
        shown = lead.created < night.end and night.holds(updated(lead, night.end))
        if shown and not any(night.breaks(fault) for fault in faults):
            return night.end
    return None


def _unread_changes(company: Company, nights: Sequence[Night]) -> set[tuple[int, Change]]:
    """Return the status changes that no night has shown readably, with the number of their lead."""
    log, found = company.activities, set[tuple[int, Change]]()
    for fault in company.faults:
        if fault.file != ACTIVITIES or log.kind[fault.key] != CHANGE:
            continue
        recorded, lead = int(log.recorded[fault.key]), company.leads[int(log.lead[fault.key])]
        if not any(night.holds(recorded) and not night.breaks(fault) for night in nights):
            found |= {(lead.number, change) for change in lead.changes if change.recorded == recorded}
    return found
