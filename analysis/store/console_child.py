"""The process that one person's query runs in: locked, bounded, and killed without harm.

DuckDB's own limits do not hold everywhere (`range(1000000000)` took 20 GB under a limit of
500 MB and could not be interrupted for a minute), so the operating system's do the work.

Reads one JSON object from standard input; writes one JSON line, then the rows as an Arrow stream.
"""

import json
import resource
import sys
from typing import Any

import duckdb
import pyarrow as pa

from analysis.store.schema import TABLES
from analysis.store.sql import name, parquet, text

BATCH = 2_048


def main() -> int:
    asked = json.load(sys.stdin)
    limit = asked["memory_mb"] * 1_000_000
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    try:
        con = _locked(asked)
        _send(con, _one_select(con, asked["sql"]), asked)
    except (MemoryError, duckdb.OutOfMemoryException, pa.ArrowMemoryError):
        _say({"error": "memory"})
    except duckdb.Error as error:
        _say({"error": "query", "message": str(error)})
    return 0


def _locked(asked: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """An empty instance with the study attached read-only; no file, no setting can be reached."""
    con = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{asked['memory_mb'] // 2}MB",
            "threads": "2",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "max_temp_directory_size": "0KB",
        },
    )
    con.execute(f"ATTACH {text(asked['study'])} AS study_file (READ_ONLY)")
    for table, paths in asked["beside"].items():
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


def _send(con: duckdb.DuckDBPyConnection, sql: str, asked: dict[str, Any]) -> None:
    """Rows up to the limits on their number and their bytes."""
    reader: pa.RecordBatchReader = con.execute(sql).to_arrow_reader(BATCH)
    _say({"columns": reader.schema.names})
    rows = size = 0
    with pa.ipc.new_stream(sys.stdout.buffer, reader.schema) as stream:
        for batch in reader:
            batch = batch.slice(0, asked["rows"] + 1 - rows)
            rows, size = rows + batch.num_rows, size + batch.nbytes
            stream.write_batch(batch)
            if rows > asked["rows"] or size > asked["bytes"]:
                break
    sys.stdout.buffer.flush()


def _say(record: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(record).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
