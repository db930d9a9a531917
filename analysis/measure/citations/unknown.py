"""Names that a judge uses as a clause's and that the spec does not have."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from analysis.measure.citations.words import Page

_HASH = re.compile(r"#([A-Za-z][\w-]{2,80})")
_NAMES = r"[A-Za-z][a-z0-9]*(?:[_-][a-z0-9]+)+"
_TICKED = re.compile(rf"`({_NAMES})`")
_CITES = re.compile(
    r"\b(?:under|per|see|by|(?:violates?|breach(?:es)?|breaks?)(?: the)?)\s+$", re.I
)
_KIND = r"(?:(?:sub)?section|clause|principle|guideline|rule|provision|heading)"
_QUOTED_BEFORE = re.compile(rf"\b{_KIND}s?\s+(?:on\s+|called\s+|titled\s+|named\s+)?[\"“'‘]$", re.I)
_QUOTED_AFTER = re.compile(rf"^[\"”'’]\s+{_KIND}\b", re.I)
_KIND_BEFORE = re.compile(rf"\b{_KIND}s?\s+#$", re.I)
_CALLED = re.compile(
    rf"\b{_KIND}\s+(?:called|titled|named)\s+([A-Z][\w'’-]*(?:\s+[\w'’-]+){{0,6}}?)(?=[?!.,;:]|\s*$)",
    re.MULTILINE,
)
NUMBERED = re.compile(
    r"(?:§+\s?|\b(?:clause|section|rule|article|principle|paragraph|point)s?\s+)"
    r"(\d+(?:\.\d+)*(?:\.?\(?[a-z]\)?)?)(?![\w%])",
    re.I,
)
"""A clause by its number, for specs whose clauses have one."""
_DOTTED = re.compile(
    r"(?:§+\s?|\b(?:clause|section|rule|article|principle)\s+)(\d+(?:\.\d+)+)(?![\w%])", re.I
)
_DECIMAL = re.compile(r"\d\.\d")
_CODE = re.compile(
    r"\b(?:code|field|function|variable|parameter|argument|column|method|class|attribute|flag|"
    r"returns?|renam\w+|package|library|command|key|json|schema|property|file)\b",
    re.I,
)
_ELSEWHERE = re.compile(
    r"\b(?:act|law|statute|contract|lease|report|letter|essay|paper|book|article|treaty|"
    r"constitution|regulation|handbook|form|thesis|chapter)\b",
    re.I,
)
_MOST_WORDS = 8


class Invented(NamedTuple):
    """A name that no clause has, and where it stands."""

    name: str
    start: int
    end: int


def invented(
    page: Page, marked: Sequence[tuple[int, int]], spelled: Collection[str], numbered: bool
) -> Iterator[Invented]:
    """Names used as a clause's. `spelled`: lower-case names that the spec itself writes with
    underscores or hyphens, its anchors among them, which are never reported; `numbered`: whether
    its clauses have numbers, so that a number alone can be one that it lacks."""
    text = page.text
    for match in _all(text, ((_HASH, "#"), (_TICKED, "`"))):
        name = match[1].rstrip("-_")
        if name.lower() not in spelled and _as_clause(page, match, name):
            yield Invented(name, match.start(1), match.start(1) + len(name))
    yield from _bare(page, spelled)
    for start, end in marked:
        if _titled(page, start, end):
            yield Invented(text[start:end], start, end)
    numbers = NUMBERED if numbered else _DOTTED
    digits = numbers.finditer(text) if numbered or _DECIMAL.search(text) else ()
    for match in (*_all(text, ((_CALLED, "ed "),)), *digits):
        if match[1].lower() not in spelled and not _elsewhere(page, match.start(1), match.end(1)):
            yield Invented(match[1], *match.span(1))


def _bare(page: Page, spelled: Collection[str]) -> Iterator[Invented]:
    """Names with underscores behind "under", "per", "violates" and the like."""
    text = page.text
    for start, end in page.joined:
        name = text[start:end]
        if "_" in name and name.lower() not in spelled and name.islower():
            low, high = page.sentence(start, end)
            cites = _CITES.search(text[max(0, start - 24) : start])
            if cites and not _CODE.search(text, low, high):
                yield Invented(name, start, end)


def _all(text: str, patterns: Iterable[tuple[re.Pattern[str], str]]) -> Iterator[re.Match[str]]:
    """Matches of patterns, each looked for only where the mark that it needs is in the text."""
    for pattern, needs in patterns:
        if needs in text:
            yield from pattern.finditer(text)


def _as_clause(page: Page, match: re.Match[str], name: str) -> bool:
    """Whether an anchor-like name can be meant as a clause's: a tag or a name in code is not."""
    text, (start, end) = page.text, match.span(1)
    if match.re is _HASH:
        linked = text[max(0, start - 2) : start - 1] in ("(", "{", "[", "§")
        return "_" in name or linked or bool(_KIND_BEFORE.search(text[max(0, start - 40) : start]))
    low, high = page.sentence(start, end)
    return not _CODE.search(text, low, high)


def _titled(page: Page, start: int, end: int) -> bool:
    """Whether a passage in quotation marks is used as the title of a clause."""
    text = page.text
    if not (
        _QUOTED_BEFORE.search(text[max(0, start - 40) : start])
        or _QUOTED_AFTER.search(text[end : end + 20])
    ):
        return False
    count = len(text[start:end].split())
    like = text[start].isupper() or count <= 3
    return count <= _MOST_WORDS and like and not _elsewhere(page, start, end)


def _elsewhere(page: Page, start: int, end: int) -> bool:
    """Whether the sentence is about another document, whose sections these may be."""
    low, high = page.sentence(start, end)
    text = page.text
    return bool(_ELSEWHERE.search(text, low, start) or _ELSEWHERE.search(text, end, high))
