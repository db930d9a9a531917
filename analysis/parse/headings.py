"""Markdown specs: which lines are headings, which are example code, what stands between.

Not a Markdown renderer. A clause starts at a heading and keeps its words as they are, HTML and
scripts included; code blocks only matter because a `#` inside one is not a heading.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.parse.clause import Piece

_FENCE = re.compile(r"[ \t]*(`{3,}(?=[^`]*$)|~{3,})(.*)")
_HTML = re.compile(r" {0,3}<(!--|script|style|pre|textarea)", re.IGNORECASE)
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*")
_NOT_PROSE = re.compile(r"\s*(?:[#>|<*+-]|\d+[.)]\s|$)|\t| {4}")
_FRONT_KEY = re.compile(r"[\w-]+[ \t]*:")
_FRONT_LINES = 60


@dataclass(frozen=True)
class Heading:
    """One heading: its line, the first line of its text (from 0), depth 1 to 6, its mark-up."""

    line: int
    body: int
    level: int
    title: str
    anchor: str | None
    authority: str | None


def front_matter(lines: Sequence[str]) -> int:
    """How many lines at the top are `---` front matter: settings of a site, no part of a spec."""
    if len(lines) < 3 or lines[0].rstrip() != "---" or not _FRONT_KEY.match(lines[1]):
        return 0
    for i, line in enumerate(lines[1:_FRONT_LINES], start=1):
        if line.rstrip() in ("---", "..."):
            return i + 1
    return 0


def quiet_lines(lines: Sequence[str]) -> tuple[list[bool], list[int]]:
    """Per line whether it lies in a code or HTML block, and the lines of blocks never closed.

    A fence may be indented by any amount (examples inside list items are). A block that is
    never closed is read as text: otherwise one slip would swallow every clause after it.
    """
    closers = _Closers(lines)
    quiet, unclosed, i = [False] * len(lines), [], 0
    while i < len(lines):
        opener = _opener(lines[i])
        end = closers.after(i, *opener) if opener else None
        if opener and end is None:
            unclosed.append(i)
        if end is not None:
            quiet[i : end + 1] = [True] * (end + 1 - i)
        i = i + 1 if end is None else end + 1
    return quiet, unclosed


def _opener(line: str) -> tuple[str, int] | None:
    """What would close the block that this line opens: the mark, and how long it must be."""
    if fence := _FENCE.match(line):
        return fence[1][0], len(fence[1])
    if html := _HTML.match(line):
        return ("-->" if html[1] == "!--" else f"</{html[1].lower()}>"), 0
    return None


class _Closers:
    """Every line that could close a block, looked up without reading the rest of the file."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines: dict[str, list[int]] = defaultdict(list)
        self.sizes: dict[str, list[int]] = defaultdict(list)
        self.longest: dict[str, list[int]] = {}
        for i, line in enumerate(lines):
            for mark, size in _closing_marks(line):
                self.lines[mark].append(i)
                self.sizes[mark].append(size)
        for mark, sizes in self.sizes.items():
            best, longest = 0, []
            for size in reversed(sizes):
                best = max(best, size)
                longest.append(best)
            self.longest[mark] = longest[::-1]

    def after(self, line: int, mark: str, size: int) -> int | None:
        """The first line that closes the block opened at `line`, or None if none does."""
        at = self.lines.get(mark, [])
        fence = mark in "`~"
        start = bisect_right(at, line if fence else line - 1)
        if start == len(at) or self.longest[mark][start] < size:
            return None
        sizes = self.sizes[mark]
        return next(at[k] for k in range(start, len(at)) if sizes[k] >= size)


def _closing_marks(line: str) -> Iterator[tuple[str, int]]:
    bare = line.strip()
    if len(bare) >= 3 and bare[0] in "`~" and bare == bare[0] * len(bare):
        yield bare[0], len(bare)
    if ">" in bare:
        low = bare.lower()
        for mark in ("-->", "</script>", "</style>", "</pre>", "</textarea>"):
            if mark in low:
                yield mark, 0


def headings(lines: Sequence[str], quiet: Sequence[bool]) -> list[Heading]:
    """All ATX and setext headings outside of quiet lines, in reading order."""
    found: list[Heading] = []
    for i, line in enumerate(lines):
        if quiet[i]:
            continue
        if atx := _ATX.match(line):
            found.append(_heading(i, i + 1, len(atx[1]), _without_closing_hashes(atx[2])))
        elif _is_setext(lines, quiet, i):
            level = 1 if "=" in lines[i + 1] else 2
            found.append(_heading(i, i + 2, level, line.strip()))
    return found


def _without_closing_hashes(title: str) -> str:
    bare = title.strip()
    cut = bare.rstrip("#")
    return cut.rstrip() if cut != bare and (not cut or cut[-1] in " \t") else bare


def _is_setext(lines: Sequence[str], quiet: Sequence[bool], i: int) -> bool:
    """One line of prose over a line of = or -, with nothing but a blank or heading above it."""
    if i + 1 >= len(lines) or quiet[i + 1] or not _UNDERLINE.fullmatch(lines[i + 1]):
        return False
    above = lines[i - 1] if i else ""
    free = not above.strip() or quiet[i - 1] or bool(_ATX.match(above) or _UNDERLINE.match(above))
    return free and not _NOT_PROSE.match(lines[i])


def _heading(line: int, body: int, level: int, raw: str) -> Heading:
    title, anchor, authority = raw, None, None
    at = raw.rfind("{")
    if raw.endswith("}") and at >= 0:
        tokens = raw[at + 1 : -1].split()
        anchor = next((t[1:] for t in tokens if t.startswith("#") and len(t) > 1), None)
        pairs = dict(t.split("=", 1) for t in tokens if "=" in t and not t.startswith("#"))
        authority = pairs.get("authority", "").strip("\"'") or None
        title = raw[:at].rstrip() if anchor else raw
    return Heading(line, body, level, title, anchor, authority if anchor else None)


def pieces(lines: Sequence[str], chosen: Sequence[Heading]) -> list[Piece]:
    """Each chosen heading with the lines up to the next chosen one."""
    ends = [h.line for h in chosen[1:]] + [len(lines)]
    return [
        Piece(h.level, h.title, body_text(lines[h.body : end]), h.anchor, h.authority)
        for h, end in zip(chosen, ends, strict=True)
    ]


def body_text(lines: Sequence[str]) -> str:
    """The lines as they are, without the blank ones before and after."""
    first = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    return "\n".join(lines[first:]).rstrip()
