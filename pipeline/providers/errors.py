"""What can go wrong with one attempt, sorted by what to do about it.

Each carries one plain sentence and nothing else: an SDK exception holds request headers, so it
is translated here and never kept, chained or pickled. Three families:

- `RetryableError`: the same request may work later. `retry_after_s` is the provider's wish.
- `FatalError`: no request to this model can work until a person acts; the model pauses.
- `RequestRejectedError`: this one request can't work; it becomes a stored error, the others go on.
"""


class ProviderError(Exception):
    """One failed attempt. `possibly_billed`: the provider may have worked and charged for it."""

    possibly_billed = False

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class RetryableError(ProviderError):
    """May work later; `retry_after_s` is what the provider asked for, None if it did not."""

    def __init__(self, sentence: str, retry_after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[type, tuple[str, float | None]]:
        return type(self), (self.sentence, self.retry_after_s)


class RateLimitedError(RetryableError):
    """429: too many requests."""


class OverloadedError(RetryableError):
    """529 or 503: the provider is short of capacity."""


class ServerFaultError(RetryableError):
    """Any other 5xx, 408 or 409."""


class AttemptTimeoutError(RetryableError):
    """No whole reply within the time limit; the provider may have finished, and billed, it."""

    possibly_billed = True


class ConnectionLostError(RetryableError):
    """The connection broke after something was sent, which may have been billed."""

    possibly_billed = True


class NotConnectedError(ConnectionLostError):
    """No connection could be made at all, so nothing was sent and nothing billed."""

    possibly_billed = False


class FatalError(ProviderError):
    """The model can't be used until a person acts."""


class AuthError(FatalError):
    """401 or 403: the key is missing, wrong, or not allowed to use this model."""


class BillingError(FatalError):
    """402, or a quota that is used up: the account can't pay."""


class ModelNotFoundError(FatalError):
    """404: the endpoint does not know this model."""


class RequestRejectedError(ProviderError):
    """400, 413 or 422: the provider refuses this request as it is written."""
