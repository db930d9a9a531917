"""How much of an endpoint's body is read, decompressed: what a reply may be, unless said larger."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MOST_BODY = 8_000_000  # bytes of one reply, decompressed
MOST_FILE = 64_000_000  # of a batch's result file, with ...
MOST_LINE = 1_000_000  # ... so much more for each of its calls, on average
body_limit: ContextVar[int] = ContextVar("body_limit", default=MOST_BODY)


@contextmanager
def larger_body(most: int) -> Iterator[None]:
    """Let the bodies of what is asked inside be larger than one reply."""
    token = body_limit.set(most)
    try:
        yield
    finally:
        body_limit.reset(token)
