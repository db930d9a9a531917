"""All answers of a study, copied and linked, for a full pass (labels, search, snapshots)."""

from collections.abc import Iterator

import pandas as pd

from analysis.errors import FaultlineError
from analysis.store.queries.cases import missing_files
from analysis.store.sql import files as literally
from analysis.store.sql import name, texts
from analysis.store.study import OpenStudy

BATCH = 4_096


def answers_relation(study: OpenStudy) -> str:
    """SQL for all answers: scenario_no, model, replicate, text.

    Reads whole columns of the source files: for a full pass, never for one case. Where copied
    and linked sources answer for the same scenario and model, one of them counts.
    """
    parts = ["SELECT scenario_no, model, replicate, text FROM response_texts"]
    linked = [
        _linked(source_no, source["files"], source["responses"])
        for source_no, source in enumerate(study.info.sources)
        if source["linked"] and source["responses"]
    ]
    parts += linked
    both = " UNION ALL ".join(parts)
    several = len(linked) > 1 or (linked and study.info.judgements > 0)
    once = "QUALIFY row_number() OVER (PARTITION BY scenario_no, model, replicate) = 1"
    return f"(SELECT * FROM ({both}) {once if several else ''})"


def answer_batches(study: OpenStudy, size: int = BATCH) -> Iterator[pd.DataFrame]:
    """Every answer once, in frames of about `size` rows (scenario_no, model, replicate, text).

    Raises FaultlineError when a file that holds linked answers is gone.
    """
    gone = missing_files(study)
    if gone:
        raise FaultlineError(
            f"The answers lie in {gone[0].name}, which is gone. Load the source again first."
        )
    with study.cursor() as con:
        reader = con.sql(f"SELECT * FROM {answers_relation(study)}").to_arrow_reader(size)
        for batch in reader:
            yield batch.to_pandas()


def count_answers(study: OpenStudy) -> int:
    """How many responses are answered, without reading a text."""
    with study.cursor() as con:
        found = con.execute("SELECT count(*) FROM responses WHERE outcome = 'answered'").fetchall()
    return int(found[0][0])


def all_queries(study: OpenStudy) -> pd.DataFrame:
    """Every query once: scenario_no, query."""
    with study.cursor() as con:
        return con.execute("SELECT scenario_no, query FROM scenarios ORDER BY scenario_no").df()


def _linked(source_no: int, files: list[str], responses: dict[str, str]) -> str:
    models = sorted(responses)
    cells = ", ".join(f"CAST({name(responses[m])} AS VARCHAR)" for m in models)
    return (
        f"SELECT scenario_no, model, 0 AS replicate, text FROM (SELECT l.scenario_no, "
        f"unnest({texts(models)}) AS model, unnest([{cells}]) AS text "
        f"FROM read_parquet({literally(files)}, file_row_number=true) r JOIN text_links l "
        f"ON l.source_no = {source_no} AND l.file_no = r.file_index "
        "AND l.row_no = r.file_row_number) WHERE length(text) > 0"
    )
