"""An opening date -> a deal with the rows of its history: stages, amounts, close dates, and when each was recorded."""

from __future__ import annotations

import datetime as dt
import math
import random

from data.demo import names
from data.demo.clock import SECONDS_OF_DAY, at, business_day, day_of, later
from data.demo.parameters import Month
from data.demo.shapes import Deal, Row

LATE_RATE = 0.02
TO_MARCH = {12: 0.2, 1: 0.5, 2: 0.65, 4: 0.8, 5: 0.6, 6: 0.35}
"""Share of the decisions of a calendar month that the end of the fiscal year draws into March."""
ORDER = ("商談化", "有効商談", "提案", "見積", "受注", "失注")
PROBABILITY = dict(zip(ORDER, (10, 30, 50, 70, 100, 0), strict=True))
VALID_OR_BEYOND = ORDER[1:5]


def recorded_at(happened: int, rng: random.Random) -> int:
    """Return when the system recorded it: within five minutes, rarely 3 to 20 days later."""
    if rng.random() < LATE_RATE:
        return happened + rng.randrange(3 * SECONDS_OF_DAY, 20 * SECONDS_OF_DAY)
    return happened + rng.randrange(300)


def deal_of(rng: random.Random, account: int, owner: str, opened: int, month: Month) -> Deal:
    """Return a deal opened at that instant, followed to its end."""
    amount = round(rng.lognormvariate(math.log(month.amount_median), month.amount_sigma), -3)
    stages = _course(rng, opened, month)
    if stages[-1][1] == "受注" and rng.random() < 0.02:
        stages += _reopened(rng, stages[-1][0])
    decided = stages[-1][0]
    rows: list[Row] = []
    known = rng.random() < 0.55
    for number, (happened, stage) in enumerate(stages):
        known = known or stage in ("提案", "見積", "受注")
        if number and stage in ("見積", "受注"):
            amount = _rounded(amount * rng.uniform(0.82, 1.12))
        planned = decided - (len(stages) - 1 - number) * rng.randrange(0, 25) * SECONDS_OF_DAY
        close = day_of(happened) if stage in ("受注", "失注") else max(day_of(planned), day_of(happened))
        recorded = recorded_at(happened, rng) if number else happened + rng.randrange(300)
        rows.append(Row(happened, recorded, stage, int(amount) if known else None, close))
        if known and stage in ("提案", "見積", "受注") and rng.random() < (0.05 if stage == "受注" else 0.2):
            amount = _rounded(amount * rng.uniform(0.85, 1.15))
            rows += _amount_only(rng, rows[-1], int(amount), stages[number + 1 :])
    name = f"{names.account_name(account)} {rng.choice(names.PRODUCTS)}"
    lost_reason = rng.choice(names.LOST_REASONS) if rows[-1].stage == "失注" else ""
    return Deal(account, name, owner, rows, "", lost_reason=lost_reason)


def _rounded(amount: float) -> int:
    """Return whole thousands of yen."""
    return round(amount / 1_000) * 1_000


def _course(rng: random.Random, opened: int, month: Month) -> list[tuple[int, str]]:
    """Return the instants and stages of a deal, from 商談化 to its end or to where it rests."""
    stages = [(opened, "商談化")]
    if rng.random() >= month.valid_rate:
        if rng.random() < 0.92:
            stages.append((later(opened, 8 + rng.expovariate(1 / 40), rng), "失注"))
        return stages
    now = later(opened, 2 + rng.expovariate(1 / month.valid_days), rng)
    first_skips = rng.random() < 0.07
    if not first_skips:
        stages.append((now, "有効商談"))
    decided = _decision(rng, now, month)
    if first_skips or rng.random() < 0.85:
        now = later(now, 3 + rng.expovariate(1 / 12), rng)
        stages.append((now, "提案"))
    if rng.random() < 0.8:
        now = later(now, 3 + rng.expovariate(1 / 14), rng)
        stages.append((now, "見積"))
    end = max(decided, later(now, 3, rng))
    stages.append((end, "受注" if rng.random() < month.won_rate else "失注"))
    return stages


def _decision(rng: random.Random, valid: int, month: Month) -> int:
    """Return when the customer decides: one to six months later, drawn towards the end of the fiscal year."""
    day = day_of(valid) + dt.timedelta(days=min(210, 25 + round(rng.gammavariate(1.6, month.close_days / 2.2))))
    march = business_day(dt.date(day.year + (day.month == 12), 3, rng.randrange(8, 28)))
    if rng.random() < TO_MARCH.get(day.month, 0) and march > day_of(valid) + dt.timedelta(days=14):
        day = march
    return at(business_day(day), rng.randrange(9, 19), rng.randrange(60), rng.randrange(60))


def _reopened(rng: random.Random, won: int) -> list[tuple[int, str]]:
    """Return what follows a won deal that is opened again: mostly it is won again."""
    back = later(won, rng.uniform(10, 50), rng)
    again = later(back, rng.uniform(20, 50), rng)
    return [(back, "見積"), (again, "受注")] if rng.random() < 0.7 else [(back, "見積")]


def _amount_only(rng: random.Random, row: Row, amount: int, following: list[tuple[int, str]]) -> list[Row]:
    """Return a row that changes only the amount, where there is a day for it before the next stage."""
    happened = later(row.happened, rng.uniform(1, 9), rng)
    if following and happened >= following[0][0]:
        return []
    return [Row(happened, happened + rng.randrange(300), row.stage, amount, row.close_on)]
