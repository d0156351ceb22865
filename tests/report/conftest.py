"""What the tests of the report share: written reports, and a browser that is closed before other tests run their loops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup

from tests.companies import NIGHTS, Companies, Ran
from tests.report.browser import missing, started
from tests.report.pages import Report, Reports, Write
from tests.report.reading import pages_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The system's Chromium; where it or a Japanese font is missing the test is skipped, saying so."""
    if reason := missing():
        pytest.skip(reason)
    with started() as running:
        yield running


@pytest.fixture(scope="package")
def company(companies: Companies) -> Ran:
    """The demo company after its four nights."""
    return companies.ran(nights=NIGHTS)


@pytest.fixture(scope="package")
def pages(company: Ran, tmp_path_factory: pytest.TempPathFactory) -> dict[str, BeautifulSoup]:
    """The pages of the demo company by language, to be read and not changed."""
    return pages_of(company.published, tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="package")
def page(pages: dict[str, BeautifulSoup]) -> BeautifulSoup:
    """The Japanese page of the demo company."""
    return pages["ja"]


@pytest.fixture(scope="package")
def reports(companies: Companies, tmp_path_factory: pytest.TempPathFactory) -> Reports:
    """Return a function that writes a report the first time that it is asked for."""
    written: dict[Write, Report] = {}

    def report(write: Write) -> Report:
        if write not in written:
            written[write] = write(companies, tmp_path_factory.mktemp(write.__name__))
        return written[write]

    return report
