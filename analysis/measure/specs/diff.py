"""Two versions of a spec, clause by clause: added, removed, reworded, moved, retitled."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pandas as pd

from analysis.errors import FaultlineError

NEEDED = ("anchor", "title", "authority", "parent", "text")
SAME_CLAUSE = 0.5  # share of word pairs from which two texts count as one clause
COMMON = 20  # a word pair in more clauses than this is a stock phrase
KINDS = ("added", "removed", "renamed", "retitled", "reworded", "moved authority", "moved parent")
COLUMNS = (
    "anchor",
    "old_anchor",
    "title",
    "old_title",
    "authority",
    "old_authority",
    "parent",
    "old_parent",
    "change",
    "similarity",
)


def similarity(old: str, new: str) -> float:
    """How alike two texts are, 0 to 1: the Dice share of their pairs of neighbouring words.

    Order counts, spacing does not. Two empty texts are alike (1.0).
    """
    return _dice(_pairs(old), _pairs(new))


def _dice(a: Counter[tuple[str, str]], b: Counter[tuple[str, str]]) -> float:
    return 2 * (a & b).total() / (a.total() + b.total())


def _pairs(text: str) -> Counter[tuple[str, str]]:
    words = ["", *text.split(), ""]
    return Counter(pairwise(words))


def diff_specs(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """One row per clause of either version, the new one's order first, then what was removed.

    Takes frames of clauses (anchor, title, authority, parent, text; anchors unique). Columns:
    `anchor`, `title`, `authority`, `parent` of the new version and `old_*` of the old one
    (missing where there is none); `change`: a tuple of `KINDS`, empty where nothing changed;
    `similarity`: of the two texts, 0 to 1, missing for added and removed clauses.

    Clauses are paired by anchor. A number as an anchor says nothing once a paragraph is put in
    before it, so those need the same title or half of the word pairs; what is left is paired by
    equal text, by equal title, and then by the most similar text (half of the word pairs, one
    of them uncommon), and counts as renamed.
    A clause has moved if its parent is another clause, not if its parent was renamed.

    Raises FaultlineError where a frame lacks a column or has an anchor twice.
    """
    left, right = _clauses(old, "old"), _clauses(new, "new")
    pairs = _pair(left, right)
    back = {new_anchor: old_anchor for old_anchor, new_anchor in pairs.items()}
    rows = [_row(left.get(back.get(anchor, "")), right[anchor], pairs) for anchor in right]
    rows += [_row(left[anchor], None, pairs) for anchor in left if anchor not in pairs]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"similarity": float})


Clause = dict[str, str | None]


def _clauses(frame: pd.DataFrame, which: str) -> dict[str, Clause]:
    if missing := [name for name in NEEDED if name not in frame.columns]:
        raise FaultlineError(f"The {which} spec has no column {', '.join(missing)}; load it again.")
    if frame["anchor"].duplicated().any():
        raise FaultlineError(f"The {which} spec has an anchor twice; load it again.")
    kept = frame[list(NEEDED)].astype(object)
    rows = kept.where(kept.notna(), None).to_dict("records")
    return {str(row["anchor"]): {str(k): v for k, v in row.items()} for row in rows}


def _pair(left: dict[str, Clause], right: dict[str, Clause]) -> dict[str, str]:
    """Old anchor -> new anchor of what is the same clause, the surest evidence first."""
    pairs = {a: a for a in left if a in right and _same_place(left[a], right[a])}
    for evidence in ("text", "title"):
        pairs |= _equal(evidence, *_open(pairs, left, right))
    pairs |= _alike(*_open(pairs, left, right))
    return pairs


def _open(
    pairs: dict[str, str], left: dict[str, Clause], right: dict[str, Clause]
) -> tuple[dict[str, Clause], dict[str, Clause]]:
    """The clauses of both versions that have no partner yet."""
    taken = set(pairs.values())
    return (
        {a: c for a, c in left.items() if a not in pairs},
        {a: c for a, c in right.items() if a not in taken},
    )


def _same_place(old: Clause, new: Clause) -> bool:
    """Does the shared anchor name one clause? A number needs the title or the text besides."""
    if not re.match(r"\d|clause-\d", str(old["anchor"])):
        return True
    titles = old["title"] == new["title"]
    return titles or similarity(_words(old, "text"), _words(new, "text")) >= SAME_CLAUSE


def _equal(column: str, left: dict[str, Clause], right: dict[str, Clause]) -> dict[str, str]:
    """Pairs whose column is the same, filled, and met once in each version."""
    olds, news = _once(column, left), _once(column, right)
    return {olds[word]: news[word] for word in olds if word in news}


def _once(column: str, clauses: dict[str, Clause]) -> dict[str, str]:
    words = {anchor: " ".join(_words(c, column).split()) for anchor, c in clauses.items()}
    counts = Counter(words.values())
    return {word: anchor for anchor, word in words.items() if word and counts[word] == 1}


def _alike(left: dict[str, Clause], right: dict[str, Clause]) -> dict[str, str]:
    """Pairs by falling similarity, each clause once, down to `SAME_CLAUSE`."""
    scored = sorted(_scores(left, right), key=lambda s: (-s[0], s[1], s[2]))
    pairs: dict[str, str] = {}
    taken: set[str] = set()
    for _, old, new in scored:
        if old not in pairs and new not in taken:
            pairs[old] = new
            taken.add(new)
    return pairs


def _scores(left: dict[str, Clause], right: dict[str, Clause]) -> Iterator[tuple[float, str, str]]:
    """Similarity of the pairs that share an uncommon word pair, from `SAME_CLAUSE` on.

    Only those are compared: every clause against every other is too much for long specs, and
    texts that are half alike share more than stock phrases.
    """
    bags = {a: _pairs(_words(c, "text")) for a, c in right.items() if _words(c, "text").strip()}
    holders: dict[tuple[str, str], list[str]] = defaultdict(list)
    for anchor, bag in bags.items():
        for pair in bag:
            holders[pair].append(anchor)
    for old, clause in left.items():
        own = _pairs(_words(clause, "text"))
        shared = [holders[pair] for pair in own if 0 < len(holders.get(pair, ())) <= COMMON]
        for new in sorted({anchor for anchors in shared for anchor in anchors}):
            share = _dice(own, bags[new])
            if share >= SAME_CLAUSE:
                yield share, old, new


def _words(clause: Clause, column: str) -> str:
    return clause[column] or ""


def _row(old: Clause | None, new: Clause | None, pairs: dict[str, str]) -> dict[str, object]:
    """One line of the comparison; exactly one side may be absent."""
    here, there = new or {}, old or {}
    row: dict[str, object] = {}
    for column in ("anchor", "title", "authority", "parent"):
        row[column], row[f"old_{column}"] = here.get(column), there.get(column)
    if old is None or new is None:
        return row | {"change": ("added" if old is None else "removed",), "similarity": None}
    share = similarity(_words(old, "text"), _words(new, "text"))
    return row | {"change": tuple(_changes(old, new, pairs)), "similarity": share}


def _changes(old: Clause, new: Clause, pairs: dict[str, str]) -> Iterable[str]:
    if old["anchor"] != new["anchor"]:
        yield "renamed"
    if old["title"] != new["title"]:
        yield "retitled"
    if _words(old, "text").split() != _words(new, "text").split():
        yield "reworded"
    if old["authority"] != new["authority"]:
        yield "moved authority"
    parent = old["parent"]
    if (pairs.get(parent, parent) if parent else None) != new["parent"]:
        yield "moved parent"
