"""An Altair chart -> an SVG that stands in the page: named for who hears it, coloured by the style sheet, without script."""

from __future__ import annotations

import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pipeline.report.ink import FONT, INKS

WIDTH = 340
"""As wide as a telephone shows it without making it smaller."""

_SVG = "{http://www.w3.org/2000/svg}"
_CLASSES = {colour: name for name, colour in INKS.items()}
_SIZE = 11


Rows = Sequence[Mapping[str, object]]


@contextmanager
def unchecked() -> Iterator[None]:
    """Build charts without the check of every step against Vega-Lite's schema, which takes longer than to draw them.

    Our specifications are few and known; the tests check each.
    """
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):
        yield


def specified(chart: Any) -> dict[str, Any]:
    """Return the Vega-Lite specification of an Altair chart in the manner of the house; its data are named."""
    spec: dict[str, Any] = chart.configure(**_theme()).to_dict(validate=False)
    return spec


def draw(spec: Mapping[str, Any], data: Mapping[str, Rows], *, name: str, title: str, about: str) -> str:
    """Render a specification with its data. `name` makes the ids, `title` and `about` are what a screen reader says; marks with a
    description show it when the pointer rests on them.
    """
    import vl_convert

    filled = {**spec, "datasets": {key: [_seen(row) for row in rows] for key, rows in data.items()}}
    return _dressed(vl_convert.vegalite_to_svg(filled), name, visible(title), visible(about))


def visible(words: str) -> str:
    """Leave out the characters that nobody sees and XML does not allow."""
    return "".join(each for each in words if unicodedata.category(each) not in ("Cc", "Cn", "Cs"))


def _seen(row: Mapping[str, object]) -> dict[str, object]:
    return {key: visible(value) if isinstance(value, str) else value for key, value in row.items()}


def width_of(words: str) -> float:
    """Estimate how wide words are in pixels: half-width letters take a little more than half of a full-width one.

    The machine that draws may lack the font that shows; layout must not depend on it.
    """
    return sum(_SIZE if unicodedata.east_asian_width(each) in "FWA" else _SIZE * 0.58 for each in words)


def wrapped(words: str, widest: float, lines: int = 2) -> str:
    """Break words into lines of at most `widest` pixels; what does not fit into the last line ends in dots."""
    found: list[str] = []
    rest = visible(words).strip()
    while rest:
        cut = next((at for at in range(1, len(rest) + 1) if width_of(rest[:at]) > widest), len(rest) + 1) - 1
        line = rest[: max(cut, 1)]
        if cut < len(rest) and " " in line.strip():
            line = line[: line.rindex(" ") + 1]
        if len(found) == lines - 1 and len(line) < len(rest):
            return "\n".join([*found, rest[: max(cut - 1, 1)].rstrip() + "…"])
        found.append(line.strip())
        rest = rest[len(line) :].strip()
    return "\n".join(found)


def _theme() -> dict[str, Any]:
    words, lines = INKS["words"], INKS["lines"]
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "labelFontSize": _SIZE,
            "titleFontSize": _SIZE,
            "titleFontWeight": "normal",
            "labelColor": words,
            "titleColor": words,
            "gridColor": lines,
            "domainColor": lines,
            "tickColor": lines,
            "labelFont": FONT,
            "titleFont": FONT,
        },
        "text": {"fontSize": _SIZE, "font": FONT, "color": words},
    }


def _dressed(svg: str, name: str, title: str, about: str) -> str:
    """Give the drawing its name, its classes and its hover titles; leave out what only repeats them to a screen reader."""
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    root = ET.fromstring(svg)  # noqa: S314  # drawn by ourselves a moment ago
    for each in root.iter():
        _ink(each)
        said = each.attrib.pop("aria-label", None)
        for key in ("role", "aria-roledescription", "aria-hidden", "font-family"):
            each.attrib.pop(key, None)
        if said and each.tag in (f"{_SVG}path", f"{_SVG}text", f"{_SVG}line"):
            hover = ET.Element(f"{_SVG}title")
            hover.text = said
            each.insert(0, hover)
    ids = f"{name}-title", f"{name}-about"
    for at, (key, words) in enumerate(zip(ids, (title, about), strict=True)):
        element = ET.Element(f"{_SVG}{'title' if at == 0 else 'desc'}", {"id": key})
        element.text = words
        root.insert(at, element)
    root.attrib.pop("version", None)
    root.attrib.update({"role": "img", "aria-labelledby": " ".join(ids), "class": "drawing"})
    return ET.tostring(root, encoding="unicode")


def _ink(element: ET.Element) -> None:
    """Replace the colours that stand for a meaning by classes; what is not drawn needs none."""
    classes = []
    for part in ("fill", "stroke"):
        meaning = _CLASSES.get(element.attrib.get(part, ""))
        if meaning:
            del element.attrib[part]
            classes.append(f"{part}-{meaning}")
    if classes:
        element.attrib["class"] = " ".join(classes)
