"""What the tests of the report share: a browser that is closed before other tests run their loops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.report.browser import missing, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The system's Chromium; where it or a Japanese font is missing the test is skipped, saying so."""
    if reason := missing():
        pytest.skip(reason)
    with started() as running:
        yield running
