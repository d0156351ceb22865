"""The outlooks of a night -> the rows of forecast and funnel_lag, and how earlier forecasts turned out."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.goals.calendar import add_months
from pipeline.goals.flow import Flow
from pipeline.goals.landing import SEED
from pipeline.goals.measuring import Window
from pipeline.goals.outlook import Outlook
from pipeline.goals.scene import Part, Scene
from pipeline.goals.tables import BACKTEST, FORECAST, FUNNEL_LAG, Row


def forecast_part(scene: Scene) -> Part:
    """Write where each goal and each of its months lands by component, and the curves that say so."""
    flows = {flow.cohorts.metric: flow for flow in _flows(scene) if flow.cohorts and flow.curve}
    return Part(
        {
            FORECAST.name: tuple(row for goal, each in scene.outlooks.items() for row in _landings(scene, goal, each)),
            FUNNEL_LAG.name: tuple(row for flow in flows.values() for row in _lags(scene, flow)),
        }
    )


def backtest_part(scene: Scene) -> Part:
    """Hold the landings of earlier nights, the first of each month, against what came in the days that are over since."""
    rows = []
    for said in scene.memory.first("kgi", "kgi_id", "grain", "period_start", monthly=True):
        if said["landing_p50"] is None or said["period_end"] > scene.as_of or said["as_of_date"] >= said["period_end"]:  # type: ignore[operator]
            continue
        rows.append(_judged(scene, said))
    return Part({BACKTEST.name: tuple(row for row in rows if row is not None)})


def _flows(scene: Scene) -> Iterable[Flow]:
    return (each.flow for each in scene.outlooks.values() if each.flow is not None)


def _landings(scene: Scene, goal: str, outlook: Outlook) -> Iterable[Row]:
    flow = outlook.flow
    mature = flow.cohorts.mature().entered if flow and flow.cohorts and flow.curve else None
    for window, landing in outlook.landings.items():
        for each in landing.components:
            yield FORECAST.row(
                {"n_mature": "no_curve"},
                as_of_date=scene.as_of,
                kgi_id=goal,
                grain=window.grain,
                period_start=window.start,
                period_end=window.end,
                component=each.name,
                expected=each.expected,
                variance=each.variance,
                p10=each.p10,
                p50=each.p50,
                p90=each.p90,
                model=landing.model,
                seed=SEED,
                n_open=landing.n_open,
                n_mature=mature,
                run_id=scene.run_id,
            )


def _lags(scene: Scene, flow: Flow) -> Iterable[Row]:
    cohorts, curve = flow.cohorts, flow.curve
    assert cohorts is not None and curve is not None
    for age, hazard in enumerate(curve.hazard):
        yield FUNNEL_LAG.row(
            as_of_date=scene.as_of,
            earlier=cohorts.earlier,
            later=cohorts.later,
            conversion=cohorts.metric,
            age_weeks=age + 1,
            at_risk=curve.at_risk[age],
            events=curve.events[age],
            lost=curve.lost[age],
            hazard=hazard,
            cumulative=curve.cumulative[age],
            se=curve.standard_error[age],
            window_from=add_months(scene.as_of.replace(day=1), -flow.path.months),
            tail_unobserved=curve.tail_unobserved,
            run_id=scene.run_id,
        )


def _judged(scene: Scene, said: Row) -> Row | None:
    from pipeline.goals.statistics.predictive import pinball

    goal = next((each for each in scene.goals if each.name == said["kgi_id"] and each.metric == said["metric"]), None)
    if goal is None:
        return None
    window = Window(str(said["grain"]), said["period_start"], said["period_end"])  # type: ignore[arg-type]
    reading = scene.measured.total(goal.metric, window)
    p10, p50, p90, chance = (said[name] for name in ("landing_p10", "landing_p50", "landing_p90", "p_attain"))
    assert isinstance(p10, float) and isinstance(p50, float) and isinstance(p90, float)
    actual, target = reading.value, said["target"]
    if actual is None:
        return None
    reached = actual >= target - 1e-9 if isinstance(target, float) else None
    return BACKTEST.row(
        dict.fromkeys(("p_attain", "attained", "brier"), "no_target"),
        as_of_date=scene.as_of,
        kgi_id=goal.name,
        grain=window.grain,
        period_start=window.start,
        period_end=window.end,
        made_on=said["as_of_date"],
        horizon_days=(window.end - said["as_of_date"]).days,  # type: ignore[operator]
        p10=p10,
        p50=p50,
        p90=p90,
        actual=actual,
        error=actual - p50,
        covered=p10 <= actual <= p90,
        p_attain=chance,
        attained=reached,
        brier=(chance - reached) ** 2 if isinstance(chance, float) and reached is not None else None,
        pinball=pinball(actual, p90, 0.9),
        run_id=scene.run_id,
    )
