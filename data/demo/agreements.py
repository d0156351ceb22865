"""A change of definition -> the agreement of the repository with its second version, as the company would have signed it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from data.demo.parameters import Switch

AGREEMENT = Path(__file__).parent.parent.parent / "metrics/agreements/valid_opportunity.yml"
VERSIONS = "  versions:\n"


def second_version(switch: Switch) -> str:
    """Return the text of the agreement with version 2, in force from the switch's month on, signed 13 days before."""
    first = dt.date.fromisoformat(f"{switch.month}-01")
    text = AGREEMENT.read_text(encoding="utf-8")
    head, found, rest = text.partition(VERSIONS)
    assert found, f"{AGREEMENT.name} has no versions"
    return f"""{head}{VERSIONS}    # Budget known, decision maker met, purchase within a year.
    - version: 2
      effective_from: {first}
      agreed_on: {first - dt.timedelta(days=13)}
      agreed_by: {{marketing: hmihon, sales: tsato}}
      predicate: is_budget_known and is_decision_maker_attended and purchase_within_months <= 12
      evidence: [is_budget_known, is_decision_maker_attended, purchase_within_months]
      agreed_level: {{per_year: 140}}
      review_by: {first.replace(year=first.year + 1)}
{rest}"""
