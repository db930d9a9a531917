"""A clause's text as people read it on a screen: the same words without the marks of Markdown.

Left out are lines that only open or close a block, the marks of bold words and of footnotes, and
the targets of links; a link without words of its own is named by its target. In conversations that
stand as examples a line says who speaks. Files and judges get the text as it was written.
"""

import re

_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})[\w -]*")
_NOTE = re.compile(r"\[\^[^\]\s]{1,60}\]")
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\(([^()\s]*)\)")
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_BOX = re.compile(r'(\s*)!!! *\w+ *"([^"\n]*)"\s*')
_TURN = re.compile(r"\s*<(\w{1,20})(?:\s[^<>]*)?>\s*(?:<!--([^<>]*)-->)?\s*")
_CLOSED = re.compile(r"\s*</\w{1,20}>\s*|\s*<comparison>\s*")
_BLANKS = re.compile(r"\n{3,}")


def readable(text: str) -> str:
    """The text for a screen. A block that is never closed goes on to the end, as in Markdown."""
    lines: list[str] = []
    inside = False
    for line in text.split("\n"):
        if _FENCE.fullmatch(line):
            inside = not inside
            lines.append("")
        elif not inside:
            lines.append(_plain(line))
        elif not _CLOSED.fullmatch(line):
            lines.append(_spoken(line))
    return _BLANKS.sub("\n\n", "\n".join(lines)).strip("\n")


def _plain(line: str) -> str:
    boxed = _BOX.fullmatch(line)
    if boxed:
        return f"{boxed[1]}{boxed[2]}:"
    line = _LINK.sub(_named, _NOTE.sub("", line))
    return _BOLD.sub(r"\1", line)


def _named(link: re.Match[str]) -> str:
    return link[2] if link[1].strip() in ("", "?") else link[1]


def _spoken(line: str) -> str:
    turn = _TURN.fullmatch(line)
    if not turn:
        return line
    about = (turn[2] or "").strip()
    return f"{turn[1].capitalize()}{f' ({about})' * bool(about)}:"
