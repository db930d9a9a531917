"""How an answer is sent: at once, never, byte by byte, or only half of it."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tests.fake_provider.core import HttpAnswer
from tests.fake_provider.faults import Fault

_HANG_S = 3600.0
_DRIP_S = 10.0


async def respond(request: Request, answer: HttpAnswer) -> Response:
    """The HTTP response, in the manner that the fault asks for."""
    manner = answer.manner
    headers = dict(answer.headers)
    if manner is not None and manner.kind is Fault.HANG:
        await _hang(request, manner.seconds or _HANG_S)
    if manner is not None and manner.kind is Fault.DRIP:
        body = _drip(answer.body, manner.seconds or _DRIP_S)
        return StreamingResponse(body, answer.status, headers, answer.media_type)
    if manner is not None and manner.kind is Fault.DISCONNECT:
        # Fewer bytes than announced: the server cuts the connection, the client sees it break.
        headers["content-length"] = str(len(answer.body))
        body = _drip(answer.body[: len(answer.body) // 2], 0.0)
        return StreamingResponse(body, answer.status, headers, answer.media_type)
    return Response(answer.body, answer.status, headers, answer.media_type)


async def _hang(request: Request, seconds: float) -> None:
    """Say nothing until the time is over or the client has gone."""
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        if await request.is_disconnected():
            return
        await asyncio.sleep(0.05)


async def _drip(body: bytes, seconds: float) -> AsyncIterator[bytes]:
    for byte in body:
        yield bytes([byte])
        if seconds:
            await asyncio.sleep(seconds / len(body))
