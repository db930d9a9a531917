"""Sources of judgements: one query x one model a row, one column pair a judge.

A row joins a scenario by its family and query text, else by query and values alone; where there
is none, the judged query becomes a scenario of its own (it has decisions but no positions).
Whoever judged one answer under two specs made two judgements.
"""

from collections.abc import Mapping

import duckdb

from analysis.parse import verdicts
from analysis.store.build import spec_import
from analysis.store.build.merge import ORDER
from analysis.store.build.sources import Source
from analysis.store.build.stage import (
    as_text,
    content_key_sql,
    family_sql,
    gap_free,
    key_cell,
    number_cell,
    scan,
)
from analysis.store.sql import joined, name, text, texts
from analysis.vocabulary import BIN_EDGES, CLOSE, NUDGES, OUTCOMES, Outcome

_KEY = ", judge, spec, run"  # of a verdict on one answer
OTHER_ANSWER = "a judgement of another answer than the study has"
UNMET = "judged query that no other source has, as all of this source"
TWICE = "same answer judged twice with other content"


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Empty temporary tables: `judged` (answers) and `decided` (answer x judge)."""
    con.execute(
        "CREATE TEMP TABLE judged (source_no USMALLINT, file_no USMALLINT, row_no BIGINT, "
        "split VARCHAR, family VARCHAR, query VARCHAR, value1 VARCHAR, value2 VARCHAR, "
        "nudge VARCHAR, given_d DOUBLE, spelled VARCHAR, model VARCHAR, response VARCHAR, "
        "came VARCHAR, trace VARCHAR, tools VARCHAR, scenario VARCHAR, reason VARCHAR, "
        "again BOOLEAN)"
    )
    con.execute(
        "CREATE TEMP TABLE decided (source_no USMALLINT, file_no USMALLINT, row_no BIGINT, "
        "judge VARCHAR, raw VARCHAR, decision VARCHAR, reasoning VARCHAR, spec VARCHAR, "
        "run VARCHAR, outcome VARCHAR)"
    )


def add(
    con: duckdb.DuckDBPyConnection, source: Source, source_no: int, spellings: Mapping[str, str]
) -> None:
    """Read one source's rows into `judged` and `decided`; `spellings` maps model names to ids."""
    part = source.layout

    def column(which: str | None) -> str:
        return as_text(which, part.types.get(which or "", "VARCHAR"))

    def named(which: str | None) -> str:
        return key_cell(which, part.types)

    query = named(part.query)
    # A query without values is known by its words alone; half a pair is none.
    value1, value2 = (
        f"coalesce({named(v)}, '')" if v else "''" for v in (part.value1, part.value2)
    )
    chunk, entry = (number_cell(c, part.types) for c in (part.chunk, part.entry))
    family = family_sql(chunk, entry, joined(value1), joined(value2), joined(query))
    key = f"lower({column(part.query_key)})"
    nudge = f"nullif(regexp_extract({key}, '({'|'.join(NUDGES)})'), '')"
    if part.nudge is not None:
        word = f"lower(trim({column(part.nudge)}))"
        nudge = f"CASE WHEN {word} IN {NUDGES} THEN {word} END"
    where = f"{source_no}, file_index, file_row_number"
    con.execute(
        f"INSERT INTO judged SELECT *, NULL, CASE WHEN query IS NULL OR trim(query) = '' "
        "THEN 'no query' WHEN spelled IS NULL OR trim(spelled) = '' THEN 'no model' "
        "WHEN (value1 = '') <> (value2 = '') THEN 'no value pair' END, false FROM ("
        f"SELECT {where}, {text(source.split or source.name)}, {family}, "
        f"{query} AS query, {value1} AS value1, {value2} AS value2, "
        f"{nudge} AS nudge, "
        f"TRY_CAST({column(part.given_d)} AS DOUBLE) AS given_d, "
        f"{named(part.model)} AS spelled, NULL, {column(part.response)} AS response, "
        f"lower(trim({column(part.outcome)})), {column(part.trace)}, {column(part.tools)} "
        f"FROM {scan(source.files)})"
    )
    con.execute("CREATE OR REPLACE TEMP TABLE spelling (spelled VARCHAR, model VARCHAR)")
    if spellings:
        con.executemany("INSERT INTO spelling VALUES (?, ?)", [list(p) for p in spellings.items()])
    con.execute(
        "UPDATE judged SET model = s.model FROM spelling s "
        f"WHERE s.spelled = judged.spelled AND source_no = {source_no}"
    )
    for judge, decision in part.decisions.items():
        raw = gap_free(column(decision))
        read_verdicts(con, f"SELECT {raw} AS raw FROM {scan(source.files)}")
        reasoning = column(part.reasonings.get(judge))
        con.execute(
            f"INSERT INTO decided SELECT {where}, {text(judge)}, v.raw, v.decision, "
            f"coalesce(nullif({reasoning}, ''), v.said), "
            f"{spec_import.said(source)}, {run_sql(source)}, {column(part.outcomes.get(judge))} "
            f"FROM {scan(source.files)} LEFT JOIN verdicts v ON v.raw = ({raw})"
        )


def spellings(con: duckdb.DuckDBPyConnection, source: Source) -> list[str]:
    """The distinct model names that a source's rows use."""
    column = name(source.layout.model or "")
    found = con.execute(
        f"SELECT DISTINCT {column}::VARCHAR FROM {scan(source.files)} WHERE {column} IS NOT NULL"
    ).fetchall()
    return sorted(row[0] for row in found)


def drop_unusable(con: duckdb.DuckDBPyConnection) -> dict[tuple[int, str], int]:
    """Drop rows marked with a reason; give back {(source_no, reason): rows}."""
    found = con.execute(
        "SELECT source_no, reason, count(*) FROM judged WHERE reason IS NOT NULL GROUP BY ALL"
    ).fetchall()
    con.execute("DELETE FROM judged WHERE reason IS NOT NULL")
    return {(source, reason): count for source, reason, count in found}


def settle(con: duckdb.DuckDBPyConnection) -> tuple[dict[int, int], dict[tuple[int, str], int]]:
    """Merge rows about the same answer, whichever way they found their scenario.

    A later row may bring other judges, or verdicts of the same judge under another spec or from
    another run. One with another answer is rejected, and so is one with another decision of the
    same judge under the same spec, where no run tells the two apart. In one run the decision counts
    that could be read. Merged rows brought no verdict that was not there.
    Gives ({source_no: merged rows}, {(source_no, reason): rows}).
    """
    place = ", ".join(f"judged.{c}" for c in ORDER.split(", "))
    same = "WINDOW w AS (PARTITION BY scenario, model{0} ORDER BY " + ORDER + ")"
    con.execute(
        f"CREATE TEMP TABLE odd AS SELECT DISTINCT {ORDER} FROM (SELECT {ORDER}, "
        "nullif(trim(response), '') AS said, first(said IGNORE NULLS) OVER w AS before "
        f"FROM judged {same.format('')}) WHERE said <> before UNION "
        f"SELECT {ORDER} FROM (SELECT {ORDER}, "
        "CASE WHEN run IS NULL THEN coalesce(decision, raw) ELSE decision END AS said, "
        f"first(said IGNORE NULLS) OVER w AS before FROM judged JOIN decided USING ({ORDER}) "
        f"{same.format(_KEY)}) WHERE said <> before"
    )
    con.execute(
        f"UPDATE judged SET reason = {text(TWICE)} FROM odd WHERE ({place}) = "
        "(odd.source_no, odd.file_no, odd.row_no)"
    )
    rejected = drop_unusable(con)
    con.execute(
        f"CREATE TEMP TABLE news AS SELECT {ORDER} FROM (SELECT {ORDER}, row_number() OVER w AS "
        f"nth FROM judged JOIN decided USING ({ORDER}) WHERE "
        f"coalesce(raw, reasoning, outcome) IS NOT NULL {same.format(_KEY)}) WHERE nth = 1"
    )
    con.execute(
        f"UPDATE judged SET again = true FROM (SELECT {ORDER}, row_number() OVER w AS nth "
        f"FROM judged {same.format('')}) n WHERE n.nth > 1 AND ({place}) = "
        f"(n.source_no, n.file_no, n.row_no) AND ({place}) NOT IN (SELECT ({ORDER}) FROM news)"
    )
    merged = con.execute("SELECT source_no, count(*) FROM judged WHERE again GROUP BY 1").fetchall()
    return dict(merged), rejected


def match(con: duckdb.DuckDBPyConnection) -> dict[int, tuple[int, int]]:
    """Name the scenario of every judged row that asks what a wide source asks; texts and names are
    compared as `sql.joined` has them.

    Gives {source_no: (judged rows, of these those that met such a query)}.
    """
    about = ", ".join(f"{joined(c)} AS {c}" for c in ("query", "value1", "value2"))
    con.execute(f"CREATE TEMP TABLE told AS SELECT scenario, family, nudge, {about} FROM staged")
    con.execute(f"CREATE TEMP TABLE asked AS SELECT {ORDER}, family, nudge, {about} FROM judged")
    once = "HAVING count(DISTINCT scenario) = 1"
    for names, only, where in (
        (("family", "query", "nudge"), "", "true"),
        (("family", "query"), "", "true"),
        (("query", "value1", "value2"), once, "true"),
        (("query",), once, "a.value1 = ''"),
    ):
        keys = ", ".join(names)
        con.execute(
            "UPDATE judged SET scenario = s.scenario FROM asked a, (SELECT "
            f"{keys}, min(scenario) AS scenario FROM told GROUP BY {keys} {only}) s "
            f"WHERE judged.scenario IS NULL AND ({_of('judged')}) = ({_of('a')}) AND {where} AND "
            + " AND ".join(f"s.{k} = a.{k}" for k in names)
        )
    con.execute("DROP TABLE told")
    con.execute("DROP TABLE asked")
    found = con.execute(
        "SELECT source_no, count(*), count(scenario) FROM judged GROUP BY 1"
    ).fetchall()
    return {source: (rows, met) for source, rows, met in found}


def drop_source(con: duckdb.DuckDBPyConnection, source_no: int) -> None:
    """Leave out all judged rows of one source."""
    for table in ("judged", "decided"):
        con.execute(f"DELETE FROM {table} WHERE source_no = {source_no}")


def _of(table: str) -> str:
    return ", ".join(f"{table}.{c}" for c in ORDER.split(", "))


def add_fresh(con: duckdb.DuckDBPyConnection) -> None:
    """Judged queries that no wide source has become scenarios of their own."""
    # A family without numbers never names a scenario alone (nor does it where rows are staged).
    con.execute(
        "CREATE TEMP TABLE fresh AS SELECT *, base || CASE WHEN taken OR starts_with(family, "
        "'pair_') OR count(*) OVER (PARTITION BY base) > 1 "
        "THEN '_' || substr(md5(query), 1, 6) ELSE '' END AS scenario "
        f"FROM (SELECT family, query, value1, value2, first(nudge ORDER BY {ORDER}) AS nudge, "
        f"min(source_no) AS source_no, first(split ORDER BY {ORDER}) AS split, "
        f"family || '_' || coalesce(first(nudge ORDER BY {ORDER}), 'unknown') AS base, "
        "base IN (SELECT scenario FROM staged) AS taken "
        "FROM judged WHERE scenario IS NULL GROUP BY family, query, value1, value2)"
    )
    con.execute(
        "INSERT INTO staged BY NAME SELECT source_no, split, value1, value2, nudge, query, "
        f"{content_key_sql('query', 'value1', 'value2')} AS content_key, family, scenario "
        "FROM fresh"
    )
    con.execute(
        "UPDATE judged SET scenario = f.scenario FROM fresh f WHERE judged.scenario IS NULL AND "
        "(f.family, f.query, f.value1, f.value2) = "
        "(judged.family, judged.query, judged.value1, judged.value2)"
    )


def run_sql(source: Source) -> str:
    """SQL for the run that asked the judge of a row of a source, or null."""
    column = source.layout.run or ("run" if "run" in source.layout.types else None)
    whole = text(source.run) if source.run else "CAST(NULL AS VARCHAR)"
    if column is None:
        return whole
    cell = as_text(column, source.layout.types.get(column, "VARCHAR"))
    return f"coalesce(nullif(trim({cell}), ''), {whole})"


def read_verdicts(con: duckdb.DuckDBPyConnection, select: str) -> None:
    """Temporary table `verdicts` (raw, decision, said): each text in the SELECT's column
    `raw` as the one parser reads it, null where it holds no decision or gives no reason."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE verdicts (raw VARCHAR, decision VARCHAR, said VARCHAR)"
    )
    found = con.execute(f"SELECT DISTINCT raw FROM ({select}) WHERE raw IS NOT NULL")
    rows = []
    while batch := found.fetchmany(10_000):
        for (raw,) in batch:
            read = verdicts.read(raw)
            rows.append((raw, read.decision and str(read.decision), read.reasoning or None))
    if rows:
        con.execute(
            "INSERT INTO verdicts SELECT unnest($raw), unnest($decision), unnest($said)",
            dict(zip(("raw", "decision", "said"), map(list, zip(*rows, strict=True)), strict=True)),
        )


def verdict_sql(decision: str, raw: str, reasoning: str, outcome: str) -> str:
    """SQL for the last columns of `judgements`: decision, raw_decision, reasoning, outcome.

    What a source says of how a judge's call ended holds; where it says nothing, a word that is none
    of the three is unparsable, and no word at all is missing.
    """
    stated_outcome = f"nullif(list_position({texts(o.value for o in Outcome)}, {outcome}), 0)"
    otherwise = f"coalesce({stated_outcome}, 1) > 1"
    return (
        f"CASE WHEN {otherwise} THEN NULL ELSE {decision} END, {raw}, {reasoning}, "
        f"CASE WHEN {otherwise} THEN {outcome} WHEN {decision} IS NOT NULL THEN "
        f"{text(Outcome.ANSWERED)} WHEN {raw} IS NOT NULL THEN {text(Outcome.UNPARSABLE)} "
        f"ELSE {text(Outcome.MISSING)} END"
    )


def drop_others(con: duckdb.DuckDBPyConnection, sources: list[int]) -> dict[tuple[int, str], int]:
    """Drop rows of some sources (runs, which state what they judged word for word) about another
    answer than the one that the study has of that model to that query; gives {(source_no, reason):
    rows}. Call it when the texts are in."""
    if sources:
        con.execute(
            f"UPDATE judged SET reason = {text(OTHER_ANSWER)} FROM numbered n, response_texts t "
            "WHERE judged.scenario = n.scenario AND t.scenario_no = n.scenario_no AND "
            "t.model = judged.model AND t.replicate = 0 AND length(judged.response) > 0 AND "
            f"t.text <> judged.response AND judged.source_no IN ({', '.join(map(str, sources))})"
        )
    return drop_unusable(con)


def _came() -> str:
    """What the source states of a judged answer, else whether there is one."""
    stated = " ".join(f"WHEN '{o}' THEN '{o}'" for o in OUTCOMES)
    there = f"CASE WHEN length(response) > 0 THEN '{Outcome.ANSWERED}' ELSE '{Outcome.MISSING}' END"
    return f"CASE judged.came {stated} ELSE {there} END"


def fill(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `judgements`, and the responses and texts that only the judged rows know."""
    first = f"QUALIFY row_number() OVER (PARTITION BY {{}} ORDER BY {{}}, {ORDER}) = 1"
    empty_answer = first.format("scenario_no, model", "coalesce(length(response), 0) = 0")
    con.execute(
        f"UPDATE responses SET outcome = '{Outcome.ANSWERED}' FROM judged JOIN numbered "
        f"USING (scenario) WHERE responses.outcome = '{Outcome.MISSING}' AND "
        "responses.scenario_no = numbered.scenario_no AND responses.model = judged.model "
        f"AND length(judged.response) > 0 AND {_came()} = '{Outcome.ANSWERED}'"
    )
    con.execute(
        "INSERT INTO responses SELECT scenario_no, model, 0, NULL, NULL, "
        f"{_came()}, "
        "nullif(length(response), 0), NULL FROM judged JOIN numbered USING (scenario) "
        "WHERE NOT EXISTS (SELECT 1 FROM responses r WHERE r.scenario_no = numbered.scenario_no "
        f"AND r.model = judged.model) {empty_answer}"
    )
    con.execute(
        "INSERT INTO response_texts SELECT scenario_no, model, 0, response FROM judged "
        "JOIN numbered USING (scenario) WHERE length(response) > 0 AND NOT EXISTS "
        "(SELECT 1 FROM response_texts t WHERE t.scenario_no = numbered.scenario_no "
        f"AND t.model = judged.model) {empty_answer}"
    )
    for part, kind in (("trace", "reasoning"), ("tools", "tool calls")):
        con.execute(
            f"INSERT INTO asides SELECT scenario_no, model, 0, '{kind}', {part} FROM judged "
            f"JOIN numbered USING (scenario) WHERE length({part}) > 0 AND NOT EXISTS (SELECT 1 "
            "FROM asides a WHERE a.scenario_no = numbered.scenario_no AND a.model = judged.model "
            f"AND a.kind = '{kind}') {first.format('scenario_no, model', '1')}"
        )
    con.execute(
        "INSERT INTO judgements SELECT scenario_no, model, 0, judge, spec, run, "
        f"{verdict_sql('decision', 'raw', 'reasoning', 'outcome')} FROM judged "
        f"JOIN decided USING ({ORDER}) JOIN numbered USING (scenario) "
        "WHERE coalesce(raw, reasoning, outcome) IS NOT NULL "
        f"{first.format(f'scenario_no, model{_KEY}', 'decision IS NULL, raw IS NULL')} "
        f"ORDER BY scenario_no, model{_KEY}"
    )


def given_disagreement(con: duckdb.DuckDBPyConnection, model_set: str) -> None:
    """Where a source states D for a set and there are no positions, keep it, marked `given`."""
    # A stated D is a float: what sits on an edge may have come out a hair below it.
    edges = " ".join(
        f"WHEN d >= {edge - CLOSE!r} THEN {i}"
        for i, edge in reversed(list(enumerate(BIN_EDGES[:-1])))
        if i
    )
    con.execute(
        "CREATE TEMP TABLE given AS SELECT scenario_no, max(given_d) AS d, "
        "count(DISTINCT model) AS models FROM judged JOIN numbered USING (scenario) "
        "WHERE given_d IS NOT NULL AND given_d BETWEEN 0 AND 3 GROUP BY 1"
    )
    con.execute(
        "DELETE FROM disagreement USING given WHERE disagreement.d IS NULL AND "
        f"disagreement.scenario_no = given.scenario_no AND model_set = {text(model_set)}"
    )
    con.execute(
        f"INSERT INTO disagreement SELECT scenario_no, {text(model_set)}, models, 0, 0, 0, 0, d, "
        f"CASE {edges} ELSE 0 END, true FROM given WHERE scenario_no NOT IN "
        f"(SELECT scenario_no FROM disagreement WHERE model_set = {text(model_set)})"
    )
