"""Byte-exact nasty files: each is read as it stands, rejected record by record, or refused with the place and what to do."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.engines.duckdb import open_engine
from pipeline.findings import Severity
from pipeline.sources import LoadResult
from tests.sources.inbox import DEALS, Inbox, codes, declare

NAME = "deals_20261102.csv"
TEXTS = """
- {name: id, data_type: varchar}
- {name: name, data_type: varchar}
"""


def inbox_of(folder: Path, kgi: str = "", columns: str = TEXTS) -> Inbox:
    return Inbox(folder, declare(DEALS + kgi, columns))


def refused(result: LoadResult) -> tuple[str, str]:
    (fault,) = result.findings
    assert result.status == "refused"
    assert fault.severity is Severity.UNSOUND
    return fault.code, f"{fault.text('en')} | {fault.hint_text('en')}"


def test_cp932_reads_what_only_cp932_has(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path, "encoding: cp932\n")
    inbox.loaded(NAME, "id,name\r\n①㈱,髙﨑Ⅲ～\r\n表ソ十,能\\予\r\n", "cp932")
    assert inbox.rows("id, name") == [("①㈱", "髙﨑Ⅲ～"), ("表ソ十", "能\\予")]


@pytest.mark.parametrize(
    ("declared", "content", "code", "said"),
    [
        ("utf-8", "id,name\na,表\n".encode("cp932"), "undecodable_other", "byte 10, line 2; this file is cp932"),
        ("cp932", "id,name\na,東京都\n".encode(), "wrong_encoding", "declare encoding: utf-8"),
        ("cp932", "\ufeffid,name\na,b\n".encode(), "wrong_encoding", "declare encoding: utf-8"),
        ("utf-8", "id\tname\na\tb\n".encode("utf-16"), "wrong_encoding", "declare encoding: utf-16"),
        ("utf-16", b"id,name\na,b\n", "utf16_without_bom", "mark of UTF-16"),
        ("utf-8", b"id,name\na,\x81\xff\n", "undecodable", "byte 10, line 2"),
        ("utf-8", "id,name\na,表".encode()[:-1], "file_cut_off", "byte 10, line 2"),
        ("cp932", "id,name\na,表".encode("cp932")[:-1], "file_cut_off", "byte 10, line 2"),
        ("utf-8", b"id,name\na,\0b\n", "nul_byte", "byte 10"),
        ("utf-8", b"PK\x03\x04whatever", "file_is_a_zip", "format: xlsx"),
        ("utf-8", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_is_an_old_excel", "XLSX"),
        ("utf-8", b"", "file_empty", "no header"),
        ("utf-8", b"id;name\na;b\n", "one_column_found", "split by semicolon"),
        ("utf-8", b"id,name,ID\na,b,c\n", "header_doubled", "'id' and 'ID'"),
        ("utf-8", b"id,name,_key\na,b,c\n", "header_reserved", "_key"),
        ("utf-8", b"a,b\nc,d\n", "columns_missing", "'id'; 'name'"),
        ("utf-8", b'id,name\na,"open\nb,c\nd,e\n', "quote_not_closed", "line 2 of"),
        ("utf-8", b'id,name\n"a\nb","c\nd,e\n', "quote_not_closed", "line 3 of"),
        ("utf-8", b'id,"na"me\na,b\n', "header_unreadable", "line 1"),
    ],
)
def test_a_file_that_is_not_as_declared_is_refused(tmp_path: Path, declared: str, content: bytes, code: str, said: str) -> None:
    inbox = inbox_of(tmp_path, f"encoding: {declared}\n")
    found, text = refused(inbox.loaded(NAME, content))
    assert found == code
    assert said in text
    assert inbox.rows("id") == []


def test_an_undecodable_byte_far_in_the_file_is_placed_exactly(tmp_path: Path) -> None:
    head = b"id,name\n" + b"".join(b"%07d,\xe8\xa1\xa8\n" % number for number in range(200_000))
    _, text = refused(inbox_of(tmp_path).loaded(NAME, head + b"x,\x80\n"))
    assert f"byte {len(head) + 2}, line 200002" in text


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_newlines_commas_and_quotes_inside_quotes_stay(tmp_path: Path, newline: str) -> None:
    inbox = inbox_of(tmp_path)
    inbox.loaded(NAME, newline.join(["id,name", '"a,b","say ""hi""', 'to all"', "c, d ", ""]))
    assert inbox.rows("id, name") == [("a,b", f'say "hi"{newline}to all'), ("c", " d ")]


def test_mixed_newlines_and_a_bom_are_read(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path)
    inbox.loaded(NAME, "\ufeffid,name\r\na,1\nb,2\rc,3")
    assert inbox.rows("id, name") == [("a", "1"), ("b", "2"), ("c", "3")]


def test_unicode_text_of_excel_is_utf16_with_tabs(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path, "encoding: utf-16\nformat: tsv\n")
    inbox.loaded(NAME, '\ufeffid\tname\r\na\t"x\ty"\r\n'.encode("utf-16-le"))
    assert inbox.rows("id, name") == [("a", "x\ty")]


def test_ragged_records_are_rejected_with_line_and_text_and_shift_nothing(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path)
    inbox.loaded(NAME, 'id,name\na,1\nb\n"c\nd",2,\ne,"f\n')  # the last quote stays open
    assert inbox.rows("id") == []
    inbox.loaded("deals_20261103.csv", 'id,name\na,1\nb\n"c\nd",2,\n"whole,line"\nf,"g"h\ni,3\n')
    assert inbox.rows("id, name") == [("a", "1"), ("i", "3")]
    assert inbox.rejects("record_no, line, value, rule") == [
        (2, 3, "b", "wrong_number_of_fields"),
        (3, 4, '"c\nd",2,', "wrong_number_of_fields"),
        (4, 6, '"whole,line"', "wrong_number_of_fields"),
        (5, 7, 'f,"g"h', "bad_quoting"),
    ]


def test_a_key_inside_an_unreadable_record_is_not_absent(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path)
    inbox.loaded(NAME, "id,name\na,1\nb,2\n")
    inbox.loaded("deals_20261103.csv", "id,name\na,1\nb,2,3\n")
    assert inbox.rows("id, name") == [("a", "1"), ("b", "2")]
    inbox.loaded("deals_20261104.csv", "id,name\na,1\n")
    assert inbox.rows("id, name") == [("a", "1")]


def test_blank_lines_and_lines_of_commas_are_counted_and_are_no_records(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path)
    result = inbox.loaded(NAME, "id,name\na,1\n\n,\n\nb,2\n")
    assert result.rows_read == 2
    assert inbox.engine.value("select blank_rows from state.load") == 3


REPORT = (
    'id,name\na,1\n"合計商事",2\n\n\n"Grand Totals (2 records)",\n'
    '"My report"\n"Copyright (c) 2000-2026 salesforce.com"\n"Confidential"\n'
)


def test_a_report_footer_is_recognised_by_its_rule_and_counted(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path, "footer: salesforce_report\n")
    inbox.loaded(NAME, REPORT)
    assert inbox.rows("id") == [("a",), ("合計商事",)]
    assert inbox.engine.row("select rows_read, footer_rows, blank_rows, rows_rejected from state.load") == (2, 4, 2, 0)


def test_without_the_rule_a_footer_is_rejected_records_and_no_data(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path)
    inbox.loaded(NAME, REPORT)
    assert {rule for _, _, rule in inbox.rejects()} == {"wrong_number_of_fields"}


def test_what_looks_like_a_footer_before_more_records_is_no_footer(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path, "footer: salesforce_report\n")
    inbox.loaded(NAME, "id,name\na,1\n\nbroken\nb,2\n")
    assert inbox.rows("id") == [("a",), ("b",)]
    assert inbox.rejects("line, value, rule") == [(4, "broken", "wrong_number_of_fields")]


def test_a_footer_may_begin_where_a_first_field_matches(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path, "footer: {stop_at: '^合計$'}\n")
    inbox.loaded(NAME, "id,name\na,1\n合計,1\nwhatever\n")
    assert inbox.rows("id") == [("a",)]
    assert inbox.engine.value("select footer_rows from state.load") == 2


def test_continuation_rows_of_a_sub_table_are_skipped_by_rule(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path, "skip_when: {column: first, values: ['']}\n", TEXTS + "- {name: first, data_type: varchar}\n")
    inbox.loaded(NAME, "first,id,name\n*,a,1\n,a,\n*,b,2\n")
    assert inbox.rows("id") == [("a",), ("b",)]
    assert inbox.engine.row("select rows_read, skipped_rows from state.load") == (2, 1)


def test_headers_match_by_name_whatever_their_order_width_and_spaces(tmp_path: Path) -> None:
    columns = "- {name: id, data_type: varchar, config: {meta: {kgi: {from: 商談 ID}}}}\n"
    columns += "- {name: amount, data_type: bigint, config: {meta: {kgi: {from: ｷﾝｶﾞｸ, aliases: [金額 (換算)]}}}}\n"
    inbox = inbox_of(tmp_path, columns=columns)
    assert codes(inbox.loaded(NAME, "メモ, キンガク ,商談　ID\nx,5,a\n")) == ["new_columns"]
    inbox.loaded("deals_20261103.csv", "商談 ID,金額 (換算)\na,6\n")
    assert inbox.rows("id, amount") == [("a", 6)]


def test_missing_columns_are_told_together_with_the_nearest_headers(tmp_path: Path) -> None:
    columns = "- {name: id, data_type: varchar}\n- {name: amount, data_type: bigint, config: {meta: {kgi: {from: 金額}}}}\n"
    columns += (
        "- {name: stage, data_type: varchar}\n- {name: note, data_type: varchar, config: {meta: {kgi: {optional: true}}}}\n"
    )
    inbox = inbox_of(tmp_path, columns=columns)
    code, text = refused(inbox.loaded(NAME, "id,金額 (換算),Stages\na,1,x\n"))
    assert code == "columns_missing"
    assert "lacks 2 columns" in text
    assert "'金額' (~ '金額 (換算)'); 'stage' (~ 'Stages')" in text


def test_empty_and_doubled_keys_are_rejected_and_the_first_record_counts(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path)
    inbox.loaded(NAME, "id,name\na,1\n,2\na,3\na,1\n")
    assert inbox.rows("id, name") == [("a", "1")]
    assert inbox.rejects("record_no, key, value, rule") == [
        (2, None, None, "key_missing"),
        (3, "a", "a", "duplicate_key"),
        (4, "a", "a", "duplicate_key"),
    ]


def test_ids_keep_their_digits_and_their_case(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path)
    inbox.loaded(NAME, "id,name\n25842000000262377,x\nabC,x\nABc,x\n0012,x\n")
    assert [key for (key,) in inbox.rows("id")] == ["0012", "25842000000262377", "ABc", "abC"]


def test_salesforce_ids_of_15_and_18_characters_are_one_key(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path, "key_rule: salesforce_id\n")
    inbox.loaded(NAME, "id,name\n006IS0000001aB1,1\n006IS0000001ab1,2\n006is0000001ab2yai,3\n")
    inbox.loaded("deals_20261103.csv", "id,name\n006IS0000001aB1YAI,1\n006IS0000001ab1,2\n")
    inbox.loaded("deals_20261104.csv", "id,name\n006IS0000001aB1,1\n006IS0000001ab1YAA,2\n006IS0000001aB2YAI,3\n")
    assert inbox.rows("id, name, _key = id") == [
        ("006IS0000001aB1YAI", "1", True),
        ("006IS0000001aB2YAI", "3", True),
        ("006IS0000001ab1YAA", "2", True),
    ]


def test_a_formula_cell_stays_text(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path)
    inbox.loaded(NAME, 'id,name\na,"=HYPERLINK(""x"")"\n')
    assert inbox.rows("name") == [('=HYPERLINK("x")',)]


def test_gzip_is_read_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, declare(DEALS.replace("*.csv", "*.csv.gz"), TEXTS))
    packed = gzip.compress(b"id,name\n" + b"".join(b"%d,x\n" % number for number in range(1000)))
    assert inbox.loaded("deals_20261102.csv.gz", packed).rows_read == 1000
    code, _ = refused(inbox.loaded("deals_20261103.csv.gz", packed[:-20]))
    assert code == "compressed_file_damaged"


def test_a_very_long_field_passes(tmp_path: Path) -> None:
    inbox = inbox_of(tmp_path)
    inbox.loaded(NAME, f'id,name\na,"{"長い" * 2_000_000}"\nb,1\n')
    assert inbox.rows("id, length(name)") == [("a", 4_000_000), ("b", 1)]


def test_a_composite_key_is_unambiguous(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, declare(DEALS.replace("[id]", "[id, name]"), TEXTS))
    inbox.loaded(NAME, 'id,name\n"a,b",c\na,"b,c"\na,\n')
    assert inbox.rows("_key") == [('["a","b,c"]',), ('["a,b","c"]',)]
    assert inbox.rejects("rule") == [("key_missing",)]


def test_json_lines_keep_numbers_nulls_and_nesting(tmp_path: Path) -> None:
    columns = TEXTS + "- {name: amount, data_type: 'decimal(18,2)'}\n- {name: more, data_type: json}\n"
    kgi = DEALS.replace(".csv", ".jsonl") + "format: jsonl\n"
    inbox = Inbox(tmp_path, declare(kgi, columns))
    lines = '{"id": 25842000000262377, "amount": 1234567.10, "more": {"x": [1, "二"], "y": true}}\n\n{"name": null, "id": "b"}\n'
    inbox.loaded("deals_20261102.jsonl", lines)
    assert inbox.rows("id, name, amount, more::varchar") == [
        ("25842000000262377", None, Decimal("1234567.10"), '{"x":[1,"二"],"y":true}'),
        ("b", None, None, None),
    ]
    for number, bad in enumerate(("{", "[1]", '{"id": 1, "id": 2}'), start=3):
        code, text = refused(inbox.loaded(f"deals_2026110{number}.jsonl", '{"id": 1}\n' + bad))
        assert code == "jsonl_line"
        assert "line 2" in text


SHEET = "files: 'deals_*.xlsx'\nformat: xlsx\nmode: snapshot\nkey: id\norder_by: loaded\nfooter: {stop_at: '^合計$'}\n"
SHEET_COLUMNS = """
- {name: id, data_type: varchar}
- {name: amount, data_type: bigint}
- {name: closed, data_type: date, config: {meta: {kgi: {formats: ["%Y/%m/%d"]}}}}
- {name: is_won, data_type: boolean}
"""


def sheet(rows: list[list[object]]) -> bytes:
    """Write a small XLSX by hand: inline texts, numbers, booleans, and dates as a serial with a date style."""

    def cell(value: object, at: str) -> str:
        match value:
            case bool():
                return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
            case dt.date():
                return f'<c r="{at}" s="1"><v>{(value - dt.date(1899, 12, 30)).days}</v></c>'
            case int() | float():
                return f'<c r="{at}"><v>{value}</v></c>'
            case None:
                return ""
            case _:
                return f'<c r="{at}" t="inlineStr"><is><t>{value}</t></is></c>'

    lines = (
        f'<row r="{y}">' + "".join(cell(value, f"{'ABCDEF'[x]}{y}") for x, value in enumerate(row)) + "</row>"
        for y, row in enumerate(rows, start=1)
    )
    ns = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {ns} xmlns:r="{rel}"><sheets>'
        '<sheet name="商談" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{rel}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet {ns}><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f"<worksheet {ns}><sheetData>{''.join(lines)}</sheetData></worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        for name, text in files.items():
            book.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return out.getvalue()


def test_a_sheet_with_title_rows_date_cells_and_a_total_is_read_by_rule(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, declare(SHEET + "dialect: {header_row: 3, sheet: 商談}\n", SHEET_COLUMNS))
    rows: list[list[object]] = [
        ["商談一覧"],
        [],
        ["id", "amount", "closed", "is_won"],
        ["a", 1234567, dt.date(2026, 4, 1), True],
        [17, 2.0, "2026/4/2", False],
        ["合計", 1234569],
    ]
    inbox.loaded("deals_1.xlsx", sheet(rows))
    assert inbox.rows("id, amount, closed, is_won") == [
        ("17", 2, dt.date(2026, 4, 2), False),
        ("a", 1234567, dt.date(2026, 4, 1), True),
    ]
    assert inbox.engine.value("select footer_rows from state.load") == 1
    code, _ = refused(inbox.loaded("deals_2.xlsx", b"id,amount\n"))
    assert code == "xlsx_unreadable"


def test_parquet_is_read_with_every_value_as_text(tmp_path: Path) -> None:
    kgi = "files: 'deals_*.parquet'\nformat: parquet\nmode: delta\nkey: id\nupdated_at: updated\n"
    columns = "- {name: id, data_type: varchar}\n- {name: amount, data_type: 'decimal(18,2)'}\n"
    columns += "- {name: updated, data_type: timestamp}\n"
    inbox = Inbox(tmp_path, declare(kgi, columns))
    path = tmp_path / "inbox" / "deals_1.parquet"
    with open_engine(None) as engine:
        engine.execute(
            "copy (select 17::bigint as id, 5.25::decimal(9,2) as amount, timestamp '2026-04-01 09:00:00' as updated, 1 as more"
            f" union all select 18, null, null, 2) to '{path}' (format parquet)"
        )
    (result,) = inbox.load_all()
    assert (result.rows_read, codes(result)) == (2, ["new_columns"])
    assert inbox.rows("id, amount, updated") == [("17", Decimal("5.25"), dt.datetime(2026, 4, 1)), ("18", None, None)]
    code, _ = refused(inbox.loaded("deals_2.parquet", b"no parquet"))
    assert code == "parquet_unreadable"
