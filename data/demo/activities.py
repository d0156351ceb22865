"""Leads -> all their activities as columns: visits, forms, mails, webinars, booths; and the changes and merges."""

from __future__ import annotations

import numpy as np

from data.demo.clock import END, SECONDS_OF_DAY, TOKYO, end_of
from data.demo.deals import LATE_RATE
from data.demo.shapes import NEVER, Activities, Flags, Instants, Lead, Status

VISIT, FORM, UNSUBSCRIBE, OPEN, CLICK, CHANGE, MERGE, BOOTH, ATTEND = 1, 2, 9, 10, 11, 13, 32, 46, 104
FIRST = {"Web問合せ": FORM, "ウェビナー": ATTEND, "展示会": BOOTH, "コンテンツ": FORM, "紹介": VISIT}
KINDS, SHARES = (VISIT, OPEN, CLICK, FORM, ATTEND), (0.50, 0.30, 0.11, 0.05, 0.04)
PER_LEAD = 5.6
DETAILS = 8
CHANGES = ((Status.NEW, Status.MQL), (Status.MQL, Status.RECYCLED), (Status.RECYCLED, Status.MQL))
"""The status before and after; the detail of a change is its place here."""


def simulate_activities(rng: np.random.Generator, leads: tuple[Lead, ...]) -> Activities:
    """Return the activities of all leads, ordered by their recording, up to END."""
    bulk, special = _bulk(rng, leads), _special(leads)
    columns = [np.concatenate(pair) for pair in zip(bulk, special, strict=True)]
    columns = [column[columns[1] < end_of(END)] for column in columns]
    order = np.lexsort((columns[2], columns[0], columns[1]))
    return Activities(*(column[order] for column in columns))


def _bulk(rng: np.random.Generator, leads: tuple[Lead, ...]) -> tuple[Instants, ...]:
    """Return the columns of what persons do by themselves; nothing after a merge, no mails after an opt-out."""
    created = np.array([lead.created for lead in leads], dtype=np.int64)
    merged = np.array([lead.merged for lead in leads], dtype=np.int64)
    unsubscribed = np.array([lead.unsubscribed for lead in leads], dtype=np.int64)
    warm = np.array([lead.warm or bool(lead.changes) for lead in leads])
    counts = 1 + rng.poisson(PER_LEAD + 5.0 * warm)
    lead = np.repeat(np.arange(len(leads)), counts)
    first = np.zeros(len(lead), dtype=bool)
    first[np.cumsum(counts) - counts] = True
    kind = rng.choice(np.array(KINDS), size=len(lead), p=SHARES)
    kind[first] = np.array([FIRST[each.channel] for each in leads])
    happened = _happened(rng, created[lead], first)
    late = rng.random(len(lead)) < LATE_RATE * 0.6
    recorded = happened + np.where(late, rng.integers(3 * SECONDS_OF_DAY, 20 * SECONDS_OF_DAY, len(lead)), 0)
    recorded += rng.integers(1, 600, len(lead))
    mail = (kind == OPEN) | (kind == CLICK)
    keep = (recorded < merged[lead]) & ~(mail & (happened >= unsubscribed[lead]))
    detail = rng.integers(0, DETAILS, len(lead))
    return happened[keep], recorded[keep], lead[keep], kind[keep].astype(np.int64), detail[keep]


def _happened(rng: np.random.Generator, created: Instants, first: Flags) -> Instants:
    """Return instants after the creation: the first at once, others over months, few at weekends and at night."""
    day = (created + TOKYO) // SECONDS_OF_DAY + rng.exponential(55, len(created)).astype(np.int64)
    weekend = (day + 3) % 7 >= 5  # 1970-01-01 was a Thursday
    day += np.where(weekend & (rng.random(len(day)) < 0.85), 2, 0)
    clock = np.clip(rng.normal(13.5 * 3_600, 3.2 * 3_600, len(day)), 0, SECONDS_OF_DAY - 1).astype(np.int64)
    happened = day * SECONDS_OF_DAY + clock - TOKYO
    soon = created + rng.integers(20, 1_800, len(day))
    return np.where(first, created + 5, np.maximum(happened, soon))


def _special(leads: tuple[Lead, ...]) -> tuple[Instants, ...]:
    """Return the columns of status changes, merges (on the survivor, detail = index of the loser) and opt-outs."""
    index = {id(lead): place for place, lead in enumerate(leads)}
    rows: list[tuple[int, int, int, int, int]] = []
    for place, lead in enumerate(leads):
        before = Status.NEW
        for change in lead.changes:
            rows.append((change.happened, change.recorded, place, CHANGE, CHANGES.index((before, change.status))))
            before = change.status
        if lead.merged_into is not None:
            rows.append((lead.merged, lead.merged, index[id(lead.merged_into)], MERGE, place))
        if lead.unsubscribed < min(lead.merged, NEVER):
            rows.append((lead.unsubscribed, lead.unsubscribed, place, UNSUBSCRIBE, place % DETAILS))
    return tuple(np.array(rows, dtype=np.int64).T)
