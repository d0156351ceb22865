"""What metric YAML was read into, kept between questions: a question of the same files starts without reading them as YAML.

The key is everything that the reading depends on: the bytes of the files, the tables they are held against, and kgi's own code.
So a kept manifest is never stale, only unused. What cannot be kept or read is read anew, without a word.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from pipeline import __version__
from pipeline.files import metric_files
from pipeline.metrics import SemanticManifest

_KEPT = 50
_HERE = Path(__file__).parent
_CODE = (
    *sorted((_HERE / "metrics").glob("*.py")),
    *sorted((_HERE / "goals").glob("agreement*.py")),
    _HERE / "goals" / "definitions.py",
    _HERE / "decode.py",
)


def kept_manifest(folder: Path, tables: str, read: Callable[[], SemanticManifest]) -> SemanticManifest:
    """Return what the metric files of a folder say: as kept, else by reading them. `tables` says what they are held against."""
    place = _place(folder, tables)
    if place is None:
        return read()
    from pipeline.metrics import codec

    with contextlib.suppress(OSError, ValueError):
        return codec.read(place.read_text(encoding="utf-8"))
    manifest = read()
    with contextlib.suppress(OSError):
        _keep(place, codec.written(manifest))
    return manifest


def _place(folder: Path, tables: str) -> Path | None:
    """Return the file in which the manifest would be kept; None where there is no folder for it."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    try:
        cache = (Path(home) if Path(home).is_absolute() else Path.home() / ".cache") / "kgi"
        key = hashlib.sha256(f"{__version__}\n{tables}\n".encode())
        for path in _CODE:
            stat = path.stat()
            key.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
        for path in metric_files(folder):
            content = path.read_bytes()
            key.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode())
            key.update(content)
    except (OSError, RuntimeError, ValueError):
        return None
    return cache / f"{key.hexdigest()}.json"


def _keep(place: Path, text: str) -> None:
    """Write the file whole or not at all, readable by its owner alone, and let the oldest ones go."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = place.with_name(f"{place.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.chmod(0o600)
    beside.replace(place)
    kept = sorted(place.parent.glob("*.json"), key=lambda each: each.stat().st_mtime, reverse=True)
    for each in kept[_KEPT:]:
        each.unlink(missing_ok=True)
