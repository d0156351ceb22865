"""Typing: every declared notation is exact or a reject with the name of its rule; nothing is guessed and nothing becomes NULL."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from pathlib import Path

import pytest

from tests.sources.inbox import DEALS, Inbox, codes, declare

NAME = "deals_20261102.csv"
UTC = dt.datetime


def typed(folder: Path, type_: str, options: str, texts: list[str]) -> list[object]:
    """Type one column of these texts; a reject stands as the name of its rule."""
    columns = (
        f"- {{name: id, data_type: integer}}\n- {{name: x, data_type: '{type_}', config: {{meta: {{kgi: {{{options}}}}}}}}}\n"
    )
    inbox = Inbox(folder, declare(DEALS, columns))
    lines = [str(number) + ',"' + text.replace('"', '""') + '"' for number, text in enumerate(texts)]
    inbox.loaded(NAME, "\n".join(["id,x", *lines, "-1,"]))
    inbox.type()
    found: dict[object, object] = dict(inbox.engine.rows(f"select id, x from {inbox.table.relation}"))
    found |= dict(inbox.engine.rows(f"select key::integer, rule from {inbox.table.reject} where column_name = 'x'"))
    return [found[number] for number in range(len(texts))]


ALL = "accept: [comma, yen_sign, fullwidth, triangle_negative, paren_negative, kanji_units]"


@pytest.mark.parametrize(
    ("type_", "options", "pairs"),
    [
        (
            "bigint",
            "",
            [("12", 12), ("-3", -3), ("1234.0", 1234), (" 7 ", 7), ("1,234", "not_a_number"), ("0x1F", "not_a_number")],
        ),
        ("bigint", "", [("1.5", "not_an_integer"), ("1e3", "not_a_number"), ("１２３", "not_a_number"), ("-", "not_a_number")]),
        ("tinyint", "", [("127", 127), ("128", "out_of_range"), ("", None)]),
        ("bigint", "accept: [comma]", [("1,234,567", 1234567), ("12,34", "not_a_number"), ("1,2345", "not_a_number")]),
        (
            "decimal(18,2)",
            "",
            [("5800000.0", Decimal("5800000.00")), ("1.255", "too_precise"), ("1.250", Decimal("1.25")), (".5", Decimal("0.50"))],
        ),
        (
            "decimal(18,2)",
            "",
            [("\\1,234", "not_a_number"), ("1" * 17, "out_of_range"), ("NaN", "not_a_number"), ("inf", "not_a_number")],
        ),
        (
            "decimal(18,2)",
            ALL,
            [
                ("\\1,234,567", Decimal("1234567.00")),
                ("￥１，２３４", Decimal("1234.00")),
                ("¥-500", Decimal("-500.00")),
                ("5,000円", Decimal("5000.00")),
                ("△50,000", Decimal("-50000.00")),
                ("▲ 1", Decimal("-1.00")),
                ("(50,000)", Decimal("-50000.00")),
                ("（¥1,234）", Decimal("-1234.00")),
                ("1.5億", Decimal("150000000.00")),
                ("300万円", Decimal("3000000.00")),
                ("1億2,345万", Decimal("123450000.00")),
                ("1億2,345万6,789", Decimal("123456789.00")),
                ("億", "not_a_number"),
                ("1万2億", "not_a_number"),
                ("三百万", "not_a_number"),
                ("1,23", "not_a_number"),
                ("約100", "not_a_number"),
            ],
        ),
        ("decimal(18,2)", "accept: [comma]", [("1.5億", "not_a_number"), ("△1", "not_a_number"), ("１", "not_a_number")]),
        (
            "decimal(9,4)",
            "accept: [percent]",
            [("12.5%", Decimal("0.1250")), ("50 %", Decimal("0.5000")), ("0.5", Decimal("0.5000")), ("1.234%", "too_precise")],
        ),
        ("double", "accept: [percent]", [("1e3", 1000.0), ("25%", 0.25), ("1e999", "out_of_range"), ("nan", "not_a_number")]),
        (
            "date",
            "formats: ['%Y/%m/%d']",
            [
                ("2024/4/1", dt.date(2024, 4, 1)),
                ("2024/04/01", dt.date(2024, 4, 1)),
                ("2024/02/30", "not_a_date"),
                ("0000/00/00", "not_a_date"),
                ("1900/01/00", "not_a_date"),
                ("9999/12/31", "sentinel_date"),
                ("2099/12/31", dt.date(2099, 12, 31)),
                ("24/4/1", "not_a_date"),
                ("2024-04-01", "not_a_date"),
                ("45383", "not_a_date"),
                ("-", "not_a_date"),
            ],
        ),
        ("date", "", [("2024-04-01", dt.date(2024, 4, 1)), ("20240401", "not_a_date"), ("2024-4-1", "not_a_date")]),
        ("date", "formats: ['%Y%m%d']", [("20240401", dt.date(2024, 4, 1)), ("2024041", "not_a_date")]),
        ("date", "formats: ['%Y年%m月%d日'], accept: [fullwidth]", [("２０２４年４月１日", dt.date(2024, 4, 1))]),
        ("date", "formats: ['%Y-%m-%d %H:%M']", [("2024-05-17 17:45", dt.date(2024, 5, 17))]),
        (
            "date",
            "formats: ['%m/%d/%Y', '%d/%m/%Y']",
            [("7/22/2015", dt.date(2015, 7, 22)), ("22/7/2015", dt.date(2015, 7, 22)), ("1/9/2019", "ambiguous_date")],
        ),
        (
            "date",
            "accept: [era]",
            [
                ("令和6年4月1日", dt.date(2024, 4, 1)),
                ("R6.4.1", dt.date(2024, 4, 1)),
                ("平成元年1月8日", dt.date(1989, 1, 8)),
                ("H31.5.1", "not_a_date"),
                ("令和6年2月30日", "not_a_date"),
                ("X6.4.1", "not_a_date"),
                ("2024-04-01", "not_a_date"),
            ],
        ),
        (
            "timestamp",
            "",
            [
                ("2024-04-01 09:12:00", UTC(2024, 4, 1, 0, 12)),
                ("2024-04-01T09:12", UTC(2024, 4, 1, 0, 12)),
                ("2024-03-31T15:30:00.000Z", UTC(2024, 3, 31, 15, 30)),
                ("2024-04-01T09:12:00+09:00", UTC(2024, 4, 1, 0, 12)),
                ("2024-04-01T00:12:00-0500", UTC(2024, 4, 1, 5, 12)),
                ("2024-04-01", "not_a_timestamp"),
                ("2026-11-09T25:61:00Z", "not_a_timestamp"),
            ],
        ),
        ("timestamp", "timezone: UTC", [("2022-12-02 00:10:41", UTC(2022, 12, 2, 0, 10, 41))]),
        ("timestamp", "timezone: America/New_York", [("2024-07-01 00:00:00", UTC(2024, 7, 1, 4))]),
        (
            "timestamp",
            "formats: ['%Y/%m/%d %H:%M', '%Y-%m-%d %H:%M:%S UTC', '%Y-%m-%dT%H:%M:%S%z', '%Y/%m/%d']",
            [
                ("2024/4/1 9:12", UTC(2024, 4, 1, 0, 12)),
                ("2019-07-12 09:50:36 UTC", UTC(2019, 7, 12, 9, 50, 36)),
                ("2024-04-01T09:12:00+0900", UTC(2024, 4, 1, 0, 12)),
                ("2024/4/1", UTC(2024, 3, 31, 15)),
                ("2024-04-01T09:12:00", "not_a_timestamp"),
            ],
        ),
        ("timestamp", "formats: '%d %b, %Y %H:%M:%S'", [("01 Apr, 2024 09:12:00", UTC(2024, 4, 1, 0, 12))]),
        ("boolean", "", [("true", True), ("FALSE", False), ("1", "not_a_boolean"), ("はい", "not_a_boolean"), ("", None)]),
        (
            "boolean",
            "true: ['1', 有効, ○], false: ['0', '', いいえ]",
            [("1", True), ("有効", True), ("○", True), ("0", False), ("", False), ("いいえ", False), ("✓", "not_a_boolean")],
        ),
        ("json", "", [('{"a": [1]}', '{"a": [1]}'), ("{a}", "not_json")]),
        (
            "varchar",
            "nulls: ['', 'null', '000000000000000AAA']",
            [("null", None), ("NULL", "NULL"), ("000000000000000AAA", None)],
        ),
        ("varchar", "nulls: []", [("", ""), (" ", " ")]),
        ("bigint", "nulls: ['', 'N/A']", [("N/A", None), (" ", None), ("#N/A", "not_a_number")]),
        ("varchar", "rule: salesforce_id", [("006IS0000001aB1", "006IS0000001aB1YAI"), ("006", "not_salesforce_id"), ("", None)]),
        ("varchar", "required: true", [("x", "x"), ("", "required")]),
    ],
)
def test_a_declared_notation_is_exact_or_rejected(
    tmp_path: Path, type_: str, options: str, pairs: list[tuple[str, object]]
) -> None:
    assert typed(tmp_path, type_, options, [text for text, _ in pairs]) == [value for _, value in pairs]


def test_a_rejected_version_leaves_the_last_readable_one_in_force(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.loaded(NAME, "id,amount\na,1\nb,1\n")
    inbox.loaded("deals_20261103.csv", "id,amount\na,x\nb,2\n")
    assert inbox.rows("id, amount::integer, _load_id") == [("a", 1, 1), ("b", 2, 2)]
    assert inbox.rejects("load_id, record_no, line, key, column_name, value, rule, is_current") == [
        (2, 1, 2, "a", "amount", "x", "not_a_number", True)
    ]
    result = inbox.type()
    assert (result.rows, result.rejects, codes(result)) == (2, 1, ["records_rejected"])
    assert "1 records of 'crm.deals' are left out: amount not_a_number" in result.findings[0].text("en")
    inbox.loaded("deals_20261104.csv", "id,amount\na,3\nb,2\n")
    assert inbox.rejects("is_current") == [(False,)]
    assert inbox.type().rejects == 0


def test_one_record_tells_all_its_faults(tmp_path: Path) -> None:
    columns = "- {name: id, data_type: varchar}\n- {name: x, data_type: integer}\n- {name: y, data_type: date}\n"
    inbox = Inbox(tmp_path, declare(DEALS, columns))
    inbox.loaded(NAME, "id,x,y\na,q,r\n")
    assert inbox.rejects() == [("x", "q", "not_a_number"), ("y", "r", "not_a_date")]


DELTA = DEALS.replace("mode: snapshot", "mode: delta\nupdated_at: updated_at")
DELTA_COLUMNS = """
- {name: id, data_type: varchar}
- {name: amount, data_type: integer}
- {name: updated_at, data_type: timestamp}
"""


def test_the_newest_update_wins_and_a_stale_one_does_not(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, declare(DELTA, DELTA_COLUMNS))
    head = "id,amount,updated_at\n"
    inbox.loaded(NAME, head + "a,1,2026-11-01T00:00:00Z\nb,1,\nc,1,2026-11-01T00:00:00Z\n")
    inbox.loaded("deals_20261103.csv", head + "a,2,2026-10-01T00:00:00Z\nb,2,2020-01-01T00:00:00Z\nc,3,2026-11-01T00:00:00Z\n")
    assert inbox.rows("id, amount") == [("a", 1), ("b", 2), ("c", 3)]
    first, second = UTC(2026, 11, 2, 15), UTC(2026, 11, 3, 15)
    history = inbox.engine.rows(
        f"select id, amount, _known_at, _valid_to from {inbox.table.history} where id = 'a' order by amount"
    )
    assert history == [("a", 1, first, None), ("a", 2, second, second)]


def test_a_record_of_an_overlap_keeps_when_it_was_first_known(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, declare(DELTA, DELTA_COLUMNS))
    row = "a,1,2026-11-01T00:00:00Z\n"
    inbox.loaded(NAME, "id,amount,updated_at\n" + row)
    inbox.loaded("deals_20261103.csv", "id,amount,updated_at\n" + row + "b,1,2026-11-02T00:00:00Z\n")
    assert inbox.rows("id, _load_id, _known_at") == [("a", 1, UTC(2026, 11, 2, 15)), ("b", 2, UTC(2026, 11, 3, 15))]


def test_an_appended_key_that_comes_twice_counts_once(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, declare(DEALS.replace("mode: snapshot", "mode: append")))
    inbox.loaded(NAME, "id,amount\na,1\nb,1\n")
    inbox.loaded("deals_20261103.csv", "id,amount\nb,2\nc,1\n")
    assert inbox.rows("id, amount::integer") == [("a", 1), ("b", 2), ("c", 1)]
    assert inbox.engine.value(f"select count(*) from {inbox.table.history} where _valid_to is null") == 3


def test_an_append_without_a_key_counts_every_record(tmp_path: Path) -> None:
    kgi = DEALS.replace("mode: snapshot", "mode: append").replace("key: [id]\n", "")
    inbox = Inbox(tmp_path, declare(kgi))
    inbox.loaded(NAME, "id,amount\na,1\na,1\n")
    assert inbox.rows("id, amount::integer") == [("a", 1), ("a", 1)]


def test_deleted_records_stay_with_a_mark(tmp_path: Path) -> None:
    kgi = DELTA + "deleted_when: {column: gone, values: ['1', 'true']}\n"
    inbox = Inbox(tmp_path, declare(kgi, DELTA_COLUMNS + "- {name: gone, data_type: varchar}\n"))
    inbox.loaded(NAME, "id,amount,updated_at,gone\na,1,,true\nb,1,,0\n")
    assert inbox.rows("id, _is_deleted") == [("a", True), ("b", False)]


def test_merges_are_followed_to_their_end_and_circles_are_told(tmp_path: Path) -> None:
    columns = "- {name: id, data_type: varchar}\n- {name: into, data_type: varchar}\n"
    inbox = Inbox(tmp_path, declare(DEALS + "merged_into: into\n", columns))
    merges = "a,b\nb,c\nc,\nd,d\ne,gone\nx,z\ny,x\nz,y\nw,x\n"
    inbox.loaded(NAME, "id,into\n" + merges)
    survivors = {"a": "c", "b": "c", "c": "c", "d": "d", "e": "gone", "w": "x", "x": "x", "y": "x", "z": "x"}
    assert inbox.rows("id, _survivor_key") == sorted(survivors.items())
    result = inbox.type()
    assert codes(result) == ["merge_circle"]
    assert "4 records of 'crm.deals' are merged in a circle" in result.findings[0].text("en")
    inbox.loaded("deals_20261103.csv", "id,into\n" + merges.replace("b,c\n", "b,\n"))
    assert inbox.rows("id, _survivor_key")[0] == ("a", "b")


def test_the_record_hash_is_the_documented_one(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.loaded(NAME, "id,備考,amount\na,メモ,\n")
    said = "".join(f"{len(n.encode())}:{n}{len(v.encode())}:{v}" for n, v in (("amount", ""), ("id", "a"), ("備考", "メモ")))
    assert inbox.engine.value(f"select _record_hash from {inbox.table.raw}") == hashlib.md5(said.encode()).hexdigest()


def test_typing_again_with_another_declaration_reads_the_same_log(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.loaded(NAME, "id,amount\na,△5\n")
    assert inbox.rows() == []
    before = inbox.table.fingerprint
    inbox.redeclare(declare().replace("[comma]", "[comma, triangle_negative]"))
    assert inbox.table.fingerprint != before
    assert inbox.rows("id, amount::integer") == [("a", -5)]
    assert inbox.rejects() == []
