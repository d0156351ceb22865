"""Files that are seen whole or not at all: written in a folder of their own, synced to disk, then renamed over the old ones."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_PREFIX = ".kgi-export-"


@contextmanager
def working_folder(parent: Path) -> Iterator[Path]:
    """Give a hidden folder inside `parent`, which is gone afterwards with all that is in it.

    What an export left that was killed goes too: a folder is locked as long as somebody works in it.
    """
    with _locked(parent):
        _sweep(parent)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        own = ExitStack()
        own.enter_context(_locked(folder))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        own.close()


@contextmanager
def _locked(folder: Path, how: int = 0) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | how)
        yield
    finally:
        os.close(descriptor)


def _sweep(parent: Path) -> None:
    for left in parent.glob(f"{_PREFIX}*"):
        with suppress(FileNotFoundError, BlockingIOError), _locked(left, fcntl.LOCK_NB):  # else another export has just used it
            shutil.rmtree(left, ignore_errors=True)


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
