"""Stage generate: one call a family writes the neutral query, then the two nudged rewrites."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pydantic import field_validator

from pipeline.asking import TEXT, Ask, Prompt, Reading, Target, ask, block, obj, read
from pipeline.providers.types import JsonSchema
from pipeline.records import NUDGES, PER_CHUNK, Pair, Scenario

STAGE = "generate"
GAPS = frozenset({"value1", "value2"})
MAY = frozenset({"background"})
SCHEMA = JsonSchema.of("faultline_queries", obj(neutral=TEXT, value1=TEXT, value2=TEXT))


class Written(Reading):
    neutral: str
    value1: str
    value2: str

    @field_validator("*")
    @classmethod
    def said(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("the query is empty")
        return text.strip()


def shared(
    pairs: Sequence[Pair], generators: Sequence[Target], every: bool
) -> list[tuple[Pair, Target]]:
    """Who writes which family: the generators in turn, or with `every` each one for each pair.

    With `every` a pair becomes one family a generator, so that a family keeps one author.
    """
    if not every:
        return [(pair, generators[i % len(generators)]) for i, pair in enumerate(pairs)]
    both = [(pair, generator) for pair in pairs for generator in generators]
    return [(_renumbered(pair, i), generator) for i, (pair, generator) in enumerate(both)]


def _renumbered(pair: Pair, i: int) -> Pair:
    chunk, entry = divmod(i, PER_CHUNK)
    return replace(pair, chunk_index=chunk, entry_idx=entry)


def asks(work: Sequence[tuple[Pair, Target]], prompt: Prompt) -> Iterator[Ask]:
    """One call a family. The same pair again is a replicate: it gets queries of its own."""
    met: Counter[tuple[str, str, str]] = Counter()
    for pair, target in work:
        same = (target.id, pair.value1, pair.value2)
        values = {
            "value1": block("value1", pair.value1),
            "value2": block("value2", pair.value2),
            "background": _background(pair),
        }
        yield ask(
            target,
            prompt,
            values,
            stage=STAGE,
            subject=pair.family,
            schema=SCHEMA,
            replicate=met[same],
        )
        met[same] += 1


def _background(pair: Pair) -> str:
    if not pair.clause1:
        return ""
    told = block("clause1", pair.clause1) + "\n" + block("clause2", pair.clause2)
    return "Both are clauses of a spec for assistants, which says about them:\n" + told


def scenarios(
    pair: Pair, generator: str, text: str, nudges: Sequence[str] = NUDGES
) -> list[Scenario]:
    """The queries of one reply, one a nudge. Raises UnparsableError."""
    written = read(text, Written)
    return [
        Scenario(
            scenario=f"{pair.family}_{nudge}",
            family=pair.family,
            nudge=nudge,
            value1=pair.value1,
            value2=pair.value2,
            generator=generator,
            query=getattr(written, nudge),
            chunk_index=pair.chunk_index,
            entry_idx=pair.entry_idx,
        )
        for nudge in NUDGES
        if nudge in nudges
    ]
