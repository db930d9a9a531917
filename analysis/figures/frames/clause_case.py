"""The case of one clause: three answers to different queries that show its kind of trouble, with
the judges' opposite arguments."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.figures.frames import clauses as clause_frames
from analysis.measure import clause_cases as measure
from analysis.parse.specs.clause import Spec
from analysis.queries import cases, reasonings, studies
from analysis.queries.reasonings import Reasoning
from analysis.store import study_specs
from analysis.store.study import OpenStudy


@dataclass(frozen=True)
class Argument:
    """One judge on an answer: its decision, the clause it goes by, and the words of its reasoning
    that argue it. `marks` are the cited words, (start, end) in `words`."""

    judge: str
    decision: str
    clause: str
    words: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Example:
    """One answer that shows the trouble: to which query, of which family, and both arguments (who
    passes it first; one alone where no judge passes it)."""

    scenario: str
    family: str
    model: str
    label: str
    d: float | None
    query: str
    answer: str
    arguments: tuple[Argument, ...]


def examples(
    study: OpenStudy,
    key: str,
    clause: str,
    kind: str,
    rival: str | None,
    excerpt: int = measure.EXCERPT,
) -> list[Example]:
    """The cases that tell a clause's trouble, at most three, each of another family; columns of
    the choice as `measure.clause_cases.telling`. `key` names the spec; `excerpt` characters of a
    judge's reasoning are quoted, about."""
    spec = study_specs.spec_of(study, key)
    held = study.read(clause_frames.read_by, key)
    chosen = measure.telling(held.judgements, held.known, clause, kind, rival)
    facts = held.judgements.drop_duplicates("response").set_index("response")
    return [
        _example(study, spec, row, facts.loc[row["response"]], excerpt)
        for row in chosen.to_dict("records")
    ]


def argued(study: OpenStudy, key: str, clause: str) -> str:
    """What judges argued over a clause, the opposite verdicts of a case beside each other, as one
    text for whoever repairs it; "" where no case tells it."""
    table = study.read(clause_frames.measured, key)
    rows = table[table["clause"] == clause].to_dict("records")
    if not rows:
        return ""
    kind, rival = str(rows[0]["kind"]), rows[0]["rival"]
    told = examples(study, key, clause, kind, rival if isinstance(rival, str) else None)
    return "\n\n".join(
        "\n".join(
            [
                f"Request: {one.query}",
                *(f"{said.judge}, {said.decision}: {said.words}" for said in one.arguments),
            ]
        )
        for one in told
    )


def _example(
    study: OpenStudy, spec: Spec, row: Mapping[Any, Any], facts: "pd.Series[Any]", excerpt: int
) -> Example:
    scenario, model = str(facts["scenario"]), str(facts["model"])
    asked = cases.one(study, scenario)
    found = {r.judge: r for r in reasonings.of_answer(study, spec, scenario, model)}
    sides = [
        _argument(found[str(row[f"judge_{side}"])], str(row[f"clause_{side}"]), excerpt)
        for side in ("a", "b")
        if isinstance(row[f"judge_{side}"], str)
    ]
    return Example(
        scenario,
        str(row["family"]),
        model,
        _label(study, model),
        None if pd.isna(facts["d"]) else float(facts["d"]),
        asked.query if asked else "",
        _answer(study, scenario, model),
        tuple(sides),
    )


def _label(study: OpenStudy, model: str) -> str:
    known = study.read(studies.models).set_index("model")["label"].to_dict()
    return str(known.get(model, model))


def _answer(study: OpenStudy, scenario: str, model: str) -> str:
    found = cases.answers(study, scenario)
    mine = found[(found["model"] == model) & (found["replicate"] == 0)]
    return str(mine["text"].iloc[0]) if len(mine) else ""


def _argument(said: Reasoning, clause: str, excerpt: int) -> Argument:
    """The words that argue the clause; a judge that goes by a heading above it, or lists it
    without naming it, is quoted where it cites anything, else at its end."""
    named = [c for c in said.cited if c.known and c.end > c.start]
    mine = next((c for c in named if c.clause == clause), None)
    start, end = (mine.start, mine.end) if mine else (0, 0)
    first, last = measure.excerpt(said.reasoning, start, end, excerpt)
    words = said.reasoning[first:last]
    lead = len(words) - len(words.lstrip())
    words = words.strip()
    marks = tuple(
        (c.start - first - lead, c.end - first - lead)
        for c in sorted(named, key=lambda c: c.start)
        if c.clause == clause and first <= c.start and c.end <= last
    )
    shown = tuple((max(a, 0), min(b, len(words))) for a, b in marks if b > 0 and a < len(words))
    return Argument(said.label, said.decision or "no decision", clause, words, shown)
