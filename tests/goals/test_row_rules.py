"""The rules of the row tables on a handful of rows, every number of which can be told by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipeline.engines.duckdb import Engine, open_engine
from pipeline.goals import calendar_columns
from pipeline.models import bind_models
from pipeline.project import CALENDAR, Project, open_project
from pipeline.shapes import Relation, literal, quote
from pipeline.sources import declared_columns

ROOT = Path(__file__).parent.parent.parent
AS_OF = dt.date(2026, 11, 20)
Rows = Sequence[Mapping[str, Any]]


@cache
def project(**variables: Any) -> Project:
    return open_project(ROOT, now=dt.datetime(2026, 11, 21, 1), as_of=AS_OF, variables=dict(variables))


@pytest.fixture
def engine() -> Iterator[Engine]:
    """Give every model of the project over empty exports."""
    with open_engine(None) as made:
        sources = {table.relation: declared_columns(table) for table in project().source_tables.values()}
        bind_models(made, project().models, {**sources, CALENDAR: calendar_columns()})
        yield made


def hold(engine: Engine, name: str, rows: Rows) -> None:
    """Let a model hold these rows; columns that are not said are null."""
    relation = project().model[name].relation
    columns = engine.columns(relation)
    listed = ", ".join(f"{quote(column.name)} {column.type}" for column in columns)
    side = Relation(relation.schema, f"{name}__rows")
    engine.execute(f"create table {side} ({listed})")
    for row in rows:
        values = ", ".join(literal(str(value)) if value is not None else "null" for value in row.values())
        engine.execute(f"insert into {side} ({', '.join(map(quote, row))}) values ({values})")
    engine.execute(f"create or replace view {relation} as select * from {side}")


def ask(engine: Engine, name: str, columns: str, rest: str = "", **variables: Any) -> list[tuple[Any, ...]]:
    return list(engine.rows(f"select {columns} from ({project(**variables).model[name].sql}) {rest}"))


def touch(account: str, day: int, *, lead: bool = False, channel: str = "Web") -> dict[str, Any]:
    person = f"p-{account}"
    return {
        "touch_id": f"{account}-{day:02}",
        "person_id": person,
        "account_id": account,
        "channel": channel,
        "kind": "form",
        "is_lead_creation": lead,
        "touched_date": f"2026-06-{day:02}",
    }


def deal(name: str, account: str, amount: int | None = 100, day: str = "2026-06-20") -> dict[str, Any]:
    return {"opportunity_id": name, "account_id": account, "opportunity_date": day, "amount": amount}


T13A = [
    *(touch("a1", day, lead=day == 3) for day in (1, 2, 3, 4, 5)),  # first touch, middle, lead creation, middle, last
    *(touch("a2", day, lead=day == 1) for day in (1, 2)),  # the first touch is the lead creation too
    touch("a3", 1, lead=True),  # one touch is all three
]


def test_w_shaped_credits_are_those_of_the_published_vectors(engine: Engine) -> None:
    hold(engine, "fct_touches", T13A)
    hold(engine, "fct_opportunities", [deal("o1", "a1"), deal("o2", "a2"), deal("o3", "a3")])
    found: dict[str, list[float]] = {}
    for name, credit in ask(engine, "attribution", "opportunity_id, credit", "where model = 'w_shaped' order by touch_no"):
        found.setdefault(name, []).append(credit)
    assert found["o1"] == pytest.approx([0.30, 0.05, 0.30, 0.05, 0.30])
    assert found["o2"] == pytest.approx([2 / 3, 1 / 3])
    assert found["o3"] == [1.0]


def test_a_missing_lead_creation_leaves_its_weight_to_the_others(engine: Engine) -> None:
    hold(engine, "fct_touches", [touch("a1", day) for day in (1, 2, 3)])
    hold(engine, "fct_opportunities", [deal("o1", "a1")])
    found = ask(engine, "attribution", "credit", "where model = 'w_shaped' order by touch_no")
    assert [credit for (credit,) in found] == pytest.approx([0.3 / 0.7, 0.1 / 0.7, 0.3 / 0.7])


def test_first_last_and_linear_credit_the_touches_they_name(engine: Engine) -> None:
    hold(engine, "fct_touches", T13A[:5])
    hold(engine, "fct_opportunities", [deal("o1", "a1", 101)])
    found = ask(engine, "attribution", "model, touch_no, credit, credited_amount", "where model <> 'w_shaped' order by all")
    assert found[:2] == [("first", 1, 1.0, Decimal(101)), ("last", 5, 1.0, Decimal(101))]
    assert [credit for _, _, credit, _ in found[2:]] == pytest.approx([0.2] * 5)
    assert sum(amount for *_, amount in found[2:]) == 101  # 20.2 yen each, and none is lost
    assert {amount for *_, amount in found[2:]} == {Decimal(20), Decimal(21)}


def test_the_weights_of_the_w_are_variables_of_the_project(engine: Engine) -> None:
    weights = {
        "w_shaped_first_touch": 0.4,
        "w_shaped_lead_creation": 0.0,
        "w_shaped_opportunity_creation": 0.4,
        "w_shaped_middle": 0.2,
    }
    hold(engine, "fct_touches", T13A[:5])
    hold(engine, "fct_opportunities", [deal("o1", "a1")])
    found = ask(engine, "attribution", "touch_no, credit", "where model = 'w_shaped' order by touch_no", **weights)
    assert dict(found) == pytest.approx({1: 0.4, 2: 0.1, 4: 0.1, 5: 0.4})


def test_touches_after_the_deal_or_before_the_look_back_do_not_count(engine: Engine) -> None:
    outside = [touch("a1", 21), {**touch("a1", 1), "touch_id": "old", "touched_date": "2025-12-21"}]
    hold(engine, "fct_touches", [*outside, touch("a1", 20), touch("other", 1)])
    hold(engine, "fct_opportunities", [deal("o1", "a1"), deal("o2", "nobody", None)])
    found = ask(
        engine, "attribution", "opportunity_id, touch_id, channel, credit, null_reason", "where model = 'linear' order by all"
    )
    assert found == [
        ("o1", "a1-20", "Web", 1.0, "campaign_id=not_known"),
        ("o2", "unattributed", "unattributed", 1.0, "campaign_id=not_known;touched_date=no_touch;credited_amount=amount_unknown"),
    ]
    inside = ask(engine, "attribution", "count(*)", "where model = 'linear'", attribution_lookback_days=181)
    assert inside == [(3,)]


def test_the_disagreement_is_the_largest_less_the_smallest_share(engine: Engine) -> None:
    hold(engine, "fct_touches", [touch("a1", 1, lead=True), touch("a1", 2, channel="Fair"), touch("a1", 3, channel="Fair")])
    hold(engine, "fct_opportunities", [deal("o1", "a1")])
    engine.execute(f"create or replace view main.attribution as {project().model['attribution'].sql}")
    columns = "channel, share_first, share_last, share_linear, share_w_shaped, disagreement_index"
    found = {row[0]: row[1:] for row in ask(engine, "attribution_channel", columns)}
    assert found["Web"] == pytest.approx((1, 0, 1 / 3, 0.6, 1))
    assert found["Fair"] == pytest.approx((0, 1, 2 / 3, 0.4, 1))


def state(name: str, from_date: str, until: str | None, amount: int | None, close: str, stage: str = "quote") -> dict[str, Any]:
    is_open = stage not in ("won", "lost")
    days = {"expected_close_date": close, "from_date": from_date, "until_date": until}
    return {"opportunity_id": name, "stage": stage, "amount": amount, "is_open": is_open, **days}


IN, OUT = "2026-12-20", "2027-01-20"
"""An expected close inside the quarter of November 2026, and one behind it."""
BEFORE, DURING = "2026-10-05", "2026-11-10"


def movements(engine: Engine, states: Rows, month: str = "2026-11-01") -> dict[str, int]:
    days = [{"date": dt.date(2026, 10, 1) + dt.timedelta(days=n), "fiscal_quarter_start": "2026-10-01"} for n in range(92)]
    hold(engine, "dim_fiscal_calendar", days)
    hold(engine, "int_opportunity_states", states)
    hold(
        engine,
        "fct_opportunities",
        [{"opportunity_id": name, "owner": "o"} for name in {row["opportunity_id"] for row in states}],
    )
    hold(engine, "dim_owner", [{"owner": "o", "team": "東日本"}])
    names = (
        "opening",
        "created",
        "pulled_in",
        "amount_up",
        "amount_down",
        "pushed_out",
        "lost",
        "won",
        "closing",
        "check_amount",
    )
    ((*values,),) = ask(engine, "pipeline_movement", ", ".join(names), f"where month = '{month}' and sales_unit = '東日本'")
    return {name: int(value) for name, value in zip(names, values, strict=True) if value}


def test_the_pipeline_of_the_published_vector_closes(engine: Engine) -> None:
    found = movements(
        engine,
        [
            state("stays", BEFORE, DURING, 20, IN), state("stays", DURING, None, 25, IN),
            state("falls", BEFORE, DURING, 20, IN), state("falls", DURING, None, 17, IN),
            state("pushed", BEFORE, DURING, 20, IN), state("pushed", DURING, None, 20, OUT),
            state("lost", BEFORE, DURING, 15, IN), state("lost", DURING, None, 15, IN, "lost"),
            state("won", BEFORE, DURING, 25, IN), state("won", DURING, None, 25, IN, "won"),
            state("pulled", BEFORE, DURING, 10, OUT), state("pulled", DURING, None, 10, IN),
            state("new", DURING, None, 40, IN),
        ],
    )  # fmt: skip
    assert found == {
        "opening": 100, "created": 40, "pulled_in": 10, "amount_up": 5, "amount_down": 3,
        "pushed_out": 20, "lost": 15, "won": 25, "closing": 92,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (
            [state("d", BEFORE, DURING, 10, IN), state("d", DURING, None, 12, IN, "won")],
            {"opening": 10, "amount_up": 2, "won": 12},
        ),
        ([state("d", BEFORE, DURING, 10, OUT), state("d", DURING, None, 10, OUT, "won")], {"pulled_in": 10, "won": 10}),
        ([state("d", BEFORE, DURING, 10, OUT), state("d", DURING, None, 10, OUT, "lost")], {}),
        ([state("d", DURING, "2026-11-12", 10, IN), state("d", "2026-11-12", None, 9, IN, "lost")], {"created": 9, "lost": 9}),
        ([state("d", BEFORE, DURING, 10, IN, "won"), state("d", DURING, None, 10, IN)], {"created": 10, "closing": 10}),
        ([state("d", BEFORE, DURING, None, IN), state("d", DURING, None, 8, IN)], {"amount_up": 8, "closing": 8}),
        ([state("d", BEFORE, None, 10, "2026-10-20")], {"opening": 10, "closing": 10}),
    ],
    ids=[
        "won for more",
        "won early",
        "lost out of the period",
        "came and went",
        "opened again",
        "amount becomes known",
        "overdue",
    ],
)
def test_each_way_through_a_month_is_told(engine: Engine, states: Rows, expected: dict[str, int]) -> None:
    assert movements(engine, states) == expected


def test_what_happens_after_the_as_of_date_is_not_known(engine: Engine) -> None:
    late = [state("d", BEFORE, "2026-11-21", 10, IN), state("d", "2026-11-21", None, 10, IN, "won")]
    assert movements(engine, late) == {"opening": 10, "closing": 10}


def cohorts(engine: Engine, *sizes: tuple[str, int, int]) -> None:
    """Let each campaign bring so many appointments in May 2024, of which so many became valid deals a month later."""
    cycles, links, deals = [], [], []
    for campaign, appointments, valid in sizes:
        for number in range(appointments):
            cycle, name = f"{campaign}-{number}", f"{campaign}-d{number}"
            days = {"lead_date": "2024-05-02", "mql_date": "2024-05-03", "appointment_date": "2024-05-10"}
            cycles.append({"person_cycle_id": cycle, "person_id": cycle, "cycle_no": 1, "campaign_id": campaign, **days})
            if number < valid:
                links.append({"opportunity_id": name, "person_cycle_id": cycle})
                deals.append({**deal(name, "a", day="2024-05-20"), "valid_opportunity_date": "2024-06-01"})
    for name, rows in (("fct_person_cycles", cycles), ("int_opportunity_cycles", links), ("fct_opportunities", deals)):
        hold(engine, name, rows)


def test_small_campaigns_are_drawn_to_the_rate_of_the_company(engine: Engine) -> None:
    cohorts(engine, ("a", 20, 4), ("b", 20, 6))
    found = ask(engine, "campaign_feedback", "campaign_id, valid_rate, valid_rate_company, valid_rate_shrunk", "order by all")
    assert found[0] == ("a", 0.2, 0.25, pytest.approx(0.225))


def test_three_of_five_is_no_better_than_forty_of_two_hundred_looks(engine: Engine) -> None:
    cohorts(engine, ("few", 5, 3), ("many", 200, 40), ("rest", 20, 2))
    found = {row[0]: row[1:] for row in ask(engine, "campaign_feedback", "campaign_id, valid_rate_shrunk, rank_allowed")}
    assert found == {
        "few": (pytest.approx(0.28), False),
        "many": (pytest.approx(0.20), True),
        "rest": (pytest.approx(0.15), True),
    }


def test_the_intervals_are_the_published_ones_of_wilson(engine: Engine) -> None:
    cohorts(engine, ("a", 263, 81), ("b", 148, 15), ("c", 20, 0), ("d", 29, 1))
    found = {row[0]: row[1:] for row in ask(engine, "campaign_feedback", "campaign_id, ci_low, ci_high")}
    told = {"a": (0.2553, 0.3662), "b": (0.0624, 0.1605), "c": (0, 0.1611), "d": (0.0061, 0.1718)}
    assert found == {name: pytest.approx(bounds, abs=5e-5) for name, bounds in told.items()}


def test_a_month_with_a_cost_and_no_lead_stands_with_its_reasons(engine: Engine) -> None:
    hold(engine, "fct_campaign_costs", [{"campaign_id": "a", "cost": 500, "cost_month": "2026-10-01"}])
    columns = "campaign_id, leads, cost, cost_per_valid, valid_rate, is_mature, null_reason"
    ((*found, reason),) = ask(engine, "campaign_feedback", columns)
    assert found == ["a", 0, Decimal(500), None, None, False]
    assert "cost_per_valid=zero_denominator" in reason and "valid_rate=zero_denominator" in reason


def test_results_are_due_when_the_meeting_is_older_than_the_agreed_business_days(engine: Engine) -> None:
    held = {"person_cycle_id": "a-0", "status": "held"}
    days = [{"date": dt.date(2026, 11, 1) + dt.timedelta(days=n)} for n in range(30)]
    hold(engine, "dim_fiscal_calendar", [{**day, "is_business_day": day["date"].weekday() < 5} for day in days])
    cohorts(engine, ("a", 1, 0))
    friday, monday = "2026-11-13", "2026-11-16"  # 5 and 4 business days before Friday the 20th
    rows = [
        ("1", "2026-11-12", "2026-11-13"),
        ("2", "2026-11-12", None),
        ("3", "2026-11-05", "2026-11-12"),
        ("4", friday, monday),
        ("6", "2026-11-04", "2026-11-13"),  # seven business days: a result, but not in time
    ]
    made = [
        {**held, "appointment_id": name, "held_date": day, "disposition_date": back, "disposition": back and "valid"}
        for name, day, back in rows
    ]
    hold(engine, "int_appointments", [*made, {**held, "appointment_id": "5", "status": "no_show"}])
    columns = "feedback_due, feedback_given, feedback_rate, median_feedback_days"
    assert ask(engine, "campaign_feedback", columns) == [(4, 2, 0.5, 5.0)]  # one business day, five, and seven
    assert ask(engine, "int_appointment_feedback", "count(*), count(*) filter (is_in_time)", feedback_business_days=4) == [(5, 2)]


def test_who_entered_a_stage_is_converted_lost_or_open(engine: Engine) -> None:
    def cycle(name: str, no: int, lead: str, **days: str) -> dict[str, Any]:
        key = {"person_cycle_id": f"{name}-{no}", "person_id": name, "cycle_no": no, "channel": "Web"}
        return {**key, "lead_date": lead, **days}

    hold(
        engine,
        "fct_person_cycles",
        [
            cycle("won over", 1, "2026-06-01", mql_date="2026-06-05"),
            cycle("given up", 1, "2026-06-02"), cycle("given up", 2, "2026-09-01"),
            cycle("waiting", 1, "2026-06-03"),
            cycle("later", 1, "2026-06-04", mql_date="2026-11-21"),
        ],
    )  # fmt: skip
    columns = "entered, converted, lost, open, rate_to_date, median_days, stage_owner"
    found = ask(engine, "funnel", columns, "where stage = 'lead' and cohort_month = '2026-06-01'")
    assert found == [(4, 1, 1, 2, 0.25, 4.0, "marketing")]


def test_answered_appointments_are_those_of_the_published_vector(engine: Engine) -> None:
    days = [dt.date(2026, 9, 1) + dt.timedelta(days=n) for n in range(91)]
    hold(engine, "dim_fiscal_calendar", [{"date": day, "is_business_day": day.weekday() < 5} for day in days])
    meeting = {"status": "held", "held_date": "2026-10-05"}
    answered = {**meeting, "disposition": "valid", "disposition_date": "2026-10-12"}  # the fifth business day
    late = {**answered, "disposition_date": "2026-10-13"}
    hold(engine, "int_appointments", [*[answered] * 41, *[late] * 4, *[meeting] * 5])
    columns = "appointments_due, with_disposition, with_late_disposition, feedback_rate, median_days"
    found = ask(engine, "sharing", columns, "where direction = 'sales_to_marketing' and month = '2026-10-01'")
    assert found == [(50, 41, 4, 0.82, 5.0)]


def test_issues_are_open_until_the_day_they_are_closed(engine: Engine) -> None:
    days = [dt.date(2026, 9, 1) + dt.timedelta(days=n) for n in range(91)]
    hold(engine, "dim_fiscal_calendar", [{"date": day, "is_business_day": True} for day in days])
    opened = {
        "1": ("sales", "2026-09-10", "2026-10-31"),
        "2": ("sales", "2026-10-01", "2026-11-25"),
        "3": ("marketing", "2026-11-01", None),
    }
    rows = [{"issue_id": name, "raised_by": who, "opened_date": a, "closed_date": b} for name, (who, a, b) in opened.items()]
    hold(engine, "fct_issues", [*rows, {"issue_id": "4", "raised_by": "sales", "opened_date": "2026-11-21"}])
    found = ask(
        engine, "sharing", "month, open_issues, oldest_issue_days", "where direction = 'sales_to_marketing' order by month"
    )
    assert found == [(dt.date(2026, 9, 1), 1, 20), (dt.date(2026, 10, 1), 1, 30), (dt.date(2026, 11, 1), 1, 50)]
    listed = ask(engine, "issue", "issue_id, is_open, closed, age_days", "order by issue_id")
    assert listed == [("1", False, dt.date(2026, 10, 31), 51), ("2", True, None, 50), ("3", True, None, 19)]


def test_where_nothing_is_due_there_is_no_rate(engine: Engine) -> None:
    hold(engine, "dim_fiscal_calendar", [{"date": "2026-11-20", "is_business_day": True}])
    hold(engine, "int_appointments", [{"status": "held", "held_date": "2026-11-20"}])
    found = dict(ask(engine, "sharing", "direction, null_reason", "where feedback_rate is null"))
    assert "feedback_rate=zero_denominator" in found["sales_to_marketing"]
    assert "feedback_rate=other_direction" in found["marketing_to_sales"]
