"""A spec file into a `Spec`: which kind of text it is, its name and version, plain refusals."""

import re
from pathlib import Path

from analysis.errors import FaultlineError
from analysis.parse.clause import MAX_CLAUSES, Piece, Spec, Tree, plant
from analysis.parse.files import decoded, file_name, read_bytes, tidy_name
from analysis.parse.headings import front_matter, headings, pieces, quiet_lines
from analysis.parse.paragraphs import PREAMBLE, numbered_pieces, paragraph_pieces

PLAIN_SUFFIXES = (".txt", ".text")
_VERSION = re.compile(
    r"(?P<name>.+?)[._ -](?P<version>\d{4}-\d{2}-\d{2}.*|v?\d+(?:\.\d+)+.*|v\d+.*)", re.IGNORECASE
)


def read_spec(path: Path, version: str | None, max_bytes: int) -> Spec:
    """One spec version from a Markdown or text file; name and version from the file name.

    Raises FaultlineError, with what to do, for a file that is missing, empty, too large, binary
    or not UTF-8, and for one that holds no clause or more than 5,000.
    """
    text = decoded(read_bytes(path, max_bytes, "spec"), path)
    return parse_spec(text, path.name, version)


def parse_spec(text: str, file: str, version: str | None = None) -> Spec:
    """One spec version from its text. `file` gives the name, the version and the kind.

    What a clause is: in a text with `{#anchor}` headings every heading that carries one, with or
    without an authority (71 in OpenAI's spec of 2025-04-11); in other Markdown every heading; in
    plain text every numbered paragraph, or every paragraph where none is numbered.
    """
    shown = file_name(file)
    if not text.strip():
        raise FaultlineError(f"The spec {shown} is empty; give a file with at least one clause.")
    suffix = Path(file).suffix.lower()
    tree = spec_tree(text, shown, plain=suffix in PLAIN_SUFFIXES)
    name, found = name_and_version(file)
    draft = Spec(name, "", tuple(tree.clauses), tuple(tree.notes), tuple(tree.missing), shown)
    chosen = version or found or draft.content_hash[:8]
    return Spec(name, chosen, draft.clauses, draft.notes, draft.missing_references, shown)


def name_and_version(file: str) -> tuple[str, str | None]:
    """`model_spec.2025-04-11.md` -> (`model_spec`, `2025-04-11`); no version in it -> None."""
    stem = Path(file).stem
    match = _VERSION.fullmatch(stem)
    if match is None:
        return tidy_name(stem, "spec"), None
    return tidy_name(match["name"], "spec"), tidy_name(match["version"], "1")


def spec_tree(text: str, shown: str, plain: bool) -> Tree:
    """Clauses and notes of a spec's text. `plain` says that the file calls itself plain text."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    skipped = front_matter(lines)
    lines = lines[skipped:]
    quiet, unclosed = quiet_lines(lines)
    at = [skipped + i + 1 for i in unclosed[:5]]
    notes = [f"A block opened on line {line} is never closed; read as text." for line in at]
    found, more = _pieces(lines, quiet, plain)
    _check_count(len(found), shown)
    tree = plant(found)
    tree.notes = notes + more + tree.notes
    if len(found) == 1:
        tree.notes.append("Only one clause was found: give each clause a heading or a number.")
    return tree


def _pieces(lines: list[str], quiet: list[bool], plain: bool) -> tuple[list[Piece], list[str]]:
    heads = headings(lines, quiet)
    anchored = [h for h in heads if h.anchor]
    if anchored:
        ignored = len(heads) - len(anchored)
        return pieces(lines, anchored), _anchored_notes(lines, ignored, anchored[0].line)
    numbered = numbered_pieces(lines, quiet) if plain or not heads else []
    if sum(piece.anchor != PREAMBLE for piece in numbered) > len(heads):
        return numbered, [] if plain else ["No headings: each numbered paragraph is a clause."]
    if heads:
        return _with_preamble(lines, heads[0].line, pieces(lines, heads)), []
    return paragraph_pieces(lines, quiet), ["No headings or numbers: each paragraph is a clause."]


def _anchored_notes(lines: list[str], ignored: int, first: int) -> list[str]:
    notes = []
    if ignored:
        notes.append(
            f"{ignored} heading{'s' if ignored > 1 else ''} without {{#anchor}} read as text."
        )
    if any(line.strip() for line in lines[:first]):
        notes.append("The text before the first {#anchor} heading belongs to no clause.")
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
