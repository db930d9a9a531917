"""The one door for what an endpoint says: every field of every reply passes here.

A reply is hostile input. Its JSON is read under limits, its fields are checked for type and range,
its token counts held against the request, its texts made storable; whatever is left of it can be
written down, added up and shown. What fails becomes an error of the call with the money at risk,
never an exception that ends a run.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, StrictInt, ValidationError
from pydantic.functional_validators import AfterValidator

from analysis.vocabulary import Outcome
from pipeline.providers.errors import ServerFaultError, UnusableReplyError
from pipeline.providers.texts import NAME, SENTENCE, brief, storable
from pipeline.providers.types import ChatRequest, Reply

Body = TypeVar("Body", bound=BaseModel)
IMPLAUSIBLE = "implausible_reply"
DEEPEST = 100  # JSON inside JSON: real replies have less than ten levels
EXTRA_INPUT = 4_000  # tokens that a provider adds to what was sent: tools, schemas, its own words
EXTRA_OUTPUT = 1_000
OUTPUT_FACTOR = 2  # some endpoints count thinking beside the limit that was asked for
BYTES_A_TOKEN = 64  # no tokenizer packs more over a whole text: below that, the count is not known
MOST_MODELS = 10_000
MOST_DIMENSIONS = 32_768
LARGEST_NUMBER = 1e6  # in a vector; embeddings have lengths near 1


class NotAReplyError(Exception):
    """A body that is not the reply it should be. The message is one plain sentence.

    `reason` is what the stored error gives as its stop reason.
    """

    def __init__(self, sentence: str, reason: str = "broken_body") -> None:
        super().__init__(sentence)
        self.reason = reason


# ---- JSON -----------------------------------------------------------------------------------


def read_json(raw: str) -> Any:
    """A body as JSON: strings storable, nesting bounded, no name twice, no NaN.

    Raises NotAReplyError that says what was wrong with it.
    """
    if raw.lstrip()[:1] == "<":
        raise NotAReplyError("The endpoint answered with a web page instead of JSON.")
    if not raw.strip():
        raise NotAReplyError("The endpoint answered with an empty body.")
    try:
        value = json.loads(raw, object_pairs_hook=_no_name_twice, parse_constant=_no_constant)
        return _storable_within(value) if "\\u" in raw else _bounded(value)
    except RecursionError:
        raise NotAReplyError("The endpoint answered with JSON nested without end.") from None
    except ValueError:
        raise NotAReplyError(
            "The endpoint answered with JSON that breaks off or is malformed."
        ) from None


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers may believe two different ones of the values: nobody believes either."""
    read = dict(pairs)
    if len(read) != len(pairs):
        raise NotAReplyError("The endpoint answered with JSON that says one thing twice.")
    return read


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _bounded(value: Any) -> Any:
    """The value itself. Raises RecursionError when it is nested too deep."""
    level = [value]
    for _ in range(DEEPEST):
        level = [part for whole in level for part in _parts(whole)]
        if not level:
            return value
    raise RecursionError


def _parts(value: Any) -> list[Any]:
    """The lists and objects directly inside a value."""
    if isinstance(value, dict):
        return [part for part in value.values() if isinstance(part, (dict, list))]
    if isinstance(value, list):
        return [part for part in value if isinstance(part, (dict, list))]
    return []


def _storable_within(value: Any) -> Any:
    return _made_storable(_bounded(value))


def _made_storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_made_storable(part) for part in value]
    if isinstance(value, dict):
        return _no_name_twice([(storable(n), _made_storable(part)) for n, part in value.items()])
    return value


def checked_json(raw: str, model: type[Body]) -> Body:
    """A body read as `model`. Raises NotAReplyError that says what was wrong with it."""
    return checked(read_json(raw), model)


def checked(value: Any, model: type[Body]) -> Body:
    """A JSON value as `model`. Raises NotAReplyError that names the fields that are wrong."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        wrong = [tuple(map(str, part["loc"])) for part in error.errors(include_input=False)]
    fields = _listed(".".join(steps) for steps in wrong)
    if all("usage" in steps for steps in wrong):
        raise NotAReplyError(_counts_sentence(f"wrong or missing: {fields}"), IMPLAUSIBLE)
    raise NotAReplyError(
        f"The endpoint answered with JSON that is not a reply (wrong or missing: {fields})."
    )


def _listed(names: Iterable[str]) -> str:
    kept = sorted({brief(name, 60) for name in names if name})
    return ", ".join(kept[:5]) + (", ..." if len(kept) > 5 else "") or "everything"


def as_object(raw: str) -> dict[str, Any]:
    """A body as a JSON object, empty when it is none: for reading error bodies."""
    try:
        loaded = read_json(raw)
    except NotAReplyError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def asked_json(raw: str, model: type[Body], who: str) -> Body:
    """The answer to a question that costs nothing (about a batch, for a listing).

    Raises ServerFaultError, since the same question may be answered well later.
    """
    try:
        return checked_json(raw, model)
    except NotAReplyError as error:
        sentence = str(error)
    raise ServerFaultError(f"The answer from {who} can't be used. {sentence}")


# ---- fields ---------------------------------------------------------------------------------


def _identifier(value: str) -> str:
    """A name that goes into an address: nothing that could lead elsewhere."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}", value):
        raise ValueError("no identifier")
    return value


def _moment(value: float) -> float:
    if not 0 <= value < 1e11:  # until the year 5138, in seconds
        raise ValueError("no moment")
    return value


Identifier = Annotated[str, AfterValidator(_identifier)]
Moment = Annotated[float, AfterValidator(_moment)]
Count = StrictInt  # a float, a text or a truth value is no count; its range is the request's


class _Named(BaseModel):
    id: str


class _Listing(BaseModel):
    data: list[_Named]


def model_ids(raw: str, who: str) -> list[str]:
    """Model ids of a listing, at most 10,000. Raises ServerFaultError for what is no listing."""
    listing = asked_json(raw, _Listing, who)
    return [brief(row.id, NAME) for row in listing.data[:MOST_MODELS]]


class _Row(BaseModel):
    index: StrictInt
    embedding: list[Any]


class _Usage(BaseModel):
    prompt_tokens: Count


class _Vectors(BaseModel):
    data: list[_Row]
    model: str = ""
    usage: _Usage | None = None


@dataclass(frozen=True)
class Vectors:
    """Rows in the order of the texts, all of one length; `tokens` None where nobody said."""

    rows: list[list[float]]
    model: str
    tokens: int | None


def vectors(raw: str, count: int, who: str) -> Vectors:
    """One vector for each of `count` texts. Raises UnusableReplyError: it may have been billed."""
    try:
        read = checked_json(raw, _Vectors)
    except NotAReplyError as error:
        sentence = str(error)
    else:
        rows = sorted(read.data, key=lambda row: row.index)
        numbers = [row.embedding for row in rows]
        if [row.index for row in rows] == list(range(count)) and _are_vectors(numbers):
            tokens = read.usage.prompt_tokens if read.usage else None
            return Vectors([[float(n) for n in row] for row in numbers], read.model, tokens)
        sentence = "It is not one vector of finite numbers for each text."
    raise UnusableReplyError(f"The vectors of {who} can't be used. {sentence}")


def _are_vectors(rows: list[list[Any]]) -> bool:
    sizes = {len(row) for row in rows}
    if len(sizes) != 1 or not 0 < sizes.pop() <= MOST_DIMENSIONS:
        return False
    return all(_is_number(value) for row in rows for value in row)


def _is_number(value: Any) -> bool:
    if type(value) is not float and type(value) is not int:
        return False
    return -LARGEST_NUMBER <= value <= LARGEST_NUMBER


# ---- the reply as a whole -------------------------------------------------------------------


@dataclass(frozen=True)
class Bounds:
    """What the token counts of one call's reply can be. `input_bytes` is what was sent."""

    input_bytes: int
    max_tokens: int

    @property
    def most_input(self) -> int:
        """No tokenizer makes more tokens than there are bytes."""
        return self.input_bytes + EXTRA_INPUT

    @property
    def most_output(self) -> int:
        return OUTPUT_FACTOR * self.max_tokens + EXTRA_OUTPUT


def bounds_of(request: ChatRequest) -> Bounds:
    return Bounds(request_bytes(request), request.max_tokens)


def request_bytes(request: ChatRequest) -> int:
    """Bytes of the texts that a request sends."""
    texts = [request.system, request.cached_prefix, *(m.content for m in request.messages)]
    if request.schema is not None:
        texts.append(request.schema.text)
    return sum(map(_size, texts))


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def accepted(reply: Reply, bounds: Bounds) -> Reply:
    """A reply whose every field may be stored, added up and shown.

    Token counts outside their range make it an error, `implausible_reply`, without counts, so
    that all it may have cost is at risk. Counts that can't be true but do no harm (nothing read,
    nothing written) are dropped, and the answer kept.
    """
    reply = replace(
        reply,
        text=storable(reply.text),
        raw=storable(reply.raw),
        stop_reason=brief(reply.stop_reason, NAME),
        refusal_category=brief(reply.refusal_category, NAME),
        served_model=brief(reply.served_model, NAME),
        request_id=brief(reply.request_id, NAME),
        error=brief(reply.error, SENTENCE),
        latency_s=reply.latency_s if math.isfinite(reply.latency_s) else 0.0,
    )
    if wrong := _wrong_counts(reply, bounds):
        return without_counts(
            replace(
                reply, outcome=Outcome.ERROR, stop_reason=IMPLAUSIBLE, error=_counts_sentence(wrong)
            )
        )
    return without_counts(reply) if _too_few(reply, bounds) else reply


def without_counts(reply: Reply) -> Reply:
    """The reply with its usage unknown: its whole estimate is then at risk."""
    return replace(
        reply, input_tokens=None, output_tokens=None, cached_tokens=None, cache_write_tokens=None
    )


def _counts_sentence(what: str) -> str:
    return (
        f"The reply is implausible ({what}): it is not used, and all that it may have cost is at "
        "risk."
    )


def _counts(reply: Reply) -> dict[str, int | None]:
    return {
        "input tokens": reply.input_tokens,
        "output tokens": reply.output_tokens,
        "cached tokens": reply.cached_tokens,
        "tokens written to the cache": reply.cache_write_tokens,
    }


def _wrong_counts(reply: Reply, bounds: Bounds) -> str:
    """What is wrong with the counts of a reply, "" when nothing is."""
    for name, count in _counts(reply).items():
        if count is not None and (type(count) is not int or count < 0):
            return f"{_spelled(count)} {name}"
    read = _read_tokens(reply)
    if read > bounds.most_input:
        return f"{_spelled(read)} tokens read of at most {bounds.most_input:,}"
    if (reply.output_tokens or 0) > bounds.most_output:
        return f"{_spelled(reply.output_tokens)} output tokens of at most {bounds.most_output:,}"
    return ""


def _read_tokens(reply: Reply) -> int:
    parts = (reply.input_tokens, reply.cached_tokens, reply.cache_write_tokens)
    return sum(part or 0 for part in parts)


def _spelled(count: object) -> str:
    if type(count) is int and abs(count) >= 10**12:
        return "more than a trillion" if count > 0 else "less than minus a trillion"
    return f"{count:,}" if type(count) is int else brief(str(count), 40)


def _too_few(reply: Reply, bounds: Bounds) -> bool:
    """Whether a reply counts fewer tokens than its texts can have."""
    if not reply.usage_known:
        return False
    few_read = _read_tokens(reply) * BYTES_A_TOKEN < bounds.input_bytes
    few_written = (reply.output_tokens or 0) * BYTES_A_TOKEN < len(reply.text)
    # What an embedder writes is not counted: its text is ours.
    return few_read or (few_written and bounds.max_tokens > 0)
