"""Company and night -> the two bulk extracts of Marketo: leads and activities."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from data.demo import names
from data.demo.activities import ATTEND, BOOTH, CHANGE, CHANGES, CLICK, FORM, MERGE, OPEN, UNSUBSCRIBE, VISIT
from data.demo.clock import day_of, zulu
from data.demo.company import FIRST_ACTIVITY, FIRST_LEAD
from data.demo.files import Night, faults_of, plain, write
from data.demo.ids import with_checksum
from data.demo.salesforce import account_id
from data.demo.shapes import Company, Instants, Lead, Status

LEADS, ACTIVITIES = "marketo/leads", "marketo/activities"
LEAD_COLUMNS = ("id", "email", "firstName", "lastName", "company", "phone", "industry", "leadSource", "leadStatus",
                "leadScore", "createdAt", "updatedAt", "sfdcAccountId", "mergedIntoId", "unsubscribed",
                "utmCampaignId")  # fmt: skip
ACTIVITY_COLUMNS = ("marketoGUID", "leadId", "activityDate", "recordedAt", "activityTypeId", "activityType",
                    "campaignId", "primaryAttributeValue", "attributes")  # fmt: skip
NULL = "null"
CHUNK = 65_536
SCORE = {Status.NEW: 12, Status.MQL: 65, Status.RECYCLED: 30}
TYPES = {
    VISIT: "Visit Webpage", FORM: "Fill Out Form", UNSUBSCRIBE: "Unsubscribe Email", OPEN: "Open Email",
    CLICK: "Click Email", CHANGE: "Change Data Value", MERGE: "Merge Leads", BOOTH: "Interesting Moment",
    ATTEND: "Change Status in Progression",
}  # fmt: skip
PAGES = ("/", "/products/mfp", "/products/document", "/price", "/case", "/download", "/seminar", "/company")
FORMS = ("資料請求", "お問い合わせ", "見積依頼", "ホワイトペーパー①", "セミナー申込", "デモ申込", "事例集", "資料請求")
MAILS = ("メルマガ4月号", "セミナー案内①", "複合機更新のご案内", "文書管理の始め方", "電帳法の要点",
         "事例紹介", "展示会のお礼", "年度末ご相談")  # fmt: skip
WEBINARS = tuple(f"文書管理ウェビナー 第{number}回" for number in range(1, 9))
MOMENTS = ("展示会①で名刺交換, \"要連絡\"", "展示会②で名刺交換", "デモを見学", "資料を渡した",
           "髙所の書庫の相談", "アンケート回答, 半年後", "名刺交換のみ", "複合機～実演")  # fmt: skip


def export_marketo(company: Company, night: Night, out: Path) -> dict[str, int]:
    """Write the two files of a night and return the number of records in each."""
    leads = write(out, LEADS, night, _leads(company, night), encoding="utf-8-sig", newline="\n")
    activities = write(out, ACTIVITIES, night, _activities(company, night), encoding="utf-8", newline="\n")
    return {LEADS: leads - 1, ACTIVITIES: activities - 1}


def updated(lead: Lead, cutoff: int) -> int:
    """Return when the lead was last changed before the cut-off."""
    changes = [change.recorded for change in lead.changes]
    instants = (lead.created, lead.merged, lead.unsubscribed, lead.linked, lead.resaved, *changes)
    return max(at for at in instants if at < cutoff)


def _leads(company: Company, night: Night) -> Iterator[str]:
    """Return the lines of the delta: each lead changed in the window, as it stands."""
    broken = faults_of(company, LEADS, night)
    yield plain(LEAD_COLUMNS)
    for lead in company.leads:
        if lead.created < night.end:
            at = updated(lead, night.end)
            if night.holds(at):
                yield plain(_lead(lead, broken.get(lead.number, zulu(at)), night.end))


def _lead(lead: Lead, updated_at: str, cutoff: int) -> tuple[str, ...]:
    """Return a lead as it stands before the cut-off; every seventh has no telephone, every ninth no industry."""
    family, given, email = names.person(lead.number)
    known = [change for change in lead.changes if change.recorded < cutoff]
    status = max(known).status if known else Status.NEW
    account = NULL
    if lead.linked < cutoff:
        short = account_id(lead.account)
        account = short if lead.number % 9 == 4 else with_checksum(short)
    merged = str(lead.merged_into.number) if lead.merged_into is not None and lead.merged < cutoff else NULL
    return (
        str(lead.number),
        email,
        given if lead.number % 13 else NULL,
        family,
        lead.company,
        f"03-0000-{lead.number % 10_000:04d}" if lead.number % 7 else NULL,
        names.INDUSTRIES[lead.account % len(names.INDUSTRIES)] if lead.number % 9 else NULL,
        lead.channel,
        status.value,
        str(SCORE[status] + lead.number % 23),
        zulu(lead.created),
        updated_at,
        account,
        merged,
        "true" if lead.unsubscribed < cutoff else "false",
        names.campaign(lead.channel, day_of(lead.created)) if lead.number % 5 else NULL,
    )


def _activities(company: Company, night: Night) -> Iterator[str]:
    """Return the lines of the delta: what was recorded in the window, in the order of its recording."""
    yield plain(ACTIVITY_COLUMNS)
    broken = faults_of(company, ACTIVITIES, night)
    campaigns = [names.campaign(lead.channel, day_of(lead.created)) for lead in company.leads]
    first, end = np.searchsorted(company.activities.recorded, (night.start, night.end))
    for start in range(int(first), int(end), CHUNK):
        yield from _chunk(company, campaigns, start, min(start + CHUNK, int(end)), broken)


def _chunk(company: Company, campaigns: list[str], start: int, end: int, broken: dict[int, str]) -> Iterator[str]:
    """Return the lines of the activities from one place to another; a broken one lacks its campaign column."""
    log = company.activities
    columns = (log.lead[start:end].tolist(), log.kind[start:end].tolist(), log.detail[start:end].tolist())
    times = zip(_zulu(log.happened[start:end]), _zulu(log.recorded[start:end]), strict=True)
    for place, lead, kind, detail, (happened, recorded) in zip(range(start, end), *columns, times, strict=True):
        primary_and_attributes = _texts(kind, detail, lead)
        campaign = "" if place in broken else (campaigns[lead] if kind in (FORM, BOOTH, ATTEND) else NULL) + ","
        yield (
            f"{FIRST_ACTIVITY + place},{FIRST_LEAD + lead},{happened},{recorded},{kind},{TYPES[kind]},"
            f"{campaign}{primary_and_attributes}"
        )


def _zulu(instants: Instants) -> list[str]:
    """Return instants as `2024-04-01T00:12:00Z`."""
    return [str(text) for text in np.datetime_as_string(instants.astype("datetime64[s]"), timezone="UTC").tolist()]


def _texts(kind: int, detail: int, lead: int) -> str:
    """Return the last two fields of an activity as CSV."""
    if kind != MERGE:
        return TEXTS[kind, detail]
    merged = {"Merge IDs": [FIRST_LEAD + detail], "Merged in Sales": False}
    return _fields(str(FIRST_LEAD + lead), merged)


def _fields(primary: str, attributes: dict[str, object]) -> str:
    """Return two fields as CSV: a text and JSON."""
    return plain((primary, json.dumps(attributes, ensure_ascii=False)))


def _change(detail: int) -> dict[str, object]:
    """Return the attributes of a change of status."""
    before, after = CHANGES[detail]
    reason = "スコア到達" if after is Status.MQL else "育成へ戻す"
    return {"New Value": after.value, "Old Value": before.value, "Reason": reason}


TEXTS = {
    **{(VISIT, place): _fields(page, {"Webpage URL": page}) for place, page in enumerate(PAGES)},
    **{(FORM, place): _fields(form, {"Form Name": form}) for place, form in enumerate(FORMS)},
    **{(kind, place): _fields(mail, {"Mail": mail}) for kind in (UNSUBSCRIBE, OPEN, CLICK) for place, mail in enumerate(MAILS)},
    **{(ATTEND, place): _fields(name, {"New Status": "Attended"}) for place, name in enumerate(WEBINARS)},
    **{(BOOTH, place): _fields("Visited Booth", {"Description": text}) for place, text in enumerate(MOMENTS)},
    **{(CHANGE, place): _fields("Lead Status", _change(place)) for place in range(len(CHANGES))},
}
"""Kind and detail -> the last two fields of the line."""
