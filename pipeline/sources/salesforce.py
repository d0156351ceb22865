"""Salesforce's two forms of an id -> the 18-character one, as a DuckDB expression. Letter case is kept."""

from __future__ import annotations

_ALPHABET = "'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345'"


def salesforce_id(text: str) -> str:
    """Return an expression for the 18-character id of a text expression; NULL where the text is no id.

    15 characters get the suffix that says which of them are capitals: for each block of five, the sum of 2^k over the capitals.
    18 characters get the case that their suffix says, so an id that was lower-cased on its way is mended.
    A lower-cased id of 15 characters cannot be told from another one and is taken as it stands.
    """
    bit = "case when id[block * 5 + k + 1] between 'A' and 'Z' then 1 << k else 0 end"
    suffix = f"array_to_string([{_ALPHABET}[1 + list_sum([{bit} for k in range(5)])::integer] for block in range(3)], '')"
    block = f"strpos({_ALPHABET}, upper(id[16 + (i - 1) // 5])) - 1"
    cased = f"case when ({block}) >> ((i - 1) % 5) & 1 = 1 then upper(id[i]) else lower(id[i]) end"
    mended = f"array_to_string([{cased} for i in range(1, 16)], '') || upper(id[16:18])"
    form = (
        "case"
        f" when regexp_full_match(id, '[0-9A-Za-z]{{15}}') then id || {suffix}"
        f" when regexp_full_match(id, '[0-9A-Za-z]{{15}}[A-Za-z0-5]{{3}}') then {mended} end"
    )
    return f"list_transform([{text}], lambda id: {form})[1]"
