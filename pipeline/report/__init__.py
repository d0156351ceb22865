"""The published file -> the page that people read on Monday morning, in Japanese and in English."""

from __future__ import annotations

from pipeline.report.writing import write_report

__all__ = ["write_report"]
