"""The content hash: what a study says, not when, where or in which file it was built.

Covered: queries, values, positions, repeats, outcomes, answers, decisions, rubrics,
labels, criteria and grades.
Linked texts count through the SHA-256 of their files. Not covered: times, costs, ids of runs,
paths, titles.
Rows are hashed one by one and combined by xor, so order and thread count do not matter; every
row holds its own key, so no two rows of a table are the same and none cancels another.
"""

import hashlib
from collections.abc import Sequence

import duckdb

from analysis.store.build.sources import as_json
from analysis.store.schema import VERDICTS
from analysis.vocabulary import RUBRIC_GRADES

_SEP = "chr(31)"
_FACTS = {
    # An outcome counts only where it is all there is: what was loaded before it keeps its hash.
    "judgements": "scenario, model, replicate, judge, raw_decision, CASE WHEN raw_decision IS NULL "
    "AND reasoning IS NULL THEN outcome ELSE reasoning END, spec, nth",
    "response_texts": "scenario, model, replicate, text",
    "rubrics": "scenario, value_no, position, strategy",
    "topics": "scenario, topic, source",
    "response_types": "scenario, model, replicate, source, response_type",
    "citations": "scenario, model, replicate, judge, clause, spec, nth",
}

_IF_ANY = {
    "repeats": "scenario, repeat, model, value1_position, value2_position",
    "criteria": "scenario, spec, clause, title, kind, right_answer, "
    + ", ".join(f"for_{grade}" for grade in RUBRIC_GRADES),
    "grades": "scenario, model, replicate, grader, grade, reason",
}
"""Studies without such rows keep the hash that they had before there were such tables."""
_DRAWN = "scenario, draw, arm"
_IF_NAMED = ("spec", "nth")
"""Counts where it is there and adds nothing where it is not: studies built before it was kept, from
sources that name none, have the hash that they had. `nth`: of several runs that asked one judge the
same, since two verdicts that say the same are still two; ids of runs are no facts, their order is.
"""


def content_hash(
    con: duckdb.DuckDBPyConnection,
    models: Sequence[str],
    digests: Sequence[str],
    *,
    further_answers: bool = False,
) -> str:
    """SHA-256 (64 hex) over the study that `con` is building; `digests` are of linked files.

    `further_answers`: a run's table added responses that the staged rows do not hold.
    """
    parts = {"models": list(models), "linked": sorted(digests), "scenarios": _wide(con, models)}
    for table, columns in _FACTS.items():
        parts[table] = _rows(con, table, columns)
    parts["responses"] = (
        _rows(
            con,
            "responses",
            "scenario, model, replicate, value1_position, value2_position, outcome",
        )
        if further_answers or _has_extra_responses(con)
        else "as staged"
    )
    parts["given"] = _rows(
        con, "(SELECT * FROM disagreement WHERE given)", "scenario, model_set, d"
    )
    drawn = _rows(con, "(SELECT scenario_no, draw, arm FROM scenarios WHERE draw <> '')", _DRAWN)
    if not drawn.startswith("0:"):
        parts["drawn"] = drawn
    for table, columns in _IF_ANY.items():
        rows = _rows(con, table, columns)
        if not rows.startswith("0:"):
            parts[table] = rows
    return hashlib.sha256(as_json(parts).encode()).hexdigest()


def _wide(con: duckdb.DuckDBPyConnection, models: Sequence[str]) -> str:
    """Scenarios with all their positions and outcomes, straight from the staged rows."""
    everyone = range(len(models))
    digits = [f"p{v}_{i}" for i in everyone for v in (1, 2)] + [f"o_{i}" for i in everyone]
    facts = [f"coalesce({c}, chr(30))" for c in ("scenario", "content_key", "nudge", "generator")]
    row = f", {_SEP}, ".join([*facts, *([_joined(digits)] if models else [])])
    return _xor(con, "staged", f"md5_number(concat({row}))")


def _joined(columns: Sequence[str]) -> str:
    """One-digit columns (0..8) as one text, a digit each and `-` for null.

    Summed up as numbers of 18 digits, since a text per cell took a third of a second more.
    """
    numbers = [
        " + ".join(
            f"coalesce({c}, 9)::BIGINT * {10**place}" for place, c in enumerate(reversed(group))
        )
        for group in (columns[k : k + 18] for k in range(0, len(columns), 18))
    ]
    widths = [min(18, len(columns) - k) for k in range(0, len(columns), 18)]
    texts = [f"substr(({10**w} + {n})::VARCHAR, 2)" for n, w in zip(numbers, widths, strict=True)]
    return f"replace(concat({', '.join(texts)}), '9', '-')"


def _rows(con: duckdb.DuckDBPyConnection, table: str, columns: str) -> str:
    names = [c.strip() for c in columns.split(",")]
    cells = f" || {_SEP} || ".join(
        f"coalesce({c}::VARCHAR, chr(30))" for c in names if c not in _IF_NAMED
    )
    for c in (c for c in _IF_NAMED if c in names):
        cells += f" || coalesce({_SEP} || {c}, '')"
    relation = _with_nth(table) if table in VERDICTS else table
    return _xor(con, f"{relation} AS t JOIN numbered USING (scenario_no)", f"md5_number({cells})")


def _with_nth(table: str) -> str:
    nth = (
        "dense_rank() OVER (PARTITION BY scenario_no, model, replicate, judge, spec "
        "ORDER BY run NULLS FIRST)"
    )
    return f"(SELECT *, nullif({nth}, 1) AS nth FROM {table})"


def _xor(con: duckdb.DuckDBPyConnection, relation: str, hashed: str) -> str:
    count, xor = con.execute(f"SELECT count(*), bit_xor({hashed}) FROM {relation}").fetchall()[0]
    return f"{count}:{xor}"


def _has_extra_responses(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether judged rows added responses that the staged table does not hold."""
    extra = con.execute("SELECT count(*) FROM judged").fetchall()
    return bool(extra[0][0])
