"""What a page is made of: sections of sentences, tables, charts and cards. Only values here; a template writes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pipeline.board.sentences import Cited, Sentence

Mark = Literal["", "good", "bad", "watch", "quiet", "immature", "small"]
"""How a cell or a card looks: never by colour alone, the words say it too."""


@dataclass(frozen=True)
class Absent:
    """A value that is null, and why, in words."""

    reason: str


Piece = str | Cited | Absent
Stacked = Literal["done", "gone", "waiting"]


@dataclass(frozen=True)
class Cell:
    """One cell: words and figures in the order in which they are read."""

    pieces: tuple[Piece, ...]
    mark: Mark = ""
    indent: int = 0
    share: int | None = None
    """A bar below the words, in percent of the widest."""
    stack: tuple[tuple[Stacked, int], ...] = ()
    """Bars side by side below the words: what became of all, in percent."""


@dataclass(frozen=True)
class Column:
    """A column of a table; numbers stand to the right."""

    label: str
    numeric: bool = False


@dataclass(frozen=True)
class DataTable:
    """Rows of cells under columns. The first column names the row. `empty` is said where there are no rows."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str = ""
    folded: bool = False
    kind: Literal["table"] = "table"


@dataclass(frozen=True)
class Said:
    """Sentences, the first of them the most important."""

    sentences: tuple[Sentence, ...]
    kind: Literal["said"] = "said"


@dataclass(frozen=True)
class Note:
    """Words that explain how to read what stands beside them."""

    text: str
    kind: Literal["note"] = "note"


@dataclass(frozen=True)
class Facts:
    """Names with their values, a line each."""

    items: tuple[tuple[str, Cell], ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True)
class Chart:
    """A drawing as SVG, what it shows in words, and the numbers that it was drawn from."""

    name: str
    title: str
    svg: str
    table: DataTable
    note: str = ""
    kind: Literal["chart"] = "chart"


@dataclass(frozen=True)
class Code:
    """Text that a machine reads: SQL, a definition."""

    text: str
    kind: Literal["code"] = "code"


@dataclass(frozen=True)
class Group:
    """Blocks that belong together under a title of their own; `badge` is a state in words."""

    title: str
    blocks: tuple[Block, ...]
    badge: str = ""
    mark: Mark = ""
    name: str = ""
    kind: Literal["group"] = "group"


@dataclass(frozen=True)
class Grid:
    """Blocks side by side where there is room."""

    blocks: tuple[Block, ...]
    kind: Literal["grid"] = "grid"


@dataclass(frozen=True)
class Fold:
    """Blocks that are opened on demand; a print shows them closed."""

    title: str
    blocks: tuple[Block, ...]
    name: str = ""
    kind: Literal["fold"] = "fold"


@dataclass(frozen=True)
class Branch:
    """A node of a tree: its name, how it is joined to its siblings, what is said of it, the nodes below it."""

    title: str
    facts: Facts
    joined: str = ""
    badge: str = ""
    mark: Mark = ""
    below: tuple[Branch, ...] = ()


@dataclass(frozen=True)
class Tree:
    """A tree in nested lists."""

    root: Branch
    kind: Literal["tree"] = "tree"


Block = DataTable | Said | Note | Facts | Chart | Code | Group | Grid | Fold | Tree


@dataclass(frozen=True)
class Section:
    """A part of the page with a title. `questions` are those of the Monday meeting that it answers."""

    name: str
    title: str
    blocks: tuple[Block, ...]
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """The sections of one half of the page."""

    name: str
    title: str
    sections: tuple[Section, ...] = field(default=())


def text(*pieces: Piece, mark: Mark = "", indent: int = 0) -> Cell:
    """Make a cell of words and figures."""
    return Cell(pieces, mark, indent)


def row(*cells: Cell | Piece) -> tuple[Cell, ...]:
    """Make a row of a table; what is no cell becomes one."""
    return tuple(cell if isinstance(cell, Cell) else Cell((cell,)) for cell in cells)


def columns(labels: Sequence[str], numeric: Collection[int] = ()) -> tuple[Column, ...]:
    """Make the columns of a table; `numeric` are the places of those that hold numbers."""
    return tuple(Column(label, at in numeric) for at, label in enumerate(labels))
