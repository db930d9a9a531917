"""One endpoint through several SDK clients, each with a small connection pool of its own.

The pool that the SDKs stand on looks at every idle connection each time it hands one out. With
64 calls at once, half of them waiting for the journal, that look took a third of all the time;
with a few connections a pool it takes next to nothing.
"""

import itertools
from collections.abc import Callable, Sequence

from pipeline.providers.types import ChatRequest, Provider, Reply

SHARDS = 8


class Shards:
    """A provider that takes its calls in turn to several providers of the same endpoint."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        self.providers = list(providers)
        self.name, self.base_url = providers[0].name, providers[0].base_url
        self._turn = itertools.cycle(self.providers)

    @classmethod
    def of(cls, make: Callable[[], Provider], count: int = SHARDS) -> "Shards":
        return cls([make() for _ in range(count)])

    async def send(self, request: ChatRequest) -> Reply:
        return await next(self._turn).send(request)

    async def aclose(self) -> None:
        for provider in self.providers:
            await provider.aclose()
