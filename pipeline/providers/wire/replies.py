"""What the wire formats share once a body was read: the broken ones, and the way of counting.

A 200 can hold truncated JSON, an HTML page or an empty object. The SDKs let all three through,
so the raw text is kept and read here (`validator`). A broken body may have been paid for: it
becomes a stored error with its raw text, and is not sent again unless a person asks.
"""

from dataclasses import replace

from analysis.vocabulary import Outcome
from pipeline.providers.types import Reply, Rung
from pipeline.providers.wire.validator import NotAReplyError


def broken(raw: str, why: NotAReplyError | str, rung: Rung = Rung.NONE) -> Reply:
    """The stored error for a body that is no reply; its usage is unknown."""
    reason = why.reason if isinstance(why, NotAReplyError) else "broken_body"
    return Reply(outcome=Outcome.ERROR, raw=raw, error=str(why), stop_reason=reason, rung=rung)


def with_tokens(
    reply: Reply, prompt: int, output: int, cached: int | None, written: int | None
) -> Reply:
    """A reply with its counts; OpenAI counts cached tokens among the prompt's, ours stand apart.

    More cached tokens than there are leave a negative rest, which the validator refuses.
    """
    return replace(
        reply,
        input_tokens=prompt - (cached or 0) - (written or 0),
        output_tokens=output,
        cached_tokens=cached,
        cache_write_tokens=written,
    )
