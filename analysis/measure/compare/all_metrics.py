"""Every metric of two sides by name: what comparing dates, specs, panels or models tells."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.measure.compare import answers, verdicts
from analysis.measure.compare.answers import Ints, Side
from analysis.measure.compare.verdicts import Panel
from analysis.measure.estimates.evidence import FloatArray
from analysis.measure.estimates.paired import Paired, undefined

Metrics = Iterator[tuple[str, Paired]]


@dataclass(frozen=True)
class PairedStudies:
    """What both sides stand on: the family of each query (0..families - 1), the compared models in
    the order of the sides' columns with their providers, and the category of each query's two
    values (queries, 2), a number in `categories` or -1."""

    family: Ints
    families: int
    models: Sequence[str]
    providers: Sequence[str]
    category: Ints
    categories: Sequence[str]
    renamed: Mapping[str, str] = field(default_factory=dict)
    unlabelled: str = ""
    """Why refusals can't be compared, where somebody labelled them."""


def all_metrics(
    ground: PairedStudies, sides: tuple[Side, Side], panels: tuple[Panel, Panel] | None = None
) -> Metrics:
    """(name, number on both sides) of everything that can be compared, side B against side A."""
    at = (ground.family, ground.families)
    if ground.models:
        yield from _named("disagreement", answers.disagreement(*sides, *at))
        yield from _named("refusals", _refusals(ground, sides))
        yield from _named("values", _leans(ground, sides))
        for kind in ("outliers", "answered", *answers.MEANS):
            yield from _named(kind, answers.facts(*sides, kind, ground.models, *at))
    if panels and all(len(p.codes) for p in panels):
        yield from _named("agreement", verdicts.agreement(*panels, *at))
        yield from _named("flag_rates", verdicts.flags(*panels, *at))
        yield from _named("non_compliance", verdicts.non_compliance(*panels, *at))
        yield from _named("clauses", verdicts.clauses(*panels, *at, ground.renamed))


def model_metrics(
    ground: PairedStudies,
    sides: tuple[Side, Side],
    leans: tuple[FloatArray, FloatArray],
    panels: tuple[Panel, Panel],
) -> Metrics:
    """The same of one model on either side, told under the name of B's (`ground.models` and
    `ground.providers` name it alone, and each side has its column). `leans` (queries, 1, 2) are
    against the same other models on both sides. What only several models have, D, is left out."""
    at = (ground.family, ground.families)
    (model,) = ground.models
    yield from _named("refusals", _refusals(ground, sides))
    named = answers.leanings(leans, [model], ground.category, ground.categories, *at)
    yield from _named("values", named)
    for kind in ("outliers", "answered", *answers.MEANS):
        yield from _named(kind, answers.facts(*sides, kind, ground.models, *at))
    if all(len(p.codes) for p in panels):
        yield from _named("agreement", verdicts.agreement(*panels, *at))
        yield from _named("flag_rates", verdicts.flags(*panels, *at))
        flagged = verdicts.non_compliance(*panels, *at)
        yield from _named("non_compliance", (one for one in flagged if one[0] != verdicts.ALL))
        yield from _named("clauses", verdicts.clauses(*panels, *at, ground.renamed))


def _named(group: str, found: Metrics) -> Metrics:
    return ((f"{group}.{name}", one) for name, one in found)


def _refusals(ground: PairedStudies, sides: tuple[Side, Side]) -> Metrics:
    if ground.unlabelled:
        return ((model, undefined(ground.unlabelled)) for model in ground.models)
    at = (ground.family, ground.families)
    return answers.facts(*sides, "refusals", ground.models, *at)


def _leans(ground: PairedStudies, sides: tuple[Side, Side]) -> Metrics:
    if len(ground.models) < 2:
        return iter(())
    leans = (
        answers.leans(sides[0].positions, ground.providers),
        answers.leans(sides[1].positions, ground.providers),
    )
    return answers.leanings(
        leans, ground.providers, ground.category, ground.categories, ground.family, ground.families
    )
