"""Numbers -> made-up names of companies, persons and things; campaigns and users of the demo company."""

from __future__ import annotations

import datetime as dt

from data.demo.clock import on
from data.demo.ids import salesforce_id
from data.demo.parameters import CHANNELS
from data.demo.shapes import User

STEMS = (
    "ソラノミ", "カゼノワ", "ホシカゲ", "ツキシロ", "ミナモABC", "アサツユ", "ユキノメ", "ハナモリ", "ナギサ21",
    "コトノハ", "イロハD&X", "トモシビ", "ヒナタノ", "シオカゼ", "クモイロ", "モリノネ", "イシズエ", "アオサギ",
    "キリサメ", "タケノコ", "ウミホタル", "スズカケ", "フユゾラ", "ネムノキ", "ワタリドリ", "カワセミ", "オモカゲ",
    "チグサ", "サザナミ", "ヤマビコ", "髙ノ森", "﨑ノ浜", "表ノ沢", "十和ノ", "ソノタ例", "見本野",
)  # fmt: skip
PLACES = ("", "北", "南", "中央", "新", "大", "みなと", "本")
TRADES = (
    "製作所", "精工", "商会", "物流", "建材", "食品", "薬品", "不動産", "システム", "印刷", "電機", "繊維", "化成",
    "運輸", "設備", "教育", "会計事務所", "倉庫", "金属", "農産",
)  # fmt: skip
INDUSTRIES = (
    "製造", "製造", "卸売", "運輸", "建設", "食品", "医薬", "不動産", "情報通信", "印刷", "製造", "製造",
)  # fmt: skip
FAMILY = (
    "見本", "例田", "仮名", "髙見", "山﨑", "試野", "架橋", "森例", "青見", "空野", "浜仮", "里見本", "岡例",
    "原見", "池仮",
)  # fmt: skip
FAMILY_READING = ("mihon", "reida", "kamei", "takami", "yamasaki", "shino", "kakyo", "morirei", "aomi", "sorano",
                  "hamaka", "satomi", "okarei", "harami", "ikeka")  # fmt: skip
GIVEN = (
    "一郎", "花子", "次郎", "美咲", "健太", "陽子", "大輔", "直美", "翔", "由美子", "拓也", "恵", "誠", "彩", "亮",
)  # fmt: skip
GIVEN_READING = ("ichiro", "hanako", "jiro", "misaki", "kenta", "yoko", "daisuke", "naomi", "sho", "yumiko",
                 "takuya", "megumi", "makoto", "aya", "ryo")  # fmt: skip
PRODUCTS = (
    "文書管理①期", "文書管理②期", "複合機更新", "複合機～保守一括", "電子契約導入", "スキャン代行",
    "文書管理クラウド移行", "ペーパーレス診断",
)  # fmt: skip
LOST_REASONS = ("価格", "競合", "時期", "予算凍結", "その他")

USERS = (
    ("髙木 誠", "mtakagi", "営業", "東日本"),
    ("佐藤 達也", "tsato", "営業", "東日本"),
    ("例田 直美", "nreida", "営業", "東日本"),
    ("山﨑 亮", "ryamasaki", "営業", "東日本"),
    ("空野 恵", "msorano", "営業", "西日本"),
    ("岡例 大輔", "dokarei", "営業", "西日本"),
    ("森例 陽子", "ymorirei", "営業", "西日本"),
    ("池仮 拓也", "tikeka", "営業", "中部"),
    ("原見 彩", "aharami", "営業", "中部"),
    ("青見 健太", "kaomi", "インサイドセールス", "東日本"),
    ("浜仮 由美子", "yhamaka", "インサイドセールス", "東日本"),
    ("架橋 翔", "skakyo", "インサイドセールス", "西日本"),
    ("里見本 美咲", "msatomi", "インサイドセールス", "西日本"),
    ("試野 一郎", "ishino", "インサイドセールス", "中部"),
    ("見本 花子", "hmihon", "マーケティング", "全社"),
    ("仮名 次郎", "jkamei", "マーケティング", "全社"),
    ("髙見 彩", "atakami", "マーケティング", "全社"),
)


def users() -> tuple[User, ...]:
    """Return the employees; one leaves and one changes team between the usual nights."""
    found = [User(100 + number, *facts) for number, facts in enumerate(USERS)]
    found[4] = User(104, *USERS[4], moved=on("2026-11-16 09:00"), moved_to="東日本")
    found[6] = User(106, *USERS[6], active_until=on("2026-11-14 00:00"))
    return tuple(found)


def account_name(account: int) -> str:
    """Return the name without its legal form; unique for each account."""
    stem, rest = account % len(STEMS), account // len(STEMS)
    trade, rest = rest % len(TRADES), rest // len(TRADES)
    place, branch = rest % len(PLACES), rest // len(PLACES)
    return PLACES[place] + STEMS[stem] + TRADES[(trade + stem) % len(TRADES)] + (f"第{branch + 1}" if branch else "")


def written(account: int, manner: int) -> str:
    """Return the company as somebody wrote it: 0 株式会社, 1 ㈱, 2 full-width letters and digits, 3 form at the end."""
    name = account_name(account)
    if manner == 1:
        return "㈱" + name
    if manner == 2:
        return "株式会社" + name.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    return name + "株式会社" if manner == 3 else "株式会社" + name


def person(number: int) -> tuple[str, str, str]:
    """Return family name, given name and mail address of a lead."""
    family, given = number * 7 % len(FAMILY), number * 11 % len(GIVEN)
    host = "example.co.jp" if number % 3 else "example.com"
    return FAMILY[family], GIVEN[given], f"{GIVEN_READING[given]}.{FAMILY_READING[family]}.{number}@{host}"


def campaign(channel: str, day: dt.date) -> str:
    """Return the id of the channel's campaign of that quarter."""
    quarter = (day.year - 2024) * 4 + (day.month - 1) // 3
    return salesforce_id("701", 5_000 + quarter * len(CHANNELS) + CHANNELS.index(channel))


def campaign_name(channel: str, day: dt.date) -> str:
    """Return the name of the channel's campaign of that quarter."""
    fiscal = day.year - (day.month < 4)
    return f"{channel} {fiscal}年度第{(day.month - 4) % 12 // 3 + 1}四半期"
