"""The answer in whatever a tool wrote into its place: one reader for files and for replies.

A cell may be a text, a list of messages, a list of content blocks (OpenAI's chat and responses,
Anthropic's, Gemini's `parts`, Bedrock's), an object with choices, candidates or output, a batch
result, or the JSON of any of these. The assistant's text is taken out; reasoning, tool calls and
traces inside the text are kept apart; a refusal, a cut or a failure becomes the outcome.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from analysis.parse.failures import Failure, failure, failure_in
from analysis.parse.traces import split
from analysis.vocabulary import Outcome

DEEPEST = 12
LONGEST_JSON = 4_000_000
_ASSISTANT = {"assistant", "model", "ai", "bot", "gpt", "chatbot"}
_TEXT_BLOCKS = {"text", "output_text", "message"}
_REASONING_BLOCKS = {"reasoning", "thinking", "redacted_thinking", "thought", "reasoning_text"}
_OTHER_BLOCKS = {
    "tool_use",
    "tool_call",
    "tool_result",
    "function_call",
    "function_call_output",
    "refusal",
    "server_tool_use",
    "web_search_tool_result",
    "web_search_call",
    "file_search_call",
    "computer_call",
    "code_interpreter_call",
    "custom_tool_call",
    "mcp_call",
    "image",
    "image_url",
    "input_text",
    "input_image",
    "input_audio",
    "audio",
    "video",
    "document",
    "file",
    "summary_text",
    "code_execution_tool_result",
    "container_upload",
}
_BLOCKS = _TEXT_BLOCKS | _REASONING_BLOCKS | _OTHER_BLOCKS
_REASONING_KEYS = ("reasoning_content", "reasoning", "thinking", "reasoning_text")
_CUT = {"length", "max_tokens", "max_output_tokens", "incomplete", "model_length", "token_limit"}
_REFUSED = {
    "content_filter",
    "refusal",
    "safety",
    "prohibited_content",
    "blocklist",
    "recitation",
    "spii",
    "content_filtered",
    "guardrail_intervened",
    "image_safety",
    "sensitive",
}
_STOPS = ("finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason")
_SHAPED = re.compile(r"\s*[\[{]")
_KEYS_OF_SHAPES = re.compile(
    r"['\"](?:role|content|type|parts|choices|candidates|output|error|from|generated_text|message"
    r"|response|result|text|output_text|completion)['\"]\s*:|^\s*\[\s*['\"]"
)
_WRAPPERS = {"content", "text", "output_text", "generated_text", "completion", "response", "output"}
"""Keys under which a tool puts an answer's text where there is no other key."""


@dataclass(frozen=True)
class Answer:
    """One answer as it is read: what can be labelled and scored is `text` alone.

    `outcome` says what came back; `failure` is set where the text itself spoke of a failed call,
    and `source` keeps that text. `trace` is reasoning, `tools` the tool calls, both as plain text.
    """

    text: str
    outcome: Outcome = Outcome.ANSWERED
    trace: str = ""
    tools: str = ""
    failure: Failure | None = None
    source: str = ""


@dataclass
class _Parts:
    """What has been found in a structured cell so far."""

    said: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    outcome: Outcome | None = None
    failure: Failure | None = None


def read(cell: object, *, keep_failures: bool = False) -> Answer:
    """The answer in a cell: text, JSON text, list or object. `keep_failures` takes the text of a
    failed call for an answer, where somebody says that it is one."""
    if cell is None:
        return Answer("", Outcome.MISSING)
    if isinstance(cell, float | int | bool):
        cell = json.dumps(cell)
    if isinstance(cell, bytes):
        cell = cell.decode("utf-8", "replace")
    if isinstance(cell, str):
        shaped = _shaped(cell)
        if shaped is None:
            return _plain(cell, keep_failures)
        cell = shaped
    found = _Parts()
    cell = _without_nulls(cell)
    _walk(cell, found, 0)
    if cell and found == _Parts() and not _is_shape(cell):
        # Of no shape that anybody writes answers in: kept as it is, so that nothing is lost.
        return Answer(json.dumps(cell, ensure_ascii=False, default=str))
    return _settled(found, keep_failures)


def of_reply(text: str, body: str = "") -> Answer:
    """The answer in a reply that a provider's reader has taken out already: its trace apart, from
    the text and from the reasoning that stands beside it in the `body` as received. That the call
    succeeded is known, so its words are an answer whatever they say."""
    made = _plain(text, keep_failures=True)
    found = _Parts()
    if (shaped := _shaped(body)) is not None:
        _walk(shaped, found, 0)
    trace = "\n\n".join(part for part in (*found.trace, made.trace) if part.strip())
    return replace(made, trace=trace)


def _plain(text: str, keep_failures: bool) -> Answer:
    traced = split(text)
    if not traced.closed:
        return Answer(traced.text, Outcome.TRUNCATED, traced.trace)
    if not traced.text.strip() and traced.trace:
        return Answer("", Outcome.TRUNCATED, traced.trace)
    if keep_failures:
        there = traced.text.strip()
        kept = traced.text if there else ""
        outcome = Outcome.ANSWERED if there else Outcome.MISSING
        return Answer(kept, outcome, traced.trace)
    failed = failure(traced.text)
    if failed is None:
        return Answer(traced.text, Outcome.ANSWERED, traced.trace)
    said = traced.text if traced.text.strip() else ""
    return Answer("", failed.outcome, traced.trace, failure=failed if said else None, source=said)


def _settled(found: _Parts, keep_failures: bool) -> Answer:
    text = "\n\n".join(part for part in found.said if part.strip())
    made = _plain(text, keep_failures)
    trace = "\n\n".join(part for part in (*found.trace, made.trace) if part.strip())
    made = replace(made, trace=trace, tools="\n".join(found.tools))
    if found.failure is not None and not made.text:
        if keep_failures:
            return replace(made, text=text, source="")
        return replace(made, outcome=found.failure.outcome, failure=found.failure, source=text)
    if found.outcome is not None and made.outcome in (Outcome.ANSWERED, Outcome.MISSING):
        return replace(made, outcome=found.outcome)
    if made.outcome is Outcome.MISSING and trace:
        return replace(made, outcome=Outcome.TRUNCATED)
    return made


# ---- JSON text ---------------------------------------------------------------------------------


def _shaped(text: str) -> list[Any] | dict[str, Any] | None:
    """The list or object that a text spells, if it is one of the known shapes; else None, since a
    model may answer in JSON."""
    if not _SHAPED.match(text) or len(text) > LONGEST_JSON or not _KEYS_OF_SHAPES.search(text):
        return None
    if not _KEYS_OF_SHAPES.search(text[:LONGEST_JSON]):
        return None
    value = _without_nulls(as_json(text))
    return value if _is_shape(value) else None


def as_json(text: str) -> Any:
    """The list or object that a text spells, in JSON or as Python prints it; None for any other."""
    if not _SHAPED.match(text) or len(text) > LONGEST_JSON:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _literal(text)


def _literal(text: str) -> Any:
    """What Python prints of a list or an object, as scripts write it into a CSV."""
    if len(text) > 200_000 or not re.match(r"\s*(?:\[?\s*\{\s*'|\[\s*')", text):
        return None
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _without_nulls(value: Any, depth: int = 0) -> Any:
    """Columns of structs hold every key in every row: those that are null were not said."""
    if depth > DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {str(k): _without_nulls(v, depth + 1) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(v, depth + 1) for v in value if v is not None]
    return value


def _is_shape(value: Any) -> bool:
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return True
    if isinstance(value, list):
        return bool(value) and all(isinstance(v, dict) and _is_item(v) for v in value)
    return isinstance(value, dict) and _is_whole(value)


def _is_item(item: dict[str, Any]) -> bool:
    """Whether an object can be one message or block of a list."""
    if "role" in item and ("content" in item or "parts" in item or "tool_calls" in item):
        return True
    if "from" in item and "value" in item:
        return True
    if _kind(item) in _BLOCKS:
        return True
    if set(item) <= {"text", "thought", "thoughtSignature"} and isinstance(item.get("text"), str):
        return True
    if {"functionCall", "functionResponse", "toolUse", "reasoningContent"} & set(item):
        return True
    return set(item) == {"generated_text"} or failure_in(item) is not None


def _is_whole(value: dict[str, Any]) -> bool:
    """Whether an object is a message, a completion or the result of one."""
    if len(value) == 1 and isinstance(next(iter(value.values())), str) and _WRAPPERS & set(value):
        return True
    message = value.get("message")
    if set(value) == {"message"} and isinstance(message, dict) and "content" in message:
        return True
    if isinstance(value.get("choices"), list) or isinstance(value.get("candidates"), list):
        return True
    if "role" in value and ("content" in value or "parts" in value):
        return True
    if isinstance(value.get("parts"), list) and set(value) <= {"parts", "role"}:
        return True
    if isinstance(value.get("output"), list) and _is_shape(value["output"]):
        return True
    if isinstance(value.get("content"), list) and _is_shape(value["content"]):
        return True
    if isinstance(value.get("message"), dict) and _is_whole(value["message"]):
        return True
    if _kind(value) in _BLOCKS and {"text", "thinking", "refusal"} & set(value):
        return True
    for key in ("response", "result", "output"):
        inside = value.get(key)
        if isinstance(inside, dict) and (_is_batch(inside) or _is_whole(inside)):
            return True
    return failure_in(value) is not None


def _is_batch(value: dict[str, Any]) -> bool:
    return isinstance(value.get("body"), dict) or value.get("type") in (
        "succeeded",
        "errored",
        "expired",
        "canceled",
    )


# ---- the shapes --------------------------------------------------------------------------------


def _walk(value: Any, found: _Parts, depth: int) -> None:
    if depth > DEEPEST:
        return
    if isinstance(value, str):
        found.said.append(value)
    elif isinstance(value, list):
        _walk_list(value, found, depth)
    elif isinstance(value, dict):
        _walk_object(value, found, depth)


def _walk_list(items: list[Any], found: _Parts, depth: int) -> None:
    """Messages: the assistant's after the last of the user's. Blocks: one after the other."""
    objects = [item for item in items if isinstance(item, dict)]
    if any(_role(item) for item in objects):
        for item in _last_turn(objects):
            _walk_object(item, found, depth + 1)
        return
    run: list[str] = []
    for item in items:
        inside = _Parts()
        _walk(item, inside, depth + 1)
        # Blocks of one message are parts of one text: nothing is put between them.
        run += inside.said
        found.trace += inside.trace
        found.tools += inside.tools
        found.outcome = found.outcome or inside.outcome
        found.failure = found.failure or inside.failure
    if run:
        found.said.append("".join(run) if _one_message(items) else "\n\n".join(run))


def _one_message(items: list[Any]) -> bool:
    return not any(isinstance(item, dict) and item.get("type") == "message" for item in items)


def _kind(item: dict[str, Any]) -> str:
    """What a block says it is; "" where that is no word."""
    said = item.get("type")
    return said if isinstance(said, str) else ""


def _role(item: dict[str, Any]) -> str:
    said = item.get("role", item.get("from", item.get("author")))
    if isinstance(said, dict):
        said = said.get("role")
    return said.lower() if isinstance(said, str) else ""


def _last_turn(messages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    asked = [i for i, m in enumerate(messages) if _role(m) in ("user", "human")]
    for message in messages[asked[-1] + 1 if asked else 0 :]:
        if _role(message) in _ASSISTANT or not _role(message):
            yield message


def _walk_object(item: dict[str, Any], found: _Parts, depth: int) -> None:
    if depth > DEEPEST or _walk_result(item, found, depth):
        return
    _note_stop(item, found)
    for key in ("choices", "candidates"):
        if isinstance(item.get(key), list):
            for first in item[key][:1]:  # one answer a call: further choices are other answers
                _walk(first, found, depth + 1)
            _note_blocked(item, found)
            return
    kind = _kind(item)
    if kind in _REASONING_BLOCKS or item.get("thought") is True:
        found.trace += _texts(item)
    elif kind == "refusal" or (isinstance(item.get("refusal"), str) and item["refusal"]):
        found.said.append(str(item.get("refusal") or item.get("text") or ""))
        found.outcome = Outcome.API_REFUSAL
    elif _is_tool(item):
        found.tools.append(json.dumps(item, ensure_ascii=False, default=str))
    else:
        _walk_message(item, found, depth)


def _walk_result(item: dict[str, Any], found: _Parts, depth: int) -> bool:
    """What wraps a completion: a batch's line, a response's body; and what failed instead."""
    failed = failure_in(item)
    if failed is not None:
        found.failure = failed
        found.said.append(json.dumps(item, ensure_ascii=False, default=str))
        return True
    if _kind(item) in ("errored", "expired", "canceled"):
        body = item.get("error") or {"type": item["type"]}
        found.failure = failure_in({"error": body})
        found.said.append(json.dumps(body, ensure_ascii=False, default=str))
        return True
    for key in ("response", "result", "body"):
        if isinstance(item.get(key), dict):
            _walk(item[key], found, depth + 1)
            return True
    return False


def _walk_message(item: dict[str, Any], found: _Parts, depth: int) -> None:
    # Servers state the same reasoning under several names: the first one counts.
    told = (item[key] for key in _REASONING_KEYS if isinstance(item.get(key), str))
    found.trace += [said for said in told if said.strip()][:1]
    calls = item.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        found.tools.append(json.dumps(call, ensure_ascii=False, default=str))
    if "reasoningContent" in item:
        found.trace += _texts(item["reasoningContent"])
        return
    for key in (
        "message",
        "content",
        "parts",
        "output",
        "text",
        "output_text",
        "completion",
        "response",
        "value",
        "generated_text",
        "delta",
    ):
        if item.get(key):
            _walk(item[key], found, depth + 1)
            return


def _is_tool(item: dict[str, Any]) -> bool:
    kind = _kind(item)
    return (kind in _OTHER_BLOCKS and kind != "input_text") or bool(
        {"functionCall", "functionResponse", "toolUse", "toolResult"} & set(item)
    )


def _texts(value: Any, depth: int = 0) -> list[str]:
    """Every text inside a reasoning block; signatures and encrypted parts aside."""
    if isinstance(value, str):
        return [value]
    if depth > DEEPEST:
        return []
    if isinstance(value, list):
        return [text for part in value for text in _texts(part, depth + 1)]
    if isinstance(value, dict):
        keys = ("thinking", "text", "summary", "content", "reasoning", "reasoningText")
        return [text for key in keys for text in _texts(value.get(key), depth + 1)]
    return []


def _note_stop(item: dict[str, Any], found: _Parts) -> None:
    stop = next((item[key] for key in _STOPS if isinstance(item.get(key), str)), "")
    if not stop and item.get("status") == "incomplete":
        details = item.get("incomplete_details")
        stop = str(details.get("reason") if isinstance(details, dict) else "") or "incomplete"
    word = stop.lower()
    if word in _CUT:
        found.outcome = Outcome.TRUNCATED
    elif word in _REFUSED:
        found.outcome = Outcome.API_REFUSAL


def _note_blocked(item: dict[str, Any], found: _Parts) -> None:
    feedback = item.get("promptFeedback")
    if isinstance(feedback, dict) and feedback.get("blockReason"):
        found.outcome = Outcome.API_REFUSAL
