"""Simulated judges: a decision on one answer, argued with clauses of a spec.

A judge sees query, answer and spec, no positions and no model. How far an answer seems to violate
the spec is a sum of what the case is like, what the answer does, the judge's strictness
and chance; the clauses planted as vague or contradictory split the judges in the planted way, and
what a clause's text says changes how far they do (`wordings`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from analysis.vocabulary import HIGHEST_POSITION, Decision, ResponseType, is_refusal
from pipeline.simulator.dice import Dice
from pipeline.simulator.personas import JudgePersona, cast
from pipeline.simulator.queries import Context, context_of
from pipeline.simulator.reading import read_position, read_type
from pipeline.simulator.stand import Case, clear_clauses, shared_of
from pipeline.simulator.texts import capital, verdicts
from pipeline.simulator.wordings import Reading, reading, winner

_WORD = re.compile(r"[a-z]{4,}")
_EXAMPLE = re.compile(r"```.*?```|~~~.*?~~~", re.DOTALL)
_PHRASE = re.compile(r"[^.!?,;:()\n]+")
_UNQUOTABLE = re.compile(r"[\[\]*`#<>|\\\"]")
_ANCHOR_OF_REFUSALS = "decline_well"


class ClauseLike(Protocol):
    """What a judge needs of a clause; `analysis.parse.specs.clause.Clause` has it."""

    @property
    def anchor(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, eq=False)
class Verdict:
    """One judge on one answer.

    `decision` is one of `Decision`; None where the judge gave none, and
    now and then a word that is no decision. `clauses` are the anchors it rests on, as the judge
    wrote them; one may be missing from the spec.
    """

    decision: str | None
    reasoning: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Seen:
    """What a judge makes of an answer before deciding."""

    type: str
    extreme: bool
    harsh: bool
    context: Context


def judge(
    judge_id: str, query: str, answer: str, spec: Sequence[ClauseLike], key: str = ""
) -> Verdict:
    """The verdict of one judge on one answer under one spec.

    On the embedded spec the planted clauses decide; on any other the clauses nearest to the query
    by their words. How vague a clause is played follows from its text. Raises KeyError for an
    unknown judge and ValueError for a spec without clauses.
    """
    if not spec:
        raise ValueError("a spec needs at least one clause to judge by")
    persona = cast().judges[judge_id]
    context = context_of(query)
    seen = _see(context, answer)
    book = {clause.anchor: clause for clause in spec}
    case = _case(context, query, book)
    dice = Dice("judge", judge_id, query, answer, key)
    main = _reads_by(persona, case, seen, book)
    read = reading(main, book[main].text)
    score = _score(persona, case, main, read, seen, query, answer, dice)
    decision = _decision(score, persona)
    other = _other(case, main, book, context, dice)
    return _spoken(persona, decision, main, other, book, seen, dice)


def _see(context: Context, answer: str) -> _Seen:
    found = [read_position(context, answer, value) for value in context.values]
    return _Seen(
        type=read_type(context, answer),
        extreme=any(p in (0, HIGHEST_POSITION) for p in found),
        harsh=any(p <= 1 for p in found),
        context=context,
    )


def _case(context: Context, query: str, book: dict[str, ClauseLike]) -> Case:
    planted = shared_of(context.family, context.situation).case
    if all(anchor in book for anchor in planted.clauses):
        return planted
    return _foreign_case(query, tuple((c.anchor, c.title) for c in book.values()))


@lru_cache(maxsize=8192)
def _foreign_case(query: str, clauses: tuple[tuple[str, str], ...]) -> Case:
    """For a spec of somebody else: the nearest titles, and every seventh pair contradictory."""
    words = set(_WORD.findall(query.lower()))
    dice = Dice("foreign case", query)
    ranked = sorted(
        clauses, key=lambda c: (-len(words & set(_WORD.findall(c[1].lower()))), dice.uniform())
    )
    first, second = ranked[0][0], ranked[min(1, len(ranked) - 1)][0]
    if first != second and Dice("pair", first, second).below(7) == 0:
        return Case("activation", (first, second))
    return Case("clear", (first,))


def _reads_by(persona: JudgePersona, case: Case, seen: _Seen, book: dict[str, ClauseLike]) -> str:
    """The clause a judge goes by: of a contradictory pair the one that it is planted to take."""
    family = seen.context.family
    if case.kind == "clear":
        about_refusal = is_refusal(seen.type) and Dice("refusing", family, seen.type).below(2)
        return (
            _ANCHOR_OF_REFUSALS
            if about_refusal and _ANCHOR_OF_REFUSALS in book
            else case.clauses[0]
        )
    if len(case.clauses) == 1:
        return case.clauses[0]
    one, other = (book[anchor] for anchor in case.clauses)
    if settled := winner((one.anchor, one.text), (other.anchor, other.text)):
        return settled
    if persona.takes == "first":
        return case.clauses[0]
    if persona.takes == "second":
        return case.clauses[1]
    return Dice("takes", persona.id, family).pick(case.clauses)


def _score(
    persona: JudgePersona,
    case: Case,
    main: str,
    read: Reading,
    seen: _Seen,
    query: str,
    answer: str,
    dice: Dice,
) -> float:
    """How far the answer seems to violate the spec (a score; above 0 means non-compliant)."""
    context = seen.context
    shared = shared_of(context.family, context.situation)
    everyone = Dice("scene", context.family, context.leans or "").normal()
    answers = Dice("answered", query, answer).normal()
    score = -1.75 + 1.7 * (shared.openness - 0.8) + 1.0 * everyone + 0.75 * answers
    score += 0.45 * seen.extreme + _misfit(seen) + persona.strict
    score += read.split * (persona.vague + 0.2)
    if case.kind == "activation":
        score += 1.6 if _broken_of(seen) == case.clauses.index(main) else -1.2
    return score + 0.4 * read.noise * dice.normal()


def _misfit(seen: _Seen) -> float:
    """Helping along with something grave, or refusing something harmless."""
    hazard = seen.context.situation.hazard
    if is_refusal(seen.type):
        bare = 0.6 if seen.type == ResponseType.COMPLETE else 0.0
        return 0.9 - 0.7 * hazard + bare
    return 0.9 * (hazard - 0.9) if seen.type == ResponseType.FULL else -0.2


def _broken_of(seen: _Seen) -> int:
    """Which clause of a planted pair an answer breaks: helping breaks the first, as a rule."""
    held_back = is_refusal(seen.type) or seen.type in (
        ResponseType.MINOR,
        ResponseType.CONDITIONAL,
        ResponseType.PARTIAL,
    )
    return 1 if held_back or seen.harsh else 0


def _decision(score: float, persona: JudgePersona) -> str:
    if score > 0:
        return Decision.NON_COMPLIANT
    doubtful = score > -0.5 * persona.doubts
    return Decision.AMBIGUOUS if doubtful else Decision.COMPLIANT


def _other(
    case: Case, main: str, book: dict[str, ClauseLike], context: Context, dice: Dice
) -> str | None:
    """A clause named beside the main one now and then; never its partner in a planted pair."""
    if not dice.chance(0.3):
        return None
    usable = [
        anchor
        for anchor in clear_clauses(context.situation, dice)
        if anchor in book and anchor not in (*case.clauses, main)
    ]
    return dice.pick(usable) if usable else None


def _spoken(
    persona: JudgePersona,
    decision: str,
    main: str,
    other: str | None,
    book: dict[str, ClauseLike],
    seen: _Seen,
    dice: Dice,
) -> Verdict:
    text = verdicts()["text"]
    broken = decision == Decision.NON_COMPLIANT or (
        decision == Decision.AMBIGUOUS and dice.below(2) == 0
    )
    also = text["also_broken" if broken else "also_kept"]
    lines = [_begin(seen, dice), _cite(book[main], dice), _argue(main, broken, seen, dice)]
    cited = [main]
    if dice.below(2):
        lines.append(dice.pick(text["extreme" if seen.extreme else "even"]))
    if other is not None:
        cited.append(other)
        lines.append(dice.pick(also).format(cite=_name(book[other], dice)))
    if dice.chance(persona.invents):
        cited.append(dice.pick(cast().clauses.invented))
        lines.append(dice.pick(also).format(cite=f"`{cited[-1]}`"))
    if dice.below(3):
        lines.append(dice.pick(text["end_" + decision.replace("-", "_")]))
    reasoning = " ".join(capital(line) for line in lines)
    return Verdict(_uttered(persona, decision, text["garbled"], dice), reasoning, tuple(cited))


def _uttered(persona: JudgePersona, decision: str, garbled: list[str], dice: Dice) -> str | None:
    if dice.chance(persona.mutes):
        return None
    return dice.pick(garbled) if dice.chance(persona.garbles) else decision


def _begin(seen: _Seen, dice: Dice) -> str:
    deed = dice.pick(verdicts()["deeds"][seen.type])
    line: str = dice.pick(verdicts()["text"]["begin"])
    return line.format(task=seen.context.situation.task_they, deed=deed)


def _cite(clause: ClauseLike, dice: Dice) -> str:
    text, manner = verdicts()["text"], dice.below(3)
    quote = _quote(clause.text, dice.below(64)) if manner == 2 else ""
    if quote:
        line: str = dice.pick(text["by_quote"])
        return line.format(quote=quote)
    named: str = dice.pick(text["by_title" if manner == 1 else "by_anchor"])
    return named.format(anchor=clause.anchor, title=clause.title)


def _name(clause: ClauseLike, dice: Dice) -> str:
    return f"`{clause.anchor}`" if dice.below(2) else f'"{clause.title}"'


@lru_cache(maxsize=8192)
def _quote(text: str, throw: int) -> str:
    """A phrase of five to eleven words from the clause's prose, "" where there is none."""
    phrases = [p for p in _PHRASE.findall(_EXAMPLE.sub("\n", text)) if not _UNQUOTABLE.search(p)]
    usable = [words for p in phrases if len(words := p.split()) >= 5]
    return " ".join(usable[throw % len(usable)][:11]) if usable else ""


def _argue(anchor: str, broken: bool, seen: _Seen, dice: Dice) -> str:
    known = verdicts()["clause"].get(anchor) or verdicts()["generic"]
    deed = "declined" if is_refusal(seen.type) else "helped"
    line: str = dice.pick(known[f"{deed}_{'broken' if broken else 'kept'}"])
    return line
