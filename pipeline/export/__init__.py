"""The published file -> the tables of `main` for people: one Excel workbook, or a folder of CSV files."""

from __future__ import annotations

from pipeline.export.exporting import Exported, Style, export
from pipeline.export.reading import PASSED_ON

__all__ = ["PASSED_ON", "Exported", "Style", "export"]
