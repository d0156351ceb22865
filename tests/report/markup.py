"""The text of a page -> what is wrong with it before any browser has seen it; nothing when all is well."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

from bs4 import BeautifulSoup, Tag

Complaints = tuple[str, ...]

LARGEST = 2_000_000
"""Bytes of a page that mail and old machines still take."""
ACTIVE = (
    "script",
    "iframe",
    "object",
    "embed",
    "base",
    "form",
    "link",
    "img",
    "audio",
    "video",
    "foreignobject",
    "animate",
    "set",
)
REFERENCES = ["aria-labelledby", "aria-describedby", "aria-controls", "aria-details", "for", "headers"]
ADDRESSES = ["href", "xlink:href", "src", "srcset", "action", "formaction", "poster", "data", "background", "cite", "ping"]
PAINTED = ["fill", "stroke", "clip-path", "mask", "filter", "marker-start", "marker-mid", "marker-end"]

URL = re.compile(r"url\(\s*['\"]?([^)'\"]*)")
ALLOWED = {"default-src": r"'none'$", "style-src": "'(sha|unsafe-inline)", "base-uri": "'none'$", "form-action": "'none'$"}
"""What a policy may say: the directive and what each of its words begins with."""


def soup(file: Path) -> BeautifulSoup:
    """Read a page as the browser would, without repairing anything."""
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")


def active(page: BeautifulSoup) -> Complaints:
    """Find what runs, loads or sends, and attributes that run or paint: scripts, handlers, inline styles, refreshes."""
    tags = [f"<{tag.name}>: {tag!s:.80}" for tag in page.find_all(ACTIVE)]
    refreshes = [f"refresh: {tag}" for tag in page.find_all("meta", attrs={"http-equiv": re.compile("^refresh$", re.IGNORECASE)})]
    attributes = [
        f"{name}: <{tag.name}> {value!s:.60}"
        for tag in _tags(page)
        for name, value in tag.attrs.items()
        if re.match(r"on|style$|srcdoc$", name, re.IGNORECASE)
    ]
    return (*tags, *refreshes, *attributes)


def elsewhere(page: BeautifulSoup, sibling: str) -> Complaints:
    """Find addresses that are neither a place on this page nor the same report in the other language."""
    found = [
        f"{name}: {value}"
        for tag in _tags(page)
        for name in ADDRESSES
        for value in [tag.get(name)]
        if value is not None and not str(value).startswith("#") and str(value).partition("#")[0] != sibling
    ]
    painted = [(name, str(tag.get(name, ""))) for tag in _tags(page) for name in PAINTED]
    styles = [("style", style.get_text()) for style in page.find_all("style")]
    for name, text in (*painted, *styles):
        found += [
            f"{name}: url({inside})" for inside in re.findall(r"url\(\s*['\"]?([^)'\"]*)", text) if not inside.startswith("#")
        ]
        found += [f"{name}: @import" for _ in re.findall("@import", text)]
    return tuple(found)


def unguarded(page: BeautifulSoup) -> Complaints:
    """Find out whether the page forbids everything that it does not need, before the first thing that could need it."""
    metas = page.select("head > meta[http-equiv='Content-Security-Policy']")
    policy = {words[0]: words[1:] for meta in metas for part in str(meta["content"]).split(";") if (words := part.split())}
    found = [] if "default-src" in policy else ["no policy with a default-src"]
    found += [
        f"the policy allows {name} {word}"
        for name, words in policy.items()
        for word in words or ("",)
        if not re.match(ALLOWED.get(name, "(?!)"), word)
    ]
    before = metas[0].find_all_previous("style") if metas else []
    return (*found, *("a style before the policy" for _ in before))


def dangling(page: BeautifulSoup) -> Complaints:
    """Find ids that are used twice, and references to ids that nothing has."""
    ids = Counter(str(tag["id"]) for tag in page.find_all(id=True))
    found = [f"id used {count} times: {name}" for name, count in ids.items() if count > 1]
    for tag in _tags(page):
        for name in REFERENCES:
            value = tag.get(name)
            for word in value if isinstance(value, list) else str(value or "").split():
                found += [f"{name} without its element: {word}"] if word not in ids else []
        for name in ("href", "xlink:href"):
            href = str(tag.get(name, ""))
            found += [f"{name} without its element: {href}"] if href.startswith("#") and href[1:] not in ids else []
        for name in PAINTED:
            for word in URL.findall(str(tag.get(name, ""))):
                found += [f"{name} without its element: {word}"] if word.removeprefix("#") not in ids else []
    return tuple(found)


def nameless(page: BeautifulSoup) -> Complaints:
    """Find drawings without role or name, and figures with a drawing whose numbers no table tells."""
    found: list[str] = []
    for drawing in page.find_all("svg"):
        if drawing.find_parent("svg") is not None or drawing.get("aria-hidden") == "true":
            continue
        if drawing.get("role") != "img":
            found.append(f"no role=img: {drawing!s:.80}")
        if not _name(page, drawing):
            found.append(f"no name: {drawing!s:.80}")
        figure = drawing.find_parent("figure")
        if figure is None:
            found.append(f"no figure around: {drawing!s:.80}")
        elif figure.select_one("details table") is None:
            found.append(f"no table: {figure!s:.80}")
    return tuple(found)


def unordered(page: BeautifulSoup) -> Complaints:
    """Find out whether the page has its language, its title, one h1, and headings that go down one step at a time."""
    root, title = page.find("html"), page.find("title")
    found = [] if isinstance(root, Tag) and root.get("lang") in ("ja", "en") else ["the page does not say its language"]
    found += [] if isinstance(title, Tag) and title.get_text(strip=True) else ["no title"]
    levels = [int(tag.name[1]) for tag in page.find_all(re.compile("^h[1-6]$"))]
    found += [] if levels.count(1) == 1 and levels[0] == 1 else [f"{levels.count(1)} h1"]
    found += [f"h{above} is followed by h{below}" for above, below in pairwise(levels) if below > above + 1]
    found += ["an empty heading" for tag in page.find_all(re.compile("^h[1-6]$")) if not tag.get_text(strip=True)]
    return tuple(found)


def untabled(page: BeautifulSoup) -> Complaints:
    """Find tables without a heading cell, and rows that do not have as many cells as the others."""
    found: list[str] = []
    for table in page.find_all("table"):
        rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
        widths = Counter(sum(int(str(cell.get("colspan") or 1)) for cell in row.find_all(["td", "th"])) for row in rows)
        if table.find("th") is None:
            found.append(f"no heading cell: {table!s:.80}")
        if len(widths) > 1 and not table.select_one("[rowspan]"):
            found.append(f"rows of {sorted(widths)} cells: {table.get_text(' ', strip=True):.60}")
    return tuple(found)


def _tags(page: BeautifulSoup) -> list[Tag]:
    return [tag for tag in page.find_all(True) if isinstance(tag, Tag)]


def _name(page: BeautifulSoup, drawing: Tag) -> str:
    named = [page.find(id=word) for word in str(drawing.get("aria-labelledby") or "").split()]
    title = drawing.find("title", recursive=False)
    texts = [str(drawing.get("aria-label") or ""), *(tag.get_text() for tag in (*named, title) if isinstance(tag, Tag))]
    return " ".join(texts).strip()
