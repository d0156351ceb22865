"""Who agreed to a definition or a plan, by department."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from pipeline.findings import Finding, Place, finding

Person = Annotated[str, Field(min_length=1)]
DEPARTMENTS = ("marketing", "sales")


@dataclass(frozen=True)
class Signatures:
    """Who agreed, by department; None where nobody signed."""

    marketing: str | None = None
    sales: str | None = None

    @property
    def is_by_both(self) -> bool:
        """Whether both departments have signed."""
        return bool(self.marketing and self.sales)

    @property
    def missing(self) -> tuple[str, ...]:
        """The departments that have not signed."""
        return tuple(name for name, signed in (("marketing", self.marketing), ("sales", self.sales)) if not signed)


UNSIGNED = Signatures()


class Signed(BaseModel):
    """Who agreed, by department. One person cannot sign for both (E151)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    marketing: Person | None = None
    sales: Person | None = None

    @property
    def signatures(self) -> Signatures:
        """Return the names without spaces around them."""
        return Signatures(*(name.strip() or None if name else None for name in (self.marketing, self.sales)))


def signature_finding(signed: Signatures, place: Place, owner: str) -> Finding | None:
    """Return E151 where one person stands for both departments."""
    if signed.marketing and signed.sales and signed.marketing.casefold() == signed.sales.casefold():
        return finding("agreement_one_signs", place, owner=owner, person=signed.marketing)
    return None
