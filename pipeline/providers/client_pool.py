"""One endpoint through several SDK clients, each with a small connection pool of its own.

The pool that the SDKs stand on looks at every idle connection each time it hands one out. With
64 calls at once, half of them waiting for the journal, that look took a third of all the time;
with a few connections a pool it takes next to nothing. Clients are made when they are needed.
"""

from collections.abc import Awaitable, Callable

from pipeline.providers.errors import RequestRejectedError
from pipeline.providers.types import ChatRequest, Provider, Reply
from pipeline.providers.wire.batch_types import BatchClient
from pipeline.providers.wire.sdk import SdkProvider

MOST = 64
CALLS_EACH = 4


class ClientPool:
    """A provider that takes each call to the first of its clients with room."""

    def __init__(self, make: Callable[[], Provider]) -> None:
        self._make = make
        self._clients = [make()]
        self._busy = [0]
        self.name, self.base_url = self._clients[0].name, self._clients[0].base_url

    async def send(self, request: ChatRequest) -> Reply:
        return await self._on_one(lambda client: client.send(request))

    async def embed_reply(self, request: ChatRequest) -> Reply:
        """A reply with vectors. Raises RequestRejectedError where the endpoint gives none."""

        def asked(client: Provider) -> Awaitable[Reply]:
            embeds = getattr(client, "embed_reply", None)
            if embeds is None:
                raise RequestRejectedError(f"{self.name} has no endpoint for vectors.")
            reply: Awaitable[Reply] = embeds(request)
            return reply

        return await self._on_one(asked)

    async def _on_one(self, ask: Callable[[Provider], Awaitable[Reply]]) -> Reply:
        place = self._place()
        self._busy[place] += 1
        try:
            return await ask(self._clients[place])
        finally:
            self._busy[place] -= 1

    def batches(self) -> BatchClient | None:
        """The endpoint's batch API, None where it has none."""
        first = self._clients[0]
        return first.batches() if isinstance(first, SdkProvider) else None

    def _place(self) -> int:
        for place, busy in enumerate(self._busy):
            if busy < CALLS_EACH:
                return place
        if len(self._clients) < MOST:
            self._clients.append(self._make())
            self._busy.append(0)
            return len(self._clients) - 1
        return self._busy.index(min(self._busy))

    async def aclose(self) -> None:
        for client in self._clients:
            await client.aclose()
