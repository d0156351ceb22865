"""What the score found, and what people decided -> the rows of `action`: what is to be done next for each goal.

A source is one function over the scene; it reads the rows that earlier parts have written (`scene.earlier`). A new source is
one entry of SOURCES.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from pipeline.goals.acting.ledger import served
from pipeline.goals.acting.recorded import Decided, concerns, decisions, issues
from pipeline.goals.calendar import month_end
from pipeline.goals.levers.part import TOGETHER, followed_by
from pipeline.goals.measuring import TOTAL
from pipeline.goals.phases.criterion import READABLE
from pipeline.goals.plan import Plan
from pipeline.goals.scene import Part, Scene
from pipeline.goals.tables import ACTION, GUARDRAIL, INITIATIVE_EFFECT, LEVER, READINESS, REALISM, Row

__all__ = ["SOURCES", "Proposal", "action_part"]


@dataclass(frozen=True)
class Proposal:
    """Something to be done for a goal; `recovery` and `result` are in the goal's unit, None where nobody knows."""

    kgi: str
    action: str
    source: str
    text_ja: str
    text_en: str
    recovery: float | None = None
    cost: float | None = None
    due: dt.date | None = None
    owner: str | None = None
    decision: str | None = None
    result: float | None = None


def action_part(scene: Scene) -> Part:
    """Write one row per goal and action: what the sources propose, in their order, then what people decided beside them.

    The newest decision on an action stands in its row, with its due date and owner, which count for more than the proposed ones.
    """
    newest = {(each.kgi, each.action or each.key): each for each in decisions(scene)}
    proposals: dict[tuple[str, str], Proposal] = {}
    known = {plan.goal.name for plan in scene.plans}
    decided = (_of_decision(each) for (kgi, _), each in newest.items() if kgi in known)
    for each in (*(one for source in SOURCES for one in source(scene)), *decided):
        proposals.setdefault((each.kgi, each.action), each)
    return Part({ACTION.name: tuple(_row(scene, each, newest.get(key)) for key, each in proposals.items())})


def _of_initiatives(scene: Scene) -> Iterator[Proposal]:
    """Propose what is next for each initiative: begin it, carry it through, or decide on what it brought."""
    effects = {row["initiative"]: row for row in scene.earlier.get(INITIATIVE_EFFECT.name, ())}
    for each in scene.initiatives:
        state, effect = each.state(scene.as_of), effects.get(each.name)
        if state == "cancelled":
            continue
        begun = each.done.start is not None and each.done.start <= scene.as_of
        ja, en, due = _NEXT["over" if state == "done" else "begun" if begun else "waiting"]
        days = {"start": each.planned.start, "end": each.planned.end, "read": _day(effect, "readable_from")}
        for goal in served(scene, each):
            own = effect is not None and effect["kgi_id"] == goal.plan.goal.name
            yield Proposal(
                goal.plan.goal.name,
                each.name,
                "initiative",
                ja.format(each.label_ja),
                en.format(each.label_en),
                goal.to_come,
                each.planned_cost,
                days[due],
                each.owner,
                each.decision,
                _number(effect, "kgi_effect") if own else None,
            )


_NEXT = {
    "waiting": ("施策「{}」を始める", "begin the initiative '{}'", "start"),
    "begun": ("施策「{}」をやり切る", "carry the initiative '{}' through", "end"),
    "over": (
        "施策「{}」の効果を見て継続・変更・中止を決める",
        "decide on the initiative '{}': continue, change or stop",
        "read",
    ),
}


def _of_issues(scene: Scene) -> Iterator[Proposal]:
    """Propose to settle each open issue that is about a goal; its free text stays out."""
    for issue in issues(scene):
        for plan in scene.plans:
            if issue.closed_on is None and concerns(issue, plan):
                ja = f"課題 {issue.key}({issue.metric}、{issue.opened_on} 起票)を解決する"
                en = f"settle the issue {issue.key} ({issue.metric}, raised on {issue.opened_on})"
                yield Proposal(plan.goal.name, f"issue_{issue.key}", "issue", ja, en, owner=issue.owner)


def _of_levers(scene: Scene) -> Iterator[Proposal]:
    """Propose the first of the ranked levers that still recover something, in the words of the cohorts it is read from.

    A goal with a gap of which it is known that no lever closes any part of it is to be planned anew.
    """
    rows = scene.earlier.get(LEVER.name, ())
    for plan in scene.plans:
        own = [row for row in rows if row["kgi_id"] == plan.goal.name and row["factor"] != TOGETHER and not _is_beside(row)]
        useful = [row for row in own if (_number(row, "recovery") or 0.0) > 0]
        if useful:
            yield _of_lever(scene, plan, min(useful, key=lambda row: _number(row, "rank") or 0.0))
        elif own and all(_number(row, "recovery") == 0 for row in own):
            ja, en = "期間内に効く打ち手がないため、KGI を見直す", "plan the goal anew: no lever acts within its period"
            yield Proposal(plan.goal.name, "plan_anew", "lever", ja, en)


def _of_lever(scene: Scene, plan: Plan, row: Row) -> Proposal:
    factor = str(row["factor"])
    fact = scene.facts.get(followed_by(scene, plan, factor) or factor)
    now, best = (_short(_number(row, column), fact.unit if fact is not None else "") for column in ("now", "best"))
    ja, en = (fact.label_ja, fact.label_en) if fact is not None else (factor, factor)
    daily_ja, daily_en = ("1営業日", " a business day") if fact is not None and fact.kind == "count" else ("", "")
    month = _day(row, "latest_useful_month")
    return Proposal(
        plan.goal.name,
        f"lever_{factor}",
        "lever",
        f"{ja}を{daily_ja} {now} から {best} に近づける",
        f"bring {en} from {now} towards {best}{daily_en}",
        _number(row, "recovery"),
        _number(row, "cost"),
        min(month_end(month), plan.goal.period.end) if month else None,
        plan.goal.owner(str(row["controller"])),
    )


def _is_beside(row: Row) -> bool:
    return "recovery=beside" in str(row["null_reason"] or "").split(";")


def _of_guardrails(scene: Scene) -> Iterator[Proposal]:
    """Propose to see to each guardrail of a goal that is watched or breached, in the words of its row."""
    for row in scene.earlier.get(GUARDRAIL.name, ()):
        if row["state"] not in ("watch", "breach") or row["channel"] != TOTAL:
            continue
        for plan in scene.plans:
            if any(rail.name == row["guardrail"] for rail in plan.goal.guardrails):
                name, owner = f"guardrail_{row['guardrail']}", row["owner"]
                ja, en = f"対処する: {row['text_ja']}", f"see to it: {row['text_en']}"
                yield Proposal(plan.goal.name, name, "guardrail", ja, en, owner=str(owner) if owner is not None else None)


def _of_realism(scene: Scene) -> Iterator[Proposal]:
    """Propose to revise a plan that is unlikely or unrealistic, in the words of its row."""
    for row in scene.earlier.get(REALISM.name, ()):
        if row["check"] == "overall" and row["verdict"] in ("unlikely", "unrealistic"):
            ja, en = f"計画を見直す: {row['text_ja']}", f"revise the plan: {row['text_en']}"
            yield Proposal(str(row["kgi_id"]), f"revise_plan_{row['plan_version']}", "realism", ja, en)


def _of_readiness(scene: Scene) -> Iterator[Proposal]:
    """Propose what is missing for the next phase, one action per criterion that is not met; time alone is no action."""
    for row in scene.earlier.get(READINESS.name, ()):
        if row["met"] is False and row["criterion"] != READABLE:
            ja, en = str(row["text_ja"]), str(row["text_en"])
            yield Proposal(str(row["kgi_id"]), f"readiness_{row['criterion']}", "readiness", ja, en)


SOURCES: tuple[Callable[[Scene], Iterable[Proposal]], ...] = (
    _of_guardrails,
    _of_realism,
    _of_levers,
    _of_initiatives,
    _of_readiness,
    _of_issues,
)
"""Where actions come from; of two proposals of one name for one goal the earlier source counts."""


def _of_decision(each: Decided) -> Proposal:
    name = each.action or each.key
    return Proposal(each.kgi, name, "decision", f"決定済みの一手「{name}」を進める", f"carry out what was decided: '{name}'")


def _row(scene: Scene, each: Proposal, decided: Decided | None) -> Row:
    return ACTION.row(
        {
            "expected_recovery": "not_known",
            "cost": "not_given",
            "due": "not_set",
            "owner": "not_named",
            "decision": "not_decided",
            "decided_on": "not_decided" if each.decision is None else "no_date",
            "done_on": "not_decided" if decided is None else "not_done",
            "result": "not_read",
        },
        as_of_date=scene.as_of,
        kgi_id=each.kgi,
        action=each.action,
        source=each.source,
        text_ja=each.text_ja,
        text_en=each.text_en,
        expected_recovery=each.recovery,
        cost=each.cost,
        due=decided.due if decided and decided.due else each.due,
        owner=decided.owner if decided and decided.owner else each.owner,
        decision=decided.decision if decided else each.decision,
        decided_on=decided.decided_on if decided else None,
        done_on=decided.done_on if decided else None,
        result=each.result,
        run_id=scene.run_id,
    )


def _short(number: float | None, unit: str) -> str:
    if number is not None and unit in ("rate", "fraction"):
        return f"{number:.1%}"
    return "?" if number is None else f"{number:.4g}" if abs(number) < 10_000 else f"{number:,.0f}"


def _day(row: Row | None, column: str) -> dt.date | None:
    value = row[column] if row is not None else None
    return value if isinstance(value, dt.date) else None


def _number(row: Row | None, column: str) -> float | None:
    value = row[column] if row is not None else None
    return float(value) if isinstance(value, int | float | Decimal) else None
