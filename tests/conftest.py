from __future__ import annotations

import os

import pytest

from tests.companies import Companies


@pytest.fixture(scope="session")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Companies:
    """The demo companies, shared by all workers of a session."""
    base = tmp_path_factory.getbasetemp()
    return Companies((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "companies")
