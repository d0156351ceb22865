"""Company and night -> the sheets kept by hand: inside sales' appointments, finance's campaign costs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.demo import names
from data.demo.clock import day_of
from data.demo.files import Night, plain, write
from data.demo.salesforce import deal_id
from data.demo.shapes import Appointment, Company

APPOINTMENTS, COSTS = "insidesales/appointments", "finance/campaign_costs"
APPOINTMENT_COLUMNS = ("アポID", "リードID", "商談ID", "獲得日", "実施予定日", "実施日", "状態", "営業結果",
                       "結果記入日", "担当", "チャネル", "キャンペーンID")  # fmt: skip
COST_COLUMNS = ("キャンペーンID", "キャンペーン名", "チャネル", "月", "費用", "通貨")


def export_sheets(company: Company, night: Night, out: Path) -> dict[str, int]:
    """Write the two files of a night and return the number of records in each."""
    lines = write(out, APPOINTMENTS, night, _appointments(company, night), encoding="utf-8-sig", newline="\r\n")
    costs = write(out, COSTS, night, _costs(company, night), encoding="utf-8", newline="\n")
    return {APPOINTMENTS: lines - 1, COSTS: costs - 1}


def appointment_id(line: Appointment) -> str:
    """Return `AP-000123`."""
    return f"AP-{line.number:06d}"


def _appointments(company: Company, night: Night) -> Iterator[str]:
    """Return the lines of the sheet: each appointment as far as it had been written down."""
    yield plain(APPOINTMENT_COLUMNS)
    yield from (plain(_appointment(line, night.end)) for line in company.appointments if line.set_recorded < night.end)


def _appointment(line: Appointment, cutoff: int) -> tuple[str, ...]:
    """Return an appointment as it stood before the cut-off."""
    settled, judged = line.state_recorded < cutoff, line.result_recorded < cutoff
    linked = line.deal is not None and settled and line.deal.rows[0].recorded < cutoff
    return (
        appointment_id(line),
        str(line.lead.number),
        deal_id(line.deal) if linked and line.deal is not None else "",
        line.set_on.isoformat(),
        line.planned_on.isoformat(),
        line.held_on.isoformat() if settled and line.held_on is not None else "",
        line.state if settled else "予定",
        line.result if judged else "",
        day_of(line.result_recorded).isoformat() if judged else "",
        line.handle,
        line.lead.channel,
        names.campaign(line.lead.channel, day_of(line.lead.created)) if line.lead.number % 5 else "",
    )


def _costs(company: Company, night: Night) -> Iterator[str]:
    """Return the lines of the sheet: planned costs of open months, final costs of closed ones."""
    yield plain(COST_COLUMNS)
    for cost in company.costs:
        if cost.recorded < night.end:
            amount = cost.final if cost.closed < night.end else cost.planned
            yield plain((cost.campaign, cost.name, cost.channel, cost.month, f"{amount:,}", "JPY"))
