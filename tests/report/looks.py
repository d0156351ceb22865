"""A page in a browser -> what a person would complain of: a function for each thing to look at, nothing when all is well."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup, Tag

if TYPE_CHECKING:
    from playwright.sync_api import Page

Complaints = tuple[str, ...]

SMALLEST = 9.0
"""Height of a letter's box in CSS pixels below which nobody reads it on a telephone."""
PAGE = 1000.0
"""CSS pixels that an A4 page has room for from top to bottom, a little less than 277 mm: what is taller may be broken."""
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def sideways(page: Page) -> Complaints:
    """Find out whether the document is wider than its window, and what makes it so."""
    return _ask(page, "sideways()")


def spilling(page: Page) -> Complaints:
    """Find what is wider than its own box and is not declared to scroll, and text cut at the bottom."""
    return _ask(page, "spilling(false)")


def cut_on_paper(page: Page) -> Complaints:
    """Find what would have to scroll: paper does not."""
    return _ask(page, "spilling(true)")


def overlapping(page: Page) -> Complaints:
    """Find texts that lie on top of each other, in drawings and outside of them."""
    return _ask(page, "overlapping()")


def outside(page: Page) -> Complaints:
    """Find texts of a drawing that begin or end outside of it."""
    return _ask(page, "outside()")


def tiny(page: Page) -> Complaints:
    """Find texts that are shown smaller than can be read, however their drawing was scaled."""
    return _ask(page, f"tiny({SMALLEST})")


def faint(page: Page) -> Complaints:
    """Find texts, in drawings too, that stand out too little from what is painted beneath them (WCAG 1.4.3)."""
    return _ask(page, "faint(false)")


def faint_on_paper(page: Page) -> Complaints:
    """Find texts that stand out too little once the browser leaves out backgrounds, as it does when it prints."""
    return _ask(page, "faint(true)")


def unreachable(page: Page) -> Complaints:
    """Find links and controls whose middle is covered by something else."""
    return _ask(page, "unreachable()")


def broken(page: Page) -> Complaints:
    """Find figures, numbers and dates, that go on in the next line."""
    return _ask(page, "broken()")


def squeezed(page: Page) -> Complaints:
    """Find texts in columns so narrow that a word takes a line for each of its letters."""
    return _ask(page, "squeezed()")


def unmarked(page: Page) -> Complaints:
    """Find what takes the keyboard's focus without showing it."""
    page.keyboard.press("Tab")
    return _ask(page, "unmarked()")


def folded(page: Page) -> Complaints:
    """Find a `<details>` that does not open when its summary is chosen."""
    return _ask(page, "folded()")


def adrift(page: Page) -> Complaints:
    """Find tables that neither fit nor scroll within a frame of their own which the keyboard reaches."""
    return _ask(page, "adrift()")


def scrolling(page: Page, within: str) -> Complaints:
    """Find what has to be scrolled sideways to be seen whole, in what a selector names."""
    return _ask(page, f"scrolling({json.dumps(within)})")


def inaccessible(page: Page) -> Complaints:
    """Return what axe-core finds: names, contrast, landmarks, order of headings, scrolling frames, size of targets."""
    options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": list(RULES)}}
    found = Axe().run(page, options=options).response["violations"]
    return tuple(
        f"{rule['id']}: {' '.join(str(part) for part in node['target'])}: {node.get('failureSummary', '')}".replace("\n", " ")
        for rule in found
        for node in rule["nodes"]
    )


def half_empty(pdf: Path) -> Complaints:
    """Find the pages of a PDF, all but the last, whose lower half has no text. Needs pdftotext."""
    pages = _sheets(pdf)
    ends = [max((float(str(word["ymax"])) for word in page.find_all("word")), default=0.0) for page in pages]
    filled = [end / float(str(page["height"])) for end, page in zip(ends, pages, strict=True)]
    return tuple(f"page {number} ends at {part:.0%}" for number, part in enumerate(filled[:-1], 1) if part < 0.5)


def torn(page: Page, pdf: Path) -> Complaints:
    """Print a page, and find the cards and drawings that go on in another column or on another page though one would hold them,
    and headings with nothing of their own below them. Needs pdftotext.
    """
    marks = page.evaluate(f"(() => {{ {_javascript()}; return marked() }})()")
    page.pdf(path=pdf, format="A4", prefer_css_page_size=True)
    page.evaluate(f"(() => {{ {_javascript()}; return unmarked_again() }})()")
    at: dict[str, tuple[int, float]] = {}
    for number, sheet in enumerate(_sheets(pdf), 1):
        at |= {word.get_text(): (number, float(str(word["xmin"]))) for word in sheet.find_all("word")}
    return tuple(complaint for mark in marks if (complaint := _torn(mark, at)))


def _torn(mark: dict[str, Any], at: dict[str, tuple[int, float]]) -> str:
    begins, ends = at[mark["begin"]], at[mark.get("end") or mark["next"]]
    if "next" in mark:
        return f"{mark['name']} stands alone at the end of page {begins[0]}" if begins[0] != ends[0] else ""
    if mark["height"] > PAGE or (begins[0] == ends[0] and abs(begins[1] - ends[1]) < 1):
        return ""
    return f"{mark['name']} begins on page {begins[0]} and ends on page {ends[0]}, {ends[1] - begins[1]:.0f} points aside"


def _ask(page: Page, question: str) -> Complaints:
    answer: list[str] = page.evaluate(f"(() => {{ {_javascript()}; return {question} }})()")
    return tuple(answer)


def _sheets(pdf: Path) -> Sequence[Tag]:
    said = subprocess.run(["pdftotext", "-bbox", pdf, "-"], capture_output=True, text=True, check=True).stdout
    return BeautifulSoup(said, "html.parser").find_all("page")


@cache
def _javascript() -> str:
    return Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
