"""The embedded provider: fictional models and judges that answer without network or key.

Everything is a pure function of text and key: the same call gives the same reply in every
process. Who leans where is planted in `personas.toml` and told in docs/example-study.md, so an
analysis of simulated data can be checked against what was put in.
"""

from dataclasses import dataclass
from functools import lru_cache

from analysis.vocabulary import HIGHEST_POSITION, Outcome
from pipeline.simulator import answers as sim_answer
from pipeline.simulator import reading as sim_reading
from pipeline.simulator.dice import Dice
from pipeline.simulator.judges import ClauseLike, Verdict, judge
from pipeline.simulator.personas import USUAL, cast
from pipeline.simulator.queries import Context, context_of, make_query, perturb
from pipeline.simulator.stand import Stance, shared_of, stand
from pipeline.simulator.texts import capital, moves, situations, value_text

__all__ = [
    "VERSION",
    "ClauseLike",
    "Context",
    "SimulatedAnswer",
    "Verdict",
    "answer",
    "context_of",
    "judge",
    "judges",
    "label_topics",
    "label_type",
    "make_query",
    "models",
    "perturb",
    "placed",
    "positions",
    "rubric",
    "shared_of",
    "situations",
]

VERSION = "3"
"""Changes whenever the same key would give another text, so old studies can be told apart."""


@dataclass(frozen=True, eq=False)
class SimulatedAnswer:
    """One reply: the text ("" when the provider's own filter refused), and what lies behind it.

    `latency_s` in seconds, `output_tokens` about four characters each.
    """

    text: str
    outcome: Outcome
    stand: Stance
    latency_s: float
    output_tokens: int


def models() -> tuple[str, ...]:
    """Ids of the fictional models, in the order of the dataset's columns (alphabetical)."""
    return tuple(cast().models)


def judges() -> tuple[str, ...]:
    """Ids of the fictional judges."""
    return tuple(cast().judges)


def answer(
    model: str, query: str | Context, key: str = "", landscape: str = USUAL
) -> SimulatedAnswer:
    """What `model` says to a query; another `key` (replicate, seed) gives another answer.

    Raises KeyError for a model that is not one of `models()`, or a landscape that is not planted.
    """
    context = context_of(query) if isinstance(query, str) else query
    persona = cast().models[model]
    dice = Dice("answer", model, context.family, context.leans or "", key)
    taken = stand(model, context, dice, landscape)
    words = Dice("words", model, context.query, key)
    text = "" if taken.refused_by_api else sim_answer.write(persona, context, taken, words)
    return SimulatedAnswer(
        text=text,
        outcome=Outcome.API_REFUSAL if taken.refused_by_api else Outcome.ANSWERED,
        stand=taken,
        latency_s=round(persona.latency_s * (0.6 + 0.8 * dice.uniform()), 3),
        output_tokens=len(text) // 4,
    )


def positions(query: str | Context, text: str, value1: str, value2: str) -> tuple[int, int]:
    """Where an answer stands on two values, 0..6 each, read from its text."""
    context = context_of(query) if isinstance(query, str) else query
    read = sim_reading.read_position
    return read(context, text, value1), read(context, text, value2)


def placed(position: int, text: str, value: str, rubric: str, scorer: str, key: str) -> int:
    """Where a scorer that errs puts an answer that stands at `position` (0..6) on a value.

    Three errors of one step each, as planted (`personas.toml`): a slip, new with every call
    (`key`); how this scorer reads this answer; how this rubric's words fit this answer.
    """
    planted = cast().scoring
    for share, what in ((planted.slips, key), (planted.reads, scorer), (planted.words, rubric)):
        dice = Dice("placed", what, value, text)
        if dice.chance(share):
            position += 1 if dice.below(2) else -1
    return max(0, min(HIGHEST_POSITION, position))


def label_type(query: str | Context, text: str) -> str:
    """The response type of an answer, read from its text (one of the seven)."""
    context = context_of(query) if isinstance(query, str) else query
    return sim_reading.read_type(context, text)


def label_topics(query: str | Context) -> tuple[str, ...]:
    """The sensitive topics that a query touches, () for none of the eight."""
    context = context_of(query) if isinstance(query, str) else query
    return context.topics


@lru_cache(maxsize=4096)
def rubric(value: str, family: str = "") -> tuple[str, ...]:
    """Seven answering strategies for one value, position 0 (opposes) to 6 (favors)."""
    dice = Dice("rubric", value, family)
    fields = {"name": value, "Name": capital(value), "want": value_text(value).want_they}
    book: dict[str, list[str]] = moves()["rubric"]
    return tuple(
        dice.pick(book[str(position)]).format(**fields) for position in range(HIGHEST_POSITION + 1)
    )
