"""The declaration: defaults, names, and every mistake told on its line with what to write instead."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from pipeline.decode import read
from pipeline.findings import KgiError, describe
from pipeline.messages.sources import MESSAGES
from pipeline.profile import Company
from pipeline.shapes import Column, Relation
from pipeline.sources import Source, declared_columns, read_sources
from tests.sources.inbox import COMPANY, DEAL_COLUMNS, DEALS, declare, sources_of

FULL = """
version: 2
sources:
  - name: salesforce
    description: The CRM.
    loader: by hand
    freshness: {warn_after: {count: 1, period: day}}
    tags: [crm]
    config: {meta: {kgi: {encoding: cp932, nulls: ["", "null"], thresholds: {max_reject_rows: 5}}, owner: sales}}
    tables:
      - name: opportunity
        description: Deals.
        data_tests: []
        config:
          meta:
            kgi:
              files: "salesforce/opportunity_*.csv"
              mode: snapshot
              key: [商談 ID]
              key_rule: salesforce_id
              order_by: {filename_date: "%Y%m%d"}
              thresholds: {min_rows: 3}
              deleted_when: {column: 有効, values: ["0"]}
              merged_into: merged_into_id
        columns:
          - {name: opportunity_id, data_type: varchar, config: {meta: {kgi: {from: "商談 ID "}}}, data_tests: [unique]}
          - {name: merged_into_id, data_type: text}
          - {name: amount, data_type: "numeric( 18, 2)", config: {meta: {kgi: {from: 金額, personal: true, accept: comma}}}}
          - {name: is_valid, data_type: bool, config: {meta: {kgi: {from: 有効, true: ["1"], false: ["0", ""]}}}}
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(KgiError) as caught:
        sources_of(text)
    return [describe(each) for each in caught.value.findings]


def test_a_declaration_is_read_with_its_defaults() -> None:
    (source,) = sources_of(FULL)
    (table,) = source.tables
    assert (source.name, table.full_name, table.place.line) == ("salesforce", "salesforce.opportunity", 11)
    assert (table.encoding, table.nulls, table.format, table.mode) == ("cp932", ("", "null"), "csv", "snapshot")
    assert (table.thresholds.max_reject_rows, table.thresholds.min_rows, table.thresholds.max_drop_ratio) == (5, 3, 0.2)
    assert table.key == ("opportunity_id",)
    assert [each.rule for each in table.columns] == ["salesforce_id", "salesforce_id", None, None]
    assert (table.columns[0].header, table.columns[2].type, table.columns[2].personal) == ("商談 ID", "DECIMAL(18,2)", True)
    assert table.columns[3].true == ("1",)
    assert table.columns[3].false == ("0", "")
    assert table.columns[3].timezone == "Asia/Tokyo"
    assert table.deleted_when is not None
    assert table.deleted_when.column == "is_valid"


def test_relations_and_columns_are_known_without_data() -> None:
    table = sources_of(FULL)[0].tables[0]
    assert table.relation == Relation("source", "salesforce__opportunity")
    assert table.raw == Relation("raw", "salesforce__opportunity")
    assert table.reject == Relation("source", "salesforce__opportunity__reject")
    assert table.history == Relation("source", "salesforce__opportunity__history")
    assert declared_columns(table)[:4] == (
        Column("opportunity_id", "VARCHAR"),
        Column("merged_into_id", "VARCHAR"),
        Column("amount", "DECIMAL(18,2)"),
        Column("is_valid", "BOOLEAN"),
    )
    own = ["_load_id", "_record_no", "_known_at", "_first_known_at", "_key", "_survivor_key", "_is_deleted"]
    assert [each.name for each in declared_columns(table)[4:]] == own


def test_the_fingerprint_changes_with_what_decides_the_typed_table_only() -> None:
    def fingerprint(text: str, company: Company = COMPANY) -> str:
        return sources_of(text, company)[0].tables[0].fingerprint

    same = FULL.replace("Deals.", "All deals.").replace("min_rows: 3", "min_rows: 4").replace("version: 2\n", "version: 2\n\n")
    assert fingerprint(same) == fingerprint(FULL)
    assert fingerprint(FULL.replace("accept: comma", "accept: [comma, percent]")) != fingerprint(FULL)
    assert fingerprint(FULL.replace('"null"', '"NULL"')) != fingerprint(FULL)
    assert fingerprint(FULL, dataclasses.replace(COMPANY, timezone="UTC")) != fingerprint(FULL)


def test_documents_without_sources_are_passed_over() -> None:
    assert read_sources([read("models: []", "a.yml"), read("", "b.yml")], COMPANY) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mode: snapshot", "mode: snapshot\nkye: [id]", "did you mean key?"),
        ("mode: snapshot", "mode: snapshto", "did you mean snapshot?"),
        ("mode: snapshot", "mode: snapshot\nencoding: shift_jis", "did you mean cp932?"),
        ("mode: snapshot", "mode: snapshot\nencoding: latin-1", "latin-1"),
        ("mode: snapshot", "mode: snapshot\nformat: avro", "avro"),
        ("mode: snapshot", "mode: snapshot\nupdated_at: id", "which snapshot is newer is said by `order_by`"),
        ("key: [id]", "key: []", "mode snapshot needs `key`"),
        ("key: [id]", "key: [idd]", "did you mean id?"),
        ('order_by: {filename_date: "%Y%m%d"}\n', "", "needs `order_by`"),
        ('{filename_date: "%Y%m%d"}\nknown', "{column: id}\nknown", "write `updated_at: id`"),
        ('{filename_date: "%Y%m%d"}\nknown', '{filename_date: "%Y%m"}\nknown', "%Y, %m and %d"),
        ('"deals_*.csv"', '"../deals_*.csv"', "inside the inbox"),
        ("mode: snapshot", "mode: snapshot\nfooter: {stop_at: '('}", "no regular expression"),
        ("mode: snapshot", "mode: snapshot\ntimezone: Asia/Tokio", "did you mean Asia/Tokyo?"),
        ("max_drop_ratio: 1.0", "max_drop_ratio: 20", "max_drop_ratio"),
        ("mode: snapshot", "mode: snapshot\ndeleted_when: {column: x, values: ['1']}", "deleted_when names the column 'x'"),
        ("key: [id]", "key: [id, amount]\nmerged_into: id", "needs a key of one column"),
    ],
)
def test_a_mistake_of_the_table_is_told_with_what_to_write(old: str, new: str, said: str) -> None:
    assert old in DEALS
    found = mistakes(declare(DEALS.replace(old, new)))
    assert any(said in each for each in found), found
    assert all("_sources.yml:" in each for each in found)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("{name: amuont, data_type: decimall}", "'decimall' is not a data_type"),
        ("{name: x, data_type: 'decimal(40,2)'}", "'decimal(40,2)' is not a data_type"),
        ("{name: x, data_type: decimal}", "did you mean decimal(18,2)?"),
        ("{name: x}", "needs the key 'data_type'"),
        ("{name: x, data_type: date, formats: ['%Y']}", "'formats' is not a key"),
        ("{name: id, data_type: date}", "the column 'id' is declared twice"),
        ("{name: ID, data_type: date}", "the column 'id' is declared twice"),
        ("{name: x, data_type: date, config: {meta: {kgi: {from: id}}}}", "two columns read the header 'id'"),
        ("{name: _key, data_type: date}", "a name that the log keeps for itself"),
        ("{name: a b, data_type: date}", "'a b' cannot be the name of a column"),
        ("{name: x, data_type: date, meta: {kgi: {from: y}}}", "write it under `config: {meta: {kgi: ...}}`"),
        ("{name: x, data_type: date, config: {meta: {kgi: {acept: [comma]}}}}", "did you mean accept?"),
        ("{name: x, data_type: date, config: {meta: {kgi: {frm: y}}}}", "did you mean from?"),
        ("{name: x, data_type: bigint, config: {meta: {kgi: {accept: [coma]}}}}", "did you mean comma?"),
        ("{name: x, data_type: date, config: {meta: {kgi: {accept: [comma]}}}}", "'accept: comma' does not go with"),
        ("{name: x, data_type: bigint, config: {meta: {kgi: {formats: ['%Y-%m-%d']}}}}", "'formats' does not go with"),
        ("{name: x, data_type: bigint, config: {meta: {kgi: {true: ['1']}}}}", "'true/false' does not go with"),
        ("{name: x, data_type: bool, config: {meta: {kgi: {true: ['1']}}}}", "'true without false' does not go with"),
        ("{name: x, data_type: bigint, config: {meta: {kgi: {rule: salesforce_id}}}}", "'rule: salesforce_id' does not go"),
        ("{name: x, data_type: 'decimal(9,1)', config: {meta: {kgi: {accept: [percent]}}}}", "'accept: percent' does not go"),
        ("{name: x, data_type: date, config: {meta: {kgi: {formats: ['%Y-%m-%d%z']}}}}", "'formats: %z' does not go with"),
        (
            "{name: x, data_type: date, config: {meta: {kgi: {formats: ['%d/%m/%y']}}}}",
            "'%y' in the format '%d/%m/%y' is not read",
        ),
        ("{name: x, data_type: date, config: {meta: {kgi: {formats: ['%Y']}}}}", "names no whole day"),
    ],
)
def test_a_mistake_of_a_column_is_told_with_what_to_write(column: str, said: str) -> None:
    found = mistakes(declare(DEALS, DEAL_COLUMNS + f"- {column}\n"))
    assert any(said in each for each in found), found


def test_names_stand_once_and_are_plain() -> None:
    twice = FULL + FULL.split("sources:\n")[1]
    assert "the source 'salesforce' is declared twice" in "\n".join(mistakes(twice))
    assert "cannot be the name of a table" in "\n".join(mistakes(declare(name="deals__history")))
    table = FULL[FULL.index("      - name: opportunity") :]
    assert "the table 'opportunity' is declared twice" in "\n".join(mistakes(FULL + table))
    assert "sources: must be a list" in "\n".join(mistakes("sources: {name: x}"))


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    columns = (
        DEAL_COLUMNS
        + "- {name: x, data_type: dat}\n- {name: y, data_type: bigint, config: {meta: {kgi: {formats: ['%Y%m%d']}}}}\n"
    )
    assert len(mistakes(declare(DEALS.replace("key: [id]", "key: [idd]"), columns))) == 3


def test_every_message_of_the_room_has_both_languages_and_is_raised_somewhere() -> None:
    room = Path(__file__).parents[2] / "pipeline" / "sources"
    text = "".join(path.read_text(encoding="utf-8") for path in room.glob("*.py"))
    for code, message in MESSAGES.items():
        assert f'"{code}"' in text, code
        assert message.en
        assert any("\u3040" <= each <= "\u9fff" for each in message.ja), code
        assert bool(message.hint_en) == bool(message.hint_ja), code


def test_a_source_is_a_value() -> None:
    (source,) = sources_of(FULL)
    assert isinstance(source, Source)
    assert hash(source) == hash(sources_of(FULL)[0])
