"""What the tests of the goals build on: a company, goal files, and numbers kept in a small database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from textwrap import dedent, indent

from pipeline.decode import read
from pipeline.engines.duckdb import Engine, open_engine
from pipeline.findings import Finding, KgiError
from pipeline.goals import Goal, MetricFact, read_goals
from pipeline.metrics import Question
from pipeline.profile import Company
from pipeline.shapes import Column, Table, quote

COMPANY = Company(company_days=("12-29..01-03",), confirmed_through=dt.date(2026, 12, 31))
METRICS = (
    "created_pipeline_amount",
    "valid_opportunities",
    "opportunities",
    "appointments",
    "mql",
    "leads",
    "won",
    "won_amount",
    "unit_price",
    "valid_rate",
    "appointment_rate",
    "mql_rate",
)
LINES: dict[str, str] = {
    "name": "appointments_fy2026",
    "label": "{ja: アポイント獲得数, en: Appointments}",
    "phase": "early",
    "metric": "appointments",
    "unit": "件",
    "direction": "up",
    "roles": "{marketing: sato, sales: tanaka}",
    "period": "{fiscal_year: 2026}",
    "target": "{value: 200}",
}
PIPELINE: dict[str, str] = {
    "name": "mktg_pipeline",
    "label": "{ja: マーケ創出の商談見込み金額, en: Marketing-created pipeline}",
    "phase": "late",
    "metric": "created_pipeline_amount",
    "unit": "JPY",
    "target": "{shortfall_share: {sales_target: 500000000, sales_landing: 380000000, share: 0.5, share_basis: revenue}}",
    "tree": dedent(
        """
        created_pipeline_amount: "sum over channel (valid_opportunities * unit_price)"
        valid_opportunities: appointments * valid_rate
        appointments: mql * appointment_rate
        mql: leads * mql_rate
        won: valid_opportunities * win_rate
        """
    ),
    "plan_rates": "{agreed: {win_rate: 0.25, unit_price: 3000000, valid_rate: 0.40, appointment_rate: 0.20, mql_rate: 0.10}}",
}


def goal_text(**changed: str | None) -> str:
    """Write a goal file of one goal; None leaves a key out."""
    lines = {**LINES, **changed}
    body = "\n".join(
        f"{key}:\n{indent(value.strip(), '  ')}" if "\n" in value else f"{key}: {value}"
        for key, value in lines.items()
        if value is not None
    )
    return "version: 1\nkgi:\n  -\n" + indent(body, "    ") + "\n"


def goals_of(*texts: str, company: Company = COMPANY, facts: Mapping[str, MetricFact] | None = None) -> tuple[Goal, ...]:
    """Read goal files."""
    documents = [read(text, f"metrics/goals/goal_{number}.yml") for number, text in enumerate(texts)]
    return read_goals(documents, company, METRICS, facts=facts)


def goal_of(**changed: str | None) -> Goal:
    """Read a file of one goal."""
    (goal,) = goals_of(goal_text(**changed))
    return goal


def faults_of(*texts: str, facts: Mapping[str, MetricFact] | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with goal files."""
    try:
        goals_of(*texts, facts=facts)
    except KgiError as error:
        return error.findings
    return ()


def fact(name: str, kind: str = "count", unit: str = "件") -> MetricFact:
    """Describe a metric."""
    return MetricFact(name, kind, unit, f"{name}の表示名", name.title())  # type: ignore[arg-type]


FACTS = {
    each.name: each
    for each in (
        fact("created_pipeline_amount", "amount", "JPY"),
        fact("won_amount", "amount", "JPY"),
        fact("unit_price", "ratio", "JPY"),
        fact("valid_rate", "rate", ""),
        fact("appointment_rate", "ratio", ""),
        fact("mql_rate", "rate", ""),
        *(fact(name) for name in ("valid_opportunities", "opportunities", "appointments", "mql", "leads", "won")),
    )
}


def silent(question: Question) -> Table:
    """Answer that there is nothing."""
    return Table(tuple(Column(name, "DOUBLE") for name in (*question.group_by, *question.metrics)), ())


SELECTS = {
    "appointments": "count(*) filter (where stage = 'appointment')",
    "valid_opportunities": "count(*) filter (where stage = 'valid')",
    "created_pipeline_amount": "cast(sum(amount) as decimal(18, 2))",
    "valid_rate": "cast(count(*) filter (where stage = 'valid') as double)"
    " / nullif(count(*) filter (where stage = 'appointment'), 0)",
}
PARTS = {
    "valid_rate": (
        "count(*) filter (where stage = 'valid')",
        "count(*) filter (where stage = 'appointment')",
    )
}


def small_database() -> Engine:
    """Open a database of a few events: two in April, none in May, one in June with no channel, one after the cut-off."""
    engine = open_engine(None)
    engine.execute("create table events (day date, stage varchar, channel varchar, amount decimal(18, 2))")
    engine.execute(
        """
        insert into events values
            ('2026-04-01', 'appointment', 'web', null), ('2026-04-30', 'appointment', 'webinar', null),
            ('2026-04-15', 'valid', 'web', 1500000.50), ('2026-06-10', 'appointment', null, null),
            ('2026-06-20', 'valid', 'web', 1000000), ('2026-06-25', 'appointment', 'web', null)
        """
    )
    return engine


def asking(engine: Engine) -> Callable[[Question], Table]:
    """Return an `ask` over `events`, written by hand."""

    def ask(question: Question) -> Table:
        (metric,) = question.metrics
        if metric not in SELECTS:
            return silent(question)
        keys = {"metric_time__month": "date_trunc('month', day)"}
        groups = [f"{keys.get(name, name)} as {quote(name)}" for name in question.group_by]
        values = [f"{SELECTS[metric]} as {quote(metric)}"]
        if question.parts and metric in PARTS:
            top, bottom = PARTS[metric]
            values += [f"{top} as {metric}__numerator", f"{bottom} as {metric}__denominator"]
        where = f"day between date '{question.start_time}' and date '{question.end_time}' and day <= date '{question.cutoff}'"
        listed = ", ".join(groups + values)
        return engine.table(f"select {listed} from events where {where}" + (" group by all" if groups else ""))

    return ask
