"""Messages about guardrails."""

from __future__ import annotations

from pipeline.messages.shape import Message

MESSAGES: dict[str, Message] = {
    "goal_unknown_guardrail": Message(
        "{owner} names the guardrail '{name}', but there is no such guardrail",
        "{owner} の guardrails にある '{name}' というガードレールはありません",
    ),
    "guardrail_metric": Message(
        "'{key}' of {owner} is '{name}', but there is no such metric",
        "{owner} の '{key}' にある '{name}' という指標はありません",
    ),
    "guardrail_twice": Message(
        "two guardrails are called '{name}'; the other is {other}",
        "ガードレールの名前 '{name}' が重複しています (もう一方は {other})",
        "rename one of the two",
        "どちらかの名前を変えてください",
    ),
    "guardrail_unused": Message(
        "no KGI names the guardrail '{name}', so nothing would be guarded",
        "ガードレール '{name}' を使う KGI がありません",
        "write its name under guardrails: of the KGI that it belongs to",
        "対象の KGI の guardrails: に名前を書いてください",
    ),
    "guardrail_key": Message(
        "'{key}' says nothing to a test of the kind {test}, in {owner}",
        "{owner} の test にある '{key}' は、kind: {test} では使えません",
        "keys of this kind: {known}",
        "この種類で使えるキー: {known}",
    ),
    "guardrail_baseline": Message(
        "'{value}' is no baseline",
        "「{value}」は比較の基準として読めません",
        "write trailing_12m, FY2025 or a period of whole months; an agreed rate is tested with kind: evidence",
        "trailing_12m、FY2025、または月単位の期間を書いてください。合意した率との比較には kind: evidence を使います",
    ),
    "guardrail_plan_rate": Message(
        "{owner} is held against the plan rate '{name}', which no KGI that names it has agreed",
        "{owner} の基準である計画値 '{name}' が、このガードレールを使う KGI にありません",
        "write a number, or a plan rate of a KGI that names the guardrail",
        "数値か、このガードレールを使う KGI の計画値の名前を書いてください",
    ),
    "guardrail_plan_rates": Message(
        "{owner} is held against the plan rate '{name}', on which its KGIs differ: {values}",
        "{owner} の基準である計画値 '{name}' が KGI ごとに異なります: {values}",
        "write the number that holds for the guardrail",
        "ガードレールの基準にする数値を書いてください",
    ),
    "guardrail_rate_range": Message(
        "{owner} is held against the plan rate '{name}', which is {value}; a rate to test lies between 0 and 1",
        "{owner} の基準である計画値 '{name}' が {value} です。検定する率は 0 と 1 の間でなければなりません",
    ),
    "guardrail_breach": Message(
        "the guardrail '{name}' is breached: {text_en}",
        "ガードレール '{name}' に違反しています: {text_ja}",
    ),
    "guardrail_watch": Message(
        "the guardrail '{name}' is watched: {text_en}",
        "ガードレール '{name}' は要注意です: {text_ja}",
    ),
    "guardrail_silent": Message(
        "these guardrails say nothing yet, which is not green: {names}",
        "次のガードレールはまだ判定できません (正常という意味ではありません): {names}",
    ),
    "rate_not_in_range": Message(
        "{rows} rates in the column {column} of {table} lie outside 0 to 1",
        "{table} の {column} 列に、0 から 1 の範囲にない率が {rows} 件あります",
    ),
}
