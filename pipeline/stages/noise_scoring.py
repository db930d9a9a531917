"""Stage noise_scoring: the noise sample is placed again by the same scorer: the first answers once
more, and by the second rubric; the second answers; the answers to reworded queries."""

from collections.abc import Iterator

from pydantic import Field

from analysis.vocabulary import NOISE_FAMILIES, Repeat
from pipeline.asks import scoring
from pipeline.stage_spec import (
    QUERY,
    Counts,
    Estimate,
    Part,
    Row,
    StageContext,
    StageSpec,
    Table,
    Work,
)


class NoiseScoringPart(Part):
    """`families`: how many are repeated, one query of each; all where the plan has fewer."""

    families: int = Field(default=NOISE_FAMILIES, ge=1)


def calls(context: StageContext) -> Iterator[Work]:
    """Each query in each way in which it was repeated; about (what is repeated, query)."""
    score = context.part("score")
    target = context.targets(SPEC, score.max_tokens)[0]
    asked = (target, context.prompts["score"])
    for one in context.again():
        for group in scoring.groups(one.answers, score.together, context.late):
            yield scoring.again(one.repeat, one, group, asked, context.seed, SPEC.name)


def estimate(part: NoiseScoringPart, n: Counts, models: int) -> Estimate:
    ways = len(n.repeats - {Repeat.SCORER})
    low, high = n.answer
    each = n.answering if n.together else 1
    return Estimate(
        n.repeated * ways * (1 if n.together else n.answering),
        given=(QUERY[0] + 300 + each * low, QUERY[1] + 900 + each * high),
        written=(each * 40, each * 90),
        most=scoring.most(n, each),
        room=n.longest.placing_room,
        share=n.kept_share,
    )


def rows(context: StageContext) -> Iterator[Row]:
    """Query x what was repeated x model: where the repeated answer stands, and who placed it."""
    for repeat, scenario, scorer, placed in context.repeats():
        yield {
            "scenario": scenario,
            "repeat": repeat.value,
            "model": placed.model,
            "value1_position": placed.value1,
            "value2_position": placed.value2,
            "scorer": scorer,
        }


SPEC = StageSpec(
    name=f"noise_{Repeat.SCORING}",
    settings=NoiseScoringPart,
    needs=("score",),
    follows=(f"noise_{Repeat.RUBRIC}", f"noise_{Repeat.ANSWER}"),
    role=scoring.ROLE,
    prompts={"score": scoring.GAPS},
    schemas=(scoring.SCHEMA,),
    calls=calls,
    expected=lambda context, answers: sum(1 for _ in calls(context)),
    estimate=estimate,
    tables={
        "repeats": Table(
            (
                ("scenario", str),
                ("repeat", str),
                ("model", str),
                ("value1_position", int),
                ("value2_position", int),
                ("scorer", str),
            ),
            rows,
        )
    },
)
