"""Texts from data, however long: one part at a time, with the way to the next.

A browser lays out some thousand characters at once without anybody noticing; a megabyte of one
letter kept it busy for nine minutes. So no element of a page ever holds more than a part (and the
style sheet turns kerning off, which made even 8,000 letters A take half a second).
"""

import hashlib
import unicodedata
from collections.abc import Callable

import streamlit as st

from analysis.number_text import counted
from pages.ui.address import session

PART = 8_000
"""Characters of a part, at most."""
LINES = 400
"""Lines of a part, at most: a page of empty lines is as far to scroll as one of words."""
MARKS = 32
"""Marks above and below one letter that are drawn; Unicode's own limit for a plain text is 30."""
_CLUSTER = 64


def parts(text: str) -> list[tuple[int, int]]:
    """Where each part begins and ends, in order; together the whole text, and one part at least.

    A part ends behind a blank where one is near its end, and never between a letter and its marks
    unless there are more than any writing has.
    """
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(text):
        end = _end(text, at)
        found.append((at, end))
        at = end
    return found or [(0, 0)]


def _end(text: str, at: int) -> int:
    end = min(at + PART, len(text))
    line = at - 1
    for _ in range(LINES):
        line = text.find("\n", line + 1, end)
        if line < 0:
            break
    else:
        return line + 1
    if end == len(text):
        return end
    blank = max(text.rfind(c, end - PART // 10, end) for c in " \n")
    if blank > at:
        return blank + 1
    least = max(at + 1, end - _CLUSTER)
    return next((e for e in range(end, least, -1) if not unicodedata.combining(text[e])), end)


def drawable(text: str) -> str:
    """The text with at most `MARKS` marks on a letter: thousands of them on one letter stand over
    the whole page and take a browser seconds. An ellipsis stands for the rest."""
    if len(text) <= MARKS:
        return text
    made: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= MARKS:
            made.append(char)
        elif run == MARKS + 1:
            made.append("…")
    return "".join(made)


def show(text: str, key: str) -> None:
    """A text as it is, no markup, a part at a time. `key` names its place on the page."""
    start, end = chosen(text, key)
    st.text(drawable(text[start:end]))
    turn(text, key)


def show_html(text: str, key: str, kind: str, marked: Callable[[int, int], str]) -> None:
    """A text with some of it marked: `marked` gives the escaped HTML of the characters from..to;
    `kind` is the class of the box around it."""
    start, end = chosen(text, key)
    st.html(f'<div class="{kind}" tabindex="0">{marked(start, end)}</div>')
    turn(text, key)


def chosen(text: str, key: str) -> tuple[int, int]:
    """The part of a text that is shown now; the first one of a text that was not here before."""
    all_parts = parts(text)
    name, which = session.get(_state(key), ("", 0))
    known = name == _name(text) and 0 <= which < len(all_parts)
    return all_parts[which if known else 0]


def turn(text: str, key: str) -> None:
    """Below a text of several parts: which characters these are, and the ways on and back."""
    all_parts = parts(text)
    if len(all_parts) < 2:
        return
    at = all_parts.index(chosen(text, key))
    start, end = all_parts[at]
    with st.container(
        key=f"parts-{key}", horizontal=True, vertical_alignment="center", gap="small"
    ):
        st.caption(
            f"Characters {start + 1:,} to {end:,} of {counted(len(text), 'character')}",
            width="content",
        )
        for label, to in (("Show previous", at - 1), ("Show more", at + 1)):
            if 0 <= to < len(all_parts):
                st.button(
                    label,
                    key=f"{label[5:]}-part-{key}",
                    type="tertiary",
                    on_click=_turn_to,
                    args=(text, key, to),
                )


def _turn_to(text: str, key: str, which: int) -> None:
    session[_state(key)] = (_name(text), which)


def _state(key: str) -> str:
    return f"_part_{key}"


def _name(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
