"""The words that texts, comments and the terminal share: one band, one word."""

from __future__ import annotations

__all__ = ["BANDS", "BANDS_JA"]

BANDS: dict[str, tuple[str, str]] = {
    "comfortable": ("余裕", "comfortable"),
    "realistic": ("現実的", "realistic"),
    "stretch": ("やや困難", "a stretch"),
    "unlikely": ("困難", "unlikely"),
    "unrealistic": ("非現実的", "unrealistic"),
    "unknown": ("判断不可", "unknown"),
}
"""The band of a chance -> what it is called in Japanese and English."""

BANDS_JA = "、".join(f"{band}={ja}" for band, (ja, _) in BANDS.items())
"""The bands as the comment of a column lists them."""
