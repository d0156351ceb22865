"""Numbers -> ids in the shape of Salesforce: 15 characters, case-sensitive; 18 with their checksum."""

from __future__ import annotations

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
WIDTH = 7


def salesforce_id(prefix: str, number: int) -> str:
    """Return 15 characters: `006`, `IS000` and seven digits to the base of 62.

    >>> salesforce_id("006", 74)
    '006IS000000001C'
    """
    digits = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return f"{prefix}IS000{digits:0>{WIDTH}}"


def with_checksum(short: str) -> str:
    """Return the 18 characters of an id of 15.

    One letter for each five characters: bit i is set when character i is an upper-case letter.

    >>> with_checksum("006IS0000001aB1")
    '006IS0000001aB1YAI'
    """
    return short + "".join(
        CHECKSUM[sum(1 << bit for bit, letter in enumerate(short[start : start + 5]) if "A" <= letter <= "Z")]
        for start in (0, 5, 10)
    )
