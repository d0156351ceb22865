"""The guardrails of the demo company find what was planted, and not in the same company without it."""

from __future__ import annotations

import pytest

from tests.companies import SEEDS, Companies
from tests.test_demo_guardrails import said

PUSHED, FORCED = "push_appointments=2026-07", "forced_approaches=2026-07"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_push_for_appointments_is_found(companies: Companies, seed: int) -> None:
    pushed, usual = companies.ran(PUSHED, seed=seed), companies.ran(seed=seed)
    row, before = said(pushed, "appt_quality"), said(usual, "appt_quality")
    assert row["state"] in ("watch", "breach")
    assert (row["local_optimisation"], before["state"]) == (True, "ok")
    assert row["n"] > before["n"]
    assert row["value"] < row["break_even"] < row["base"]
    assert "部分最適" in row["text_ja"] and "local optimisation" in row["text_en"]
    states = {state for (state,) in pushed.rows("select distinct guardrail_state from main.v_latest_kgi where grain = 'period'")}
    assert states <= {"watch", "breach"}


@pytest.mark.parametrize("seed", SEEDS)
def test_forced_approaches_are_found(companies: Companies, seed: int) -> None:
    forced, usual = companies.ran(FORCED, seed=seed), companies.ran(seed=seed)
    for name in ("premature_approach", "opt_out"):
        assert (said(forced, name)["state"], said(usual, name)["state"]) == ("breach", "ok")
    lost = said(forced, "premature_approach")
    assert (lost["estimate_kind"], lost["lost_estimate"] > said(usual, "premature_approach")["lost_estimate"]) == (
        "upper_bound",
        True,
    )
    assert "早すぎる接触で失った有効商談は最大" in lost["text_ja"]
    breached = forced.rows("select distinct guardrail_state from main.v_latest_kgi where grain = 'period'")
    assert breached == [("breach",)]
