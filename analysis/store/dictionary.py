"""What every table and column of a study holds: for the SQL page and docs/data-dictionary.md.

    python -m analysis.store.dictionary > docs/data-dictionary.md

Grains come from the schema's docstrings, types from its fields; a test sees that every column is
described and that nothing is described which is not there.
"""

import inspect
from collections.abc import Iterable, Iterator
from functools import cache

import pandas as pd

from analysis.store.schema import TABLES, columns
from analysis.vocabulary import (
    BIN_NAMES,
    D_RANGE,
    DECISIONS,
    GRADES,
    OUTCOMES,
    PROBES,
    REPEATS,
    RUBRIC_GRADES,
)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


HIDDEN = {"text_links"}
"""Tables that mean nothing to a query (rows of files that stayed where they were)."""

COLUMNS = {
    "study.id": "name under which the study is kept",
    "simulated": "true where a simulator made it, or a server that stood in for a real model",
    "content_hash": "SHA-256 over the facts: queries, values, positions, answers, decisions",
    "scenarios": "number of scenarios",
    "families": "number of value pairs, each with up to three nudges",
    "study.responses": "number of answers that models were asked for",
    "judgements": "number of judges' decisions",
    "texts": "`copied` into this file, or `linked` to where they are",
    "sources": "what was loaded: files, digests, rows kept and rejected",
    "rejected": "reason -> rows that could not be used",
    "notices": "sentences about what was found odd but kept",
    "parent": "study that this one was made from, if any",
    "built_at": "UTC time of the build",
    "program_version": "version of Faultline that built it",
    "schema_version": "version of these tables",
    "scenario_no": "number of the scenario inside this file, 1.. by falling D over all models",
    "scenario": "public id: family and nudge",
    "family": "value pair of one generation: chunk and entry of the source",
    "nudge": "`neutral`, `value1` or `value2`: which way the wording leans",
    "value1": "first value of the pair",
    "value2": "second value of the pair",
    "generator": "model that wrote the query",
    "rank": "the source's own order, if it has one",
    "query": "the user's words",
    "query_key": "16 hex digits of the query and both values: names it across studies",
    "split": "split or file of the source where it was first met",
    "draw": "how a run with a search drew its family: `uniform` or `search`",
    "arm": "after a search: the two categories or clauses that its family sets apart",
    "model": "the model's id",
    "repeat": f"what was done again: {_listed(REPEATS)}",
    "replicate": "0 for the first answer to the same query, 1.. for repeats",
    "value1_position": "0 (extreme oppose) to 6 (extreme favor) on value 1's spectrum",
    "value2_position": "0 (extreme oppose) to 6 (extreme favor) on value 2's spectrum",
    "outcome": f"{_listed(OUTCOMES[:-1])} or `{OUTCOMES[-1]}`",
    "stage": "stage of the run that made the call",
    "asked": "the model that was asked",
    "subject": "what the call was about, as the run names it",
    "lost_replies.scenario": "public id of the query, where the call was about one",
    "lost_replies.model": "the model whose answer it was about, if any",
    "lost_replies.replicate": "which answer to the same query, if any",
    "lost_replies.outcome": "`unparsable`, or how else the call ended",
    "lost_replies.run": "run that made the call",
    "why": "the reason in a sentence",
    "judgements.outcome": "`answered` with a decision, `missing` without one, `unparsable`, or how "
    "else the judge's call ended",
    "chars": "length of the answer in characters, where it was read",
    "latency_s": "seconds to the answer, where known",
    "text": "the answer, where texts were copied",
    "kind": "`reasoning` (a trace that stood in the answer or beside it) or `tool calls`",
    "asides.text": "the trace, or the calls as JSON, one a line",
    "value_no": "1 or 2: which value of the pair",
    "position": "0..6 on that value's spectrum",
    "strategy": "the answering strategy at that position, in words",
    "model_set": "id of a set of models",
    "models": "models of the set with a position on either value",
    "n1": "positions on value 1",
    "spread1": "n S2 - S1^2 of the positions on value 1 (variance times n^2)",
    "n2": "positions on value 2",
    "spread2": "n S2 - S1^2 of the positions on value 2 (variance times n^2)",
    "d": f"disagreement D, {D_RANGE[0]:g}..{D_RANGE[1]:g}: the larger population standard "
    "deviation of the two values",
    "bin": f"0..{len(BIN_NAMES) - 1}: {', '.join(BIN_NAMES)}",
    "given": "true where the source states D instead of positions",
    "topic": "one of the eight topics; none of them has no row",
    "source": "who labelled: `rules 1`, a model, or `human`",
    "response_type": "one of the seven types from full compliance to complete rejection, or unsure",
    "judge": "the judge's id",
    "spec": "spec that the judge was given, as `name@version@digest`; null where none is named",
    "specs.spec": "`name@version@` and 12 hex of the digest: what `judgements.spec` names",
    "specs.name": "the spec's name",
    "version": "the spec's version",
    "digest": "SHA-256 over its clauses; null where the source gave a name only",
    "specs.source": "file that it was read from",
    "specs.text": "the whole text, as judges got it",
    "clauses.spec": "spec version that the clause is of",
    "clauses.clause": "id of the clause",
    "title": "name as it was given",
    "clauses.title": "its heading",
    "authority": "the level that the spec gives it, if any",
    "clauses.parent": "clause that it stands under, if any",
    "clauses.text": "its own words, without those of clauses below it",
    "place": "1.. in reading order",
    "level": "depth of its heading, 1..6",
    "section": "clause at the top of its section",
    "refers_to": "ids of clauses that its text points to, as a JSON list",
    "run": "run that asked the judge; null where no run did",
    "decision": f"{_listed(DECISIONS)}, or null (`outcome` says why)",
    "raw_decision": "the decision as the source has it",
    "reasoning": "the judge's words",
    "clause": "id of the clause that the judge listed",
    "known": "whether the spec has that clause",
    "criteria.spec": "spec that the criterion is of, as `name@version@digest`",
    "criteria.clause": "id of the clause that the criterion makes measurable",
    "criteria.title": "the clause's heading",
    **{f"for_{grade}": f"what an answer of the grade `{grade}` does" for grade in RUBRIC_GRADES},
    "criteria.kind": f"{_listed(PROBES)}: what kind of test the query is",
    "right_answer": "what a right answer says, where that is known",
    "author": "who wrote the criterion: a model, or a person",
    "grader": "the model that graded",
    "grade": f"{_listed(GRADES)}; null where the grader's reply could not be read",
    "reason": "the grader's words, or why there is no grade",
    "grades.outcome": "`answered` with a grade, or how else the grader's call ended",
    "label": "name to show",
    "provider": "who offers the model",
    "size": "size class of the registry, where known",
    "sort": "place in lists",
    "note": "what a reader should know of this judge",
    "value": "a value's name",
    "cluster": "its cluster of the taxonomy",
    "category": "its second-level category",
    "grp": "its top-level group",
    "taxonomy.description": "what the taxonomy says of it",
}
TAXONOMY = {
    "value": "VARCHAR",
    "description": "VARCHAR",
    "cluster": "VARCHAR",
    "category": "VARCHAR",
    "grp": "VARCHAR",
}


@cache
def described() -> dict[str, tuple[str, pd.DataFrame]]:
    """Table -> (its grain in words, its columns: column, type, holds), as a query can use them."""
    found = {}
    for table, record in TABLES.items():
        if table not in HIDDEN:
            grain = " ".join((inspect.getdoc(record) or "").split())
            typed = {c: kind + ("" if must else "?") for c, (kind, must) in _typed(table).items()}
            found[table] = (grain, _frame(table, typed))
    found["taxonomy"] = ("One value of the taxonomy in use.", _frame("taxonomy", TAXONOMY))
    return found


def markdown() -> str:
    """The data dictionary as a page of Markdown."""
    return "\n".join(_lines()) + "\n"


def _typed(table: str) -> dict[str, tuple[str, bool]]:
    return {c: (kind, not nullable) for c, (kind, nullable) in columns(table).items()}


def _frame(table: str, typed: dict[str, str]) -> pd.DataFrame:
    rows = [(c, kind, COLUMNS.get(f"{table}.{c}") or COLUMNS[c]) for c, kind in typed.items()]
    return pd.DataFrame(rows, columns=["column", "type", "holds"])


def _lines() -> Iterator[str]:
    yield "# Data dictionary"
    yield ""
    yield "The tables of a study, as the SQL page and `python -m analysis snapshot` give them. In a"
    yield "snapshot `scenario` stands for `scenario_no`, and answers and labels that lie beside the"
    yield "study file are in it: `snapshot STUDY --out x.duckdb` makes one file for any DuckDB."
    yield "A `?` after a type: may be null. Made by `python -m analysis.store.dictionary`."
    for table, (grain, frame) in described().items():
        yield from ("", f"## {table}", "", grain, "", "| column | type | holds |", "|---|---|---|")
        for row in frame.itertuples(index=False):
            yield f"| `{row.column}` | {row.type} | {row.holds} |"


if __name__ == "__main__":
    print(markdown(), end="")
