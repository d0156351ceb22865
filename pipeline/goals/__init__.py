"""Goals: numbers and targets -> where each goal stands, what each KPI must reach. Pure functions over what others measured."""

from __future__ import annotations

from pipeline.goals.calendar import (
    add_months,
    calendar_columns,
    fiscal_calendar,
    fiscal_start,
    fiscal_year_of,
    write_calendar,
)
from pipeline.goals.definitions import Definitions, agreement_findings, read_definitions
from pipeline.goals.facts import facts_of, publish_requests
from pipeline.goals.fitting import unit_findings
from pipeline.goals.goal import Goal
from pipeline.goals.initiative import Initiative
from pipeline.goals.initiative_spec import read_initiatives
from pipeline.goals.invariants import check_scorecard
from pipeline.goals.kpi import Cut, Grain, PublishRequest
from pipeline.goals.measuring import NO_MEMBER, TOTAL, Ask, Measured, MetricFact, ValueKind, Want, Window, measure
from pipeline.goals.schema import agreements_schema, goals_schema, initiatives_schema
from pipeline.goals.score import Scorecard, calendar_span, score
from pipeline.goals.spec import read_goals
from pipeline.goals.tables import COMMENTS, RESTATEMENT, TABLES, Row, TableSpec

__all__ = [
    "COMMENTS",
    "NO_MEMBER",
    "RESTATEMENT",
    "TABLES",
    "TOTAL",
    "Ask",
    "Cut",
    "Definitions",
    "Goal",
    "Grain",
    "Initiative",
    "Measured",
    "MetricFact",
    "PublishRequest",
    "Row",
    "Scorecard",
    "TableSpec",
    "ValueKind",
    "Want",
    "Window",
    "add_months",
    "agreement_findings",
    "agreements_schema",
    "calendar_columns",
    "calendar_span",
    "check_scorecard",
    "facts_of",
    "fiscal_calendar",
    "fiscal_start",
    "fiscal_year_of",
    "goals_schema",
    "initiatives_schema",
    "measure",
    "publish_requests",
    "read_definitions",
    "read_goals",
    "read_initiatives",
    "score",
    "unit_findings",
    "write_calendar",
]
