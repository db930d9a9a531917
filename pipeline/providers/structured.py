"""Structured output: the ladder of ways to ask for JSON, and a tolerant reading of the answer.

Best first: the provider's JSON schema, a forced tool, JSON mode, and at the bottom the schema
in the prompt. Which rung was used is recorded with the reply, so that a difference between two
models is not mistaken for one in how they were asked.
"""

import json
import re
from typing import Any

from pipeline.providers.types import Capabilities, ChatRequest, JsonSchema, Rung

MOST_BRACES = 50
_ABOUT_SCHEMA = re.compile(
    r"json_schema|output_config|response_format|text\.format|structured output|tool_choice"
    r"|\btools?\b|json_object|json mode|schema",
    re.IGNORECASE,
)


def rungs(capabilities: Capabilities) -> tuple[Rung, ...]:
    """The rungs that a model has, best first. The prompt alone is always there."""
    have = {
        Rung.SCHEMA: capabilities.schema,
        Rung.TOOL: capabilities.forced_tool,
        Rung.JSON_MODE: capabilities.json_mode,
        Rung.TOLERANT: True,
    }
    return tuple(rung for rung, there in have.items() if there)


class Ladder:
    """Which rung each model stands on in this process. A step down is remembered, never undone."""

    def __init__(self) -> None:
        self._lowest: dict[str, Rung] = {}

    def rung(self, request: ChatRequest, capabilities: Capabilities) -> Rung:
        if request.schema is None:
            return Rung.NONE
        return self._lowest.get(request.model) or rungs(capabilities)[0]

    def step_down(self, model: str, refused: Rung, capabilities: Capabilities) -> bool:
        """Leave the refused rung; False when there is nothing below it.

        Calls in flight all see the same refusal: only the first of them moves the model.
        """
        order = rungs(capabilities)
        if refused not in order or refused is order[-1]:
            return False
        current = self._lowest.get(model, order[0])
        below = order[order.index(refused) + 1]
        if order.index(current) < order.index(below):
            self._lowest[model] = below
        return True


def refuses_structure(message: str) -> bool:
    """Whether a 400 speaks of the way JSON was asked for, rather than of the request itself."""
    return _ABOUT_SCHEMA.search(message) is not None


def spoken_schema(schema: JsonSchema) -> str:
    """The schema as an instruction, for the rungs on which the provider does not enforce it."""
    return (
        "Answer with one JSON object and nothing else: no text around it, no code fence. "
        f"It must fit this JSON schema:\n{schema.text}"
    )


def is_strict(schema: Any) -> bool:
    """Whether every object in a schema is closed and requires all its properties.

    Only such a schema may be sent with OpenAI's `strict`; others are sent without it.
    """
    if isinstance(schema, list):
        return all(is_strict(part) for part in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object":
        names = set(schema.get("properties", {}))
        if schema.get("additionalProperties") is not False:
            return False
        if set(schema.get("required", ())) != names:
            return False
    return all(is_strict(part) for part in schema.values())


def read_json(text: str) -> tuple[Any, bool]:
    """The JSON value in an answer, and whether it took a tolerant reading to find it.

    Strict first; then the object inside the talk around it. Where there are several that differ,
    none is believed: a judge that quotes an answer with a verdict planted in it would otherwise
    pass on that verdict as its own. Raises ValueError when there is none or no telling which:
    that is a parse error of the stage, not an error of the call.
    """
    try:
        return json.loads(text), False
    except (ValueError, RecursionError):
        pass
    found = objects(text)
    if not found:
        raise ValueError("there is no JSON object in the answer")
    told = [value for value in found if value] or found  # an empty one beside others is talk
    if any(other != told[0] for other in told):
        raise ValueError("there are several JSON objects in the answer, and they differ")
    return told[0], True


def objects(text: str) -> list[Any]:
    """The JSON objects in a text, outermost ones, trying no more than 50 opening braces."""
    decoder, found, at = json.JSONDecoder(), [], 0
    for _ in range(MOST_BRACES):
        start = text.find("{", at)
        if start < 0:
            break
        try:
            value, at = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            at = start + 1
            continue
        found.append(value)
    return found


def rung_used(asked: Rung, text: str) -> Rung:
    """The rung to record: the one asked on, or `TOLERANT` when only a tolerant reading works."""
    if asked is Rung.NONE:
        return asked
    try:
        return Rung.TOLERANT if read_json(text)[1] else asked
    except ValueError:
        return asked
