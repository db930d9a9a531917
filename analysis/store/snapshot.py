"""A study's tables as parquet files, for the pipeline and for publishing.

One file a table. `scenario_no`, which means nothing outside a study, is replaced by the public
`scenario`. Linked answers are read from their sources, so a snapshot is complete by itself.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from analysis.errors import FaultlineError
from analysis.settings import Settings
from analysis.store import library
from analysis.store.queries.answers import answers_relation, check_linked, rubrics_relation
from analysis.store.schema import TABLES, columns
from analysis.store.sql import text, texts
from analysis.store.study import OpenStudy

LEFT_OUT = {"text_links"}


def snapshot(
    study: OpenStudy, folder: Path, settings: Settings, scenarios: Sequence[str] | None = None
) -> dict[str, int]:
    """Write every table into `folder` (made if needed, must be empty); gives rows per table.

    With `scenarios`, only what belongs to those. Raises FaultlineError where none is left.
    """
    if scenarios is not None and not scenarios:
        raise FaultlineError("No scenario is left to write out. Choose at least one.")
    check_linked(study)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FaultlineError(f"{folder} can't be made: {error.strerror}.") from None
    if any(folder.iterdir()):
        raise FaultlineError(f"{folder} is not empty. Name a new folder for the snapshot.")
    try:
        return _tables(study, folder, settings, scenarios)
    except (duckdb.Error, OSError) as error:
        for half in folder.glob("*.parquet*"):
            half.unlink()
        raise FaultlineError(
            f"The snapshot could not be written to {folder}: {str(error).splitlines()[0]} "
            "Free some space, or name another folder."
        ) from error


def _tables(
    study: OpenStudy, folder: Path, settings: Settings, scenarios: Sequence[str] | None
) -> dict[str, int]:
    written: dict[str, int] = {}
    with study.cursor() as con:
        for table in TABLES:
            if table not in LEFT_OUT:
                whole = _relation(study, table)
                part = whole if scenarios is None else _part(table, whole, scenarios)
                written[table] = _write(con, part, folder / f"{table}.parquet")
    clauses = library.read_clauses(settings)
    clauses.to_parquet(folder / "clauses.parquet", index=False)
    return written | {"clauses": len(clauses)}


def _part(table: str, relation: str, scenarios: Sequence[str]) -> str:
    """Of a table that knows scenarios, the rows of some."""
    if {"scenario", "scenario_no"}.isdisjoint(columns(table)):
        return relation
    return f"SELECT * FROM ({relation}) WHERE scenario IN (SELECT unnest({texts(scenarios)}))"


def _write(con: duckdb.DuckDBPyConnection, relation: str, path: Path) -> int:
    done = con.execute(f"COPY ({relation}) TO {text(str(path))} (FORMAT parquet)").fetchall()
    return int(done[0][0])


def _relation(study: OpenStudy, table: str) -> str:
    names = list(columns(table))
    if table == "response_texts":
        return (
            "SELECT s.scenario, a.model, a.replicate, a.text "
            f"FROM {answers_relation(study)} a JOIN scenarios s USING (scenario_no)"
        )
    if table == "rubrics":
        return (
            "SELECT s.scenario, t.value_no, t.position, t.strategy "
            f"FROM {rubrics_relation(study)} t JOIN scenarios s USING (scenario_no) "
            "ORDER BY t.scenario_no, t.value_no, t.position"
        )
    if "scenario_no" not in names or "scenario" in names:
        return f"SELECT * FROM {table}"
    rest = ", ".join(f"t.{n}" for n in names if n != "scenario_no")
    return (
        f"SELECT s.scenario, {rest} FROM {table} t JOIN scenarios s USING (scenario_no) "
        "ORDER BY t.scenario_no"
    )
