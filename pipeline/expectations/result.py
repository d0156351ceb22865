"""What became of a check, as values that may be published, and the findings that follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.findings import Argument, Finding, Place, Severity


@dataclass(frozen=True)
class CheckResult:
    """One expectation on one table. Counts and aggregates only: the values of cells stay in the warehouse.

    `status` is pass, fail or error; an error counts as a critical failure whatever the severity. `element_count` is the number
    of rows looked at (null where the type does not count rows), `unexpected_percent` runs from 0 to 100 and leaves nulls out of
    the whole where the type does. `cause` says why there is an error; `detail` is its English text. `rows_kept` is the number of
    failing rows in the quarantine.
    """

    suite: str
    on: str
    position: int
    expectation: str
    column: str | None
    severity: str
    status: str
    element_count: int | None
    unexpected_count: int | None
    unexpected_percent: float | None
    observed: float | None
    description_ja: str | None
    description_en: str | None
    detail: str | None
    place: Place
    name: str | None = None
    cause: Finding | None = None
    rows_kept: int = 0


_SEVERITY = {"critical": Severity.UNSOUND, "warning": Severity.WARNING, "info": Severity.INFO}


def findings_of(results: Iterable[CheckResult]) -> tuple[Finding, ...]:
    """Return one finding per check that did not pass: unsound for a critical failure and for every error."""
    return tuple(_finding(each) for each in results if each.status != "pass")


def _finding(each: CheckResult) -> Finding:
    said: dict[str, Argument] = {
        "title_en": _title(each, each.description_en),
        "title_ja": _title(each, each.description_ja),
        "table": each.on,
    }
    if each.status == "error":
        said["problem_en"] = each.cause.text("en") if each.cause else each.detail
        said["problem_ja"] = each.cause.text("ja") if each.cause else each.detail
        return _placed("expectation_error", each, said, Severity.UNSOUND)
    kept = ""
    if each.rows_kept:
        kept, said["suite"], said["position"] = "_kept", each.suite, each.position
    if each.unexpected_count is not None:
        said["failed"] = each.unexpected_count
        if each.element_count is None or each.unexpected_percent is None:
            return _placed(f"expectation_failed_query{kept}", each, said)
        said["checked"] = each.element_count
        said["percent"] = round(100 * each.unexpected_count / each.element_count, 2) if each.element_count else 0
        return _placed(f"expectation_failed_rows{kept}", each, said)
    if each.observed is not None:
        said["observed"] = f"{each.observed:.12g}"
        return _placed("expectation_failed_number", each, said)
    return _placed("expectation_failed", each, said)


def _placed(code: str, each: CheckResult, said: Mapping[str, Argument], severity: Severity | None = None) -> Finding:
    return Finding(code, tuple(sorted(said.items())), each.place, severity=severity or _SEVERITY[each.severity])


def _title(each: CheckResult, description: str | None) -> str:
    written = f"{each.expectation} {each.column}" if each.column else each.expectation
    return f"{description} ({written})" if description else written
