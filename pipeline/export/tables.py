"""The tables of a run's export: one file a grain, keyed by the scenario's public id.

Each stage says which tables it adds; those of the whole run are its queries and the calls that
gave nothing to go on with.
"""

from collections.abc import Collection, Iterator

import pyarrow as pa

from analysis.vocabulary import Outcome
from pipeline.run.flow import Flow
from pipeline.stage_spec import ANSWER_KEY, Row
from pipeline.stages import CALLING, STAGES

TYPES = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    list: pa.list_(pa.string()),
}
SCENARIOS = (
    ("scenario", str),
    ("family", str),
    ("nudge", str),
    ("value1", str),
    ("value2", str),
    ("generator", str),
    ("query", str),
    ("parent", str),
    ("variant", str),
    ("chunk_index", int),
    ("entry_idx", int),
    ("kept", bool),
    ("hard", bool),
)
DRAWN = (("draw", str), ("arm", str))
"""Columns of the queries of a run with a search, and of a study with one."""
PROBLEMS = (
    ("stage", str),
    ("model", str),
    ("subject", str),
    ("problem", str),
    ("why", str),
    ("scenario", str),
    ("answer_model", str),
    ("replicate", int),
)


def tables(flow: Flow) -> Iterator[tuple[str, pa.Schema, Iterator[Row]]]:
    """(name, schema, rows in the plan's order) of every table; no rows where its stage was not
    run."""
    drawn = DRAWN if is_drawn(flow) else ()
    yield "scenarios", schema((*SCENARIOS, *drawn)), _scenarios(flow)
    for stage in STAGES:
        for name, table in stage.tables.items():
            rows = table.rows(flow) if stage.name in flow.plan.stages else iter(())
            if set(ANSWER_KEY) <= set(table.columns):
                rows = _of_answers(flow, rows)
            yield name, schema(table.columns), rows
    yield "problems", schema(PROBLEMS), _problems(flow)


def _of_answers(flow: Flow, rows: Iterator[Row]) -> Iterator[Row]:
    """Rows about answers, without those about answers of another model than the one asked."""
    out = flow.left.answer
    return (row for row in rows if not out(row["scenario"], row["model"], row["replicate"]))


def schema(columns: tuple[tuple[str, type], ...]) -> pa.Schema:
    return pa.schema([(name, TYPES[kind]) for name, kind in columns])


def is_drawn(flow: Flow) -> bool:
    """Whether the queries say how they were drawn."""
    return any(scenario.draw for scenario in flow.candidates)


def _scenarios(flow: Flow) -> Iterator[Row]:
    kept = {scenario.scenario for scenario in flow.scenarios}
    hard = {scenario.scenario for scenario in flow.hard}
    for s in flow.candidates:
        yield {
            "scenario": s.scenario,
            "family": s.family,
            "nudge": s.nudge,
            "value1": s.value1,
            "value2": s.value2,
            "generator": s.generator,
            "query": s.query,
            "parent": s.parent or None,
            "variant": s.variant or None,
            "chunk_index": s.chunk_index,
            "entry_idx": s.entry_idx,
            "kept": s.scenario in kept,
            "hard": s.scenario in hard,
            "draw": s.draw or None,
            "arm": s.arm or None,
        }


def _problems(flow: Flow) -> Iterator[Row]:
    """Calls that gave nothing to go on with: four different reasons, told apart. `scenario`,
    `answer_model` and `replicate` say which query or answer a call was about, if any."""
    queries = {scenario.scenario for scenario in flow.candidates}
    for stage in CALLING:
        rows = flow.connection.execute(
            "SELECT model, subject, outcome, parse_error, error, refusal_category FROM calls "
            "WHERE stage = ? AND state IN ('done', 'failed') "
            f"AND (outcome <> '{Outcome.ANSWERED}' OR parse = '{Outcome.UNPARSABLE}') "
            "ORDER BY model, subject",
            (stage,),
        )
        for row in rows:
            read = row["outcome"] == Outcome.ANSWERED.value
            yield {
                "stage": stage,
                "model": row["model"],
                "subject": row["subject"],
                "problem": Outcome.UNPARSABLE.value if read else row["outcome"],
                "why": (row["parse_error"] if read else row["error"] or row["refusal_category"]),
                **_about(row["subject"], queries),
            }


def _about(subject: str, queries: Collection[str]) -> Row:
    """The query, and the answer to it, that a call's subject names."""
    scenario, _, answer = subject.partition("|")
    model, _, nth = answer.rpartition("#")
    if not answer:  # a call for an answer names no model: it is the one that was asked
        scenario, _, nth = scenario.partition("#")
    return {
        "scenario": scenario if scenario in queries else None,
        "answer_model": model or None,
        "replicate": int(nth) if nth.isdecimal() else None,
    }
