"""The `tree` of a goal file -> its formulas, or what is wrong with them and with the keys that name their nodes (E110, E111)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pipeline.findings import did_you_mean
from pipeline.goals.cohorts import conversion_of
from pipeline.goals.signatures import DEPARTMENTS
from pipeline.goals.target_spec import Reader
from pipeline.goals.tree import Expression, Tree, TreeError, cycle, dimensions, names, nodes, orphans, parse, reached


def read_tree(reader: Reader, metric_names: Collection[str], rates: set[str]) -> Tree:
    """Return the formulas of a goal that can be read; the reader holds the mistakes. `rates` are the names of plan rates."""
    tree: list[tuple[str, Expression]] = []
    for node, formula in reader.section("tree").items():
        try:
            tree.append((str(node), parse(formula if isinstance(formula, str) else "")))
        except TreeError as error:
            reader.fault("tree_syntax", "tree", node, node=str(node), problem=str(error))
    _judge_tree(reader, tuple(tree), {*metric_names, *rates}, rates)
    return tuple(tree)


def _judge_tree(reader: Reader, tree: Tree, known: set[str], rates: set[str]) -> None:
    root = str(reader.data.get("metric"))
    written = dict(tree)
    for node, expression in tree:
        for name in dict.fromkeys((node, *names(expression))):
            if name not in known:
                reader.fault("tree_unknown_name", "tree", node, hint=did_you_mean(name, known), name=name, node=node)
    if circle := cycle(tree):
        reader.fault("tree_cycle", "tree", circle[0], path=" -> ".join(circle))
        return
    for node in orphans(tree, root):
        reader.fault("tree_orphan", "tree", node, name=node, root=root)
    for name in sorted(rates & set(written)):
        reader.fault("plan_rate_computed", "plan_rates", "agreed", name, name=name)
    win_rate = _win_rate(reader)
    used = set(nodes(tree, root)) | ({win_rate} if win_rate else set())
    for name in sorted(rates - used):
        reader.fault("plan_rate_unused", "plan_rates", "agreed", name, hint=did_you_mean(name, used), name=name)
    _judge_cuts(reader, tree)
    _judge_lags(reader, nodes(tree, root))
    _judge_controllers(reader, {*reached(tree, root), *nodes(tree, root), "phasing", "speed"})


def _judge_cuts(reader: Reader, tree: Tree) -> None:
    """Note a dimension that no metric of the tree can be cut by: its sum would be the total, without a word."""
    metrics = [reader.facts[name] for name in nodes(tree, str(reader.data.get("metric"))) if name in reader.facts]
    for node, expression in tree:
        for word in dict.fromkeys(dimensions(expression)):
            if metrics and not any(fact.cut(word) for fact in metrics):
                known = sorted({name.rpartition("__")[2] for fact in metrics for name in fact.dimensions})
                near, listed = did_you_mean(word, known), ", ".join(known) or "-"
                reader.fault("goal_unknown_cut", "tree", node, hint=near, name=word, node=node, known=listed)


def _judge_lags(reader: Reader, known: Collection[str]) -> None:
    for pair, lag in reader.section("lags").items():
        ends = str(pair).split("->")
        if len(ends) == 2 and conversion_of(reader.facts, *ends) is None:
            for name in (each for each in ends if each not in known):
                near = did_you_mean(name, known)
                reader.fault("tree_unknown_name", "lags", pair, hint=near, name=name, node=f"lags: {pair}")
        if isinstance(lag, Mapping):
            if lag.get("source") == "agreed":
                reader.fault("goal_not_computed", "lags", pair, "source", key="source", value="agreed", instead="observed")
            if lag.get("tail") not in (None, "none"):
                reader.fault("goal_not_computed", "lags", pair, "tail", key="tail", value=str(lag["tail"]), instead="none")


def _judge_controllers(reader: Reader, known: Collection[str]) -> None:
    departments = dict.fromkeys((*DEPARTMENTS, *map(str, reader.section("roles"))))
    for department, controlled in reader.section("controllable_by").items():
        if department not in departments:
            near, listed = did_you_mean(str(department), departments), ", ".join(departments)
            reader.fault("goal_unknown_department", "controllable_by", department, hint=near, name=department, known=listed)
        for at, name in enumerate(controlled if isinstance(controlled, list) else []):
            if isinstance(name, str) and name not in known:
                near = did_you_mean(name, known)
                reader.fault("tree_unknown_name", "controllable_by", department, at, hint=near, name=name, node=department)


def _win_rate(reader: Reader) -> str | None:
    """Return the name of the plan rate that a shortfall share divides by; None where the target is of another kind."""
    target = reader.section("target").get("shortfall_share")
    return str(target.get("win_rate", "win_rate")) if isinstance(target, Mapping) else None
