"""The tree of a goal as rows: how nodes stand to each other, how far each carries, and what must hold of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.goals import Scorecard, check_scorecard, score
from pipeline.goals.tables import KGI_TREE, Row
from pipeline.goals.tree import Expression, evaluate, parse, written
from pipeline.goals.tree_rows import elasticities, placed
from tests.goals.files import COMPANY, FACTS, PIPELINE, asking, goal_of, small_database

AS_OF = dt.date(2026, 6, 20)


def tree_of(**formulas: str) -> tuple[tuple[str, Expression], ...]:
    return tuple((node, parse(formula)) for node, formula in formulas.items())


def card_of(**changed: str) -> Scorecard:
    with small_database() as engine:
        return score([goal_of(**{**PIPELINE, **changed})], FACTS, asking(engine), COMPANY, AS_OF, "run-1")


def by_node(card: Scorecard) -> dict[object, Row]:
    return {row["node"]: row for row in card.rows(KGI_TREE.name)}


def test_new_business_of_60_in_500_carries_12_percent() -> None:
    tree = tree_of(revenue="new + renewals", new="deals * price")
    moves = elasticities(tree, "revenue", {"revenue": 500, "new": 60, "renewals": 440, "deals": 20, "price": 3})
    assert moves == pytest.approx({"revenue": 1, "new": 0.12, "renewals": 0.88, "deals": 0.12, "price": 0.12})


def test_below_a_division_more_is_less_and_several_paths_add_up() -> None:
    tree = tree_of(hours_each="hours / deals", hours="deals * per_deal + fixed")
    values = {"hours_each": 7.5, "hours": 150.0, "deals": 20.0, "per_deal": 6.0, "fixed": 30.0}
    moves = elasticities(tree, "hours_each", values)
    assert moves == pytest.approx({"hours_each": 1, "hours": 1, "deals": 0.8 - 1, "per_deal": 0.8, "fixed": 0.2})


@pytest.mark.parametrize("name", ["hours", "deals", "per_deal", "fixed", "lost"])
def test_an_elasticity_is_what_a_small_change_of_the_node_does(name: str) -> None:
    tree = tree_of(result="(hours - lost) / deals", hours="deals * per_deal + fixed")
    leaves = {"deals": 20.0, "per_deal": 6.0, "fixed": 30.0, "lost": 10.0}

    def result(values: dict[str, float]) -> float:
        hours = values.get("hours", values["deals"] * values["per_deal"] + values["fixed"])
        return (hours - values["lost"]) / values["deals"]

    whole = {**leaves, "hours": 150.0, "result": 7.0}
    moved = elasticities(tree, "result", whole)[name]
    start = {**leaves, "hours": 150.0} if name == "hours" else leaves
    change = result({**start, name: start[name] * 1.000001}) / result(start) - 1
    assert moved == pytest.approx(change * 1e6, rel=1e-4)


def test_a_sum_that_is_zero_or_not_known_carries_nothing_that_can_be_said() -> None:
    tree = tree_of(net="won - lost", won="deals * price")
    assert elasticities(tree, "net", {"net": 0, "won": 5, "lost": 5})["deals"] is None
    assert elasticities(tree, "net", {"won": 5})["lost"] is None


def test_nodes_go_downwards_and_what_follows_from_the_goal_stands_beside() -> None:
    found = [
        (each.node, each.parent, each.operator, each.depth)
        for each in placed(goal_of(**PIPELINE).tree, "created_pipeline_amount")
    ]
    assert found == [
        ("created_pipeline_amount", None, "root", 0),
        ("valid_opportunities", "created_pipeline_amount", "*", 1),
        ("appointments", "valid_opportunities", "*", 2),
        ("mql", "appointments", "*", 3),
        ("leads", "mql", "*", 4),
        ("mql_rate", "mql", "*", 4),
        ("appointment_rate", "appointments", "*", 3),
        ("valid_rate", "valid_opportunities", "*", 2),
        ("won", "valid_opportunities", "beside", 2),
        ("win_rate", "won", "*", 3),
        ("unit_price", "created_pipeline_amount", "*", 1),
    ]


@pytest.mark.parametrize(
    ("formula", "operators"),
    [
        ("a - b", {"a": "+", "b": "-"}),
        ("a - (b - c)", {"a": "+", "b": "-", "c": "+"}),
        ("a / b", {"a": "*", "b": "/"}),
        ("a / (b / c)", {"a": "*", "b": "/", "c": "*"}),
        ("a * (b + c)", {"a": "*", "b": "+", "c": "+"}),
        ("sum over channel (a * b)", {"a": "*", "b": "*"}),
    ],
)
def test_a_node_says_how_it_enters_its_parent(formula: str, operators: dict[str, str]) -> None:
    assert {each.node: each.operator for each in placed(tree_of(x=formula), "x") if each.parent} == operators


@pytest.mark.parametrize(
    "formula",
    ["a - b - c", "a - (b - c)", "a / (b * c)", "(a + b) * c / d", "a * (b - c)", "sum over channel (a * (b + c)) - d"],
)
def test_a_formula_is_written_so_that_it_is_read_as_the_same(formula: str) -> None:
    assert written(parse(formula)) == formula
    assert parse(written(parse(formula))) == parse(formula)


def test_a_row_carries_target_due_and_actual_and_says_what_is_missing() -> None:
    card = card_of(controllable_by="{marketing: [leads, valid_rate], sales: [unit_price]}")
    rows = by_node(card)
    assert check_scorecard(card) == ()
    root = rows["created_pipeline_amount"]
    (goal,) = [row for row in card.kgi if row.grain == "period"]
    assert (root["target"], root["target_to_date"], root["actual"]) == (goal.target, goal.target_to_date, goal.actual)
    assert rows["appointments"]["target"] == pytest.approx(200)
    assert rows["appointments"]["target_to_date"] == pytest.approx(200 * 54 / 241)  # 21 + 18 + 15 of 241 business days
    assert rows["appointments"]["actual"] == 3
    assert (rows["valid_rate"]["target_to_date"], rows["valid_rate"]["controllable_by"]) == (0.4, "marketing")
    assert [rows[name]["is_plan_rate"] for name in ("valid_rate", "appointments", "created_pipeline_amount")] == [
        True,
        False,
        False,
    ]
    assert rows["win_rate"]["null_reason"] == (
        "formula=leaf;unit=no_metric;controllable_by=not_assigned;elasticity=beside;actual=no_metric"
    )


def test_a_tree_that_lost_a_node_or_says_something_else_of_its_goal_is_not_published() -> None:
    card = card_of()
    rows = card.rows(KGI_TREE.name)
    changed = {
        "lost": [{**row, "parent": "nobody"} if row["node"] == "leads" else row for row in rows],
        "other": [{**row, "actual": 1.0} if row["parent"] is None else row for row in rows],
    }
    for each in changed.values():
        (found,) = check_scorecard(replace(card, others={**card.others, KGI_TREE.name: tuple(each)}))
        assert found.code == "tree_not_whole"
        assert "mktg_pipeline" in found.text("en") and "mktg_pipeline" in found.text("ja")


def test_plan_values_that_do_not_multiply_are_not_published() -> None:
    """appointments = mql x appointment_rate = 50 where 60 are wanted: nothing is left to work out."""
    goal = goal_of(
        tree="{appointments: mql * appointment_rate}",
        plan_rates="{agreed: {mql: 100, appointment_rate: 0.5}}",
        target="{value: 60}",
    )
    with small_database() as engine:
        card = score([goal], FACTS, asking(engine), COMPANY, AS_OF, "run-1")
    (found,) = check_scorecard(card)
    assert found.code == "tree_does_not_hold"
    assert "60" in found.text("en") and "50" in found.text("en") and "50" in found.text("ja")
    assert "multiply" in (found.hint_text("en") or "")


def test_the_formulas_of_the_rows_give_their_targets_again() -> None:
    rows = by_node(card_of())
    targets = {str(name): float(str(row["target"])) for name, row in rows.items()}
    for name, row in rows.items():
        if row["formula"] is not None:
            assert evaluate(parse(str(row["formula"])), targets) == pytest.approx(targets[str(name)])
