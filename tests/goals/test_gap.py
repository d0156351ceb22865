"""What a gap is made of: the design's own cases through the goal's cells, and what must hold of any of them."""

from __future__ import annotations

import math
import random

import pytest

from pipeline.goals.cells import Chain, factors_of, split
from pipeline.goals.path import path_of_goal
from pipeline.goals.statistics.decomposition import Cell, decompose_each
from tests.goals.files import FACTS, PIPELINE, goal_of

CHAIN = Chain(("appointments", "valid"), ("valid_rate",), "unit_price")
CHANNELS = {"web": (40, 0.60, 4.0), "webinar": (80, 0.40, 3.0), "expo": (80, 0.30, 2.5)}
ACTUAL = {"web": (38, 0.58, 4.0), "webinar": (72, 0.38, 3.1), "expo": (120, 0.20, 2.5)}


def values(n: float, rate: float, price: float) -> dict[str, float]:
    return {"appointments": n, "valid": n * rate, "pipeline": n * rate * price}


def test_the_channels_of_the_design_give_its_numbers() -> None:
    """T04: 252.0 -> 232.976."""
    sides = [
        (factors_of(CHAIN, "pipeline", values(*CHANNELS[name])), factors_of(CHAIN, "pipeline", values(*ACTUAL[name])))
        for name in CHANNELS
    ]
    parts, method = decompose_each(Cell(plan or (), actual or ()) for plan, actual in sides)
    assert method == "lmdi"
    expected = [(-4.7202, -3.1198, 0), (-9.5133, -4.6314, 2.9607), (24.3279, -24.3279, 0)]
    for found, wanted in zip(parts, expected, strict=True):
        assert found == pytest.approx(wanted, abs=5e-5)


def test_factors_multiply_to_the_metric_and_a_step_below_zero_is_not_defined() -> None:
    assert math.prod(each or 0 for each in factors_of(CHAIN, "pipeline", values(40, 0.6, 4.0)) or ()) == pytest.approx(96)
    assert factors_of(CHAIN, "pipeline", values(40, 0.0, 4.0)) == (40, 0.0, None)
    assert factors_of(CHAIN, "pipeline", {}) == (0.0, None, None)
    assert factors_of(CHAIN, "pipeline", {"valid": 2.0, "pipeline": 6.0}) is None


def test_a_plan_divided_among_channels_multiplies_and_sums_to_the_plan() -> None:
    rng = random.Random(7)
    for _ in range(200):
        shares = {name: {key: rng.random() * 10 for key in ("appointments", "valid", "pipeline")} for name in ("a", "b", "c")}
        total = {"appointments": 200.0, "valid": 80.0, "pipeline": 240.0}
        parts = split(total, shares, tuple(total))
        for key, whole in total.items():
            assert math.fsum(each[key] for each in parts.values()) == pytest.approx(whole, rel=1e-12)
        for each in parts.values():
            assert math.prod(factor or 0 for factor in factors_of(CHAIN, "pipeline", each) or ()) == pytest.approx(
                each["pipeline"]
            )
    nobody = split({"valid": 8.0}, {"a": {"valid": 0.0}}, ("valid", "appointments"))
    assert nobody == {"total": {"valid": 8.0}}


def test_the_chain_follows_the_tree_down_to_the_first_entry() -> None:
    from pipeline.goals.cells import chain_of

    goal = goal_of(**PIPELINE)
    path = path_of_goal(goal, FACTS)
    assert path is not None
    chain = chain_of(goal, path, FACTS)
    assert chain.counts == ("leads", "mql", "appointments", "valid_opportunities")
    assert chain.factors == ("mql_rate", "appointment_rate", "valid_rate")


def test_a_formula_with_plus_or_minus_has_no_rate_to_judge() -> None:
    from pipeline.goals.cells import chain_of
    from pipeline.goals.tree import factors, parse

    assert factors(parse("sum over channel (a * b) * c")) == ("a", "b", "c")
    assert factors(parse("a + b")) is None is factors(parse("a * (b - c)"))
    tree = "valid_opportunities: appointments * valid_rate\nappointments: mql + opportunities\n"
    rates = "{agreed: {valid_rate: 0.4}}"
    goal = goal_of(metric="valid_opportunities", tree=tree, plan_rates=rates)
    path = path_of_goal(goal, FACTS)
    assert path is not None
    assert chain_of(goal, path, FACTS).counts == ("appointments", "valid_opportunities")
