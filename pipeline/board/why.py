"""A goal's rows -> its gap in sentences: how large on both bases, what it is made of, what else to know, what cannot be said."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.board.naming import COHORTS, check_label, factor_label, label, member, reason_of, same
from pipeline.board.reading import GoalBoard, Row
from pipeline.board.sentences import Part, Sentence, cite, difference, portion, say
from pipeline.board.wording import COLUMNS, ROLES, worded
from pipeline.goals import TOTAL
from pipeline.goals.words import reason

_FACTORS_SHOWN = 3
_LARGEST_SHARE = 2.0
"""A larger share of a small gap says nothing to a reader: the size does."""
_GAP = "gap_decomposition"
_APART = ("plan_timing", "definition_change")
"""Factors that are nobody's doing."""

_WORTH_TELLING = 0.01
"""What hurts less than this part of what hurts most is not named beside it."""

_TRACE = 1e-6
"""A contribution no larger is what adding up leaves behind."""

SILENT = ("insufficient_data", "immature", "stale")
"""States in which a guardrail says nothing."""
NOTHING = say("nothing")


def why(board: GoalBoard) -> tuple[Sentence, ...]:
    """Explain a goal in sentences, the most important first. Every number of a sentence is cited from a published row."""
    return (*standing(board), *realism(board), *made_of(board), *watched(board), *ahead(board), *lacking(board))


def standing(board: GoalBoard) -> Iterator[Sentence]:
    """Say where a goal stands today, and where it lands."""
    goal, unit = board.kgi, str(board.kgi["unit"])
    name = label(goal)
    if goal["gap_to_date"] is None:
        yield say("no_standing", label=name, reason=reason_of(goal, "gap_to_date"))
    else:
        yield say(
            "standing",
            label=name,
            status=worded(goal["status"]),
            as_of=cite("kgi", goal, "as_of_date"),
            due=cite("kgi", goal, "target_to_date", unit),
            actual=cite("kgi", goal, "actual", unit),
            gap=cite("kgi", goal, "gap_to_date", difference(unit)),
        )
    if goal.get("gap_landing") is None or goal.get("p_attain") is None:
        yield say("no_landing", reason=reason_of(goal, "gap_landing"))
        return
    yield say(
        "landing",
        expected=cite("kgi", goal, "landing_expected", unit),
        low=cite("kgi", goal, "landing_p10", unit),
        high=cite("kgi", goal, "landing_p90", unit),
        target=cite("kgi", goal, "target", unit),
        gap=cite("kgi", goal, "gap_landing", difference(unit)),
        chance=cite("kgi", goal, "p_attain", "chance"),
        outlook=worded(goal["outlook"]),
    )


def realism(board: GoalBoard) -> Iterator[Sentence]:
    """Say how realistic the plan was judged to be, by what it is bound, and which looks could not be taken."""
    overall = board.row("realism_check", check="overall")
    if overall is not None and overall["probability"] is None:
        yield say("not_judged", reason=reason_of(overall, "probability"))
    elif overall is not None:
        rate = board.row("realism_check", check=f"rate {overall['binding_factor']}")
        bound = NOTHING if overall["binding_factor"] is None else say("bound", by=check_label(board, overall["binding_factor"]))
        if rate is not None and rate["reference"] is not None:
            unit = str((board.node(str(overall["binding_factor"])) or {}).get("unit") or "")
            numbers = {name: cite("realism_check", rate, name, unit) for name in ("value", "reference")}
            numbers["n"] = cite("realism_check", rate, "n", "cases")
            bound = say("bound_rate", by=check_label(board, overall["binding_factor"]), **numbers)
        verdict, chance = worded(overall["verdict"]), cite("realism_check", overall, "probability", "chance")
        yield say("realism", verdict=verdict, chance=chance, bound=bound)
    for row in board.rows("realism_check", verdict="unknown"):
        if row["check"] != "overall":
            yield say("no_look", what=check_label(board, row["check"]), reason=reason_of(row, "probability"))


def made_of(board: GoalBoard) -> Iterator[Sentence]:
    """Explain the gap on each basis that the file holds, the landing first."""
    if not board.rows(_GAP):
        yield say("no_gap")
    for basis in ("cohort_landing", "to_date"):
        total = board.row(_GAP, basis=basis, kind="total")
        if total is None:
            if basis == "cohort_landing" and board.kgi.get("gap_landing") is not None and board.rows(_GAP):
                yield _unexplained(board)
            continue
        yield say(f"basis_{basis}", gap=cite(_GAP, total, "contribution", difference(board.kgi["unit"])))
        yield from _factors(board, basis)


def _unexplained(board: GoalBoard) -> Sentence:
    """Say why a landing is not explained by cohorts: it goes by the pace, or the counts below the goal have no targets."""
    if any(row.get("model") == "pace" for row in board.rows("forecast")):
        return say("landing_by_pace")
    missing = next((node for node in board.rows("kgi_tree") if node["target"] is None), None)
    return say("landing_unexplained", reason=reason_of(missing, "target") if missing else reason("not_followed"))


def _factors(board: GoalBoard, basis: str) -> Iterator[Sentence]:
    """Name what hurts, the largest first, then what helps most; what is nobody's doing is told as such in its place."""
    good = 1 if board.kgi["direction"] == "up" else -1
    rows = [row for row in board.rows(_GAP, basis=basis, kind="subtotal") if abs(row["contribution"]) > _TRACE]
    rows.sort(key=lambda row: good * row["contribution"])
    hurting = [row for row in rows if good * row["contribution"] < 0]
    helping = [row for row in reversed(rows) if good * row["contribution"] > 0]
    largest = max((abs(row["contribution"]) for row in hurting), default=0.0)
    factors = [row for row in hurting if row["factor"] not in _APART and abs(row["contribution"]) >= _WORTH_TELLING * largest]
    factors = factors[:_FACTORS_SHOWN]
    best = [row for row in helping if row["factor"] not in _APART][:1]
    told = [row for row in hurting if row["factor"] in _APART or row in factors] + best
    for at, row in enumerate(told):
        if row["factor"] in _APART:
            yield _apart(board, row)
        else:
            yield _factor(board, row, "helps" if row in best else "next" if at else "first")
    for row in rows:
        if row["factor"] in (*_APART, "speed") and row not in told:
            yield _apart(board, row)


def _apart(board: GoalBoard, row: Row) -> Sentence:
    size = cite(_GAP, row, "contribution", difference(board.kgi["unit"]))
    noise = {"noise": _noise(row)} if row["factor"] == "speed" else {}
    return say(str(row["factor"]), size=size, **noise)


def _factor(board: GoalBoard, row: Row, order: str) -> Sentence:
    share = NOTHING
    if row["share_of_gap"] is not None:
        is_told = abs(row["share_of_gap"]) <= _LARGEST_SHARE
        share = say("share", share=cite(_GAP, row, "share_of_gap", "rate")) if is_told else say("share_beyond")
    return say(
        "factor",
        order=say(order),
        factor=factor_label(board, row["factor"], row["basis"]),
        size=cite(_GAP, row, "contribution", difference(board.kgi["unit"])),
        share=share,
        channel=_channel(board, row),
        controller=say("controller", who=worded(row["controller"], ROLES)) if row["controller"] else say("nobody"),
        noise=_noise(row),
    )


def _channel(board: GoalBoard, subtotal: Row) -> Sentence:
    """Name the channel with the largest part of a factor in its direction."""
    parts = board.rows(_GAP, basis=subtotal["basis"], kind="part", factor=subtotal["factor"])
    with_it = [row for row in parts if row["contribution"] * subtotal["contribution"] > 0 and abs(row["contribution"]) > _TRACE]
    row = max(with_it, key=lambda each: abs(each["contribution"]), default=None)
    if row is None or row["channel"] == TOTAL:  # most of it is in what cannot be divided
        return NOTHING
    size = cite(_GAP, row, "contribution", difference(board.kgi["unit"]))
    node = board.node(str(row["factor"]))
    if node is None or row["plan"] is None or row["actual"] is None:
        return say("channel_only", channel=member(row["channel"]), size=size)
    unit = str(node["unit"] or "")
    values = {"plan": cite(_GAP, row, "plan", unit), "actual": cite(_GAP, row, "actual", unit)}
    return say("channel", channel=member(row["channel"]), size=size, n=_of_cases(_GAP, row, "n"), **values)


def _of_cases(table: str, row: Row, column: str) -> Sentence:
    """Say how many cases a rate divides by, where the row knows it."""
    return NOTHING if row.get(column) is None else say("of_cases", n=cite(table, row, column, "cases"))


def _noise(row: Row) -> Sentence:
    return say({True: "noise", False: "signal", None: "untested"}[row["within_noise"]])


def watched(board: GoalBoard) -> Iterator[Sentence]:
    """Say what suffers beside the goal, what a changed definition does, and what of this cannot be judged."""
    yield from _bridge(board)
    rows = board.rows("guardrail")
    if not rows:
        yield say("no_guardrails")
    yield from (_local(board, row) for row in rows if row["local_optimisation"])
    for row in rows:
        if row["state"] in ("watch", "breach") and row["value"] is not None and row["base"] is not None:
            is_rate = row["test"] not in ("xmr", "capacity")  # these count months and hours
            unit = board.units.get(str(row["metric"]), "") if row["test"] == "xmr" else "rate"
            numbers: dict[str, Part] = {name: cite("guardrail", row, name, unit) for name in ("value", "base")}
            numbers |= {name: _of_cases("guardrail", row, name) if is_rate else NOTHING for name in ("n", "base_n")}
            yield say("guardrail", label=label(row), channel=member(row["channel"]), state=worded(row["state"]), **numbers)
        elif row["state"] in SILENT and row["channel"] == TOTAL:
            counts = NOTHING
            if row["n"] is not None and row["min_n"] is not None:
                counts = say("counts", n=cite("guardrail", row, "n", "cases"), needed=cite("guardrail", row, "min_n"))
            state = worded(row["state"])
            yield say("guardrail_silent", label=label(row), channel=member(row["channel"]), state=state, counts=counts)


def _bridge(board: GoalBoard) -> Iterator[Sentence]:
    """Say what a changed definition did to the goal's count in the newest month, and whether the parts of the gap hold it."""
    counts = (row["node"] for row in board.rows("kgi_tree") if row["unit"] == board.kgi["unit"] or not row["is_plan_rate"])
    bridges = (board.rows("definition_bridge", is_in_force=True, metric=name) for name in counts)
    rows = next((rows for rows in bridges if any(row["effect"] for row in rows)), ())
    row = max((row for row in rows if row["effect"]), key=lambda each: each["period_start"], default=None)
    if row is None:
        return
    node = board.node(str(row["metric"]))
    assert node is not None  # only metrics of the tree are read
    yield say(
        "bridge",
        label=label(node),
        old=cite("definition_bridge", row, "version_old"),
        new=cite("definition_bridge", row, "version_new"),
        month=cite("definition_bridge", row, "period_start", "month"),
        effect=cite("definition_bridge", row, "effect", difference(node["unit"])),
        mixed=NOTHING if board.rows(_GAP, factor="definition_change") else say("mixed"),
    )


def _local(board: GoalBoard, row: Row) -> Sentence:
    even = say("break_even", rate=cite("guardrail", row, "break_even", "rate")) if row["break_even"] is not None else NOTHING
    numbers: dict[str, Part] = {
        "n": _of_cases("guardrail", row, "n"),
        "base_n": _of_cases("guardrail", row, "base_n"),
        "volume": cite("guardrail", row, "base_volume"),
        "current": cite("guardrail", row, "current_volume"),
        "base": cite("guardrail", row, "base", "rate"),
        "value": cite("guardrail", row, "value", "rate"),
    }
    paired = board.node(str(row["paired_with"]))
    return say("local", paired=label(paired) if paired else same(row["paired_with"]), label=label(row), even=even, **numbers)


_NEEDED = ("required_p50", "required_p80", "latest_useful_month")


def ahead(board: GoalBoard) -> Iterator[Sentence]:
    """Say how many more entries it takes, what is planned against the gap, and what could recover most."""
    rows = [(node, row) for row in board.rows("kpi_target") if (node := board.node(str(row["metric"])))]
    known = [each for each in rows if all(each[1].get(name) is not None for name in _NEEDED)]
    for at, (node, row) in enumerate(sorted(known, key=lambda each: each[0]["sort"])):
        yield say(
            "needed_or" if at else "needed",  # down the tree, each is another way to close what is missing
            label=label(node),
            even=cite("kpi_target", row, "required_p50", "count"),
            safe=cite("kpi_target", row, "required_p80", "count"),
            month=cite("kpi_target", row, "latest_useful_month", "month"),
        )
    if board.kgi.get("initiative_coverage") is not None:
        yield say("coverage", coverage=cite("kgi", board.kgi, "initiative_coverage", "rate"))
    yield from _levers(board)


def _levers(board: GoalBoard) -> Iterator[Sentence]:
    """Say which lever can still recover most, and what all of them bring together; single ones do not add up."""
    levers = [row for row in board.rows("lever") if row["recovery"] and row["factor"] != "all"]
    if not levers:
        yield say("no_lever")
        return
    best = max(levers, key=lambda row: row["recovery"])
    yield say(
        "lever",
        factor=factor_label(board, best["factor"], COHORTS),
        recovery=cite("lever", best, "recovery", portion(board.kgi["unit"])),
        who=worded(best["controller"], ROLES) if best["controller"] else ("担当なし", "nobody's"),
    )
    together = board.row("lever", factor="all")
    # all together are capped at the gap: where one lever closes it already, they say nothing more
    if together is not None and together["recovery"] and len(levers) > 1 and together["recovery"] > best["recovery"] * (1 + 1e-9):
        yield say("all_levers", recovery=cite("lever", together, "recovery", portion(board.kgi["unit"])))


def lacking(board: GoalBoard) -> Iterator[Sentence]:
    """Name what the tree has no number for, and why."""
    for node in board.rows("kgi_tree"):
        for column, what in COLUMNS.items():
            if node[column] is None:
                yield say("lacking", label=label(node), what=what, reason=reason_of(node, column))
