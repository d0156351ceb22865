"""The colours of charts by what they mean. A drawing carries none of its own: the style sheet gives it, light, dark or print."""

from __future__ import annotations

from typing import Final

INKS: Final[dict[str, str]] = {
    "actual": "#010101",
    "plan": "#020202",
    "gain": "#030303",
    "loss": "#040404",
    "soft": "#060606",
    "words": "#070707",
    "lines": "#080808",
    "paper": "#090909",
    "quiet": "#0a0a0a",
}
"""Meaning -> the colour that stands for it while a chart is being drawn; `draw` replaces each by a class of the style sheet."""

FONT: Final = "Arial"
"""The font by which a drawing is laid out: one that the drawing library brings along, so that every machine draws the same. What
is shown is the style sheet's font.
"""
