"""The command line inside this process: arguments in; exit code, output and errors out."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass
from unittest.mock import patch

from pipeline.cli import _run


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def kgi(*arguments: str, lines: bytes = b"") -> Ended:
    """Run a command as a person does, without a process of its own."""
    out, err = io.StringIO(), io.StringIO()
    stdin = io.TextIOWrapper(io.BytesIO(lines), encoding="utf-8")
    with (
        patch.object(sys, "argv", ["kgi", *arguments]),
        patch.object(sys, "stdin", stdin),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = _run()
    return Ended(code, out.getvalue(), err.getvalue())
