"""Running the loopback provider: in the foreground, or in a thread beside a test."""

import asyncio
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from analysis.errors import FaultlineError
from analysis.registry import Price
from tests.fake_provider.answers import Answerer, echo
from tests.fake_provider.app import make_app
from tests.fake_provider.core import Core
from tests.fake_provider.faults import FaultPlan, load_faults
from tests.fake_provider.ledger import Ledger

if TYPE_CHECKING:
    import uvicorn

HOST = "127.0.0.1"


def shipped_prices() -> Callable[[str], Price]:
    """Prices by an endpoint's name for a model, from the shipped catalog; unknown elsewhere."""
    from pipeline.providers import catalog

    models = catalog.load(home=Path("/nonexistent"), env={}).models.values()
    prices = {model.name: model.price for model in models}
    return lambda name: prices.get(name, Price())


class Loopback:
    """A loopback provider in a thread, as a context manager.

    `url` is the bare address (Anthropic's base URL), `openai_url` the one with `/v1`. `core`
    gives access to its ledger and faults.
    """

    def __init__(
        self,
        plan: FaultPlan | None = None,
        ledger: Path | None = None,
        answerer: Answerer = echo,
        port: int = 0,
    ) -> None:
        self.core = Core(plan or FaultPlan(), Ledger(ledger, shipped_prices()), answerer)
        self._socket = bound(port)
        self.port: int = self._socket.getsockname()[1]
        self._server = _server(self.core)
        self._thread = threading.Thread(target=self._run, daemon=True, name="loopback provider")

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def __enter__(self) -> "Loopback":
        # The socket listens already: a client that comes early waits in its queue.
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()
        self.core.ledger.close()


def bound(port: int) -> socket.socket:
    """A listening socket on this machine; port 0 takes any free one.

    Raises FaultlineError when the port is taken.
    """
    # Naming the protocol matters: asyncio turns Nagle's delay (40 ms here) off only then.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError):
        listener.close()
        raise FaultlineError(f"Port {port} can't be used: choose another with --port.") from None
    listener.listen(1024)
    return listener


def _server(core: Core) -> "uvicorn.Server":
    import uvicorn

    config = uvicorn.Config(
        make_app(core),
        log_level="critical",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
        backlog=1024,
    )
    return uvicorn.Server(config)


def serve_fake(
    port: int = 0,
    faults: Path | None = None,
    ledger: Path | None = None,
    answerer: Answerer = echo,
) -> None:
    """Serve until interrupted. The address is the first line on stderr; nothing goes to stdout.

    Raises FaultlineError for a port that is taken or a faults file that is wrong.
    """
    plan = load_faults(faults)
    listener = bound(port)
    core = Core(plan, Ledger(ledger, shipped_prices()), answerer)
    address = f"http://{HOST}:{listener.getsockname()[1]}"
    print(f"loopback provider at {address} (OpenAI: {address}/v1)", file=sys.stderr, flush=True)
    try:
        _server(core).run(sockets=[listener])
    finally:
        listener.close()
        core.ledger.close()
