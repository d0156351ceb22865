"""Company and night -> the exports of what people write down: checks, approaches, hours, judgements, issues, decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from data.demo.clock import TOKYO, day_of, utc
from data.demo.files import Night, plain, quoted, write
from data.demo.salesforce import deal_id
from data.demo.shapes import Company, Hours
from data.demo.sheets import appointment_id

CHECKS, APPROACHES = "salesforce/opportunity_qualification", "insidesales/approaches"
HOURS, JUDGEMENTS = "sales/hours", "sales/judgements"
ISSUES, DECISIONS = "sharing/issues", "sharing/decisions"
COLUMNS = {
    CHECKS: ("確認ID", "商談 ID", "確認日時", "予算確認", "決裁者同席", "導入予定月数", "記録者"),
    APPROACHES: ("アプローチID", "リードID", "日時", "種別", "スコア", "結果", "担当"),
    HOURS: ("日報ID", "日付", "担当", "区分", "時間", "アポID", "商談ID"),
    JUDGEMENTS: ("商談ID", "判定日", "判定", "判定者"),
    ISSUES: ("課題ID", "起票部門", "指標", "起票日", "完了日", "担当", "内容"),
    DECISIONS: ("決定ID", "KGI", "施策", "決定", "担当", "期限", "決定日", "完了日", "サイクル"),
}


def export_notes(company: Company, night: Night, out: Path) -> dict[str, int]:
    """Write the six files of a night and return the number of records in each."""
    rows = {
        CHECKS: _checks(company, night),
        APPROACHES: _approaches(company, night),
        HOURS: _hours(company, night),
        JUDGEMENTS: _judgements(company, night),
        ISSUES: _issues(company, night),
        DECISIONS: _decisions(company, night),
    }
    return {file: _write(out, file, night, records) for file, records in rows.items()}


def _write(out: Path, file: str, night: Night, records: Iterable[tuple[str, ...]]) -> int:
    """Write a file with its header in the bytes of its system and return the number of records."""
    line, encoding, newline = (quoted, "cp932", "\r\n") if file == CHECKS else (plain, "utf-8-sig", "\r\n")
    lines = (line(values) for values in (COLUMNS[file], *records))
    return write(out, file, night, lines, encoding=encoding, newline=newline) - 1


def wall(instant: int) -> str:
    """Return `2026-07-01 10:12` in Tokyo."""
    return f"{utc(instant + TOKYO):%Y-%m-%d %H:%M}"


def _checks(company: Company, night: Night) -> Iterator[tuple[str, ...]]:
    """Return the checks recorded in the window."""
    for check in company.notes.checks:
        if night.holds(check.recorded):
            yield (
                f"QC-{check.number:06d}",
                deal_id(check.deal),
                wall(check.happened),
                str(int(check.is_budget_known)),
                str(int(check.is_decision_maker_attended)),
                str(check.purchase_within_months),
                check.handle,
            )


def _approaches(company: Company, night: Night) -> Iterator[tuple[str, ...]]:
    """Return the approaches recorded in the window."""
    for call in company.notes.approaches:
        if night.holds(call.recorded):
            key, lead = f"AC-{call.number:07d}", str(call.lead.number)
            yield key, lead, wall(call.happened), call.kind, str(call.score), call.outcome, call.handle


def _hours(company: Company, night: Night) -> Iterator[tuple[str, ...]]:
    """Return the lines of the daily reports recorded in the window."""
    for line in company.notes.hours:
        if night.holds(line.recorded):
            spent = f"{line.quarters / 4:.2f}"
            yield f"DR-{line.number:07d}", line.on.isoformat(), line.handle, line.kind, spent, *_about(line)


def _about(line: Hours) -> tuple[str, str]:
    """Return the appointment and the deal that the hours were spent on."""
    appointment = "" if line.appointment is None else appointment_id(line.appointment)
    return appointment, "" if line.deal is None else deal_id(line.deal)


def _judgements(company: Company, night: Night) -> Iterator[tuple[str, ...]]:
    """Return sales' own list of deals as it stands."""
    for line in company.notes.judgements:
        if line.recorded < min(night.end, line.deal.deleted):
            yield deal_id(line.deal), line.on.isoformat(), "有効" if line.is_valid else "対象外", line.handle


def _issues(company: Company, night: Night) -> Iterator[tuple[str, ...]]:
    """Return the list of issues as it stands."""
    for issue in company.notes.issues:
        if issue.opened < night.end:
            closed = day_of(issue.closed).isoformat() if issue.closed < night.end else ""
            opened = day_of(issue.opened).isoformat()
            yield f"IS-{issue.number:04d}", issue.department, issue.metric, opened, closed, issue.handle, issue.text


def _decisions(company: Company, night: Night) -> Iterator[tuple[str, ...]]:
    """Return the list of decisions as it stands."""
    for each in company.notes.decisions:
        if each.decided < night.end:
            done = day_of(each.done).isoformat() if each.done < night.end else ""
            yield (
                f"DC-{each.number:04d}",
                each.goal,
                each.action,
                each.decision,
                each.handle,
                each.due.isoformat(),
                day_of(each.decided).isoformat(),
                done,
                each.cycle,
            )
