"""Plain-text specs: a clause is a numbered paragraph, or any paragraph where none is numbered.

Numbers are `1.`, `1)`, `1.2`, `(a)`, `a)`, `(iv)`, `§ 3`, `Article 5:`. Inside a paragraph a
number only counts where it continues the numbering, so a wrapped line that happens to start
with `12.` or `3.5` stays text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis.parse.specs.clause import Piece
from analysis.parse.specs.headings import body_text

HEADLINE_CHARS = 80
PREAMBLE = "preamble"
_MARKER = re.compile(
    r"[ \t]*(?:"
    r"(?P<sign>§{1,2}[ \t]*|(?:article|section|clause|rule|principle)[ \t]+)"
    r"(?P<sign_no>\d{1,4}(?:\.\d{1,4}){0,5})(?P<sign_end>[.:)]?)"
    r"|(?P<dot>\d{1,3}(?:\.\d{1,3}){0,5})(?P<dot_end>[.)]?)"
    r"|\((?P<paren>\d{1,3}|[a-z]|[ivxl]{2,7})\)"
    r"|(?P<half>[a-z]|[ivxl]{2,7})\)"
    r")(?:[ \t]+|$)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}


@dataclass(frozen=True)
class Mark:
    """A number at the head of a line: its style, its values and where the words start."""

    style: str  # sign, dot, digit, letter or roman
    values: tuple[int, ...]
    label: str
    words_at: int
    bare: bool = False  # a decimal like 1.2 without a dot behind it


@dataclass(frozen=True)
class Open:
    """A clause that later numbers may belong to."""

    mark: Mark
    anchor: str


@dataclass(frozen=True)
class Start:
    """Where a clause starts: its line (from 0), the first column of words, anchor and depth."""

    line: int
    words_at: int
    anchor: str
    level: int


def numbered_pieces(lines: Sequence[str], quiet: Sequence[bool]) -> list[Piece]:
    """One piece a numbered paragraph; text before the first number is a preamble.

    Empty where fewer than two numbers are found: one number makes no numbering.
    """
    starts = list(_starts(lines, quiet))
    if len(starts) < 2:
        return []
    found: list[Piece] = []
    if preamble := body_text(lines[: starts[0].line]):
        found.append(Piece(1, "Preamble", preamble, PREAMBLE))
    ends = [start.line for start in starts[1:]] + [len(lines)]
    for start, end in zip(starts, ends, strict=True):
        own = [lines[start.line][start.words_at :], *lines[start.line + 1 : end]]
        title, text = _headline(own)
        found.append(Piece(start.level, title, text, start.anchor))
    return found


def paragraph_pieces(lines: Sequence[str], quiet: Sequence[bool]) -> list[Piece]:
    """One piece a paragraph (lines between blank ones), named after its first words."""
    groups: list[list[str]] = [[]]
    for line, hushed in zip(lines, quiet, strict=True):
        if line.strip() or hushed:
            groups[-1].append(line)
        elif groups[-1]:
            groups.append([])
    return [Piece(1, *_headline(group)) for group in groups if any(s.strip() for s in group)]


def _headline(lines: Sequence[str]) -> tuple[str, str]:
    """Title and text. A short first line that stands alone and ends no sentence is the title;
    otherwise the title repeats the first words and the text is whole."""
    text = body_text(lines)
    first, _, rest = text.partition("\n")
    alone = rest.startswith("\n") or (rest and not rest.split("\n", 1)[0].strip())
    if alone and len(first.strip()) <= HEADLINE_CHARS and first.rstrip()[-1:] not in ".,;:!?":
        return first.strip(), body_text(rest.split("\n"))
    flat = " ".join(text[: 4 * HEADLINE_CHARS].split())
    end = _SENTENCE_END.search(flat)
    sentence = flat[: end.start()] if end and end.start() else flat
    if len(sentence) <= HEADLINE_CHARS:
        return sentence, text
    return sentence[:HEADLINE_CHARS].rsplit(" ", 1)[0] + "…", text


def _starts(lines: Sequence[str], quiet: Sequence[bool]) -> Iterator[Start]:
    stack: list[Open] = []
    for i, line in enumerate(lines):
        if quiet[i] or not (mark := _mark(line, stack)):
            continue
        fresh = i == 0 or not lines[i - 1].strip() or quiet[i - 1]
        if not _belongs(mark, stack, fresh):
            continue
        _close(stack, mark)
        stack.append(Open(mark, _anchor(stack, mark)))
        yield Start(i, mark.words_at, stack[-1].anchor, len(stack))


def _mark(line: str, stack: Sequence[Open]) -> Mark | None:
    m = _MARKER.match(line)
    if m is None:
        return None
    if number := m["sign_no"]:
        named = not m["sign"].lstrip().startswith("§")
        if named and not m["sign_end"] and line[m.end() :].strip():
            return None  # "Section 3 applies": a sentence, not a number
        return Mark("sign", _values(number), number, m.end())
    if number := m["dot"]:
        bare = not m["dot_end"]
        whole = "." not in number
        return None if bare and whole else Mark("dot", _values(number), number, m.end(), bare)
    label = (m["paren"] or m["half"]).lower()
    if label.isdigit():
        return Mark("digit", (int(label),), label, m.end())
    style, value = _letter_or_roman(label, stack)
    return Mark(style, (value,), label, m.end())


def _values(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split("."))


def _letter_or_roman(label: str, stack: Sequence[Open]) -> tuple[str, int]:
    """(i) follows (h) as a letter, and starts a list of its own otherwise."""
    roman = _roman(label)
    if len(label) > 1:
        return "roman", roman
    letter = ord(label) - ord("a") + 1
    last = {o.mark.style: o.mark.values[-1] for o in stack}
    if last.get("letter") == letter - 1 and letter > 1:
        return "letter", letter
    if roman and (roman == 1 or last.get("roman") == roman - 1):
        return "roman", roman
    return "letter", letter


def _roman(label: str) -> int:
    digits = [_ROMAN.get(c, 0) for c in label] + [0]
    return sum(-a if a < b else a for a, b in pairwise(digits))


def _belongs(mark: Mark, stack: Sequence[Open], fresh: bool) -> bool:
    """Does this number start a clause here, or is it a number in the middle of a text?"""
    if fresh and not mark.bare:
        return True
    same = [o.mark for o in stack if o.mark.style == mark.style]
    if mark.style not in ("dot", "sign"):
        return mark.values[-1] == (same[-1].values[-1] + 1 if same else 1)
    if not same:
        return fresh or mark.values[-1] == 1
    last = same[-1].values
    if fresh:
        return mark.values > last and mark.values[0] <= last[0] + 1
    # The first part of the next section: its heading, a bare “2 Limits”, is text like any other.
    begun = {(last[0] + 1, 1)} if len(last) > 1 else set()
    return mark.values in {
        (*last, 1),
        *((*last[:k], last[k] + 1) for k in range(len(last))),
        *begun,
    }


def _close(stack: list[Open], mark: Mark) -> None:
    """Take from the stack whatever the new clause does not belong to."""
    if mark.style in ("dot", "sign"):
        while stack and not _holds(stack[-1].mark, mark):
            stack.pop()
        return
    styles = [o.mark.style for o in stack]
    if mark.style in styles:
        del stack[styles.index(mark.style) :]


def _holds(outer: Mark, inner: Mark) -> bool:
    if outer.style == inner.style:
        depth = len(outer.values)
        return depth < len(inner.values) and inner.values[:depth] == outer.values
    return outer.style == "sign"


def _anchor(stack: Sequence[Open], mark: Mark) -> str:
    """`1.2` for a number that says its whole path, the parent's anchor in front otherwise."""
    if not stack or stack[-1].mark.style == mark.style in ("dot", "sign"):
        inside = next((o.anchor for o in reversed(stack) if o.mark.style != mark.style), None)
        return f"{inside}.{mark.label}" if inside else mark.label
    return f"{stack[-1].anchor}.{mark.label}"
