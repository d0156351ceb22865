"""Company and night -> the three exports of Salesforce: opportunities, their history, users."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.demo import names
from data.demo.clock import day_of, slashes, slashes_with_time, zulu
from data.demo.deals import PROBABILITY, VALID_OR_BEYOND
from data.demo.files import Night, faults_of, quoted, write
from data.demo.ids import salesforce_id, with_checksum
from data.demo.shapes import Company, Deal, Row

OPPORTUNITY, HISTORY, USER = "salesforce/opportunity", "salesforce/opportunity_history", "salesforce/user"
OPPORTUNITY_COLUMNS = (
    "商談 所有者", "取引先名", "取引先 ID", "商談名", "フェーズ", "金額", "確度 (%)", "完了予定日", "作成日",
    "リードソース", "主キャンペーン ID", "有効商談", "失注理由", "最終更新日", "商談 ID",
)  # fmt: skip
HISTORY_COLUMNS = ("Id", "OpportunityId", "CreatedDate", "StageName", "Amount", "CurrencyIsoCode", "CloseDate",
                   "Probability", "SystemModstamp", "IsDeleted")  # fmt: skip
USER_COLUMNS = ("ユーザ ID", "氏名", "別名", "部署", "チーム", "有効")
FOOTER = (
    "商談レポート（あおぞらドキュメント）",
    "Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved.",
    "機密情報 - 配布禁止",
)


def export_salesforce(company: Company, night: Night, out: Path) -> dict[str, int]:
    """Write the three files of a night and return the number of records in each."""
    opportunities = write(out, OPPORTUNITY, night, _opportunities(company, night), encoding="cp932", newline="\r\n")
    history = write(out, HISTORY, night, _history(company, night), encoding="utf-8", newline="\n")
    users = write(out, USER, night, _users(company, night), encoding="cp932", newline="\r\n")
    return {OPPORTUNITY: opportunities - 2 - len(FOOTER), HISTORY: history - 1, USER: users - 1}


def deal_id(deal: Deal) -> str:
    """Return the deal's id of 15 characters."""
    return salesforce_id("006", deal.number)


def row_id(row: Row) -> str:
    """Return the history row's id of 18 characters."""
    return with_checksum(salesforce_id("008", row.number))


def account_id(account: int) -> str:
    """Return the account's id of 15 characters."""
    return salesforce_id("001", 9_000 + account)


def happened(row: Row, cutoff: int) -> int:
    """Return when the change happened, as the system says before the cut-off."""
    return row.corrected_to if row.corrected < cutoff else row.happened


def _opportunities(company: Company, night: Night) -> Iterator[str]:
    """Return the lines of the report: header, each deal as it stands, footer."""
    broken = faults_of(company, OPPORTUNITY, night)
    yield quoted(OPPORTUNITY_COLUMNS)
    for deal in company.deals:
        if deal.rows[0].recorded < night.end <= deal.deleted:
            yield quoted(_opportunity(deal, night.end, broken.get(deal.number)))
    yield ""
    yield from (quoted((line,)) for line in FOOTER)


def _opportunity(deal: Deal, cutoff: int, broken: str | None) -> tuple[str, ...]:
    """Return a deal as its newest known row leaves it; a broken text takes the place of its date or its amount."""
    rows = [row for row in deal.rows if row.recorded < cutoff]
    row = max(rows, key=lambda each: happened(each, cutoff))
    touched = [each.recorded for each in rows] + [each.corrected for each in rows if each.corrected < cutoff]
    amount = "" if row.amount is None else f"{row.amount:,}"
    close = slashes(row.close_on)
    if broken is not None and "/" in broken:
        close = broken
    elif broken is not None:
        amount = broken
    return (
        deal.owner,
        names.written(deal.account, deal.account % 3 % 2),
        account_id(deal.account),
        deal.name,
        row.stage,
        amount,
        str(PROBABILITY[row.stage]),
        close,
        slashes(day_of(rows[0].happened)),
        deal.source,
        deal.campaign,
        "1" if any(each.stage in VALID_OR_BEYOND for each in rows) else "0",
        deal.lost_reason if row.stage == "失注" else "",
        slashes_with_time(max(touched)),
        deal_id(deal),
    )


def _history(company: Company, night: Night) -> Iterator[str]:
    """Return the lines of the delta: rows entered, corrected or marked deleted in the window, ordered by id."""
    yield quoted(HISTORY_COLUMNS)
    found: list[tuple[int, tuple[str, ...]]] = []
    for deal in company.deals:
        for row in deal.rows:
            if row.recorded >= min(night.end, deal.deleted):
                continue
            modified = max(at for at in (row.recorded, row.corrected, deal.deleted) if at < night.end)
            if night.holds(modified):
                found.append((row.number, _history_row(deal, row, modified, night.end)))
    yield from (quoted(values) for _, values in sorted(found))


def _history_row(deal: Deal, row: Row, modified: int, cutoff: int) -> tuple[str, ...]:
    """Return a row of the history as the system says before the cut-off."""
    return (
        row_id(row),
        with_checksum(deal_id(deal)),
        zulu(happened(row, cutoff), millis=True),
        row.stage,
        "" if row.amount is None else f"{row.amount}.0",
        "JPY",
        row.close_on.isoformat(),
        str(PROBABILITY[row.stage]),
        zulu(modified, millis=True),
        "true" if deal.deleted < cutoff else "false",
    )


def _users(company: Company, night: Night) -> Iterator[str]:
    """Return the lines of the users, those who left included."""
    yield quoted(USER_COLUMNS)
    for user in company.users:
        team = user.moved_to if user.moved < night.end else user.team
        active = "1" if night.end <= user.active_until else "0"
        yield quoted((salesforce_id("005", user.number), user.name, user.handle, user.department, team, active))
