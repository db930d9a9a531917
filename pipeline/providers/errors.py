"""What can go wrong with one attempt, sorted by what to do about it.

Each carries one plain sentence and nothing else: an SDK exception holds request headers, so it
is translated here and never kept, chained or pickled. Four families:

- `RetryableError`: the same request may work later. `retry_after_s` is the provider's wish.
- `FatalError`: no request to this model can work until a person acts; the model pauses.
- `RequestRejectedError`: this one request can't work; it becomes a stored error, the others go on.
- `UnusableReplyError`: something came back that can't be used; the same, with its price at risk.
"""

from pipeline.providers.texts import SENTENCE, brief


class ProviderError(Exception):
    """One failed attempt. `possibly_billed`: the provider may have worked and charged for it."""

    possibly_billed = False

    def __init__(self, sentence: str) -> None:
        self.sentence = brief(sentence, SENTENCE)
        super().__init__(self.sentence)


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


class GatewayFaultError(ServerFaultError):
    """A 408, 502, 504 or 520 to 527: who answered stands in front of the provider, which may have
    finished, and billed, the call."""

    possibly_billed = True


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


class UntrustedEndpointError(FatalError):
    """What answers at the address is not to be trusted with the key: its certificate is not valid,
    or it sends requests on to another address. Nothing more was sent."""


class RequestRejectedError(ProviderError):
    """400, 413 or 422: the provider refuses this request as it is written."""


class UnusableReplyError(ProviderError):
    """What came back is no reply that can be used: endless, of an unknown status, or nothing that
    anybody foresaw. It was sent, and may have been billed, so it is not sent again."""

    possibly_billed = True


def unforeseen(error: Exception) -> ProviderError:
    """For an exception that no rule knows: named, without its message, which may hold a header."""
    return UnusableReplyError(
        f"The call ended in a way that was not foreseen ({type(error).__name__})."
    )
