"""Stage hard: of the answered queries those that models disagree about, each unlike the others."""

from pipeline.select.disagreement import disagreement
from pipeline.stage_spec import Selection, SelectPart, StageContext, StageSpec


def weights(context: StageContext) -> dict[str, float]:
    """Scenario -> D, where it has one."""
    spreads = {name: disagreement(placed) for name, placed in context.placements.items()}
    return {name: d for name, d in spreads.items() if d is not None}


SPEC = StageSpec(
    name="hard",
    settings=SelectPart,
    needs=("score",),
    selection=Selection(
        candidates=lambda context: [s for s in context.scenarios if not s.variant],
        texts=lambda counts: counts.kept,
        weights=weights,
    ),
    optional=True,
)
