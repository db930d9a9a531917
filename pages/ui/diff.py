"""Two texts word by word as inert HTML: what the one says and the other does not."""

from collections.abc import Iterator, Sequence

from analysis.measure.word_diff import (
    LONGEST,
    MOST,
    is_cut,
    shortened,
    similarity,
    stretches,
)
from analysis.text_safety import escaped
from pages.ui import long_text

__all__ = ["cut_note", "diff_html", "is_cut", "show", "similarity"]
_SAME, _LEFT, _RIGHT = "", "del", "ins"
_Piece = tuple[str, str]


def diff_html(left: str, right: str, around: int | None = None) -> str:
    """One flowing text: words only in `left` in <del>, only in `right` in <ins>, escaped.

    With `around`, of long stretches that both have only so many words stay at either end. Of texts
    that `is_cut` names the beginnings are compared; the caller says so (see `cut_note`).
    """
    pieces = list(_pieces(left, right, around))
    return _html(pieces, 0, sum(len(text) for _, text in pieces))


def cut_note(left: str, right: str) -> str:
    """The sentence for texts of which only the beginnings are compared; "" for others."""
    if not is_cut(left) and not is_cut(right):
        return ""
    return f"Compared up to {MOST:,} words and marks, or {LONGEST:,} characters, of each."


def show(left: str, right: str, key: str, around: int | None = None) -> None:
    """The comparison, a part at a time where it is long."""
    pieces = list(_pieces(left, right, around))
    whole = "".join(text for _, text in pieces)
    long_text.show_html(whole, key, "fl-diff", lambda start, end: _html(pieces, start, end))


def _pieces(left: str, right: str, around: int | None) -> Iterator[_Piece]:
    for stretch in stretches(left, right):
        if stretch.same:
            yield _SAME, stretch.left if around is None else shortened(stretch.left, around)
            continue
        if stretch.left:
            yield _LEFT, stretch.left
        if stretch.right:
            yield _RIGHT, stretch.right


def _html(pieces: Sequence[_Piece], start: int, end: int) -> str:
    """The characters from `start` to `end` of all pieces in a row."""
    parts: list[str] = []
    at = 0
    for tag, text in pieces:
        shown = escaped(long_text.drawable(text[max(start - at, 0) : max(end - at, 0)]))
        if shown:
            parts.append(f"<{tag}>{shown}</{tag}>" if tag else shown)
        at += len(text)
    return "".join(parts)
