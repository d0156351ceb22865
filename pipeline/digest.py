"""The published file and how the last run ended -> a few lines for a mail or a chat, as text or Markdown."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from pipeline.board.naming import label, reason_of
from pipeline.board.reading import GoalBoard, read_board
from pipeline.board.sentences import Pair, Sentence, cite, fill
from pipeline.board.why import made_of, watched
from pipeline.board.wording import worded
from pipeline.engines.duckdb import EngineError
from pipeline.findings import KgiError
from pipeline.messages import Language
from pipeline.query import open_locked
from pipeline.records import RunOutcome, last_ending

_GUARDRAILS = 3
_CODES = 3
_OUTCOMES = get_args(RunOutcome)
_MARKDOWN = re.compile(r"([\\`*_\[\]|~#$]|^[-+]|^\d+(?=[.)]))")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
"""Entities, not backslashes: Slack reads <!channel> whatever stands before it."""
_WORDS: dict[str, Pair] = {
    "subject": ("KGI {as_of}: {ended}", "KGI {as_of}: {ended}"),
    "subject_nothing": ("KGI: {ended}", "KGI: {ended}"),
    "published": ("公開しました", "published"),
    "unpublished": ("まだ何も公開されていません", "nothing is published yet"),
    "nothing_to_do": ("変わりはありません", "nothing new"),
    "built": ("作り直しました(公開はしていません)", "built, nothing published"),
    "unsound": ("【要確認】健全に終わらず、公開していません", "[look] not sound, nothing published"),
    "failed": ("【要確認】実行できませんでした", "[look] the run failed"),
    "stands": ("数字は基準日 {as_of} のままです。{codes}", "The numbers are still those of {as_of}.{codes}"),
    "nothing_stands": ("まだ何も公開されていません。{codes}", "Nothing is published yet.{codes}"),
    "codes": ("見つかったこと: {codes}。", " Found: {codes}."),
    "goal": (
        "{label}: 実績{actual} / 目標{target}、着地見込み{expected}({low} – {high})、達成確率{chance}({outlook})、{status}",
        "{label}: {actual} of {target}, lands at {expected} ({low} – {high}), chance {chance} ({outlook}), {status}",
    ),
    "goal_unlanded": (
        "{label}: 実績{actual} / 目標{target}、{status}。着地見込みは言えません(理由: {reason})",
        "{label}: {actual} of {target}, {status}; where it lands cannot be said (reason: {reason})",
    ),
    "goal_unmeasured": (
        "{label}: {status}。数字は言えません(理由: {reason})",
        "{label}: {status}; no number can be said (reason: {reason})",
    ),
    "restated": ("公開済みの過去の数字 {count} 件が変わりました", "{count} published numbers of the past have changed"),
    "report": ("レポート: {path}", "report: {path}"),
}


@dataclass(frozen=True)
class Digest:
    """What is sent: a subject and lines below it, as plain text. Every number in them stands in the published file."""

    subject: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The digest as plain text."""
        return "\n".join((self.subject, "", *(f"- {line}" for line in self.lines))) + "\n"

    @property
    def markdown(self) -> str:
        """The digest as Markdown: what names contain stays text, whatever it looks like; nobody is mentioned by it."""
        return "\n".join((f"**{_escaped(self.subject)}**", "", *(f"- {_escaped(line)}" for line in self.lines))) + "\n"


def make_digest(published: Path | None, status: Path, language: Language, report: Path | None = None) -> Digest:
    """Say in a few lines how the last run ended and where each goal stands. `report`: named at the end where it exists.

    Without a published file, or where it cannot be read or is none of kgi, only the run is told of.
    """
    last, at = last_ending(status), 0 if language == "ja" else 1
    boards, as_of, restated = _read(published)
    lines = [*_unsound(last, as_of, at)]
    for board in boards:
        lines += [each.text(language) for each in _goal(board)]
    lines += list(dict.fromkeys(_guarded(boards, language)))[:_GUARDRAILS]
    lines += [_WORDS["restated"][at].format(count=restated)] if restated else []
    lines += [_WORDS["report"][at].format(path=report)] if report is not None and report.is_file() else []
    return Digest(_one_line(_subject(last, as_of, at)), tuple(map(_one_line, lines)))


def _subject(last: dict[str, object], as_of: str, at: int) -> str:
    """Say of which date the run was and how it ended; where no status tells, that of the file."""
    outcome = str(last.get("outcome"))
    ended = _WORDS[outcome if outcome in _OUTCOMES else "published" if as_of else "unpublished"][at]
    run_date = str(last.get("as_of_date") or ("" if last.get("exit_code") else as_of))
    return _WORDS["subject" if run_date else "subject_nothing"][at].format(as_of=run_date, ended=ended)


def _read(published: Path | None) -> tuple[tuple[GoalBoard, ...], str, int]:
    try:
        if published is not None:
            as_of, restated = _facts(published)
            return read_board(published), as_of, restated
    except (KgiError, EngineError):
        pass
    return (), "", 0


def _facts(published: Path) -> tuple[str, int]:
    """Return the file's date and how many numbers of the past its newest night restates."""
    with open_locked(published) as engine:
        as_of = str(engine.value("select as_of_date from ops.manifest"))
        has = engine.value("select count(*) from duckdb_views() where view_name = 'v_latest_restatement' and not internal")
        return as_of, int(engine.value("select count(*) from v_latest_restatement")) if has else 0


def _unsound(last: dict[str, object], as_of: str, at: int) -> Iterator[str]:
    """Say since when the numbers stand where the run was not sound, and what was found: codes with counts, no values."""
    if not last.get("exit_code"):
        return
    findings = last.get("findings")
    found = Counter(
        str(each.get("code"))
        for each in (findings if isinstance(findings, list) else [])
        if isinstance(each, dict) and each.get("severity") in ("error", "unsound")
    )
    listed = ", ".join(code if count == 1 else f"{code} x{count}" for code, count in found.most_common(_CODES))
    codes = _WORDS["codes"][at].format(codes=listed) if listed else ""
    yield _WORDS["stands" if as_of else "nothing_stands"][at].format(as_of=as_of, codes=codes)


def _goal(board: GoalBoard) -> Iterator[Sentence]:
    """Say where a goal stands and lands, and what hurts it most."""
    goal, unit = board.kgi, str(board.kgi["unit"])
    words: dict[str, Pair] = {"label": label(goal), "status": worded(goal["status"])}
    missing = next((column for column in ("actual", "target") if goal[column] is None), None)
    if missing:
        yield fill("goal", _WORDS["goal_unmeasured"], **words, reason=reason_of(goal, missing))
        return
    known = {name: cite("kgi", goal, name, unit) for name in ("actual", "target")}
    if goal["landing_expected"] is None or goal["p_attain"] is None:
        reason = reason_of(goal, "landing_expected" if goal["landing_expected"] is None else "p_attain")
        yield fill("goal", _WORDS["goal_unlanded"], **words, **known, reason=reason)
    else:
        ends = {"expected": "landing_expected", "low": "landing_p10", "high": "landing_p90"}
        landing = {name: cite("kgi", goal, column, unit) for name, column in ends.items()}
        chance = cite("kgi", goal, "p_attain", "chance")
        yield fill("goal", _WORDS["goal"], **words, **known, **landing, chance=chance, outlook=worded(goal["outlook"]))
    yield from itertools.islice((each for each in made_of(board) if each.code == "factor" and _hurts(board, each)), 1)


def _hurts(board: GoalBoard, factor: Sentence) -> bool:
    """Return whether a factor's size, the first that its sentence cites, is against the goal; where none is, one helps."""
    size = factor.cited[0].value
    assert isinstance(size, float)
    return size < 0 if board.kgi["direction"] == "up" else size > 0


def _guarded(boards: tuple[GoalBoard, ...], language: Language) -> Iterator[str]:
    for board in boards:
        yield from (each.text(language) for each in watched(board) if each.code in ("local", "guardrail"))


def _one_line(text: str) -> str:
    """Return a text as one line, without characters that are not seen: terminals obey some, others turn words around."""
    return "".join(each for each in " ".join(text.split()) if each.isprintable())


def _escaped(text: str) -> str:
    """Escape what Markdown would read as markup; break what a chat would read as a mention or an address."""
    plain = "".join(_ENTITIES.get(each, each) for each in _MARKDOWN.sub(_behind_backslash, text))
    broken = plain.replace("@", "@\u200b").replace("://", ":\u200b//")
    return re.sub(r"(?i)\b(www)\.", "\\1\u200b.", broken)


def _behind_backslash(found: re.Match[str]) -> str:
    """Put a backslash before a sign, and behind the digits that would begin a numbered list."""
    return f"{found[1]}\\" if found[1].isdigit() else f"\\{found[1]}"
