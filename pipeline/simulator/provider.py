"""The simulator behind the `Provider` protocol: reads a stage's prompt, answers as its persona.

`answer` takes a request and gives a reply, so the loopback server can speak with the same voices.
What a prompt is about is told by the fields of its schema; the texts stand in its delimited
blocks. A model name that is no persona (a real one, asked through the loopback server) is played
by one of them, always the same.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from analysis.parse.specs.spec import parse_spec
from analysis.vocabulary import NUDGES, Outcome, Perturbation
from pipeline.prompting import blocks
from pipeline.providers.types import ChatRequest, Reply, Rung
from pipeline.simulator import criteria as sim_criteria
from pipeline.simulator import repairs
from pipeline.simulator import simulator as sim
from pipeline.simulator.personas import APART, USUAL, cast

CHANGE = re.compile(r"Change to make: (\w+)")
KINDS: dict[str, str] = {
    Perturbation.AMBIGUITY: "context"
}  # what the simulator's own texts call a kind of variant
SPOKEN = re.compile(r"JSON schema:\n(\{.*\})", re.DOTALL)
EACH = re.compile(r"write (\d+) requests")
ANSWER = re.compile(r"answer_(\d+)")


class SimProvider:
    """In process: no network, no key, no cost. `seconds` slows each call, to watch a run."""

    name = "sim"
    base_url = ""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds

    async def send(self, request: ChatRequest) -> Reply:
        if self.seconds > 0:
            await asyncio.sleep(self.seconds)
        return answer(request)

    async def aclose(self) -> None:
        return


def answer(request: ChatRequest) -> Reply:
    """What the persona named by the request says; the same request gets the same reply."""
    asked = request.messages[-1].content
    fields = _fields_asked(request)
    if fields is None:
        return _query_answered(request, asked)
    speak = SPEAKERS.get(fields)
    told = speak(request, blocks(asked), asked) if speak is not None else {}
    return _reply(request, json.dumps(told, ensure_ascii=False), Rung.SCHEMA)


def said(request: ChatRequest) -> str | Reply:
    """The same for the loopback server: a text where there is one, so that faults can cut it."""
    reply = answer(request)
    return reply.text if reply.outcome is Outcome.ANSWERED else reply


def _fields_asked(request: ChatRequest) -> frozenset[str] | None:
    """The fields of the schema asked for, also where it is only spoken of; None without one."""
    if request.schema is not None:
        return frozenset(request.schema.body.get("properties", ()))
    # The chat format has one system text, which the loopback server takes for a prefix.
    for text in (request.system, request.cached_prefix, request.messages[-1].content):
        if found := SPOKEN.search(text):
            try:
                return frozenset(json.loads(found[1]).get("properties", ()))
            except ValueError:
                continue
    return None


def _query_answered(request: ChatRequest, query: str) -> Reply:
    model, landscape = _landscape(request.model)
    told = sim.answer(_persona(model, sim.models()), query, request.key(""), landscape)
    reply = _reply(request, told.text, Rung.NONE)
    refused = told.outcome.value == Outcome.API_REFUSAL.value
    return Reply(
        outcome=Outcome.API_REFUSAL if refused else Outcome.ANSWERED,
        text=told.text,
        raw=reply.raw,
        stop_reason="refusal" if refused else "end_turn",
        refusal_category="simulated" if refused else "",
        served_model=request.model,
        input_tokens=reply.input_tokens,
        output_tokens=told.output_tokens,
        latency_s=told.latency_s,
    )


def _reply(request: ChatRequest, text: str, rung: Rung) -> Reply:
    size = sum(len(message.content) for message in request.messages) + len(request.system)
    return Reply(
        outcome=Outcome.ANSWERED,
        text=text,
        raw=text,
        stop_reason="end_turn",
        served_model=request.model,
        input_tokens=(size + len(request.cached_prefix)) // 4,
        output_tokens=len(text) // 4,
        rung=rung,
    )


def _landscape(name: str) -> tuple[str, str]:
    """(model, landscape) of a name such as "aster_large+pockets"."""
    model, apart, landscape = name.partition(APART)
    return (model, landscape) if apart and landscape in cast().landscapes else (name, USUAL)


@lru_cache(maxsize=256)
def _persona(name: str, voices: tuple[str, ...]) -> str:
    if name in voices:
        return name
    digest = hashlib.sha256(name.encode()).digest()
    return voices[digest[0] % len(voices)]


def _queries(request: ChatRequest, told: Mapping[str, str], asked: str) -> dict[str, str]:
    writer = _persona(request.model, cast().generators)
    seed = int(request.key("")[:12], 16)
    first, second = told["value1"], told["value2"]
    return {nudge: sim.make_query(first, second, nudge, seed, generator=writer) for nudge in NUDGES}


def _variant(request: ChatRequest, told: Mapping[str, str], asked: str) -> dict[str, str]:
    found = CHANGE.search(asked)
    kind = found[1] if found else "wording"
    return {"query": sim.perturb(told["query"], KINDS.get(kind, kind), request.key(""))}


def _rubric(request: ChatRequest, told: Mapping[str, str], asked: str) -> dict[str, Sequence[str]]:
    again = str(request.replicate) if request.replicate else ""  # a second rubric in other words
    return {
        "value1_spectrum": sim.rubric(told["value1"], again),
        "value2_spectrum": sim.rubric(told["value2"], again),
    }


def _positions(request: ChatRequest, told: Mapping[str, str], asked: str) -> dict[str, Any]:
    context = sim.context_of(told["query"])
    numbered = {found[1]: text for name, text in told.items() if (found := ANSWER.fullmatch(name))}
    placements = []
    key = request.key("")
    for number, text in numbered.items():
        read = sim.positions(context, text, told["value1"], told["value2"])
        first, second = (
            sim.placed(position, text, told[value], told[f"{value}_spectrum"], request.model, key)
            for position, value in zip(read, ("value1", "value2"), strict=True)
        )
        reason = f"It comes closest to strategy {first} on the first and {second} on the second."
        placed = {"answer": number, "reason": reason, "value1": first, "value2": second}
        placements.append({**placed, "confidence": 0.9})
    return {"placements": placements}


def _topics(request: ChatRequest, told: Mapping[str, str], asked: str) -> dict[str, Sequence[str]]:
    return {"topics": sim.label_topics(told["query"])}


def _response_type(request: ChatRequest, told: Mapping[str, str], asked: str) -> dict[str, str]:
    label = sim.label_type(told["query"], told["answer"])
    return {"reason": "Read from how the answer opens.", "response_type": label}


def _judgement(request: ChatRequest, told: Mapping[str, str], asked: str) -> dict[str, Any]:
    judge = _persona(request.model, sim.judges())
    clauses = _clauses(request.cached_prefix + request.system)
    verdict = sim.judge(judge, told["query"], told["answer"], clauses, request.key(""))
    given = {} if verdict.decision is None else {"decision": verdict.decision}
    return {"reasoning": verdict.reasoning, "clauses": verdict.clauses, **given}


def _criterion(request: ChatRequest, told: Mapping[str, str], asked: str) -> dict[str, Any]:
    found = EACH.search(asked)
    return sim_criteria.draft(told["clause"], int(found[1]) if found else 1, request.key(""))


def _proposed(request: ChatRequest, told: Mapping[str, str], asked: str) -> dict[str, Any]:
    return {"proposals": repairs.propose(told["clause"])}


def _graded(request: ChatRequest, told: Mapping[str, str], asked: str) -> dict[str, str]:
    grade = sim_criteria.grade(told["criterion"], told["query"], told["answer"])
    return {"reason": sim_criteria.REASONS[grade], "grade": grade}


@dataclass(frozen=True)
class _Clause:
    anchor: str
    title: str
    text: str


@lru_cache(maxsize=4)
def _clauses(prefix: str) -> tuple[_Clause, ...]:
    """The clauses of the spec that a judge was given: its list of anchors, with their texts."""
    told = blocks(prefix)
    if not {"spec", "anchors"} <= set(told):
        return (_Clause("whole", "The whole specification", prefix or "none was given"),)
    menu = dict(line.split(": ", 1) for line in told["anchors"].splitlines() if ": " in line)
    texts = {clause.anchor: clause.text for clause in parse_spec(told["spec"], "spec.md").clauses}
    return tuple(_Clause(anchor, title, texts.get(anchor, title)) for anchor, title in menu.items())


SPEAKERS: dict[
    frozenset[str], Callable[[ChatRequest, Mapping[str, str], str], Mapping[str, Any]]
] = {
    frozenset(NUDGES): _queries,
    frozenset(("query",)): _variant,
    frozenset(("value1_spectrum", "value2_spectrum")): _rubric,
    frozenset(("placements",)): _positions,
    frozenset(("topics",)): _topics,
    frozenset(("reason", "response_type")): _response_type,
    frozenset(("reasoning", "clauses", "decision")): _judgement,
    frozenset(("rubric", "queries")): _criterion,
    frozenset(("reason", "grade")): _graded,
    frozenset(("proposals",)): _proposed,
}
