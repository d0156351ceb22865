"""One edition of a night -> the HTML of its page. The style sheet's hash is all that the page may load."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from pipeline.board.sentences import Cited
from pipeline.report.blocks import Cell, Mark, Part, Piece
from pipeline.report.edition import Edition
from pipeline.templating import HtmlTemplates

_FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Banner:
    """What a reader must know before any number: an unsound run, stale data."""

    title: str
    lines: tuple[str, ...] = ()
    mark: Mark = "bad"


@dataclass(frozen=True)
class Page:
    """A whole page in one language. `state` tells whether it has to be written again."""

    language: str
    title: str
    meta: tuple[Piece, ...]
    banners: tuple[Banner, ...]
    parts: tuple[Part, ...]
    other_language: str
    other_file: str
    other_name: str
    skip: str
    contents: str
    footer: str
    version: str
    state: str


def write_page(page: Page, edition: Edition) -> str:
    """Return the HTML of a page."""
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    words = {"as_table": edition.word("as_table")}
    return _templates().render("page.html.j2", page=page, style=style, style_hash=f"sha256-{digest}", words=words, at=edition.at)


@cache
def _style() -> str:
    css = (_FOLDER / "report.css").read_text(encoding="utf-8")
    widths = "".join(f".w{at}{{width:{at}%}}" for at in range(101))
    return css + widths


@cache
def _templates() -> HtmlTemplates:
    return HtmlTemplates(_FOLDER, {"plain": _plain, "column": _column, "shared": _shared, "read": _read})


def _plain(value: object) -> str:
    """Write a value as the file holds it."""
    match value:
        case bool():
            return str(value).lower()
        case dt.datetime():
            return value.isoformat(" ")
        case float():
            return repr(value)
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def _read(each: Cited, at: int) -> str:
    """Write a figure for readers: one below zero has a minus sign, which no line breaks off and nobody takes for a dash."""
    words = each.shown[at]
    return words if isinstance(each.value, str) else words.replace("-", "\u2212", 1) if words.startswith("-") else words


def _shared(row: tuple[Cell, ...]) -> tuple[str, str] | None:
    """Return the table and the condition that most figures of a row have in common: the row carries them, not each figure."""
    sources = Counter((each.table, each.where) for cell in row for each in cell.pieces if isinstance(each, Cited))
    return sources.most_common(1)[0][0] if sources else None


def _column(name: str) -> str:
    """Write a column so that it can be asked for: a plain name in quotes, an expression as it is."""
    return f'"{name}"' if name.isidentifier() else name
