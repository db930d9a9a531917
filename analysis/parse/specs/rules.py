"""Sections split into their rules: numbered, bold-lead and bulleted ones become clauses.

Chosen by whoever loads a spec: a section of 13 KB cited as a whole says little, and a list of
examples cut into clauses says nothing. What stands before the first rule stays with the heading.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from analysis.parse.specs.clause import Clause, Piece
from analysis.parse.specs.headings import body_text, quiet_lines

TITLE_CHARS = 80
HOLDER = "Part"
"""The heading that stands for one without words, whose own words no clause keeps."""
_BOLD = re.compile(
    r"(?:[-*+]\s+|\d+[.)]\s+)?(?P<m>\*\*|__)(?P<title>[^*_\n]{2,120}?)(?P=m)(?P<rest>[\s.:–—-].*|$)"
)
_NO_RULE = re.compile(
    r"(?:good |bad )?(?:examples?|user|developer|assistant|system|root|platform|guideline|note|tool"
    r"|compliant|violation|commentary|human|ai|warning|tip)s?\W*",
    re.IGNORECASE,
)
"""Bold words that begin an example or a speaker's turn, and no rule."""
_NUMBER = re.compile(r"(?:\(?\d{1,3}[.)]|\(?[a-z][.)])\s+(?P<rest>\S.*)")
_BULLET = re.compile(r"[-*+•]\s+(?P<rest>\S.*)")
_CONTENTS = re.compile(r"\s*(?:[-*+]|\d+[.)])?\s*\[[^\]]+\]\(#[^)]*\)\s*")
_SENTENCE = re.compile(r"[.!?:;](?=\s|$)")


def split_rules(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with the rules inside them as pieces of their own, one level below."""
    return [part for piece in pieces for part in _parts(piece)]


def bold_rules(text: str) -> int:
    """How many paragraphs of a text begin with their rule in bold."""
    return len(_starts(text.split("\n"), (_BOLD,)))


def _parts(piece: Piece) -> list[Piece]:
    lines = piece.text.split("\n")
    for kinds in ((_BOLD,), (_NUMBER,), (_BULLET,)):
        starts = _starts(lines, kinds)
        if len(starts) >= 2:
            break
    else:
        return [piece]
    intro = body_text(lines[: starts[0]])
    ends = [*starts[1:], len(lines)]
    level = min(piece.level + 1, 6)
    rules = [_rule(lines[a:b], level) for a, b in zip(starts, ends, strict=True)]
    return [replace(piece, text=intro, span=None), *rules]


def _starts(lines: Sequence[str], kinds: Sequence[re.Pattern[str]]) -> list[int]:
    """The lines at which a rule begins: at the margin, outside of code, no entry of a contents."""
    quiet, _ = quiet_lines(lines)
    return [
        i
        for i, line in enumerate(lines)
        if not quiet[i]
        and not _CONTENTS.fullmatch(line)
        and any(m for k in kinds if (m := k.match(line)) and not _is_talk(m))
    ]


def _is_talk(match: re.Match[str]) -> bool:
    return match.re is _BOLD and _NO_RULE.fullmatch(match["title"].strip()) is not None


def _rule(lines: Sequence[str], level: int) -> Piece:
    bold = _BOLD.match(lines[0])
    if bold is not None:
        title = bold["title"].strip().rstrip(".:")
        first = bold["rest"].lstrip(" .:–—-") if bold["rest"].strip() else ""
        text = body_text([first, *lines[1:]]) or title
        return Piece(level, title, text)
    match = _NUMBER.match(lines[0]) or _BULLET.match(lines[0])
    first = match["rest"] if match else lines[0]
    return Piece(level, headline(first), body_text([first, *lines[1:]]))


def headline(words: str) -> str:
    flat = " ".join(words.split())
    end = _SENTENCE.search(flat)
    sentence = flat[: end.start()] if end and end.start() else flat
    if len(sentence) <= TITLE_CHARS:
        return sentence
    return sentence[:TITLE_CHARS].rsplit(" ", 1)[0] + "…"


def is_contents(text: str) -> bool:
    """Whether a text is a list of links to headings and nothing else."""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and all(_CONTENTS.fullmatch(line) for line in lines)


def lists_titles(text: str, titles: Collection[str]) -> bool:
    """Whether a text is a list of the titles of headings (small letters) and nothing else, with or
    without numbers, page numbers and the word “contents” above them."""
    bare = [_ENTRY.sub("", line).strip(" *_:").lower() for line in text.split("\n")]
    entries = [line for line in bare if line and not _HEADS_CONTENTS.fullmatch(line)]
    return len(entries) > 1 and all(line in titles for line in entries)


_ENTRY = re.compile(r"^\s*(?:[-*+]\s+|\d+(?:\.\d+)*[.)]?\s+)*|[\s.…·_]*(?:\s|\.{2,}|…)\d+\s*$")
_HEADS_CONTENTS = re.compile(r"(?:table of )?contents", re.IGNORECASE)


def as_markdown(clauses: Sequence[Clause]) -> str:
    """Clauses as Markdown that reads back as the same clauses: what judges of a split spec get.

    A clause that stood under a heading without words, which is no clause, gets such a heading
    again: else it would stand under the clause before it.
    """
    parts: list[str] = []
    above: list[tuple[int, str | None]] = []  # open headings: level, and the clause they stand for
    for clause in clauses:
        while above and above[-1][0] >= clause.level:
            above.pop()
        if above and above[-1][1] != clause.parent:
            names = [anchor for _, anchor in above]
            at = names.index(clause.parent) + 1 if clause.parent in names else 0
            parts.append(f"{'#' * above[at][0]} {HOLDER}")
            above = [*above[:at], (above[at][0], clause.parent)]
        above.append((clause.level, clause.anchor))
        mark = f" authority={clause.authority}" if clause.authority else ""
        head = f"{'#' * clause.level} {clause.title} {{#{clause.anchor}{mark}}}"
        parts.append(f"{head}\n\n{clause.text}".rstrip())
    return "\n\n".join(parts) + "\n"
