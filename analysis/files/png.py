"""PNG: text chunks in and out, and a checksum over what is seen.

Text goes into iTXt chunks (UTF-8, not compressed) behind the header: PNG specification, 11.3.4.5.
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator, Mapping

from analysis.files.facts import AlteredError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_AFTER_HEADER = 33  # the signature (8) and the IHDR chunk (25)


def with_text(png: bytes, texts: Mapping[str, str]) -> bytes:
    """The same picture with one text chunk a keyword."""
    added = b"".join(_chunk(k, v) for k, v in texts.items())
    return png[:_AFTER_HEADER] + added + png[_AFTER_HEADER:]


def _chunk(keyword: str, text: str) -> bytes:
    body = b"iTXt" + keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def texts(png: bytes) -> dict[str, str]:
    """The text chunks of a picture: keyword -> text."""
    found = {}
    for kind, body in _chunks(png):
        if kind == b"iTXt" and b"\0" in body:
            keyword, rest = body.split(b"\0", 1)
            found[keyword.decode("latin-1")] = rest[4:].decode("utf-8", "replace")
    return found


def checksum(png: bytes) -> str:
    """SHA-256 over the picture as it was before any text was added."""
    seen = hashlib.sha256(SIGNATURE)
    for kind, body in _chunks(png):
        if kind != b"iTXt":
            whole = kind + body
            seen.update(struct.pack(">I", len(body)) + whole + struct.pack(">I", zlib.crc32(whole)))
    return seen.hexdigest()


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, body) of each chunk. Raises AlteredError where the file is cut or a checksum fails."""
    at = len(SIGNATURE)
    while at < len(png):
        head = png[at : at + 8]
        if len(head) < 8:
            raise AlteredError("the picture is cut short")
        length, kind = struct.unpack(">I4s", head)
        body, tail = png[at + 8 : at + 8 + length], png[at + 8 + length : at + 12 + length]
        if len(tail) < 4:
            raise AlteredError("the picture is cut short")
        if struct.unpack(">I", tail)[0] != zlib.crc32(kind + body):
            raise AlteredError("a part of the picture was changed")
        yield kind, body
        at += 12 + length
