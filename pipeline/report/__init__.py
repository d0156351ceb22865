"""The published file -> the page that people read on Monday morning, in Japanese and in English."""

from __future__ import annotations

from pipeline.report.writing import report_paths, write_report

__all__ = ["report_paths", "write_report"]
