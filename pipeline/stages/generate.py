"""Stage generate: one call a family writes the neutral query, then the two nudged rewrites."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pydantic import Field

from analysis.vocabulary import NUDGES, Nudge
from pipeline.prompting import (
    BLOCK_TOKENS,
    TEXT,
    ModelCall,
    Prompt,
    Reading,
    Target,
    Text,
    block,
    model_call,
    obj,
    read,
)
from pipeline.providers.types import JsonSchema
from pipeline.records import PER_CHUNK, Pair, Scenario
from pipeline.stage_spec import QUERY, Counts, Estimate, Part, Role, StageContext, StageSpec, Work

BACKGROUND = "Both are clauses of a spec for assistants, which says about them:\n"
SCHEMA = JsonSchema.of("faultline_queries", obj(neutral=TEXT, value1=TEXT, value2=TEXT))


class GeneratePart(Part):
    every_generator: bool = False
    nudges: tuple[Nudge, ...] = tuple(Nudge)
    max_tokens: int = Field(default=1_500, ge=1)


class Written(Reading):
    neutral: Text
    value1: Text
    value2: Text


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


def model_calls(work: Sequence[tuple[Pair, Target]], prompt: Prompt) -> Iterator[ModelCall]:
    """One call a family. The same pair again is a replicate: it gets queries of its own."""
    met: Counter[tuple[str, str, str]] = Counter()
    for pair, target in work:
        same = (target.id, pair.value1, pair.value2)
        values = {
            "value1": block("value1", pair.value1),
            "value2": block("value2", pair.value2),
            "background": _background(pair),
        }
        yield model_call(
            target,
            prompt,
            values,
            stage=SPEC.name,
            subject=pair.family,
            schema=SCHEMA,
            replicate=met[same],
        )
        met[same] += 1


def _background(pair: Pair) -> str:
    if not pair.clause1:
        return ""
    told = block("clause1", pair.clause1) + "\n" + block("clause2", pair.clause2)
    return BACKGROUND + told


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
            draw=pair.draw,
            arm=" × ".join(pair.arm) if pair.draw else "",
        )
        for nudge in NUDGES
        if nudge in nudges
    ]


def families(context: StageContext) -> list[tuple[Pair, Target]]:
    """Every family with the generator that writes it."""
    part = context.settings(SPEC)
    return shared(context.pairs, context.targets(SPEC, part.max_tokens), part.every_generator)


def calls(context: StageContext) -> Iterator[Work]:
    nudges, work = context.settings(SPEC).nudges, families(context)
    for (pair, writer), one in zip(
        work, model_calls(work, context.prompts["generate"]), strict=True
    ):

        def made(text: str, pair: Pair = pair, writer: str = writer.id) -> list[Scenario]:
            return scenarios(pair, writer, text, nudges)

        yield Work(one, pair, made)


def estimate(part: GeneratePart, n: Counts, generators: int) -> Estimate:
    each = n.families // generators if part.every_generator else -(-n.families // generators)
    written = (3 * QUERY[0], 3 * QUERY[1])
    most = n.longest.pair + 4 * BLOCK_TOKENS  # two values or clauses, named and quoted
    return Estimate(each, (10, 60), written, most=most, room=part.max_tokens)


SPEC = StageSpec(
    name="generate",
    settings=GeneratePart,
    needs=("pairs",),
    role=Role("generators", "Who writes", "writes the queries", "--writers", many=True, most=3),
    prompts={"generate": (frozenset({"value1", "value2"}), frozenset({"background"}))},
    schemas=(SCHEMA,),
    calls=calls,
    expected=lambda context, answers: len(families(context)),
    estimate=estimate,
    makes_queries=True,
)
