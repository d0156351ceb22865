"""SQL files -> tables and views.

`read_models` turns the files into frozen `Model`s in the order of their graph; `bind_models` checks all of them against empty
tables; `build_beside` builds one beside the table it replaces, and `swap_in` puts it into place once it has been checked.
"""

from __future__ import annotations

from pipeline.models.binding import bind_models
from pipeline.models.building import Built, build_beside, discard, swap_in
from pipeline.models.describe import BESIDE_GOALS, DeclaredColumn, Description, read_descriptions
from pipeline.models.graph import downstream, in_order, upstream
from pipeline.models.read import Filled, Model, ModelFile, query_renderer, read_models
from pipeline.models.reading import check_reading

__all__ = [
    "BESIDE_GOALS",
    "Built",
    "DeclaredColumn",
    "Description",
    "Filled",
    "Model",
    "ModelFile",
    "bind_models",
    "build_beside",
    "check_reading",
    "discard",
    "downstream",
    "in_order",
    "query_renderer",
    "read_descriptions",
    "read_models",
    "swap_in",
    "upstream",
]
