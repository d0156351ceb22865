"""The keys of saved queries, the same in every spelling, as pydantic models, and how they become their spec."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.findings import finding
from pipeline.metrics.calls import read_item
from pipeline.metrics.forms import Cursor, Filters, Form, Ignored, Item, Lower, Name
from pipeline.metrics.spec import Export, Filter, OrderItem, SavedQuery
from pipeline.metrics.tray import Tray

ExportAs = Annotated[Literal["table", "view"], Lower]


class QueryParams(Form):
    """What a saved query asks."""

    metrics: tuple[str, ...] = ()
    group_by: tuple[Item, ...] = ()
    where: Filters = ()
    order_by: tuple[Item, ...] = ()
    limit: int | None = None


class ExportConfig(Form):
    """How an export is written: as a table or a view, in which schema, under which name."""

    export_as: ExportAs | None = None
    schema_name: str | None = Field(None, alias="schema")
    alias: str | None = None
    database: Ignored = None


class ExportForm(Form):
    """A saved query written down: a table or view of its own."""

    name: str
    config: ExportConfig = ExportConfig()


class SavedQueryConfig(BaseModel):
    """`config` of a saved query: what its exports inherit, and whether it is on."""

    model_config = ConfigDict(extra="allow", frozen=True)
    enabled: bool = True
    export_as: ExportAs | None = None
    schema_name: str | None = Field(None, alias="schema")
    meta: dict[str, Any] = {}


class SavedQueryForm(Form):
    """A question kept under a name, with the tables it is exported to."""

    name: Name
    description: str = ""
    label: str | None = None
    query_params: QueryParams
    exports: tuple[ExportForm, ...] = ()
    config: SavedQueryConfig = SavedQueryConfig()
    group: Ignored = None
    tags: Ignored = None
    meta: Ignored = None
    metadata: Ignored = None


def read_saved_query(form: SavedQueryForm, cursor: Cursor, tray: Tray) -> None:
    """Put a saved query on the tray, unless its config switches it off."""
    if not form.config.enabled:
        return
    params = form.query_params
    order = tuple(OrderItem(read_item(each).item, read_item(each).descending) for each in params.order_by)
    query = SavedQuery(
        form.name,
        cursor.at("name"),
        tuple(params.metrics),
        tuple(read_item(each).item for each in params.group_by),
        tuple(Filter(text.strip(), cursor.at("query_params", "where")) for text in params.where),
        order,
        params.limit,
        form.description,
        form.label or "",
        _exports(form, cursor, tray),
    )
    tray.saved_queries.append(query)


def _exports(form: SavedQueryForm, cursor: Cursor, tray: Tray) -> tuple[Export, ...]:
    found = []
    for number, each in enumerate(form.exports):
        place = cursor.at("exports", number, "name")
        export_as = each.config.export_as or form.config.export_as
        if export_as is None:
            tray.add(finding("metric_export_without_form", place, name=each.name, query=form.name))
            continue
        schema = each.config.schema_name or form.config.schema_name
        found.append(Export(each.name, export_as, place, schema, each.config.alias))
    return tuple(found)
