"""Goals, the calendar and the numbers of the metric layer -> the scorecard of one as-of date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.findings import Finding, Severity, finding
from pipeline.goals.acting.actions import action_part
from pipeline.goals.acting.collaboration import collaboration_part
from pipeline.goals.acting.effect import initiative_effect_part
from pipeline.goals.acting.ledger import coverage, initiative_part
from pipeline.goals.acting.pdca import pdca_part
from pipeline.goals.agreed import agreed, agreement_states
from pipeline.goals.calendar import (
    Calendar,
    add_months,
    calendar_findings,
    fiscal_calendar,
    fiscal_start,
    fiscal_year_of,
    month_end,
)
from pipeline.goals.definitions import Definitions
from pipeline.goals.explain import gap_part
from pipeline.goals.forecasts import backtest_part, forecast_part
from pipeline.goals.goal import Goal, MultipleOfBaseline
from pipeline.goals.guardrails.part import guardrail_part, guardrail_states
from pipeline.goals.initiative import Initiative
from pipeline.goals.kpi import PublishRequest, kpi_rows
from pipeline.goals.levers.part import lever_part
from pipeline.goals.measuring import Ask, Measured, MetricFact, Want, Window, measure
from pipeline.goals.needed import with_needs
from pipeline.goals.outlook import Flows, horizon_of, outlook_of
from pipeline.goals.past import Past, settled
from pipeline.goals.path import dimension_of
from pipeline.goals.phases.part import readiness_part
from pipeline.goals.plan import Plan, make_plan, metrics_of, plan_findings, target_rows, windows_of
from pipeline.goals.plan_versions import in_force
from pipeline.goals.progress import kgi_rows
from pipeline.goals.realism import Before, Judgement, blocked, judgements, realism_findings, realism_rows
from pipeline.goals.rows import KgiRow, KpiRow, KpiTargetRow
from pipeline.goals.scene import Memory, NoMemory, Part, Scene
from pipeline.goals.spread import spread_months
from pipeline.goals.tables import GUARDRAIL, KGI, KPI, KPI_TARGET, PLAN_VERSION, REALISM, Row
from pipeline.goals.tree_rows import tree_part
from pipeline.metrics import SemanticManifest
from pipeline.profile import Company
from pipeline.shapes import Table

PARTS: tuple[Callable[[Scene], Part], ...] = (
    agreed,
    forecast_part,
    backtest_part,
    gap_part,
    tree_part,
    guardrail_part,
    lever_part,
    readiness_part,
    initiative_part,
    initiative_effect_part,
    action_part,
    pdca_part,
    collaboration_part,
)
"""What is worked out of a scene beside the three tables that every goal has, in this order."""
_LENGTHS = {"month": 1, "fiscal_quarter": 3, "fiscal_half": 6, "fiscal_year": 12}


@dataclass(frozen=True)
class Scorecard:
    """What one night says about the goals: the rows of its tables, and what a person must look at."""

    kgi: tuple[KgiRow, ...] = ()
    kpi: tuple[KpiRow, ...] = ()
    kpi_target: tuple[KpiTargetRow, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
    others: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    """The rows of every further table, by its name."""

    def rows(self, table: str) -> tuple[Row, ...]:
        """Return the rows of a table by its name; empty where the night gives it none."""
        own: dict[str, Sequence[KgiRow | KpiRow | KpiTargetRow]]
        own = {KGI.name: self.kgi, KPI.name: self.kpi, KPI_TARGET.name: self.kpi_target}
        # asdict copies deeply, which thousands of flat rows do not need
        return tuple(dict(vars(row)) for row in own[table]) if table in own else self.others.get(table, ())


def score(
    goals: Sequence[Goal],
    facts: Mapping[str, MetricFact],
    ask: Ask,
    company: Company,
    as_of: dt.date,
    run_id: str,
    *,
    publish: Iterable[PublishRequest] = (),
    frozen: Mapping[tuple[str, int], float] | None = None,
    memory: Memory | None = None,
    table: Callable[[str], Table | None] = lambda _: None,
    definitions: Definitions | None = None,
    ask_of: Callable[[SemanticManifest], Ask] | None = None,
    initiatives: Sequence[Initiative] = (),
) -> Scorecard:
    """Measure every goal, in the version that holds on a date, and every node of its tree against its target as of its end.

    `facts` describes the metrics that can be asked; `publish` names further metrics for `kpi`, over this fiscal year and the
    one before; `frozen` holds by (kgi, plan_version) the targets an earlier night derived from data; `memory` is what the sealed
    nights said, `table` gives a mart's rows; `definitions` is what was agreed on, `ask_of` asks metrics as another definition
    has them; `initiatives` are what is done. A metric that cannot be answered gives rows with a reason and a warning.
    Source: docs/goals.md#score.
    """
    versions, goals, known_before = tuple(goals), in_force(goals, as_of), memory or NoMemory()
    calendar = fiscal_calendar(company, *calendar_span(goals, company, as_of))
    past = Past(ask, facts, calendar, as_of, known_before.first("kpi_target", "kgi_id", "plan_version"))
    goals, said = settled(goals, past)
    requests = tuple(publish)
    spans = {request: _windows(request, company, as_of) for request in requests if request.metric in facts}
    measured = measure(_wants(goals, facts, calendar, spans), facts, ask, as_of)

    plans, judged = _planned(goals, past, measured, frozen or {}, known_before)
    targets = tuple(row for plan in plans for row in target_rows(plan, facts, as_of, run_id))
    agreed_on = definitions or Definitions()
    flows = Flows(ask, facts, calendar, as_of, ask_of(agreed_on.at(as_of)) if ask_of and agreed_on.has_changed(as_of) else None)
    outlooks = {plan.goal.name: outlook_of(plan, flows, measured) for plan in plans}
    targets = with_needs(targets, plans, outlooks, measured, flows)
    known = (goals, tuple(plans), facts, measured, calendar, company, as_of, run_id, ask, flows, outlooks)
    agreement = (versions, agreed_on, ask_of or (lambda _: ask))
    parts: list[Part] = []
    for part in PARTS:
        rows = {name: rows for each in parts for name, rows in each.rows.items()}
        scene = Scene(*known, known_before, table, rows, *agreement, tuple(initiatives))
        parts.append(part(scene))
    others = {name: rows for part in parts for name, rows in part.rows.items()}
    others[REALISM.name] = realism_rows(judged, as_of, run_id)
    return Scorecard(
        kgi=_kgi_rows(scene, others),
        kpi=kpi_rows(plans, targets, spans, facts, measured, flows, run_id, version_of=agreed_on.version_of),
        kpi_target=targets,
        findings=(
            *_horizon(goals, company),
            *(each for plan in plans for each in plan_findings(plan)),
            *_unknown(goals, requests, facts),
            *_failures(goals, measured, facts),
            *said,
            *(each for plan in plans for each in realism_findings(plan, judged[plan.goal.name])),
            *flows.findings,
            *(each for part in parts for each in part.findings),
        ),
        others=others,
    )


def _kgi_rows(scene: Scene, others: Mapping[str, tuple[Row, ...]]) -> tuple[KgiRow, ...]:
    """Return the rows of every goal, with what guardrails, agreements and initiatives say of it."""
    guarded = guardrail_states(scene.goals, others.get(GUARDRAIL.name, ()))
    signed = agreement_states(others.get(PLAN_VERSION.name, ()))
    return tuple(
        row
        for plan in scene.plans
        for row in kgi_rows(
            plan,
            scene.outlooks[plan.goal.name],
            scene.facts,
            scene.measured,
            scene.calendar,
            scene.as_of,
            scene.run_id,
            guarded=guarded[plan.goal.name],
            agreement=signed.get((plan.goal.name, plan.goal.plan_version)),
            covered=coverage(scene, plan),
        )
    )


def _planned(
    goals: Sequence[Goal], past: Past, measured: Measured, frozen: Mapping[tuple[str, int], float], memory: Memory
) -> tuple[list[Plan], dict[str, Judgement]]:
    """Plan every goal, and judge whether the plan can come true: an unrealistic one gives its KPIs no targets."""

    def baseline(rule: MultipleOfBaseline) -> float | None:
        over = rule.baseline.end <= past.as_of
        return measured.total(rule.metric, _baseline_window(rule)).value if over else None

    by_name = {goal.name: goal for goal in goals}
    plans = [make_plan(goal, by_name, past.calendar, baseline, frozen, past.sales(goal.period)) for goal in goals]
    judged = judgements(plans, Before(past.ask, past.facts), memory, past.as_of)
    return [blocked(plan, judged[plan.goal.name]) for plan in plans], judged


def calendar_span(goals: Iterable[Goal], company: Company, as_of: dt.date) -> tuple[dt.date, dt.date]:
    """Return the days that the calendar of a night must hold: two fiscal years, and every goal's past, period, horizon."""
    year = fiscal_year_of(company, as_of)
    begins = [min(goal.period.start, goal.holds_from).replace(day=1) for goal in goals]
    before = [add_months(day, -max(12, (goal.seasonal_months or 0) + 1)) for day, goal in zip(begins, goals, strict=True)]
    starts = [fiscal_start(company, year - 1), *before]
    ends = [month_end(fiscal_start(company, year, 11)), *(horizon_of(goal.period.end) for goal in goals)]
    return min(starts), max(ends)


def _windows(request: PublishRequest, company: Company, as_of: dt.date) -> tuple[Window, ...]:
    """Return the started windows of this fiscal year and of the one before."""
    length = _LENGTHS[request.grain]
    first = fiscal_start(company, fiscal_year_of(company, as_of) - 1)
    starts = [add_months(first, offset) for offset in range(0, 24, length)]
    return tuple(Window(request.grain, start, month_end(add_months(start, length - 1))) for start in starts if start <= as_of)


def _wants(
    goals: Iterable[Goal],
    facts: Mapping[str, MetricFact],
    calendar: Calendar,
    spans: Mapping[PublishRequest, tuple[Window, ...]],
) -> Iterable[Want]:
    for goal in goals:
        windows = windows_of(goal, spread_months(goal, calendar))
        by = dimension_of(goal.tree)
        for metric in metrics_of(goal, facts):
            cut = facts[metric].cut(by) if by else None
            yield from (Want(metric, each, windows) for each in dict.fromkeys((None, cut)))
        if isinstance(goal.target, MultipleOfBaseline) and goal.target.metric in facts:
            yield Want(goal.target.metric, None, (_baseline_window(goal.target),))
    for request, windows in spans.items():
        yield from (Want(request.metric, by, windows) for by in (None, *(cut.group_by for cut in request.dimensions)))


def _baseline_window(rule: MultipleOfBaseline) -> Window:
    return Window("baseline", rule.baseline.start, rule.baseline.end)


def _horizon(goals: Sequence[Goal], company: Company) -> tuple[Finding, ...]:
    return calendar_findings(company, max(goal.period.end for goal in goals)) if goals else ()


def _unknown(goals: Iterable[Goal], requests: Iterable[PublishRequest], facts: Mapping[str, MetricFact]) -> tuple[Finding, ...]:
    """Warn of a metric that a goal or a request names and nobody described; its rows carry the reason."""
    places = {goal.metric: goal.place for goal in goals} | {request.metric: None for request in requests}
    return tuple(
        finding("goal_metric_failed", place, severity=Severity.WARNING, name=name, problem="it is not in the catalogue")
        for name, place in places.items()
        if name not in facts
    )


def _failures(goals: Sequence[Goal], measured: Measured, facts: Mapping[str, MetricFact]) -> Iterable[Finding]:
    """Pass on what could not be measured: unsound where a goal stands on it, a warning where it is only published."""
    needed = {name for goal in goals for name in metrics_of(goal, facts)}
    failed = {metric for metric, _ in measured.failed}
    unsound = Severity.UNSOUND if needed & failed else Severity.WARNING
    return (replace(each, severity=unsound) for each in measured.findings)
