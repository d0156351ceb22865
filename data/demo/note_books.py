"""Company and nights -> the truth about what people wrote down, as known on the last of them, by month.

Counted from the simulated events by the rules of `data/README.md`; no export is read.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping

from data.demo.approaches import OPT_OUT, PREMATURE_DAYS, PREMATURE_SCORE
from data.demo.clock import START, day_of, month_of, months
from data.demo.files import Night
from data.demo.notes import is_strictly_valid
from data.demo.persons import Person
from data.demo.shapes import Approach, Company

NOTED = (
    "qualifications", "valid_version_1", "valid_version_2", "approaches", "premature_approaches", "opt_outs",
    "cycles_approached", "cycles_approached_prematurely", "sales_hours", "judgements", "judged_valid", "judged_valid_by_both",
    "issues", "issues_closed", "decisions", "decisions_done",
)  # fmt: skip
Entry = tuple[str, dt.date, float]


def noted(company: Company, people: Mapping[int, Person], entered: Mapping[int, dt.date], night: Night) -> dict[str, object]:
    """Return the sums by month and in total; `entered` is the day on which each deal became valid, by its number."""
    sums: defaultdict[tuple[str, str], float] = defaultdict(float)
    parts = (_deals(company, entered, night), _approaches(company, people, night), _lists(company, night))
    for measure, day, value in (each for part in parts for each in part):
        sums[month_of(day), measure] += value
    names = months(START, night.day)
    return {
        "total": {measure: sum(sums[month, measure] for month in names) for measure in NOTED},
        "by_month": {month: {measure: sums[month, measure] for measure in NOTED} for month in names},
    }


def _deals(company: Company, entered: Mapping[int, dt.date], night: Night) -> Iterator[Entry]:
    """Return the deals that are valid by either version of the agreement, and what sales says of them."""
    checks = {check.deal.number: check for check in company.notes.checks if check.recorded < night.end}
    for number, day in entered.items():
        yield "valid_version_1", day, 1
        if is_strictly_valid(checks.get(number)):
            yield "valid_version_2", day, 1
    for check in checks.values():
        yield "qualifications", day_of(check.happened), 1
    for line in company.notes.judgements:
        if line.recorded < min(night.end, line.deal.deleted):
            yield "judgements", line.on, 1
            if line.is_valid:
                yield "judged_valid", line.on, 1
            if line.is_valid and line.deal.number in entered:
                yield "judged_valid_by_both", entered[line.deal.number], 1


def _approaches(company: Company, people: Mapping[int, Person], night: Night) -> Iterator[Entry]:
    """Return the approaches, and the cycles of persons by their first one."""
    first: dict[tuple[int, int], tuple[Approach, bool]] = {}
    known = (call for call in company.notes.approaches if call.recorded < night.end)
    for call in sorted(known, key=lambda each: (each.happened, each.number)):
        day, person = day_of(call.happened), people.get(call.lead.number)
        waited = None if person is None else (day - day_of(person.begun)).days
        premature = waited is not None and waited < PREMATURE_DAYS and call.score < PREMATURE_SCORE
        yield "approaches", day, 1
        yield "premature_approaches", day, premature
        yield "opt_outs", day, call.outcome == OPT_OUT
        if person is not None:
            cycle = max(1, sum(begin <= call.happened for begin in person.cycles()))
            first.setdefault((person.survivor.number, cycle), (call, premature))
    for call, premature in first.values():
        yield "cycles_approached", day_of(call.happened), 1
        yield "cycles_approached_prematurely", day_of(call.happened), premature


def _lists(company: Company, night: Night) -> Iterator[Entry]:
    """Return the hours of sales, and the issues and decisions with their ends."""
    for line in company.notes.hours:
        if line.recorded < night.end:
            yield "sales_hours", line.on, line.quarters / 4
    for issue in company.notes.issues:
        if issue.opened < night.end:
            yield "issues", day_of(issue.opened), 1
        if issue.closed < night.end:
            yield "issues_closed", day_of(issue.closed), 1
    for each in company.notes.decisions:
        if each.decided < night.end:
            yield "decisions", day_of(each.decided), 1
        if each.done < night.end:
            yield "decisions_done", day_of(each.done), 1
