"""Reading a person's file, and the names that it may have: every refusal is one sentence."""

import re
import unicodedata
from pathlib import Path

from analysis.errors import FaultlineError

NAME_CHARS = 60
_SAFE = re.compile(r"[^\W_][\w.-]{0,59}")
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


def read_bytes(path: Path, max_bytes: int, noun: str) -> bytes:
    """The file's bytes, at most `max_bytes` of them, or a sentence."""
    try:
        if path.is_dir():
            raise FaultlineError(f"{file_name(path)} is a folder; give the {noun} file in it.")
        size = path.stat().st_size
        if size > max_bytes:
            raise FaultlineError(
                f"{file_name(path)} has {size / 1e6:.1f} MB, more than the "
                f"{max_bytes / 1e6:.1f} MB that a {noun} may have; check that it is the right file."
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise FaultlineError(f"There is no file {path}; check the path.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FaultlineError(f"{file_name(path)} cannot be read: {reason}.") from None
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
