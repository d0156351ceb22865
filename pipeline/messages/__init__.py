"""The message catalogue: code -> sentence and hint, in Japanese and English. One module per room; keys are unique.

Sentences use `{name}` for arguments. Nothing is computed in the modules of the rooms: a translator can read these files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pipeline.messages import (
    agreements,
    expectations,
    exports,
    goals,
    ground,
    guardrails,
    initiatives,
    metrics,
    models,
    questions,
    run,
    sources,
)
from pipeline.messages.shape import Message

Language = Literal["ja", "en"]

MESSAGES: dict[str, Message] = {
    **ground.MESSAGES,
    **sources.MESSAGES,
    **models.MESSAGES,
    **expectations.MESSAGES,
    **metrics.MESSAGES,
    **questions.MESSAGES,
    **goals.MESSAGES,
    **agreements.MESSAGES,
    **initiatives.MESSAGES,
    **guardrails.MESSAGES,
    **run.MESSAGES,
    **exports.MESSAGES,
}

_JA = {
    "the source": "ソース",
    "the model": "モデル",
    "the semantic model": "セマンティックモデル",
    "the metric": "指標",
    "the saved query": "保存されたクエリ",
    "the calendar": "カレンダー",
    "the profile": "プロファイル",
    "the KGI": "KGI",
    "the plan rate": "計画の率",
    "a goal file": "目標のファイル",
    "an agreement file": "合意のファイル",
    "the initiative": "施策",
    "an initiative file": "施策のファイル",
    "the guardrail": "ガードレール",
    "text": "文字列",
    "whole_number": "整数",
    "number": "数値",
    "boolean": "真偽値",
    "list": "リスト",
    "mapping": "キーと値の組",
    "date": "日付",
}


_KINDS_JA = {
    "metric": "指標",
    "measure": "メジャー",
    "dimension": "ディメンション",
    "entity": "エンティティ",
    "custom grain": "独自の粒度",
    "saved query": "保存されたクエリ",
    "semantic model": "セマンティックモデル",
    "time spine": "カレンダー",
    "source": "ソース",
    "table": "テーブル",
    "column": "列",
}


def said(arguments: Mapping[str, object], language: str) -> dict[str, object]:
    """Return the arguments of a sentence; owners and kinds, which are words, in its language."""
    words = dict(arguments)
    if isinstance(expected := words.get("expected"), str):
        words["expected"] = ", ".join(
            _JA.get(each, each) if language == "ja" else each.replace("_", " ") for each in expected.split(", ")
        )
    if language == "ja" and "kind" in words:
        words["kind"] = _KINDS_JA.get(str(words["kind"]), words["kind"])
    if language == "ja" and isinstance(owner := words.get("owner"), str):
        for word, ja in sorted(_JA.items(), key=lambda pair: -len(pair[0])):
            if owner.startswith(word):
                words["owner"] = f"{ja}{owner.removeprefix(word)}"
                break
    return words


WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "error": "error",
        "unsound": "unsound",
        "alarm": "alarm",
        "warning": "warning",
        "info": "info",
        "at": "at  ",
        "hint": "hint",
        "did_you_mean": "did you mean {}?",
    },
    "ja": {
        "error": "エラー",
        "unsound": "検査不合格",
        "alarm": "警報",
        "warning": "警告",
        "info": "情報",
        "at": "場所",
        "hint": "対処",
        "did_you_mean": "{} のことですか?",
    },
}
