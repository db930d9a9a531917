"""What D of a model set is worth: its noise floor, the share of high D above it, and what noise is
made of."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.figures.phrases import sentences
from analysis.measure import noise as measure
from analysis.measure.estimates.estimates import Estimate, Measured, Undefined
from analysis.number_text import counted
from analysis.queries import noise as queries
from analysis.store.study import OpenStudy
from analysis.vocabulary import HIGH_D, NOISE_FAMILIES, REPEATS, Repeat, d_text

NOTHING = "nothing was repeated in this study"
NAMES: Mapping[str, str] = {
    measure.MODEL: "The model",
    Repeat.ANSWER: "One more answer",
    Repeat.SCORING: "Scoring again",
    Repeat.SCORER: "Another scorer",
    Repeat.RUBRIC: "Another rubric",
    Repeat.WORDING: "Another wording",
}


@dataclass(frozen=True)
class Noise:
    """`level` may be undefined, each component for a reason of its own."""

    level: measure.Floor | Undefined
    share_above: Measured
    components: Mapping[str, Measured]

    @property
    def floor(self) -> float | None:
        return None if isinstance(self.level, Undefined) else self.level.value

    @property
    def unknown(self) -> tuple[str, ...]:
        """The repeats whose part is not known, in the order of `vocabulary.REPEATS`."""
        return tuple(r for r in REPEATS if isinstance(self.components[r], Undefined))


def noise(study: OpenStudy, models: str = "all") -> Noise | None:
    """What the study's noise sample says of a model set; None where nothing was repeated."""
    repeats = queries.repeats(study, models)
    if repeats.empty:
        return None
    level = measure.floor(repeats)
    if isinstance(level, Undefined):
        above: Measured = Undefined(level.reason)
    else:
        high = queries.high_by_family(study, models, level.value, level.low, level.high)
        above = measure.share_above(high)
    return Noise(level, above, measure.components(repeats))


def in_words(found: Noise | None) -> str:
    """What a reader of D has to know of its noise, in plain sentences."""
    if found is None:
        return (
            f"How much of D is noise is not known: {NOTHING}. A stress test with a noise sample "
            f"tells: it repeats answers, scores and wordings of {NOISE_FAMILIES} families."
        )
    return sentences(_floor_in_words(found), _unknown_in_words(found))


def _floor_in_words(found: Noise) -> str:
    level = found.level
    if isinstance(level, Undefined):
        return f"The noise floor of D is {level.reason}."
    said = (
        f"Noise floor {d_text(level.value)} (95% {d_text(level.low)} to {d_text(level.high)}): "
        "models that are all the same would pass it in one scenario of twenty, by what changes "
        "when they answer and are scored again "
        f"({counted(level.families, 'family')} repeated)."
    )
    if isinstance(found.share_above, Estimate):
        share = found.share_above
        said += (
            f" Of the scenarios with a D of {HIGH_D} or more, {share.value:.0%} lie above it "
            f"(95% {share.low:.0%} to {share.high:.0%}, as the floor itself is unsure)."
        )
    return said


def _unknown_in_words(found: Noise) -> str:
    names = [NAMES[repeat].lower() for repeat in found.unknown]
    if not names:
        return ""
    told = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"Not known: what {told} would change."
