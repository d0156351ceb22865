"""Planted cases: leads and deals with a course written by hand, the same for every seed and scale.

Their days lie around the usual nights 2026-10-31, 2026-11-13, 2026-11-19 and 2026-11-20. `planted` is the
name of the case.
"""

from __future__ import annotations

import datetime as dt

from data.demo import names
from data.demo.clock import SECONDS_OF_DAY, at, day_of, on
from data.demo.people import CALLERS, SELLERS, Crowd
from data.demo.shapes import Appointment, Change, Deal, Lead, Row, Status

THREE_WAYS_ACCOUNT = 4  # ミナモABC…: its letters can be written full-width


def plant(crowd: Crowd) -> None:
    """Add every planted case to the history."""
    _late_leads(crowd)
    _merged_leads(crowd)
    _recycled_leads(crowd)
    _company_three_ways(crowd)
    _late_deals(crowd)
    _reopened_deals(crowd)
    _corrected_and_deleted_deals(crowd)
    _skipped_stages(crowd)
    _group(crowd)
    _broken(crowd)


def _lead(crowd: Crowd, planted: str, created: str, *changes: str, channel: str = "Web問合せ", account: int = 40) -> Lead:
    """Add a lead; a change is `2026-10-29 10:00 MQL`, with the date of its recording behind it when that was later."""
    lead = Lead(on(created), account, channel, names.written(account, 0), planted=planted)
    for text in changes:
        day, time, status, *recorded = text.split()
        happened = on(f"{day} {time}")
        lead.changes.append(Change(happened, on(f"{recorded[0]} 18:00") if recorded else happened + 90, Status(status)))
    crowd.leads.append(lead)
    return lead


def _deal(crowd: Crowd, planted: str, account: int, *rows: str) -> Deal:
    """Add a deal; a row is `2026-10-30 10:00 有効商談 1200000`, with the date of its recording behind it when later."""
    made = []
    for text in rows:
        day, time, stage, amount, *recorded = text.split()
        happened = on(f"{day} {time}")
        close = day_of(happened) + dt.timedelta(days=0 if stage in ("受注", "失注") else 60)
        seen = on(f"{recorded[0]} 17:30") if recorded else happened + 45
        made.append(Row(happened, seen, stage, int(amount) if amount != "-" else None, close))
    name = f"{names.account_name(account)} {names.PRODUCTS[len(crowd.deals) % len(names.PRODUCTS)]}"
    owner = SELLERS[len(crowd.deals) % len(SELLERS)].name
    deal = Deal(account, name, owner, made, "展示会", planted=planted)
    deal.lost_reason = "価格" if any(row.stage == "失注" for row in made) else ""
    crowd.deals.append(deal)
    return deal


def _met(crowd: Crowd, lead: Lead, agreed: str, held: str, deal: Deal | None = None, result: str = "有効") -> None:
    """Add an appointment that was held; its result is written down two days later."""
    first, second = dt.date.fromisoformat(agreed), dt.date.fromisoformat(held)
    noted = at(second, 19) + 2 * SECONDS_OF_DAY
    line = Appointment(lead, first, at(first, 19), second, "実施", second, at(second, 20), result, noted, deal)
    line.handle = CALLERS[len(crowd.appointments) % len(CALLERS)].handle
    crowd.appointments.append(line)
    if deal is not None:
        lead.linked = deal.rows[0].recorded + 120


def _late_leads(crowd: Crowd) -> None:
    """MQL changes recorded days after they happened: across a month end, across nights."""
    _lead(crowd, "late_activity", "2026-09-14 10:20", "2026-09-28 11:00 MQL 2026-10-09")
    _lead(crowd, "late_activity", "2026-10-12 13:05", "2026-10-29 16:40 MQL 2026-11-05", channel="ウェビナー")
    _lead(crowd, "late_activity", "2026-11-02 09:15", "2026-11-12 10:30 MQL 2026-11-18", channel="展示会")
    _lead(crowd, "month_boundary", "2026-10-01 00:30", "2026-11-01 00:10 MQL")


def _merged_leads(crowd: Crowd) -> None:
    """One lead merged into another between the first nights; a chain of three, closed between the later ones."""
    kept = _lead(crowd, "", "2026-09-01 10:00", account=41)
    lost = _lead(crowd, "merged_lead", "2026-10-05 14:00", "2026-10-12 09:40 MQL", channel="展示会", account=41)
    lost.merged_into, lost.merged = kept, on("2026-11-10 11:00")
    now, before = (2026, "2026-10-20 15:00", "2026-11-17 10:10"), (2025, "2025-10-20 15:00", "2025-12-02 10:10")
    for year, first, second in (now, before):
        qualified = f"{year}-08-03 10:00 MQL", f"{year}-09-02 10:00 MQL"
        one = _lead(crowd, "merge_chain", f"{year}-06-10 10:00", qualified[0], channel="コンテンツ", account=42)
        two = _lead(crowd, "merge_chain", f"{year}-07-08 10:00", channel="展示会", account=42)
        three = _lead(crowd, "merge_chain", f"{year}-08-21 10:00", qualified[1], channel="紹介", account=42)
        one.merged_into, one.merged = two, on(first)
        two.merged_into, two.merged = three, on(second)


def _recycled_leads(crowd: Crowd) -> None:
    """Persons in their second and third cycle; one recycled between the nights; an appointment without an MQL."""
    again = _lead(
        crowd, "recycled_lead", "2025-11-04 10:00", "2025-11-20 10:00 MQL", "2026-03-16 10:00 Recycled",
        "2026-06-03 10:00 MQL", "2026-08-24 10:00 Recycled", "2026-10-02 10:00 MQL", account=43,
    )  # fmt: skip
    _met(crowd, again, "2026-10-08", "2026-10-21", result="時期尚早")
    _lead(crowd, "recycled_lead", "2026-07-06 10:00", "2026-08-05 10:00 MQL", "2026-11-16 10:00 Recycled", account=44)
    direct = _lead(crowd, "skipped_stage", "2026-10-06 10:00", channel="紹介", account=45)
    _met(crowd, direct, "2026-10-15", "2026-10-28", result="対象外")


def _company_three_ways(crowd: Crowd) -> None:
    """One company written with 株式会社, with ㈱ and in full width."""
    for manner in (0, 1, 2):
        lead = _lead(crowd, "one_company_three_ways", f"2026-08-{18 + manner} 11:00", account=THREE_WAYS_ACCOUNT)
        lead.company = names.written(THREE_WAYS_ACCOUNT, manner)


def _late_deals(crowd: Crowd) -> None:
    """History rows entered days after they happened, over a month end and over nights."""
    _deal(crowd, "late_history", 46, "2026-10-08 10:00 商談化 -", "2026-10-30 15:00 有効商談 2100000 2026-11-10")
    _deal(
        crowd, "late_history", 47, "2026-06-08 10:00 商談化 -", "2026-06-25 10:00 有効商談 3300000",
        "2026-08-07 10:00 見積 3450000", "2026-10-30 16:00 受注 3400000 2026-11-17",
    )  # fmt: skip


def _reopened_deals(crowd: Crowd) -> None:
    """Won, open and won again; won and open again; lost and open again."""
    before = ("2026-04-06 10:00 商談化 4000000", "2026-04-20 10:00 有効商談 4000000", "2026-05-18 10:00 見積 5000000")
    _deal(
        crowd, "reopened_won_again", 48, *before, "2026-07-15 10:00 受注 5000000", "2026-08-03 10:00 見積 5800000",
        "2026-09-18 10:00 受注 5800000",
    )  # fmt: skip
    _deal(
        crowd, "reopened_won_again", 49, *before, "2026-10-28 10:00 受注 5200000", "2026-11-11 10:00 見積 4600000",
        "2026-11-19 10:00 受注 4700000",
    )  # fmt: skip
    _deal(crowd, "reopened_open", 50, *before, "2026-09-30 17:00 受注 5100000", "2026-11-12 10:00 見積 5100000")
    _deal(crowd, "lost_reopened", 51, *before, "2026-08-20 10:00 失注 5000000", "2026-11-05 10:00 提案 4300000")


def _corrected_and_deleted_deals(crowd: Crowd) -> None:
    """A closed month's amount and stage date changed between nights; deals deleted before and between the nights."""
    before = ("2026-05-11 10:00 商談化 3000000", "2026-05-28 10:00 有効商談 3000000", "2026-07-02 10:00 見積 3200000")
    _deal(crowd, "corrected_amount", 52, *before, "2026-09-25 10:00 受注 3200000", "2026-11-11 09:20 受注 2480000")
    moved = _deal(crowd, "corrected_stage_date", 53, "2026-09-07 10:00 商談化 -", "2026-10-02 10:00 有効商談 1900000")
    moved.rows[1].corrected, moved.rows[1].corrected_to = on("2026-11-11 09:40"), on("2026-09-29 10:00")
    gone = _deal(crowd, "deleted_opportunity", 54, "2026-10-07 10:00 商談化 900000", "2026-10-22 10:00 有効商談 900000")
    gone.deleted = on("2026-11-17 14:00")
    _deal(crowd, "deleted_opportunity", 55, *before).deleted = on("2026-09-15 14:00")


def _skipped_stages(crowd: Crowd) -> None:
    """No 有効商談 before 提案; 有効商談 from the first row; a month boundary that UTC dates a day early."""
    _deal(crowd, "skipped_stage", 56, "2026-10-09 10:00 商談化 -", "2026-10-27 10:00 提案 2700000")
    _deal(crowd, "skipped_stage", 57, "2026-11-04 10:00 有効商談 1500000")
    _deal(crowd, "month_boundary", 58, "2026-10-13 10:00 商談化 -", "2026-11-01 08:10 有効商談 2200000")


def _group(crowd: Crowd) -> None:
    """Three persons of one company and one deal; the first of them by age is not the first who met sales."""
    deal = _deal(crowd, "buying_group", 59, "2026-10-20 10:00 商談化 -", "2026-11-06 10:00 有効商談 6400000")
    first = _lead(crowd, "", "2026-08-03 10:00", "2026-10-01 10:00 MQL", channel="コンテンツ", account=59)
    second = _lead(crowd, "", "2026-09-07 10:00", "2026-09-15 10:00 MQL", channel="展示会", account=59)
    third = _lead(crowd, "", "2026-10-01 10:00", "2026-10-05 10:00 MQL", channel="紹介", account=59)
    for lead, agreed, held in ((second, "2026-09-24", "2026-10-15"), (first, "2026-10-06", "2026-10-15")):
        _met(crowd, lead, agreed, held, deal)
    _met(crowd, third, "2026-10-08", "2026-10-22", deal)


def _broken(crowd: Crowd) -> None:
    """Records that some night's export shows unreadably; `_faults` of company.py says how."""
    rows = ("2026-06-15 10:00 商談化 1100000", "2026-07-01 10:00 有効商談 1100000")
    _deal(crowd, "reject_amount", 60, *rows, "2026-11-10 15:30 提案 1234567")
    _deal(crowd, "reject_date", 61, "2026-10-19 10:00 商談化 800000", "2026-10-26 10:00 有効商談 800000")
    _lead(crowd, "reject_updated_at_1", "2026-10-28 10:00", account=62)
    _lead(crowd, "reject_updated_at_2", "2026-11-09 10:00", account=62)
    _lead(crowd, "reject_activity", "2026-10-13 10:00", "2026-11-12 14:00 MQL", account=63)
