"""Answers in words: labels, units and fiscal periods in Japanese and English."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from pipeline.metrics import Heading, headings
from pipeline.metrics.headings import Style
from tests.metrics.company import YAML, manifest

EXTRA = """
calendars:
  - name: company
    fiscal_year_start: "10-01"
    granularities: [{name: closing_month, closing_day: 20, label: {ja: 締め月, en: closing month}}]
"""
TEXT = (
    YAML.replace("granularities: [{name: fiscal_year}]", "granularities: []")
    .replace(
        "- {name: channel, dimension: categorical}",
        "- {name: channel, dimension: categorical, config: {meta: {kgi: {label: {ja: チャネル}}}}}",
    )
    .replace("input_metrics: [{name: touches, offset_window: 1 fiscal_year}]", "input_metrics: [touches]")
    .replace("grain_to_date: fiscal_year", "grain_to_date: year")
    + EXTRA
)


def texts(language: str, *columns: str) -> list[str]:
    return [each.text for each in headings(manifest(TEXT), columns, language)]  # type: ignore[arg-type]


def test_metrics_keys_and_what_stands_beside_them_are_said_in_japanese() -> None:
    columns = ("metric_time__fiscal_half", "lead__channel", "leads", "leads__previous_year", "leads__ratio", "age__month")
    assert texts("ja", *columns) == ["半期", "チャネル", "リード数 (件)", "リード数 前年 (件)", "リード数 比", "か月以内"]
    more = ("metric_time__closing_month__previous_period", "lead__created_on__month", "won_rate__denominator", "maturity")
    assert texts("ja", *more) == ["締め月 前期間", "created_on (月)", "won_rate 分母", "成熟度"]


def test_english_falls_back_to_names() -> None:
    columns = ("metric_time__fiscal_half", "lead__channel", "leads", "leads__delta", "metric_time__closing_month")
    assert texts("en", *columns) == ["fiscal half", "channel", "leads (件)", "leads difference (件)", "closing month"]


APRIL, OCTOBER = (4, 1), (10, 1)


@pytest.mark.parametrize(
    ("style", "start", "day", "ja", "en"),
    [
        ("fiscal_year", APRIL, dt.date(2026, 4, 1), "2026年度", "FY2026"),
        ("fiscal_half", APRIL, dt.date(2026, 4, 1), "2026年度上期", "FY2026 H1"),
        ("fiscal_half", APRIL, dt.date(2026, 10, 1), "2026年度下期", "FY2026 H2"),
        ("fiscal_half", OCTOBER, dt.date(2026, 4, 1), "2025年度下期", "FY2025 H2"),
        ("fiscal_quarter", APRIL, dt.date(2027, 1, 1), "2026年度 第4四半期", "FY2026 Q4"),
        ("fiscal_quarter", OCTOBER, dt.date(2027, 1, 1), "2026年度 第2四半期", "FY2026 Q2"),
    ],
)
def test_a_fiscal_period_is_named_by_the_year_it_starts_in(
    style: Style, start: tuple[int, int], day: dt.date, ja: str, en: str
) -> None:
    assert (Heading("", style, "ja", start).shown(day), Heading("", style, "en", start).shown(day)) == (ja, en)
    assert Heading("", style, "ja", None).shown(day) is None  # nobody said when the year begins


def test_rates_read_as_percent_and_their_differences_as_points() -> None:
    assert Heading("", "percent").shown(0.256) == "25.6%"
    assert Heading("", "points").shown(-0.031) == "-3.1 pt"
    assert Heading("", "percent").shown(Decimal("1.5")) == "150.0%"
    assert Heading("", "percent").shown(None) is None
    assert Heading("", "plain").shown(0.256) is None


def test_the_declared_year_counts_before_the_profiles() -> None:
    (found,) = headings(manifest(TEXT), ("metric_time__fiscal_year",), "ja", (4, 1))
    assert found.fiscal_start == (10, 1)
