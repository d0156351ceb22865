"""Files that are seen whole or not at all: written in a folder of their own, synced to disk, then renamed over the old ones."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def working_folder(beside: Path) -> Iterator[Path]:
    """Give a hidden folder on the disk of `beside`, which is gone afterwards with all that was left in it."""
    folder = Path(tempfile.mkdtemp(prefix=".kgi-export-", dir=beside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put_in_place(written: Sequence[Path], folder: Path) -> None:
    """Sync all files to disk, then rename each into the folder, over the one that it replaces."""
    for path in written:
        _sync(path)
    for path in written:
        path.replace(folder / path.name)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
