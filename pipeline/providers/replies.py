"""What the wire formats share: checking a body against our own model, and the broken ones.

A 200 can hold truncated JSON, an HTML page or an empty object. The SDKs let all three through,
so the raw text is kept and read here. A broken body may have been paid for: it becomes a stored
error with its raw text, and is not sent again unless a person asks.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.providers.types import Outcome, Reply, Rung

Body = TypeVar("Body", bound=BaseModel)


class NotAReplyError(Exception):
    """A body that is not the reply it should be. The message is one plain sentence."""


def checked_json(raw: str, model: type[Body]) -> Body:
    """A body read as `model`. Raises NotAReplyError that says what was wrong with it."""
    if raw.lstrip()[:1] == "<":
        raise NotAReplyError("The endpoint answered with a web page instead of JSON.")
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise NotAReplyError(_complaint(raw, error)) from None


def _complaint(raw: str, error: ValidationError) -> str:
    if not raw.strip():
        return "The endpoint answered with an empty body."
    if any(part["type"] == "json_invalid" for part in error.errors()):
        return "The endpoint answered with JSON that breaks off or is malformed."
    fields = _listed(".".join(str(step) for step in part["loc"]) for part in error.errors())
    return f"The endpoint answered with JSON that is not a reply (wrong or missing: {fields})."


def _listed(names: Iterable[str]) -> str:
    kept = sorted(set(filter(None, names)))
    return ", ".join(kept[:5]) + (", ..." if len(kept) > 5 else "") or "everything"


def broken(raw: str, sentence: str, rung: Rung = Rung.NONE) -> Reply:
    """The stored error for a body that is no reply, with the tokens where they can be found."""
    return Reply(
        outcome=Outcome.ERROR, raw=raw, error=sentence, stop_reason="broken_body", rung=rung
    )


def with_tokens(
    reply: Reply, prompt: int, output: int, cached: int | None, written: int | None
) -> Reply:
    """A reply with its counts; OpenAI counts cached tokens among the prompt's, ours stand apart."""
    return replace(
        reply,
        input_tokens=max(0, prompt - (cached or 0) - (written or 0)),
        output_tokens=output,
        cached_tokens=cached,
        cache_write_tokens=written,
    )


def as_object(raw: str) -> dict[str, object]:
    """A body as a JSON object, empty when it is none: for reading error bodies."""
    try:
        loaded = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) else {}
