"""The text of every report: it runs nothing, loads nothing, leads nowhere else, and everything in it has its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from pipeline.messages import Language
from tests.report import markup
from tests.report.pages import LANGUAGES, PAGES, Report, Reports


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest, reports: Reports) -> tuple[Path, Language]:
    """A report's file in one language."""
    write, language = request.param
    report: Report = reports(write)
    return report.file(language), language


@pytest.fixture(scope="module")
def soup(page: tuple[Path, Language]) -> BeautifulSoup:
    return markup.soup(page[0])


def test_it_runs_nothing_and_paints_only_through_its_style_sheet(soup: BeautifulSoup) -> None:
    assert markup.active(soup) == ()


def test_it_leads_to_its_own_places_and_to_the_other_language(page: tuple[Path, Language], soup: BeautifulSoup) -> None:
    (other,) = (language for language in LANGUAGES if language != page[1])
    assert markup.elsewhere(soup, f"report.{other}.html") == ()
    assert soup.select(f"a[hreflang={other}][href='report.{other}.html']")


def test_its_policy_allows_its_style_sheet_and_nothing_else(soup: BeautifulSoup) -> None:
    assert markup.unguarded(soup) == ()


def test_every_reference_finds_its_element(soup: BeautifulSoup) -> None:
    assert markup.dangling(soup) == ()


def test_every_drawing_has_a_name_and_a_table(soup: BeautifulSoup) -> None:
    assert soup.find("svg") is not None
    assert markup.nameless(soup) == ()


def test_its_headings_go_down_step_by_step(page: tuple[Path, Language], soup: BeautifulSoup) -> None:
    assert markup.unordered(soup) == ()
    assert soup.select(f"html[lang={page[1]}]")


def test_every_table_has_headings_and_rows_of_one_length(soup: BeautifulSoup) -> None:
    assert markup.untabled(soup) == ()


def test_it_can_be_mailed(page: tuple[Path, Language]) -> None:
    assert page[0].stat().st_size < markup.LARGEST
