"""Leads and appointments -> every approach of inside sales: who was called when, at which score, and what came of it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from data.demo.clock import END, SECONDS_OF_DAY, at, day_of, end_of, later
from data.demo.deals import recorded_at
from data.demo.people import CALLERS
from data.demo.shapes import NEVER, Appointment, Approach, Lead, Status

KINDS, SHARES = ("電話", "メール", "訪問"), (70, 25, 5)
SET, ABSENT, DECLINED, OPT_OUT = "アポ獲得", "不在", "断り", "連絡不要"
COLD, HOT = 12, 65
"""What the score of a lead begins at before and after it is MQL; up to 22 more belong to the lead."""
PREMATURE_SCORE, PREMATURE_DAYS = 40, 14
"""An approach to a lower score within fewer days of the first touch is premature."""
EARLY_RATE = 0.025  # of leads: approached before they were ripe
OPT_OUT_RATE = 0.03  # of those approached in vain
PRESSED_OPT_OUT_RATE = 0.08  # of approaches to pressed leads
MAX_CALLS = 4


def approaches_to(seed: int, leads: Iterable[Lead], appointments: Iterable[Appointment]) -> list[Approach]:
    """Return the approaches to all leads; each lead has a random stream of its own."""
    met: defaultdict[int, list[Appointment]] = defaultdict(list)
    for line in appointments:
        met[line.lead.number].append(line)
    found: list[Approach] = []
    for lead in leads:
        rng = random.Random(f"{seed}:approaches:{lead.stream}")
        calls = [*_early(rng, lead, met[lead.number]), *_after_mql(rng, lead, met[lead.number])]
        calls += [_agreed(rng, lead, line) for line in met[lead.number]]
        found += [call for call in calls if call.happened < min(lead.merged, end_of(END))]
    return found


def score(lead: Lead, instant: int) -> int:
    """Return the lead's score at an instant."""
    is_hot = any(change.status is Status.MQL and change.happened <= instant for change in lead.changes)
    return (HOT if is_hot else COLD) + lead.number % 23


def _call(rng: random.Random, lead: Lead, happened: int, outcome: str, handle: str = "") -> Approach:
    """Return an approach; it is written down within minutes, rarely days later."""
    kind, caller = rng.choices(KINDS, SHARES)[0], rng.choice(CALLERS).handle
    return Approach(lead, happened, recorded_at(happened, rng), kind, score(lead, happened), outcome, handle or caller)


def _early(rng: random.Random, lead: Lead, met: Sequence[Appointment]) -> Iterator[Approach]:
    """Return the approaches to a lead that is not ripe: a few by mistake, and two or three to each pressed lead."""
    is_chosen = rng.random() < EARLY_RATE
    happened = lead.created
    for _ in range(lead.pressed or is_chosen):
        happened = later(happened, rng.uniform(1, 4), rng)
        is_opt_out = rng.random() < (PRESSED_OPT_OUT_RATE if lead.pressed else OPT_OUT_RATE) and not lead.changes
        call = _call(rng, lead, happened, OPT_OUT if is_opt_out else rng.choice((ABSENT, DECLINED)))
        ripe = min((change.happened for change in lead.changes), default=NEVER)
        if happened >= ripe or any(line.set_on <= day_of(happened) for line in met):
            return
        yield call
        if is_opt_out:
            return


def _after_mql(rng: random.Random, lead: Lead, met: Sequence[Appointment]) -> Iterator[Approach]:
    """Return the approaches to a lead that became MQL, until an appointment is set or nobody calls any more."""
    for change in lead.changes:
        if change.status is not Status.MQL:
            continue
        happened, agreed = change.happened, [line.set_on for line in met if line.set_on >= day_of(change.happened)]
        for number in range(MAX_CALLS):
            happened = later(happened, rng.expovariate(1 / 3), rng)
            outcome, is_opt_out = rng.choices((ABSENT, DECLINED), (7, 3))[0], rng.random() < OPT_OUT_RATE
            call = _call(rng, lead, happened, outcome)
            if agreed and day_of(happened) >= min(agreed):
                break
            if is_opt_out and number == MAX_CALLS - 1 and not met and change is lead.changes[-1]:
                call.outcome = OPT_OUT
            yield call


def _agreed(rng: random.Random, lead: Lead, line: Appointment) -> Approach:
    """Return the approach by which an appointment was set; who met sales without being MQL was ripe all the same."""
    happened = at(line.set_on, rng.randrange(9, 18), rng.randrange(60), rng.randrange(60))
    call = _call(rng, lead, max(happened, lead.created + SECONDS_OF_DAY // 24), SET, line.handle)
    call.score = max(call.score, PREMATURE_SCORE + lead.number % 23)
    return call
