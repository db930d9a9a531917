"""JSON inside talk: the object that a reply ends on, whatever stands around it.

A model that was asked for one object puts it into a fence, says a sentence before it, thinks aloud
or drafts another one first. What it says last counts.
"""

import json
import re
from typing import Any

from analysis.parse.traces import split
from analysis.text_safety import LONE_SURROGATE

MOST_BRACES = 50
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]', re.DOTALL)
_BEGINS_OBJECT = re.compile(r'\{\s*(?:"|\}|$)')


def read_json(text: str) -> tuple[Any, bool]:
    """The JSON value in a reply, and whether it took a tolerant reading to find it.

    Strict first; else the last complete object behind any reasoning trace. An empty object beside
    others is talk. Half a character (a lone surrogate, which JSON can spell and no file can hold)
    becomes U+FFFD, in names too. Raises ValueError where there is none.
    """
    try:
        value = json.loads(text)
        return (whole_characters(value) if "\\u" in text else value), False
    except (ValueError, RecursionError):
        pass
    found = objects(split(text).text)
    if not found:
        raise ValueError("there is no JSON object in the answer")
    last = next((value for value in reversed(found) if value), found[-1])
    try:
        return whole_characters(last), True
    except RecursionError:
        raise ValueError("the JSON in the answer is nested without end") from None


def whole_characters(value: Any) -> Any:
    """A JSON value whose texts can be stored: each lone surrogate as U+FFFD."""
    if isinstance(value, str):
        return value if value.isascii() else LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [whole_characters(part) for part in value]
    if isinstance(value, dict):
        return {whole_characters(name): whole_characters(part) for name, part in value.items()}
    return value


def objects(text: str) -> list[dict[str, Any]]:
    """The complete outermost JSON objects of a text, in order, trying at most 50 braces.

    What stands inside an object that breaks off is a part of it and is not taken for a whole one.
    """
    decoder, found, at = json.JSONDecoder(), [], 0
    for _ in range(MOST_BRACES):
        start = text.find("{", at)
        if start < 0:
            break
        try:
            value, at = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            if not _BEGINS_OBJECT.match(text, start):
                at = start + 1  # a brace of the talk
                continue
            end = _balanced(text, start)
            if end is None:
                break
            at = end
            continue
        found.append(value)
    return found


def _balanced(text: str, start: int) -> int | None:
    """Where the braces that open at `start` are balanced again, strings aside; None: never."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        if token[0] in "{}":
            depth += 1 if token[0] == "{" else -1
            if not depth:
                return token.end()
    return None
