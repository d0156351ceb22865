"""The message catalogue: code -> sentence and hint, in Japanese and English. One module per room; keys are unique.

Sentences use `{name}` for arguments. Nothing is computed here: a translator can read these files.
"""

from __future__ import annotations

from typing import Literal

from pipeline.messages import expectations, goals, ground, metrics, models, run, sources
from pipeline.messages.shape import Message

Language = Literal["ja", "en"]

MESSAGES: dict[str, Message] = {
    **ground.MESSAGES,
    **sources.MESSAGES,
    **models.MESSAGES,
    **expectations.MESSAGES,
    **metrics.MESSAGES,
    **goals.MESSAGES,
    **run.MESSAGES,
}

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
