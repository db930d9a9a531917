"""Markdown specs: which lines are headings, which are example code, what stands between.

Not a Markdown renderer. A clause starts at a heading and keeps its words as they are, HTML and
scripts included; code blocks only matter because a `#` inside one is not a heading.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.parse.specs.clause import Piece, Span

_FENCE = re.compile(r"[ \t]*(`{3,}(?=[^`]*$)|~{3,})(.*)")
_HTML = re.compile(r" {0,3}<(!--|script|style|pre|textarea)", re.IGNORECASE)
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
_TAG = re.compile(
    r"\s*<h(?P<level>[1-6])(?P<attributes>[^<>]*)>(?P<title>.*?)</h(?P=level)>\s*", re.IGNORECASE
)
_ID = re.compile(r"""\b(?:id|name)\s*=\s*["'“”]?(?P<id>[^\s"'“”<>]+)""", re.IGNORECASE)
_INLINE_ANCHOR = re.compile(r"""<a\s[^<>]*\b(?:id|name)\s*=[^<>]*>(?:\s*</a>)?""", re.IGNORECASE)
_TAGS = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,}|~{4,}|\^{4,}|\"{4,})[ \t]*")
_RULED = '~^"'
"""Marks under a title in reStructuredText that Markdown does not know: as long as the title."""
_NOT_PROSE = re.compile(r"\s*(?:[#>|<*+-]|\d+[.)]\s|$)|\t| {4}")
_FRONT_KEY = {
    "---": re.compile(r"[\w-]+[ \t]*:"),
    "+++": re.compile(r"[\w\".-]+[ \t]*=|\[[\w.]+\]"),
}
"""What the first line inside front matter looks like, in YAML and in TOML."""
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
    """How many lines at the top are front matter (`---` YAML, `+++` TOML): settings of a site, no
    part of a spec."""
    mark = lines[0].rstrip() if lines else ""
    key = _FRONT_KEY.get(mark)
    if len(lines) < 3 or key is None or not key.match(lines[1]):
        return 0
    for i, line in enumerate(lines[1:_FRONT_LINES], start=1):
        if line.rstrip() == mark or (mark == "---" and line.rstrip() == "..."):
            return i + 1
    return 0


def without_overlines(lines: Sequence[str]) -> list[str]:
    """The lines with a blank for each that stands over a title which is underlined likewise."""
    found = list(lines)
    for i in range(len(lines) - 2):
        bare = lines[i].strip()
        over = len(bare) >= 3 and bare == bare[0] * len(bare) and bare[0] in '=-^"'
        if over and lines[i + 1].strip() and lines[i + 2].strip() == bare:
            found[i] = ""
    return found


def with_anchors(lines: Sequence[str], quiet: Sequence[bool]) -> list[str]:
    """The lines with an anchor that stands alone above a heading (`<a id="x"></a>`) as the
    heading's own."""
    found = list(lines)
    for i, line in enumerate(lines):
        alone = None if quiet[i] else _INLINE_ANCHOR.fullmatch(line.strip())
        at = next((k for k in range(i + 1, len(lines)) if lines[k].strip()), None)
        if alone is None or at is None or quiet[at] or not _ATX.match(lines[at]):
            continue
        named = _ID.search(alone[0])
        if named and "{#" not in lines[at] and not _INLINE_ANCHOR.search(lines[at]):
            found[i] = ""
            found[at] = f"{_without_closing_hashes(lines[at])} {{#{named['id']}}}"
    return found


def quiet_lines(lines: Sequence[str]) -> tuple[list[bool], list[int]]:
    """Per line whether it lies in a code or HTML block, and the lines of blocks never closed.

    A fence may be indented by any amount (examples inside list items are). A block that is
    never closed is read as text: otherwise one slip would swallow every clause after it.
    """
    closers = _Closers(lines)
    quiet, unclosed, i = [False] * len(lines), [], 0
    while i < len(lines):
        opener = None if _is_ruled(lines, i) else _opener(lines[i])
        end = closers.after(i, *opener) if opener else None
        if opener and end is None:
            unclosed.append(i)
        if end is not None:
            quiet[i : end + 1] = [True] * (end + 1 - i)
        i = i + 1 if end is None else end + 1
    return quiet, unclosed


def _is_ruled(lines: Sequence[str], i: int) -> bool:
    """Whether a line of tildes or the like underlines the title above it: as long as that."""
    bare, above = lines[i].strip(), lines[i - 1].strip() if i else ""
    free = i < 2 or not lines[i - 2].strip()
    marked = len(bare) >= 4 and bare == bare[0] * len(bare) and bare[0] in _RULED
    prose = bool(above) and not _NOT_PROSE.match(lines[i - 1])
    return marked and free and prose and len(bare) >= len(above)


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
        if tag := _TAG.fullmatch(line):
            found.append(_tagged(i, tag))
        elif atx := _ATX.match(line):
            found.append(_heading(i, i + 1, len(atx[1]), _without_closing_hashes(atx[2])))
        elif _is_setext(lines, quiet, i):
            level = {"=": 1, "-": 2}.get(lines[i + 1].strip()[0], 3)
            found.append(_heading(i, i + 2, level, line.strip()))
    return found


def _tagged(line: int, tag: re.Match[str]) -> Heading:
    """A heading written in HTML, its `id` the anchor."""
    named = _ID.search(tag["attributes"]) or _ID.search(tag["title"])
    title = _TAGS.sub("", tag["title"]).strip()
    return Heading(line, line + 1, int(tag["level"]), title, named and named["id"], None)


def _without_closing_hashes(title: str) -> str:
    bare = title.strip()
    cut = bare.rstrip("#")
    return cut.rstrip() if cut != bare and (not cut or cut[-1] in " \t") else bare


def _is_setext(lines: Sequence[str], quiet: Sequence[bool], i: int) -> bool:
    """One line of prose over a line of = or -, with nothing but a blank or heading above it."""
    if i + 1 >= len(lines) or quiet[i + 1] or not _UNDERLINE.fullmatch(lines[i + 1]):
        return False
    if lines[i + 1].strip()[0] in _RULED and not _is_ruled(lines, i + 1):
        return False
    above = lines[i - 1] if i else ""
    free = not above.strip() or quiet[i - 1] or bool(_ATX.match(above) or _UNDERLINE.match(above))
    return free and not _NOT_PROSE.match(lines[i])


def _heading(line: int, body: int, level: int, raw: str) -> Heading:
    title, anchor, authority = raw, None, None
    if marked := _INLINE_ANCHOR.search(raw):
        named = _ID.search(marked[0])
        bare = _INLINE_ANCHOR.sub("", raw).strip()
        return Heading(line, body, level, bare, named and named["id"], None)
    at = raw.rfind("{")
    if raw.endswith("}") and at >= 0:
        tokens = raw[at + 1 : -1].split()
        anchor = next((t[1:] for t in tokens if t.startswith("#") and len(t) > 1), None)
        pairs = dict(t.split("=", 1) for t in tokens if "=" in t and not t.startswith("#"))
        authority = pairs.get("authority", "").strip("\"'“”‘’") or None
        title = raw[:at].rstrip() if anchor else raw
    return Heading(line, body, level, title, anchor, authority if anchor else None)


def pieces(lines: Sequence[str], chosen: Sequence[Heading]) -> list[Piece]:
    """Each chosen heading with the lines up to the next chosen one."""
    ends = [h.line for h in chosen[1:]] + [len(lines)]
    return [
        Piece(
            h.level,
            h.title,
            body_text(lines[h.body : end]),
            h.anchor,
            h.authority,
            span=_span(lines, h, end),
        )
        for h, end in zip(chosen, ends, strict=True)
    ]


def _span(lines: Sequence[str], head: Heading, end: int) -> Span:
    worded = [i for i in range(head.body, end) if lines[i].strip()]
    if not worded:
        return Span(head.line, head.body, head.body)
    return Span(head.line, worded[0], worded[-1] + 1)


def body_text(lines: Sequence[str]) -> str:
    """The lines as they are, without the blank ones before and after."""
    first = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    return "\n".join(lines[first:]).rstrip()
