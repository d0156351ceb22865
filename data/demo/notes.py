"""Leads, appointments, deals -> what people write down: checks, approaches, hours, judgements, issues, decisions.

Every lead, appointment and deal has a random stream of its own here, so that these notes change nothing of the rest.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from data.demo import names
from data.demo.approaches import approaches_to
from data.demo.clock import END, SECONDS_OF_DAY, START, at, business_day, day_of, later, months
from data.demo.deals import VALID_OR_BEYOND, recorded_at
from data.demo.people import CALLERS, SELLERS
from data.demo.shapes import NEVER, Appointment, Approach, Check, Deal, Decision, Hours, Issue, Judgement, Lead, Notes, Row

HANDLES = {user.name: user.handle for user in names.users()}
MARKETERS = tuple(user for user in names.users() if user.department == "マーケティング")
STRICT_MONTHS = 12
"""Version 2 of 有効商談: budget known, decision maker attended, purchase within this many months."""
UNCHECKED_RATE = 0.03  # of deals that became valid: nobody wrote the check down
GOALS = ("appointments_fy2026", "valid_opportunities_fy2026", "pipeline_fy2026")
FIRST_GOAL_MONTH = "2026-04"
ISSUES = (
    ("マーケティング", "mql_rate", "展示会の名刺に役職がない"),
    ("マーケティング", "disposition_rate", "営業結果の記入が遅れている"),
    ("インサイドセールス", "appointment_rate", "電話がつながる時間帯が偏っている"),
    ("インサイドセールス", "held_rate", "実施前日の確認が漏れている"),
    ("営業", "valid_rate", "予算時期を聞けていないアポイントが多い"),
    ("営業", "avg_pipeline_amount", "見積前の金額が入っていない"),
)
ACTIONS = ("webinar_series", "exhibition_follow_up", "reference_cases", "call_after_quarter_end", "ask_budget_first")
DECISIONS = ("継続", "変更", "中止", "実行")
WORK = {"有効商談": (2, 5), "提案": (4, 9), "見積": (2, 5), "受注": (2, 5), "失注": (1, 3)}
"""Quarters of an hour that a deal costs sales on the day it enters a stage: at least, and less than."""

Note = TypeVar("Note", Check, Approach, Hours, Issue, Decision)


def write_notes(
    seed: int,
    leads: Iterable[Lead],
    appointments: tuple[Appointment, ...],
    deals: tuple[Deal, ...],
    strict_from: int = NEVER,
) -> Notes:
    """Return all notes, numbered in the order of their recording; from `strict_from` on sales judges by version 2."""
    checks = {deal.number: _check(random.Random(f"{seed}:check:{deal.stream}"), deal) for deal in deals}
    judged = [_judged(random.Random(f"{seed}:judged:{deal.stream}"), deal, checks[deal.number], strict_from) for deal in deals]
    hours: list[Hours] = []
    for line in appointments:
        hours += _meeting(random.Random(f"{seed}:meeting:{line.stream}"), line)
    for deal in deals:
        hours += _work(random.Random(f"{seed}:work:{deal.stream}"), deal)
    return Notes(
        _numbered((check for check in checks.values() if check is not None), lambda check: check.recorded),
        _numbered(approaches_to(seed, leads, appointments), lambda call: call.recorded),
        _numbered(hours, lambda line: line.recorded),
        tuple(sorted((line for line in judged if line is not None), key=lambda line: line.recorded)),
        _numbered(_issues(random.Random(f"{seed}:issues")), lambda issue: issue.opened),
        _numbered(_decisions(random.Random(f"{seed}:decisions")), lambda decision: decision.decided),
    )


def is_strictly_valid(check: Check | None) -> bool:
    """Say whether a deal is 有効商談 by version 2 of the agreement; a deal without a check is not."""
    if check is None:
        return False
    return check.is_budget_known and check.is_decision_maker_attended and check.purchase_within_months <= STRICT_MONTHS


def valid_entry(rows: Iterable[Row]) -> Row | None:
    """Return the row with which a deal became 有効商談, or passed it."""
    ordered = sorted(rows, key=lambda row: row.happened)
    entered = [row for row in ordered if row.stage == "有効商談"]
    return next(iter(entered or [row for row in ordered if row.stage in VALID_OR_BEYOND]), None)


def _numbered(notes: Iterable[Note], recorded: Callable[[Note], int]) -> tuple[Note, ...]:
    """Return what is recorded by END, in that order and counted from 1."""
    found = tuple(sorted((note for note in notes if day_of(recorded(note)) <= END), key=recorded))
    for number, note in enumerate(found, start=1):
        note.number = number
    return found


def _check(rng: random.Random, deal: Deal) -> Check | None:
    """Return what sales found when the deal became valid; what is bought in the end was better checked."""
    entry = valid_entry(deal.rows)
    if entry is None or rng.random() < UNCHECKED_RATE:
        return None
    is_won = deal.rows[-1].stage == "受注"
    known, attended, soon = (0.99, 0.99, 0.98) if is_won else (0.92, 0.93, 0.94)
    happened = entry.happened + rng.randrange(600, 10_000)
    return Check(
        deal,
        happened,
        recorded_at(happened, rng),
        rng.random() < known,
        rng.random() < attended,
        rng.randrange(1, 13) if rng.random() < soon else rng.randrange(13, 25),
        HANDLES[deal.owner],
    )


def _judged(rng: random.Random, deal: Deal, check: Check | None, strict_from: int) -> Judgement | None:
    """Return what sales says in its own list: not of all deals, and not always what the CRM says."""
    entry = valid_entry(deal.rows)
    is_valid = entry is not None and (entry.happened < strict_from or is_strictly_valid(check))
    is_listed, agrees = rng.random() < 0.97, rng.random() < (0.93 if entry is not None else 0.97)
    row = entry or deal.rows[0]
    happened = later(row.happened, rng.expovariate(1 / 2), rng)
    if not is_listed:
        return None
    return Judgement(deal, day_of(happened), happened, agrees == is_valid, HANDLES[deal.owner])


def _meeting(rng: random.Random, line: Appointment) -> list[Hours]:
    """Return what an appointment costs sales: preparing, and when it is held the visit and what follows from it."""
    handle = rng.choice(SELLERS).handle
    if line.deal is not None:
        handle = HANDLES[line.deal.owner]
    prepare, visit, follow = rng.randrange(2, 5), rng.randrange(6, 11), rng.randrange(1, 4)
    found = [(business_day(line.planned_on - dt.timedelta(days=1)), prepare, "準備")]
    if line.held_on is not None:
        found += [(line.held_on, visit, "訪問"), (line.held_on, follow, "事後対応")]
    return [
        Hours(day, _evening(rng, day), handle, round(quarters * line.effort), kind, appointment=line)
        for day, quarters, kind in found
    ]


def _work(rng: random.Random, deal: Deal) -> list[Hours]:
    """Return what a deal costs sales on the days on which it enters a stage."""
    handle, found, before = HANDLES[deal.owner], list[Hours](), ""
    for row in sorted(deal.rows, key=lambda each: each.happened):
        if row.stage in WORK and row.stage != before:
            day = day_of(row.happened)
            found.append(Hours(day, _evening(rng, day), handle, rng.randrange(*WORK[row.stage]), row.stage, deal=deal))
        before = row.stage
    return found


def _evening(rng: random.Random, day: dt.date) -> int:
    """Return when a daily report is written: that evening, one in twenty some days later."""
    late = rng.randrange(2, 8) if rng.random() < 0.05 else 0
    return at(day + dt.timedelta(days=late), rng.randrange(20, 23), rng.randrange(60))


def _issues(rng: random.Random) -> Iterator[Issue]:
    """Return what departments told each other: two a month, one in eight never closed."""
    for month in months(START, END):
        for _ in range(2):
            department, metric, text = rng.choice(ISSUES)
            opened = later(at(dt.date.fromisoformat(f"{month}-01")), rng.uniform(0, 26), rng)
            closed = later(opened, rng.uniform(4, 60), rng)
            handle = rng.choice((*SELLERS, *CALLERS, *MARKETERS)).handle
            yield Issue(department, metric, opened, NEVER if rng.random() < 1 / 8 else closed, handle, text)


def _decisions(rng: random.Random) -> Iterator[Decision]:
    """Return what was decided: on each goal for every month, on the pipeline for every week; three in four within 5 days."""
    day = dt.date.fromisoformat(f"{FIRST_GOAL_MONTH}-01")
    for month in months(day, END):
        following = (dt.date.fromisoformat(f"{month}-01") + dt.timedelta(days=32)).replace(day=1)
        yield from (_decision(rng, goal, following, "月") for goal in GOALS)
    while day <= END:
        if day.weekday() == 0:
            yield _decision(rng, GOALS[-1], day, "週")
        day += dt.timedelta(days=1)


def _decision(rng: random.Random, goal: str, checked: dt.date, cycle: str) -> Decision:
    """Return the decision that followed a check of that day; one in six is never carried out."""
    wait = rng.randrange(5) if rng.random() < 0.75 else rng.randrange(9, 21)
    decided = at(business_day(checked + dt.timedelta(days=wait)), rng.randrange(9, 18), rng.randrange(60))
    due = business_day(day_of(decided) + dt.timedelta(days=rng.choice((7, 14, 30))))
    done = at(business_day(due + dt.timedelta(days=rng.randrange(-5, 6))), 18)
    is_done = rng.random() < 5 / 6
    handle = rng.choice((*CALLERS, *MARKETERS, *SELLERS)).handle
    return Decision(
        goal,
        rng.choice(ACTIONS),
        rng.choices(DECISIONS, (4, 3, 1, 4))[0],
        handle,
        due,
        decided,
        max(done, decided + SECONDS_OF_DAY) if is_done else NEVER,
        cycle,
    )
