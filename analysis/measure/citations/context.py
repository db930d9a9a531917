"""What stands around a name: whether it is marked as one, spoken of as a rule, or set aside."""

import re
from bisect import bisect_left
from typing import Final

from analysis.measure.citations.words import LAWS, RULES, Page

_BETWEEN: Final = "on about of for to against regarding concerning called titled named that the"
_JOIN: Final = frozenset(_BETWEEN.split())
_STANCE: Final = frozenset(["stance", "position", "view", "line"])
_MARKED = re.compile(
    r"(?=[\"“«„'‘*_`])(?:"
    r"\"((?:[^\"\n]|\n(?!\s*\n)){2,400})\"|“([^”]{2,400})”|«([^»]{2,400})»|„([^“”]{2,400})[“”]"
    r"|(?<![\w'])'([^'\n]{2,120})'(?!\w)|‘([^’\n]{2,120})’(?!\w)"
    r"|\*\*([^*\n]{2,160})\*\*|(?<![\w*])\*([^*\s][^*\n]{1,160})\*(?![\w*])"
    r"|(?<![\w_])_([^_\s][^_\n]{1,160})_(?![\w_])|`([^`\n]{2,160})`)"
)
_NOT_HERE = (
    r"(?:is|are|was|were)(?: not|n't)(?: \w+)? (?:at issue|at stake|in play|in question|relevant|"
    r"implicated|engaged|applicable|triggered|involved|the (?:issue|question|point))|"
    r"(?:do|does|did)(?: not|n't)(?: \w+)? (?:apply|arise|come into play|come into it|matter|bear)|"
    r"(?:is|are|seems?) (?:irrelevant|inapplicable|beside the point|out of place here)|"
    r"(?:has|have|had) (?:nothing|anything) to do with|"
    r"(?:has|have|had) (?:no|little) (?:bearing|relevance)|plays? no (?:role|part)"
)
_SET_ASIDE_AFTER = re.compile(rf"\b(?:{_NOT_HERE})\b", re.IGNORECASE)
_SET_ASIDE_BEFORE = re.compile(
    r"\b(?:not (?:a (?:case|matter|question) (?:for|of)|about|governed by|covered by)|"
    r"(?:do|does|did)(?: not|n't) (?:engage|implicate|trigger|invoke|involve|concern)|"
    r"(?:set|sets|setting|put|leave|leaving) aside|nothing to do with|irrelevant here|"
    r"rather than|instead of)\b(?:\s+(?:the|any|under|of|for))*[\s\"'“‘*_`(\[#]*$",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"\b(?:but|yet|however|though|although|while|whereas)\b(?!\s+(?:it|this|that|they)\b)",
    re.IGNORECASE,
)
_REACH: Final = 60  # words
_COMMA = re.compile(r"[,:(]")
_CHAIN = re.compile(r"[\W_]*(?:(?:and|or|nor|with)\b)?(?:\s+the\b)?[\W_]*", re.IGNORECASE)


def marked(text: str) -> list[tuple[int, int]]:
    """(start, end) of what stands in quotation marks, emphasis or backticks, marks left out."""
    spans = []
    for match in _MARKED.finditer(text):
        assert match.lastindex is not None
        spans.append(match.span(match.lastindex))
    return spans


def spoken_of(page: Page, first: int, last: int, near: bool = False) -> bool:
    """Whether a rule word stands right before or behind a name (its first and last word): "the …
    clause", "the section on …"; with `near` no other word may stand between."""
    page_words = page.words
    start, end = page.between(first, last)
    low, high = page.sentence(start, end)
    for at in range(last + 1, min(last + (2 if near else 3), len(page_words))):
        if page_words[at] in RULES and page.spans[at][1] <= high:
            return not _COMMA.search(page.text, end, page.spans[at][0])
    at = first - 1
    while at >= 0 and page_words[at] in _JOIN and first - at <= 2:
        at -= 1
    if at < 0 or page.spans[at][0] < low:
        return False
    return page_words[at] in RULES or (
        page_words[at] in _STANCE and "spec's" in page_words[max(0, at - 2) : at]
    )


def about_the_spec(page: Page, first: int, last: int, strictly: bool = False) -> bool:
    """Whether the sentence around a name is about a spec, clause, rule or the like; `strictly`:
    of a spec, clause, principle or guideline, which are hardly used of anything else."""
    low, high = page.sentence(*page.between(first, last))
    rules = page.rules
    near = rules[bisect_left(rules, first - _REACH) : bisect_left(rules, last + _REACH)]
    return any(
        low <= page.spans[at][0] and page.spans[at][1] <= high
        for at in near
        if not first <= at <= last and (not strictly or page.words[at] in LAWS)
    )


def set_aside(page: Page, start: int, end: int, until: int) -> bool:
    """Whether clauses named from `start` to `end` are named only to say that they do not bear on
    the case; `until` is where the next one is named."""
    text = page.text
    low, high = page.sentence(start, end)
    if _SET_ASIDE_BEFORE.search(text[low:start]):
        return True
    after = text[end : min(high, until)]
    turn = _TURN.search(after)
    return bool(_SET_ASIDE_AFTER.search(after[: turn.start()] if turn else after))


def chained(between: str) -> bool:
    """Whether two names stand in one list: "X and Y", "neither X nor Y"."""
    return bool(_CHAIN.fullmatch(between))


def headed(text: str, start: int, end: int) -> bool:
    """Whether a name stands alone as a heading, an item or a sentence: "Be kind." "Style: …"."""
    before = text[max(0, start - 4) : start].rstrip(" #>*_-|\t")
    opens = not before or before[-1] in ".!?\n:|>"
    return opens and bool(re.match(r"[*_\"”]*\s?(?:[.:;|\n]|[—–-]\s|$)", text[end : end + 6]))


def titled(text: str, start: int) -> bool:
    """Whether a passage begins with a capital in the middle of a sentence."""
    if not text[start].isupper():
        return False
    before = text[max(0, start - 4) : start].rstrip(" \"'“‘*_`([")
    return bool(before) and before[-1] not in ".!?\n:>|-"
