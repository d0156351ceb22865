"""What a person must look at, as values: Finding, Place, KgiError, did_you_mean.

A YAML typo, a failed expectation, rejected rows and a lock that somebody holds all have this one shape. A finding is a code
with arguments; the words are in `pipeline/messages/`, in Japanese and English.
"""

from __future__ import annotations

import difflib
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.messages import MESSAGES, WORDS, Language, said

Argument = str | int | float | bool | None


class Severity(StrEnum):
    """What follows from a finding."""

    ERROR = "error"  # the run cannot start
    UNSOUND = "unsound"  # nothing is published
    ALARM = "alarm"  # published and shown: the data is right and the business must see it
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, order=True)
class Place:
    """A place in a file that a person wrote; `path` is relative to the project, lines and columns count from 1."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)


@dataclass(frozen=True)
class Finding:
    """One thing to look at. `code` is a key of the message catalogue; `hint` is a suggestion already in words of the project."""

    code: str
    arguments: tuple[tuple[str, Argument], ...] = ()
    place: Place | None = None
    hint: str | None = None
    severity: Severity = Severity.ERROR

    def text(self, language: Language = "en") -> str:
        """Return the sentence of the catalogue with the arguments filled in."""
        return MESSAGES[self.code].text(language).format_map(said(dict(self.arguments), language))

    def hint_text(self, language: Language = "en") -> str | None:
        """Return what to do next: "did you mean" when there is a suggestion, else the catalogue's hint, else None."""
        if self.hint is not None:
            return WORDS[language]["did_you_mean"].format(self.hint)
        hint = MESSAGES[self.code].hint(language)
        return hint.format_map(said(dict(self.arguments), language)) if hint else None


def finding(
    code: str,
    place: Place | None = None,
    *,
    hint: str | None = None,
    severity: Severity = Severity.ERROR,
    **arguments: Argument,
) -> Finding:
    """Build a Finding from keyword arguments."""
    return Finding(code, tuple(sorted(arguments.items())), place, hint, severity)


class KgiError(Exception):
    """What a person can mend: one or more findings, and the exit code that the command line ends with."""

    exit_code = 2

    def __init__(self, findings: Finding | Iterable[Finding]) -> None:
        self.findings = (findings,) if isinstance(findings, Finding) else tuple(findings)
        super().__init__("\n".join(describe(each) for each in self.findings))


class HeldError(KgiError):
    """Another process holds the warehouse."""

    exit_code = 3


class MachineError(KgiError):
    """Disk, memory, time limit or permissions are not enough."""

    exit_code = 4


def describe(each: Finding, language: Language = "en") -> str:
    """Write a finding as the lines a terminal or a log shows, without colours."""
    lines = [f"{WORDS[language][each.severity.value]}: {each.text(language)}"]
    if each.place is not None:
        lines.append(f"  {WORDS[language]['at']} {each.place}")
    if hint := each.hint_text(language):
        lines.append(f"  {WORDS[language]['hint']} {hint}")
    return "\n".join(lines)


def as_record(each: Finding) -> dict[str, object]:
    """Return the finding as plain data for JSON; texts in both languages."""
    return {
        "code": each.code,
        "severity": each.severity.value,
        "path": each.place.path if each.place else None,
        "line": each.place.line if each.place else None,
        "column": each.place.column if each.place else None,
        "arguments": dict(each.arguments),
        "text_ja": each.text("ja"),
        "text_en": each.text("en"),
        "hint_ja": each.hint_text("ja"),
        "hint_en": each.hint_text("en"),
    }


def place_of_bug(error: Exception) -> str:
    """Name the kind of an error and the line of ours at which it arose; never what it says, which may hold data."""
    ours = [
        each for each in traceback.extract_tb(error.__traceback__) if "pipeline" in each.filename.replace("\\", "/").split("/")
    ]
    if not ours:
        return type(error).__name__
    path = ours[-1].filename.replace("\\", "/")
    return f"{type(error).__name__} (pipeline/{path.rpartition('/pipeline/')[2]}:{ours[-1].lineno})"


def did_you_mean(word: str, known: Iterable[str] | Mapping[str, object]) -> str | None:
    """Return the known word nearest to `word`, or None when none is near. Letter case does not count as distance."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    near = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None
