"""Words that somebody else wrote, made harmless where they are shown: in Markdown, in HTML, beside
our own words, in a terminal and in a spreadsheet. Stored data are never changed.
"""

import html
import re
from collections.abc import Iterator

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|!~$&"} | {"\n": " ", "\r": " "})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EMBEDDINGS, _ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
_END_EMBEDDING, _END_ISOLATE, _ISOLATE = "\u202c", "\u2069", "\u2068"
_DIRECTED = re.compile(
    "[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc"
    "\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
"""Marks that set a text's direction, and the letters of scripts that run from right to left."""
_LINE_ENDS = re.compile("([\n\r\x1c-\x1e\x85\u2028\u2029]+)")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a character: no file can hold one."""


def literal(words: object) -> str:
    """Words for Markdown, on one line, so that no viewer reads them as markup."""
    return contained(str(words).translate(_SPECIAL))


def escaped(words: object, *, quote: bool = True) -> str:
    """Words for HTML: no markup, and no direction that lasts beyond them."""
    return html.escape(contained(str(words)), quote=quote)


def contained(words: str) -> str:
    """The words with their direction of writing kept to themselves, line by line.

    What is written from right to left, or says that it is, stands between marks (U+2068, U+2069)
    that end its effect; directions that it opens are closed, and closing marks without an opening
    are dropped, since they would close ours. All other words come back as they are.
    """
    if not _DIRECTED.search(words):
        return words
    parts = _LINE_ENDS.split(words)
    return "".join(p if i % 2 else _isolated(p) for i, p in enumerate(parts))


def _isolated(line: str) -> str:
    if not _DIRECTED.search(line):
        return line
    balanced = "".join(_balanced(line))
    if _is_one_isolate(balanced):
        return balanced
    return f"{_ISOLATE}{balanced}{_END_ISOLATE}"


def _balanced(line: str) -> Iterator[str]:
    """The characters of a line with every direction closed that it opens, and no other."""
    opened: list[str] = []
    for char in line:
        if char in _EMBEDDINGS:
            opened.append(_END_EMBEDDING)
        elif char in _ISOLATES:
            opened.append(_END_ISOLATE)
        elif char == _END_EMBEDDING:
            if not opened or opened[-1] != _END_EMBEDDING:
                continue
            opened.pop()
        elif char == _END_ISOLATE:
            if _END_ISOLATE not in opened:
                continue
            while opened[-1] != _END_ISOLATE:  # the end of an isolate ends what began inside it
                yield opened.pop()
            opened.pop()
        yield char
    yield from reversed(opened)


def _is_one_isolate(balanced: str) -> bool:
    if not balanced.startswith(_ISOLATE):
        return False
    depth = 0
    for at, char in enumerate(balanced):
        depth += (char in _ISOLATES) - (char == _END_ISOLATE)
        if depth == 0:
            return at == len(balanced) - 1
    return False


def spelled(sentence: object) -> str:
    """A sentence that names something from data, for a terminal or a box: characters that nobody
    sees but that move the cursor, turn a line around or can't be printed are spelled out."""
    seen = _UNSEEN.sub(lambda m: f"\\u{ord(m[0]):04x}", str(sentence))
    return LONE_SURROGATE.sub(lambda m: f"\\u{ord(m[0]):04x}", seen)


def inert(value: object) -> object:
    """The value as a cell of a CSV file that no spreadsheet runs; only texts change.

    A spreadsheet runs what begins like a formula, so such a text gets an apostrophe in front,
    and can be made what it was again (`as_it_was`).
    """
    # A text that looks as if it had been made inert gets one too, so that it can be undone.
    return f"'{value}" if isinstance(value, str) and _runs(value.lstrip("'")) else value


def as_it_was(value: str) -> str:
    """A cell without the apostrophe that made it inert."""
    return value[1:] if value[:1] == "'" and _runs(value.lstrip("'")) else value


def _runs(value: str) -> bool:
    return value.startswith(_FORMULA)
