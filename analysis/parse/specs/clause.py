"""The records of a spec, and how pieces of text become a tree of clauses with anchors."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from urllib.parse import unquote

TITLE_CHARS = 300
ANCHOR_CHARS = 60
MAX_CLAUSES = 5_000
REFERENCE = re.compile(r"\]\(#([^)\s]{1,300})\)")
LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_SAFE_ANCHOR = re.compile(r"[\w.:-]{1,120}")


@dataclass(frozen=True)
class Clause:
    """Spec version x clause: one heading (or numbered paragraph) with its own text.

    `text` ends where the next heading starts, so it leaves out the sub-clauses. `order` counts
    from 1 in reading order; `level` is the heading's depth, 1 to 6 (in numbered text: the depth
    of the number). `section` is the top-level ancestor's anchor, the clause's own for a top
    clause; under a single document title it is the ancestor one step below that title.
    `references` are the anchors of other clauses that the text points to, each once.
    """

    anchor: str
    title: str
    authority: str | None
    parent: str | None
    text: str
    order: int
    level: int
    section: str
    references: tuple[str, ...]


def headings_above(anchor: str, parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """The headings that a clause stands under, the nearest first, from each clause's parent."""
    found: list[str] = []
    at = parents.get(anchor)
    while at is not None and at not in found:
        found.append(at)
        at = parents.get(at)
    return tuple(found)


@dataclass(frozen=True)
class Spec:
    """One version of a spec: its clauses in reading order and what was odd but kept.

    `missing_references` pairs a clause's anchor with an anchor that it names and nobody has.
    """

    name: str
    version: str
    clauses: tuple[Clause, ...]
    notes: tuple[str, ...] = ()
    missing_references: tuple[tuple[str, str], ...] = ()
    source: str = ""

    @cached_property
    def content_hash(self) -> str:
        """64 hex over the clauses alone, so a renamed file keeps its hash."""
        rows = [asdict(clause) for clause in self.clauses]
        return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()

    @property
    def key(self) -> str:
        """`name@version@` and 12 hex of the content: how studies, figures and links name it."""
        return f"{self.name}@{self.version}@{self.content_hash[:12]}"

    def summary_line(self) -> str:
        return f"spec {self.name} {self.version}: {len(self.clauses)} clauses"


@dataclass(frozen=True)
class Span:
    """Lines of a file, from 0: of a heading, and from `start` up to before `end` of the text under
    it, without the blank lines around. A clause without text has both where it would begin."""

    head: int
    start: int
    end: int


@dataclass(frozen=True)
class Piece:
    """A stretch of a spec before it has a place: heading depth, title, what it asked to be.

    `is_empty`: a heading without words, or a list of contents. It is no clause, but what follows
    stands under it and not under what came before. `span`: its lines, where a heading begins it.
    """

    level: int
    title: str
    text: str
    anchor: str | None = None
    authority: str | None = None
    is_empty: bool = False
    span: Span | None = None


@dataclass
class Tree:
    """What `plant` returns: the clauses, where each stands, and everything it had to report."""

    clauses: list[Clause] = field(default_factory=list)
    spans: list[Span | None] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)


def slug(title: str) -> str:
    """An anchor from a title: letters, digits and `_` of any script, joined by hyphens."""
    text = unicodedata.normalize("NFKC", title).casefold().replace("'", "").replace("’", "")
    kept = (c if c == "_" or unicodedata.category(c)[0] in "LNM" else " " for c in text)
    return "-".join("".join(kept).split())[:ANCHOR_CHARS].strip("-") or "clause"


def plain_title(raw: str) -> str:
    """A title without emphasis marks and link targets. Markup other than Markdown stays as text."""
    return " ".join(LINK.sub(r"\1", raw).replace("**", "").replace("`", "").split())


def plant(pieces: Sequence[Piece]) -> Tree:
    """Pieces in reading order -> clauses with unique anchors, parents, sections, references."""
    tree = Tree()
    parents = _kept_parents(pieces)
    pieces = [piece for piece in pieces if not piece.is_empty]
    anchors = _anchors(pieces, tree.notes)
    sections = _sections(parents)
    by_key = {_squash(anchor): anchor for anchor in reversed(anchors)}
    for i, piece in enumerate(pieces):
        found = _references(piece.text, by_key, set(anchors))
        tree.missing += [(anchors[i], name) for name, known in found.items() if known is None]
        parent = parents[i]
        tree.spans.append(piece.span)
        tree.clauses.append(
            Clause(
                anchor=anchors[i],
                title=_short_title(piece, anchors[i]),
                authority=piece.authority,
                parent=None if parent is None else anchors[parent],
                text=_whole_text(piece),
                order=i + 1,
                level=piece.level,
                section=anchors[sections[i]],
                references=tuple(dict.fromkeys(known for known in found.values() if known)),
            )
        )
    tree.notes += _missing_note(tree.missing)
    return tree


def _short_title(piece: Piece, anchor: str) -> str:
    title = plain_title(piece.title) or anchor
    return title if len(title) <= TITLE_CHARS else title[: TITLE_CHARS - 1] + "…"


def _whole_text(piece: Piece) -> str:
    """The text; a title too long to be one is kept at its head, so no word is lost."""
    if len(plain_title(piece.title)) <= TITLE_CHARS:
        return piece.text
    return f"{piece.title}\n\n{piece.text}".rstrip()


def _anchors(pieces: Sequence[Piece], notes: list[str]) -> list[str]:
    """One unique anchor a piece: its own where it has a usable one, else its title's slug."""
    taken: set[str] = set()
    tries: dict[str, int] = {}
    anchors, repeated, unusable = [], [], []
    for piece in pieces:
        wanted = piece.anchor if piece.anchor is not None else slug(plain_title(piece.title))
        if not _SAFE_ANCHOR.fullmatch(wanted):
            unusable.append(wanted[:40])
            wanted = slug(wanted)
        anchor = _free(wanted, taken, tries)
        if anchor != wanted:
            repeated.append(anchor)
        taken.add(anchor)
        anchors.append(anchor)
    again = "met before, so the later one has a number behind it"
    notes += _note(repeated, f"anchor or title was {again}", f"anchors or titles were {again}")
    odd = "unusual characters and was replaced"
    notes += _note(unusable, f"anchor has {odd}", f"anchors have {odd.replace('was', 'were')}")
    return anchors


def _free(wanted: str, taken: set[str], tries: dict[str, int]) -> str:
    anchor = wanted
    while anchor in taken:
        tries[wanted] = tries.get(wanted, 1) + 1
        anchor = f"{wanted}-{tries[wanted]}"
    return anchor


def _kept_parents(pieces: Sequence[Piece]) -> list[int | None]:
    """Per piece that is not empty the place of its parent among those."""
    parents = _parents([piece.level for piece in pieces])
    places: dict[int, int] = {}
    for i, piece in enumerate(pieces):
        if not piece.is_empty:
            places[i] = len(places)
    kept: list[int | None] = []
    for i in places:
        parent = parents[i]
        while parent is not None and pieces[parent].is_empty:
            parent = parents[parent]
        kept.append(None if parent is None else places[parent])
    return kept


def _parents(levels: Iterable[int]) -> list[int | None]:
    """Index of the nearest earlier piece of a smaller level, or None."""
    parents: list[int | None] = []
    open_pieces: list[tuple[int, int]] = []
    for i, level in enumerate(levels):
        while open_pieces and open_pieces[-1][0] >= level:
            open_pieces.pop()
        parents.append(open_pieces[-1][1] if open_pieces else None)
        open_pieces.append((level, i))
    return parents


def _sections(parents: Sequence[int | None]) -> list[int]:
    """Index of each piece's section; a lone document title is not a section of the rest."""
    roots = [i for i, parent in enumerate(parents) if parent is None]
    title = roots[0] if len(roots) == 1 else None
    sections: list[int] = []
    for i, parent in enumerate(parents):
        top = parent is None or parent == title
        sections.append(i if top or parent is None else sections[parent])
    return sections


def _references(text: str, by_key: dict[str, str], known: set[str]) -> dict[str, str | None]:
    """Anchor as written -> the clause's anchor, or None where nobody has it.

    Exact first, then without case and punctuation: other renderers make slugs another way.
    """
    names = dict.fromkeys(unquote(name) for name in REFERENCE.findall(text))
    return {name: name if name in known else by_key.get(_squash(name)) for name in names}


def _squash(anchor: str) -> str:
    return re.sub(r"[\W_]+", "", anchor.casefold())


def _missing_note(missing: Sequence[tuple[str, str]]) -> list[str]:
    names = list(dict.fromkeys(name for _, name in missing))
    fate = "pointed to by a reference but not in this spec"
    return _note(names, f"anchor is {fate}", f"anchors are {fate}")


def _note(names: Sequence[str], one: str, many: str) -> list[str]:
    """One sentence over several names, the first five spelled out; none where nothing is odd."""
    if not names:
        return []
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return [f"{len(names)} {one if len(names) == 1 else many}: {shown}."]


def rules(clauses: Sequence[Clause]) -> list[Clause]:
    """Clauses that say what to do: those with an authority, where a spec gives authorities; else
    those that have a text of their own. Headings over other clauses are near to everything."""
    ranked = [c for c in clauses if c.authority]
    return ranked or [c for c in clauses if c.text.strip()]
