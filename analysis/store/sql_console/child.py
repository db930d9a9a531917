"""The process that one person's query runs in: locked, bounded, and killed without harm.

DuckDB's own limits do not hold everywhere (`range(1000000000)` took 20 GB under a limit of
500 MB and could not be interrupted for a minute), so the operating system's do the work
(`analysis.subprocesses.bounded`).

Reads one JSON object from standard input; writes one JSON line, then the rows as an Arrow stream.
"""

import json
import sys
from typing import Any

import duckdb
import pyarrow as pa

from analysis.errors import FaultlineError
from analysis.store.schema import TABLES
from analysis.store.sql import name, parquet, text
from analysis.store.sql_console.rows import gather, plain

BATCH = 2_048
LONGEST_MESSAGE = 4_000


def main() -> int:
    request = json.load(sys.stdin)
    try:
        con = _locked(request)
        _send(con, _one_select(con, request["sql"]), request)
    except (MemoryError, duckdb.OutOfMemoryException, pa.ArrowMemoryError):
        _say({"error": "memory"})
    except (duckdb.Error, FaultlineError) as error:
        _say({"error": "query", "message": str(error)[:LONGEST_MESSAGE]})
    return 0


def _locked(request: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """An empty instance with the study attached read-only; no file, no setting can be reached."""
    con = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{request['memory_mb'] // 2}MB",
            "threads": str(request["threads"]),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "temp_directory": "",  # nothing is spilled: what does not fit ends in a sentence
        },
    )
    con.execute(f"ATTACH {text(request['study'])} AS study_file (READ_ONLY)")
    for table, paths in request["beside"].items():
        con.execute(f"CREATE TABLE {name(table)} AS FROM {parquet(paths)}")
        if table in TABLES:
            con.execute(f"INSERT INTO {name(table)} BY NAME FROM study_file.{name(table)}")
    con.execute("SET search_path = 'memory.main,study_file.main'")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def _one_select(con: duckdb.DuckDBPyConnection, sql: str) -> str:
    statements = con.extract_statements(sql)
    if len(statements) != 1:
        raise duckdb.InvalidInputException(
            f"Write one statement; there are {len(statements)}."
            if statements
            else "There is no statement here."
        )
    if statements[0].type != duckdb.StatementType.SELECT:
        raise duckdb.InvalidInputException(
            f"Only SELECT can run here (WITH, FROM, VALUES, DESCRIBE and SUMMARIZE too); this is "
            f"{statements[0].type.name}. A study is never changed."
        )
    return sql


def _send(con: duckdb.DuckDBPyConnection, sql: str, request: dict[str, Any]) -> None:
    """Rows up to the limits on their number and their bytes, counted as they are made."""
    reader: pa.RecordBatchReader = con.execute(sql).to_arrow_reader(BATCH)
    table, cut = gather(reader, request["rows"], request["bytes"], request["columns"])
    table = plain(table, request["bytes"])
    _say({"columns": table.schema.names, "cut": cut})
    with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as stream:
        stream.write_table(table)
    sys.stdout.buffer.flush()


def _say(record: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(record).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
