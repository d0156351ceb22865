"""The gap explained: the vectors of the design, DuckDB's own arithmetic, and what must hold for any numbers."""

from __future__ import annotations

import math
from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.goals.statistics.decomposition import (
    Cell,
    Segment,
    Timed,
    contributions,
    decompose,
    decompose_each,
    log_mean,
    rate_change,
    scale_and_mix,
    shapley,
    timing_cells,
)
from pipeline.goals.statistics.intervals import mean_interval, poisson_interval, wilson
from tests.goals.statistics.sql import rows

ONE = Cell((200, 0.40, 3.0), (230, 0.30, 2.9))
CHANNELS = [
    Cell((40, 0.60, 4.0), (38, 0.58, 4.0)),
    Cell((80, 0.40, 3.0), (72, 0.38, 3.1)),
    Cell((80, 0.30, 2.5), (120, 0.20, 2.5)),
]


def test_a_gap_of_39_9_is_explained_by_three_factors() -> None:
    parts = contributions(ONE)
    assert parts == pytest.approx((30.6702, -63.1306, -7.4396), abs=5e-5)
    assert [part / -39.9 for part in parts] == pytest.approx([-0.769, 1.582, 0.186], abs=5e-4)
    assert math.fsum(parts) == pytest.approx(-39.9, rel=1e-12)
    assert log_mean(200.1, 240.0) == pytest.approx(219.445776, abs=5e-7)
    assert decompose([ONE]) == (parts, "lmdi")
    assert shapley(ONE) == pytest.approx((31.0, -63.4, -7.5), abs=1e-12)


def test_duckdb_finds_the_same_parts_by_lmdi_and_by_shapley() -> None:
    (found,) = rows(
        """
        with
            v(a0, b0, c0, a1, b1, c1) as (values (200.0, 0.4::double, 3.0, 230.0, 0.3::double, 2.9)),
            l as (select *, (a1 * b1 * c1 - a0 * b0 * c0) / (ln(a1 * b1 * c1) - ln(a0 * b0 * c0)) m from v)
        select
            m * ln(a1 / a0), m * ln(b1 / b0), m * ln(c1 / c0),
            (a1 - a0) * (2 * b0 * c0 + b0 * c1 + b1 * c0 + 2 * b1 * c1) / 6,
            (b1 - b0) * (2 * a0 * c0 + a0 * c1 + a1 * c0 + 2 * a1 * c1) / 6,
            (c1 - c0) * (2 * a0 * b0 + a0 * b1 + a1 * b0 + 2 * a1 * b1) / 6
        from l
        """
    )
    assert (*contributions(ONE), *shapley(ONE)) == pytest.approx(found, rel=1e-12)


def test_which_parts_of_that_gap_are_noise() -> None:
    rate, price = wilson(69, 230), mean_interval([2.5, 3.0, 3.2, 2.8, 3.0])
    assert rate is not None and price is not None
    assert not rate.holds(0.40) and not poisson_interval(230).holds(200) and price.holds(3.0)


def test_two_factors_that_cancel_leave_no_gap() -> None:
    cell = Cell((100, 0.2), (80, 0.25))
    assert contributions(cell) == pytest.approx((-4.462871, 4.462871), abs=5e-7)
    assert shapley(cell) == pytest.approx((-4.5, 4.5))


def test_lmdi_does_not_change_when_a_factor_is_refined_and_shapley_does() -> None:
    flat, nested = Cell((50, 4, 0.4), (46, 5, 0.3)), Cell((200, 0.4), (230, 0.3))
    volume, rate = contributions(nested)
    mean = volume / math.log(230 / 200)
    assert contributions(flat) == pytest.approx((-6.200628, 16.593949, rate), abs=5e-7)
    assert contributions(flat)[:2] == pytest.approx((mean * math.log(46 / 50), mean * math.log(5 / 4)))
    assert shapley(flat)[:2] == pytest.approx((-6.266667, 16.833333), abs=5e-7)
    worth = shapley(nested)[0] / 30  # nested: the volume's part is split by the Shapley of its own product
    assert [worth * part for part in shapley(Cell((50, 4), (46, 5)))] == pytest.approx([-6.30, 16.80])


def test_three_channels_explain_their_gap_and_volume_is_scale_and_mix_in_total() -> None:
    each, method = decompose_each(CHANNELS)
    assert method == "lmdi"
    assert each[0] == pytest.approx((-4.7202, -3.1198, 0), abs=5e-5)
    assert each[1] == pytest.approx((-9.5133, -4.6314, 2.9607), abs=5e-5)
    assert each[2] == pytest.approx((24.3279, -24.3279, 0), abs=5e-5)
    total, _ = decompose(CHANNELS)
    assert math.fsum(total) == pytest.approx(232.976 - 252.0, abs=1e-9)
    assert total[0] == pytest.approx(10.0945, abs=1e-4)
    assert scale_and_mix(CHANNELS) == pytest.approx((33.8667, -23.7723), abs=5e-5)


def test_a_company_without_channels_hides_the_mix_in_rate_and_price() -> None:
    def company(side: int) -> tuple[float, ...]:
        factors = [cell.sides()[side] for cell in CHANNELS]
        volume, valid = sum(n for n, _, _ in factors), sum(n * rate for n, rate, _ in factors)
        return volume, valid / volume, sum(map(math.prod, factors)) / valid

    parts = contributions(Cell(company(0), company(1)))
    assert parts == pytest.approx((33.8732, -54.7414, 1.8442), abs=5e-5)


def test_two_thirds_of_a_gap_are_deals_that_became_slower() -> None:
    plan = [Timed(month, 100, 0.10, (0.2, 0.5, 0.3), 3.0) for month in (1, 2, 3)]
    actual = [Timed(month, volume, 0.09, (0.1, 0.4, 0.5), 3.0) for month, volume in ((1, 110), (2, 90), (3, 100))]
    cells = timing_cells(plan, actual, 1, 3)
    assert len(cells) == 6
    assert [math.fsum(cell.values()[side] for cell in cells) for side in (0, 1)] == pytest.approx([57.00, 44.55])
    assert decompose(cells)[0] == pytest.approx((1.1009, -5.2282, -8.3227, 0), abs=5e-5)


def test_cohorts_outside_the_window_and_on_one_side_only() -> None:
    plan, actual = [Timed(1, 100, 0.1, (0.0, 1.0), 2.0), Timed(2, 50, 0.1, (1.0,), 2.0)], [Timed(2, 60, 0.1, (0.5, 0.5), 2.0)]
    cells = timing_cells(plan, actual, 2, 3)
    assert [value for cell in cells for value in cell.values()] == pytest.approx([20.0, 0.0, 10.0, 6.0, 0.0, 6.0])
    parts, _ = decompose_each(cells)
    assert parts[0] == pytest.approx((-20, 0, 0, 0)) and parts[2] == pytest.approx((0, 0, 6, 0))
    assert timing_cells(plan, actual, 9, 12) == ()


def test_a_new_channel_is_volume_and_a_lost_one_belongs_to_what_became_zero() -> None:
    assert contributions(Cell((0, None, None), (10, 0.5, 2.0))) == (10.0, 0, 0)
    assert contributions(Cell((0, 0.4, 3.0), (10, 0.5, 2.0))) == (10.0, 0, 0)
    assert contributions(Cell((10, 0.5, 2.0), (0, None, None))) == (-10.0, 0, 0)
    assert contributions(Cell((10, 0.5, 2.0), (12, 0.0, None))) == (0, -10.0, 0)
    assert contributions(Cell((10, 0.0, 2.0), (12, 0.5, 2.0))) == (0, 12.0, 0)
    assert contributions(Cell((0, 0.5), (7, 0.0))) == (0, 0)
    assert contributions(Cell((2, None), (3, None))) == pytest.approx((1, 0))


def test_a_negative_factor_takes_all_cells_to_shapley() -> None:
    cells = [Cell((10, 2.0), (12, -1.0)), Cell((10, 2.0), (12, 3.0))]
    parts, method = decompose_each(cells)
    assert method == "shapley" and parts[0] == pytest.approx((1.0, -33.0)) and parts[1] == pytest.approx((5.0, 11.0))
    with pytest.raises(ValueError, match="at most 6"):
        shapley(Cell((-1.0,) * 7, (1.0,) * 7))
    with pytest.raises(ValueError, match="differ in number"):
        Cell((1.0,), (1.0, 2.0))


def test_a_cell_that_is_subtracted_turns_its_parts() -> None:
    assert contributions(Cell((10, 2), (12, 3), -1.0)) == tuple(-part for part in contributions(Cell((10, 2), (12, 3))))
    assert shapley(Cell((10, 2), (12, 3), -1.0)) == (-5.0, -11.0)
    assert decompose([]) == ((), "lmdi")


def test_the_change_of_a_rate_is_mix_and_within() -> None:
    found = rate_change([Segment(24, 40, 22.04, 38), Segment(32, 80, 27.36, 72), Segment(24, 80, 24, 120)])
    assert found is not None
    assert found[:3] == pytest.approx((-0.080870, -0.024000, -0.056870), abs=5e-7) and not found.sign_reversal


def test_kidney_stones_are_a_sign_reversal() -> None:
    """Charig et al. 1986: treatment A 81/87 and 192/263, treatment B 234/270 and 55/80."""
    found = rate_change([Segment(81, 87, 234, 270), Segment(192, 263, 55, 80)])
    assert found is not None and found.sign_reversal
    assert found[:3] == pytest.approx((0.0457, 0.0994, -0.0537), abs=5e-5)
    (by_sql,) = rows(
        """
        with s(x0, n0, x1, n1) as (values (81, 87, 234, 270), (192, 263, 55, 80)),
            w as (select *, n0 / sum(n0) over () s0, n1 / sum(n1) over () s1 from s)
        select sum((s1 - s0) * (x0 / n0 + x1 / n1) / 2), sum((x1 / n1 - x0 / n0) * (s0 + s1) / 2) from w
        """
    )
    assert found[1:3] == pytest.approx(by_sql, rel=1e-12)


def test_a_segment_that_comes_or_goes_is_mix() -> None:
    found = rate_change([Segment(20, 100, 20, 100), Segment(0, 0, 50, 100)])
    assert found is not None and found[:3] == pytest.approx((0.15, 0.15, 0.0))
    assert rate_change([Segment(1, 2, 0, 0)]) is None and rate_change([]) is None


factor = st.floats(0.01, 1e4)
three = st.tuples(factor, factor, factor)
channels = st.lists(st.builds(Cell, three, three), min_size=1, max_size=6)
loose = st.one_of(st.just(0.0), factor)
zero_cells = st.builds(Cell, st.tuples(loose, loose, loose), st.tuples(loose, loose, loose))


def swapped(cell: Cell) -> Cell:
    return Cell(cell.actual, cell.plan, cell.sign)


@given(st.lists(zero_cells, min_size=1, max_size=5))
def test_parts_sum_to_the_gap_and_swapping_plan_and_actual_turns_every_sign(cells: list[Cell]) -> None:
    gap = math.fsum(actual - plan for plan, actual in (cell.values() for cell in cells))
    size = math.fsum(abs(value) for cell in cells for value in cell.values())
    parts, _ = decompose(cells)
    turned, _ = decompose([swapped(cell) for cell in cells])
    assert math.fsum(parts) == pytest.approx(gap, abs=1e-9 * size)
    assert [-part for part in turned] == pytest.approx(parts, abs=1e-9 * size)
    by_shapley = [part for cell in cells for part in shapley(cell)]
    assert math.fsum(by_shapley) == pytest.approx(gap, abs=1e-9 * math.fsum(map(abs, by_shapley)))


@given(channels, st.floats(1e-3, 1e3))
def test_scaling_the_unit_scales_the_parts(cells: list[Cell], unit: float) -> None:
    def in_unit(side: tuple[float | None, ...]) -> tuple[float | None, ...]:
        return (*side[:-1], unit * (side[-1] or 0.0))

    parts, _ = decompose(cells)
    scaled, _ = decompose([Cell(in_unit(cell.plan), in_unit(cell.actual)) for cell in cells])
    size = math.fsum(abs(value) for cell in cells for value in cell.values())
    assert scaled == pytest.approx([unit * part for part in parts], abs=1e-9 * unit * size)


@given(channels, st.integers(0, 5))
def test_splitting_a_channel_into_two_identical_halves_changes_nothing(cells: list[Cell], at: int) -> None:
    assume(at < len(cells))
    whole = cells[at]
    half = Cell(((whole.plan[0] or 0) / 2, *whole.plan[1:]), ((whole.actual[0] or 0) / 2, *whole.actual[1:]))
    halved = [*cells[:at], half, half, *cells[at + 1 :]]
    size = math.fsum(abs(value) for cell in cells for value in cell.values())
    assert decompose(halved)[0] == pytest.approx(decompose(cells)[0], abs=1e-9 * size)
    assert scale_and_mix(halved) == pytest.approx(scale_and_mix(cells), abs=1e-9 * size)


@given(channels)
def test_scale_and_mix_sum_to_volume_and_there_is_no_mix_when_all_grow_alike(cells: list[Cell]) -> None:
    size = math.fsum(abs(value) for cell in cells for value in cell.values())
    assert math.fsum(scale_and_mix(cells)) == pytest.approx(decompose(cells)[0][0], abs=1e-9 * size)
    grown = [Cell(cell.plan, (2 * (cell.plan[0] or 0), *cell.actual[1:])) for cell in cells]
    size = math.fsum(abs(value) for cell in grown for value in cell.values())
    assert scale_and_mix(grown).mix == pytest.approx(0, abs=1e-9 * size)
    negative = [Cell(cell.plan, (*cell.actual[:-1], -1.0)) for cell in grown]
    assert scale_and_mix(negative).mix == pytest.approx(0, abs=1e-9 * size)


@given(st.tuples(*[st.floats(-100, 100)] * 4), st.tuples(*[st.floats(-100, 100)] * 4))
def test_shapley_is_the_mean_over_all_orders_of_changing_one_factor_after_another(
    plan: tuple[float, ...], actual: tuple[float, ...]
) -> None:
    totals = [0.0] * 4
    for order in permutations(range(4)):
        now = list(plan)
        for at in order:
            before = math.prod(now)
            now[at] = actual[at]
            totals[at] += (math.prod(now) - before) / 24
    assert shapley(Cell(plan, actual)) == pytest.approx(totals, abs=1e-6)


@given(factor, st.floats(0, 1e-3))
def test_the_logarithmic_mean_lies_between_its_numbers_and_is_exact_for_near_ones(low: float, step: float) -> None:
    high = low * (1 + step)
    mean = log_mean(low, high)
    assert low * (1 - 1e-15) <= mean <= high * (1 + 1e-15) and mean == log_mean(high, low)
    assert mean == pytest.approx((low + high) / 2 * (1 - (high - low) ** 2 / (3 * (high + low) ** 2)), rel=1e-12)


def test_volume_alone_that_vanished_is_scale() -> None:
    assert scale_and_mix([Cell((10, 2.0), (0, None))]) == (-20.0, 0.0)
    assert scale_and_mix([Cell((0, None), (5, 2.0)), Cell((10, 2.0), (5, 2.0))]) == pytest.approx((0.0, 0.0))
