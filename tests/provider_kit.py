"""Shared parts of the provider tests: requests, open providers, a schema."""

import asyncio
import atexit
import logging
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path

from pipeline.providers import catalog
from pipeline.providers.types import ChatRequest, JsonSchema, Message
from tests.fake_provider import FaultPlan, Loopback
from tests.fake_provider.answers import echo
from tests.fake_provider.faults import fault_plan
from tests.fake_provider.ledger import Ledger
from tests.fake_provider.server import shipped_prices

NOWHERE = Path("/nonexistent")
SCHEMA = JsonSchema.of(
    "placement",
    {
        "type": "object",
        "properties": {
            "position": {"type": "integer", "enum": [0, 1, 2, 3, 4, 5, 6]},
            "reason": {"type": "string"},
        },
        "required": ["position", "reason"],
        "additionalProperties": False,
    },
)
# The three ways to reach a provider: endpoint, its API, a model of it.
WAYS = {
    "messages": ("anthropic", "", "claude-sonnet-5-5"),
    "chat": ("openai", "chat", "gpt-4.1-mini"),
    "responses": ("openai", "responses", "gpt-4.1-mini"),
}


@cache
def _server():
    """One loopback provider for the whole process: starting one per test costs 0.2 s each."""
    server = Loopback().__enter__()
    atexit.register(_stop, server)
    return server


def _stop(server):
    logging.disable()  # the streams that a page's tests logged to are closed by now
    server.__exit__(None, None, None)


@contextmanager
def served(plan=None, answerer=echo, ledger=None):
    """The loopback provider with a state of its own for one test."""
    server = _server()
    account = Ledger(ledger, shipped_prices())
    server.core.restart(plan or FaultPlan(), account, answerer)
    yield server
    account.close()


def faulty(*rules, **settings):
    return served(fault_plan({"fault": list(rules), **settings}))


def request(way="messages", **changes):
    endpoint, _, model = WAYS[way]
    given = {
        "stage": "respond",
        "provider": endpoint,
        "model": model,
        "messages": (Message("user", "Should the harbour be closed?"),),
        "max_tokens": 500,
    }
    return ChatRequest(**{**given, **changes})


def catalog_at(server, way="messages"):
    env = {
        "FAULTLINE_ANTHROPIC_BASE_URL": server.url,
        "FAULTLINE_OPENAI_BASE_URL": server.openai_url,
        "FAULTLINE_OPENAI_API": WAYS[way][1],
    }
    return catalog.load(home=NOWHERE, env=env)


@asynccontextmanager
async def opened(server, way="messages", keys=None, time_limit_s=20.0):
    provider = catalog_at(server, way).open(WAYS[way][0], keys or {}, time_limit_s)
    try:
        yield provider
    finally:
        await provider.aclose()


def sent(server, way="messages", asked=None, **options):
    """One request through the real SDK: its reply, or the error it raised."""

    async def go():
        async with opened(server, way, **options) as provider:
            return await provider.send(asked or request(way))

    return asyncio.run(go())
