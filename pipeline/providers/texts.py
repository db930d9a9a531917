"""Texts from elsewhere as they may be stored: no lone surrogates, no NUL, names of a bounded size.

An answer is kept as it is but for those two; a name, an id or an error message is one short line.
"""

import re

NAME = 200  # characters of a model's name, an id, a reason
SENTENCE = 1_000  # of an error, our own words around the provider's included
QUOTED = 300  # of a provider's message inside a sentence of ours
MARK = "\ufffd"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def storable(text: str) -> str:
    """The text as SQLite, parquet and a log take it: what they don't take becomes U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub(MARK, text)


def brief(value: object, most: int) -> str:
    """A short text on one line: storable, control characters as spaces, at most `most` long."""
    text = str(value) if isinstance(value, (str, int, float)) else ""
    text = _CONTROL.sub(" ", storable(text[: most + 1])).strip()
    return text if len(text) <= most else f"{text[: most - 1]}…"
