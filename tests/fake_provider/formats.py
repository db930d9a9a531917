"""The wire formats from the provider's side: a body as our request, an answer as a body."""

import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.vocabulary import Outcome
from pipeline.providers.types import ChatRequest, JsonSchema, Message
from pipeline.providers.wire.sdk import REPLICATE_HEADER, STAGE_HEADER
from tests.fake_provider.ledger import Tokens

_ids = itertools.count(1)


@dataclass(frozen=True)
class Said:
    """An answer before it has a format. `as_tool`: a forced tool was asked for."""

    text: str
    model: str
    tokens: Tokens
    outcome: Outcome = Outcome.ANSWERED
    category: str = ""
    as_tool: bool = False
    reasoning: str = ""


def request_of(api: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> ChatRequest:
    """The request that a body states. Raises KeyError, TypeError or ValueError for a bad one."""
    prefix, system, turns = _PARSERS[api](body)
    limit = body.get("max_tokens") or body.get("max_completion_tokens")
    return ChatRequest(
        stage=headers.get(STAGE_HEADER, ""),
        provider="loopback",
        model=str(body["model"]),
        messages=tuple(Message(turn["role"], _text(turn["content"])) for turn in turns),
        max_tokens=int(limit or body.get("max_output_tokens") or 1_000_000),
        system=system,
        cached_prefix=prefix,
        schema=schema_of(body),
        replicate=int(headers.get(REPLICATE_HEADER, "0")),
    )


def _messages_parts(body: Mapping[str, Any]) -> tuple[str, str, list[Any]]:
    system = body.get("system", "")
    blocks = [{"text": system}] if isinstance(system, str) else list(system)
    prefix = "".join(b["text"] for b in blocks if b.get("cache_control"))
    rest = "\n\n".join(b["text"] for b in blocks if not b.get("cache_control"))
    return prefix, rest, list(body["messages"])


def _chat_parts(body: Mapping[str, Any]) -> tuple[str, str, list[Any]]:
    """OpenAI caches prefixes by itself: the whole system text counts as one."""
    turns = list(body["messages"])
    system = "".join(_text(t["content"]) for t in turns if t["role"] in ("system", "developer"))
    return system, "", [t for t in turns if t["role"] in ("user", "assistant")]


def _responses_parts(body: Mapping[str, Any]) -> tuple[str, str, list[Any]]:
    asked = body["input"]
    turns = [{"role": "user", "content": asked}] if isinstance(asked, str) else list(asked)
    return str(body.get("instructions") or ""), "", turns


_PARSERS = {"messages": _messages_parts, "chat": _chat_parts, "responses": _responses_parts}


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in content)


def schema_of(body: Mapping[str, Any]) -> JsonSchema | None:
    """The schema asked for, however it was asked for in any of the formats."""
    config = (body.get("output_config") or {}).get("format")
    if config:
        return JsonSchema.of("answer", config["schema"])
    form = body.get("response_format") or (body.get("text") or {}).get("format") or {}
    if form.get("type") == "json_schema":
        named = form.get("json_schema", form)
        return JsonSchema.of(named["name"], named["schema"])
    return _tool_schema(body)


def _tool_schema(body: Mapping[str, Any]) -> JsonSchema | None:
    if not wants_tool(body):
        return None
    tool = body["tools"][0]
    tool = tool.get("function", tool)
    return JsonSchema.of(tool["name"], tool.get("input_schema") or tool["parameters"])


def wants_tool(body: Mapping[str, Any]) -> bool:
    return isinstance(body.get("tool_choice"), dict) and bool(body.get("tools"))


def render(api: str, said: Said) -> dict[str, Any]:
    """An answer as a body of the format."""
    return _RENDERERS[api](said)


def _render_messages(said: Said) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": said.text}]
    if said.reasoning:
        thought = {"type": "thinking", "thinking": said.reasoning, "signature": "c2lnbmVk"}
        content.insert(0, thought)
    stop = {Outcome.API_REFUSAL: "refusal", Outcome.TRUNCATED: "max_tokens"}
    reason = stop.get(said.outcome, "end_turn")
    if said.as_tool and said.outcome is Outcome.ANSWERED:
        content = [{"type": "tool_use", "id": f"toolu_{next(_ids)}", "name": "answer"}]
        content[0]["input"] = json.loads(said.text)
        reason = "tool_use"
    details = {"type": "refusal", "category": said.category or None, "explanation": None}
    return {
        "id": f"msg_{next(_ids)}",
        "type": "message",
        "role": "assistant",
        "model": said.model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "stop_details": details if reason == "refusal" else None,
        "usage": {
            "input_tokens": said.tokens.input,
            "output_tokens": said.tokens.output,
            "cache_read_input_tokens": said.tokens.cached,
            "cache_creation_input_tokens": said.tokens.cache_write,
        },
    }


def _render_chat(said: Said) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said.text, "refusal": None}
    if said.reasoning:
        message["reasoning_content"] = said.reasoning
    reason = "length" if said.outcome is Outcome.TRUNCATED else "stop"
    if said.outcome is Outcome.API_REFUSAL:
        filtered = said.category == "content_filter"
        reason = "content_filter" if filtered else "stop"
        message |= {"content": None, "refusal": None if filtered else said.text}
    elif said.as_tool and said.outcome is Outcome.ANSWERED:
        function = {"name": "answer", "arguments": said.text}
        call = {"id": f"call_{next(_ids)}", "type": "function", "function": function}
        message |= {"content": None, "tool_calls": [call]}
        reason = "tool_calls"
    used = said.tokens
    return {
        "id": f"chatcmpl-{next(_ids)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": said.model,
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": {
            "prompt_tokens": used.input + used.cached,
            "completion_tokens": used.output,
            "total_tokens": used.input + used.cached + used.output,
            "prompt_tokens_details": {"cached_tokens": used.cached},
        },
    }


def _reasoned(said: Said) -> list[dict[str, Any]]:
    if not said.reasoning:
        return []
    summary = [{"type": "summary_text", "text": said.reasoning}]
    return [{"id": f"rs_{next(_ids)}", "type": "reasoning", "summary": summary}]


def _render_responses(said: Said) -> dict[str, Any]:
    refused = said.outcome is Outcome.API_REFUSAL
    filtered = refused and said.category == "content_filter"
    part = {"type": "output_text", "text": said.text, "annotations": []}
    if refused:
        part = {"type": "refusal", "refusal": said.text}
    item: dict[str, Any] = {"id": f"msg_{next(_ids)}", "type": "message", "role": "assistant"}
    item |= {"status": "completed", "content": [part]}
    if said.as_tool and said.outcome is Outcome.ANSWERED:
        item = {"id": f"fc_{next(_ids)}", "type": "function_call", "call_id": f"call_{next(_ids)}"}
        item |= {"name": "answer", "arguments": said.text, "status": "completed"}
    cut = said.outcome is Outcome.TRUNCATED
    why = {"reason": "content_filter" if filtered else "max_output_tokens"}
    used = said.tokens
    return {
        "id": f"resp_{next(_ids)}",
        "object": "response",
        "created_at": time.time(),
        "model": said.model,
        "status": "incomplete" if cut or filtered else "completed",
        "incomplete_details": why if cut or filtered else None,
        "error": None,
        "output": [*_reasoned(said), item],
        "usage": {
            "input_tokens": used.input + used.cached,
            "input_tokens_details": {"cached_tokens": used.cached, "cache_write_tokens": 0},
            "output_tokens": used.output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": used.input + used.cached + used.output,
        },
    }


_RENDERERS = {
    "messages": _render_messages,
    "chat": _render_chat,
    "responses": _render_responses,
}


def render_error(api: str, kind: str, message: str) -> dict[str, Any]:
    """An error body of the format."""
    if api in ("messages", "anthropic_batch"):
        return {"type": "error", "error": {"type": kind, "message": message}}
    return {"error": {"message": message, "type": kind, "code": kind, "param": None}}
