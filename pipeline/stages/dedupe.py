"""Stage dedupe: near duplicates out before answers are paid for."""

from pipeline.stage_spec import Selection, SelectPart, StageSpec

SPEC = StageSpec(
    name="dedupe",
    settings=SelectPart,
    needs=("generate",),
    follows=("perturb",),
    selection=Selection(
        candidates=lambda context: context.originals,
        texts=lambda counts: counts.scenarios,
    ),
    optional=True,
)
