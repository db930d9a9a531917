"""A spec file into a `Spec`: which kind of text it is, its name and version, plain refusals."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.parse.files import decoded, file_name, read_bytes, tidy_name
from analysis.parse.specs import statements
from analysis.parse.specs.clause import MAX_CLAUSES, Piece, Span, Spec, Tree, plant
from analysis.parse.specs.headings import (
    Heading,
    body_text,
    front_matter,
    headings,
    pieces,
    quiet_lines,
    with_anchors,
    without_overlines,
)
from analysis.parse.specs.paragraphs import PREAMBLE, numbered_pieces, paragraph_pieces
from analysis.parse.specs.rules import bold_rules, is_contents, lists_titles, split_rules

PLAIN_SUFFIXES = (".txt", ".text")
_NO_TEXT = {
    ".pdf": "a PDF document",
    ".doc": "a Word document",
    ".docx": "a Word document",
    ".odt": "a text document of an office program",
    ".rtf": "a rich text document",
    ".epub": "an e-book",
}
_FOOTNOTE = re.compile(r"\[\^[^\]]+\]:")
_VERSION = re.compile(
    r"(?P<name>.+?)[._ -](?P<version>\d{4}-\d{2}-\d{2}.*|v?\d+(?:\.\d+)+.*|v\d+.*)", re.IGNORECASE
)


def read_spec(path: Path, version: str | None, max_bytes: int, *, split: bool = False) -> Spec:
    """One spec version from a file; name and version from the file name.

    Markdown, plain text, or a list of statements (JSON, JSON Lines, YAML). `split`: the rules
    inside sections become clauses of their own.

    Raises FaultlineError, with what to do, for a file that is missing, empty, too large, binary
    or not UTF-8, and for one that holds no clause or more than 5,000.
    """
    what = _NO_TEXT.get(path.suffix.lower())
    if what is not None:
        raise FaultlineError(
            f"{file_name(path)} is {what}: save its text as Markdown or plain text and load that."
        )
    text = decoded(read_bytes(path, max_bytes, "spec"), path)
    return parse_spec(text, path.name, version, split=split)


def parse_spec(text: str, file: str, version: str | None = None, *, split: bool = False) -> Spec:
    """One spec version from its text. `file` gives the name, the version and the kind.

    What a clause is: in Markdown every heading that carries an `{#anchor}` (71 in OpenAI's spec of
    2025-04-11) or words of its own; where there are no headings, or one, every paragraph that leads
    with its rule in bold; in plain text every numbered paragraph, or every paragraph where none is
    numbered; in a list of statements each of them. Contents and footnotes are no clauses.
    """
    shown = file_name(file)
    if not text.strip():
        raise FaultlineError(f"The spec {shown} is empty; give a file with at least one clause.")
    suffix = Path(file).suffix.lower()
    if suffix in statements.ENDINGS:
        found = statements.statement_pieces(text, suffix, shown)
        _check_count(len(found), shown)
        tree = plant(found)
    else:
        tree = spec_tree(text, shown, plain=suffix in PLAIN_SUFFIXES, split=split)
    name, named_version = name_and_version(file)
    draft = Spec(name, "", tuple(tree.clauses), tuple(tree.notes), tuple(tree.missing), shown)
    chosen = version or named_version or draft.content_hash[:8]
    return Spec(name, chosen, draft.clauses, draft.notes, draft.missing_references, shown)


def name_and_version(file: str) -> tuple[str, str | None]:
    """`model_spec.2025-04-11.md` -> (`model_spec`, `2025-04-11`); no version in it -> None."""
    stem = Path(file).stem
    match = _VERSION.fullmatch(stem)
    if match is None:
        return tidy_name(stem, "spec"), None
    return tidy_name(match["name"], "spec"), tidy_name(match["version"], "1")


def spec_tree(text: str, shown: str, plain: bool, split: bool = False) -> Tree:
    """Clauses and notes of a spec's text. `plain` says that the file calls itself plain text;
    `split` that sections are split into their rules."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    skipped = front_matter(lines)
    lines = without_overlines(lines[skipped:])
    quiet, unclosed = quiet_lines(lines)
    lines = with_anchors(lines, quiet)
    at = [skipped + i + 1 for i in unclosed[:5]]
    notes = [f"A block opened on line {line} is never closed; read as text." for line in at]
    found, more = _pieces(lines, quiet, plain)
    if split or (len(found) <= 1 and bold_rules("\n".join(lines)) >= 2):
        found = [
            replace(p, is_empty=p.is_empty or not (p.text.strip() or p.anchor))
            for p in split_rules(found)
        ]
    _check_count(sum(not p.is_empty for p in found), shown)
    tree = plant(found)
    tree.spans = [
        s and Span(s.head + skipped, s.start + skipped, s.end + skipped) for s in tree.spans
    ]
    tree.notes = notes + more + tree.notes
    if len(tree.clauses) == 1:
        tree.notes.append("Only one clause was found: give each clause a heading or a number.")
    return tree


def _pieces(lines: list[str], quiet: list[bool], plain: bool) -> tuple[list[Piece], list[str]]:
    heads = headings(lines, quiet)
    if any(h.anchor for h in heads):
        kept = [h for h in heads if not _is_comment(h)]
        made, dropped = _worded(pieces(lines, kept))
        return made, [*_anchored_notes(lines, kept, len(heads) - len(kept)), *dropped]
    numbered = numbered_pieces(lines, quiet) if plain or not heads else []
    if sum(piece.anchor != PREAMBLE for piece in numbered) > len(heads):
        return numbered, [] if plain else ["No headings: each numbered paragraph is a clause."]
    if heads:
        made, dropped = _worded(_with_preamble(lines, heads[0].line, pieces(lines, heads)))
        return made, dropped
    if bold_rules("\n".join(lines)) >= 2:
        parts = split_rules([Piece(1, "Preamble", body_text(lines), PREAMBLE)])
        worded = parts if parts[0].text.strip() else parts[1:]
        return worded, ["No headings: each paragraph that begins in bold is a clause."]
    found = [p for p in paragraph_pieces(lines, quiet) if not _FOOTNOTE.match(p.text)]
    return found, ["No headings or numbers: each paragraph is a clause."]


def _worded(found: list[Piece]) -> tuple[list[Piece], list[str]]:
    """Headings that only hold others, without words or an anchor of their own, and tables of
    contents, marked as empty. A heading with nothing below it says its rule in the title."""
    below = [*(p.level for p in found[1:]), 0]
    titles = {p.title.lower() for p in found}
    marked = [
        replace(
            p,
            is_empty=not p.anchor
            and (is_contents(p.text) or lists_titles(p.text, titles) or _only_holds(p, deeper)),
        )
        for p, deeper in zip(found, below, strict=True)
    ]
    gone = sum(p.is_empty for p in marked)
    if not gone or not any(p.text.strip() and not p.is_empty for p in marked):
        return found, []  # where no heading has words, its titles are all that a spec says
    what = "heading without words or list of contents is"
    if gone > 1:
        what = "headings without words and lists of contents are"
    return marked, [f"{gone} {what} no clause."]


def _only_holds(piece: Piece, next_level: int) -> bool:
    return not piece.text.strip() and next_level > piece.level


def _is_comment(head: Heading) -> bool:
    """A line such as `# then do this` among headings with anchors: code that lost its fence."""
    return head.anchor is None and head.level == 1 and head.title[:1].islower()


def _anchored_notes(lines: list[str], heads: Sequence[Heading], comments: int) -> list[str]:
    notes = []
    if comments:
        notes.append(
            f"{comments} line{'s' if comments > 1 else ''} without {{#anchor}} that look"
            f"{'' if comments > 1 else 's'} like a comment in code, read as text."
        )
    other = sum(h.anchor is None for h in heads)
    if other:
        notes.append(
            f"{other} heading{'s' if other > 1 else ''} without {{#anchor}} got one from the title."
        )
    if any(line.strip() for line in lines[: heads[0].line]):
        notes.append("The text before the first heading belongs to no clause.")
    return notes


def _with_preamble(lines: list[str], first: int, found: list[Piece]) -> list[Piece]:
    text = "\n".join(lines[:first]).strip()
    return [Piece(1, "Preamble", text, PREAMBLE), *found] if text else found


def _check_count(count: int, shown: str) -> None:
    if not count:
        raise FaultlineError(
            f"No clause was found in {shown}; give each clause a heading or a number."
        )
    if count > MAX_CLAUSES:
        raise FaultlineError(
            f"{shown} holds {count:,} clauses, more than the {MAX_CLAUSES:,} that a "
            "spec may have; check that it is the right file, or split it."
        )
