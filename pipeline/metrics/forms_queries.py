"""The keys of saved queries, the same in every spelling, as pydantic models, and how they become their spec."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.findings import Place, finding
from pipeline.metrics.calls import read_item
from pipeline.metrics.forms import Cursor, Filters, Flag, Form, Ignored, Item, Lower, Name, Whole, filters_of
from pipeline.metrics.spec import Export, OrderItem, SavedQuery
from pipeline.metrics.tray import Tray

ExportAs = Annotated[Literal["table", "view", "cache"], Lower]
"""What an export becomes; a cache is a matter of dbt's platform and passed over."""


class QueryParams(Form):
    """What a saved query asks."""

    metrics: tuple[str, ...] = ()
    group_by: tuple[Item, ...] = ()
    where: Filters = ()
    order_by: tuple[Item, ...] = ()
    limit: Annotated[Whole, Field(ge=0)] | None = None


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
    enabled: Flag = True
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
        filters_of(params.where, cursor, "query_params", "where"),
        order,
        params.limit,
        form.description,
        form.label or "",
        _exports(form, cursor, tray),
        tuple(_item_places(params, cursor)),
    )
    tray.saved_queries.append(query)


def _item_places(params: QueryParams, cursor: Cursor) -> Iterator[tuple[str, Place]]:
    for number, metric in enumerate(params.metrics):
        yield metric, cursor.at("query_params", "metrics", number)
    for number, item in enumerate(params.group_by):
        yield read_item(item).item, cursor.at("query_params", "group_by", number)
    named = {*params.metrics, *(read_item(item).item for item in params.group_by)}
    for number, item in enumerate(params.order_by):
        if read_item(item).item not in named:
            yield read_item(item).item, cursor.at("query_params", "order_by", number)


def _exports(form: SavedQueryForm, cursor: Cursor, tray: Tray) -> tuple[Export, ...]:
    found = []
    for number, each in enumerate(form.exports):
        place = cursor.at("exports", number, "name")
        export_as = each.config.export_as or form.config.export_as
        if export_as is None:
            tray.add(finding("metric_export_without_form", place, name=each.name, query=form.name))
            continue
        if export_as == "cache":
            continue
        schema = each.config.schema_name or form.config.schema_name
        found.append(Export(each.name, export_as, place, schema, each.config.alias))
    return tuple(found)
