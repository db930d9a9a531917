"""OpenAI's Responses format: our request as its body, its body as our reply. No client here.

Nothing is kept at the provider (`store` is false). The same two functions serve single calls
and the items of a batch.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from analysis.vocabulary import Outcome
from pipeline.providers.errors import RateLimitedError, ServerFaultError
from pipeline.providers.openai.chat import system_text
from pipeline.providers.types import ChatRequest, Reply, Rung
from pipeline.providers.wire.replies import broken, with_tokens
from pipeline.providers.wire.structured import is_strict, rung_used
from pipeline.providers.wire.validator import Count, NotAReplyError, checked_json

_PASSING = {"server_error", "vector_store_timeout"}


class _Details(BaseModel):
    cached_tokens: Count | None = None
    cache_write_tokens: Count | None = None


class _Usage(BaseModel):
    input_tokens: Count
    output_tokens: Count
    input_tokens_details: _Details | None = None


class _Part(BaseModel):
    type: str
    text: str = ""
    refusal: str = ""


class _Item(BaseModel):
    model_config = ConfigDict(extra="allow")
    type: str
    content: list[_Part] | None = None
    arguments: str | None = None


class _Incomplete(BaseModel):
    reason: str | None = None


class _Error(BaseModel):
    code: str
    message: str = ""


class _Body(BaseModel):
    model: str
    status: str
    output: list[_Item]
    incomplete_details: _Incomplete | None = None
    error: _Error | None = None
    usage: _Usage | None = None


def body(request: ChatRequest, rung: Rung) -> dict[str, Any]:
    """The JSON body of a request; the prefix leads the instructions and names the cache."""
    made: dict[str, Any] = {
        "model": request.model,
        "input": [{"role": m.role, "content": m.content} for m in request.messages],
        "max_output_tokens": request.max_tokens,
        "store": False,
    }
    instructions = system_text(request, rung)
    if instructions:
        made["instructions"] = instructions
    if request.cached_prefix:
        made["prompt_cache_key"] = request.prefix_digest[:32]
    return made | _options(request) | _structure(request, rung)


def _options(request: ChatRequest) -> dict[str, Any]:
    given = request.options.given()
    made: dict[str, Any] = {n: given[n] for n in ("temperature", "top_p") if n in given}
    if "effort" in given:
        made["reasoning"] = {"effort": given["effort"]}
    return made


def _structure(request: ChatRequest, rung: Rung) -> dict[str, Any]:
    if request.schema is None:
        return {}
    name, schema = request.schema.name, request.schema.body
    strict = is_strict(schema)
    if rung is Rung.SCHEMA:
        form = {"type": "json_schema", "name": name, "schema": schema, "strict": strict}
        return {"text": {"format": form}}
    if rung is Rung.TOOL:
        tool = {"type": "function", "name": name, "description": "Give the answer."}
        tools = [{**tool, "parameters": schema, "strict": strict}]
        return {"tools": tools, "tool_choice": {"type": "function", "name": name}}
    return {"text": {"format": {"type": "json_object"}}} if rung is Rung.JSON_MODE else {}


def reply(raw: str, rung: Rung) -> Reply:
    """The reply in a body as received. A body that is no response is a stored error.

    Raises ServerFaultError or RateLimitedError when a 200 reports that the provider failed.
    """
    try:
        response = checked_json(raw, _Body)
    except NotAReplyError as error:
        return broken(raw, error, rung)
    _raise_if_passing(response)
    outcome, stop_reason, category = _outcome(response)
    text = _text(response, rung)
    failed = response.error is not None and outcome is Outcome.ERROR
    made = Reply(
        outcome=outcome,
        text=text,
        raw=raw,
        stop_reason=stop_reason,
        refusal_category=category,
        served_model=response.model,
        rung=rung_used(rung, text),
        error=f"The provider could not answer: {stop_reason}." if failed else "",
    )
    return _counted(made, response.usage)


def _raise_if_passing(response: _Body) -> None:
    """What is billed has its usage: that is stored, not asked for again."""
    if response.error is None or response.usage is not None:
        return
    if response.error.code == "rate_limit_exceeded":
        raise RateLimitedError("The provider reported its rate limit inside a reply.")
    if response.error.code in _PASSING:
        raise ServerFaultError("The provider reported a failure of its own inside a reply.")


def _outcome(response: _Body) -> tuple[Outcome, str, str]:
    """Outcome, stop reason, refusal category."""
    if response.error is not None:
        code = response.error.code
        refused = "policy" in code or code == "invalid_prompt"
        return (Outcome.API_REFUSAL, code, code) if refused else (Outcome.ERROR, code, "")
    reason = (response.incomplete_details or _Incomplete()).reason
    if reason == "content_filter":
        return Outcome.API_REFUSAL, reason, reason
    if response.status == "incomplete":
        return Outcome.TRUNCATED, reason or "incomplete", ""
    if any(part.refusal for part in _parts(response)):
        return Outcome.API_REFUSAL, response.status, "refusal"
    return Outcome.ANSWERED, response.status, ""


def _parts(response: _Body) -> list[_Part]:
    return [p for item in response.output if item.type == "message" for p in item.content or ()]


def _text(response: _Body, rung: Rung) -> str:
    if rung is Rung.TOOL:
        for item in response.output:
            if item.type == "function_call" and item.arguments is not None:
                return item.arguments
    return "".join(part.text or part.refusal for part in _parts(response))


def _counted(made: Reply, usage: _Usage | None) -> Reply:
    if usage is None:
        return made
    aside = usage.input_tokens_details or _Details()
    prompt, output = usage.input_tokens, usage.output_tokens
    return with_tokens(made, prompt, output, aside.cached_tokens, aside.cache_write_tokens)
