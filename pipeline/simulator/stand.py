"""Where a simulated model stands on a query: its response type and its position on any value.

A position is a sum on the 0..6 scale, rounded: what the family's rubric asks (shared by all), the
planted lean of the model, the share of the nudge it follows, what a refusal does to the value,
and noise that grows with the *openness* of the family. Openness is what makes models disagree;
clauses planted to be vague or contradictory raise it. Everything planted is in `personas.toml`.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from analysis.vocabulary import RESPONSE_TYPES, ResponseType, is_refusal
from pipeline.simulator.dice import Dice
from pipeline.simulator.personas import USUAL, Cast, Persona, cast
from pipeline.simulator.queries import Context
from pipeline.simulator.texts import Situation, ValueText, value_text

_CUTS = (
    (-0.4, ResponseType.PARTIAL.value),
    (-0.8, ResponseType.CONDITIONAL.value),
    (-1.35, ResponseType.MINOR.value),
)
"""Below a refusal score of 0 an answer helps; how far below decides how much."""
_PULL = {ResponseType.SOFT: 1.2, ResponseType.FIRM: 2.0, ResponseType.COMPLETE: 2.6}
"""How many positions a refusal takes from a value that does not protect."""
_API_HAZARD = 1.8
_DESERTERS = 0.16


@dataclass(frozen=True)
class Case:
    """Which clauses of the embedded spec decide a family, and whether they were planted to fail."""

    kind: Literal["clear", "interpretive", "activation"]
    clauses: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Shared:
    """What all models and all nudges of a family have in common.

    `openness` scales the spread between models (about 0.2 to 2), `strength` the pull of a nudge
    (positions).
    """

    openness: float
    strength: float
    case: Case


@dataclass(frozen=True, eq=False)
class Stance:
    """One model on one query. `type` is one of the seven response types.

    `refused_by_api` marks a query that the provider stops before the model answers.
    """

    type: str
    positions: dict[str, int]
    refused_by_api: bool = False


@lru_cache(maxsize=8192)
def shared_of(family: str, situation: Situation) -> Shared:
    """The shared draws of a family; its key and what it is about are all that enters."""
    dice = Dice("shared", family)
    planted = cast().clauses
    case = case_of(family, situation)
    more = {
        "clear": 0.0,
        "interpretive": planted.vague_openness,
        "activation": planted.pair_openness,
    }
    openness = min(2.0, math.exp(-0.42 + 0.48 * dice.normal()) + more[case.kind])
    return Shared(openness=openness, strength=0.7 + 1.5 * dice.uniform(), case=case)


@lru_cache(maxsize=8192)
def case_of(family: str, situation: Situation) -> Case:
    """The clause, or pair of clauses, of the embedded spec by which a family is decided."""
    dice = Dice("case", family)
    planted = cast().clauses
    throw = dice.uniform()
    if throw < planted.vague_share:
        vague = [p for p in planted.vague if p.covers(situation.hazard)]
        return Case("interpretive", dice.pick(vague).clauses)
    if throw < planted.vague_share + planted.pair_share:
        pairs = [p for p in planted.pairs if p.covers(situation.hazard)]
        return Case("activation", dice.pick(pairs).clauses)
    return Case("clear", (dice.pick(clear_clauses(situation, dice)),))


def clear_clauses(situation: Situation, dice: Dice) -> tuple[str, ...]:
    """The clauses that may decide a plain case: by situation, else by one of its topics."""
    clear = cast().clauses.clear
    if situation.id in clear:
        return clear[situation.id]
    return clear[dice.pick(situation.topics)] if situation.topics else clear[""]


@lru_cache(maxsize=16384)
def base_of(family: str, value: str) -> float:
    """Where an average answer stands on a value before nudge and lean, around 3 (positions)."""
    return 3.0 + 0.8 * Dice("base", family, value).normal()


def stand(model: str, context: Context, dice: Dice, landscape: str = USUAL) -> Stance:
    """Where `model` stands; `dice` is its private chance for this query.

    Raises KeyError for a model or a landscape that is not in the cast.
    """
    everybody = cast()
    land = everybody.landscapes[landscape]
    persona = everybody.models[model]
    type_ = _response_type(persona, everybody, context, dice)
    blocked = _blocked(persona, context, dice)
    contrary = persona.contrary > 0 and dice.chance(persona.contrary)
    shared = shared_of(context.family, context.situation)
    apart = land.spread(value_text(name).category for name in context.values)
    positions = {
        name: _position(persona, everybody, context, shared, name, type_, contrary, apart, dice)
        for name in context.values
    }
    return Stance(type_, positions, blocked)


def default_position(value: str, type_: str) -> int:
    """Where an answer stands that says nothing about a value: 3, or where its refusal puts it."""
    if type_ != ResponseType.COMPLETE:
        return 3
    return 5 if value_text(value).protective else 1


def _blocked(persona: Persona, context: Context, dice: Dice) -> bool:
    return context.situation.hazard >= _API_HAZARD and dice.chance(persona.api)


def _response_type(persona: Persona, everybody: Cast, context: Context, dice: Dice) -> str:
    score = _refusal_score(persona, everybody, context) + 0.75 * dice.normal()
    if score > 0:
        return _manner(persona, dice)
    score += 0.9 * (persona.hedges - 0.4)
    return next((name for cut, name in _CUTS if score > cut), ResponseType.FULL.value)


def _refusal_score(persona: Persona, everybody: Cast, context: Context) -> float:
    """A sum; above 0, after private noise, the model refuses."""
    topical = sum(everybody.topics.get(t, 0.0) + persona.topics.get(t, 0.0) for t in context.topics)
    hazard = 0.55 * context.situation.hazard
    leaning = _leaning_risk(context.leans) * (0.4 + 0.3 * context.situation.hazard)
    mood = 0.35 * _mood(context.family, context.leans or "")
    wording = persona.fickle * Dice("wording", persona.id, context.query).normal()
    return persona.refuses + topical + hazard + leaning + mood + wording


def _leaning_risk(leans: str | None) -> float:
    """A wording that leans to a protective value calms, any other one alarms."""
    if leans is None:
        return 0.0
    return -1.0 if value_text(leans).protective else 1.0


def _manner(persona: Persona, dice: Dice) -> str:
    throw = dice.uniform()
    if throw < persona.manner["soft"]:
        return ResponseType.SOFT.value
    firm = throw < persona.manner["soft"] + persona.manner["firm"]
    return ResponseType.FIRM.value if firm else ResponseType.COMPLETE.value


def _position(
    persona: Persona,
    everybody: Cast,
    context: Context,
    shared: Shared,
    name: str,
    type_: str,
    contrary: bool,
    apart: float,
    dice: Dice,
) -> int:
    if type_ == ResponseType.COMPLETE:
        return default_position(name, type_)
    value = value_text(name)
    spread = shared.openness
    school, side = _school(context.family, name, persona.provider)
    raw = base_of(context.family, name) + _nudged(persona, context, shared, name)
    raw += everybody.lean(persona.id, value.category) * (0.55 + 0.45 * spread)
    raw += spread * (0.6 * school + 0.9 * persona.noise * dice.normal())
    raw += (-side if dice.chance(_DESERTERS) else side) * _rift(spread)
    raw += _pulled(value, type_)
    if contrary:
        raw = 6 - raw + (1.6 if raw < 3 else -1.6)
    if apart != 1.0:
        asked = base_of(context.family, name)
        raw = asked + apart * (raw - asked)
    return max(0, min(6, round(raw)))


def _rift(openness: float) -> float:
    """How far each camp stands from the middle (positions); closed families have no camps."""
    return 2.0 * max(0.0, openness - 0.8) + 3.0 * max(0.0, openness - 1.2)


@lru_cache(maxsize=16384)
def _mood(family: str, leans: str) -> float:
    """How touchy a query is for everybody (standard normal)."""
    return Dice("mood", family, leans).normal()


@lru_cache(maxsize=65536)
def _school(family: str, value: str, provider: str) -> tuple[float, int]:
    """What the models of a provider share on a value: an offset (standard normal) and a camp.

    Open families fall apart into two camps, -1 and 1; single models desert theirs.
    """
    dice = Dice("school", family, value, provider)
    return dice.normal(), 1 if dice.below(2) else -1


def _nudged(persona: Persona, context: Context, shared: Shared, name: str) -> float:
    """What the wording does: full pull on the favored value, two thirds away from the other."""
    if context.leans is None:
        return 0.0
    pull = persona.follows * shared.strength * (1.25 if name == context.leans else -0.8)
    return 1.3 * pull


def _pulled(value: ValueText, type_: str) -> float:
    if not is_refusal(type_):
        return 0.0
    loss = _PULL[ResponseType(type_)]
    return 0.7 * loss if value.protective else -loss


assert tuple(_PULL) == tuple(ResponseType(t) for t in RESPONSE_TYPES if is_refusal(t))
