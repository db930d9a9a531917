"""Rows that met twice: the same scenario in several splits or files becomes one scenario.

A repeat that says the same (or fills gaps) is merged; one that contradicts what the rows before it
say, in a position or in an answer that is read, is rejected and counted as a conflict. "Before" is
by source, file and row, so the outcome does not depend on how many threads read.
"""

import duckdb

from analysis.store.build.stage import filled
from analysis.store.sql import joined, rows
from analysis.vocabulary import OUTCOMES, Outcome

CONTRADICTS = "same scenario met again with other content"
ORDER = "source_no, file_no, row_no"
"""What comes before what, of rows that met twice."""
_ROUNDS = 12
_FACTS = (
    "split, generator, value1, value2, nudge, query, draw, arm, content_key, family, reason, rank, "
    "bad, gaps"
)


def drop_rejected(con: duckdb.DuckDBPyConnection) -> dict[tuple[int, str], int]:
    """Remove rows that staging marked; give back {(source_no, reason): rows}."""
    found = con.execute(
        "SELECT source_no, reason, count(*) FROM staged WHERE reason IS NOT NULL GROUP BY ALL"
    ).fetchall()
    if found:
        con.execute("DELETE FROM staged WHERE reason IS NOT NULL")
    return {(source, reason): count for source, reason, count in found}


def gaps(con: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """{source_no: cells that say in words that nothing is there}, also of rows not usable."""
    return dict(
        con.execute(
            "SELECT source_no, sum(gaps)::BIGINT FROM staged GROUP BY 1 HAVING sum(gaps) > 0"
        ).fetchall()
    )


def bad_positions(con: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """{source_no: cells that hold something which is no position}; the row itself is kept."""
    return dict(
        con.execute(
            "SELECT source_no, sum(bad)::BIGINT FROM staged GROUP BY 1 HAVING sum(bad) > 0"
        ).fetchall()
    )


def repeats(con: duckdb.DuckDBPyConnection, models: int) -> tuple[dict[int, int], dict[int, int]]:
    """Merge repeats into the first row of their scenario.

    Gives ({source_no: merged rows}, {source_no: contradicting rows}). Leaves every surviving
    row's place in the temporary table `places` (scenario, source_no, file_no, row_no).
    """
    total, distinct = con.execute(
        "SELECT count(*), count(DISTINCT scenario) FROM staged"
    ).fetchall()[0]
    if total == distinct:
        con.execute(f"CREATE TEMP VIEW places AS SELECT scenario, {ORDER} FROM staged")
        return {}, {}
    _mark_repeats(con, models)
    counted = con.execute(
        "SELECT source_no, count(*) FILTER (agrees), count(*) FILTER (NOT agrees) "
        "FROM repeated_rows GROUP BY 1"
    ).fetchall()
    _fold(con, models)
    merged = {source: yes for source, yes, _ in counted if yes}
    return merged, {source: no for source, _, no in counted if no}


def _mark_repeats(con: duckdb.DuckDBPyConnection, models: int) -> None:
    """Temporary table `repeated_rows`: every row after a scenario's first, and whether it agrees.

    In rounds, since a row that is rejected bars no later one. One round more than contradictions
    in any one scenario is enough; after `_ROUNDS` every row that still contradicts is rejected.
    """
    there = filled(con)
    cells = [f"p{v}_{i}" for i in range(models) for v in (1, 2)]
    cells += [h for i in range(models) if (h := f"h_{i}") in there]
    same = ["about = first(about) OVER w"]
    about = (
        f"md5({' || chr(31) || '.join(joined(c) for c in ('query', 'value1', 'value2'))}) AS about"
    )
    same += [f"coalesce({c} = first({c} IGNORE NULLS) OVER w, true)" for c in cells]
    con.execute(
        f"CREATE TEMP TABLE again AS SELECT scenario, {ORDER}, row_number() OVER (PARTITION BY "
        f"scenario ORDER BY {ORDER}) AS place, {', '.join([about, *cells])} FROM staged "
        "WHERE scenario IN (SELECT scenario FROM staged GROUP BY 1 HAVING count(*) > 1)"
    )
    con.execute(
        "CREATE TEMP TABLE repeated_rows AS SELECT scenario, place, source_no, file_no, row_no, "
        "true AS agrees FROM again WHERE place > 1"
    )
    for left in reversed(range(_ROUNDS)):
        con.execute(
            "CREATE OR REPLACE TEMP TABLE wrong AS SELECT scenario, place FROM (SELECT scenario, "
            f"place, ({' AND '.join(same)}) AS agrees FROM again WINDOW w AS "
            "(PARTITION BY scenario ORDER BY place)) WHERE NOT agrees "
            + ("QUALIFY place = min(place) OVER (PARTITION BY scenario)" if left else "")
        )
        if not con.execute("SELECT 1 FROM wrong LIMIT 1").fetchall():
            break
        found = "FROM wrong w WHERE (w.scenario, w.place) = ({0}.scenario, {0}.place)"
        con.execute(f"UPDATE repeated_rows SET agrees = false {found.format('repeated_rows')}")
        con.execute(f"DELETE FROM again USING {found.format('again').removeprefix('FROM ')}")


def _fold(con: duckdb.DuckDBPyConnection, models: int) -> None:
    """Replace each group of agreeing rows by one that has what any of them has."""
    con.execute(
        "DELETE FROM staged s USING repeated_rows r WHERE NOT r.agrees AND "
        "(s.source_no, s.file_no, s.row_no) = (r.source_no, r.file_no, r.row_no)"
    )
    con.execute(f"CREATE TEMP TABLE places AS SELECT scenario, {ORDER} FROM staged")
    items = [f"first({c} ORDER BY {ORDER}) AS {c}" for c in ORDER.split(", ")]
    # What the first row leaves open, any later one may say.
    items += [
        f"first({c} ORDER BY {ORDER}) FILTER ({c} IS NOT NULL) AS {c}" for c in _FACTS.split(", ")
    ]
    there = filled(con)
    for i in range(models):
        items += [f"max(p{v}_{i}) AS p{v}_{i}" for v in (1, 2)]
        # Outcomes are numbered with "answered" first: the better one of the two wins, and any of
        # them says more than that there is none.
        outcome_sql = f"min(o_{i}) FILTER (o_{i} <> {OUTCOMES.index(Outcome.MISSING)})"
        items.append(f"coalesce({outcome_sql}, min(o_{i})) AS o_{i}")
        items += [f"max({c}) AS {c}" for c in (f"c_{i}", f"h_{i}", f"l_{i}") if c in there]
    con.execute(
        f"CREATE TEMP TABLE folded AS SELECT scenario, {rows(items)} FROM staged "
        "WHERE scenario IN (SELECT scenario FROM repeated_rows) GROUP BY scenario"
    )
    con.execute("DELETE FROM staged WHERE scenario IN (SELECT scenario FROM folded)")
    con.execute("INSERT INTO staged BY NAME SELECT * FROM folded")
    for table in ("again", "wrong", "folded"):
        con.execute(f"DROP TABLE {table}")
