"""Charts are specified as Vega-Lite has them: the page builds them without that check, so it is made here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair
import pytest

from pipeline.report import charts, drawing, write_report
from tests.companies import Ran
from tests.report.reading import changed


def check(spec: dict[str, Any]) -> None:
    altair.LayerChart.from_dict(spec, validate=True)


@pytest.mark.parametrize("statement", ["select 1", "update main.kgi set unit = 'rate', direction = 'down'"])
def test_every_drawing_of_the_page_keeps_to_the_schema(
    company: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    drawn: list[dict[str, Any]] = []
    draw = drawing.draw

    def noted(spec: dict[str, Any], *rest: Any, **more: Any) -> str:
        drawn.append(spec)
        return draw(spec, *rest, **more)

    monkeypatch.setattr(charts, "draw", noted)
    write_report(changed(company.published, tmp_path, statement), tmp_path)
    assert len(drawn) > 30
    for spec in drawn:
        check(spec)
    with pytest.raises(Exception, match="no such mark"):
        check({**drawn[0], "layer": [{"mark": "no such mark"}]})
