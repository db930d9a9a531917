"""OpenAI and every compatible endpoint through OpenAI's official SDK: its only importer.

Responses for OpenAI itself; Chat Completions for any other base URL (Gemini, Grok, vLLM,
Ollama), as the common denominator.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from analysis.registry import Capabilities
from analysis.vocabulary import Outcome
from pipeline.providers import errors
from pipeline.providers.openai import chat, responses
from pipeline.providers.openai.batches import OpenAIBatches
from pipeline.providers.secret import Secret
from pipeline.providers.types import OPENAI_HOST, ChatRequest, Reply, Rung
from pipeline.providers.wire import translate
from pipeline.providers.wire.batch_types import BatchClient
from pipeline.providers.wire.body_limit import MOST_BODY, larger_body
from pipeline.providers.wire.bounded_http import bounded_client
from pipeline.providers.wire.sdk import Extras, Raw, SdkProvider, sdk_failure
from pipeline.providers.wire.validator import Vectors, model_ids, vectors

if TYPE_CHECKING:
    from openai import AsyncOpenAI

MOST_VECTOR = 250_000  # bytes of one vector as JSON


class OpenAIProvider(SdkProvider):
    """One OpenAI-compatible endpoint. `max_retries` is 0: the one retry loop is ours.

    `tokens_field` is the name the endpoint has for the answer's limit in Chat Completions.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        secret: Secret,
        capabilities_of: Callable[[str], Capabilities],
        time_limit_s: float = 600.0,
        *,
        api: Literal["responses", "chat"] = "chat",
        tokens_field: str = "max_tokens",
        extras: Extras | None = None,
    ) -> None:
        import openai

        extras = extras or Extras()
        super().__init__(name, base_url, secret, capabilities_of, time_limit_s)
        self._sdk = openai
        self.api = api
        self._tokens_field = tokens_field
        self._is_openai = urlsplit(base_url).hostname == OPENAI_HOST
        self._client = openai.AsyncOpenAI(
            api_key=secret.reveal() or "none",
            base_url=base_url,
            max_retries=0,
            timeout=time_limit_s,
            http_client=bounded_client(
                openai.DefaultAsyncHttpxClient,
                base_url,
                time_limit_s,
                extras.signing(secret, "Authorization"),
            ),
            default_headers=dict(extras.headers),
            default_query=dict(extras.query),
        )
        if not self._is_openai:
            # The SDK takes these from the environment and would tell them to any endpoint.
            self._client.organization = None
            self._client.project = None

    @property
    def client(self) -> "AsyncOpenAI":
        """The SDK client, for the batch API of the same endpoint."""
        return self._client

    def batches(self) -> BatchClient:
        api = "/v1/responses" if self.api == "responses" else "/v1/chat/completions"
        return OpenAIBatches(self, self._client, api)

    async def aclose(self) -> None:
        await self._client.close()

    def body(self, request: ChatRequest, rung: Rung) -> dict[str, Any]:
        if self.api == "responses":
            return responses.body(request, rung)
        keyed = self._is_openai
        return chat.body(request, rung, tokens_field=self._tokens_field, cache_key=keyed)

    async def _post(self, request: ChatRequest, rung: Rung) -> Raw:
        by_responses = self.api == "responses"
        resource: Any = self._client.responses if by_responses else self._client.chat.completions
        answer = await resource.with_raw_response.create(
            **self.body(request, rung), extra_headers=self.marks(request)
        )
        return Raw.of(answer, "x-request-id")

    def _read(self, raw: str, rung: Rung) -> Reply:
        if self.api == "responses":
            return responses.reply(raw, rung)
        return chat.reply(raw, rung)

    def _failure(self, error: Exception) -> translate.Failure | errors.ProviderError:
        return sdk_failure(error, self._sdk)

    async def embed(self, texts: Sequence[str], model: str) -> list[list[float]]:
        """One vector per text, in order. Raises one of `errors.ProviderError`."""
        _, found = await self._embedded(texts, model, {})
        return found.rows

    async def embed_reply(self, request: ChatRequest) -> Reply:
        """The messages' vectors as a reply: `raw` is a JSON list of one list per text.

        Raises one of `errors.ProviderError`.
        """
        started, model = time.perf_counter(), request.model
        texts = [message.content for message in request.messages]
        raw, found = await self._embedded(texts, model, self.marks(request))
        return Reply(
            outcome=Outcome.ANSWERED,
            raw=json.dumps(found.rows),
            served_model=found.model,
            input_tokens=found.tokens,
            output_tokens=0,
            latency_s=time.perf_counter() - started,
            request_id=raw.request_id,
        )

    async def _embedded(
        self, texts: Sequence[str], model: str, marks: dict[str, str]
    ) -> tuple[Raw, Vectors]:
        reply: Any = self._client.embeddings.with_raw_response.create(
            model=model, input=list(texts), encoding_format="float", extra_headers=marks
        )
        who = f"{model} ({self.name})"
        with larger_body(MOST_BODY + len(texts) * MOST_VECTOR):
            raw = Raw.of(await self.sorted(reply, who), "x-request-id")
        return raw, vectors(self.scrubbed(raw.text), len(texts), who)

    async def check(self) -> list[str]:
        """Model ids the endpoint offers, which also proves that it answers and takes the key.

        Raises one of `errors.ProviderError`.
        """
        listing: Any = self._client.models.with_raw_response.list()
        answer = await self.sorted(listing, self.name)
        return model_ids(self.scrubbed(answer.http_response.text), self.name)
