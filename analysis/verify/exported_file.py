"""Open an exported file: its facts, the data in it, and whether it is as it was made."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet as pq

from analysis.decks import page as report_page
from analysis.decks import slide_facts as slides_facts
from analysis.errors import FaultlineError
from analysis.files import compare, png, svg, tables
from analysis.files import facts as record
from analysis.files import html as pages
from analysis.files.facts import CHECKSUM, KEYWORD, AlteredError, Facts
from analysis.parse.files import HEAD, check_kind, check_regular
from analysis.text_safety import as_it_was

_LARGEST = 400_000_000
_COMMENT = re.compile(rf"<!-- {KEYWORD} (.*?) -->", re.DOTALL)
KINDS = ".png, .svg, .html, .pptx, .zip, .csv (with its .facts.json beside it), .parquet, .md"


@dataclass(frozen=True)
class ExportedFile:
    """A file's facts; `data` is its numbers as CSV ("" where it has none), `altered` what is not
    as it was made ("" where all is)."""

    facts: Facts
    data: str
    altered: str = ""


def read_file(path: Path) -> ExportedFile:
    """Read an exported file. Raises FaultlineError for a file that is not one of ours, or that
    can't be read; what was altered is told in the result where the facts themselves are whole,
    and raised as AlteredError where they are not."""
    raw = _bytes(path)
    reader = _reader(path, raw)
    found = reader(raw, path)
    carried = record.unpacked(found.facts.data) if found.facts.data else ""
    if carried and record.digest(carried) != found.facts.digest:
        raise AlteredError("the data that it carries are not those it was made with")
    return _checked(found, carried)


def read_report(path: Path) -> list[ExportedFile]:
    """Every finding of an exported report (HTML or PowerPoint); empty for any other file.

    Raises as `read_file` does.
    """
    raw = _bytes(path)
    if raw.startswith(b"PK\x03\x04") and path.suffix.lower() == ".pptx":
        texts = slides_facts.texts(raw)
        altered = ""
    elif path.suffix.lower() in (".html", ".htm"):
        text = _text(raw, path)
        texts = pages.texts(text)
        altered = _seen(texts, pages.checksum(text)).replace("picture", "page")
    else:
        return []
    return [_one(sealed, altered) for sealed in report_page.facts_of(texts)]


def _one(sealed: str, altered: str) -> ExportedFile:
    facts = record.unsealed(sealed)
    carried = record.unpacked(facts.data) if facts.data else ""
    return _checked(ExportedFile(facts, "", altered), carried)


def _checked(found: ExportedFile, carried: str) -> ExportedFile:
    """Do the numbers in the file fit the digest in its facts?"""
    if found.data and record.digest(found.data) != found.facts.digest:
        difference = compare.difference(compare.table(carried), compare.table(found.data)).sentence
        altered = f"its rows are not those it was made with{': ' * bool(carried and difference)}"
        return replace(found, data=carried, altered=altered + (difference if carried else ""))
    return replace(found, data=found.data or carried)


def _bytes(path: Path) -> bytes:
    check_regular(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
    except OSError as error:
        raise FaultlineError(f"“{path}” can't be read: {error.strerror or error}.") from None
    if len(raw) > _LARGEST:
        raise FaultlineError(f"“{path.name}” is larger than any file that Faultline exports.")
    check_kind(path, raw[:HEAD])
    return raw


def _reader(path: Path, raw: bytes) -> Callable[[bytes, Path], ExportedFile]:
    """By what the file is; its name decides only between texts, and may not say another kind."""
    for start, reader in ((png.SIGNATURE, _png), (b"PK\x03\x04", _zip), (b"PAR1", _parquet)):
        if raw.startswith(start):
            return reader
    readers = {".svg": _svg, ".html": _html, ".htm": _html, ".csv": _csv, ".md": _markdown}
    if path.suffix.lower() not in readers:
        raise FaultlineError(f"“{path.name}” is no file that Faultline exports. It reads {KINDS}.")
    return readers[path.suffix.lower()]


def _facts(texts: Mapping[str, str], path: Path) -> Facts:
    if KEYWORD not in texts:
        raise FaultlineError(
            f"“{path.name}” carries no facts of Faultline: it was made by another program, or "
            "something on its way has removed them. Take the export again from its page."
        )
    return replace(record.unsealed(texts[KEYWORD]), permalink=texts.get("Permalink", ""))


def _seen(texts: Mapping[str, str], checksum: str) -> str:
    stored_checksum = texts.get(CHECKSUM, "")
    return (
        "the picture is not the one it was made with"
        if stored_checksum and stored_checksum != checksum
        else ""
    )


def _png(raw: bytes, path: Path) -> ExportedFile:
    texts = png.texts(raw)
    return ExportedFile(_facts(texts, path), "", _seen(texts, png.checksum(raw)))


def _svg(raw: bytes, path: Path) -> ExportedFile:
    text = _text(raw, path)
    texts = svg.texts(text)
    return ExportedFile(_facts(texts, path), "", _seen(texts, svg.checksum(text)))


def _html(raw: bytes, path: Path) -> ExportedFile:
    text = _text(raw, path)
    texts = pages.texts(text)
    seen = _seen(texts, pages.checksum(text)).replace("picture", "page")
    return ExportedFile(_facts(texts, path), "", seen)


def _markdown(raw: bytes, path: Path) -> ExportedFile:
    text = _text(raw, path)
    found = _COMMENT.search(text)
    facts = _facts({KEYWORD: found.group(1)} if found else {}, path)
    if not facts.data:
        return ExportedFile(facts, "")
    again = tables.markdown_rows(compare.table(record.unpacked(facts.data)))
    missing = [line for line in again if line not in text]
    return ExportedFile(facts, "", f"{len(missing):,} of its rows were changed" if missing else "")


def _parquet(raw: bytes, path: Path) -> ExportedFile:
    try:
        table = pq.read_table(io.BytesIO(raw))
        metadata = {k: v.decode() for k, v in (table.schema.metadata or {}).items()}
        data = record.text_of(table.to_pandas())
    except Exception as error:
        # A damaged file can fail anywhere inside its reader, also in a conversion of types.
        raise AlteredError("the parquet file is damaged") from error
    return ExportedFile(
        _facts({k.decode("utf-8", "replace"): v for k, v in metadata.items()}, path), data
    )


def _zip(raw: bytes, path: Path) -> ExportedFile:
    try:
        data, side = _unzipped(raw)
    except Exception as error:
        # As above: zipfile raises what its decompressors and its parsing happen to raise.
        raise AlteredError("the ZIP is damaged, or not one that Faultline made") from error
    return ExportedFile(_facts({KEYWORD: _text(side, path)}, path), _bare(data, path))


def _unzipped(raw: bytes) -> tuple[bytes, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if sum(i.file_size for i in archive.infolist()) > _LARGEST:
            raise ValueError("it would unpack to more than any export")
        return archive.read(tables.DATA), archive.read(tables.SIDE)


def _csv(raw: bytes, path: Path) -> ExportedFile:
    beside = path.with_suffix(".facts.json")
    if not beside.is_file():
        raise FaultlineError(
            f"A CSV has no room for facts: put “{beside.name}” beside “{path.name}”, or take the "
            "ZIP of both from the export menu."
        )
    facts = _facts({KEYWORD: _text(_bytes(beside), beside)}, beside)
    return ExportedFile(facts, _bare(raw, path))


def _bare(raw: bytes, path: Path) -> str:
    """The CSV as it was before its rows were marked and made inert."""
    rows = list(csv.reader(io.StringIO(_text(raw, path), newline="")))
    heading = rows[0] if rows else []
    end = len(heading)
    while end and heading[end - 1] in tables.MARKS and len(heading) - end < len(tables.MARKS):
        end -= 1
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([[as_it_was(c) for c in row[:end]] for row in rows])
    return out.getvalue()


def _text(raw: bytes, path: Path) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AlteredError(f"“{path.name}” is not in UTF-8 any more") from None
