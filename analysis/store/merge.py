"""Rows that met twice: the same scenario in several splits or files becomes one scenario.

A repeat that says the same (or fills gaps) is merged; one that contradicts the first is rejected.
"First" is by source, file and row, so the outcome does not depend on how many threads read.
"""

import duckdb

from analysis.store.sql import rows
from analysis.store.stage import filled

CONTRADICTS = "same scenario met again with other content"
_ORDER = "source_no, file_no, row_no"


def drop_rejected(con: duckdb.DuckDBPyConnection) -> dict[tuple[int, str], int]:
    """Remove rows that staging marked; give back {(source_no, reason): rows}."""
    found = con.execute(
        "SELECT source_no, reason, count(*) FROM staged WHERE reason IS NOT NULL GROUP BY ALL"
    ).fetchall()
    if found:
        con.execute("DELETE FROM staged WHERE reason IS NOT NULL")
    return {(source, reason): count for source, reason, count in found}


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
        con.execute(f"CREATE TEMP VIEW places AS SELECT scenario, {_ORDER} FROM staged")
        return {}, {}
    _mark_repeats(con, models)
    counted = con.execute(
        "SELECT source_no, count(*) FILTER (agrees), count(*) FILTER (NOT agrees) "
        "FROM repeats GROUP BY 1"
    ).fetchall()
    _fold(con, models)
    merged = {source: yes for source, yes, _ in counted if yes}
    return merged, {source: no for source, _, no in counted if no}


def _mark_repeats(con: duckdb.DuckDBPyConnection, models: int) -> None:
    """Temporary table `repeats`: every row after a scenario's first, and whether it agrees."""
    same = ["a.content_key = b.content_key"]
    same += [f"coalesce(a.p{v}_{i} = b.p{v}_{i}, true)" for i in range(models) for v in (1, 2)]
    con.execute(
        f"CREATE TEMP TABLE ranked AS SELECT scenario, {_ORDER}, row_number() OVER "
        f"(PARTITION BY scenario ORDER BY {_ORDER}) AS place FROM staged "
        "WHERE scenario IN (SELECT scenario FROM staged GROUP BY 1 HAVING count(*) > 1)"
    )
    con.execute(
        f"CREATE TEMP TABLE repeats AS SELECT b.scenario, b.source_no, b.file_no, b.row_no, "
        f"({' AND '.join(same)}) AS agrees FROM staged b "
        f"JOIN ranked rb USING (scenario, {_ORDER}) "
        "JOIN ranked ra ON ra.scenario = b.scenario AND ra.place = 1 "
        "JOIN staged a ON (a.source_no, a.file_no, a.row_no) = "
        "(ra.source_no, ra.file_no, ra.row_no) WHERE rb.place > 1"
    )


def _fold(con: duckdb.DuckDBPyConnection, models: int) -> None:
    """Replace each group of agreeing rows by one that has what any of them has."""
    con.execute(
        "DELETE FROM staged s USING repeats r WHERE NOT r.agrees AND "
        "(s.source_no, s.file_no, s.row_no) = (r.source_no, r.file_no, r.row_no)"
    )
    con.execute(f"CREATE TEMP TABLE places AS SELECT scenario, {_ORDER} FROM staged")
    firsts = (
        "split",
        "generator",
        "value1",
        "value2",
        "nudge",
        "query",
        "content_key",
        "family",
        "reason",
    )
    items = [f"first({c} ORDER BY {_ORDER}) AS {c}" for c in (*firsts, "bad")]
    # Wherever a row of the same scenario knows the rank, it counts.
    items.append(f"first(rank ORDER BY {_ORDER}) FILTER (rank IS NOT NULL) AS rank")
    items += [f"first({c} ORDER BY {_ORDER}) AS {c}" for c in ("source_no", "file_no", "row_no")]
    there = filled(con)
    for i in range(models):
        items += [f"max(p{v}_{i}) AS p{v}_{i}" for v in (1, 2)]
        # Outcomes are numbered with "answered" first: the better one of the two wins.
        items.append(f"min(o_{i}) AS o_{i}")
        items += [f"max({c}) AS {c}" for c in (f"c_{i}", f"l_{i}") if c in there]
    con.execute(
        f"CREATE TEMP TABLE folded AS SELECT scenario, {rows(items)} FROM staged "
        "WHERE scenario IN (SELECT scenario FROM repeats) GROUP BY scenario"
    )
    con.execute("DELETE FROM staged WHERE scenario IN (SELECT scenario FROM folded)")
    con.execute("INSERT INTO staged BY NAME SELECT * FROM folded")
    for table in ("ranked", "folded"):
        con.execute(f"DROP TABLE {table}")
