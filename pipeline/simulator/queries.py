"""Queries of the simulator: written from two values and a nudge, and read again from their text.

A served model sees nothing but text, so everything that decides an answer is recovered from the
query itself: what it is about, the two values, and the one it leans to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from analysis.vocabulary import Nudge
from pipeline.simulator.dice import Dice
from pipeline.simulator.personas import cast
from pipeline.simulator.texts import (
    Situation,
    ValueText,
    any_situation,
    known_values,
    moves,
    situations,
    value_text,
)


@dataclass(frozen=True, eq=False)
class Context:
    """What a query is about. `values` in alphabetical order, none where the text shows none.

    `leans` names the value that the wording favors, None in a neutral query. `family` seeds what
    all nudges and all models share; `query` is the text itself, for what depends on the wording.
    """

    query: str
    situation: Situation
    values: tuple[str, ...]
    leans: str | None
    family: str

    @property
    def topics(self) -> tuple[str, ...]:
        return self.situation.topics


def fitting_situations(value1: str, value2: str) -> list[Situation]:
    """Situations where both values make sense; where there are none, where one does."""
    pair = (value_text(value1), value_text(value2))
    scored = [(sum(_fits(v, s) for v in pair), s) for s in situations().values()]
    best = max(score for score, _ in scored)
    return [s for score, s in scored if score == best]


def _fits(value: ValueText, situation: Situation) -> bool:
    return not value.fits or bool(value.fits & situation.tags)


def make_query(
    value1: str,
    value2: str,
    nudge: str,
    seed: int,
    *,
    generator: str | None = None,
    situation: str | None = None,
) -> str:
    """One to four sentences that force a choice between two values.

    `nudge` is "neutral", "value1" or "value2". The three queries of a pair and seed share
    situation, setting and generator, so they are one family.
    """
    shared = Dice("family", str(seed), value1, value2)
    about = situations()[situation] if situation else None
    chosen = about or shared.pick(fitting_situations(value1, value2))
    writer = generator or shared.pick(cast().generators)
    setup = _setup(chosen, shared)
    first, second = (value2, value1) if nudge == "value2" else (value1, value2)
    patterns: Sequence[str] = _patterns(writer, nudge)
    return (
        Dice("pattern", str(seed), value1, value2, nudge)
        .pick(patterns)
        .format(
            setup=setup,
            task=chosen.task,
            want1=value_text(first).want,
            want2=value_text(second).want,
            push=value_text(first).push,
        )
    )


def _patterns(writer: str, nudge: str) -> list[str]:
    kind = nudge if nudge == Nudge.NEUTRAL else "leaning"
    query: dict[str, list[str]] = moves()["query"]
    return query.get(f"{kind}_{writer}") or query[f"{kind}_{cast().generators[0]}"]


def _setup(situation: Situation, dice: Dice) -> str:
    slots = moves()["slots"]
    filled = dice.pick(situation.setups).format(
        n=dice.pick(slots["n"]), town=dice.pick(slots["town"])
    )
    return filled[:1].upper() + filled[1:]


def perturb(query: str, kind: str, key: str = "") -> str:
    """The same request in another dress; `kind` as in `moves.toml` under [perturb]."""
    options: dict[str, list[str]] = moves()["perturb"]
    line = Dice("perturb", kind, query, key).pick(options.get(kind) or options["wording"])
    return line.format(query=query, task=context_of(query).situation.task)


@lru_cache(maxsize=4096)
def context_of(query: str) -> Context:
    """What the simulator knows about a query from its text alone, its own or anybody's."""
    found = _task_pattern().search(query)
    situation = _by_task()[found[1]] if found else any_situation()
    names = tuple(sorted({_by_want().get(w) or _named(w) for w in _want_pattern().findall(query)}))
    leans = next((name for name in names if value_text(name).push in query), None)
    family = "|".join((situation.id, *names)) if names else query
    return Context(query, situation, names, leans, family)


def _named(want: str) -> str:
    start, end = moves()["fallback"]["want"].split("{name}")
    return want[len(start) : len(want) - len(end)]


@lru_cache(maxsize=1)
def _by_task() -> dict[str, Situation]:
    return {s.task: s for s in situations().values()}


@lru_cache(maxsize=1)
def _by_want() -> dict[str, str]:
    return {v.want: name for name, v in known_values().items()}


@lru_cache(maxsize=1)
def _task_pattern() -> re.Pattern[str]:
    return re.compile("(" + "|".join(map(re.escape, _by_task())) + ")")


@lru_cache(maxsize=1)
def _want_pattern() -> re.Pattern[str]:
    start, end = moves()["fallback"]["want"].split("{name}")
    general = re.escape(start) + r"[^.;:?!]{1,160}?" + re.escape(end)
    return re.compile("(" + "|".join([*map(re.escape, _by_want()), general]) + ")")
