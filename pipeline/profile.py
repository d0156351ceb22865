"""profiles.yml -> Target: where and how to run, and the facts of the company."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from pipeline.decode import Document, decode, read, read_text
from pipeline.findings import KgiError, did_you_mean, finding
from pipeline.messages import Language
from pipeline.mistakes import wrong


@dataclass(frozen=True)
class Company:
    """What is true of the company whatever the target: calendar, money, language."""

    timezone: str = "Asia/Tokyo"
    fiscal_year_start: tuple[int, int] = (4, 1)
    currency: str = "JPY"
    language: Language = "ja"
    country: str = "JP"
    company_days: tuple[str, ...] = ()
    confirmed_through: dt.date | None = None
    won_date: Literal["stage_entered", "close_date"] = "stage_entered"
    publish_account_names: bool = False


@dataclass(frozen=True)
class Notify:
    """The command that gets the digest after a run, and how. `folder` is where it runs; no `language` means the company's."""

    command: tuple[str, ...]
    folder: Path
    timeout_seconds: float = 60.0
    format: Literal["text", "markdown"] = "text"
    language: Language | None = None
    when: Literal["always", "unsound"] = "always"


@dataclass(frozen=True)
class Target:
    """Where a run works and how much of the machine it may use. Paths are absolute."""

    name: str
    warehouse: Path
    publish: Path
    inbox: Path
    threads: int | None = None
    memory_limit: str | None = None
    temp_directory: Path | None = None
    lock_timeout_seconds: float = 30.0
    statement_timeout_seconds: float | None = None
    restatement_seconds: float = 120.0
    company: Company = field(default_factory=Company)
    variables: tuple[tuple[str, Any], ...] = ()
    report_folder: Path | None = None
    has_report: bool = True
    notify: Notify | None = None

    @property
    def report(self) -> Path:
        """The folder of the report: beside the published file where nothing else is said. `has_report`: a run writes one."""
        return self.report_folder or self.publish.parent

    @property
    def status(self) -> Path:
        """The status file beside the published one."""
        return self.publish.with_name(self.publish.stem + ".status.json")


def time_zone(name: str) -> str:
    """Return the name of a time zone that exists; raises a ValueError with the nearest one for another name."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = did_you_mean(name, zoneinfo.available_timezones())  # reads a thousand files: only where it has to
        raise wrong("unknown_time_zone", hint=near, name=name) from None
    return name


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Holidays(_Strict):
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "JP"
    company_days: tuple[str, ...] = ()
    confirmed_through: dt.date | None = None

    @field_validator("company_days", mode="before")
    @classmethod
    def _tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    @field_validator("company_days")
    @classmethod
    def _days(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            for part in entry.split(".."):
                _month_day(part)
        return value


class _CompanySpec(_Strict):
    timezone: str = "Asia/Tokyo"
    fiscal_year_start: str = "04-01"
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "JPY"
    language: Literal["ja", "en"] = "ja"
    holidays: _Holidays = _Holidays()
    won_date: Literal["stage_entered", "close_date"] = "stage_entered"
    publish_account_names: bool = False

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        return time_zone(value)

    @field_validator("fiscal_year_start")
    @classmethod
    def _start(cls, value: str) -> str:
        if _month_day(value)[1] != 1:
            raise wrong("profile_fiscal_start")
        return value


class _Notify(_Strict):
    command: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
    timeout_seconds: Annotated[float, Field(gt=0)] = 60.0
    format: Literal["text", "markdown"] = "text"
    language: Literal["ja", "en"] | None = None
    when: Literal["always", "unsound"] = "always"

    @field_validator("command", mode="before")
    @classmethod
    def _tuple(cls, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value


class _Output(_Strict):
    type: Literal["duckdb"]
    warehouse: str
    publish: str
    inbox: str
    report: str | Literal[False] | None = None
    notify: _Notify | None = None
    threads: Annotated[int, Field(ge=1)] | None = None
    memory_limit: Annotated[str, Field(pattern=r"^\d+(\.\d+)?\s*[KMGT]i?B$")] | None = None
    temp_directory: str | None = None
    lock_timeout_seconds: Annotated[float, Field(ge=0)] = 30.0
    statement_timeout_seconds: Annotated[float, Field(gt=0)] | None = None
    restatement_seconds: Annotated[float, Field(ge=0)] = 120.0

    @field_validator("publish", "warehouse")
    @classmethod
    def _stem(cls, value: str, info: ValidationInfo) -> str:
        if not value.endswith(".duckdb"):
            raise wrong("profile_not_duckdb")
        return value


class _Profile(_Strict):
    target: str
    company: _CompanySpec = _CompanySpec()
    vars: dict[str, str | int | float | bool | dt.date] = {}
    outputs: dict[str, _Output]


def _month_day(text: str) -> tuple[int, int]:
    try:
        month, day = (int(part) for part in text.split("-"))
        dt.date(2024, month, day)
    except ValueError:
        raise wrong("profile_not_a_day", text=text) from None
    return month, day


def profiles_schema() -> dict[str, Any]:
    """Return the JSON Schema of profiles.yml: profiles by name."""
    from pipeline.schema import file_schema, forms

    made = forms(_Profile)
    return file_schema("kgi: profiles", {}, made.definitions, others=made.refs[_Profile])


def open_target(
    project_dir: Path, *, profiles_dir: Path | None, profile: str | None, target: str | None, variables: dict[str, Any]
) -> Target:
    """Read profiles.yml and return the chosen target; `env_var()` may be used in it.

    Raises KgiError for a file that is not there, a missing key, an unknown profile or target, a value of the wrong kind.
    """
    folder = profiles_dir or project_dir
    file = folder / "profiles.yml"
    if not file.is_file():
        raise KgiError(finding("profiles_not_found", folder=str(folder)))
    document = read(_filled(read_text(file, "profiles.yml")), "profiles.yml")
    name, spec = _choose_profile(document, profile)
    wanted = target or spec.target
    if wanted not in spec.outputs:
        known, near = ", ".join(spec.outputs), did_you_mean(wanted, spec.outputs)
        place = document.at(name, "target")
        raise KgiError(finding("target_missing", place, hint=near, profile=name, name=wanted, known=known))
    return _target(wanted, spec, project_dir, {**spec.vars, **variables})


def _filled(text: str) -> str:
    """Fill a profile's templates; one without any needs no template engine."""
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return text
    from pipeline.templating import fill

    return fill(text, "profiles.yml", {})


def _choose_profile(document: Document, wanted: str | None) -> tuple[str, _Profile]:
    names = list(document.data) if isinstance(document.data, dict) else []
    name = wanted if wanted is not None else (names[0] if len(names) == 1 else "")
    if name not in names:
        near = did_you_mean(name, names)
        raise KgiError(finding("profile_missing", document.at(), hint=near, name=name, known=", ".join(names) or "-"))
    return name, decode(_Profile, document, owner=f"the profile '{name}'", under=(name,))


def _target(name: str, spec: _Profile, project_dir: Path, variables: dict[str, Any]) -> Target:
    output, company = spec.outputs[name], spec.company
    return Target(
        name=name,
        warehouse=(project_dir / output.warehouse).absolute(),
        publish=(project_dir / output.publish).absolute(),
        inbox=(project_dir / output.inbox).absolute(),
        threads=output.threads,
        memory_limit=output.memory_limit,
        temp_directory=(project_dir / output.temp_directory).absolute() if output.temp_directory else None,
        lock_timeout_seconds=output.lock_timeout_seconds,
        statement_timeout_seconds=output.statement_timeout_seconds,
        restatement_seconds=output.restatement_seconds,
        company=Company(
            timezone=company.timezone,
            fiscal_year_start=_month_day(company.fiscal_year_start),
            currency=company.currency,
            language=company.language,
            country=company.holidays.country,
            company_days=company.holidays.company_days,
            confirmed_through=company.holidays.confirmed_through,
            won_date=company.won_date,
            publish_account_names=company.publish_account_names,
        ),
        variables=tuple(sorted(variables.items())),
        report_folder=(project_dir / output.report).absolute() if output.report else None,
        has_report=output.report is not False,
        notify=Notify(folder=project_dir.absolute(), **vars(output.notify)) if output.notify else None,
    )
