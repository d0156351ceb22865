"""The colours of the style sheet: bars and lines stand out from the paper, and what must be told apart is, by every eye."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from pathlib import Path

import pytest

from pipeline.report.ink import INKS

CSS = (Path(__file__).parents[2] / "pipeline/report/templates/report.css").read_text(encoding="utf-8")
DRAWN = ("actual", "plan", "gain", "loss", "soft", "soft-words")
"""What a chart draws its bars, lines and points with: an object that is needed to understand it (WCAG 1.4.11)."""
APART = (("gain", "loss"), ("actual", "plan"))
SEEN = {
    "every cone": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
    "no cone": ((0.2126, 0.7152, 0.0722),) * 3,
}
"""Linear RGB as it is seen. Machado, Oliveira, Fernandes 2009, severity 1.0; the last is a print in shades of grey."""
TOLD_APART = 20.0
"""Distance in CIELAB: ten times what is just noticed side by side (2.3), as bars stand apart and are thin."""

RGB = tuple[float, float, float]


def scheme(name: str) -> dict[str, str]:
    """Return the custom properties of a scheme; what it does not set is that of the light one."""
    blocks = [dict(re.findall(r"--([\w-]+):(#\w+)", block)) for block in re.findall(r":root\{([^}]*)\}", CSS)]
    light, dark, paper = blocks
    return {"light": light, "dark": {**light, **dark}, "paper": {**light, **paper}}[name]


def linear(colour: str) -> RGB:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return _linear(red), _linear(green), _linear(blue)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def contrast(one: str, other: str) -> float:
    """Return the ratio of WCAG 2."""
    darker, lighter = sorted(sum(a * b for a, b in zip(SEEN["no cone"][0], linear(each), strict=True)) for each in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def lab(colour: str, eye: str) -> RGB:
    """Return a colour in CIELAB (D65) as an eye sees it."""
    seen = [min(max(sum(a * b for a, b in zip(row, linear(colour), strict=True)), 0.0), 1.0) for row in SEEN[eye]]
    xyz = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.9505, 1.0, 1.089)
    x, y, z = (_bent(sum(a * b for a, b in zip(row, seen, strict=True)) / full) for row, full in zip(xyz, white, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _bent(part: float) -> float:
    return part ** (1 / 3) if part > (6 / 29) ** 3 else part / (3 * (6 / 29) ** 2) + 4 / 29


def distance(one: str, other: str, eye: str) -> float:
    return math.dist(lab(one, eye), lab(other, eye))


def test_the_measures_are_those_of_the_books() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert lab("#ff0000", "every cone") == pytest.approx((53.24, 80.09, 67.2), abs=0.1)
    assert distance("#cc0000", "#5a7d00", "every cone") > 90 and distance("#cc0000", "#5a5a00", "deuteranopia") < 25
    assert all(sum(row) == pytest.approx(1, abs=1e-5) for rows in SEEN.values() for row in rows)  # white stays white


@pytest.mark.parametrize("name", ["light", "dark", "paper"])
def test_what_a_chart_draws_stands_out_from_what_it_lies_on(name: str) -> None:
    colours = scheme(name)
    faint = {
        (ink, ground): round(contrast(colours[ink], colours[ground]), 2)
        for ink in DRAWN
        for ground in ("paper", "card")
        if contrast(colours[ink], colours[ground]) < 3
    }
    assert faint == {}


@pytest.mark.parametrize("eye", list(SEEN))
@pytest.mark.parametrize("name", ["light", "dark", "paper"])
def test_what_means_different_things_is_told_apart(name: str, eye: str) -> None:
    colours = scheme(name)
    alike = {pair: d for pair in APART if (d := round(distance(colours[pair[0]], colours[pair[1]], eye), 1)) < TOLD_APART}
    assert alike == {}


def test_every_ink_has_its_class_in_the_style_sheet_and_every_class_its_ink() -> None:
    used = set(re.findall(r"\.(?:fill|stroke)-([a-z]+)\{", CSS))
    assert used == set(INKS)
    assert all(int(later[1:], 16) > int(first[1:], 16) for first, later in pairwise(INKS.values()))  # no two are one
