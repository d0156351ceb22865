"""The end of a run -> the report beside the published file, written again only where it would say something else; the digest."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from pipeline.findings import Finding, KgiError, Severity, finding, place_of_bug
from pipeline.notify import notify
from pipeline.profile import Target
from pipeline.publishing import read_manifest
from pipeline.records import report_paths, report_state

_STATE = re.compile(r'<meta name="kgi-state" content="([^"]*)">')
_HEAD_BYTES = 2_000


def tell(target: Target) -> tuple[Finding, ...]:
    """Refresh the report after a run and pass the digest on; say where either failed: what was published stands all the same.

    Nothing is raised for any failure of the two, be it a bug: the night is over, and how it ended must reach its readers.
    """
    return (*_report(target), *notify(target))


def _report(target: Target) -> tuple[Finding, ...]:
    try:
        refresh_report(target)
    except KgiError as error:
        return tuple(replace(each, severity=Severity.WARNING) for each in error.findings)
    except Exception as error:
        return (finding("report_failed", severity=Severity.WARNING, problem=place_of_bug(error)),)
    return ()


def refresh_report(target: Target) -> bool:
    """Write the report of a target where it is missing, or is not that of the published file and of how the last run ended.

    Return whether it was written. Without a published file there is nothing to report; a profile may want none.
    Raises KgiError where the file cannot be read or nothing can be written.
    """
    manifest = read_manifest(target.publish) if target.has_report and target.publish.is_file() else None
    if manifest is None:
        return False
    state = report_state(manifest.run_id, target.status)
    if all(_state_in(path) == state for path in report_paths(target.report).values()):
        return False
    from pipeline.report import write_report  # what draws is imported only where something is drawn

    write_report(target.publish, target.report, target.status)
    return True


def _state_in(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8") as file:
            found = _STATE.search(file.read(_HEAD_BYTES))
    except (OSError, ValueError):
        return None
    return found[1] if found else None
