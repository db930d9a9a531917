"""Anthropic's Messages API through its official SDK: the only module that imports it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from analysis.registry import Capabilities
from pipeline.providers import errors
from pipeline.providers.anthropic import messages
from pipeline.providers.anthropic.batches import AnthropicBatches
from pipeline.providers.secret import Secret
from pipeline.providers.types import ChatRequest, Reply, Rung
from pipeline.providers.wire import translate
from pipeline.providers.wire.batch_types import BatchClient
from pipeline.providers.wire.bounded_http import bounded_client
from pipeline.providers.wire.sdk import Cloud, Extras, Raw, SdkProvider, sdk_failure
from pipeline.providers.wire.validator import model_ids

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic, AsyncAnthropicBedrock, AsyncAnthropicVertex


def _opened(
    cloud: Cloud | None, secret: Secret, **shared: Any
) -> "AsyncAnthropic | AsyncAnthropicBedrock | AsyncAnthropicVertex":
    """The SDK's own client: Anthropic's, or the one for a cloud, which gets a token where there is
    one and else signs in as this machine's account."""
    import anthropic

    token = secret.reveal() or None
    if cloud is None:
        return anthropic.AsyncAnthropic(api_key=token or "none", **shared)
    if cloud.kind == "bedrock":
        return anthropic.AsyncAnthropicBedrock(api_key=token, aws_region=cloud.region, **shared)
    return anthropic.AsyncAnthropicVertex(
        access_token=token, region=cloud.region, project_id=cloud.project, **shared
    )


class AnthropicProvider(SdkProvider):
    """One Anthropic endpoint. `max_retries` is 0: the one retry loop is `limits.retry`."""

    def __init__(
        self,
        name: str,
        base_url: str,
        secret: Secret,
        capabilities_of: Callable[[str], Capabilities],
        time_limit_s: float = 600.0,
        *,
        extras: Extras | None = None,
        cloud: Cloud | None = None,
    ) -> None:
        import anthropic

        extras = extras or Extras()
        super().__init__(name, base_url, secret, capabilities_of, time_limit_s)
        self._sdk = anthropic
        # What signs for a cloud signs the whole call, so nothing moves its headers afterwards.
        sign = None if cloud else extras.signing(secret, "X-Api-Key")
        self._client: AsyncAnthropic | AsyncAnthropicBedrock | AsyncAnthropicVertex = _opened(
            cloud,
            secret,
            base_url=base_url,
            max_retries=0,
            timeout=time_limit_s,
            http_client=bounded_client(
                anthropic.DefaultAsyncHttpxClient, base_url, time_limit_s, sign
            ),
            default_headers=dict(extras.headers),
            default_query=dict(extras.query),
        )

    @property
    def client(self) -> "AsyncAnthropic | AsyncAnthropicBedrock | AsyncAnthropicVertex":
        """The SDK client, for the batch API of the same endpoint."""
        return self._client

    def batches(self) -> BatchClient:
        return AnthropicBatches(self, cast("AsyncAnthropic", self._client))

    async def aclose(self) -> None:
        await self._client.close()

    def body(self, request: ChatRequest, rung: Rung) -> dict[str, Any]:
        return messages.body(request, rung)

    async def _post(self, request: ChatRequest, rung: Rung) -> Raw:
        answer = await self._client.messages.with_raw_response.create(
            **self.body(request, rung),
            extra_headers=self.marks(request),
            timeout=self._time_limit_s,
        )
        return Raw.of(answer, "request-id")

    def _read(self, raw: str, rung: Rung) -> Reply:
        return messages.reply(raw, rung)

    def _failure(self, error: Exception) -> translate.Failure | errors.ProviderError:
        return sdk_failure(error, self._sdk)

    async def check(self) -> list[str]:
        """Model ids the endpoint offers, which also proves that it answers and takes the key.

        Raises one of `errors.ProviderError`.
        """
        listing: Any = cast("AsyncAnthropic", self._client).models.with_raw_response.list()
        answer = await self.sorted(listing, self.name)
        return model_ids(self.scrubbed(answer.http_response.text), self.name)
