"""A study's tables as parquet files, for the pipeline and for publishing, or as one DuckDB file.

One file a table, with the labels of every labeller. `scenario_no`, which means nothing outside a
study, is replaced by the public `scenario`. Linked answers are read from their sources, so a
snapshot is complete by itself.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import FaultlineError
from analysis.parse.making import NOTE
from analysis.queries.answers import answers_relation, check_linked, rubrics_relation
from analysis.settings import Settings
from analysis.store import labels
from analysis.store.library import specs
from analysis.store.making import of_study
from analysis.store.schema import TABLES, columns
from analysis.store.sql import key_values, parquet, text, texts
from analysis.store.study import OpenStudy, StudyInfo, open_study
from analysis.store.study_specs import carried
from analysis.whole_files import filling, replacing

LEFT_OUT = {"text_links", "clauses"}


def snapshot(
    study: OpenStudy, folder: Path, settings: Settings, scenarios: Sequence[str] | None = None
) -> dict[str, int]:
    """Write every table into `folder` (made if needed, must be empty); gives rows per table.

    With `scenarios`, only what belongs to those. Raises FaultlineError where none is left.
    """
    _check(study, scenarios)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FaultlineError(f"{folder} can't be made: {error.strerror}.") from None
    try:
        with filling(folder) as aside:
            if any(p != aside for p in folder.iterdir()):
                raise FaultlineError(f"{folder} is not empty. Name a new folder for the snapshot.")
            return _tables(study, aside, settings, scenarios)
    except (duckdb.Error, OSError) as error:
        raise FaultlineError(
            f"The snapshot could not be written to {folder}: {str(error).splitlines()[0]} "
            "Free some space, or name another folder."
        ) from error


def snapshot_file(
    study: OpenStudy, target: Path, settings: Settings, scenarios: Sequence[str] | None = None
) -> dict[str, int]:
    """The same tables as one DuckDB file, which any DuckDB opens: answers that a study links and
    labels that lie beside it are in it. Gives rows per table; the file must not be there yet.

    With `scenarios`, only what belongs to those. Raises FaultlineError as `snapshot` does.
    """
    _check(study, scenarios)
    if target.exists():
        raise FaultlineError(f"{target} is there already. Name a new file for the snapshot.")
    try:
        with replacing(target) as aside, TemporaryDirectory(dir=target.parent) as parts:
            written = _tables(study, Path(parts), settings, scenarios)
            whole = Path(parts) / "whole.duckdb"
            _gather(Path(parts), whole, settings, list(written))
            whole.replace(aside)
            return written
    except (duckdb.Error, OSError) as error:
        raise FaultlineError(
            f"The snapshot could not be written to {target}: {str(error).splitlines()[0]} "
            "Free some space, or name another file."
        ) from error


def content(info: StudyInfo, settings: Settings) -> bytes:
    """What `snapshot_file` writes, for a download: in memory, so not for more than a browser
    takes. Raises FaultlineError as `snapshot` does."""
    study = open_study(settings, info.id)
    try:
        with TemporaryDirectory() as folder:
            made = Path(folder) / "study.duckdb"
            snapshot_file(study, made, settings)
            return made.read_bytes()
    finally:
        study.close()


def _gather(parts: Path, whole: Path, settings: Settings, tables: Sequence[str]) -> None:
    limit = {"memory_limit": f"{settings.memory_limit_mb}MB", "temp_directory": str(parts)}
    with duckdb.connect(str(whole), config=dict(limit)) as con:
        for table in tables:
            con.execute(f"CREATE TABLE {table} AS FROM {parquet([parts / f'{table}.parquet'])}")
        con.execute("UPDATE study SET texts = 'copied'")


def _check(study: OpenStudy, scenarios: Sequence[str] | None) -> None:
    if scenarios is not None and not scenarios:
        raise FaultlineError("No scenario is left to write out. Choose at least one.")
    check_linked(study)


def _tables(
    study: OpenStudy, folder: Path, settings: Settings, scenarios: Sequence[str] | None
) -> dict[str, int]:
    written: dict[str, int] = {}
    made = of_study(study.info) if scenarios is None else of_study(study.info).of_part()
    with study.cursor() as con:
        for table in TABLES:
            if table not in LEFT_OUT and _is_there(con, table):
                whole = _relation(study, table)
                part = whole if scenarios is None else _part(table, whole, scenarios)
                notes = {NOTE: made.note()} if table == "study" and made else {}
                written[table] = _write(con, part, folder / f"{table}.parquet", notes)
    clauses = _clauses(study, settings)
    pq.write_table(clauses, folder / "clauses.parquet")
    return written | {"clauses": clauses.num_rows}


def _clauses(study: OpenStudy, settings: Settings) -> pa.Table:
    """The clauses that judges went by; where no judgement names its spec, those of the one in
    use."""
    held = [specs.table(c.spec) for c in carried(study).values()]
    return pa.concat_tables(held) if held else specs.table(specs.read_spec(settings))


def _is_there(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether the study has that table: one built by an earlier program may not."""
    return bool(
        con.execute(
            "SELECT 1 FROM information_schema.tables WHERE table_name = $t", {"t": table}
        ).fetchall()
    )


def _part(table: str, relation: str, scenarios: Sequence[str]) -> str:
    """Of a table that knows scenarios, the rows of some."""
    if {"scenario", "scenario_no"}.isdisjoint(columns(table)):
        return relation
    return f"SELECT * FROM ({relation}) WHERE scenario IN (SELECT unnest({texts(scenarios)}))"


def _write(
    con: duckdb.DuckDBPyConnection, relation: str, path: Path, notes: Mapping[str, str]
) -> int:
    kept = f", KV_METADATA {key_values(notes)}" if notes else ""
    done = con.execute(f"COPY ({relation}) TO {text(str(path))} (FORMAT parquet{kept})").fetchall()
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
    if table in labels.TABLES:
        rest = ", ".join(f"t.{n}" for n in names if n != "scenario_no")
        return (
            f"SELECT s.scenario, {rest} FROM {labels.everybody(study, table)} t "
            "JOIN scenarios s USING (scenario_no) ORDER BY ALL"
        )
    if "scenario_no" not in names or "scenario" in names:
        return f"SELECT * FROM {table}"
    rest = ", ".join(f"t.{n}" for n in names if n != "scenario_no")
    return (
        f"SELECT s.scenario, {rest} FROM {table} t JOIN scenarios s USING (scenario_no) "
        "ORDER BY t.scenario_no"
    )
