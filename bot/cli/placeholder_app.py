"""The front of the house: one address that stays, while what stands behind it may be stopped and started again."""

from typing import Any


class RestartableApp:
    """An ASGI app that hands on to another, and says so when there is none at the moment."""

    def __init__(self) -> None:
        self.app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection."""
        if self.app is not None:
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await _send_unavailable(send)
        elif scope["type"] == "lifespan":
            await _run_lifespan(receive, send)


async def _send_unavailable(send: Any) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"1"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": b"didtalk is starting; try again in a moment."})


async def _run_lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
