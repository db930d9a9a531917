"""What a parquet file says of itself before anything is read: columns, rows, its own notes."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from analysis.errors import FaultlineError
from analysis.parse.files import HEAD, check_kind, check_regular
from analysis.settings import Settings
from analysis.store.sql import file, name, parquet, text

SHORT = 450
LOOK_SECONDS = 45
LOOK_ALL_SECONDS = 900
"""How long linked answers are looked through, however many there are."""
_BEGINS = (
    r"(?i)^[\s\x{feff}\x{200b}\x{2060}]*(?:[\[{<◁&]|```(?:think|reason)|analysis[A-Z]"
    r"|\W{0,3}(?:\w+[ .]){0,3}\w*(?:error|exception|traceback|fail(?:ed|ure))\b|(?:\w+\.){2}\w"
    r"|(?:rate.?limit|api|resource.?exhausted|max(?:imum)? retries)\b|you exceeded"
    r"|the (?:server|response|model)|that model|output"
    r"|your |request|invalid|upstream|this model|no healthy|https? |something went wrong|sorry, an)"
)
"""How a text begins that may be a failure, a list or a trace: asked of its first 80 letters."""
_HOLDS = ("</", "◁/", "[/", "<|", "&lt;/", "\n<", "\n◁", "\n[THINK")
"""What stands in a text that has a trace further down; asked without a pattern, for speed."""


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


class TextScan:
    """Looks through texts of parquet files, one column after another, over one connection: opening
    one takes longer than looking through a small column."""

    def __enter__(self) -> "TextScan":
        self._con = duckdb.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()

    def candidates(
        self,
        paths: Sequence[Path],
        column: str,
        stated: str | None = None,
        seconds: float = LOOK_SECONDS,
    ) -> Iterator[tuple[int, int, str, str | None]]:
        """(file, row, text, cell of `stated`) of the texts of a column that may be something else
        than a plain answer: short ones, and those that begin or go on as message lists, failures
        or traces do. Told by marks that cost little. Files and rows count from 0.

        Raises TimeoutError where that takes longer than `seconds`.
        """
        timer = threading.Timer(seconds, self._con.interrupt)
        timer.start()
        try:
            held = " OR ".join(f"contains(said, {text(mark)})" for mark in _HOLDS)
            beside = f"CAST({name(stated)} AS VARCHAR)" if stated else "NULL"
            found = self._con.execute(
                f"SELECT file_index, file_row_number, said, stated FROM (SELECT file_index, "
                f"file_row_number, {name(column)} AS said, {beside} AS stated "
                f"FROM {parquet(paths, numbered=True)}) "
                f"WHERE strlen(said) <= {SHORT} OR regexp_matches(substr(said, 1, 80), $begins) "
                f"OR {held}",
                {"begins": _BEGINS},
            )
            while batch := found.fetchmany(1_000):
                yield from batch
        except duckdb.InterruptException:
            raise TimeoutError from None
        except (duckdb.Error, UnicodeDecodeError):
            return  # whoever reads the file in earnest says what is wrong with it
        finally:
            timer.cancel()


def has_brackets(paths: Sequence[Path], column: str) -> bool:
    """Whether any text of a column begins with a bracket, as a list or an object does."""
    con = duckdb.connect()
    try:
        begins = f"regexp_matches({name(column)}, '^\\s*[\\[{{]')"
        return bool(
            con.execute(f"SELECT 1 FROM {parquet(paths)} WHERE {begins} LIMIT 1").fetchall()
        )
    except (duckdb.Error, UnicodeDecodeError):
        return False  # whoever reads the file in earnest says what is wrong with it
    finally:
        con.close()


def _decode(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _check_magic(path: Path) -> None:
    check_regular(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(HEAD)
            stream.seek(max(size - 4, 0))
            tail = stream.read(4)
    except FileNotFoundError:
        raise FaultlineError(f"There is no file {path}. Check the path.") from None
    except OSError as error:
        raise FaultlineError(f"{path} can't be read: {error.strerror}.") from None
    check_kind(path, head)
    if head[:4] != b"PAR1":
        raise FaultlineError(
            f"{path.name} is not a parquet file, whatever its name says. Name it after what it "
            "holds (.csv, .tsv, .jsonl or .json), or give the right file."
        )
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
