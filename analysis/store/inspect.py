"""What a parquet file says of itself before anything is read: columns, rows, its own notes."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store.sql import file, parquet


@dataclass(frozen=True)
class FileFacts:
    """One parquet file: columns with DuckDB types, rows that its footer claims, key-values."""

    path: Path
    columns: dict[str, str]
    rows: int
    notes: dict[str, str]


def inspect_parquet(path: Path, settings: Settings) -> FileFacts:
    """The footer of a parquet file. Raises FaultlineError for what is no parquet or too large."""
    _check_magic(path)
    con = duckdb.connect()
    try:
        described = con.execute(
            f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {parquet([path])})"
        ).fetchall()
        rows = con.execute(f"SELECT num_rows FROM parquet_file_metadata({file(path)})").fetchall()[
            0
        ][0]
        notes = con.execute(f"SELECT key, value FROM parquet_kv_metadata({file(path)})").fetchall()
    except duckdb.Error as error:
        raise FaultlineError(
            f"{path.name} is not a readable parquet file ({str(error).splitlines()[0]}). "
            "It may have been cut off: fetch it again."
        ) from error
    finally:
        con.close()
    _check_size(path, rows, len(described), settings)
    decoded = {_decode(k): _decode(v) for k, v in notes}
    return FileFacts(path, dict(described), int(rows), decoded)


def _decode(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _check_magic(path: Path) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(4)
            stream.seek(max(size - 4, 0))
            tail = stream.read(4)
    except FileNotFoundError:
        raise FaultlineError(f"There is no file {path}. Check the path.") from None
    except OSError as error:
        raise FaultlineError(f"{path} can't be read: {error.strerror}.") from None
    if head != b"PAR1":
        raise FaultlineError(f"{path.name} is not a parquet file, whatever its name says.")
    if tail != b"PAR1" or size < 12:
        raise FaultlineError(f"{path.name} is a parquet file that was cut off. Fetch it again.")


def _check_size(path: Path, rows: int, columns: int, settings: Settings) -> None:
    if rows > settings.max_upload_rows:
        raise FaultlineError(
            f"{path.name} claims {rows:,} rows; at most {settings.max_upload_rows:,} are read from "
            "one file. If that is right, split it."
        )
    if columns > settings.max_columns:
        raise FaultlineError(
            f"{path.name} has {columns:,} columns; at most {settings.max_columns:,} are read."
        )
