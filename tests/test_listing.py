"""kgi ls: metrics in a row, one metric for a reader, what several metrics can all be cut by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import kgi
from tests.project_builder import change, replace_in, write

MORE = """\
metrics:
  - name: price
    label: Amount per deal
    type: ratio
    numerator: {name: pipeline_amount, filter: "{{ Dimension('deal__channel') }} = 'Web'"}
    denominator: valid_opportunities
  - {name: price_before, type: derived, expr: price, input_metrics: [{name: price, offset_window: 1 week}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path)
    change(tmp_path, "metrics/more.yml", MORE)
    return tmp_path


def ls(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(kgi, ["ls", *arguments, "--project-dir", str(folder)])


def test_metrics_are_listed_with_unit_owner_and_grains(folder: Path) -> None:
    replace_in(folder, "metrics/fct_deals.yml", "{unit: JPY,", "{unit: JPY, owner: sato,")
    rows = {row["metric"]: row for row in json.loads(ls(folder, "metrics", "--format", "json").stdout)}
    row = rows["pipeline_amount"]
    assert row.pop("place").startswith("metrics/fct_deals.yml:")
    assert set(row.pop("dimensions").split(", ")) == {"metric_time", "deal", "deal__valid_date", "deal__channel"}
    assert row == {
        "metric": "pipeline_amount",
        "type": "simple",
        "label": "pipeline_amount",
        "unit": "JPY",
        "owner": "sato",
        "grains": "day, week, month, quarter, year",
    }


def test_one_metric_is_shown_with_its_inputs_as_a_tree(folder: Path) -> None:
    shown = ls(folder, "metrics", "price_before").stdout.splitlines()
    assert shown[0].startswith("price_before  price_before / price_before  (metrics/more.yml:")
    assert shown[1:7] == [
        "  type:                derived",
        "  expr:                price",
        "  - price (ratio, 1 week earlier)",
        "    - pipeline_amount (simple, where {{ Dimension('deal__channel') }} = 'Web')",
        "    - valid_opportunities (simple)",
        "dimension         kind         label  grains                           models",
    ]
    assert any(line.startswith("deal__channel     categorical") for line in shown)


def test_a_simple_metric_says_its_table_and_time(folder: Path) -> None:
    (card,) = json.loads(ls(folder, "metrics", "valid_opportunities", "--format", "json").stdout)
    assert card["definition"] == {
        "table": "marts.fct_deals",
        "aggregation": "count",
        "expr": "deal_id",
        "time": "expr valid_date, grain day",
    }
    assert card["inputs"] == [] and card["dimensions"][0]["dimension"] == "metric_time"


def test_dimensions_are_those_that_all_named_metrics_share(folder: Path) -> None:
    rows = json.loads(ls(folder, "dimensions", "--metrics", "price,valid_opportunities", "--format", "json").stdout)
    assert {row["dimension"] for row in rows} == {"metric_time", "deal", "deal__channel", "deal__valid_date"}
    assert rows[0]["grains"] == "day, week, month, quarter, year"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("metrics", "prices"), "price"),
        (("dimensions", "--metrics", "prices"), "price"),
        (("dimensions",), "--metrics"),
        (("models", "fct_deals"), "--select"),
        (("metrics", "--metrics", "price"), "go together"),
    ],
)
def test_what_cannot_be_listed_is_told(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    done = ls(folder, *arguments)
    assert done.exit_code != 0
    assert says in done.output + str(done.exception)
