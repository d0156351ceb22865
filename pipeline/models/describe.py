"""`models:` entries of YAML files -> what people say of a model: description, columns, contract.

Only what the model room needs is read here; the metric room reads the semantic keys of the same entries and refuses unknown
ones, so this reader passes over what it does not know.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.decode import Document, decode
from pipeline.findings import Finding, KgiError, Place, finding

BESIDE_GOALS = "main"
"""The schema of the goal tables: the only one that a model's YAML may name."""


@dataclass(frozen=True)
class DeclaredColumn:
    """A column as its YAML describes it. `type` is None where no data_type is declared.

    A column that is `personal` is never published, one that holds names of accounts only where the company says so. `known`
    tells a fact of the event, which never changes, from a status as it is now.
    """

    name: str
    type: str | None
    description: str
    label_ja: str
    unit: str | None
    personal: bool
    account_name: bool
    place: Place
    known: Literal["event", "current"] = "event"


@dataclass(frozen=True)
class Description:
    """What a model's YAML entry says. `contract`: the declared types are promised and checked.

    `schema` is `main` for a table that is published beside the goal tables; else None, and the folder decides.
    """

    name: str
    description: str
    label_ja: str
    columns: tuple[DeclaredColumn, ...]
    contract: bool
    materialized: str | None
    tags: tuple[str, ...]
    place: Place
    schema: str | None = None


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _KgiColumn(_Loose):
    label: dict[str, str] | str | None = None
    unit: str | None = None
    personal: bool = False
    account_name: bool = False
    known: Literal["event", "current"] = "event"


class _KgiModel(_Loose):
    label: dict[str, str] | str | None = None
    published_in: Any = Field(None, alias="schema")


class _Meta(_Loose):
    kgi: _KgiColumn = _KgiColumn()


class _ModelMeta(_Loose):
    kgi: _KgiModel = _KgiModel()


class _ColumnConfig(_Loose):
    meta: _Meta = _Meta()


class _Column(_Loose):
    name: str
    description: str = ""
    data_type: str | None = None
    config: _ColumnConfig = _ColumnConfig()


class _Contract(_Loose):
    enforced: bool = False


class _ModelConfig(_Loose):
    contract: _Contract = _Contract()
    materialized: str | None = None
    tags: list[str] | str = []
    meta: _ModelMeta = _ModelMeta()


class _Model(_Loose):
    name: str
    description: str = ""
    config: _ModelConfig = _ModelConfig()
    columns: list[_Column] = []


def read_descriptions(documents: Iterable[Document]) -> dict[str, Description]:
    """Read every `models:` entry; keyed by model name. Raises KgiError for a model that is described twice."""
    found: dict[str, Description] = {}
    faults: list[Finding] = []
    for document in documents:
        entries = document.data.get("models") if isinstance(document.data, dict) else None
        for number, entry in enumerate(entries or ()):
            if not isinstance(entry, dict) or "name" not in entry:
                continue  # the metric room says what is wrong with it
            try:
                each = _description(document, number)
            except KgiError as error:
                faults.extend(error.findings)
                continue
            if each.name in found:
                other = str(found[each.name].place)
                faults.append(finding("model_described_twice", each.place, name=each.name, other=other))
            found[each.name] = each
    if faults:
        raise KgiError(faults)
    return found


def _description(document: Document, number: int) -> Description:
    under = ("models", number)
    spec = decode(_Model, document, owner=f"the model '{document.data['models'][number]['name']}'", under=under)
    schema = spec.config.meta.kgi.published_in
    if schema not in (None, BESIDE_GOALS):
        place = document.at(*under, "config", "meta", "kgi", "schema")
        raise KgiError(finding("published_schema", place, value=str(schema), known=BESIDE_GOALS))
    tags = (spec.config.tags,) if isinstance(spec.config.tags, str) else tuple(spec.config.tags)
    return Description(
        name=spec.name,
        description=spec.description.strip(),
        label_ja=_ja(spec.config.meta.kgi.label),
        columns=tuple(
            DeclaredColumn(
                name=column.name,
                type=column.data_type,
                description=column.description.strip(),
                label_ja=_ja(column.config.meta.kgi.label),
                unit=column.config.meta.kgi.unit,
                personal=column.config.meta.kgi.personal,
                account_name=column.config.meta.kgi.account_name,
                place=document.at(*under, "columns", position, "name"),
                known=column.config.meta.kgi.known,
            )
            for position, column in enumerate(spec.columns)
        ),
        contract=spec.config.contract.enforced,
        materialized=spec.config.materialized,
        tags=tags,
        place=document.at(*under, "name"),
        schema=schema,
    )


def _ja(label: Any) -> str:
    return (label.get("ja", "") if isinstance(label, dict) else label or "").strip()
