"""Stage noise_scorer: the first answers of the noise sample, placed by a second scorer."""

from collections.abc import Iterator

from analysis.vocabulary import Repeat
from pipeline.asks import scoring
from pipeline.stage_spec import QUERY, Counts, Estimate, Part, Role, StageContext, StageSpec, Work


class NoiseScorerPart(Part):
    """Everything is as the stage score has it."""


def calls(context: StageContext) -> Iterator[Work]:
    """The first answers to each query; about (what is repeated, query)."""
    score = context.part("score")
    target = context.targets(SPEC, score.max_tokens)[0]
    asked = (target, context.prompts["score"])
    for one in context.again():
        if one.repeat is Repeat.SCORING:  # what is placed once more is what the other one gets
            for group in scoring.groups(one.answers, score.together, context.late):
                yield scoring.again(Repeat.SCORER, one, group, asked, context.seed, SPEC.name)


def estimate(part: NoiseScorerPart, n: Counts, models: int) -> Estimate:
    low, high = n.answer
    each = n.answering if n.together else 1
    return Estimate(
        n.repeated * (1 if n.together else n.answering),
        given=(QUERY[0] + 300 + each * low, QUERY[1] + 900 + each * high),
        written=(each * 40, each * 90),
        most=scoring.most(n, each),
        room=n.longest.placing_room,
        share=n.kept_share,
    )


SPEC = StageSpec(
    name=f"noise_{Repeat.SCORER}",
    settings=NoiseScorerPart,
    needs=("score", f"noise_{Repeat.SCORING}"),
    role=Role(
        "second_scorer",
        "Who scores besides",
        "places answers a second time, for the noise sample",
        "--second-scorer",  # what it says counts for the noise alone, so it may place its own
        cast="others",
    ),
    prompts={"score": scoring.GAPS},
    schemas=(scoring.SCHEMA,),
    calls=calls,
    expected=lambda context, answers: sum(1 for _ in calls(context)),
    estimate=estimate,
)
