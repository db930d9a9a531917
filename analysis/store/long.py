"""Long tables of a run: answers, decisions and citations keyed by scenario, model and replicate.

They hold what the public layouts have no room for (further replicates, judged variants, clauses as
judges listed them). A row that the study knows already counts as repeated; one about a scenario
that no other source has is rejected and counted.
"""

from collections import Counter
from collections.abc import Callable

import duckdb

from analysis.registry import registry
from analysis.store.schema import HIGHEST_POSITION, Outcome
from analysis.store.sources import Source
from analysis.store.sql import name, rows, text, texts
from analysis.store.stage import as_text, scan

ANSWER = ("scenario_no", "model", "replicate")
COLUMNS = {
    "scenario", "model", "replicate", "outcome", "text", "value1_position", "value2_position",
    "latency_s", "judge", "spec", "decision", "reasoning", "clause", "known",
}  # fmt: skip
NO_SCENARIO = "an answer to a scenario that no source has"
NO_ANSWER = "a judgement of an answer that no source has"
NO_KEY = "no model, or a replicate that is no whole number from 0 to 255"


def add(con: duckdb.DuckDBPyConnection, source: Source) -> tuple[int, int, Counter[str]]:
    """Take one long table in: rows kept, rows known already, and rejected rows by reason.

    Call it when everything else is in: what is known already stays as it is.
    """
    _read(con, source)
    rejected = _drop(con, source)
    total = _count(con)
    kept = _ADDERS[source.kind](con)
    con.execute("DROP TABLE long")
    return kept, total - kept, rejected


def _read(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Temporary table `long`: the rows with `scenario_no` and the registry's model ids."""
    kinds = source.layout.types
    spelled = f"SELECT DISTINCT {name('model')}::VARCHAR FROM {scan(source.files)}"
    found = [r[0] for r in con.execute(spelled).fetchall() if r[0]]
    ids = texts(registry().resolve(m) for m in found)

    def cell(column: str) -> str:
        return as_text(column if column in kinds else None, kinds.get(column, "VARCHAR"))

    words = ("scenario", "outcome", "text", "judge", "spec", "decision", "reasoning", "clause")
    items = [f"{cell(w)} AS {w}" for w in words]
    items += [
        f"({ids})[list_position({texts(found)}, {cell('model')})] AS model",
        f"TRY_CAST({cell('replicate')} AS UTINYINT) AS replicate",
        f"TRY_CAST({cell('latency_s')} AS DOUBLE) AS latency_s",
        f"coalesce(TRY_CAST({cell('known')} AS BOOLEAN), true) AS known",
        *(f"{_position(cell(f'value{v}_position'))} AS p{v}" for v in (1, 2)),
        "file_index AS file_no",
        "file_row_number AS row_no",
    ]
    con.execute(
        f"CREATE TEMP TABLE long AS SELECT l.*, n.scenario_no FROM (SELECT {rows(items)} FROM "
        f"{scan(source.files)}) l LEFT JOIN numbered n USING (scenario)"
    )


def _position(cell: str) -> str:
    number = f"TRY_CAST({cell} AS UTINYINT)"
    return f"CASE WHEN {number} <= {HIGHEST_POSITION} THEN {number} END"


def _drop(con: duckdb.DuckDBPyConnection, source: Source) -> Counter[str]:
    """Remove what can't be placed, counted by reason."""
    wrong = {
        NO_KEY: "model IS NULL OR replicate IS NULL",
        NO_SCENARIO: "scenario_no IS NULL",
    }
    if source.kind != "answers":
        there = ", ".join(f"r.{c}" for c in ANSWER)
        mine = ", ".join(f"long.{c}" for c in ANSWER)
        wrong[NO_ANSWER] = f"NOT EXISTS (SELECT 1 FROM responses r WHERE ({there}) = ({mine}))"
    rejected: Counter[str] = Counter()
    for reason, condition in wrong.items():
        before = _count(con)
        con.execute(f"DELETE FROM long WHERE {condition}")
        if gone := before - _count(con):
            rejected[reason] = gone
    return rejected


def _count(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("SELECT count(*) FROM long").fetchall()[0][0])


def _answers(con: duckdb.DuckDBPyConnection) -> int:
    known = f"list_contains({texts(str(o) for o in Outcome)}, outcome)"
    there = f"CASE WHEN length(text) > 0 THEN {text(Outcome.ANSWERED)} ELSE " \
            f"{text(Outcome.MISSING)} END"  # fmt: skip
    said = f"CASE WHEN {known} THEN outcome ELSE {there} END"
    cells = f"p1, p2, {said}, nullif(length(text), 0), latency_s"
    kept = _insert(con, "responses", ANSWER, cells, "true")
    _insert(con, "response_texts", ANSWER, "text", "length(text) > 0")
    return kept


def _decisions(con: duckdb.DuckDBPyConnection) -> int:
    from analysis.store.judged import decision_sql

    cells = f"spec, {decision_sql('decision')}, decision, reasoning"
    return _insert(con, "judgements", (*ANSWER, "judge"), cells, "judge IS NOT NULL")


def _citations(con: duckdb.DuckDBPyConnection) -> int:
    return _insert(con, "citations", (*ANSWER, "judge", "clause"), "known", "length(clause) > 0")


def _insert(
    con: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...], cells: str, where: str
) -> int:
    """Add the rows of `long` whose key is new; the first of several counts. Gives how many."""
    named = ", ".join(key)
    same = ", ".join(f"t.{c}" for c in key)
    mine = ", ".join(f"long.{c}" for c in key)
    before = con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    con.execute(
        f"INSERT INTO {table} SELECT {named}, {cells} FROM long WHERE {where} AND NOT EXISTS "
        f"(SELECT 1 FROM {table} t WHERE ({same}) = ({mine})) QUALIFY row_number() OVER "
        f"(PARTITION BY {named} ORDER BY file_no, row_no) = 1 ORDER BY {named}"
    )
    return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] - before)


_ADDERS: dict[str, Callable[[duckdb.DuckDBPyConnection], int]] = {
    "answers": _answers,
    "decisions": _decisions,
    "citations": _citations,
}
