"""Company and night -> the planted cases that the night's files show: kind, id, file and the text to look for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from data.demo.activities import CHANGE
from data.demo.company import FIRST_ACTIVITY, FIRST_LEAD
from data.demo.files import Night
from data.demo.ids import salesforce_id, with_checksum
from data.demo.marketo import ACTIVITIES, LEADS, updated
from data.demo.salesforce import HISTORY, OPPORTUNITY, deal_id, row_id
from data.demo.shapes import NEVER, Company, Deal, Fault, Lead, Row
from data.demo.sheets import APPOINTMENTS, appointment_id

DAY = 86_400
DEAL_KINDS = ("reopened_won_again", "reopened_open", "lost_reopened", "corrected_amount", "skipped_stage")
KINDS = (
    "late_activity", "late_history", "merged_lead", "merge_chain", *DEAL_KINDS, "corrected_stage_date",
    "deleted_opportunity", "recycled_lead", "one_company_three_ways", "month_boundary", "buying_group",
    "ids_differing_by_case", "reject_not_a_number", "reject_not_a_date", "reject_not_a_timestamp",
    "reject_wrong_number_of_fields",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A planted case: the id people speak of, and the text that shows it in a file."""

    kind: str
    key: str
    file: str
    text: str


def planted_in(company: Company, night: Night) -> dict[str, list[dict[str, str]]]:
    """Return the cases that the files of that night show, by kind."""
    found: dict[str, list[dict[str, str]]] = {kind: [] for kind in KINDS}
    for case in (*_of_leads(company, night), *_of_deals(company, night), *_of_faults(company, night)):
        found[case.kind].append({"id": case.key, "file": case.file, "text": case.text})
    return found


def is_shown(company: Company, fault: Fault, night: Night) -> bool:
    """Say whether the night's file has the record of a fault at all."""
    if fault.file == ACTIVITIES:
        return night.holds(int(company.activities.recorded[fault.key]))
    if fault.file == LEADS:
        lead = company.leads[fault.key - FIRST_LEAD]
        return lead.created < night.end and night.holds(updated(lead, night.end))
    return any(deal.number == fault.key and deal.rows[0].recorded < night.end for deal in company.deals)


def _of_leads(company: Company, night: Night) -> Iterator[Case]:
    """Return the cases of leads: late and recycled ones by their activities, others by their own rows."""
    for place, lead in enumerate(company.leads):
        if not lead.planted or lead.created >= night.end:
            continue
        row = Case(lead.planted, str(lead.number), LEADS, f"\n{lead.number},")
        in_delta = night.holds(updated(lead, night.end))
        if lead.planted in ("late_activity", "recycled_lead", "month_boundary"):
            yield from _changes(company, night, place, lead)
        elif lead.planted in ("merged_lead", "merge_chain") and lead.merged < night.end and in_delta:
            yield row
        elif lead.planted == "one_company_three_ways" and in_delta:
            yield Case(row.kind, row.key, LEADS, f",{lead.company},")
    for line in company.appointments:
        if line.lead.planted == "skipped_stage" and line.set_recorded < night.end:
            key = str(line.lead.number)
            yield Case("skipped_stage", key, APPOINTMENTS, f"{appointment_id(line)},{key},")


def _changes(company: Company, night: Night, place: int, lead: Lead) -> Iterator[Case]:
    """Return the status changes of a planted lead that the night's delta holds; of a recycled one, only these."""
    log = company.activities
    for at in np.flatnonzero((log.lead == place) & (log.kind == CHANGE)).tolist():
        recorded, recycled = int(log.recorded[at]), int(log.detail[at]) == 1
        if night.holds(recorded) and (lead.planted != "recycled_lead" or recycled):
            yield Case(lead.planted, str(lead.number), ACTIVITIES, f"\n{FIRST_ACTIVITY + at},{lead.number},")


def _of_deals(company: Company, night: Night) -> Iterator[Case]:
    """Return the cases of deals: late, corrected and deleted ones by their history, others by the snapshot."""
    shown = [deal for deal in company.deals if deal.rows[0].recorded < night.end <= deal.deleted]
    for deal in company.deals:
        key = deal_id(deal)
        if deal.planted == "deleted_opportunity" and night.holds(deal.deleted):
            yield Case(deal.planted, key, HISTORY, f'"{with_checksum(key)}"')
        for row in deal.rows:
            if deal.planted and _is_case(deal, row, night):
                yield Case(deal.planted, key, HISTORY, f'"{row_id(row)}","{with_checksum(key)}"')
    for deal in shown:
        if deal.planted in DEAL_KINDS and deal.rows[-1].recorded < night.end:
            yield Case(deal.planted, deal_id(deal), OPPORTUNITY, f'"{deal_id(deal)}"')
    group = [line for line in company.appointments if line.deal is not None and line.deal.planted == "buying_group"]
    for line in group:
        if line.deal is not None and max(line.state_recorded, line.deal.rows[0].recorded) < night.end:
            key = deal_id(line.deal)
            yield Case("buying_group", key, APPOINTMENTS, f"{appointment_id(line)},{line.lead.number},{key},")
    yield from _case_pair(shown)


def _is_case(deal: Deal, row: Row, night: Night) -> bool:
    """Say whether a row shows that its deal is late, was corrected or stands on a month boundary."""
    if deal.planted == "late_history":
        return row.recorded - row.happened > 3 * DAY and night.holds(row.recorded)
    if deal.planted == "corrected_stage_date":
        return row.corrected != NEVER and night.holds(row.corrected)
    return deal.planted == "month_boundary" and row is deal.rows[-1] and night.holds(row.recorded)


def _case_pair(shown: list[Deal]) -> Iterator[Case]:
    """Return the first two deals of the snapshot whose ids differ only by case."""
    seen: dict[str, str] = {}
    for deal in shown:
        key = deal_id(deal)
        other = seen.setdefault(key.lower(), key)
        if other != key:
            for each in (other, key):
                yield Case("ids_differing_by_case", each, OPPORTUNITY, f'"{each}"')
            return


def _of_faults(company: Company, night: Night) -> Iterator[Case]:
    """Return the records of the night that cannot be read."""
    for fault in company.faults:
        if not night.breaks(fault) or not is_shown(company, fault, night):
            continue
        kind = f"reject_{fault.rule}"
        if fault.file == OPPORTUNITY:
            yield Case(kind, salesforce_id("006", fault.key), OPPORTUNITY, f'"{fault.text}"')
        elif fault.file == LEADS:
            yield Case(kind, str(fault.key), LEADS, f",{fault.text},")
        else:
            lead = FIRST_LEAD + int(company.activities.lead[fault.key])
            guid = FIRST_ACTIVITY + fault.key
            yield Case(kind, str(guid), ACTIVITIES, f"\n{guid},{lead},")
