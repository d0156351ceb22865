"""What happened, as values: leads, appointments, deals and their events, each with the instant it was recorded."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Instants = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NEVER = 1 << 60


class Status(StrEnum):
    """Status of a lead in Marketo."""

    NEW = "New"
    MQL = "MQL"
    RECYCLED = "Recycled"


class Change(NamedTuple):
    """A change of a lead's status: when it happened and when it was recorded."""

    happened: int
    recorded: int
    status: Status


@dataclass
class Lead:
    """A record in Marketo. Instants are NEVER where the thing does not happen."""

    created: int
    account: int
    channel: str
    company: str
    number: int = 0  # the id in Marketo, given when the whole history is known
    changes: list[Change] = field(default_factory=list)
    merged_into: Lead | None = None
    merged: int = NEVER
    unsubscribed: int = NEVER
    linked: int = NEVER  # tied to the CRM account
    resaved: int = NEVER  # mended after an unreadable export
    planted: str = ""
    pressed: int = 0  # approaches before it was ripe, where inside sales forces them
    warm: bool = False  # was MQL one day before a scenario changed its course
    stream: str = ""  # names the random numbers of what is written down about it; no scenario changes it


@dataclass
class Appointment:
    """A line of inside sales' sheet. The dates of what was agreed, and the instants at which they were written down."""

    lead: Lead
    set_on: dt.date
    set_recorded: int
    planned_on: dt.date
    state: str
    held_on: dt.date | None
    state_recorded: int
    result: str = ""
    result_recorded: int = NEVER
    deal: Deal | None = None
    handle: str = ""
    number: int = 0
    effort: float = 1.0  # times the hours of a usual appointment
    stream: str = ""


@dataclass
class Row:
    """A row of a deal's history; `corrected` is the instant from which it says `corrected_to` instead of `happened`."""

    happened: int
    recorded: int
    stage: str
    amount: int | None
    close_on: dt.date
    corrected: int = NEVER
    corrected_to: int = NEVER
    number: int = 0


@dataclass
class Deal:
    """An opportunity in Salesforce; its rows are in the order in which they happened."""

    account: int
    name: str
    owner: str
    rows: list[Row]
    source: str
    campaign: str = ""
    lost_reason: str = ""
    deleted: int = NEVER
    number: int = 0
    planted: str = ""
    stream: str = ""


@dataclass(frozen=True)
class User:
    """An employee. `moved` is the instant from which the team is `moved_to`."""

    number: int
    name: str
    handle: str
    department: str
    team: str
    active_until: int = NEVER
    moved: int = NEVER
    moved_to: str = ""


@dataclass(frozen=True)
class Cost:
    """What a campaign cost in a month: planned, and final from the instant `closed`. Whole yen."""

    campaign: str
    name: str
    channel: str
    month: str
    planned: int
    final: int
    recorded: int
    closed: int


@dataclass(frozen=True)
class Activities:
    """All activities in the order of their recording, as columns; `detail` chooses among the texts of the kind."""

    happened: Instants
    recorded: Instants
    lead: Instants  # index into the leads
    kind: Instants  # activityTypeId
    detail: Instants


@dataclass(frozen=True)
class Fault:
    """A record that cannot be read in exports written from `since` on and before `until`."""

    file: str
    rule: str
    key: int  # number of the deal or lead; position of the activity
    text: str
    since: int
    until: int


@dataclass
class Check:
    """What sales found when it judged a deal: the evidence of 有効商談. Written once per deal and never changed."""

    deal: Deal
    happened: int
    recorded: int
    is_budget_known: bool
    is_decision_maker_attended: bool
    purchase_within_months: int
    handle: str
    number: int = 0


@dataclass
class Approach:
    """Inside sales turned to a lead; `score` is the lead's at that time."""

    lead: Lead
    happened: int
    recorded: int
    kind: str
    score: int
    outcome: str
    handle: str
    number: int = 0


@dataclass
class Hours:
    """A line of a sales person's daily report: quarters of an hour spent on an appointment or a deal."""

    on: dt.date
    recorded: int
    handle: str
    quarters: int
    kind: str
    appointment: Appointment | None = None
    deal: Deal | None = None
    number: int = 0


@dataclass
class Judgement:
    """What sales itself calls a deal in its own list, from the instant `recorded` on."""

    deal: Deal
    on: dt.date
    recorded: int
    is_valid: bool
    handle: str


@dataclass
class Issue:
    """Something one department tells the others; `closed` is the instant of its end."""

    department: str
    metric: str
    opened: int
    closed: int
    handle: str
    text: str
    number: int = 0


@dataclass
class Decision:
    """What was decided on a goal at the end of a week or month, and the instant at which it was done."""

    goal: str
    action: str
    decision: str
    handle: str
    due: dt.date
    decided: int
    done: int
    cycle: str
    number: int = 0


@dataclass(frozen=True)
class Notes:
    """What people write down beside the systems, each in the order of its recording."""

    checks: tuple[Check, ...]
    approaches: tuple[Approach, ...]
    hours: tuple[Hours, ...]
    judgements: tuple[Judgement, ...]
    issues: tuple[Issue, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True)
class Company:
    """The whole history."""

    seed: int
    scale: float
    leads: tuple[Lead, ...]
    appointments: tuple[Appointment, ...]
    deals: tuple[Deal, ...]
    users: tuple[User, ...]
    costs: tuple[Cost, ...]
    activities: Activities
    faults: tuple[Fault, ...]
    notes: Notes
