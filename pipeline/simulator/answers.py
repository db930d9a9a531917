"""The text of a simulated answer: opening move, body, stances on the two values, closing move.

Type and positions are settled before a word is written (`stand`), and every stance sentence
belongs to one position, so `reading` finds in the text what was meant.
"""

from functools import lru_cache

from analysis.vocabulary import HIGHEST_POSITION, ResponseType, is_refusal
from pipeline.simulator.dice import Dice
from pipeline.simulator.personas import Persona
from pipeline.simulator.queries import Context
from pipeline.simulator.stand import Stance
from pipeline.simulator.texts import (
    Situation,
    any_situation,
    capital,
    moves,
    situations,
    value_text,
)

_WORDS_A_POINT = 17
_SHARE_OF_POINTS = {
    ResponseType.FULL.value: 1.0,
    ResponseType.MINOR.value: 0.9,
    ResponseType.CONDITIONAL.value: 0.75,
    ResponseType.PARTIAL.value: 0.45,
}


def write(persona: Persona, context: Context, stand: Stance, dice: Dice) -> str:
    """The answer of one model to one query, plain text or light Markdown."""
    situation = context.situation
    opening = dice.pick(openings(situation.id, stand.type, persona.tone))
    if stand.type == ResponseType.COMPLETE:
        return opening
    body = _refusal if is_refusal(stand.type) else _help
    parts = [opening, *body(persona, situation, stand, dice)]
    closing = dice.pick(moves()["close"][persona.tone])
    if closing and len(parts) > 2:
        parts.append(closing)
    return _joined(parts, persona, dice)


def _joined(parts: list[str], persona: Persona, dice: Dice) -> str:
    """Paragraphs; short answers of talkative personas run on in one."""
    if persona.tone in ("terse", "blunt") or any("\n" in part for part in parts):
        return "\n\n".join(parts)
    if parts[0].endswith(":") or dice.chance(0.45):
        return "\n\n".join(parts)
    return f"{parts[0]} {parts[1]}" + "".join(f"\n\n{part}" for part in parts[2:])


def _help(persona: Persona, situation: Situation, stand: Stance, dice: Dice) -> list[str]:
    share = _SHARE_OF_POINTS[stand.type]
    count = max(2, min(7, round(share * (persona.words - 35) / _WORDS_A_POINT)))
    points = _points(persona, dice.sample(situation.points, count), dice)
    stances = " ".join(_stances(stand, dice))
    parts = [stances, points] if dice.chance(0.4) else [points, stances]
    more = _turn(stand.type, situation, dice)
    if more:
        parts.append(more)
    if dice.chance(persona.hedges):
        parts.append(dice.pick(_more()["caveat"]))
    return [part for part in parts if part]


def _refusal(persona: Persona, situation: Situation, stand: Stance, dice: Dice) -> list[str]:
    stances = _stances(stand, dice)
    if stand.type == ResponseType.FIRM:
        stances += dice.sample(_more()["firm"], 1 if persona.words < 100 else 2)
        return [" ".join(stances)]
    offer = _turn(stand.type, situation, dice)
    hedge = [dice.pick(_more()["doubt"])] if dice.chance(0.4 * persona.hedges) else []
    lines = [" ".join(stances), offer, *hedge]
    return [line for line in lines if line]


def _turn(type_: str, situation: Situation, dice: Dice) -> str:
    """The sentence by which a type differs from plain help, "" for plain help."""
    short = {
        ResponseType.MINOR.value: "addition",
        ResponseType.CONDITIONAL.value: "conditional",
        ResponseType.PARTIAL.value: "partial",
        ResponseType.SOFT.value: "soft",
    }.get(type_)
    if short is None:
        return ""
    alt1, alt2 = dice.sample(situation.alts, 2)
    line: str = dice.pick(_more()[short])
    return line.format(risk=situation.risk, alt1=alt1, alt2=alt2)


def _stances(stand: Stance, dice: Dice) -> list[str]:
    """One sentence a value, in either order; the second never begins like the first."""
    refusing = bool(is_refusal(stand.type))
    books = [(stances(name, refusing), position) for name, position in stand.positions.items()]
    if dice.below(2):
        books.reverse()
    lines = [dice.pick(book[position]) for book, position in books]
    if len(lines) == 2 and lines[0][:12] == lines[1][:12]:
        book, position = books[1]
        fresh = [line for line in book[position] if line[:12] != lines[0][:12]]
        lines[1] = dice.pick(fresh) if fresh else ""
    return [line for line in lines if line]


def _points(persona: Persona, points: list[tuple[str, str]], dice: Dice) -> str:
    """The same advice in the persona's own layout."""
    if persona.tone == "terse":
        return _terse(points, dice)
    if persona.tone == "blunt":
        return " ".join(f"{what}." if dice.below(2) else f"{what}: {why}." for what, why in points)
    if persona.tone == "warm":
        return _prose(points, _WARM, dice)
    if len(points) > 3 and dice.chance(0.45):
        return _listed(points, dice)
    return _prose(points, _CALM if persona.tone == "measured" else _POLITE, dice)


_TITLES = ("", "", "### In order", "**What I would do**", "### Suggestions", "**The steps**")
_POLITE = ("First of all", "There is also this", "Then", "Another point", "Next", "Besides")
_CALM = ("To begin with", "After that", "Equally", "There is also this", "Then", "Lastly")
_WARM = (
    "To start with",
    "And then",
    "Something small that helps",
    "Also",
    "And please",
    "One more",
)


def _prose(points: list[tuple[str, str]], links: tuple[str, ...], dice: Dice) -> str:
    fresh = [links[0], *dice.sample(links[1:], len(points))]
    lines = []
    for i, (what, why) in enumerate(points):
        linked = i < len(fresh) and dice.chance(0.45)
        lead = f"{fresh[i]}: {what[:1].lower()}{what[1:]}" if linked else what
        lines.append(_with_reason(lead, why, dice))
    return " ".join(lines)


def _with_reason(what: str, why: str, dice: Dice) -> str:
    throw = dice.below(5)
    if throw == 0:
        return f"{what}."
    if throw < 3 and ":" not in what:
        return f"{what}: {why}."
    return f"{what}; {why}." if throw == 3 else f"{what}. {capital(why)}."


def _terse(points: list[tuple[str, str]], dice: Dice) -> str:
    numbered, reasons = dice.below(3), dice.below(3)
    lines = []
    for i, (what, why) in enumerate(points, 1):
        mark = (f"{i}. ", "- ", f"({i}) ")[numbered]
        lines.append(f"{mark}{what}." if reasons == 0 or i % 2 else f"{mark}{what} ({why}).")
    return "\n".join(lines)


def _listed(points: list[tuple[str, str]], dice: Dice) -> str:
    bold, title = dice.below(2), dice.pick(_TITLES)
    lines = [title] if title else []
    for i, (what, why) in enumerate(points, 1):
        lines.append(f"- **{what}.** {capital(why)}." if bold else f"{i}. {what}. {capital(why)}.")
    return "\n".join(lines)


def _more() -> dict[str, list[str]]:
    more: dict[str, list[str]] = moves()["more"]
    return more


@lru_cache(maxsize=4096)
def openings(situation: str, type_: str, tone: str) -> tuple[str, ...]:
    """The opening moves of a response type in one tone, about one situation ("" for any other)."""
    about = situations()[situation] if situation else any_situation()
    of_type: dict[str, dict[str, list[str]]] = moves()["open"]
    same = ResponseType.FULL.value if type_ == ResponseType.MINOR else type_
    fields = {
        "task": about.task_you,
        "risk": about.risk,
        "condition": about.condition,
        "limit": about.limit,
    }
    return tuple(line.format(**fields) for line in of_type[same][tone])


@lru_cache(maxsize=8192)
def stances(name: str, refusing: bool) -> tuple[tuple[str, ...], ...]:
    """Position 0..6 -> the sentences by which an answer shows that it stands there."""
    book: dict[str, list[str]] = moves()["stance_refusing" if refusing else "stance"]
    return tuple(_lines(book[str(position)], name) for position in range(HIGHEST_POSITION + 1))


def _lines(patterns: list[str], name: str) -> tuple[str, ...]:
    value = value_text(name)
    lines = []
    for pattern in patterns:
        clauses = value.do if "{do}" in pattern else value.dont if "{dont}" in pattern else ("",)
        for clause in clauses:
            lines.append(pattern.format(name=name, Name=capital(name), do=clause, dont=clause))
    return tuple(lines)
