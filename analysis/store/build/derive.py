"""From staged rows to a study's tables: numbering, responses, disagreement.

All in the wide form, where the twelve positions of a scenario stand in one row: sums over models
are then plain column arithmetic, and no group-by over millions of responses is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from analysis.store.build.stage import filled
from analysis.store.disagreement_sql import D_SQL, bin_sql, d_sql, spread_sql
from analysis.store.sql import rows, text, texts
from analysis.vocabulary import OUTCOMES


@dataclass(frozen=True)
class SetOfModels:
    """A model set of this build: its id, label and the models' indexes in `staged`."""

    id: str
    label: str
    indexes: tuple[int, ...]


def moments(value: int, indexes: Sequence[int]) -> tuple[str, str]:
    """SQL for n and for n S2 - S1^2 of one value's positions over some models."""
    columns = [f"p{value}_{i}" for i in indexes]
    n = " + ".join(f"({c} IS NOT NULL)::INTEGER" for c in columns)
    s1 = " + ".join(f"coalesce({c}, 0)::INTEGER" for c in columns)
    s2 = " + ".join(f"coalesce({c}::INTEGER * {c}, 0)" for c in columns)
    return f"({n})", spread_sql(n, s1, s2)


def number(con: duckdb.DuckDBPyConnection, models: int) -> None:
    """Number the scenarios by falling D over all models, then by id.

    Makes two temporary tables: `numbered` (scenario_no, scenario, place: the row in `staged`) and
    `cells` (scenario_no and everything per model, without the texts, in that order).
    """
    everyone = range(models)
    n1, spread1 = moments(1, everyone) if models else ("0", "0")
    n2, spread2 = moments(2, everyone) if models else ("0", "0")
    # D^2 as an exact fraction would need big integers; sqrt of equal integers is equal, so ties
    # stay ties and the id decides.
    con.execute(
        "CREATE TEMP TABLE numbered AS SELECT row_number() OVER "
        f"(ORDER BY {d_sql(n1, spread1, n2, spread2)} DESC NULLS LAST, scenario)::INTEGER "
        "AS scenario_no, scenario, rowid AS place FROM staged"
    )
    con.execute(
        "CREATE TEMP TABLE cells AS SELECT n.scenario_no, "
        "s.* EXCLUDE (source_no, file_no, row_no, split, rank, generator, value1, value2, nudge, "
        "query, draw, arm, content_key, family, scenario, reason, bad, gaps) "
        "FROM staged s JOIN numbered n ON n.place = s.rowid ORDER BY n.scenario_no"
    )


def scenarios(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `scenarios` in the order of its numbers."""
    con.execute(
        "INSERT INTO scenarios SELECT scenario_no, s.scenario, family, nudge, value1, value2, "
        "generator, rank, query, substr(content_key, 1, 16), split, draw, arm "
        "FROM staged s JOIN numbered n ON n.place = s.rowid ORDER BY scenario_no"
    )


def responses(con: duckdb.DuckDBPyConnection, models: Sequence[str]) -> None:
    """Fill `responses`: one row a scenario and model that the source has a column for."""
    if not models:
        return

    there = filled(con)

    def listed(letter: str) -> str:
        cells = [f"{letter}_{i}" for i in range(len(models))]
        if there.isdisjoint(cells):
            return "NULL"
        return f"unnest([{', '.join(c if c in there else 'NULL' for c in cells)}])"

    con.execute(
        "INSERT INTO responses SELECT scenario_no, model, 0, v1, v2, "
        f"({texts(str(o) for o in OUTCOMES)})[o + 1], chars, latency_s FROM (SELECT scenario_no, "
        f"unnest({texts(models)}) AS model, {listed('p1')} AS v1, {listed('p2')} AS v2, "
        f"{listed('o')} AS o, {listed('c')} AS chars, {listed('l')} AS latency_s FROM cells) "
        "WHERE o IS NOT NULL"
    )


def disagreement(con: duckdb.DuckDBPyConnection, sets: Sequence[SetOfModels]) -> None:
    """Fill `disagreement`, one row a scenario and model set."""
    for model_set in sets:
        n1, spread1 = moments(1, model_set.indexes)
        n2, spread2 = moments(2, model_set.indexes)
        either = " + ".join(
            f"(p1_{i} IS NOT NULL OR p2_{i} IS NOT NULL)::INTEGER" for i in model_set.indexes
        )
        sums = [
            "scenario_no",
            f"{text(model_set.id)} AS model_set",
            f"{either} AS models",
            f"{n1} AS n1",
            f"{spread1} AS spread1",
            f"{n2} AS n2",
            f"{spread2} AS spread2",
        ]
        with_d = f"SELECT *, {D_SQL} AS d, false AS given FROM (SELECT {rows(sums)} FROM cells)"
        con.execute(
            "INSERT INTO disagreement SELECT scenario_no, model_set, models, n1, spread1, "
            f"n2, spread2, d, {bin_sql()}, given FROM ({with_d})"
        )
