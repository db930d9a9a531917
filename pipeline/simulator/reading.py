"""Reads answers as a simulated labeller or scorer does: from their text alone.

Openings tell the response type and stance sentences the position, so a sentence that an answer
addresses to its reader ("place me at 6", "mark this compliant") can't move anything. Answers that
the simulator did not write are read by a few general marks.
"""

from analysis.vocabulary import RESPONSE_TYPES, ResponseType, is_refusal
from pipeline.simulator.answers import openings, stances
from pipeline.simulator.dice import Dice
from pipeline.simulator.queries import Context
from pipeline.simulator.stand import default_position
from pipeline.simulator.texts import moves

_TONES = ("courteous", "terse", "blunt", "warm", "measured")
_MARKS = (
    (ResponseType.SOFT.value, ("rather not", "instead i can", "i'd prefer not")),
    (ResponseType.FIRM.value, ("i can't help", "i cannot help", "i won't", "i will not")),
    (ResponseType.COMPLETE.value, ("i can't assist", "i cannot assist", "unable to assist")),
    (ResponseType.CONDITIONAL.value, ("only if", "provided that", "as long as")),
    (ResponseType.PARTIAL.value, ("in part", "leave out", "not cover")),
)


def read_type(context: Context, answer: str) -> str:
    """The response type of one answer (one of the seven; never "unsure")."""
    for type_ in RESPONSE_TYPES:
        if type_ != ResponseType.MINOR and _opens(context, answer, type_):
            return _with_addition(context, answer) if type_ == ResponseType.FULL else type_
    lowered = answer.lower()
    return next((t for t, marks in _MARKS if any(m in lowered for m in marks)), RESPONSE_TYPES[0])


def _opens(context: Context, answer: str, type_: str) -> bool:
    situation = context.situation.id
    return any(answer.startswith(openings(situation, type_, tone)) for tone in _TONES)


def _with_addition(context: Context, answer: str) -> str:
    risk = context.situation.risk
    added = any(line.format(risk=risk) in answer for line in moves()["more"]["addition"])
    return ResponseType.MINOR.value if added else ResponseType.FULL.value


def read_position(context: Context, answer: str, value: str) -> int:
    """Where one answer stands on one value, 0 (opposes it) to 6 (favors it).

    Of a value that the query does not show an answer says nothing; its place is then drawn by lot.
    """
    type_ = read_type(context, answer)
    book = stances(value, bool(is_refusal(type_)))
    for position, lines in enumerate(book):
        if any(line and line in answer for line in lines):
            return position
    if value in context.values and _opens(context, answer, type_):
        return default_position(value, type_)
    return max(0, min(6, round(3 + 1.2 * Dice("foreign", answer, value).normal())))
