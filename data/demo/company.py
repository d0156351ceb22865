"""Seed and scale -> the whole history of the company, with every record numbered."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import numpy as np

from data.demo import names
from data.demo.activities import CHANGE, VISIT, simulate_activities
from data.demo.clock import END, START, at, months, on
from data.demo.courses import change_course, strict_from
from data.demo.notes import write_notes
from data.demo.parameters import CHANNELS, USUAL, Scenario
from data.demo.people import Crowd, name_streams, simulate_people
from data.demo.shapes import NEVER, Activities, Company, Cost, Deal, Fault, Lead
from data.demo.stories import plant

FIRST_LEAD, FIRST_ACTIVITY, FIRST_DEAL, DEAL_STEP = 200_001, 900_001, 20_000, 13
MONTHLY_COST = {"Web問合せ": 900_000, "ウェビナー": 650_000, "展示会": 450_000, "コンテンツ": 700_000, "紹介": 60_000}
FAIR_COST = 4_200_000


def simulate(seed: int, scale: float, scenario: Scenario = USUAL) -> Company:
    """Return the history from START to END: the same for the same seed and scale, whatever nights are exported."""
    crowd = _everybody(seed, scale, scenario)
    leads = tuple(sorted(crowd.leads, key=lambda lead: lead.created))
    deals = tuple(sorted(crowd.deals, key=lambda deal: deal.rows[0].recorded))
    appointments = tuple(sorted(crowd.appointments, key=lambda line: line.set_recorded))
    for number, lead in enumerate(leads):
        lead.number = FIRST_LEAD + number
    for number, deal in enumerate(deals):  # the step makes ids that differ only by case frequent
        deal.number = FIRST_DEAL + DEAL_STEP * number
    for number, line in enumerate(appointments):
        line.number = number + 1
    rows = sorted((row for deal in deals for row in deal.rows), key=lambda row: row.recorded)
    for number, row in enumerate(rows):
        row.number = 70_000 + number
    activities = simulate_activities(np.random.default_rng([seed, 2]), leads)
    faults = _faults(leads, deals, activities)
    costs = _costs(random.Random(f"{seed}:costs"))
    notes = write_notes(seed, leads, appointments, deals, strict_from=strict_from(scenario))
    return Company(seed, scale, leads, appointments, deals, names.users(), costs, activities, faults, notes)


def _everybody(seed: int, scale: float, scenario: Scenario) -> Crowd:
    """Return the leads, appointments and deals of a course; the planted ones are those of the usual company in every course."""
    crowd = simulate_people(random.Random(f"{seed}:people"), scale)
    name_streams(crowd, "usual")
    known = (len(crowd.leads), len(crowd.appointments), len(crowd.deals))
    usual = replace(crowd, leads=[*crowd.leads], appointments=[*crowd.appointments], deals=[*crowd.deals])
    plant(usual)
    name_streams(usual, "planted")
    change_course(crowd, scenario, seed)
    name_streams(crowd, "changed")
    crowd.leads += usual.leads[known[0] :]
    crowd.appointments += usual.appointments[known[1] :]
    crowd.deals += usual.deals[known[2] :]
    return crowd


def _faults(leads: tuple[Lead, ...], deals: tuple[Deal, ...], activities: Activities) -> tuple[Fault, ...]:
    """Return the records that some night's export shows unreadably, each until it is mended at the source."""
    lead_of = {lead.planted: (place, lead) for place, lead in enumerate(leads) if lead.planted}
    deal_of = {deal.planted: deal for deal in deals if deal.planted}
    _, first = lead_of["reject_updated_at_1"]
    _, second = lead_of["reject_updated_at_2"]
    place, _ = lead_of["reject_activity"]
    first.resaved, second.resaved = on("2026-11-04 10:00"), on("2026-11-16 10:00")
    change = int(np.flatnonzero((activities.lead == place) & (activities.kind == CHANGE))[0])
    visits = np.flatnonzero((activities.kind == VISIT) & (activities.recorded >= on("2026-10-20 00:00")))
    opportunity, lead, activity = "salesforce/opportunity", "marketo/leads", "marketo/activities"
    amount, date = deal_of["reject_amount"].number, deal_of["reject_date"].number
    return (
        Fault(opportunity, "not_a_number", amount, "1,2X4,567", on("2026-11-10 15:30"), on("2026-11-18 09:00")),
        Fault(opportunity, "not_a_date", date, "2026/02/30", on("2026-10-19 10:00"), on("2026-11-17 09:00")),
        Fault(lead, "not_a_timestamp", first.number, "2026-10-32T01:00:00Z", first.created, first.resaved),
        Fault(lead, "not_a_timestamp", second.number, "2026-11-09T25:61:00Z", second.created, second.resaved),
        Fault(activity, "wrong_number_of_fields", change, "", 0, on("2026-11-16 00:00")),
        Fault(activity, "wrong_number_of_fields", int(visits[0]), "", 0, NEVER),
    )


def _costs(rng: random.Random) -> tuple[Cost, ...]:
    """Return what each channel's campaign cost in each month, planned and final, in whole yen."""
    costs = []
    for month in months(START, END):
        day = dt.date(int(month[:4]), int(month[5:]), 1)
        following = (day + dt.timedelta(days=32)).replace(day=10)
        for channel in CHANNELS:
            fair = FAIR_COST if channel == "展示会" and day.month in (2, 5, 7, 10, 11) else 0
            planned = (round(MONTHLY_COST[channel] * rng.uniform(0.85, 1.2)) + fair) // 10_000 * 10_000
            final = round(planned * rng.uniform(0.94, 1.06)) // 1_000 * 1_000
            key = names.campaign(channel, day)
            recorded, closed = at(day.replace(day=3), 10), at(following, 10)
            costs.append(Cost(key, names.campaign_name(channel, day), channel, month, planned, final, recorded, closed))
    return tuple(costs)
