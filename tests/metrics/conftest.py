from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.metrics.company import Desk, engine


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    with engine() as opened:
        yield Desk(opened)
