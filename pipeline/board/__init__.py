"""The published file -> what a person reads of the goals: where each stands, why, and what would be if."""

from __future__ import annotations

from pipeline.board.reading import GoalBoard, Row, as_of_of, read_board
from pipeline.board.sentences import Cited, Sentence
from pipeline.board.what_if import Supposed, suppose, supposed_numbers
from pipeline.board.why import why

__all__ = [
    "Cited",
    "GoalBoard",
    "Row",
    "Sentence",
    "Supposed",
    "as_of_of",
    "read_board",
    "suppose",
    "supposed_numbers",
    "why",
]
