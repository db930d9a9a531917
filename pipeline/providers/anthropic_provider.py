"""Anthropic's Messages API through its official SDK: the only module that imports it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pipeline.providers import anthropic_wire, errors, translate
from pipeline.providers.replies import as_object
from pipeline.providers.sdk import Raw, SdkProvider, sdk_failure
from pipeline.providers.secret import Secret
from pipeline.providers.types import Capabilities, ChatRequest, Reply, Rung

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

    from pipeline.providers.batch_types import BatchClient


class AnthropicProvider(SdkProvider):
    """One Anthropic endpoint. `max_retries` is 0: the one retry loop is `pipeline.retry`."""

    def __init__(
        self,
        name: str,
        base_url: str,
        secret: Secret,
        capabilities_of: Callable[[str], Capabilities],
        time_limit_s: float = 600.0,
    ) -> None:
        import anthropic

        super().__init__(name, base_url, secret, capabilities_of, time_limit_s)
        self._sdk = anthropic
        self._client = anthropic.AsyncAnthropic(
            api_key=secret.reveal() or "none",
            base_url=base_url,
            max_retries=0,
            timeout=time_limit_s,
        )

    @property
    def client(self) -> "AsyncAnthropic":
        """The SDK client, for the batch API of the same endpoint."""
        return self._client

    def batches(self) -> "BatchClient":
        from pipeline.providers.batch_anthropic import AnthropicBatches

        return AnthropicBatches(self)

    async def aclose(self) -> None:
        await self._client.close()

    async def _post(self, request: ChatRequest, rung: Rung) -> Raw:
        body = anthropic_wire.body(request, rung)
        answer = await self._client.messages.with_raw_response.create(
            **body, extra_headers=self.marks(request), timeout=self._time_limit_s
        )
        http = answer.http_response
        return Raw(http.text, http.headers.get("request-id", ""))

    def _read(self, raw: str, rung: Rung) -> Reply:
        return anthropic_wire.reply(raw, rung)

    def _failure(self, error: Exception) -> translate.Failure | errors.ProviderError:
        return sdk_failure(error, self._sdk)

    async def check(self) -> list[str]:
        """Model ids the endpoint offers, which also proves that it answers and takes the key.

        Raises one of `errors.ProviderError`.
        """
        listing: Any = self._client.models.with_raw_response.list()
        answer = await self.sorted(listing, self.name)
        data = as_object(answer.http_response.text).get("data")
        return [str(row.get("id")) for row in data] if isinstance(data, list) else []
