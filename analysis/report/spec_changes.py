"""What changed between two versions of a spec, as Markdown for a review: inert, word by word."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.measure.specs.diff import KINDS
from analysis.measure.word_diff import shortened, stretches
from analysis.parse.specs.clause import Clause, Spec
from analysis.text_safety import literal

_AROUND = 8  # words of what stayed that are shown on either side of a change
_PLURAL = {"moved authority": "moved to another authority", "moved parent": "moved in the tree"}


def counts(changes: pd.DataFrame) -> dict[str, int]:
    """Kind of change -> clauses with it, in the order of `KINDS`; then `unchanged`."""
    found = {kind: int(changes["change"].map(lambda c, k=kind: k in c).sum()) for kind in KINDS}
    return found | {"unchanged": int((changes["change"].map(len) == 0).sum())}


def in_words(changes: pd.DataFrame) -> str:
    """The counts as a list in a sentence: 12 added, 1 removed, … and 30 unchanged."""
    parts = [f"{n} {_PLURAL.get(kind, kind)}" for kind, n in counts(changes).items() if n]
    return " and ".join(p for p in (", ".join(parts[:-1]), parts[-1]) if p)


def to_markdown(changes: pd.DataFrame, old: Spec, new: Spec) -> str:
    """The changed clauses in the new version's order, removed ones last.

    `changes`: `diff_specs` of the two. Changed words stand in fenced blocks, [-out-]{+in+}, with a
    few words around; nothing that a spec holds is read as markup.
    """
    before, after = ({c.anchor: c for c in s.clauses} for s in (old, new))
    title = f"# {literal(new.name)}: from {literal(old.version)} to {literal(new.version)}"
    parts = [title, f"Clauses: {in_words(changes)}."]
    for row in changes.to_dict("records"):
        if row["change"]:
            parts.append(_clause(row, before.get(row["old_anchor"]), after.get(row["anchor"])))
    return "\n\n".join(parts) + "\n"


def _clause(row: Mapping[Any, Any], old: Clause | None, new: Clause | None) -> str:
    clause = new or old
    if clause is None:
        raise ValueError("a row of changes names a clause of neither version")
    lines = [f"## {literal(clause.title)} (`#{clause.anchor}`)", ""]
    lines += [f"- {_words(kind, old, new)}" for kind in row["change"]]
    if old is None or new is None:
        lines += ["", _fenced(clause.text or "(no text of its own)")]
    elif "reworded" in row["change"]:
        lines += ["", _fenced(marks(old.text, new.text))]
    return "\n".join(lines)


def _words(kind: str, old: Clause | None, new: Clause | None) -> str:
    if old is None or new is None:
        return f"{kind}; authority {(new or old or _NOBODY).authority or 'none'}"
    ends = {
        "moved authority": (old.authority or "none", new.authority or "none"),
        "moved parent": (f"`#{old.parent or 'top'}`", f"`#{new.parent or 'top'}`"),
        "renamed": (f"`#{old.anchor}`", f"`#{new.anchor}`"),
        "retitled": (f"“{literal(old.title)}”", f"“{literal(new.title)}”"),
    }.get(kind)
    return f"{kind}: {ends[0]} → {ends[1]}" if ends else kind


_NOBODY = Clause("", "", None, None, "", 0, 0, "", ())


def marks(old: str, new: str) -> str:
    """Both texts as one, [-only old-]{+only new+}; of long stretches that stayed the ends."""
    parts = []
    for stretch in stretches(old, new):
        if stretch.same:
            parts.append(shortened(stretch.left, _AROUND))
            continue
        parts += [f"[-{stretch.left.strip()}-]"] if stretch.left.strip() else []
        parts += [f"{{+{stretch.right.strip()}+}}"] if stretch.right.strip() else []
        parts.append(" ")
    return re.sub(r"[ \t]+", " ", "".join(parts)).strip()


def _fenced(text: str) -> str:
    """A block whose fence is longer than any inside it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}text\n{text}\n{fence}"
