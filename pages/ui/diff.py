"""Two texts word by word as inert HTML: what the one says and the other does not."""

import html
from difflib import SequenceMatcher

from analysis.measure.word_diff import is_cut, shortened, stretches, tokens

__all__ = ["diff_html", "is_cut", "similarity"]


def diff_html(left: str, right: str, around: int | None = None) -> str:
    """One flowing text: words only in `left` in <del>, only in `right` in <ins>, escaped.

    With `around`, of long stretches that both have only so many words stay at either end. Texts
    beyond 6,000 tokens each are cut there; the caller says so (see `is_cut`).
    """
    parts: list[str] = []
    for stretch in stretches(left, right):
        if stretch.same:
            same = stretch.left if around is None else shortened(stretch.left, around)
            parts.append(html.escape(same))
            continue
        parts += [f"<del>{html.escape(stretch.left)}</del>"] if stretch.left else []
        parts += [f"<ins>{html.escape(stretch.right)}</ins>"] if stretch.right else []
    return "".join(parts)


def similarity(left: str, right: str) -> float:
    """Share of the words of both texts that they have in common, in order (0..1)."""
    a, b = ([t.strip() for t in tokens(x) if not t.isspace()] for x in (left, right))
    return SequenceMatcher(None, a, b, autojunk=False).ratio()
