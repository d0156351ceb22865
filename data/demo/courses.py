"""The usual course and a scenario -> another course from the month of each switch on; what lies before it stays, to the byte.

Every switch works on the finished history of the usual company, by a random stream of its own. Planted cases are not in it.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import replace

from data.demo import names
from data.demo.clock import END, SECONDS_OF_DAY, TOKYO, at, business_day, day_of, later, month_of, months, on
from data.demo.deals import deal_of
from data.demo.notes import valid_entry
from data.demo.parameters import CHANNELS, Scenario, Switch, parameters
from data.demo.people import SELLERS, Crowd, appointment_of
from data.demo.shapes import NEVER, Appointment, Deal, Lead, Row, Status

MORE_APPOINTMENTS = 0.30
FEWER_VALID = 0.0875  # of the deals that would have become valid; 80 -> 73
PUSHED_EFFORT = 1.6  # they are farther away and less prepared
PUSHED_OPPORTUNITY_RATE = 0.25  # of pushed appointments that are held; none of these deals becomes valid
SLOWER = 0.80
PRESSED_SHARE = 0.60  # of new leads
PRESSED_LOSS = 1 - 0.06 / 0.14  # of what would have come of them
MOVED_SHARE = 0.50
MOVES = {"Web問合せ": "コンテンツ", "紹介": "ウェビナー"}
"""The channel that a strong one's leads move to."""


def change_course(crowd: Crowd, scenario: Scenario, seed: int) -> None:
    """Carry out the switches of a scenario; `definition_change` changes no event, only what counts as valid."""
    for lead in crowd.leads:
        lead.warm = bool(lead.changes)
    for name, change in (
        ("channel_mix_shift", _move_channels),
        ("forced_approaches", _press),
        ("push_appointments", _push),
        ("slower_deals", _slow_down),
    ):
        switch = getattr(scenario, name)
        if switch is not None:
            change(crowd, switch, random.Random(f"{seed}:{name}"))


def start_of(switch: Switch) -> int:
    """Return the first instant of the switch's month."""
    return on(f"{switch.month}-01 00:00")


def strict_from(scenario: Scenario) -> int:
    """Return the instant from which sales judges by version 2 of the agreement."""
    return NEVER if scenario.definition_change is None else start_of(scenario.definition_change)


def _openers(crowd: Crowd) -> dict[int, Lead]:
    """Return the lead whose meeting opened each deal, by the identity of the deal; colleagues came after it."""
    found: dict[int, Lead] = {}
    for line in crowd.appointments:
        if line.deal is not None:
            found.setdefault(id(line.deal), line.lead)
    return found


def _alone(crowd: Crowd, start: int) -> list[Lead]:
    """Return the leads that came from an instant on by themselves: no colleague of a group, no second record of somebody."""
    openers = _openers(crowd)
    with_group = {
        id(line.lead) for line in crowd.appointments if line.deal is not None and openers[id(line.deal)] is not line.lead
    }
    return [lead for lead in crowd.leads if lead.created >= start and lead.merged_into is None and id(lead) not in with_group]


def _cut(crowd: Crowd, leads: list[Lead]) -> None:
    """Take away what would have come of leads: their changes, their appointments and the deals these opened."""
    gone, openers = {id(lead) for lead in leads}, _openers(crowd)
    for lead in leads:
        lead.changes, lead.linked = [], NEVER
    crowd.appointments = [line for line in crowd.appointments if id(line.lead) not in gone]
    lost = {key for key, lead in openers.items() if id(lead) in gone}
    for line in crowd.appointments:
        if line.deal is not None and id(line.deal) in lost:
            line.deal = None
    crowd.deals = [deal for deal in crowd.deals if id(deal) not in lost]


def _move_channels(crowd: Crowd, switch: Switch, rng: random.Random) -> None:
    """Let leads of strong channels come from weak ones; as many of them go on as the rate of the new channel says.

    Colleagues of a group move as often, and go on: of them all became MQL in every channel.
    """
    cut: list[Lead] = []
    by_themselves = {id(lead) for lead in _alone(crowd, start_of(switch))}
    opened = {id(lead): key for key, lead in _openers(crowd).items()}
    deals = {id(deal): deal for deal in crowd.deals}
    for lead in crowd.leads:
        if lead.created < start_of(switch) or lead.channel not in MOVES or lead.merged_into is not None:
            continue
        if rng.random() >= MOVED_SHARE * switch.strength:
            continue
        rates = parameters(month_of(min(day_of(lead.created), END))).mql_rate
        weak = MOVES[lead.channel]
        goes_on = (
            rng.random() < rates[CHANNELS.index(weak)] / rates[CHANNELS.index(lead.channel)] or id(lead) not in by_themselves
        )
        lead.channel = weak
        if not goes_on and id(lead) in by_themselves:
            cut.append(lead)
        elif id(lead) in opened:
            deal = deals[opened[id(lead)]]
            deal.source = weak
            deal.campaign = deal.campaign and names.campaign(weak, day_of(lead.created))
    _cut(crowd, cut)


def _press(crowd: Crowd, switch: Switch, rng: random.Random) -> None:
    """Mark new leads that are approached before they are ripe; of some of them nothing comes any more."""
    cut: list[Lead] = []
    for lead in _alone(crowd, start_of(switch)):
        if rng.random() < PRESSED_SHARE * switch.strength:
            lead.pressed = rng.choice((1, 2))
            if rng.random() < PRESSED_LOSS:
                cut.append(lead)
    _cut(crowd, cut)


def _push(crowd: Crowd, switch: Switch, rng: random.Random) -> None:
    """Set more appointments with leads that would have had none, of which no valid deal comes; and lose some that would have."""
    start = start_of(switch)
    _spoil(crowd, start, FEWER_VALID * switch.strength, rng)
    met = {id(line.lead) for line in crowd.appointments}
    usual = Counter(month_of(line.set_on) for line in crowd.appointments)
    for month in months(day_of(start), END):
        pool = [
            (change.happened, lead)
            for lead in crowd.leads
            if id(lead) not in met and lead.merged == NEVER
            for change in lead.changes
            if change.status is Status.MQL and month_of(day_of(change.happened)) == month
        ]
        for happened, lead in rng.sample(pool, min(len(pool), round(MORE_APPOINTMENTS * switch.strength * usual[month]))):
            if id(lead) not in met:
                met.add(id(lead))
                _set_one_more(crowd, lead, happened, rng)


def _set_one_more(crowd: Crowd, lead: Lead, qualified: int, rng: random.Random) -> None:
    """Set an appointment with a lead that was not asked before; where a deal is opened it is lost before it is valid."""
    month = replace(parameters(month_of(min(day_of(qualified), END))), valid_rate=0.0)
    agreed = day_of(later(qualified, rng.expovariate(1 / month.appointment_days), rng))
    line = appointment_of(rng, lead, agreed, month)
    line.effort = PUSHED_EFFORT
    crowd.appointments.append(line)
    if line.held_on is None:
        return
    line.result = rng.choices(("時期尚早", "対象外", "競合決定"), (55, 30, 15))[0]
    line.result_recorded = later(line.state_recorded, rng.expovariate(1 / 5), rng)
    if rng.random() < PUSHED_OPPORTUNITY_RATE:
        opened = later(line.state_recorded, rng.expovariate(1 / 3), rng)
        line.deal = deal_of(rng, lead.account, rng.choice(SELLERS).name, opened, month)
        line.deal.source = lead.channel
        lead.linked = min(lead.linked, opened + 120)
        crowd.deals.append(line.deal)


def _spoil(crowd: Crowd, start: int, share: float, rng: random.Random) -> None:
    """Let a share of the deals from appointments after an instant, evenly spread, be lost before they are valid."""
    first: dict[int, Appointment] = {}
    for line in crowd.appointments:
        if line.deal is not None:
            first.setdefault(id(line.deal), line)
    since = [deal for deal in crowd.deals if id(deal) in first and first[id(deal)].set_on >= day_of(start)]
    valid = sorted((deal for deal in since if valid_entry(deal.rows) is not None), key=lambda deal: deal.rows[0].happened)
    for number, deal in enumerate(valid, start=1):
        if int(number * share) > int((number - 1) * share):
            opened = deal.rows[0]
            lost = later(opened.happened, 8 + rng.expovariate(1 / 40), rng)
            deal.rows = [opened, Row(lost, lost + rng.randrange(300), "失注", opened.amount, day_of(lost))]
            deal.lost_reason = rng.choice(names.LOST_REASONS)


def _slow_down(crowd: Crowd, switch: Switch, rng: random.Random) -> None:
    """Stretch what happens to every deal after the instant, counted from it or from the deal's first appointment."""
    start, factor = start_of(switch), 1 + SLOWER * switch.strength
    met: dict[int, int] = {}
    for line in crowd.appointments:
        if line.deal is not None:
            met[id(line.deal)] = min(met.get(id(line.deal), NEVER), at(line.set_on, 12))
    for deal in crowd.deals:
        _stretch(deal, max(start, met.get(id(deal), deal.rows[0].happened)), factor)


def _stretch(deal: Deal, anchor: int, factor: float) -> None:
    """Move the rows of a deal away from an instant; they keep their order, their time of day and the days of the company."""
    before = 0
    for row in deal.rows:
        if row.happened > anchor:
            wait = row.recorded - row.happened
            day = business_day(day_of(anchor) + dt.timedelta(days=round((day_of(row.happened) - day_of(anchor)).days * factor)))
            moved = at(day) + (row.happened + TOKYO) % SECONDS_OF_DAY
            row.happened = max(moved, before + 60)
            row.recorded = row.happened + wait
            row.close_on = day if row.stage in ("受注", "失注") else max(row.close_on, day)
        before = row.happened
