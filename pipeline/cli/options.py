"""Options that several commands share, and the project they open."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from pipeline.profile import Target
    from pipeline.project import Project

_Command = TypeVar("_Command", bound=Callable[..., Any])
_FOLDER = click.Path(file_okay=False, path_type=Path)


def project_options(command: _Command) -> _Command:
    """Add the options that say which project, profile and target a command is about."""
    for option in (
        click.option("--project-dir", type=_FOLDER, default=Path(), help="The project's folder."),
        click.option("--profiles-dir", type=_FOLDER, default=None, help="Where profiles.yml is; else in the project."),
        click.option("--target", default=None, help="A target of the profile."),
        click.option("--vars", "variables", default=None, metavar="JSON", help="Variables for templates."),
    ):
        command = option(command)
    return command


def selection_options(command: _Command) -> _Command:
    """Add --select and --exclude, in dbt's grammar."""
    for option in (
        click.option(
            "--select", "-s", "chosen", multiple=True, metavar="WORD", help="name, path, tag:, +model+, state:modified."
        ),
        click.option("--exclude", "excluded", multiple=True, metavar="WORD", help="The same words, left out."),
    ):
        command = option(command)
    return command


def as_of_option(command: _Command) -> _Command:
    """Add --as-of."""
    return click.option(
        "--as-of",
        type=click.DateTime(["%Y-%m-%d"]),
        default=None,
        help="The business date whose end is the cut-off; else yesterday.",
    )(command)


def names_given(_context: click.Context, _option: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Read names that are joined by commas, given once or several times."""
    return tuple(name.strip() for each in value for name in each.split(",") if name.strip())


def now_utc() -> dt.datetime:
    """Read the clock: naive UTC. The one place where a command does."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def open_target_from(*, project_dir: Path, profiles_dir: Path | None, target: str | None, variables: str | None) -> Target:
    """Open the target that the options name; from then on messages speak the company's language."""
    from pipeline.cli.show import speak
    from pipeline.files import wanted_profile
    from pipeline.profile import open_target

    chosen = open_target(
        project_dir,
        profiles_dir=profiles_dir,
        profile=wanted_profile(project_dir),
        target=target,
        variables=parse_variables(variables),
    )
    speak(chosen.company.language)
    return chosen


def open_project_from(
    *,
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str | None,
    as_of: dt.datetime | None = None,
    now: dt.datetime | None = None,
) -> Project:
    """Open the project that the options name, its mistakes told in the company's language."""
    from pipeline.project import read_project

    chosen = open_target_from(project_dir=project_dir, profiles_dir=profiles_dir, target=target, variables=variables)
    return read_project(project_dir, chosen, now=now or now_utc(), as_of=as_of.date() if as_of else None)


def parse_variables(text: str | None) -> dict[str, Any]:
    """Read --vars, a JSON object."""
    if text is None:
        return {}
    try:
        value = json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="--vars") from error
    if not isinstance(value, dict):
        raise click.BadParameter('write a JSON object, such as \'{"region": "east"}\'', param_hint="--vars")
    return value
