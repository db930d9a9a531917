"""All answers of a study, copied and linked, for a full pass (labels, search, snapshots)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from analysis.errors import FaultlineError
from analysis.queries.cases import missing_files
from analysis.store import damage
from analysis.store.sql import name, parquet, texts
from analysis.store.study import OpenStudy
from analysis.store.texts import SPECTRUM
from analysis.vocabulary import HIGHEST_POSITION, Outcome

BATCH = 4_096


def answers_relation(study: OpenStudy) -> str:
    """SQL for all answers: scenario_no, model, replicate, text.

    Reads whole columns of the source files: for a full pass, never for one case. Where copied
    and linked sources answer for the same scenario and model, the copied text counts; an empty one
    says that there is no answer.
    """
    parts = [
        "SELECT *, -1 AS source_no, 0 AS file_no, 0 AS row_no FROM response_texts "
        "WHERE length(text) > 0"
    ]
    copied = _copied(study)
    linked = [
        _linked(source_no, source["files"], source["responses"], copied)
        for source_no, source in enumerate(study.info.sources)
        if source["linked"] and source["responses"]
    ]
    parts += linked
    both = " UNION ALL ".join(parts)
    once = (
        "QUALIFY row_number() OVER (PARTITION BY scenario_no, model, replicate "
        "ORDER BY source_no, file_no, row_no) = 1"
    )
    names = "scenario_no, model, replicate, text"
    return f"(SELECT {names} FROM ({both}) {once if _several(study) else ''})"


def rubrics_relation(study: OpenStudy) -> str:
    """SQL for all rubrics, copied and linked: scenario_no, value_no, position, strategy."""
    parts = ["SELECT *, -1 AS source_no, 0 AS file_no, 0 AS row_no FROM rubrics"]
    for source_no, source in enumerate(study.info.sources):
        if source["linked"]:
            for value_no, column in enumerate(source["spectrums"] or [], start=1):
                parts.append(_linked_rubric(source_no, source["files"], value_no, column))
    return (
        f"(SELECT scenario_no, value_no, position, strategy FROM ({' UNION ALL '.join(parts)}) "
        f"WHERE position BETWEEN 0 AND {HIGHEST_POSITION} AND strategy IS NOT NULL "
        "QUALIFY row_number() OVER (PARTITION BY scenario_no, value_no, position "
        "ORDER BY source_no, file_no, row_no) = 1)"
    )


def _linked_rubric(source_no: int, files: list[str], value_no: int, column: str) -> str:
    # A list of records and the same as JSON text read alike.
    cell = f"TRY_CAST(to_json({name(column)}) AS {SPECTRUM})"
    as_json = f"TRY_CAST(TRY_CAST(CAST({name(column)} AS VARCHAR) AS JSON) AS {SPECTRUM})"
    return (
        f"SELECT scenario_no, {value_no}, step.position, step.response AS strategy, source_no, "
        "file_no, row_no FROM (SELECT l.scenario_no, l.source_no, l.file_no, l.row_no, "
        f"unnest(coalesce({cell}, {as_json})) AS step "
        f"FROM {parquet(files, numbered=True)} r JOIN text_links l "
        f"ON l.source_no = {source_no} AND l.file_no = r.file_index "
        "AND l.row_no = r.file_row_number)"
    )


def check_linked(study: OpenStudy) -> None:
    """See that the sources' own files are there and still hold the queries they held.

    Raises FaultlineError that names the first file which is gone or has changed.
    """
    gone = missing_files(study)
    if gone:
        raise FaultlineError(
            f"The answers lie in {gone[0].name}, which is gone. Load the source again first."
        )
    for source_no, source in enumerate(study.info.sources):
        changed = _changed(study, source_no, source) if source["linked"] else None
        if changed is not None:
            raise FaultlineError(
                f"The answers lie in {Path(source['files'][changed]).name}, which has changed "
                "since the study was built, or is damaged. Load the source again first."
            )


def _changed(study: OpenStudy, source_no: int, source: dict[str, Any]) -> int | None:
    """The number of a linked file that no longer holds its queries where it held them."""
    for file_no in range(len(source["files"])):
        if not damage.is_as_linked(source, file_no):
            return file_no
    try:
        with study.cursor() as con:
            found = con.execute(
                "SELECT l.file_no FROM text_links l JOIN scenarios s USING (scenario_no) "
                f"LEFT JOIN {parquet(source['files'], numbered=True)} r "
                "ON l.file_no = r.file_index AND l.row_no = r.file_row_number "
                f"WHERE l.source_no = {source_no} "
                f"AND CAST(r.{name(source['query'])} AS VARCHAR) IS DISTINCT FROM s.query LIMIT 1"
            ).fetchall()
    except duckdb.Error:
        return 0
    return int(found[0][0]) if found else None


def _several(study: OpenStudy) -> bool:
    """Whether more than one place can hold the same answer: the first one then counts."""
    with study.cursor() as con:
        return bool(
            con.execute(
                "SELECT 1 FROM text_links GROUP BY scenario_no HAVING count(*) > 1 LIMIT 1"
            ).fetchall()
        )


def _copied(study: OpenStudy) -> bool:
    """Whether any text is copied, which may stand for a linked one."""
    with study.cursor() as con:
        return bool(con.execute("SELECT 1 FROM response_texts LIMIT 1").fetchall())


def answer_batches(study: OpenStudy, size: int = BATCH) -> Iterator[pd.DataFrame]:
    """Every answer once, in frames of about `size` rows (scenario_no, model, replicate, text).

    Raises FaultlineError when a file that holds linked answers is gone.
    """
    check_linked(study)
    with study.cursor() as con:
        reader = con.sql(f"SELECT * FROM {answers_relation(study)}").to_arrow_reader(size)
        for batch in reader:
            yield batch.to_pandas()


def count_answers(study: OpenStudy) -> int:
    """How many responses are answered, without reading a text."""
    with study.cursor() as con:
        found = con.execute(
            f"SELECT count(*) FROM responses WHERE outcome = '{Outcome.ANSWERED}'"
        ).fetchall()
    return int(found[0][0])


def all_queries(study: OpenStudy) -> pd.DataFrame:
    """Every query once: scenario_no, query."""
    with study.cursor() as con:
        return con.execute("SELECT scenario_no, query FROM scenarios ORDER BY scenario_no").df()


def _linked(source_no: int, files: list[str], responses: dict[str, str], copied: bool) -> str:
    models = sorted(responses)
    cells = ", ".join(f"CAST({name(responses[m])} AS VARCHAR)" for m in models)
    return (
        "SELECT scenario_no, model, 0 AS replicate, text, source_no, file_no, row_no "
        "FROM (SELECT l.scenario_no, l.source_no, l.file_no, l.row_no, "
        f"unnest({texts(models)}) AS model, unnest([{cells}]) AS text "
        f"FROM {parquet(files, numbered=True)} r JOIN text_links l "
        f"ON l.source_no = {source_no} AND l.file_no = r.file_index "
        "AND l.row_no = r.file_row_number) x WHERE length(text) > 0"
        + (
            " AND NOT EXISTS (SELECT 1 FROM response_texts t WHERE t.replicate = 0 AND "
            "(t.scenario_no, t.model) = (x.scenario_no, x.model))"
            if copied
            else ""
        )
    )
