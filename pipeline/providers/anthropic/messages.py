"""Anthropic's Messages format: our request as its body, its body as our reply. No client here.

The same two functions serve single calls and the items of a batch.
"""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from analysis.vocabulary import Outcome
from pipeline.providers.types import ChatRequest, Reply, Rung
from pipeline.providers.wire.replies import broken
from pipeline.providers.wire.structured import rung_used, spoken_schema
from pipeline.providers.wire.validator import Count, NotAReplyError, checked_json

_TRUNCATED = {"max_tokens", "model_context_window_exceeded", "pause_turn"}


class _Usage(BaseModel):
    input_tokens: Count
    output_tokens: Count
    cache_read_input_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None


class _StopDetails(BaseModel):
    category: str | None = None


class _Block(BaseModel):
    model_config = ConfigDict(extra="allow")
    type: str
    text: str = ""
    input: Any = None


class _Body(BaseModel):
    """Only what a reply needs; everything else stays in the raw text."""

    model: str
    content: list[_Block]
    stop_reason: str
    stop_details: _StopDetails | None = None
    usage: _Usage


def body(request: ChatRequest, rung: Rung) -> dict[str, Any]:
    """The JSON body of a request, with the cached prefix first and marked."""
    made: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
    }
    system = _system(request, rung)
    if system:
        made["system"] = system
    made |= _thinking(request) | _tool(request, rung)
    config = _output_config(request, rung)
    return made | ({"output_config": config} if config else {})


def _system(request: ChatRequest, rung: Rung) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if request.cached_prefix:
        marker = {"type": "ephemeral"}
        parts.append({"type": "text", "text": request.cached_prefix, "cache_control": marker})
    if request.system:
        parts.append({"type": "text", "text": request.system})
    if request.schema and rung in (Rung.JSON_MODE, Rung.TOLERANT):
        parts.append({"type": "text", "text": spoken_schema(request.schema)})
    return parts


def _thinking(request: ChatRequest) -> dict[str, Any]:
    if request.options.thinking_tokens is None:
        return {}
    budget = request.options.thinking_tokens
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def _tool(request: ChatRequest, rung: Rung) -> dict[str, Any]:
    if request.schema is None or rung is not Rung.TOOL:
        return {}
    name = request.schema.name
    tool = {"name": name, "input_schema": request.schema.body, "description": "Give the answer."}
    return {"tools": [tool], "tool_choice": {"type": "tool", "name": name}}


def _output_config(request: ChatRequest, rung: Rung) -> dict[str, Any]:
    config: dict[str, Any] = {}
    if request.options.effort is not None:
        config["effort"] = request.options.effort
    if request.schema is not None and rung is Rung.SCHEMA:
        config["format"] = {"type": "json_schema", "schema": request.schema.body}
    return config


def reply(raw: str, rung: Rung) -> Reply:
    """The reply in a body as received. A body that is not a message is a stored error."""
    try:
        message = checked_json(raw, _Body)
    except NotAReplyError as error:
        return broken(raw, error, rung)
    text = _text(message, rung)
    outcome = _outcome(message.stop_reason)
    return Reply(
        outcome=outcome,
        text=text,
        raw=raw,
        stop_reason=message.stop_reason,
        refusal_category=_category(message, outcome),
        served_model=message.model,
        input_tokens=message.usage.input_tokens,
        output_tokens=message.usage.output_tokens,
        cached_tokens=message.usage.cache_read_input_tokens,
        cache_write_tokens=message.usage.cache_creation_input_tokens,
        rung=rung_used(rung, text),
    )


def _text(message: _Body, rung: Rung) -> str:
    """Text blocks joined; on the tool rung the tool's input, if the model did use the tool."""
    if rung is Rung.TOOL:
        for block in message.content:
            if block.type == "tool_use":
                return json.dumps(block.input, ensure_ascii=False)
    return "".join(block.text for block in message.content if block.type == "text")


def _outcome(stop_reason: str) -> Outcome:
    if stop_reason == "refusal":
        return Outcome.API_REFUSAL
    return Outcome.TRUNCATED if stop_reason in _TRUNCATED else Outcome.ANSWERED


def _category(message: _Body, outcome: Outcome) -> str:
    if outcome is not Outcome.API_REFUSAL:
        return ""
    named = message.stop_details.category if message.stop_details else None
    return named or "refusal"
