"""What a file is packed in: unpacked, or rewritten into a form that is read, or refused."""

import codecs
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import FaultlineError
from analysis.parse.files import HEAD, check_kind, check_regular, file_name

TEXT = (".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".jsonlines", ".jl")
ARROW = (".arrow", ".arrows", ".feather", ".ipc")
PACKED = (".gz", ".zst", ".gzip", ".zstd")
_GZIP = (".gz", ".gzip")
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Marks at the beginning of a text that say how it is written; the longer ones first."""
INSPECT = ".eval"
READABLE = (".parquet", *TEXT, *ARROW)
NAMED = "a .parquet, .csv, .tsv, .json, .jsonl, .arrow or .feather file, also as .gz or .zst"
LEAST_UNPACKED, TIMES_PACKED = 200_000_000, 100
_REFUSED = {
    ".xlsx": ("an Excel workbook", "save the sheet as CSV (UTF-8) and load that"),
    ".xls": ("an old Excel workbook", "save the sheet as CSV (UTF-8) and load that"),
    ".ods": ("a spreadsheet", "save the sheet as CSV (UTF-8) and load that"),
    ".numbers": ("a Numbers document", "export it as CSV and load that"),
    ".zip": ("a ZIP archive", "unpack it and load the files in it"),
    ".tar": ("a tar archive", "unpack it and load the files in it"),
    ".tgz": ("a tar archive", "unpack it and load the files in it"),
    ".7z": ("a 7z archive", "unpack it and load the files in it"),
    ".rar": ("a RAR archive", "unpack it and load the files in it"),
    ".bz2": ("a bzip2 archive", "unpack it (bunzip2) and load what is in it"),
    ".xz": ("an XZ archive", "unpack it (unxz) and load what is in it"),
    ".pkl": ("a Python pickle", "it can run code when it is read, so write it as parquet"),
    ".pickle": ("a Python pickle", "it can run code when it is read, so write it as parquet"),
    ".pt": ("a PyTorch file", "it can run code when it is read, so write its rows as JSONL"),
    ".rtf": ("a rich text document", "write its rows as CSV or JSONL and load that"),
    ".msgpack": ("a MessagePack file", "write its rows as JSONL and load that"),
    ".safetensors": ("a file of model weights", "give the answers of the model, as JSONL"),
    ".db": ("a database", "write the table as CSV or parquet and load that"),
    ".sqlite": ("an SQLite database", "write the table as CSV or parquet and load that"),
    ".sqlite3": ("an SQLite database", "write the table as CSV or parquet and load that"),
    ".duckdb": (
        "a DuckDB database",
        "write the table out (COPY … TO 'rows.parquet') and load that",
    ),
    ".h5": ("an HDF5 file", "write its rows as parquet and load that"),
    ".npz": ("a NumPy archive", "write its rows as parquet and load that"),
    ".npy": ("a NumPy array", "write its rows as parquet and load that"),
    ".orc": ("an ORC file", "write it as parquet and load that"),
    ".avro": ("an Avro file", "write it as parquet and load that"),
    ".yaml": ("a YAML file", "write it as JSON and load that"),
    ".yml": ("a YAML file", "write it as JSON and load that"),
    ".xml": ("an XML file", "write its rows as CSV or JSONL and load that"),
    ".html": ("a web page", "write its rows as CSV or JSONL and load that"),
    ".pdf": ("a PDF document", "write its rows as CSV or JSONL and load that"),
    ".docx": ("a Word document", "write its rows as CSV or JSONL and load that"),
    ".pq": ("a parquet file by its name", "rename it to .parquet and load that"),
    ".txt": ("a text file", "name it .csv, .tsv or .jsonl if that is what it holds"),
    ".md": ("a Markdown file", "load it as a spec, or write its rows as CSV or JSONL"),
}


def is_readable(path: Path) -> bool:
    """Whether the name of a file is one that can be loaded."""
    ending = path.suffix.lower()
    return ending in (*READABLE, INSPECT) or (ending in PACKED and bool(inner(path).suffix))


def inner(path: Path) -> Path:
    """The name of what a packed file holds: rows.jsonl for rows.jsonl.gz."""
    name = Path(path.stem)
    return name if name.suffix.lower() in READABLE else Path()


def refusal(path: Path) -> FaultlineError:
    """The sentence for a file that can't be loaded: what it is, and what to do."""
    ending = path.suffix.lower()
    name = file_name(path)
    if ending in PACKED and Path(path.stem).suffix.lower() == ".tar":
        return FaultlineError(f"{name} is a tar archive: unpack it and load the files in it.")
    if ending in PACKED:
        return FaultlineError(
            f"{name} does not say what is packed in it. Name it after what it holds, such as "
            f"{Path(name).stem}.jsonl{ending}."
        )
    known = _REFUSED.get(ending)
    if known is None:
        return FaultlineError(f"{name} can't be loaded: give {NAMED}.")
    return FaultlineError(f"{name} is {known[0]}: {known[1]}. Or give {NAMED}.")


def unpacked(path: Path, folder: Path) -> Path:
    """The file in a form whose rows are read: itself, or made of it in `folder`.

    Raises FaultlineError for what is broken, not what its name says, or far larger than it looks.
    """
    ending = path.suffix.lower()
    check_regular(path)
    if ending in PACKED:
        return unpacked(_decompressed(path, folder), folder)
    if ending in ARROW:
        return _arrow(path, folder)
    if ending == INSPECT:
        return _inspect(path, folder)
    return _as_utf8(path, folder) if ending in TEXT else path


def _as_utf8(path: Path, folder: Path) -> Path:
    """A text in UTF-8 with lines as they are read: itself, or written anew where it is UTF-16 or
    UTF-32 (Excel's “Unicode text”), or where a carriage return alone ends its lines."""
    try:
        with path.open("rb") as stream:
            head = stream.read(1 << 16)
    except OSError:
        return path  # whoever reads it in earnest says what is wrong
    encoding = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
    if encoding is None and head[:4].count(0) == 2 and head[:1] != b"\0":
        encoding = "utf-16-le"
    elif encoding is None and head[:4].count(0) == 2:
        encoding = "utf-16-be"
    lone = encoding is None and b"\r" in head and b"\n" not in head
    if encoding is None and not lone:
        return path
    target = _aside(folder, path.name)
    try:
        # Read with every kind of line end as it is, but for the one that nobody else reads.
        with (
            path.open(encoding=encoding or "utf-8-sig", newline=None if lone else "") as read,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            while block := read.read(1 << 20):
                out.write(block)
    except UnicodeError:
        raise FaultlineError(
            f"{file_name(path)} is no whole {(encoding or 'UTF-8').upper()} text: it may have been "
            "cut off. Save it as UTF-8."
        ) from None
    return target


def _decompressed(path: Path, folder: Path) -> Path:
    name = inner(path)
    if not name.suffix:
        raise refusal(path)
    target = _aside(folder, name.name)
    most = max(LEAST_UNPACKED, TIMES_PACKED * path.stat().st_size)
    try:
        with path.open("rb") as stream:
            check_kind(path, stream.read(HEAD))
        with _opened(path) as packed, target.open("wb") as out:
            _copy(packed, out, most, path)
    except (OSError, EOFError, pa.ArrowInvalid) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise FaultlineError(
            f"{file_name(path)} can't be unpacked: it is damaged or was cut off. Fetch it again."
        ) from None
    return target


def _opened(path: Path) -> Any:
    if path.suffix.lower() in _GZIP:
        return gzip.open(path, "rb")
    return pa.CompressedInputStream(pa.OSFile(str(path), "rb"), "zstd")


def _copy(packed: Any, out: BinaryIO, most: int, path: Path) -> None:
    written = 0
    while block := packed.read(1 << 20):
        written += len(block)
        if written > most:
            raise FaultlineError(
                f"{file_name(path)} unpacks to more than {most / 1e6:,.0f} MB, far more than files "
                "of its size hold. Unpack it and load what is in it, if that is right."
            )
        out.write(block)


def _arrow(path: Path, folder: Path) -> Path:
    """An Arrow or Feather file, or a stream, as parquet."""
    target = _aside(folder, f"{path.stem}.parquet")
    writer: pq.ParquetWriter | None = None
    try:
        with pa.memory_map(str(path)) as source:
            for batch in _record_batches(source):
                writer = writer or pq.ParquetWriter(target, batch.schema)
                writer.write_batch(batch)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise FaultlineError(
            f"{file_name(path)} can't be read as an Arrow file: {str(error).splitlines()[0]}. "
            "Write it as parquet and load that."
        ) from None
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        raise FaultlineError(f"{file_name(path)} holds no rows.")
    return target


def _record_batches(source: Any) -> Iterator[pa.RecordBatch]:
    head = source.read(6)
    source.seek(0)
    if head == b"ARROW1":
        reader = pa.ipc.open_file(source)
        yield from (reader.get_batch(i) for i in range(reader.num_record_batches))
    else:
        yield from pa.ipc.open_stream(source)


def _inspect(path: Path, folder: Path) -> Path:
    """An Inspect log as JSON, by Inspect's own reader."""
    try:
        from inspect_ai.log import read_eval_log  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise FaultlineError(
            f"{file_name(path)} is an Inspect log in its packed form, which inspect_ai reads. "
            "Install it (pip install inspect_ai), or write the log as JSON (inspect log convert "
            f"{file_name(path)} --to json --output-dir logs) and load that."
        ) from None
    target = _aside(folder, f"{path.stem}.json")
    try:
        target.write_text(read_eval_log(str(path)).model_dump_json(), encoding="utf-8")
    except Exception as error:  # whatever inspect_ai meets in a log is why it can't be read
        raise FaultlineError(
            f"{file_name(path)} can't be read by inspect_ai ({type(error).__name__}). It may have "
            "been cut off, or written by a newer version."
        ) from None
    return target


def _aside(folder: Path, name: str) -> Path:
    """A place for a file of that name, in a folder of its own."""
    place = folder / f"unpacked-{len(list(folder.iterdir()))}"
    place.mkdir()
    return place / name
