"""Chat Completions, the common denominator of every OpenAI-compatible endpoint.

Our request as its body, its body as our reply; no client here. The same two functions serve
single calls and the items of a batch.
"""

from typing import Any

from pydantic import BaseModel

from analysis.parse.answers import read
from analysis.vocabulary import Outcome
from pipeline.providers.types import ChatRequest, Reply, Rung
from pipeline.providers.wire.replies import broken, with_tokens
from pipeline.providers.wire.structured import is_strict, rung_used, spoken_schema
from pipeline.providers.wire.validator import Count, NotAReplyError, checked_json


class _Details(BaseModel):
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None


class _Usage(BaseModel):
    prompt_tokens: Count
    completion_tokens: Count
    prompt_tokens_details: _Details | None = None


class _Function(BaseModel):
    arguments: str


class _ToolCall(BaseModel):
    function: _Function


class _Message(BaseModel):
    content: str | list[dict[str, Any]] | None = None
    refusal: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(BaseModel):
    finish_reason: str
    message: _Message


class _Body(BaseModel):
    model: str
    choices: list[_Choice]
    usage: _Usage | None = None


def system_text(request: ChatRequest, rung: Rung) -> str:
    """Prefix first, so that automatic prefix caching finds it; then system; then the schema."""
    parts = [request.cached_prefix, request.system]
    if request.schema and rung in (Rung.JSON_MODE, Rung.TOLERANT):
        parts.append(spoken_schema(request.schema))
    return "\n\n".join(part for part in parts if part)


def body(
    request: ChatRequest, rung: Rung, *, tokens_field: str = "max_tokens", cache_key: bool = False
) -> dict[str, Any]:
    """The JSON body of a request. `cache_key` only where the endpoint is known to take one."""
    system = system_text(request, rung)
    messages = [{"role": "system", "content": system}] if system else []
    messages += [{"role": m.role, "content": m.content} for m in request.messages]
    made: dict[str, Any] = {"model": request.model, "messages": messages}
    made[tokens_field] = request.max_tokens
    if cache_key and request.cached_prefix:
        made["prompt_cache_key"] = request.prefix_digest[:32]
    return made | _options(request) | _structure(request, rung)


def _options(request: ChatRequest) -> dict[str, Any]:
    given = request.options.given()
    names = {"temperature": "temperature", "top_p": "top_p", "seed": "seed"}
    names["effort"] = "reasoning_effort"
    return {sent: given[ours] for ours, sent in names.items() if ours in given}


def _structure(request: ChatRequest, rung: Rung) -> dict[str, Any]:
    if request.schema is None:
        return {}
    name, schema = request.schema.name, request.schema.body
    if rung is Rung.SCHEMA:
        named = {"name": name, "schema": schema, "strict": is_strict(schema)}
        return {"response_format": {"type": "json_schema", "json_schema": named}}
    if rung is Rung.TOOL:
        function = {"name": name, "description": "Give the answer.", "parameters": schema}
        choice = {"type": "function", "function": {"name": name}}
        return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
    return {"response_format": {"type": "json_object"}} if rung is Rung.JSON_MODE else {}


def reply(raw: str, rung: Rung) -> Reply:
    """The reply in a body as received. A body that is no completion is a stored error."""
    try:
        completion = checked_json(raw, _Body)
    except NotAReplyError as error:
        return broken(raw, error, rung)
    if not completion.choices:
        return broken(raw, "The endpoint answered without any choice.", rung)
    choice = completion.choices[0]
    outcome, category = _outcome(choice)
    text = _text(choice.message, rung)
    made = Reply(
        outcome=outcome,
        text=text,
        raw=raw,
        stop_reason=choice.finish_reason,
        refusal_category=category,
        served_model=completion.model,
        rung=rung_used(rung, text),
    )
    return _counted(made, completion.usage)


def _counted(made: Reply, usage: _Usage | None) -> Reply:
    if usage is None:
        return made
    aside = usage.prompt_tokens_details or _Details()
    prompt, output = usage.prompt_tokens, usage.completion_tokens
    return with_tokens(made, prompt, output, aside.cached_tokens, aside.cache_write_tokens)


def _text(message: _Message, rung: Rung) -> str:
    if rung is Rung.TOOL and message.tool_calls:
        return message.tool_calls[0].function.arguments
    return _said(message) or message.refusal or ""


def _said(message: _Message) -> str:
    """The text of an answer; of one in blocks, as Mistral's have it, without its reasoning."""
    if isinstance(message.content, list):
        return read(message.content, keep_failures=True).text
    return message.content or ""


def _outcome(choice: _Choice) -> tuple[Outcome, str]:
    message = choice.message
    nothing_else = not message.content and not message.tool_calls
    if message.refusal or (
        message.refusal is not None and nothing_else
    ):  # a refusal may have no words
        return Outcome.API_REFUSAL, "refusal"
    if choice.finish_reason == "content_filter":
        return Outcome.API_REFUSAL, "content_filter"
    return (Outcome.TRUNCATED if choice.finish_reason == "length" else Outcome.ANSWERED), ""
