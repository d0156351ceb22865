"""One entry of the message catalogue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """A sentence in both languages and, where one is known in advance, what to do next."""

    en: str
    ja: str
    hint_en: str = ""
    hint_ja: str = ""

    def text(self, language: str) -> str:
        """Return the sentence in `language`."""
        return self.ja if language == "ja" else self.en

    def hint(self, language: str) -> str:
        """Return the hint in `language`, or an empty text."""
        return self.hint_ja if language == "ja" else self.hint_en
