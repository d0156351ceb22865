"""Rows of the published file -> what people call them, in Japanese and English."""

from __future__ import annotations

import re

from pipeline.board.reading import GoalBoard, Row
from pipeline.board.sentences import Pair
from pipeline.board.wording import FACTORS, worded
from pipeline.goals.words import CHECKS, reason

_MEMBERS: dict[str, Pair] = {"unattributed": ("帰属不明", "nobody known"), "total": ("全体", "total"), "(none)": ("なし", "none")}


def label(row: Row) -> Pair:
    """Return the label of a row."""
    return str(row["label_ja"]), str(row["label_en"])


def member(name: object) -> Pair:
    """Name a channel; those whose person nobody knows, and all channels together, have words of their own."""
    return _MEMBERS.get(str(name), same(name))


COHORTS = "cohort_landing"
"""The basis on which a rate is that of cohorts."""


def factor_label(board: GoalBoard, factor: object, basis: str = "") -> Pair:
    """Name a factor; by cohorts a rate is no ratio of the same period, whatever its metric's label says."""
    node = board.node(str(factor))
    ja, en = label(node) if node else worded(factor, FACTORS)
    if basis == COHORTS:
        ja, en = (re.sub(r"\s*[(\uff08](?:期間比率|period ratio)[)\uff09]", "", each) for each in (ja, en))
    return ja, en


def check_label(board: GoalBoard, check: object) -> Pair:
    """Name a look of the realism check, or the factor that binds: a rate of the tree by its label."""
    node = board.node(str(check).removeprefix("rate "))
    return factor_label(board, node["node"], COHORTS) if node else worded(check, CHECKS)


def same(word: object) -> Pair:
    """Return a word that is the same in both languages."""
    return str(word), str(word)


def reason_of(row: Row, column: str) -> Pair:
    """Return in words why a column is null, by the table's null_reason."""
    pairs = dict(part.split("=", 1) for part in str(row.get("null_reason") or "").split(";") if "=" in part)
    return reason(pairs.get(column, "unexplained"))
