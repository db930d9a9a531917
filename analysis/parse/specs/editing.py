"""One clause of a spec changed in its Markdown; every other line stays as it is, byte for byte.

    source = editable(carried.text, carried.spec)
    source = with_text(source, "plain_truth", "Say what is so.")
    source = split(source, "plain_truth", line=2, title="Say how sure you are")

What is written is read again: an edit after which another clause would read otherwise (a heading
or an open block in the new text, say) is refused, so that a draft is always a whole spec.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.errors import FaultlineError
from analysis.parse.specs import exchange
from analysis.parse.specs.clause import Clause, Span, Spec, slug
from analysis.parse.specs.headings import body_text, quiet_lines
from analysis.parse.specs.rules import as_markdown
from analysis.parse.specs.spec import spec_tree
from analysis.text_safety import LONE_SURROGATE

_ENDS = re.compile(r"\r\n|\r|\n")
_BACKTICKS = re.compile(r"`+")
_WORDS = 60
MOST_TEXT = 50_000
"""Characters that a clause may have after an edit."""
_LEAST_FENCE = 3


@dataclass(frozen=True)
class Break:
    """A place at which a clause can be split: the line of its text, from 0, and the first words
    that stand there."""

    line: int
    words: str


def editable(text: str, spec: Spec) -> str:
    """The Markdown to edit: the spec's own text where its headings give these very clauses, else
    the clauses written as Markdown (of a list of statements, say, or of numbered paragraphs).

    Raises FaultlineError where neither reads back as the same clauses.
    """
    for written in (text, as_markdown(spec.clauses)):
        read = _read(written) if written.strip() else []
        if [c for c, _ in read] == list(spec.clauses) and all(s for _, s in read):
            return written
    raise FaultlineError(
        f"The spec {spec.name} {spec.version} can't be written as Markdown that reads back as the "
        "same clauses, so no draft can be made of it. Give each clause a heading with an anchor, "
        "and load it again."
    )


def with_text(source: str, anchor: str, text: str) -> str:
    """The spec with another text of one clause.

    Raises FaultlineError for a clause that is not there, and for a text that would not read back
    as this clause's alone.
    """
    clause, span = _find(source, anchor)
    new = body_text(_ENDS.split(text))
    if LONE_SURROGATE.search(new):
        raise FaultlineError(
            "The text holds half a character (such as \\ud800), which no file can hold: remove it."
        )
    if new == clause.text:
        return source
    if len(new) > MOST_TEXT:
        raise FaultlineError(
            f"The clause's text has {len(new):,} characters, and an edit may have at most "
            f"{MOST_TEXT:,}: shorten it, or split the clause."
        )
    written = _replaced(source, span, new)
    _check(source, written, {anchor: new})
    return written


def split(source: str, anchor: str, line: int, title: str) -> str:
    """The spec with one clause in two. The first keeps anchor, title and the text before `line`;
    the second stands behind all that is below the first, at the same level, under its own title,
    with the same authority and the rest of the text.

    Raises FaultlineError where either would have no words, or would not read back.
    """
    clause, span = _find(source, anchor)
    lines = clause.text.split("\n")
    first, second = body_text(lines[:line]), body_text(lines[line:])
    heading = " ".join(title.split())
    if not first or not second:
        raise FaultlineError(
            f"“{clause.title}” can't be split there: one of the two would have no words. Choose a "
            "paragraph in between."
        )
    if not heading:
        raise FaultlineError(f"The second half of “{clause.title}” needs a title: give one.")
    read = _read(source)
    new = _free(slug(heading).replace("-", "_"), {c.anchor for c, _ in read})
    mark = f" authority={clause.authority}" if clause.authority else ""
    block = f"{'#' * clause.level} {heading} {{#{new}{mark}}}\n\n{second}"
    written = _replaced(_inserted(source, _end_of(read, anchor), block), span, first)
    _check(source, written, {anchor: first}, (new, heading, second, clause))
    return written


def breaks(text: str) -> list[Break]:
    """The paragraphs and blocks of a clause's text but the first: where it can be split."""
    lines = text.split("\n")
    quiet, _ = quiet_lines(lines)
    found = [
        Break(i, " ".join(" ".join(lines[i : i + 2 if quiet[i] else i + 1]).split())[:_WORDS])
        for i, line in enumerate(lines)
        if i and line.strip() and not lines[i - 1].strip() and not (quiet[i] and quiet[i - 1])
    ]
    return [b for b in found if body_text(lines[: b.line])]


def with_example(text: str, example: str) -> str:
    """A clause's text with an example at its end, as a block. Raises FaultlineError for an example
    without words."""
    inside = body_text(_ENDS.split(example))
    if not inside:
        raise FaultlineError("The example has no words: write what is said and what is right.")
    longest = max((len(run) for run in _BACKTICKS.findall(inside)), default=0)
    mark = "`" * max(_LEAST_FENCE, longest + 1)
    block = exchange.joined(
        [{"kind": "example", "mark": mark, "language": "", "text": inside}],
    )
    return _joined(text, block)


def with_precedence(text: str, anchor: str, over: str) -> str:
    """The text of the clause `anchor` with a sentence that it wins over the clause `over`; a
    sentence of that kind that stands there already is made longer.

    Raises FaultlineError where it says so already, or of itself.
    """
    if anchor == over:
        raise FaultlineError("A clause can't take precedence over itself: choose another one.")
    parts = exchange.parts(text)
    for i, part in enumerate(parts):
        if part["kind"] == "precedence":
            if over in part["over"]:
                raise FaultlineError(f"The clause says already that it wins over “#{over}”.")
            parts[i] = part | {"over": [*part["over"], over]}
            return exchange.joined(parts)
    return _joined(text, exchange.joined([{"kind": "precedence", "over": [over]}]))


def wins_over(text: str) -> tuple[str, ...]:
    """The anchors of the clauses over which a text claims precedence."""
    found = (p["over"] for p in exchange.parts(text) if p["kind"] == "precedence")
    return tuple(dict.fromkeys(anchor for over in found for anchor in over))


def _joined(text: str, block: str) -> str:
    return f"{text.rstrip()}\n\n{block}" if text.strip() else block


def _read(source: str) -> list[tuple[Clause, Span | None]]:
    """Each clause of some Markdown with its lines."""
    tree = spec_tree(source, "the draft", plain=False)
    return list(zip(tree.clauses, tree.spans, strict=True))


def _find(source: str, anchor: str) -> tuple[Clause, Span]:
    for clause, span in _read(source):
        if clause.anchor == anchor and span is not None:
            return clause, span
    raise FaultlineError(f"The spec has no clause “{anchor}”: choose one of its clauses.")


def _end_of(read: Sequence[tuple[Clause, Span | None]], anchor: str) -> int:
    """The line behind a clause and all that stands below it."""
    below, end = {anchor}, 0
    for clause, span in read:
        if span is not None and (clause.anchor == anchor or clause.parent in below):
            below.add(clause.anchor)
            end = span.end
    return end


def _replaced(source: str, span: Span, text: str) -> str:
    """The source with the lines of a clause's text exchanged. A text where none stood, and none
    where one stood, keep one blank line behind the heading."""
    starts, end = _starts(source), _newline(source)
    before, after = source[: starts[span.start]], source[starts[span.end] :]
    words = end.join(text.split("\n"))
    if span.start == span.end and text:
        return _with_break(before, end) + end + words + end + after
    if not text:
        return before + after
    return before + words + (end if after or source.endswith(("\n", "\r")) else "") + after


def _inserted(source: str, line: int, block: str) -> str:
    """The source with some lines put in before a line, a blank line before them."""
    starts, end = _starts(source), _newline(source)
    before, after = source[: starts[line]], source[starts[line] :]
    return _with_break(before, end) + end + end.join(block.split("\n")) + end + after


def _with_break(before: str, end: str) -> str:
    return before if before.endswith(("\n", "\r")) or not before else before + end


def _starts(source: str) -> list[int]:
    """Where each line begins, and where the last one ends (twice: a line behind the last)."""
    return [0, *(m.end() for m in _ENDS.finditer(source)), len(source), len(source)]


def _newline(source: str) -> str:
    """How the file ends its lines."""
    found = _ENDS.search(source)
    return found[0] if found else "\n"


def _free(wanted: str, taken: set[str]) -> str:
    anchor, number = wanted, 1
    while anchor in taken:
        number += 1
        anchor = f"{wanted}_{number}"
    return anchor


_Second = tuple[str, str, str, Clause]


def _check(old: str, new: str, texts: dict[str, str], second: _Second | None = None) -> None:
    """Raise FaultlineError where the new source reads as anything but the old clauses with these
    texts and, with `second`, one clause more (anchor, title, text, and the one that it was of)."""
    before = [c for c, _ in _read(old)]
    try:
        after = [c for c, _ in _read(new)]
    except FaultlineError:
        after = []
    told = next(c.title for c in before if c.anchor in texts)
    rest = after
    if second is not None:
        anchor, title, text, of = second
        added = [c for c in after if c.anchor == anchor]
        rest = [c for c in after if c.anchor != anchor]
        kept = (title, text, of.level, of.parent, of.authority)
        if [(c.title, c.text, c.level, c.parent, c.authority) for c in added] != [kept]:
            raise FaultlineError(
                f"The second half of “{told}” would not read back as one clause. Give it a plain "
                "title, and split where no block of code is open."
            )
    wanted = [_apart(replace(c, text=texts.get(c.anchor, c.text))) for c in before]
    if [_apart(c) for c in rest] != wanted:
        raise FaultlineError(
            f"With this text “{told}” would not read back as one clause, or another clause would "
            "change: it holds a heading or a block that is never closed, or leaves a heading "
            "without words. Change that; the spec stays as it is."
        )


def _apart(clause: Clause) -> Clause:
    """A clause without what follows from others' place and from its own text."""
    return replace(clause, order=0, references=())
