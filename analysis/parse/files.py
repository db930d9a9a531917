"""Reading a person's file, and the names that it may have: every refusal is one sentence."""

import json
import re
import stat
import unicodedata
from pathlib import Path
from typing import Any

from analysis.errors import FaultlineError

NAME_CHARS = 60
_SAFE = re.compile(r"[^\W_][\w.-]{0,59}")
_SPECIAL = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
_SIGNATURES = {
    b"PAR1": ("a parquet file", (".parquet",)),
    b"PK\x03\x04": ("a ZIP archive", (".zip", ".pptx", ".eval")),
    b"ARROW1\0\0": ("an Arrow file", (".arrow", ".arrows", ".feather", ".ipc")),
    b"FEA1": ("a Feather file of the first version", ()),
    b"\x89HDF\r\n": ("an HDF5 file", ()),
    b"\xd0\xcf\x11\xe0": ("an old Excel or Word document", ()),
    b"\x89PNG\r\n\x1a\n": ("a PNG picture", (".png",)),
    b"\x1f\x8b": ("a gzip archive", (".gz", ".gzip")),
    b"BZh91AY&SY": ("a bzip2 archive", ()),
    b"\xfd7zXZ\0": ("an XZ archive", ()),
    b"\x28\xb5\x2f\xfd": ("a zstd archive", (".zst", ".zstd")),
    b"%PDF-": ("a PDF document", (".pdf",)),
    b"SQLite format 3\0": ("an SQLite database", ()),
}
HEAD = 16
"""So many first bytes tell what a file is."""
_WIDE_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def file_name(path: Path | str) -> str:
    """The last part of a path as people may see it: no control characters, at most 80."""
    name = Path(path).name or str(path)
    return "".join(c if c.isprintable() else "?" for c in name)[:80]


def safe_name(name: str, noun: str) -> str:
    """The name itself where it can be part of a file name; refused with a sentence otherwise."""
    if _SAFE.fullmatch(name) and ".." not in name:
        return name
    shown = "".join(c if c.isprintable() else "?" for c in name)[:60]
    raise FaultlineError(
        f'"{shown}" cannot be the name of a {noun}: use letters, digits, ".", "-" and "_" '
        f"(at most {NAME_CHARS}), starting with a letter or digit."
    )


def tidy_name(stem: str, fallback: str) -> str:
    """A safe name made of a file's own: other characters become hyphens."""
    text = re.sub(r"[^\w.-]+", "-", unicodedata.normalize("NFKC", stem))
    text = re.sub(r"\.{2,}", ".", text).lstrip("._-")[:NAME_CHARS].rstrip("._-")
    return text if _SAFE.fullmatch(text) else fallback


def check_regular(path: Path) -> None:
    """Refuse what is no file but a pipe, a device or a socket: reading one may never end.

    Links are followed. What is absent passes: whoever opens it says so in its own words.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return
    for special, noun in _SPECIAL:
        if special(mode):
            raise FaultlineError(
                f"{file_name(path)} is {noun}, not a file; give a file with the data in it."
            )


_POINTER = b"version https://"
"""How a Git LFS pointer begins, in the 16 bytes that are looked at."""
_DATA = (".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".parquet", ".gz", ".zst", ".arrow")
"""Endings under which a web page is never meant."""


def check_kind(path: Path, head: bytes) -> None:
    """Refuse a file whose first bytes say another kind than the ending of its name does."""
    if head.startswith(_POINTER):
        raise FaultlineError(
            f"{file_name(path)} is a pointer of Git LFS, not the file it stands for: fetch that "
            "(git lfs pull) and give it."
        )
    data = path.suffix.lower() in _DATA
    if data and head.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
        raise FaultlineError(
            f"{file_name(path)} is a web page, perhaps of an error or a sign-in: download the file "
            "itself and give that."
        )
    for start, (noun, endings) in _SIGNATURES.items():
        if head.startswith(start) and path.suffix.lower() not in endings:
            packed = endings and endings[0] in (".gz", ".zst")
            stem = file_name(path) if packed else Path(file_name(path)).stem
            remedy = (
                f"rename it to {stem}{endings[0]} if that is what it should "
                "be, or give the right file"
                if endings
                else "unpack it or save it in the right format, and give that file"
            )
            raise FaultlineError(
                f"{file_name(path)} is {noun} by its content, whatever its name says; {remedy}."
            )


def read_bytes(path: Path, max_bytes: int, noun: str) -> bytes:
    """The file's bytes, at most `max_bytes` of them, or a sentence."""
    try:
        if path.is_dir():
            raise FaultlineError(f"{file_name(path)} is a folder; give the {noun} file in it.")
        check_regular(path)
        size = path.stat().st_size
        if size > max_bytes:
            raise FaultlineError(
                f"{file_name(path)} has {size / 1e6:.1f} MB, more than the "
                f"{max_bytes / 1e6:.1f} MB that a {noun} may have; check that it is the right file."
            )
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
        if len(data) > max_bytes:  # it grows, or is larger than it says, as in /proc
            raise FaultlineError(f"{file_name(path)} is longer than a {noun} may be.")
    except FileNotFoundError:
        raise FaultlineError(f"There is no file {path}; check the path.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FaultlineError(f"{file_name(path)} cannot be read: {reason}.") from None
    check_kind(path, data[:HEAD])
    if not data.strip():
        raise FaultlineError(f"{file_name(path)} is empty; give a {noun} with something in it.")
    return data


def decoded(data: bytes, path: Path | str) -> str:
    """UTF-8 text (a byte-order mark is dropped); other encodings and binary files are refused."""
    name = file_name(path)
    if wide := _WIDE_MARKS.get(data[:2]):
        raise FaultlineError(f"{name} is {wide} text; save it as UTF-8 and load it again.")
    if b"\0" in data:
        raise FaultlineError(f"{name} is a binary file, not text; give a Markdown or text file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FaultlineError(
            f"{name} is not UTF-8 text (line {line} has the byte 0x{data[error.start]:02X}); "
            "save it as UTF-8 and load it again."
        ) from None


def read_json(path: Path, max_bytes: int, noun: str) -> Any:
    """The JSON in a file of at most `max_bytes`. Raises FaultlineError in one sentence."""
    try:
        return json.loads(decoded(read_bytes(path, max_bytes, noun), path))
    except (ValueError, RecursionError) as error:
        raise FaultlineError(f"{path.name} is not valid JSON: {error}.") from None


def json_of(text: str, where: str) -> Any:
    """The JSON of a text that this program once wrote. Raises FaultlineError in one sentence."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise FaultlineError(f"{where} is not valid JSON; mend it or export it again.") from None
