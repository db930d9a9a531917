"""Where the clauses of a spec stand in its file, so that a remark can name the line."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.parse.specs.clause import Clause, plain_title

_ANCHOR = re.compile(r"(?<=\{#)[^\s}]+|(?<=\")[\w.:-]+(?=\")")
_NEAR = 300
"""How many lines ahead a clause is looked for by a part of a line."""


@dataclass(frozen=True)
class Place:
    """The lines, from 1, of a clause's heading and of the first line of its text."""

    head: int
    body: int


def places(clauses: Sequence[Clause], text: str) -> list[Place]:
    """One place a clause, in their order. A clause whose words are not found as they are (a list
    of statements may write them otherwise) stands where the one before it stands."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    known = _Known(lines)
    found: list[Place] = []
    start = 0
    for clause in clauses:
        head = known.head(clause, start)
        at = max(start - 1, 0) if head is None else head
        body = known.first(known.lines, _first_line(clause.text), at)
        found.append(Place(at + 1, (at if body is None else body) + 1))
        start = at + 1
    return found


def _first_line(text: str) -> str:
    return next((line for line in text.split("\n") if line.strip()), "")


class _Known:
    """The lines of a file by what stands on them, so that no clause reads the whole file."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.written = lines
        self.bare = [plain_title(line.strip().lstrip("#>-*+ ")) for line in lines]
        self.lines, self.titles, self.anchors = (defaultdict[str, list[int]](list) for _ in "123")
        for i, line in enumerate(lines):
            self.lines[line].append(i)
            self.titles[self.bare[i]].append(i)
            for anchor in _ANCHOR.findall(line):
                self.anchors[anchor].append(i)

    def first(self, of: Mapping[str, list[int]], words: str, start: int) -> int | None:
        """The first line from `start` on under some words."""
        at = of.get(words, []) if words else []
        i = bisect_left(at, start)
        return at[i] if i < len(at) else None

    def head(self, clause: Clause, start: int) -> int | None:
        """The line that begins a clause: by its anchor, else its title, else words of either."""
        title = clause.title.rstrip("…")
        for of, words in (
            (self.anchors, clause.anchor),
            (self.titles, title),
            (self.lines, _first_line(clause.text)),
        ):
            if (at := self.first(of, words, start)) is not None:
                return at
        near = range(start, min(start + _NEAR, len(self.bare)))
        marks = (title, clause.anchor)
        hits = (i for m in marks for i in near if m in self.bare[i] or m in self.written[i])
        return next(hits, None)
