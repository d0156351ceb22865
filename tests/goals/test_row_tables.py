"""The row tables of the demo company, counted a second time: from its books, or in plain Python over what the exports say."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from tests.companies import ROOT, Companies, Ran
from tests.test_demo_notes import NOTES

AS_OF = dt.date(2026, 11, 20)
MODELS = ("first", "last", "linear", "w_shaped")
Touch = tuple[dt.date, dt.datetime, str, bool]
"""Day, instant, key, whether it made the person known."""


@pytest.fixture(scope="module")
def demo(companies: Companies) -> Ran:
    return companies.ran()


def dicts(demo: Ran, columns: str, rest: str) -> list[dict[str, Any]]:
    names = [name.strip() for name in columns.split(",")]
    return [dict(zip(names, row, strict=True)) for row in demo.rows(f"select {columns} from {rest}")]


def month_of(day: dt.date) -> dt.date:
    return day.replace(day=1)


# attribution


def touched_days(demo: Ran) -> dict[tuple[str, str, str, dt.date], dt.datetime]:
    """Return the first instant of each person, campaign, kind and day; the end of time for appointments."""
    person_of = dict(demo.rows("select lead_id, person_id from intermediate.int_leads", warehouse=True))
    kinds = {2: "form", 46: "interesting_moment", 104: "program_status"}
    days: dict[tuple[str, str, str, dt.date], dt.datetime] = {}
    activities = "select lead_id, campaign_id, activity_type_id, happened_date, happened_at from staging.stg_marketo__activities"
    for lead, campaign, type_, day, at in demo.rows(f"{activities} where campaign_id is not null", warehouse=True):
        if lead in person_of:
            key = (person_of[lead], campaign, kinds[type_], day)
            days[key] = min(days.get(key, at), at)
    appointments = "select person_id, campaign_id, set_date from marts.fct_appointments where person_id is not null"
    for person, campaign, day in demo.rows(appointments):
        days[person, campaign or "(none)", "appointment", day] = dt.datetime.max
    return days


def touches_of_accounts(demo: Ran) -> dict[str, list[Touch]]:
    """Return the touches of each company in their order."""
    people = "select person_id, account_id, begins_date from intermediate.int_persons"
    persons = {row[0]: row[1:] for row in demo.rows(people, warehouse=True)}
    of_person: dict[str, list[tuple[dt.date, dt.datetime, str]]] = defaultdict(list)
    for (person, campaign, kind, day), at in touched_days(demo).items():
        of_person[person].append((day, at, f"{person}/{kind}/{campaign}/{day}"))
    found: dict[str, list[Touch]] = defaultdict(list)
    for person, listed in of_person.items():
        account, begins = persons[person]
        newest = max((day for day, *_ in listed if day <= begins), default=None)
        creation = min((each for each in listed if each[0] == newest), key=lambda each: each[1], default=None)
        found[account] += [(*each, each is creation) for each in listed]
    return {account: sorted(listed) for account, listed in found.items()}


def credits_in_python(touches: list[Touch]) -> dict[str, dict[str, float]]:
    """Return the credits of the touches of one deal, by model."""
    keys = [key for _, _, key, _ in touches]
    lead = next((key for *_, key, is_creation in touches if is_creation), None)
    milestones = [keys[0], keys[-1], *([lead] if lead else [])]
    weights = {key: 0.3 * milestones.count(key) for key in set(milestones)}
    middle = [key for key in keys if key not in milestones]
    weights.update({key: 0.1 / len(middle) for key in middle})
    total = sum(weights.values())
    return {
        "first": {keys[0]: 1.0},
        "last": {keys[-1]: 1.0},
        "linear": dict.fromkeys(keys, 1 / len(keys)),
        "w_shaped": {key: weight / total for key, weight in weights.items()},
    }


def test_every_credit_is_the_one_that_plain_python_gives(demo: Ran) -> None:
    touches = touches_of_accounts(demo)
    stored: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for deal, model, touch, credit in demo.rows("select opportunity_id, model, touch_id, credit from attribution"):
        stored[deal, model][touch] = credit
    deals = demo.rows("select opportunity_id, account_id, opportunity_date from marts.fct_opportunities")
    assert len(deals) > 400 and len(stored) == 4 * len(deals)
    for deal, account, day in deals:
        inside = [each for each in touches.get(account, []) if day - dt.timedelta(days=180) <= each[0] <= day]
        expected = credits_in_python(inside) if inside else {}
        for model in MODELS:
            assert stored[deal, model] == pytest.approx(expected.get(model, {"unattributed": 1.0})), (deal, model)


def test_deals_are_attributed_and_some_to_more_than_one_channel(demo: Ran) -> None:
    ((attributed, several),) = demo.rows(
        "select count(*) filter (channel <> 'unattributed'), count(*) filter (channels > 1) from"
        " (select opportunity_id, any_value(channel) channel, count(distinct channel) channels from attribution"
        " where model = 'linear' group by all)"
    )
    assert attributed > 300 and several > 10


def test_channels_disagree_by_what_the_credits_say(demo: Ran) -> None:
    deals = len(demo.rows("select 1 from marts.fct_opportunities"))
    shares: dict[tuple[str, str], float] = defaultdict(float)
    for channel, model, credit in demo.rows("select channel, model, credit from attribution"):
        shares[channel, model] += credit / deals
    for channel, index in demo.rows("select channel, disagreement_index from attribution_channel"):
        four = [shares[channel, model] for model in MODELS]
        assert index == pytest.approx(max(four) - min(four), abs=1e-9), channel


# campaign feedback


def places_of_cycles(demo: Ran) -> dict[str, tuple[str, dt.date]]:
    rows = demo.rows("select person_cycle_id, campaign_id, lead_date from marts.fct_person_cycles")
    return {cycle: (campaign or "(none)", month_of(day)) for cycle, campaign, day in rows}


def deals_with_place(demo: Ran) -> Iterator[tuple[tuple[str, dt.date], dict[str, Any]]]:
    """Return each deal that a person stands for, with the campaign and month of the cycle that met sales about it first."""
    cycle_of: dict[tuple[str, str], str] = {}
    for deal, person, cycle in demo.rows(
        "select opportunity_id, person_id, person_cycle_id from marts.fct_appointments where opportunity_id is not null"
        " and person_cycle_id is not null order by set_date, appointment_id"
    ):
        cycle_of.setdefault((deal, person), cycle)
    places = places_of_cycles(demo)
    columns = "opportunity_id, person_id, amount, lost_reason, valid_opportunity_date, won_date, lost_date"
    for each in dicts(demo, columns, "marts.fct_opportunities"):
        if each["person_id"] != "unattributed":
            yield places[cycle_of[each["opportunity_id"], each["person_id"]]], each


def test_campaigns_are_counted_again_from_their_persons(demo: Ran) -> None:
    places = places_of_cycles(demo)
    counts: Counter[tuple[str, dt.date, str]] = Counter()
    for cycle, mql, appointment in demo.rows("select person_cycle_id, mql_date, appointment_date from marts.fct_person_cycles"):
        for what, day in (("leads", AS_OF), ("mql", mql), ("appointments", appointment)):
            counts[*places[cycle], what] += day is not None
    for place, each in deals_with_place(demo):
        amount = int(each["amount"] or 0)
        for what, day, of in (
            ("valid_opportunities", "valid_opportunity_date", "pipeline_amount"),
            ("won", "won_date", "won_amount"),
        ):
            counts[*place, what] += each[day] is not None
            counts[*place, of] += amount if each[day] else 0
        counts[*place, "lost"] += each["lost_date"] is not None
    names = "leads, mql, appointments, valid_opportunities, won, lost, pipeline_amount, won_amount"
    stored = dicts(demo, f"campaign_id, cohort_month, {names}", "campaign_feedback")
    found = {(row["campaign_id"], row["cohort_month"], name): int(row[name]) for row in stored for name in names.split(", ")}
    assert {key: value for key, value in found.items() if value} == {key: value for key, value in counts.items() if value}


def test_the_top_reason_is_the_one_most_lost_deals_have(demo: Ran) -> None:
    reasons: dict[tuple[str, dt.date], Counter[str]] = defaultdict(Counter)
    for place, each in deals_with_place(demo):
        if each["lost_date"] and each["lost_reason"]:
            reasons[place][each["lost_reason"]] += 1
    for campaign, month, top in demo.rows("select campaign_id, cohort_month, top_lost_reason from campaign_feedback"):
        told = reasons.get((campaign, month), Counter())
        most = max(told.values(), default=0)
        assert top == min((name for name, times in told.items() if times == most), default=None), (campaign, month)


def test_campaigns_sum_to_the_books(demo: Ran) -> None:
    books = demo.books["total"]
    ((leads, cost),) = demo.rows("select sum(leads), sum(cost) from campaign_feedback")
    assert (leads, int(cost)) == (books["leads"], books["campaign_cost"])


def test_results_of_appointments_are_counted_again_day_by_day(demo: Ran) -> None:
    business = {day for (day,) in demo.rows("select date from marts.dim_fiscal_calendar where is_business_day")}
    held = demo.rows(
        "select held_date, disposition, disposition_date from marts.fct_appointments"
        " where status = 'held' and person_cycle_id is not null"
    )

    def business_days(first: dt.date, last: dt.date) -> int:
        return sum(first + dt.timedelta(days=n) in business for n in range(1, (last - first).days + 1))

    due = [(day, result, back) for day, result, back in held if business_days(day, AS_OF) > 5]
    given = [each for each in due if each[1] and each[2] <= AS_OF and business_days(each[0], each[2]) <= 5]
    ((stored_due, stored_given),) = demo.rows("select sum(feedback_due), sum(feedback_given) from campaign_feedback")
    assert (stored_due, stored_given) == (len(due), len(given))
    assert 0 < len(given) < len(due) < len(held)
    # both departments read one rate: sharing counts the same appointments, and those of unknown leads
    ((shared,),) = demo.rows("select sum(with_disposition) from sharing")
    unknown = "select count(*) from marts.fct_appointments where status = 'held' and person_cycle_id is null"
    ((lost,),) = demo.rows(unknown)
    assert len(given) <= shared <= len(given) + lost


# funnel


def test_cohorts_of_the_funnel_are_those_of_the_books(demo: Ran) -> None:
    measures = {
        ("lead", "mql"): "leads",
        ("mql", "appointment"): "mqls",
        ("appointment", "valid_opportunity"): "appointments",
        ("opportunity", "valid_opportunity"): "opportunities",
        ("valid_opportunity", "won"): "valid_opportunities",
    }
    found = {
        (f"{month:%Y-%m}", channel, measures[stage, to_stage]): entered
        for month, channel, stage, to_stage, entered in demo.rows(
            "select cohort_month, channel, stage, to_stage, entered from funnel"
        )
        if (stage, to_stage) in measures
    }
    told = {
        (month, channel, measure): table[measure]
        for month, channels in demo.books["by_month_channel"].items()
        for channel, table in channels.items()
        for measure in measures.values()
        if table.get(measure)
    }
    assert found == told


def test_who_converted_in_the_funnel_is_who_the_books_say(demo: Ran) -> None:
    books = demo.books["total"]
    stored = {(a, b): n for a, b, n in demo.rows("select stage, to_stage, sum(converted)::bigint from funnel group by all")}
    assert stored["valid_opportunity", "won"] == books["won"]
    assert stored["opportunity", "valid_opportunity"] == books["valid_opportunities"]
    assert stored["mql", "appointment"] == books["appointments"]


def test_an_old_cohort_is_mature_and_a_young_one_is_not(demo: Ran) -> None:
    rows = demo.rows(
        "select cohort_month, bool_and(is_mature) from funnel where stage = 'valid_opportunity' group by 1 order by 1"
    )
    assert rows[0] == (dt.date(2024, 5, 1), True)
    assert rows[-1][1] is False


# pipeline movement


def month_ends(first: dt.date) -> Iterator[tuple[dt.date, dt.date, dt.date]]:
    """Return the first day, the last known day and the end of the quarter of each month up to the as-of date."""
    month = month_of(first)
    while month <= AS_OF:
        following = month_of(month + dt.timedelta(days=32))
        third = month.replace(month=(month.month - 1) // 3 * 3 + 3)
        yield month, min(following - dt.timedelta(days=1), AS_OF), month_of(third + dt.timedelta(days=32)) - dt.timedelta(days=1)
        month = following


Day = tuple[dt.date, str, int, dt.date]
"""When a deal changed, its stage since, its amount, when it is expected to close."""


def diaries(demo: Ran) -> dict[str, list[Day]]:
    """Return what the history says of each deal from the day on which it became valid."""
    stages = {"商談化": "open", "有効商談": "valid", "提案": "valid", "見積": "valid", "受注": "won", "失注": "lost"}
    events: dict[str, list[Day]] = defaultdict(list)
    for deal, stage, amount, close, day in demo.rows(
        "select opportunity_id, stage_raw, amount, close_date, changed_date from staging.stg_salesforce__stage_events"
        " order by changed_at, opportunity_history_id",
        warehouse=True,
    ):
        if events[deal] or stages[stage] in ("valid", "won"):
            events[deal].append((day, stages[stage], int(amount or 0), close))
    return events


def moves(before: list[Day], now: list[Day], border: dt.date) -> Counter[str]:
    """Say in yen what a deal did to the pipeline of a period in a month, from its diary before the month and up to its end."""
    told: Counter[str] = Counter()
    was_open = bool(before) and before[-1][1] not in ("won", "lost")
    was_in = was_open and before[-1][3] <= border
    _, stage, amount, close = now[-1]
    expected = next((each[3] for each in reversed(now) if each[1] not in ("won", "lost")), close)
    ends = stage in ("won", "lost") and not (before and before[-1][1] == stage)
    is_in = stage not in ("won", "lost") and close <= border
    if not (was_in or is_in or (ends and (stage == "won" or expected <= border))):
        return told
    if was_in:
        told["opening"] = before[-1][2]
        told["amount_up" if amount > before[-1][2] else "amount_down"] += abs(amount - before[-1][2])
    else:
        told["pulled_in" if was_open else "created"] += amount
    told[stage if ends else "closing" if is_in else "pushed_out"] += amount
    return told


def test_the_pipeline_is_moved_as_a_diary_of_all_deals_says(demo: Ran) -> None:
    expected: Counter[tuple[dt.date, str]] = Counter()
    for listed in diaries(demo).values():
        for month, last, border in month_ends(dt.date(2024, 4, 1)):
            before, now = ([each for each in listed if each[0] <= day] for day in (month - dt.timedelta(days=1), last))
            for name, amount in (moves(before, now, border) if now else Counter[str]()).items():
                expected[month, name] += amount
    names = ("opening", "created", "pulled_in", "amount_up", "amount_down", "pushed_out", "lost", "won", "closing")
    summed = ", ".join(f"sum({name})" for name in names)
    found = {
        (month, name): int(value)
        for month, *values in demo.rows(f"select month, {summed} from pipeline_movement group by month")
        for name, value in zip(names, values, strict=True)
    }
    assert {key: value for key, value in found.items() if value} == {key: value for key, value in expected.items() if value}
    assert {name for (_, name), value in found.items() if value} == set(names)


def test_the_running_month_ends_at_the_as_of_date_and_months_chain(demo: Ran) -> None:
    columns = "sales_unit, month, period_start, opening, closing, is_complete"
    rows = dicts(demo, columns, "pipeline_movement order by sales_unit, month")
    assert {each["month"] for each in rows if not each["is_complete"]} == {dt.date(2026, 11, 1)}
    for one, two in pairwise(rows):
        if one["sales_unit"] == two["sales_unit"] and one["period_start"] == two["period_start"]:
            assert two["opening"] == one["closing"]
    ((closing,),) = demo.rows("select sum(closing) from pipeline_movement where month = '2026-11-01'")
    assert isinstance(closing, Decimal) and closing > 0


# sharing


def test_results_in_time_are_counted_again_day_by_day(demo: Ran) -> None:
    business = {day for (day,) in demo.rows("select date from marts.dim_fiscal_calendar where is_business_day")}

    def business_days(first: dt.date, last: dt.date) -> int:
        return sum(first + dt.timedelta(days=n) in business for n in range(1, (last - first).days + 1))

    expected: Counter[tuple[dt.date, str]] = Counter()
    columns = "held_date, disposition, disposition_date"
    for day, result, back in demo.rows(f"select {columns} from marts.fct_appointments where status = 'held'"):
        if business_days(day, AS_OF) > 5:
            is_answered = bool(result) and back <= AS_OF
            in_time = is_answered and business_days(day, back) <= 5
            expected[month_of(day), "appointments_due"] += 1
            expected[month_of(day), "with_disposition"] += in_time
            expected[month_of(day), "with_late_disposition"] += is_answered and not in_time
    names = ("appointments_due", "with_disposition", "with_late_disposition")
    rows = dicts(demo, f"month, {', '.join(names)}", "sharing where direction = 'sales_to_marketing'")
    found = {(row["month"], name): row[name] for row in rows for name in names if row[name]}
    assert found == {key: value for key, value in expected.items() if value}
    assert {name for _, name in found} == set(names)


def test_the_issues_are_those_of_the_books(demo: Ran) -> None:
    books = demo.books["notes"]["total"]
    ((issues, closed),) = demo.rows("select count(*), count(closed) from issue")
    assert (issues, closed) == (books["issues"], books["issues_closed"])
    ((still_open,),) = demo.rows("select sum(open_issues) from sharing where month = '2026-11-01'")
    assert still_open == issues - closed


def test_a_company_that_keeps_no_lists_has_its_row_tables_without_them(companies: Companies) -> None:
    bare = companies.ran(scale=0.2, without=NOTES)
    assert bare.rows("select count(*) > 0, sum(open_issues) from sharing") == [(True, 0)]
    assert bare.rows("select count(*) from issue") == [(0,)]
    assert bare.rows("select count(*) > 0, count(credit) > 0 from attribution") == [(True, True)]


# the page


def test_the_page_lists_every_row_table_and_its_queries_answer(demo: Ran) -> None:
    page = (ROOT / "docs/goal-tables.md").read_text(encoding="utf-8")
    models = demo.rows("select table_name from duckdb_tables() where schema_name = 'main'")
    made = {path.stem for path in (ROOT / "models/goals").glob("*.sql")}
    assert made <= {name for (name,) in models}
    assert {name for name in made if f"`{name}`" not in page} == set()
    queries = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    assert len(queries) > len(made)
    for query in queries:
        assert demo.rows(query), query
