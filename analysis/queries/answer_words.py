"""Which words a model answered with, by what names them: finds labels of another study here."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import duckdb
import pandas as pd

from analysis.store import damage
from analysis.store.sql import name, parquet
from analysis.store.study import OpenStudy

Word = tuple[str, str, str]
_DIGEST = "substr(sha256({}), 1, 16)"


def replicates(
    study: OpenStudy, scenarios: Iterable[str], models: Iterable[str]
) -> dict[Word, set[int]]:
    """(scenario, model, digest of the answer's words) -> the replicates that have them.

    `digest` as in `annotations.digest`. Linked answers whose file is gone
    or has changed are left out.
    """
    parameters = {"scenarios": sorted(set(scenarios)), "models": sorted(set(models))}
    found: dict[Word, set[int]] = {}
    with study.cursor() as con:
        copied = con.execute(
            f"SELECT scenario, model, {_DIGEST.format('text')}, replicate FROM response_texts "
            "JOIN scenarios USING (scenario_no) "
            "WHERE scenario IN $scenarios AND model IN $models",
            parameters,
        ).fetchall()
        links = con.execute(
            "SELECT source_no, file_no, row_no, scenario, query FROM text_links "
            "JOIN scenarios USING (scenario_no) WHERE scenario IN $scenarios",
            {"scenarios": parameters["scenarios"]},
        ).df()
    for scenario, model, digest, replicate in copied:
        found.setdefault((scenario, model, digest), set()).add(int(replicate))
    for key, rows in links.groupby(["source_no", "file_no"]):
        source_no, file_no = cast(tuple[int, int], key)
        source = study.info.sources[source_no]
        for word in _linked(study, source, file_no, rows, parameters["models"]):
            found.setdefault(word, set()).add(0)
    return found


def _linked(
    study: OpenStudy, source: dict[str, Any], file_no: int, links: pd.DataFrame, models: list[str]
) -> list[Word]:
    """The answers of some rows of one source file, if those rows still hold their queries."""
    columns = {m: c for m, c in source["responses"].items() if m in models}
    path = Path(source["files"][file_no])
    if not columns or not path.exists() or not damage.is_as_linked(source, file_no):
        return []
    digests = ", ".join(_DIGEST.format(f"CAST({name(c)} AS VARCHAR)") for c in columns.values())
    try:
        with study.cursor() as con:
            read = con.execute(
                f"SELECT file_row_number, CAST({name(source['query'])} AS VARCHAR), {digests} "
                f"FROM {parquet([path], numbered=True)} WHERE file_row_number IN $rows",
                {"rows": [int(n) for n in links["row_no"]]},
            ).fetchall()
    except duckdb.Error:
        return []
    there = {int(row): (query, answers) for row, query, *answers in read}
    words: list[Word] = []
    for row_no, scenario, query in links[["row_no", "scenario", "query"]].itertuples(index=False):
        now, answers = there.get(int(row_no), (None, []))
        if now == query:
            pairs = zip(columns, answers, strict=True)
            words += [(scenario, model, digest) for model, digest in pairs if digest]
    return words
