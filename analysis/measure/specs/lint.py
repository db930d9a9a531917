"""A spec looked through for what makes judges and models read it in two ways.

Nothing is understood here: words, references and headings are compared. What is certain is an
error; what a person must weigh is a warning.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from analysis.measure.citations.words import WORD
from analysis.measure.specs import lint_rules as rules
from analysis.measure.specs.lint_rules import Rule, Severity
from analysis.measure.specs.wording import VAGUE_WORD, wording
from analysis.parse.specs.clause import LINK, Clause, Spec
from analysis.parse.specs.headings import headings, quiet_lines, with_anchors
from analysis.parse.specs.lines import Place, places

_BREAK = re.compile(r"(?<=[.!?])[\"”’)*_]*\s+|\n[ \t]*\n|\n(?=[ \t]*(?:[-*+]|\d+[.)])\s)")
_SETTLES, _NEGATES, _BINDS = (
    re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for words in (rules.SETTLING, rules.NEGATING, rules.BINDING)
)


@dataclass(frozen=True)
class Finding:
    """One remark: the line from 1, the clause's anchor, what is the matter, what to do."""

    line: int
    clause: str
    rule: Rule
    finding: str
    severity: Severity
    remedy: str


def lint(spec: Spec, text: str) -> list[Finding]:
    """Every finding, by line. `text` is the spec's file, for the lines.

    Takes whatever parses and raises nothing: an odd spec has odd findings.
    """
    stand = places(spec.clauses, text)
    read = [_Read(clause, place) for clause, place in zip(spec.clauses, stand, strict=True)]
    found = [
        *_broken(spec, read),
        *_circular(read),
        *_twice(read, text),
        *_authorities(read),
        *_each(read),
        *_opposites(read),
    ]
    return sorted(found, key=lambda f: (f.line, f.clause, f.rule, f.finding))


def lint_changes(before: Sequence[Finding], after: Sequence[Finding]) -> tuple[list[Finding], int]:
    """What an edit brought (the findings of `after` that `before` has not) and how many findings
    are gone. Lines do not count: an edit moves them."""
    old, new = (Counter((f.clause, f.rule, f.finding) for f in found) for found in (before, after))
    added = new - old
    return [f for f in after if added[f.clause, f.rule, f.finding]], (old - new).total()


@dataclass(frozen=True)
class _Sentence:
    """A sentence of a clause, or its title: its words, its line, what it is about."""

    words: str
    line: int

    @cached_property
    def about(self) -> frozenset[str]:
        found = (w.casefold().replace("’", "'") for w in WORD.findall(LINK.sub(r"\1", self.words)))
        return frozenset(_stem(w) for w in found if w not in rules.EMPTY_WORDS and len(w) > 1)

    @cached_property
    def denies(self) -> bool:
        return len(_NEGATES.findall(self.words)) % 2 == 1

    @cached_property
    def binds(self) -> bool:
        return bool(_BINDS.search(self.words))

    @cached_property
    def settles(self) -> bool:
        return bool(_SETTLES.search(self.words))


class _Read:
    """A clause with its place, its prose (blocks left out) and its sentences."""

    def __init__(self, clause: Clause, place: Place) -> None:
        self.clause, self.place = clause, place
        self.wording = wording(clause.text)
        self.prose = self.wording.prose
        self.sentences = [_Sentence(clause.title, place.head), *self._sentences()]

    def _sentences(self) -> Iterator[_Sentence]:
        start = 0
        for end in (*(m.span() for m in _BREAK.finditer(self.prose)), (len(self.prose),) * 2):
            words = self.prose[start : end[0]]
            if words.strip():
                lead = len(words) - len(words.lstrip())
                yield _Sentence(words.strip(), self.line_at(start + lead))
            start = end[1]

    def line_at(self, offset: int) -> int:
        """The file's line of an offset in the prose."""
        return self.place.body + self.prose.count("\n", 0, offset)

    def line_of(self, words: str) -> int:
        """The file's line on which some words of the clause's text stand."""
        at = self.clause.text.find(words)
        if at < 0:
            return self.place.head
        return self.place.body + self.clause.text.count("\n", 0, at)

    def finding(
        self, rule: Rule, severity: Severity, finding: str, remedy: str, line: int | None = None
    ) -> Finding:
        at = self.place.head if line is None else line
        return Finding(at, self.clause.anchor, rule, finding, severity, remedy)


_Said = tuple[_Read, _Sentence]


def _stem(word: str) -> str:
    for end in ("ing", "ed", "es", "s"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            return word[: -len(end)].rstrip("e")
    return word.rstrip("e") if len(word) > 3 else word


def _broken(spec: Spec, read: Sequence[_Read]) -> Iterator[Finding]:
    of = {r.clause.anchor: r for r in read}
    for anchor, name in spec.missing_references:
        if (one := of.get(anchor)) is not None:
            yield one.finding(
                Rule.BROKEN_REFERENCE,
                Severity.ERROR,
                f"The reference #{name} points to no clause of this spec.",
                f"Give a clause the anchor {{#{name}}}, or point to one that is there.",
                one.line_of(f"](#{name})"),
            )


def _settled(one: _Read, other: _Read) -> bool:
    """Whether a sentence of either that points to the other also says which of them wins."""
    return any(
        s.settles and f"](#{there.clause.anchor})" in s.words
        for here, there in ((one, other), (other, one))
        for s in here.sentences
    )


def _circular(read: Sequence[_Read]) -> Iterator[Finding]:
    """Clauses that point to themselves, pairs that point to each other, and of clauses bound by
    longer circles alone the shortest circle."""
    of = {r.clause.anchor: r for r in read}
    edges = {a: [t for t in r.clause.references if t in of] for a, r in of.items()}
    paired: set[str] = set()
    for anchor, one in of.items():
        for target in edges[anchor]:
            if anchor not in edges[target]:
                continue
            paired |= {anchor, target}
            other = of[target]
            if target == anchor:
                said, remedy = "The clause refers to itself.", "Say it here, or drop the reference."
            elif one.clause.order < other.clause.order and not _settled(one, other):
                said = f"It refers to #{target}, which refers back; neither says which one decides."
                remedy = f"Say in one of them which wins (“… unless {target} applies”)."
            else:
                continue
            yield _circle(one, said, remedy, target)
    seen: set[str] = set(paired)
    for anchor, one in of.items():
        if anchor in seen or not (path := _back(anchor, edges, paired)):
            continue
        seen |= set(path)
        said = "It refers in a circle: " + " → ".join(f"#{a}" for a in [*path, anchor]) + "."
        remedy = "Let one of them say it, and the others point to that one."
        yield _circle(one, said, remedy, path[1])


def _circle(one: _Read, said: str, remedy: str, target: str) -> Finding:
    line = one.line_of(f"](#{target})")
    return one.finding(Rule.CIRCULAR_REFERENCES, Severity.WARNING, said, remedy, line)


def _back(start: str, edges: dict[str, list[str]], without: set[str]) -> list[str]:
    """The shortest way along references from a clause back to itself, [] where there is none."""
    came: dict[str, str] = {}
    queue = [start]
    for here in queue:
        for target in edges[here]:
            if target == start:
                path = [here]
                while path[-1] != start:
                    path.append(came[path[-1]])
                return path[::-1]
            if target not in came and target not in without:
                came[target] = here
                queue.append(target)
    return []


def _twice(read: Sequence[_Read], text: str) -> Iterator[Finding]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    quiet, _ = quiet_lines(lines)
    met: dict[str, int] = {}
    for head in headings(with_anchors(lines, quiet), quiet):
        if head.anchor is None:
            continue
        if head.anchor in met:
            yield Finding(
                head.line + 1,
                head.anchor,
                Rule.DUPLICATE_ANCHOR,
                f"The anchor #{head.anchor} stands on line {met[head.anchor]} already.",
                Severity.ERROR,
                "Give this clause an anchor of its own: citations of it go to the first.",
            )
        met.setdefault(head.anchor, head.line + 1)
    titles: dict[str, _Read] = {}
    for one in read:
        first = titles.setdefault(one.clause.title.casefold(), one)
        if first is not one:
            yield one.finding(
                Rule.DUPLICATE_TITLE,
                Severity.WARNING,
                f"The title “{one.clause.title}” is also that of #{first.clause.anchor}, "
                f"line {first.place.head}.",
                "Give it a title that tells the two apart: judges cite by title.",
            )


def _authorities(read: Sequence[_Read]) -> Iterator[Finding]:
    of = {r.clause.anchor: r for r in read}
    rank = {name: i for i, name in enumerate(rules.AUTHORITIES)}
    for one in read:
        own = one.clause.authority
        if own is None:
            continue
        if own.casefold() not in rank:
            yield one.finding(
                Rule.UNKNOWN_AUTHORITY,
                Severity.WARNING,
                f"The authority “{own}” is none of {', '.join(reversed(rules.AUTHORITIES))}.",
                "Write one of these, so that its place among the others is known.",
            )
            continue
        above = of.get(one.clause.parent or "")
        while above is not None and above.clause.authority is None:
            above = of.get(above.clause.parent or "")
        held = above.clause.authority if above is not None else None
        if above is not None and held and rank.get(held.casefold(), 99) < rank[own.casefold()]:
            yield one.finding(
                Rule.AUTHORITY_ABOVE_PARENT,
                Severity.ERROR,
                f"Its authority, {own}, is above that of #{above.clause.anchor}, {held}, "
                "under which it stands.",
                f"Lower it to {held}, raise #{above.clause.anchor}, or move the clause.",
            )


def _each(read: Sequence[_Read]) -> Iterator[Finding]:
    """What can be said of a clause alone."""
    parents = {r.clause.parent for r in read}
    for one in read:
        words = len(WORD.findall(one.prose))
        if words > rules.LONGEST_WORDS:
            yield one.finding(
                Rule.LONG_CLAUSE,
                Severity.WARNING,
                f"The clause has {words:,} words without its examples, more than "
                f"{rules.LONGEST_WORDS:,}.",
                "Split it by rule, each under a heading: a citation of it says little.",
            )
        if one.clause.anchor not in parents and _is_rule(one) and not one.wording.has_example:
            yield one.finding(
                Rule.NO_EXAMPLE,
                Severity.WARNING,
                "The clause has no example.",
                "Add one case that it allows and one that it forbids, near the line.",
            )
        yield from _vague(one)


def _is_rule(one: _Read) -> bool:
    return one.clause.authority is not None or any(s.binds for s in one.sentences)


def _vague(one: _Read) -> Iterator[Finding]:
    found = list(VAGUE_WORD.finditer(one.prose))
    counts = Counter(m[0].casefold() for m in found)
    first = {m[0].casefold(): m.start() for m in reversed(found)}
    in_title = {m[0].casefold() for m in VAGUE_WORD.finditer(one.clause.title)}
    for word in sorted({*counts, *in_title}):
        times = counts[word] + (word in in_title)
        line = one.place.head if word in in_title else one.line_at(first[word])
        yield one.finding(
            Rule.VAGUE_WORD,
            Severity.WARNING,
            f"“{word}” can be read in two ways{f' ({times} times)' if times > 1 else ''}.",
            f"{rules.VAGUE[word].capitalize()}.",
            line,
        )


def _opposites(read: Sequence[_Read]) -> Iterator[Finding]:
    """Sentences about the same of which one denies, where nothing says which of them holds."""
    asks: dict[frozenset[str], list[_Said]] = defaultdict(list)
    denials: list[_Said] = []
    for one in read:
        for s in one.sentences:
            if len(s.about) >= rules.LEAST_WORDS and not s.settles and not s.words.endswith("?"):
                denials.append((one, s)) if s.denies else asks[s.about].append((one, s))
    holders: dict[str, list[frozenset[str]]] = defaultdict(list)
    for about in asks:
        for word in about:
            holders[word].append(about)
    told: set[frozenset[str]] = set()
    for one, denial in denials:
        for about in _alike(denial.about, holders):
            clash = next((p for p in asks[about] if _clash((one, denial), p)), None)
            pair = frozenset((one.clause.anchor, clash[0].clause.anchor)) if clash else None
            if clash and pair and pair not in told:
                told.add(pair)
                yield _opposite(one, denial, *clash, about == denial.about)


def _alike(
    about: frozenset[str], holders: dict[str, list[frozenset[str]]]
) -> Iterator[frozenset[str]]:
    """Sets of words that share enough with one, the likest first. Such a set has one of the
    rarest words of this one, so that only sets with these are compared."""
    rare = sorted(about, key=lambda w: (len(holders.get(w, ())), w))
    needed = math.ceil(rules.LIKENESS * len(about))
    near = {s for word in rare[: len(about) - needed + 1] for s in holders.get(word, ())}
    scored = [(len(about & s) / len(about | s), s) for s in near]
    yield from (
        s
        for share, s in sorted(scored, key=lambda p: (-p[0], sorted(p[1])))
        if share >= rules.LIKENESS and len(about & s) >= rules.LEAST_WORDS
    )


def _clash(one: _Said, other: _Said) -> bool:
    """Whether one of two is a rule, and neither authority nor words say which holds."""
    binds = one[1].binds or other[1].binds
    return binds and not _ranked(one[0], other[0]) and not _settled(one[0], other[0])


def _ranked(one: _Read, other: _Read) -> bool:
    """Whether two clauses state authorities that say which of them wins."""
    a, b = one.clause.authority, other.clause.authority
    return bool(a and b and a != b)


def _opposite(
    one: _Read, denial: _Sentence, other: _Read, asked: _Sentence, is_exact: bool
) -> Finding:
    """Told at the later of the two lines."""
    (_, before), (late, after) = sorted(
        ((other, asked), (one, denial)), key=lambda p: (p[1].line, p[0].clause.order)
    )
    where = "" if one is other else f" of #{(other if late is one else one).clause.anchor}"
    return late.finding(
        Rule.OPPOSITE_RULES,
        Severity.ERROR if is_exact else Severity.WARNING,
        f"“{_short(after.words)}” {'is' if is_exact else 'may be'} the opposite of "
        f"“{_short(before.words)}”{where}, line {before.line}, and nothing says which one wins.",
        "Say which one wins and when (“unless …”, “… takes precedence”), or drop one.",
        after.line,
    )


def _short(words: str) -> str:
    flat = " ".join(LINK.sub(r"\1", words).split())
    return flat if len(flat) <= 120 else flat[:119] + "…"
