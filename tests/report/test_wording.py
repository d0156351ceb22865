"""The words of the page: each key is written down once, in both languages, with the same places to fill."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from string import Formatter

import pytest

from pipeline.report.wording import WORDS

MODULES = sorted((Path(__file__).parents[2] / "pipeline/report").glob("wording*.py"))


def test_no_key_is_written_down_twice() -> None:
    """One that two modules write down would silently take the words of one of them."""
    keys = Counter(
        str(key.value)
        for path in MODULES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "WORDS"
        for key in (node.value.keys if isinstance(node.value, ast.Dict) else [])
        if isinstance(key, ast.Constant)
    )
    assert set(keys) == set(WORDS)
    assert not [key for key, count in keys.items() if count > 1]


@pytest.mark.parametrize("key", sorted(WORDS))
def test_both_languages_have_the_same_places_to_fill(key: str) -> None:
    ja, en = ({name for _, name, _, _ in Formatter().parse(words) if name is not None} for words in WORDS[key])
    assert ja == en
    assert all(WORDS[key])
