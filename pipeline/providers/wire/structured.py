"""Structured output: the ladder of ways to ask for JSON, and a tolerant reading of the answer.

Best first: the provider's JSON schema, a forced tool, JSON mode, and at the bottom the schema
in the prompt. Which rung was used is recorded with the reply, so that a difference between two
models is not mistaken for one in how they were asked.
"""

import re
from typing import Any

from analysis.parse.json_in_text import read_json
from analysis.registry import Capabilities
from pipeline.providers.types import ChatRequest, JsonSchema, Rung

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


def rung_used(requested: Rung, text: str) -> Rung:
    """The rung to record: the one asked on, or `TOLERANT` when only a tolerant reading works."""
    if requested is Rung.NONE:
        return requested
    try:
        return Rung.TOLERANT if read_json(text)[1] else requested
    except ValueError:
        return requested
