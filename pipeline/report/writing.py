"""The published file and the status of the last run -> two HTML files beside it, one per language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.findings import MachineError, finding
from pipeline.messages import Language
from pipeline.records import last_ending, report_paths, report_state, write_whole
from pipeline.report import (
    acting,
    agreed,
    channels,
    dictionary,
    evidence,
    funnel,
    gap,
    guarding,
    pipeline_moves,
    standing,
    tree,
    trends,
)
from pipeline.report.blocks import Part, Section
from pipeline.report.edition import Cut, Edition, read_night
from pipeline.report.page import Banner, Page, write_page

_NAMES = {"ja": "日本語", "en": "English"}
_CUTS: tuple[Cut, ...] = (
    *standing.CUTS,
    *guarding.CUTS,
    *acting.CUTS,
    *tree.CUTS,
    *funnel.CUTS,
    *trends.CUTS,
    *channels.CUTS,
    *pipeline_moves.CUTS,
    *agreed.CUTS,
    *evidence.CUTS,
    *dictionary.CUTS,
)
_MONDAY: tuple[Callable[[Edition], Section], ...] = (
    standing.goals,
    standing.pace,
    gap.gap,
    guarding.guardrails,
    acting.levers,
    acting.initiatives,
    acting.decisions,
)
"""The sections of page one, in the order in which a meeting asks."""

_DETAILS: tuple[Callable[[Edition], Section], ...] = (
    tree.tree,
    funnel.funnel,
    trends.trends,
    channels.channels,
    pipeline_moves.pipeline,
    agreed.sharing,
    agreed.agreements,
    evidence.restatements,
    evidence.data,
    dictionary.metrics,
    dictionary.lineage,
)
"""The sections of the second part."""


def write_report(
    published: Path, folder: Path, status: Path | None = None, languages: Sequence[Language] = ("ja", "en")
) -> tuple[Path, ...]:
    """Write the page in each language, each whole or not at all, and return where they stand.

    Everything on it comes from the published file; `status` (the status file of the last run) only says whether that run ended
    soundly. Raises KgiError where the published file is not there or cannot be read, MachineError where nothing can be written.
    """
    night = read_night(published, _CUTS)
    last = last_ending(status)
    state = report_state(night.manifest["run_id"], status)
    paths = {language: report_paths(folder)[language] for language in languages}
    for language, path in paths.items():
        edition = Edition(night, language)
        text = write_page(_page(edition, last, state), edition)
        try:
            write_whole(path, text)
        except OSError as error:
            problem = error.strerror or str(error)
            raise MachineError(finding("report_not_written", path=str(folder), problem=problem)) from error
    return tuple(paths.values())


def _page(page: Edition, last: Mapping[str, Any], state: str) -> Page:
    other: Language = "en" if page.language == "ja" else "ja"
    monday = Part("monday", page.word("monday"), tuple(section(page) for section in _MONDAY))
    details = Part("details", page.word("details"), tuple(section(page) for section in _DETAILS))
    manifest = page.night.manifest
    return Page(
        language=page.language,
        title=page.word("title", as_of=page.night.as_of),
        meta=(
            page.word(
                "meta", as_of=page.night.as_of, published=f"{manifest['published_at']:%Y-%m-%d %H:%M}", run=manifest["run_id"]
            ),
        ),
        banners=tuple(_banners(page, last)),
        parts=(monday, details),
        other_language=other,
        other_file=report_paths(Path())[other].name,
        other_name=_NAMES[other],
        skip=page.word("skip"),
        contents=page.word("contents"),
        footer=page.word("footer"),
        version=__version__,
        state=state,
    )


def _banners(page: Edition, last: Mapping[str, Any]) -> list[Banner]:
    """Say first when the last run was not sound (the numbers are then those of an earlier night), and what has stopped coming."""
    found: list[Banner] = []
    if last.get("exit_code"):
        codes = sorted({f"{each['code']}" for each in last.get("findings", []) if each.get("severity") in ("error", "unsound")})
        ended = str(last["ended_at"])[:16].replace("T", " ")
        key = "unsound_published" if _did_publish(page, last) else "unsound_stands"
        lines = [page.word(key, ended=ended, as_of=page.night.as_of)]
        lines += [page.word("unsound_findings", codes=", ".join(codes))] if codes else []
        found += [Banner(page.word("unsound"), tuple(lines))]
    if page.night.unread:
        said = tuple(page.word("unread_said", table=table, problem=problem) for table, problem in page.night.unread.items())
        found += [Banner(page.word("unread"), said, "watch")]
    quiet = [each for each in page.night.rows("guardrails") if each["state"] == "stale" and each["channel"] == "total"]
    lines = [page.word("stale_said", source=each["source_table"]) for each in evidence.stale(page)]
    lines += [page.word("stale_guardrail", label=page.label(each)) for each in quiet]
    if lines:
        found += [Banner(page.word("stale"), tuple(lines), "watch")]
    return found


def _did_publish(page: Edition, last: Mapping[str, Any]) -> bool:
    """Tell whether the run that did not end soundly had published before: it was stopped while it wrote or told."""
    begun = str(last.get("started_at", "")).removesuffix("Z")
    return bool(begun) and f"{page.night.manifest['published_at']:%Y-%m-%dT%H:%M:%S}" >= begun
