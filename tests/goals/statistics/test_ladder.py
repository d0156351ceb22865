"""Amounts completed: the RAA triangle with Mack's published values, and triangles that teach too little."""

from __future__ import annotations

import pytest

from pipeline.goals.statistics.ladder import bornhuetter_ferguson, cape_cod, chain_ladder
from tests.goals.statistics.sql import rows

RAA = [
    [5012.0, 8269, 10907, 11805, 13539, 16181, 18009, 18608, 18662, 18834],
    [106.0, 4285, 5396, 10666, 13782, 15599, 15496, 16169, 16704],
    [3410.0, 8992, 13873, 16141, 18735, 22214, 22863, 23466],
    [5655.0, 11555, 15766, 21266, 23425, 26083, 27067],
    [1092.0, 9565, 15836, 22169, 25955, 26180],
    [1513.0, 6445, 11702, 12935, 15852],
    [557.0, 4020, 10946, 12314],
    [1351.0, 6947, 13112],
    [3133.0, 5395],
    [2063.0],
]


def test_the_raa_triangle_completes_to_the_published_reserves_and_errors() -> None:
    """Reinsurance Association of America, automatic facultative business; Mack 1994."""
    found = chain_ladder(RAA)
    assert found.factors == pytest.approx((2.999, 1.624, 1.271, 1.172, 1.113, 1.042, 1.033, 1.017, 1.009), abs=5e-4)
    reserves = [row.reserve for row in found.rows]
    assert reserves == pytest.approx([0, 154, 617, 1636, 2747, 3649, 5435, 10907, 10650, 16339], abs=0.5)
    errors = [row.standard_error for row in found.rows]
    assert errors == pytest.approx([0, 206, 623, 747, 1469, 2002, 2209, 5358, 6333, 24566], abs=0.5)
    assert found.total == pytest.approx((160_987, 213_122, 52_135, 26_909), abs=0.5)


def test_duckdb_finds_the_same_factors() -> None:
    cells = ", ".join(f"({at}, {age}, {value})" for at, row in enumerate(RAA) for age, value in enumerate(row))
    found = rows(
        f"""
        with t(i, k, c) as (values {cells}), n as (select *, lead(c) over (partition by i order by k) after from t)
        select sum(after) / sum(c) from n where after is not null group by k order by k
        """
    )
    assert chain_ladder(RAA).factors == pytest.approx([row[0] for row in found], rel=1e-12)


def test_the_rows_may_come_in_another_order() -> None:
    assert chain_ladder(RAA[::-1]).total == pytest.approx(chain_ladder(RAA).total, rel=1e-12)


def test_completion_is_the_share_that_is_there() -> None:
    ladder = chain_ladder([[50.0, 100.0, 100.0], [40.0, 80.0], [30.0]])
    assert ladder.completion == pytest.approx((0.5, 1.0, 1.0))
    assert [ladder.complete_at(ages) for ages in (0, 1, 2, 9)] == pytest.approx([0.0, 0.5, 1.0, 1.0])
    assert [row.amount for row in ladder.rows] == pytest.approx([100, 80, 60])


def test_a_young_cohort_without_amounts_takes_its_prior() -> None:
    assert bornhuetter_ferguson(0.0, 50 * 0.10, 0.2) == pytest.approx(4.0)  # chain ladder would say 0
    assert chain_ladder([[20.0, 100.0], [0.0]]).rows[1].amount == 0.0
    found = cape_cod([[2.0, 10.0], [0.0]], [100, 50])
    assert found == pytest.approx((10.0, 0.0 + 50 * (10 / 110) * 0.8))


def test_a_triangle_that_teaches_nothing_says_so() -> None:
    unknown = chain_ladder([[0.0, 5.0], [3.0]])
    assert unknown.factors == (None,) and unknown.rows[1] == (3.0, None, None, None) and unknown.total[1:] == (None,) * 3
    assert unknown.completion == (None, 1.0) and cape_cod([[0.0, 5.0], [3.0]], [10, 10])[1] is None
    one = chain_ladder([[1.0, 2.0], [3.0]])
    assert one.rows[1] == (3.0, 6.0, 3.0, None) and one.total == (5.0, 8.0, 3.0, None)
    nothing = chain_ladder([])
    assert nothing.rows == () and nothing.total == (0, 0, 0, 0) and cape_cod([], []) == ()
    assert chain_ladder([[], [1.0]]).rows[0] == (0.0, None, None, None)
    assert cape_cod([[5.0]], [0.0]) == (None,)
