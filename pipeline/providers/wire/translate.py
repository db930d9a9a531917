"""A failed HTTP status as one of our errors, or as a refusal: some refusals come as a 400 or 403.

Works on plain values (status, body, headers), so that single calls and batch items share it.
"""

import email.utils
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.vocabulary import Outcome
from pipeline.providers import errors
from pipeline.providers.texts import NAME, QUOTED, brief
from pipeline.providers.types import Reply
from pipeline.providers.wire.validator import as_object

# In front of the provider stands a gateway that waited for it: it may have finished its work.
_GATEWAY = {408, 502, 504, *range(520, 528)}
_BILLING = ("insufficient_quota", "billing", "credit balance", "payment", "spending limit")
_REFUSAL_CODES = {
    "invalid_prompt",
    "content_filter",
    "content_policy_violation",
    "bio_policy",
    "misalignment_policy_violation",
}
_REFUSAL_WORDS = ("usage polic", "usage guidelines", "content management policy", "safety_check")


@dataclass(frozen=True)
class Failure:
    """One answer with a failed status. `code` and `type` as the provider names them, or ""."""

    status: int
    raw: str
    code: str = ""
    type: str = ""
    message: str = ""
    retry_after_s: float | None = None

    @property
    def words(self) -> str:
        return f"{self.code} {self.type} {self.message}".lower()


def failure(status: int, raw: str, headers: Mapping[str, str]) -> Failure:
    """Read an error body, whichever of the usual shapes it has."""
    detail = _detail(raw)
    return Failure(
        status=status,
        raw=raw,
        code=brief(detail.get("code"), NAME),
        type=brief(detail.get("type"), NAME),
        message=brief(detail.get("message"), QUOTED),
        retry_after_s=retry_after(headers),
    )


def _detail(raw: str) -> dict[str, Any]:
    """The object that describes the error: `{"error": {...}}`, `{"error": "..."}` or bare."""
    body = as_object(raw.strip().removeprefix("[").removesuffix("]"))
    inner = body.get("error", body)
    if isinstance(inner, dict):
        return inner
    return {"message": inner, "code": body.get("code")}


def refusal(failed: Failure) -> Reply | None:
    """The refusal that a failed status stands for, None when it is an ordinary failure."""
    if failed.status not in (400, 403):
        return None
    named = failed.code in _REFUSAL_CODES or failed.type in _REFUSAL_CODES
    if not named and not any(word in failed.words for word in _REFUSAL_WORDS):
        return None
    category = failed.code or failed.type or "refusal"
    return Reply(
        outcome=Outcome.API_REFUSAL,
        raw=failed.raw,
        text=failed.message,
        stop_reason=f"http_{failed.status}",
        refusal_category=category,
    )


def error(failed: Failure, who: str) -> errors.ProviderError:
    """The error for a failed status, its sentence naming `who` (the model and its provider)."""
    status, wait = failed.status, failed.retry_after_s
    if status == 402 or (status in (400, 403, 429) and _is_billing(failed)):
        return errors.BillingError(f"The account for {who} can't pay: top it up ({status}).")
    if status in (401, 403):
        return errors.AuthError(
            f"The key for {who} was refused ({status}): check it and what it may use."
        )
    if status == 404:
        return errors.ModelNotFoundError(
            f"There is no {who} at this address (404): check the model's name and the base URL."
        )
    if status == 429:
        return errors.RateLimitedError(f"Too many requests to {who} (429).", wait)
    if status in (503, 529):
        return errors.OverloadedError(f"There is no capacity for {who} now ({status}).", wait)
    if status in _GATEWAY:
        return errors.GatewayFaultError(f"The way to {who} failed ({status}).", wait)
    if status == 409 or status >= 500:
        return errors.ServerFaultError(f"The provider of {who} failed ({status}).", wait)
    detail = f": {failed.message}" if failed.message else "."
    return errors.RequestRejectedError(f"The request to {who} was rejected ({status}){detail}")


def _is_billing(failed: Failure) -> bool:
    return any(word in failed.words for word in _BILLING)


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds that the provider asks to wait: milliseconds, seconds or a date; None if not said.

    Never negative; not capped here, the retry loop has the cap.
    """
    precise = _number(headers.get("retry-after-ms"))
    if precise is not None:
        return precise / 1000
    header = headers.get("retry-after")
    seconds = _number(header)
    if seconds is not None:
        return seconds
    until = _moment(header)
    if until is None:
        return None
    # Against the sender's own clock where it says what time it has: ours may be wrong, or jump.
    sent = _moment(headers.get("date")) if now is None else now
    return max(0.0, until - (time.time() if sent is None else sent))


def _moment(date: str | None) -> float | None:
    """Seconds since the epoch of a date in a header, None for what is no date."""
    try:
        parsed = email.utils.parsedate_tz(date[:NAME]) if date else None
        return None if parsed is None else float(email.utils.mktime_tz(parsed))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None  # a date made to break its reader


def _number(text: str | None) -> float | None:
    """A finite, non-negative number in a header, else None."""
    try:
        value = float((text or "")[:NAME])
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None
