"""Month parameters -> leads, their cycles and appointments, and the deals that come of them."""

from __future__ import annotations

import datetime as dt
import math
import random
from dataclasses import dataclass, field

from data.demo import names
from data.demo.clock import END, SECONDS_OF_DAY, START, at, business_day, day_of, is_business_day, later, month_of
from data.demo.clock import office_hours as office
from data.demo.deals import deal_of, recorded_at
from data.demo.parameters import CHANNELS, FAIR_MONTHS, SALES_SOURCED, Month, parameters
from data.demo.shapes import Appointment, Change, Deal, Lead, Status

SELLERS = tuple(user for user in names.users() if user.department == "営業")
CALLERS = tuple(user for user in names.users() if user.department == "インサイドセールス")
ACCOUNTS = 3_200  # at a scale of 1
MAX_CYCLES = 3


@dataclass
class Crowd:
    """What the simulation has made so far; `rng` decides everything in it."""

    rng: random.Random
    scale: float
    leads: list[Lead] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)

    def at_month(self, day: dt.date) -> Month:
        """Return the parameters in force on a day."""
        return parameters(month_of(min(day, END)))


def simulate_people(rng: random.Random, scale: float) -> Crowd:
    """Let leads come day by day from START to END and follow each to its end; also the deals found by sales."""
    crowd = Crowd(rng, scale)
    day = START
    while day <= END:
        month = crowd.at_month(day)
        open_today = is_business_day(day)
        for _ in range(_poisson(rng, month.leads_per_day * scale * (1 if open_today else 0.15))):
            _follow(crowd, _arrive(crowd, day, month))
        for _ in range(_poisson(rng, 0.075 * scale if open_today else 0)):
            _find_by_sales(crowd, day)
        day += dt.timedelta(days=1)
    _duplicate(crowd)
    return crowd


def name_streams(crowd: Crowd, word: str) -> None:
    """Name the stream of random numbers of everything that has none, by a word and its number among these."""
    for things in (crowd.leads, crowd.appointments, crowd.deals):
        for number, thing in enumerate(each for each in things if not each.stream):
            thing.stream = f"{word} {number}"


def _poisson(rng: random.Random, mean: float) -> int:
    """Return a Poisson number; for large means the rounded normal one."""
    if mean <= 0:
        return 0
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    count, left = 0, rng.expovariate(1.0)
    while left < mean:
        count += 1
        left += rng.expovariate(1.0)
    return count


def _arrive(crowd: Crowd, day: dt.date, month: Month) -> Lead:
    """Make a lead of that day; leads of an exhibition come on its three days."""
    rng = crowd.rng
    channel = rng.choices(CHANNELS, month.mix)[0]
    if channel == "展示会" and day.month in FAIR_MONTHS:
        second_week = dt.date(day.year, day.month, 8)
        day = second_week + dt.timedelta(days=(2 - second_week.weekday()) % 7 + rng.randrange(3))
    if channel in ("Web問合せ", "コンテンツ"):
        hour = rng.choice((*range(8, 22), *range(8, 20), *range(24)))
        created = at(day, hour, rng.randrange(60), rng.randrange(60))
    else:
        created = office(day, rng)
    account = int(rng.random() ** 1.5 * ACCOUNTS * max(crowd.scale, 0.05))
    lead = Lead(created, account, channel, names.written(account, rng.choices((0, 1, 2, 3), (70, 16, 6, 8))[0]))
    if rng.random() < 0.045:
        lead.unsubscribed = later(created, rng.expovariate(1 / 120), rng)
    crowd.leads.append(lead)
    return lead


def _follow(crowd: Crowd, lead: Lead) -> None:
    """Take the lead through its cycles: MQL, appointment, deal; or recycled, and again."""
    rng, begun = crowd.rng, lead.created
    for cycle in range(MAX_CYCLES):
        month = crowd.at_month(day_of(begun))
        rate = month.mql_rate[CHANNELS.index(lead.channel)]
        if rng.random() >= (rate if cycle == 0 else 0.5):
            return
        qualified = later(begun, rng.expovariate(1 / month.mql_days), rng)
        meets = rng.random() < month.appointment_rate
        if not (meets and rng.random() < month.direct_rate):
            lead.changes.append(Change(qualified, recorded_at(qualified, rng), Status.MQL))
        if rng.random() < 0.3:
            lead.linked = min(lead.linked, qualified + 60)
        if meets:
            _meet(crowd, lead, qualified, None)
            return
        if rng.random() >= month.recycled_rate:
            return
        begun = later(qualified, rng.uniform(45, 180), rng)
        lead.changes.append(Change(begun, recorded_at(begun, rng), Status.RECYCLED))


def _meet(crowd: Crowd, lead: Lead, after: int, group_deal: Deal | None) -> None:
    """Set an appointment, hold it or not; open a deal or join the group's. Half of the failed ones are set again."""
    rng = crowd.rng
    month = crowd.at_month(day_of(after))
    agreed = later(after, rng.expovariate(1 / month.appointment_days), rng)
    meeting = appointment_of(rng, lead, day_of(agreed), month)
    crowd.appointments.append(meeting)
    if meeting.held_on is None:
        if rng.random() < 0.5:
            _meet(crowd, lead, meeting.state_recorded, group_deal)
        return
    if group_deal is not None:
        meeting.deal = group_deal
        lead.linked = min(lead.linked, meeting.state_recorded + 300)
    elif rng.random() < month.opportunity_rate:
        meeting.deal = _open(crowd, lead, meeting)
    _disposition(rng, meeting)
    if group_deal is None and meeting.deal is not None and rng.random() < month.group_rate:
        for _ in range(rng.choice((1, 1, 2))):
            _bring_colleague(crowd, lead, meeting.deal)


def appointment_of(rng: random.Random, lead: Lead, agreed: dt.date, month: Month) -> Appointment:
    """Return the line of the sheet for an appointment set on that day."""
    planned = business_day(agreed + dt.timedelta(days=rng.randrange(4, 19)))
    late = rng.randrange(3, 9) if rng.random() < 0.02 else 0
    held = rng.random() < month.held_rate
    state = "実施" if held else ("中止" if rng.random() < month.cancelled_rate else "無断欠席")
    return Appointment(
        lead,
        agreed,
        at(agreed + dt.timedelta(days=late), 19, rng.randrange(60)),
        planned,
        state,
        planned if held else None,
        at(planned + dt.timedelta(days=max(late - 3, 0)), 20, rng.randrange(60)),
        handle=rng.choice(CALLERS).handle,
    )


def _disposition(rng: random.Random, meeting: Appointment) -> None:
    """Let sales write down the result of a meeting; one in nine never is."""
    if rng.random() < 0.11:
        return
    good = meeting.deal is not None and rng.random() < 0.8
    meeting.result = "有効" if good else rng.choices(("時期尚早", "対象外", "競合決定"), (55, 30, 15))[0]
    meeting.result_recorded = later(meeting.state_recorded, rng.expovariate(1 / 5), rng)


def _open(crowd: Crowd, lead: Lead, meeting: Appointment) -> Deal:
    """Open the deal of a lead some days after the meeting."""
    rng = crowd.rng
    opened = later(meeting.state_recorded, rng.expovariate(1 / 3), rng)
    deal = deal_of(rng, lead.account, rng.choice(SELLERS).name, opened, crowd.at_month(day_of(opened)))
    deal.source = lead.channel
    if rng.random() < 0.85:
        deal.campaign = names.campaign(lead.channel, day_of(lead.created))
    lead.linked = min(lead.linked, opened + 120)
    crowd.deals.append(deal)
    return deal


def _bring_colleague(crowd: Crowd, lead: Lead, deal: Deal) -> None:
    """Add a person of the same company who meets sales about the same deal."""
    rng = crowd.rng
    created = office(day_of(deal.rows[0].happened) + dt.timedelta(days=rng.randrange(-40, 20)), rng)
    created = max(created, at(START, 9))
    colleague = Lead(created, lead.account, rng.choice(CHANNELS), lead.company)
    crowd.leads.append(colleague)
    qualified = later(created, rng.expovariate(1 / 8), rng)
    colleague.changes.append(Change(qualified, recorded_at(qualified, rng), Status.MQL))
    _meet(crowd, colleague, qualified, deal)


def _find_by_sales(crowd: Crowd, day: dt.date) -> None:
    """Open a deal that no appointment led to; one in five begins as 有効商談 at once."""
    rng = crowd.rng
    account = int(rng.random() * ACCOUNTS * max(crowd.scale, 0.05))
    deal = deal_of(rng, account, rng.choice(SELLERS).name, office(day, rng), crowd.at_month(day))
    deal.source = SALES_SOURCED
    if rng.random() < 0.2 and len(deal.rows) > 1 and deal.rows[1].stage == "有効商談":
        del deal.rows[0]
        deal.rows[0].recorded = deal.rows[0].happened + 60  # a deal is there from its first row on
    crowd.deals.append(deal)


def _duplicate(crowd: Crowd) -> None:
    """Let one lead in seventy come a second time as another record, merged into the first some days later."""
    rng = crowd.rng
    for lead in list(crowd.leads):
        if rng.random() >= 1 / 70:
            continue
        created = lead.created + rng.randrange(3, 100) * SECONDS_OF_DAY
        twin = Lead(created, lead.account, rng.choice(CHANNELS), names.written(lead.account, rng.randrange(4)))
        twin.merged_into, twin.merged = lead, later(created, rng.uniform(10, 60), rng)
        if rng.random() < 0.25:
            qualified = later(created, 2, rng)
            twin.changes.append(Change(qualified, qualified + 60, Status.MQL))
        crowd.leads.append(twin)
