"""Long tables of a run: answers, decisions and citations keyed by scenario, model and replicate.

They hold what the public layouts have no room for (further replicates, judged variants, clauses as
judges listed them). A row that the study knows already counts as repeated; one about a scenario
that no other source has is rejected and counted.
"""

from collections import Counter
from collections.abc import Callable, Mapping

import duckdb

from analysis.registry import registry
from analysis.store.build import spec_import
from analysis.store.build.judgement_import import (
    OTHER_ANSWER,
    UNMET,
    read_verdicts,
    run_sql,
    verdict_sql,
)
from analysis.store.build.sources import Source
from analysis.store.build.stage import as_text, gap_free, scan
from analysis.store.sql import rows, text, texts
from analysis.vocabulary import GRADES, HIGHEST_POSITION, PROBES, RUBRIC_GRADES, Outcome, Repeat

ANSWER = ("scenario_no", "model", "replicate")
VERDICT = (*ANSWER, "judge", "spec", "run")
_RUBRIC = tuple(f"for_{grade}" for grade in RUBRIC_GRADES)
_WORDS = (
    "scenario",
    "outcome",
    "text",
    "trace",
    "tools",
    "judge",
    "decision",
    "raw_decision",
    "reasoning",
    "clause",
    "repeat",
    "grader",
    "grade",
    "reason",
    "grade_outcome",
    "title",
    "kind",
    "right_answer",
    "author",
    *_RUBRIC,
)
"""Columns that are read as they stand."""
COLUMNS = {
    *_WORDS,
    "model",
    "replicate",
    "value1_position",
    "value2_position",
    "latency_s",
    "spec",
    "run",
    "known",
    "answer_sha256",
}
TOLD = ("respond", "judge")
"""Stages whose calls stand in the study with their outcome, also those that gave nothing."""
NO_SCENARIO = "an answer to a scenario that no source has"
NO_ANSWER = "a judgement of an answer that no source has"
UNMATCHED = (NO_ANSWER, OTHER_ANSWER, UNMET)
"""Reasons for which a judgement has no place: its answer is not among those of the study."""
NO_REPEAT = "a repeat without a model, or of a kind that is not known"
NO_POSITION = "a repeat that was not placed"
NO_CRITERION = "a criterion without clause or rubric, or of a kind that is not known"
NO_KEY = "no model, or a replicate that is no whole number from 0 to 255"


def add(con: duckdb.DuckDBPyConnection, source: Source) -> tuple[int, int, Counter[str]]:
    """Take one long table in: rows kept, rows known already, and rejected rows by reason.

    Call it when everything else is in: what is known already stays as it is.
    """
    if source.kind == "problems":
        return _problems(con, source)
    if source.kind == "repeats":
        return _repeats(con, source)
    if source.kind == "criteria":
        return _criteria(con, source)
    _read(con, source)
    rejected = _drop(con, source)
    total = _count(con)
    kept = _ADDERS[source.kind](con)
    con.execute("DROP TABLE long")
    return kept, total - kept, rejected


def _read(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Temporary table `long`: the rows with `scenario_no` and the registry's model ids."""
    kinds = source.layout.types

    def cell(column: str) -> str:
        return as_text(column if column in kinds else None, kinds.get(column, "VARCHAR"))

    spelled = f"SELECT DISTINCT {cell('model')} FROM {scan(source.files)}"
    found = [r[0] for r in con.execute(spelled).fetchall() if r[0]]
    ids = texts(registry().resolve_all(found).values())

    items = [f"{cell(w)} AS {w}" for w in _WORDS]
    spec = cell("spec") if source.kind == "criteria" else spec_import.said(source)
    items += [f"{spec} AS spec", f"{run_sql(source)} AS run"]
    items += [
        f"({ids})[list_position({texts(found)}, {cell('model')})] AS model",
        f"TRY_CAST({cell('replicate')} AS UTINYINT) AS replicate",
        f"TRY_CAST({cell('latency_s')} AS DOUBLE) AS latency_s",
        f"coalesce(TRY_CAST({cell('known')} AS BOOLEAN), true) AS known",
        *(f"{_position(cell(f'value{v}_position'))} AS p{v}" for v in (1, 2)),
        f"{cell('answer_sha256')} AS judged",
        "file_index AS file_no",
        "file_row_number AS row_no",
    ]
    con.execute(
        f"CREATE TEMP TABLE long AS SELECT l.*, n.scenario_no FROM (SELECT {rows(items)} FROM "
        f"{scan(source.files)}) l LEFT JOIN numbered n USING (scenario)"
    )


def _position(cell: str) -> str:
    number = f"TRY_CAST({cell} AS DOUBLE)"
    fits = f"{number} BETWEEN 0 AND {HIGHEST_POSITION} AND {number} = floor({number})"
    return f"CASE WHEN {fits} THEN {number}::UTINYINT END"


def _drop(con: duckdb.DuckDBPyConnection, source: Source) -> Counter[str]:
    """Remove what can't be placed, counted by reason."""
    wrong = {
        NO_KEY: "model IS NULL OR replicate IS NULL",
        NO_SCENARIO: "scenario_no IS NULL",
    }
    if source.kind != "answers":
        there = ", ".join(f"r.{c}" for c in ANSWER)
        mine = ", ".join(f"long.{c}" for c in ANSWER)
        # The run says which words it judged: another answer under the same name is not that one.
        wrong[OTHER_ANSWER] = (
            "judged IS NOT NULL AND EXISTS (SELECT 1 FROM response_texts r WHERE "
            f"({there}) = ({mine}) AND sha256(r.text) <> judged)"
        )
        wrong[NO_ANSWER] = f"NOT EXISTS (SELECT 1 FROM responses r WHERE ({there}) = ({mine}))"
    return _remove(con, wrong)


def _remove(con: duckdb.DuckDBPyConnection, wrong: Mapping[str, str]) -> Counter[str]:
    """Delete the rows of `long` that a condition names; reason -> how many."""
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
    there = (
        f"CASE WHEN length(text) > 0 THEN {text(Outcome.ANSWERED)} ELSE {text(Outcome.MISSING)} END"
    )
    said = f"CASE WHEN {known} THEN outcome ELSE {there} END"
    cells = f"p1, p2, {said}, nullif(length(text), 0), latency_s"
    kept = _insert(con, "responses", ANSWER, cells, "true")
    _insert(con, "response_texts", ANSWER, "text", "length(text) > 0")
    for column, kind in (("trace", "reasoning"), ("tools", "tool calls")):
        _aside(con, column, kind)
    return kept


def _aside(con: duckdb.DuckDBPyConnection, column: str, kind: str) -> None:
    same = " AND ".join(f"a.{c} = long.{c}" for c in ANSWER)
    con.execute(
        f"INSERT INTO asides SELECT {', '.join(ANSWER)}, {text(kind)}, {column} FROM long "
        f"WHERE length({column}) > 0 AND NOT EXISTS (SELECT 1 FROM asides a WHERE {same} AND "
        f"a.kind = {text(kind)}) QUALIFY row_number() OVER (PARTITION BY {', '.join(ANSWER)} "
        "ORDER BY file_no, row_no) = 1"
    )


def _decisions(con: duckdb.DuckDBPyConnection) -> int:
    raw = gap_free("coalesce(long.raw_decision, long.decision)")
    read_verdicts(con, f"SELECT {raw} AS raw FROM long")

    def read(column: str) -> str:
        return f"(SELECT {column} FROM verdicts v WHERE v.raw = {raw})"

    said = f"coalesce(nullif(long.reasoning, ''), {read('v.said')})"
    cells = verdict_sql(read("v.decision"), raw, said, "long.outcome")
    # A run may know more of a verdict than when it was loaded half-way.
    same = " AND ".join(f"t.{c} IS NOT DISTINCT FROM long.{c}" for c in VERDICT)
    con.execute(
        f"DELETE FROM judgements t USING long WHERE {same} AND t.run IS NOT NULL AND "
        f"t.decision IS NULL AND {read('v.decision')} IS NOT NULL"
    )
    return _insert(con, "judgements", VERDICT, cells, "judge IS NOT NULL")


def _problems(con: duckdb.DuckDBPyConnection, source: Source) -> tuple[int, int, Counter[str]]:
    """Calls of a run that gave nothing to go on with, but for those that say so elsewhere."""
    kinds = source.layout.types

    def cell(column: str) -> str:
        return as_text(column if column in kinds else None, kinds.get(column, "VARCHAR"))

    spelled = f"SELECT DISTINCT {cell('answer_model')} FROM {scan(source.files)}"
    found = [r[0] for r in con.execute(spelled).fetchall() if r[0]]
    ids = texts(registry().resolve_all(found).values())
    model = f"({ids})[list_position({texts(found)}, {cell('answer_model')})]"
    items = [
        cell("stage"),
        f"{cell('model')} AS asked",
        cell("subject"),
        cell("scenario"),
        f"{model} AS answered",
        f"TRY_CAST({cell('replicate')} AS UTINYINT)",
        f"{cell('problem')} AS outcome",
        cell("why"),
        f"{run_sql(source)} AS run",
    ]
    mine = f"SELECT {rows(items)} FROM {scan(source.files)} WHERE {cell('stage')} NOT IN {TOLD}"
    total = int(con.execute(f"SELECT count(*) FROM ({mine})").fetchall()[0][0])
    before = con.execute("SELECT count(*) FROM lost_replies").fetchall()[0][0]
    con.execute(f"INSERT INTO lost_replies {mine} EXCEPT SELECT * FROM lost_replies")
    kept = int(con.execute("SELECT count(*) FROM lost_replies").fetchall()[0][0]) - before
    return kept, total - kept, Counter()


def _repeats(con: duckdb.DuckDBPyConnection, source: Source) -> tuple[int, int, Counter[str]]:
    """Where answers of a noise sample stand when one thing is repeated; the first of a query, model
    and kind of repeat stays."""
    _read(con, source)
    known = f"list_contains({texts(str(r) for r in Repeat)}, repeat)"
    rejected = _remove(
        con,
        {
            NO_REPEAT: f"repeat IS NULL OR NOT {known} OR model IS NULL",
            NO_SCENARIO: "scenario_no IS NULL",
            NO_POSITION: "p1 IS NULL AND p2 IS NULL",
        },
    )
    total = _count(con)
    kept = _insert(con, "repeats", ("scenario_no", "repeat", "model"), "p1, p2", "true")
    con.execute("DROP TABLE long")
    return kept, total - kept, rejected


def _criteria(con: duckdb.DuckDBPyConnection, source: Source) -> tuple[int, int, Counter[str]]:
    """Which criterion each query tests; the first of a query stays."""
    _read(con, source)
    needed = " OR ".join(f"coalesce(trim({c}), '') = ''" for c in ("clause", *_RUBRIC))
    known = f"coalesce(list_contains({texts(PROBES)}, kind), false)"
    rejected = _remove(
        con,
        {NO_CRITERION: f"{needed} OR NOT {known}", NO_SCENARIO: "scenario_no IS NULL"},
    )
    total = _count(con)
    cells = (
        f"coalesce(spec, ''), clause, coalesce(title, clause), {', '.join(_RUBRIC)}, kind, "
        "right_answer, author"
    )
    kept = _insert(con, "criteria", ("scenario_no",), cells, "true")
    con.execute("DROP TABLE long")
    return kept, total - kept, rejected


def _grades(con: duckdb.DuckDBPyConnection) -> int:
    known = f"list_contains({texts(GRADES)}, grade)"
    said = f"list_contains({texts(str(o) for o in Outcome)}, grade_outcome)"
    ended = (
        f"CASE WHEN {said} THEN grade_outcome WHEN {known} THEN {text(Outcome.ANSWERED)} "
        f"ELSE {text(Outcome.MISSING)} END"
    )
    cells = f"CASE WHEN {known} THEN grade END, reason, {ended}"
    return _insert(con, "grades", (*ANSWER, "grader"), cells, "length(grader) > 0")


def _citations(con: duckdb.DuckDBPyConnection) -> int:
    return _insert(con, "citations", (*VERDICT, "clause"), "known", "length(clause) > 0")


def _insert(
    con: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...], cells: str, where: str
) -> int:
    """Add the rows of `long` whose key is new; the first of several counts. Gives how many."""
    named = ", ".join(key)
    same = " AND ".join(f"t.{c} IS NOT DISTINCT FROM long.{c}" for c in key)
    before = con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    con.execute(
        f"INSERT INTO {table} SELECT {named}, {cells} FROM long WHERE {where} AND NOT EXISTS "
        f"(SELECT 1 FROM {table} t WHERE {same}) QUALIFY row_number() OVER "
        f"(PARTITION BY {named} ORDER BY file_no, row_no) = 1 ORDER BY {named}"
    )
    return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] - before)


_ADDERS: dict[str, Callable[[duckdb.DuckDBPyConnection], int]] = {
    "answers": _answers,
    "decisions": _decisions,
    "citations": _citations,
    "grades": _grades,
}
