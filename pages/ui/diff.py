"""Two answers word by word: what the one says and the other does not, as inert HTML."""

import html
import re
from difflib import SequenceMatcher

# A word or a run of marks with the blanks behind it: blanks of their own would match everywhere
# and make a long comparison a hundred times slower.
_TOKENS = re.compile(r"\w+\s*|[^\w\s]+\s*|\s+")
_MOST = 6_000


def diff_html(left: str, right: str) -> str:
    """One flowing text: words only in `left` in <del>, only in `right` in <ins>, escaped.

    Texts beyond 6,000 tokens each are cut there; the caller says so (see `is_cut`).
    """
    a, b = _tokens(left), _tokens(right)
    parts: list[str] = []
    for what, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if what == "equal":
            parts.append(_escaped(a[i:j]))
            continue
        parts += [f"<del>{_escaped(a[i:j])}</del>"] if j > i else []
        parts += [f"<ins>{_escaped(b[k:m])}</ins>"] if m > k else []
    return "".join(parts)


def similarity(left: str, right: str) -> float:
    """Share of the words of both texts that they have in common, in order (0..1)."""
    a, b = ([t.strip() for t in _tokens(x) if not t.isspace()] for x in (left, right))
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def is_cut(text: str) -> bool:
    """Whether a text is too long to be compared in full."""
    return len(_TOKENS.findall(text)) > _MOST


def _tokens(text: str) -> list[str]:
    return _TOKENS.findall(text)[:_MOST]


def _escaped(tokens: list[str]) -> str:
    return html.escape("".join(tokens))
