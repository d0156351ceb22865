"""The shapes that vendors' exports have, byte for byte: each sample loads with a declaration and nothing is rejected."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from tests.sources.inbox import Inbox, declare

SAMPLES = Path(__file__).parent / "samples"
UTC = dt.datetime


def column(name: str, header: str, type_: str = "varchar", **options: str) -> str:
    said = ", ".join([f'from: "{header}"', *(f"{key}: {value}" for key, value in options.items())])
    return f"- {{name: {name}, data_type: '{type_}', config: {{meta: {{kgi: {{{said}}}}}}}}}\n"


def loaded(folder: Path, file: str, kgi: str, columns: str) -> Inbox:
    usual = f"files: '*.csv'\nthresholds: {{max_reject_rows: 0}}\n{kgi}"
    inbox = Inbox(folder, declare(usual, columns))
    result = inbox.loaded(file, (SAMPLES / file).read_bytes())
    assert result.status == "loaded", result.findings
    assert inbox.rejects() == []
    return inbox


def test_a_salesforce_report_in_japanese(tmp_path: Path) -> None:
    inbox = loaded(
        tmp_path,
        "salesforce_report_ja__cp932_footer.csv",
        "encoding: cp932\nfooter: salesforce_report\nmode: snapshot\nkey: 商談 ID\nkey_rule: salesforce_id\norder_by: loaded\n",
        column("id", "商談 ID")
        + column("account", "取引先名")
        + column("amount", "金額", "decimal(18,2)", accept="comma")
        + column("close_date", "完了予定日", "date", formats="'%Y/%m/%d'")
        + column("is_valid", "有効商談", "boolean", true="['1']", false="['0']"),
    )
    assert inbox.rows("id, account, amount, close_date, is_valid") == [
        ("006IS0000001aB1YAI", "㈱サンプル①製作所", Decimal("1234567.00"), dt.date(2024, 6, 30), True),
        ("006IS0000001aB2YAI", "髙見沢テスト商会", Decimal("5800000.00"), dt.date(2024, 5, 17), True),
        ("006IS0000001ab1YAA", "サンプル～物流", None, dt.date(2024, 4, 26), False),
    ]
    assert inbox.engine.row("select footer_rows, blank_rows from state.load") == (5, 4)


def test_a_data_loader_export(tmp_path: Path) -> None:
    inbox = loaded(
        tmp_path,
        "salesforce_dataloader_opportunity__utf8.csv",
        "mode: delta\nkey: ID\nkey_rule: salesforce_id\nupdated_at: SYSTEMMODSTAMP\n"
        "deleted_when: {column: ISDELETED, values: ['true']}\n",
        column("id", "ID")
        + column("is_deleted", "ISDELETED", "boolean")
        + column("amount", "AMOUNT", "decimal(18,2)")
        + column("close_date", "CLOSEDATE", "date")
        + column("created_at", "CREATEDDATE", "timestamp")
        + column("modified_at", "SYSTEMMODSTAMP", "timestamp"),
    )
    assert inbox.rows("id, amount, created_at, _is_deleted") == [
        ("006IS0000001aB1YAI", Decimal("1234567.00"), UTC(2024, 3, 31, 15, 30), False),
        ("006IS0000001aB2YAI", Decimal("5800000.00"), UTC(2024, 4, 1, 2), False),
        ("006IS0000001ab1YAA", None, UTC(2024, 4, 12, 5), True),
    ]


def test_a_weekly_export_with_a_merged_lead(tmp_path: Path) -> None:
    inbox = loaded(
        tmp_path,
        "salesforce_weekly_export_Lead__utf8.csv",
        "mode: snapshot\nkey: Id\nkey_rule: salesforce_id\norder_by: loaded\nmerged_into: MasterRecordId\ntimezone: UTC\n"
        "nulls: ['', '000000000000000AAA']\n",
        column("id", "Id")
        + column("master_id", "MasterRecordId")
        + column("converted_date", "ConvertedDate", "date", formats="'%Y-%m-%d %H:%M:%S'")
        + column("opportunity_id", "ConvertedOpportunityId", rule="salesforce_id")
        + column("created_at", "CreatedDate", "timestamp"),
    )
    assert inbox.rows("id, _survivor_key, converted_date, opportunity_id, created_at") == [
        ("00QIS0000004xY12AI", "00QIS0000004xY12AI", dt.date(2024, 4, 10), "006IS0000001aB1YAI", UTC(2024, 4, 1, 0, 12)),
        ("00QIS0000004xY22AI", "00QIS0000004xY22AI", None, None, UTC(2024, 4, 2, 1)),
        ("00QIS0000004xY32AI", "00QIS0000004xY22AI", None, None, UTC(2024, 4, 3, 1)),
    ]


def test_a_stage_history_with_a_reopened_deal(tmp_path: Path) -> None:
    inbox = loaded(
        tmp_path,
        "salesforce_OpportunityHistory_reopened__utf8.csv",
        "mode: delta\nkey: Id\nupdated_at: SystemModstamp\ntimezone: UTC\n",
        column("id", "Id") + column("stage", "StageName") + column("changed_at", "SystemModstamp", "timestamp"),
    )
    assert [stage for (stage,) in inbox.rows("stage")] == ["Qualification", "Closed Won", "Proposal", "Closed Won"]


def test_hubspot_exports(tmp_path: Path) -> None:
    contacts = loaded(
        tmp_path,
        "hubspot_contacts_en_labels__utf8.csv",
        "mode: snapshot\nkey: Record ID\norder_by: loaded\n",
        column("id", "Record ID") + column("created_at", "Create Date", "timestamp") + column("interests", "Multi Interest"),
    )
    assert contacts.rows("id, created_at, interests")[0] == ("101", UTC(2024, 4, 1, 0, 12), "複合機;文書管理")
    (tmp_path / "deals").mkdir()
    deals = loaded(
        tmp_path / "deals",
        "hubspot_deals_ja_labels__utf8_bom.csv",
        "mode: snapshot\nkey: レコードID\norder_by: loaded\n",
        column("id", "レコードID") + column("amount", "金額", "bigint") + column("closed_at", "クローズ日", "timestamp"),
    )
    assert deals.rows("id, amount, closed_at") == [
        ("5001", 1234567, UTC(2024, 6, 29, 15)),
        ("5002", 5800000, UTC(2024, 5, 17, 8, 45)),
        ("5003", None, None),
    ]


def test_marketo_bulk_extracts(tmp_path: Path) -> None:
    leads = loaded(
        tmp_path,
        "marketo_bulk_leads__utf8_null_literal.csv",
        "mode: delta\nkey: id\nupdated_at: updatedAt\nnulls: ['', 'null']\n",
        column("id", "id") + column("first_name", "firstName") + column("updated_at", "updatedAt", "timestamp"),
    )
    assert leads.rows("id, first_name, updated_at")[1] == ("200002", None, UTC(2024, 4, 2, 1))
    (tmp_path / "activities").mkdir()
    activities = loaded(
        tmp_path / "activities",
        "marketo_bulk_activities__utf8_json.csv",
        "mode: append\nkey: marketoGUID\nnulls: ['', 'null']\n",
        column("id", "marketoGUID") + column("attributes", "attributes", "json"),
    )
    said = activities.rows("attributes ->> '$.Description'")
    assert said == [(None,), ('展示会①で名刺交換, "要連絡"',), (None,)]


def test_account_engagement_exports(tmp_path: Path) -> None:
    kgi = "mode: snapshot\nkey: {}\norder_by: loaded\n"
    by_api = loaded(
        tmp_path,
        "account_engagement_prospects_api__utf8_no_bom.csv",
        kgi.format("id"),
        column("id", "id") + column("email", "email") + column("created_at", "createdAt", "timestamp"),
    )
    (tmp_path / "ui").mkdir()
    by_hand = loaded(
        tmp_path / "ui",
        "account_engagement_prospects_ui__utf8_bom.csv",
        kgi.format("Prospect Id"),
        column("id", "Prospect Id") + column("email", "Email") + column("created_at", "Created Date", "timestamp"),
    )
    columns = "id, email, created_at"
    assert by_api.rows(columns) == by_hand.rows(columns)
    assert by_api.rows(columns)[0] == ("300001", "ichiro@example.com", UTC(2024, 4, 1, 0, 12))


def test_a_kintone_app_with_a_sub_table(tmp_path: Path) -> None:
    inbox = loaded(
        tmp_path,
        "kintone_app_with_subtable__cp932.csv",
        "encoding: cp932\nmode: snapshot\nkey: レコード番号\norder_by: loaded\n"
        "skip_when: {column: レコードの開始行, values: ['']}\n",
        column("line", "レコードの開始行")
        + column("id", "レコード番号")
        + column("valid", "有効商談")
        + column("updated_at", "更新日時", "timestamp", formats="'%Y/%m/%d %H:%M'"),
    )
    assert inbox.rows("id, valid, updated_at") == [
        ("12", "有効", UTC(2024, 5, 1, 0, 10)),
        ("13", "有効\n要確認", UTC(2024, 5, 17, 8, 45)),
        ("14", None, UTC(2024, 4, 26, 9)),
    ]
    assert inbox.engine.value("select skipped_rows from state.load") == 1


@pytest.mark.parametrize(
    ("file", "kgi", "columns", "first"),
    [
        (
            "sansan_cards__cp932.csv",
            "encoding: cp932\nmode: append\nkey: 名刺ID\n",
            column("id", "名刺ID") + column("name", "氏名[姓]") + column("day", "名刺交換日", "date", formats="'%Y/%m/%d'"),
            ("C-0001", "見本", dt.date(2024, 4, 1)),
        ),
        (
            "satori_customers__cp932.csv",
            "encoding: cp932\nmode: snapshot\nkey: メールアドレス\norder_by: loaded\n",
            column("id", "メールアドレス")
            + column("name", "会社名")
            + column("day", "登録日時", "timestamp", formats="'%Y/%m/%d %H:%M:%S'"),
            ("ichiro@example.com", "㈱サンプル製作所", UTC(2024, 4, 1, 0, 12)),
        ),
        (
            "shanon_visitors__utf8.csv",
            "mode: delta\nkey: visitor_id\nupdated_at: 更新日時\n",
            column("id", "visitor_id") + column("name", "attribute3") + column("day", "更新日時", "timestamp"),
            ("70001", "サンプル製作所", UTC(2024, 4, 18, 5)),
        ),
        (
            "zoho_analytics_style_leads__utf8.csv",
            "mode: snapshot\nkey: LEADID\norder_by: loaded\n",
            column("id", "LEADID")
            + column("name", "CONVERTED", "boolean", true="['Yes']", false="['No']")
            + column("day", "Created Time", "timestamp", formats="'%d %b, %Y %H:%M:%S'"),
            ("1", True, UTC(2024, 4, 1, 0, 12)),
        ),
    ],
)
def test_other_exports(tmp_path: Path, file: str, kgi: str, columns: str, first: tuple[object, ...]) -> None:
    inbox = loaded(tmp_path, file, kgi, columns)
    rows = sorted(inbox.rows("id, name, day"), key=str)
    assert first in rows
    assert len(rows) == 3
