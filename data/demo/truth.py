"""The usual company and the planted one -> what a scenario changed, in numbers: sums by month and rates before and after.

Counted over the whole simulated history, so that rates are the eventual ones: what a night cannot know yet is in them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import fields

from data.demo.approaches import OPT_OUT, PREMATURE_DAYS, PREMATURE_SCORE
from data.demo.clock import END, START, day_of, month_of, months
from data.demo.courses import MOVES
from data.demo.notes import is_strictly_valid, valid_entry
from data.demo.parameters import Scenario, Switch
from data.demo.shapes import Appointment, Approach, Company, Status

MEASURES = (
    "leads", "strong_leads", "strong_mqls", "other_leads", "other_mqls", "leads_valid", "appointments", "met", "met_valid",
    "days_to_valid", "valid", "valid_strictly", "won", "days_to_won", "sales_hours", "approaches", "premature_approaches",
    "opt_outs", "early_leads", "early_valid", "timely_leads", "timely_valid",
)  # fmt: skip
RATES = {
    "strong_share": ("strong_leads", "leads"),
    "strong_mql_rate": ("strong_mqls", "strong_leads"),
    "other_mql_rate": ("other_mqls", "other_leads"),
    "lead_valid_rate": ("leads_valid", "leads"),
    "valid_rate": ("met_valid", "appointments"),
    "mean_days_to_valid": ("days_to_valid", "met_valid"),
    "win_rate": ("won", "valid"),
    "mean_days_to_won": ("days_to_won", "won"),
    "strict_share": ("valid_strictly", "valid"),
    "hours_per_valid": ("sales_hours", "valid"),
    "premature_rate": ("premature_approaches", "approaches"),
    "opt_out_rate": ("opt_outs", "approaches"),
    "early_valid_rate": ("early_valid", "early_leads"),
    "timely_valid_rate": ("timely_valid", "timely_leads"),
}
SAYS = {
    "push_appointments": ("アポイントが3割増え、有効商談は増えない", "3 in 10 more appointments, no more valid deals"),
    "definition_change": ("有効商談の定義が厳しくなる（第2版）", "有効商談 is judged by version 2, which is stricter"),
    "slower_deals": ("有効商談化と受注までの日数が1.8倍になる", "the lags to valid and to won are 1.8 times as long"),
    "forced_approaches": ("接触直後の低スコアへのアプローチが増える", "many approaches to low scores soon after the first touch"),
    "channel_mix_shift": ("リードが強いチャネルから弱いチャネルへ移る", "leads move from strong channels to weak ones"),
}  # fmt: skip
Sums = dict[str, dict[str, float]]


def planted_facts(usual: Company, planted: Company, scenario: Scenario) -> dict[str, object]:
    """Return each switch with its rates before and after its month, and all sums by month in either company."""
    before, after = _by_month(usual), _by_month(planted)
    switches = {each.name: getattr(scenario, each.name) for each in fields(scenario)}
    return {
        "switches": {name: _told(name, switch, before, after) for name, switch in switches.items() if switch is not None},
        "by_month": {
            month: {measure: {"usual": before[month][measure], "planted": after[month][measure]} for measure in MEASURES}
            for month in months(START, END)
        },
    }


def _told(name: str, switch: Switch, usual: Sums, planted: Sums) -> dict[str, object]:
    """Return a switch in words and numbers: rates of the year before, and since then as usual and as planted."""
    names = months(START, END)
    place = names.index(switch.month)
    year, since = names[max(0, place - 12) : place], names[place:]
    ja, en = SAYS[name]
    rates = {
        rate: {
            "before": _rate(usual, year, *parts),
            "usual": _rate(usual, since, *parts),
            "planted": _rate(planted, since, *parts),
        }
        for rate, parts in RATES.items()
    }
    return {"month": switch.month, "strength": switch.strength, "ja": ja, "en": en, "rates": rates}


def _rate(sums: Sums, names: Iterable[str], numerator: str, denominator: str) -> float | None:
    """Return the ratio of two sums over months; None where there is nothing to divide by."""
    chosen = list(names)
    below = sum(sums[month][denominator] for month in chosen)
    return sum(sums[month][numerator] for month in chosen) / below if below else None


def _by_month(company: Company) -> Sums:
    """Return every measure by month; of cohorts, by the month of those who entered."""
    sums: defaultdict[tuple[str, str], float] = defaultdict(float)
    for part in (_leads(company), _deals(company), _work(company), _first_approaches(company)):
        for measure, day, value in part:
            sums[month_of(day), measure] += value
    return {month: {measure: sums[month, measure] for measure in MEASURES} for month in months(START, END)}


def _leads(company: Company) -> Iterator[tuple[str, dt.date, float]]:
    """Return the leads that are nobody's second record, in strong channels and others, and who of them is ever MQL."""
    valid = _with_valid_deal(company)
    for lead in company.leads:
        if lead.merged_into is None:
            day, kind = day_of(lead.created), "strong" if lead.channel in MOVES else "other"
            yield "leads", day, 1
            yield f"{kind}_leads", day, 1
            yield f"{kind}_mqls", day, any(change.status is Status.MQL for change in lead.changes)
            yield "leads_valid", day, lead.number in valid


def _deals(company: Company) -> Iterator[tuple[str, dt.date, float]]:
    """Return the appointments, the deals that came of them by the first of them, and what became of valid deals."""
    first: dict[int, Appointment] = {}
    for line in sorted(company.appointments, key=lambda each: each.set_on):
        yield "appointments", line.set_on, 1
        if line.deal is not None:
            first.setdefault(line.deal.number, line)
    checks = {check.deal.number: check for check in company.notes.checks}
    for deal in company.deals:
        entry, met = valid_entry(deal.rows), first.get(deal.number)
        if met is not None:
            yield "met", met.set_on, 1
        if entry is None:
            continue
        day, last = day_of(entry.happened), deal.rows[-1]
        yield "valid", day, 1
        yield "valid_strictly", day, is_strictly_valid(checks.get(deal.number))
        if met is not None:
            yield "met_valid", met.set_on, 1
            yield "days_to_valid", met.set_on, (day - met.set_on).days
        if last.stage == "受注":
            yield "won", day, 1
            yield "days_to_won", day, (day_of(last.happened) - day).days


def _work(company: Company) -> Iterator[tuple[str, dt.date, float]]:
    """Return the hours of sales and the approaches of inside sales."""
    for line in company.notes.hours:
        yield "sales_hours", line.on, line.quarters / 4
    for call in company.notes.approaches:
        yield "approaches", day_of(call.happened), 1
        yield "premature_approaches", day_of(call.happened), _is_premature(call)
        yield "opt_outs", day_of(call.happened), call.outcome == OPT_OUT


def _first_approaches(company: Company) -> Iterator[tuple[str, dt.date, float]]:
    """Return the leads by their first approach, premature or not, and of whom a valid deal came."""
    valid = _with_valid_deal(company)
    seen = set[int]()
    for call in sorted(company.notes.approaches, key=lambda each: each.happened):
        if call.lead.number not in seen:
            seen.add(call.lead.number)
            kind, day = "early" if _is_premature(call) else "timely", day_of(call.happened)
            yield f"{kind}_leads", day, 1
            yield f"{kind}_valid", day, call.lead.number in valid


def _with_valid_deal(company: Company) -> set[int]:
    """Return the numbers of the leads who met sales about a deal that becomes valid."""
    return {line.lead.number for line in company.appointments if line.deal is not None and valid_entry(line.deal.rows)}


def _is_premature(call: Approach) -> bool:
    """Say whether an approach came to a low score soon after the lead was created."""
    days = (day_of(call.happened) - day_of(call.lead.created)).days
    return call.score < PREMATURE_SCORE and days < PREMATURE_DAYS
