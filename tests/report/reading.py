"""Reading the pages of a published file as a browser would: by section, with the figures in them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from pipeline.engines.duckdb import open_engine
from pipeline.messages import Language
from pipeline.report import write_report


class Pages(dict[str, BeautifulSoup]):
    """The pages of a published file by language, each written and read when it is first asked for."""

    def __init__(self, published: Path, folder: Path) -> None:
        super().__init__()
        self.published, self.folder = published, folder

    def __missing__(self, language: Language) -> BeautifulSoup:
        (path,) = write_report(self.published, self.folder, languages=(language,))
        self[language] = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        return self[language]


def pages_of(published: Path, folder: Path) -> dict[str, BeautifulSoup]:
    """Return the pages of a published file, by language."""
    return Pages(published, folder)


def changed(published: Path, folder: Path, *statements: str) -> Path:
    """Return a copy of a published file in which something else is written."""
    copy = folder / "kgi.duckdb"
    shutil.copyfile(published, copy)
    with open_engine(copy) as engine:
        for statement in statements:
            engine.execute(statement)
    return copy


def section_of(page: BeautifulSoup, name: str) -> Tag:
    """Return a section of a page."""
    found = page.find("section", id=name)
    assert isinstance(found, Tag), name
    return found


def rows_of(part: Tag, caption: str) -> list[list[str]]:
    """Return the cells of the table with this caption, as they are read; a minus sign as the one of the keyboard."""
    for table in part.find_all("table"):
        if caption in str(table.caption):
            return [
                [cell.get_text().replace("\u2212", "-") for cell in line.find_all(["th", "td"])]
                for line in table.select("tbody tr")
            ]
    raise AssertionError(caption)


def values_of(part: Tag) -> Iterator[str]:
    """Return the values behind the figures of a part of the page, in their order."""
    for each in part.find_all("data"):
        yield str(each["value"])
