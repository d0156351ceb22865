"""The bytes of a file: their hash, what is wrong with them, and strict decoding in the declared encoding only.

Nothing is guessed: a file is read in its declared encoding or refused, with the encoding that would have worked named.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from pipeline.findings import Argument, Finding, KgiError, Severity
from pipeline.sources.source import Encoding

_BLOCK = 1 << 20
_CODECS: dict[Encoding, str] = {"utf-8": "utf-8-sig", "cp932": "cp932", "utf-16": "utf-16"}
_CANDIDATES: tuple[Encoding, ...] = ("utf-8", "cp932")


@dataclass(frozen=True)
class Bytes:
    """What one reading of a file's bytes says. `nul_at` is the offset of the first NUL byte, None without one."""

    sha256: str
    head: bytes
    nul_at: int | None
    is_utf8_beyond_ascii: bool


def refusal(code: str, **arguments: Argument) -> KgiError:
    """Build the error that refuses a file; its finding is unsound."""
    return KgiError(_unsound(code, **arguments))


def open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading, through gzip where its name ends in .gz."""
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix.casefold() == ".gz" else path.open("rb")


def blocks(path: Path, name: str) -> Iterator[bytes]:
    """Read a file in blocks. Raises KgiError for a compressed file that ends too early or is damaged."""
    try:
        with open_bytes(path) as stream:
            while block := stream.read(_BLOCK):
                yield block
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise refusal("compressed_file_damaged", file=name, problem=str(error)) from error


def survey_bytes(path: Path, name: str) -> Bytes:
    """Read a file once: hash, NUL bytes, and whether it is UTF-8 with characters beyond ASCII."""
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    head, nul_at, offset, is_utf8, is_ascii = b"", None, 0, True, True
    for block in blocks(path, name):
        head = head or block[:8]
        digest.update(block)
        if nul_at is None and (at := block.find(b"\0")) >= 0:
            nul_at = offset + at
        if is_utf8:
            is_ascii = is_ascii and block.isascii()
            is_utf8 = _decodes(decoder, block)
        offset += len(block)
    is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    return Bytes(digest.hexdigest(), head, nul_at, is_utf8 and not is_ascii)


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def check_text(found: Bytes, encoding: Encoding, name: str) -> Finding | None:
    """Tell what makes these bytes no text file of the declared encoding, as far as it shows before decoding."""
    boms: tuple[tuple[bytes, Encoding], ...] = (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    if found.head.startswith(b"PK\x03\x04"):
        return _unsound("file_is_a_zip", file=name)
    if found.head.startswith(b"\xd0\xcf\x11\xe0"):
        return _unsound("file_is_an_old_excel", file=name)
    for bom, actual in boms:
        if found.head.startswith(bom) and actual != encoding:
            return _unsound("wrong_encoding", file=name, declared=encoding, actual=actual)
    if encoding == "utf-16" and found.head and not any(found.head.startswith(bom) for bom, _ in boms[1:]):
        return _unsound("utf16_without_bom", file=name)
    if encoding == "cp932" and found.is_utf8_beyond_ascii:
        return _unsound("wrong_encoding", file=name, declared=encoding, actual="utf-8")
    if encoding != "utf-16" and found.nul_at is not None:
        return _unsound("nul_byte", file=name, offset=found.nul_at)
    return None


def _unsound(code: str, **arguments: Argument) -> Finding:
    return Finding(code, tuple(sorted(arguments.items())), severity=Severity.UNSOUND)


def text_lines(path: Path, encoding: Encoding, name: str) -> Iterator[str]:
    """Decode a file strictly and give its lines with their ends (LF, CRLF or CR), as they stand.

    Raises KgiError naming byte offset and line of the first byte that cannot be decoded.
    """
    try:
        with open_bytes(path) as raw, io.TextIOWrapper(raw, encoding=_CODECS[encoding], errors="strict", newline="") as text:
            yield from text
    except UnicodeDecodeError as error:
        raise undecodable(path, encoding, name) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise refusal("compressed_file_damaged", file=name, problem=str(error)) from error


def undecodable(path: Path, encoding: Encoding, name: str) -> KgiError:
    """Find the first byte that is not in the encoding and build the error that names it."""
    offset, line, is_end = _first_fault(path, encoding, name) or (0, 1, False)
    if is_end:
        return refusal("file_cut_off", file=name, encoding=encoding, offset=offset, line=line)
    actual = next((each for each in _CANDIDATES if each != encoding and _first_fault(path, each, name) is None), None)
    if actual is not None:
        return refusal("undecodable_other", file=name, declared=encoding, actual=actual, offset=offset, line=line)
    return refusal("undecodable", file=name, declared=encoding, offset=offset, line=line)


def _first_fault(path: Path, encoding: Encoding, name: str) -> tuple[int, int, bool] | None:
    """Return offset and line of the first undecodable byte and whether the file just ends there; None without one."""
    decoder = codecs.getincrementaldecoder(_CODECS[encoding])()
    offset, line = 0, 1
    try:
        for block in blocks(path, name):
            pending = len(decoder.getstate()[0])
            start = offset - pending
            text = decoder.decode(block)
            line += text.count("\n")
            offset += len(block)
        pending, block = len(decoder.getstate()[0]), b""
        start = offset - pending
        decoder.decode(b"", True)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(_CODECS[encoding].removesuffix("-sig"), "ignore")
        return start + error.start, line + before.count("\n"), block == b""
    return None
