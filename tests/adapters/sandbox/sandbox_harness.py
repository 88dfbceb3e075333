"""An open sandbox with a client at its door, a clock to move and a place for its hooks."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

from adapters.sandbox import Sandbox, serve
from tests.fakes.clock import ManualClock

SANDBOX_AUTH = ("sandbox", "sandbox")
HELLO_SCRIPT: dict[str, Any] = {"type": "text", "input": "Hello there"}


@dataclass
class SandboxHarness:
    """One served sandbox and a client that has its key."""

    sandbox: Sandbox
    url: str
    client: httpx.AsyncClient
    clock: ManualClock

    async def post_json(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self.client.post(path, json=body, headers=headers)

    async def get_json(self, path: str) -> Any:
        answer = await self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def make_video(self, path: str, body: Any) -> dict[str, Any]:
        """Submit and wait for the end."""
        answer = await self.post_json(path, body)
        assert answer.status_code == 201, answer.text
        made = answer.json()
        return await self.wait_until_ended(
            path, made["translations"][0]["id"] if "translations" in made else made["id"]
        )

    async def wait_until_ended(self, path: str, job_id: str) -> dict[str, Any]:
        return await self.wait_for_status(f"{path}/{job_id}", "done", "error", "rejected")

    async def wait_for_status(self, path: str, *statuses: str) -> dict[str, Any]:
        """Look until the status is one of these."""
        async with asyncio.timeout(10):
            while True:
                seen: dict[str, Any] = await self.get_json(path)
                if seen["status"] in statuses:
                    return seen
                await asyncio.sleep(0.01)

    async def upload_file(self, data: bytes, name: str = "face.png", kind: str = "image/png") -> dict[str, Any]:
        answer = await self.client.post("/images", files={"image": (name, data, kind)})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


@asynccontextmanager
async def sandbox_harness(folder: Path, **options: Any) -> AsyncIterator[SandboxHarness]:
    """Open, serve, and close again whatever happened."""
    clock = options.pop("clock", None) or ManualClock()
    options.setdefault("instant", "renderer" not in options)
    async with (
        Sandbox(folder, clock=clock.now, **options) as sandbox,
        serve(sandbox) as url,
        httpx.AsyncClient(base_url=url, auth=SANDBOX_AUTH, timeout=10, verify=False) as client,  # noqa: S501 - plain HTTP
    ):
        yield SandboxHarness(sandbox, url, client, clock)


@dataclass
class WebhookReceiver:
    """A bot's hook address: keeps what it gets and answers with the statuses it was given, then 200."""

    statuses: list[int] = field(default_factory=list)
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    url: str = ""
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    @classmethod
    @asynccontextmanager
    async def listen(cls, *statuses: int) -> AsyncIterator[Self]:
        one = cls(list(statuses))
        server = await asyncio.start_server(one._serve_webhook, "127.0.0.1", 0)
        one.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield one

    async def _serve_webhook(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(x.split(":")[1]) for x in head.split("\r\n") if x.lower().startswith("content-length"))
        body = json.loads(await reader.readexactly(length))
        status = self.statuses.pop(0) if self.statuses else 200
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        async with self._arrived:
            self.received.append((head.split(" ")[1], body))
            self._arrived.notify_all()

    async def wait_for_count(self, wanted: int) -> None:
        """Until so many hooks have come."""
        async with asyncio.timeout(10), self._arrived:
            await self._arrived.wait_for(lambda: len(self.received) >= wanted)
