"""Landings by month and what has elapsed -> where a straight line would end, and when the goal is reached."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["eta", "naive_landing"]


def naive_landing(actual: float, elapsed_share: float) -> float | None:
    """Return where the period ends if it goes on as so far: actual / share elapsed, for comparison only; None before it began."""
    return actual / elapsed_share if elapsed_share > 0 else None


def eta(landings: Sequence[float], target: float) -> int | None:
    """Return the position of the first period whose cumulative landing reaches the target.

    None when none within the horizon does: `beyond_horizon`.
    """
    slack = 1e-9 * max(1.0, abs(target))
    return next((at for at, landing in enumerate(landings) if landing >= target - slack), None)
