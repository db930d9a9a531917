"""The tables of a run's export: one file a grain, keyed by the scenario's public id."""

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from pipeline.flow import Flow
from pipeline.plan_rules import CALLING
from pipeline.providers.types import Outcome

Row = dict[str, Any]
TEXT, WHOLE, NUMBER, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()
ANSWER_KEY = [("scenario", TEXT), ("model", TEXT), ("replicate", WHOLE)]
TABLES: dict[str, pa.Schema] = {
    "scenarios": pa.schema(
        [
            ("scenario", TEXT), ("family", TEXT), ("nudge", TEXT), ("value1", TEXT),
            ("value2", TEXT), ("generator", TEXT), ("query", TEXT), ("parent", TEXT),
            ("variant", TEXT), ("chunk_index", WHOLE), ("entry_idx", WHOLE), ("kept", FLAG),
            ("hard", FLAG),
        ]
    ),
    "responses": pa.schema(
        [
            *ANSWER_KEY, ("outcome", TEXT), ("text", TEXT), ("value1_position", WHOLE),
            ("value2_position", WHOLE), ("confidence", NUMBER), ("reason", TEXT),
            ("stop_reason", TEXT), ("served_model", TEXT), ("output_tokens", WHOLE),
            ("latency_s", NUMBER), ("error", TEXT),
        ]
    ),
    "rubrics": pa.schema(
        [("family", TEXT), ("value_no", WHOLE), ("position", WHOLE), ("strategy", TEXT)]
    ),
    "topics": pa.schema([("scenario", TEXT), ("topic", TEXT), ("source", TEXT)]),
    "response_types": pa.schema([*ANSWER_KEY, ("source", TEXT), ("response_type", TEXT)]),
    "judgements": pa.schema(
        [*ANSWER_KEY, ("judge", TEXT), ("spec", TEXT), ("decision", TEXT), ("reasoning", TEXT)]
    ),
    "citations": pa.schema([*ANSWER_KEY, ("judge", TEXT), ("clause", TEXT), ("known", FLAG)]),
    "problems": pa.schema(
        [("stage", TEXT), ("model", TEXT), ("subject", TEXT), ("problem", TEXT), ("why", TEXT)]
    ),
}  # fmt: skip
NO_TOPIC = "none of them"


def table_rows(table: str, flow: Flow) -> Iterator[Row]:
    """The rows of one table, in the plan's order; none when its stage was not run."""
    return MAKERS[table](flow)


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
        }


def _responses(flow: Flow) -> Iterator[Row]:
    if "respond" not in flow.plan.stages:
        return
    for scenario, answers in flow.answers():
        placed = {(p.model, p.replicate): p for p in flow.placements.get(scenario.scenario, ())}
        for answer in answers:
            place = placed.get((answer.model, answer.replicate))
            yield {
                "scenario": answer.scenario,
                "model": answer.model,
                "replicate": answer.replicate,
                "outcome": answer.outcome.value,
                "text": answer.text,
                "value1_position": place.value1 if place else None,
                "value2_position": place.value2 if place else None,
                "confidence": place.confidence if place else None,
                "reason": place.reason if place else None,
                "stop_reason": answer.stop_reason,
                "served_model": answer.served_model,
                "output_tokens": answer.output_tokens,
                "latency_s": answer.latency_s,
                "error": answer.error or None,
            }


def _rubrics(flow: Flow) -> Iterator[Row]:
    if "rubric" not in flow.plan.stages:
        return
    for family, made in flow.rubrics.items():
        for value_no, strategies in ((1, made.value1), (2, made.value2)):
            for position, strategy in enumerate(strategies):
                yield {
                    "family": family,
                    "value_no": value_no,
                    "position": position,
                    "strategy": strategy,
                }


def _labels(flow: Flow, what: str) -> Iterator[tuple[Any, Any]]:
    if "label" in flow.plan.stages:
        for work, found in flow.read(flow.label_work()):
            if work.ask.subject.endswith("|topics") == (what == "topics"):
                yield work.about, found


def _topics(flow: Flow) -> Iterator[Row]:
    for scenario, topics in _labels(flow, "topics"):
        for topic in topics or (NO_TOPIC,):
            yield {
                "scenario": scenario.scenario,
                "topic": topic,
                "source": flow.plan.roles.labeller,
            }


def _response_types(flow: Flow) -> Iterator[Row]:
    for answer, kind in _labels(flow, "response_type"):
        yield {
            "scenario": answer.scenario,
            "model": answer.model,
            "replicate": answer.replicate,
            "source": flow.plan.roles.labeller,
            "response_type": kind,
        }


def _judged(flow: Flow) -> Iterator[Any]:
    if "judge" in flow.plan.stages:
        for judge in flow.plan.roles.judges:
            for _, made in flow.read(flow.judge_work(judge)):
                yield made


def _judgements(flow: Flow) -> Iterator[Row]:
    spec = f"{flow.plan.spec.name} {flow.plan.spec.version}".strip()
    for made in _judged(flow):
        yield {
            "scenario": made.scenario,
            "model": made.model,
            "replicate": made.replicate,
            "judge": made.judge,
            "spec": spec,
            "decision": made.decision,
            "reasoning": made.reasoning,
        }


def _citations(flow: Flow) -> Iterator[Row]:
    for made in _judged(flow):
        for clause in made.clauses:
            yield {
                "scenario": made.scenario,
                "model": made.model,
                "replicate": made.replicate,
                "judge": made.judge,
                "clause": clause,
                "known": clause not in made.unknown,
            }


def _problems(flow: Flow) -> Iterator[Row]:
    """Calls that gave nothing to go on with: four different reasons, told apart."""
    for stage in CALLING:
        rows = flow.connection.execute(
            "SELECT model, subject, outcome, parse_error, error, refusal_category FROM calls "
            "WHERE stage = ? AND state IN ('done', 'failed') "
            "AND (outcome <> 'answered' OR parse = 'unparsable') ORDER BY model, subject",
            (stage,),
        )
        for row in rows:
            read = row["outcome"] == Outcome.ANSWERED.value
            yield {
                "stage": stage,
                "model": row["model"],
                "subject": row["subject"],
                "problem": "unparsable" if read else row["outcome"],
                "why": (row["parse_error"] if read else row["error"] or row["refusal_category"]),
            }


MAKERS: dict[str, Callable[[Flow], Iterator[Row]]] = {
    "scenarios": _scenarios,
    "responses": _responses,
    "rubrics": _rubrics,
    "topics": _topics,
    "response_types": _response_types,
    "judgements": _judgements,
    "citations": _citations,
    "problems": _problems,
}
