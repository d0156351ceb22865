"""The files that people write -> their YAML documents and the profile they name. Reads the disk, and imports little."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from pipeline.decode import Document, read_all, read_text
from pipeline.findings import Finding, KgiError, Place, finding

GOAL_FOLDER = "goals"
INITIATIVE_FOLDER = "initiatives"
AGREEMENT_FOLDERS = ("agreements",)
GOAL_FOLDERS = (GOAL_FOLDER, *AGREEMENT_FOLDERS, INITIATIVE_FOLDER)
"""Folders of metrics/ that hold no metrics."""

_T = TypeVar("_T")


def wanted_profile(folder: Path) -> str | None:
    """Return the profile that pyproject.toml names under [tool.kgi], None where it names none."""
    file = folder / "pyproject.toml"
    if not file.is_file():
        return None
    try:
        settings = tomllib.loads(read_text(file, "pyproject.toml"))
    except tomllib.TOMLDecodeError as error:
        raise KgiError(finding("toml_syntax", Place("pyproject.toml"), problem=str(error))) from error
    profile = settings.get("tool", {}).get("kgi", {}).get("profile")
    return profile if isinstance(profile, str) else None


def read_yaml_files(folder: Path) -> tuple[Document, ...]:
    """Read the YAML files that may hold metrics: of models/ and metrics/ in a project, all of a folder that is none."""
    return yaml_documents(folder, _metric_tops(folder))


def agreement_documents(folder: Path) -> tuple[Document, ...]:
    """Read the agreements of a project: metrics/agreements/. In a folder that is none they stand among the other files."""
    if (folder / "profiles.yml").is_file():
        return yaml_documents(folder / "metrics", AGREEMENT_FOLDERS, folder)
    return tuple(each for each in read_yaml_files(folder) if isinstance(each.data, dict) and "agreement" in each.data)


def metric_files(folder: Path) -> tuple[Path, ...]:
    """Return the paths of the files that decide what metrics mean: those of `read_yaml_files`, then the agreements."""
    agreements = _yaml_paths(folder / "metrics", AGREEMENT_FOLDERS) if (folder / "profiles.yml").is_file() else ()
    return (*_yaml_paths(folder, _metric_tops(folder)), *agreements)


def _metric_tops(folder: Path) -> tuple[str, ...]:
    return ("models", "metrics") if (folder / "profiles.yml").is_file() else (".",)


def _yaml_paths(folder: Path, tops: Iterable[str]) -> Iterator[Path]:
    for top in tops:
        for path in sorted((folder / top).rglob("*.y*ml")):
            inside = path.relative_to(folder / top).parts
            if path.suffix in (".yml", ".yaml") and not (top == "metrics" and inside[0] in GOAL_FOLDERS):
                yield path


def yaml_documents(folder: Path, tops: Iterable[str], root: Path | None = None) -> tuple[Document, ...]:
    """Read every YAML file below some folders. Raises one KgiError with the mistakes of all of them."""

    def documents(path: Path) -> tuple[Document, ...]:
        shown = path.relative_to(root or folder).as_posix()
        return tuple(read_all(read_text(path, shown), shown)) or (Document(shown, None, {}),)

    return tuple(each for read in _every(documents, _yaml_paths(folder, tops)) for each in read)


def _every(reader: Callable[[Path], _T], paths: Iterable[Path]) -> list[_T]:
    """Read every file and raise the mistakes of all of them at once."""
    results: list[_T] = []
    faults: list[Finding] = []
    for path in paths:
        try:
            results.append(reader(path))
        except KgiError as error:
            faults.extend(error.findings)
    if faults:
        raise KgiError(faults)
    return results
