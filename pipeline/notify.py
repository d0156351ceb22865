"""The end of a run -> the command of the profile, which gets the digest and passes it on to a mail or a chat."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

from pipeline.findings import Finding, Severity, finding, place_of_bug
from pipeline.profile import Notify, Target
from pipeline.records import last_ending, report_paths

_KEPT_OPEN_SECONDS = 5


def notify(target: Target) -> tuple[Finding, ...]:
    """Call the command that the profile names, once, with the digest of the published file on its standard input.

    Facts of the run are in its environment as KGI_*. What goes wrong is a warning and changes nothing about the run.
    """
    if target.notify is None:
        return ()
    last = last_ending(target.status)
    if target.notify.when == "unsound" and not last.get("exit_code"):
        return ()
    from pipeline.digest import make_digest

    language = target.notify.language or target.company.language
    report = report_paths(target.report)[language]
    amiss: tuple[Finding, ...] = ()
    try:
        digest = make_digest(target.publish, target.status, language, report)
    except Exception as error:
        amiss = (finding("digest_failed", severity=Severity.WARNING, problem=place_of_bug(error)),)
        digest = make_digest(None, target.status, language, report)
    text = digest.markdown if target.notify.format == "markdown" else digest.text
    facts = {
        "KGI_OUTCOME": last.get("outcome"),
        "KGI_EXIT_CODE": last.get("exit_code"),
        "KGI_AS_OF": last.get("as_of_date"),
        "KGI_DATA_AS_OF": last.get("published_as_of_date"),
        "KGI_REPORT": report if report.is_file() else None,
        "KGI_STATUS": target.status,
        "KGI_SUBJECT": digest.subject,
    }
    return (*amiss, *_call(target.notify, text, {key: "" if value is None else str(value) for key, value in facts.items()}))


def _call(told: Notify, text: str, facts: dict[str, str]) -> tuple[Finding, ...]:
    """Run the command without a shell, in the project's folder; one that takes too long is ended with all that it started."""
    try:
        process = subprocess.Popen(  # noqa: S603  # the command stands in the project's own profile
            told.command,
            cwd=told.folder,
            env={**os.environ, **facts},
            stdin=subprocess.PIPE,
            stdout=sys.stderr.fileno() if _has_descriptor() else subprocess.DEVNULL,  # standard output is the run's own
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or str(error)
        return (finding("notify_not_started", severity=Severity.WARNING, command=told.command[0], problem=problem),)
    try:
        process.communicate(text.encode(), timeout=told.timeout_seconds)
    except subprocess.TimeoutExpired:
        _end(process)
        seconds = f"{told.timeout_seconds:g}"
        return (finding("notify_too_slow", severity=Severity.WARNING, command=told.command[0], seconds=seconds),)
    except KeyboardInterrupt:  # the run is over already, and how it ended is told: only the command is stopped
        _end(process)
        return (finding("notify_failed", severity=Severity.WARNING, command=told.command[0], ended="SIGINT"),)
    if process.returncode:
        return (finding("notify_failed", severity=Severity.WARNING, command=told.command[0], ended=process.returncode),)
    return ()


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=_KEPT_OPEN_SECONDS)


def _has_descriptor() -> bool:
    try:
        return sys.stderr.fileno() >= 0
    except (OSError, ValueError):
        return False
