"""OpenAI and every compatible endpoint through OpenAI's official SDK: its only importer.

Responses for OpenAI itself; Chat Completions for any other base URL (Gemini, Grok, vLLM,
Ollama), as the common denominator.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from pipeline.providers import chat_wire, errors, responses_wire, translate
from pipeline.providers.replies import as_object
from pipeline.providers.sdk import Raw, SdkProvider, sdk_failure
from pipeline.providers.secret import Secret
from pipeline.providers.types import Capabilities, ChatRequest, Outcome, Reply, Rung

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from pipeline.providers.batch_types import BatchClient

OPENAI_HOST = "api.openai.com"


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
    ) -> None:
        import openai

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
        )
        if not self._is_openai:
            # The SDK takes these from the environment and would tell them to any endpoint.
            self._client.organization = None
            self._client.project = None

    @property
    def client(self) -> "AsyncOpenAI":
        """The SDK client, for the batch API of the same endpoint."""
        return self._client

    def batches(self) -> "BatchClient":
        from pipeline.providers.batch_openai import OpenAIBatches

        return OpenAIBatches(self)

    async def aclose(self) -> None:
        await self._client.close()

    def body(self, request: ChatRequest, rung: Rung) -> dict[str, Any]:
        """The JSON body that a request is sent with."""
        if self.api == "responses":
            return responses_wire.body(request, rung)
        keyed = self._is_openai
        return chat_wire.body(request, rung, tokens_field=self._tokens_field, cache_key=keyed)

    async def _post(self, request: ChatRequest, rung: Rung) -> Raw:
        responses = self.api == "responses"
        resource: Any = self._client.responses if responses else self._client.chat.completions
        answer = await resource.with_raw_response.create(
            **self.body(request, rung), extra_headers=self.marks(request)
        )
        http = answer.http_response
        return Raw(http.text, http.headers.get("x-request-id", ""))

    def _read(self, raw: str, rung: Rung) -> Reply:
        if self.api == "responses":
            return responses_wire.reply(raw, rung)
        return chat_wire.reply(raw, rung)

    def read(self, raw: str, rung: Rung) -> Reply:
        """A body from a batch's result file as a reply."""
        return self._read(self._secret.scrub(raw), rung)

    def _failure(self, error: Exception) -> translate.Failure | errors.ProviderError:
        return sdk_failure(error, self._sdk)

    async def embed(self, texts: Sequence[str], model: str) -> list[list[float]]:
        """One vector per text, in order. Raises one of `errors.ProviderError`."""
        asked: Any = self._client.embeddings.with_raw_response.create(
            model=model, input=list(texts), encoding_format="float"
        )
        answer = await self.sorted(asked, f"{model} ({self.name})")
        return self._vectors(answer.http_response.text, len(texts), model)

    async def embed_reply(self, request: ChatRequest) -> Reply:
        """The messages' vectors as a reply: `raw` is a JSON list of one list per text.

        Raises one of `errors.ProviderError`.
        """
        started, model = time.perf_counter(), request.model
        texts = [message.content for message in request.messages]
        asked: Any = self._client.embeddings.with_raw_response.create(
            model=model,
            input=texts,
            encoding_format="float",
            extra_headers=self.marks(request),
        )
        http = (await self.sorted(asked, f"{model} ({self.name})")).http_response
        read = as_object(http.text)
        usage = read.get("usage")
        used = usage.get("prompt_tokens") if isinstance(usage, dict) else None
        return Reply(
            outcome=Outcome.ANSWERED,
            raw=json.dumps(self._vectors(http.text, len(texts), model)),
            served_model=str(read.get("model") or ""),
            input_tokens=used if isinstance(used, int) else None,
            output_tokens=0,
            latency_s=time.perf_counter() - started,
            request_id=http.headers.get("x-request-id", ""),
        )

    def _vectors(self, body: str, count: int, model: str) -> list[list[float]]:
        data = as_object(body).get("data")
        try:
            rows = sorted(data, key=lambda row: int(row["index"]))  # type: ignore[call-overload]
            vectors = [[float(value) for value in row["embedding"]] for row in rows]
        except (TypeError, KeyError, ValueError):
            vectors = []
        if len(vectors) != count or len({len(row) for row in vectors}) != 1:
            raise errors.ServerFaultError(f"{model} ({self.name}) gave no vector for each text.")
        return vectors

    async def check(self) -> list[str]:
        """Model ids the endpoint offers, which also proves that it answers and takes the key.

        Raises one of `errors.ProviderError`.
        """
        listing: Any = self._client.models.with_raw_response.list()
        answer = await self.sorted(listing, self.name)
        data = as_object(answer.http_response.text).get("data")
        return [str(row.get("id")) for row in data] if isinstance(data, list) else []
