"""A running bot with a console and a studio that keeps books, and a page's worth of calls over real HTTP."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from adapters.chats.console import Console
from adapters.media.sniff import sniff_file
from bot.app import App, open_app
from bot.settings import Settings
from bot.wiring.portraits import portraits
from tests.fakes.serve import served
from tests.fakes.studio import FakeStudio

SECRET = "an invented secret for this test"
_CLICKS = itertools.count(1)


@dataclass
class Page:
    """What a page does, for one persona."""

    client: httpx.AsyncClient
    me: str = "ana"
    token: str = ""
    start: dict[str, Any] = field(default_factory=dict)

    async def open(self) -> "Page":
        """Load everything, as a fresh page does."""
        self.start = (await self.client.get("/console/api/start", params={"as": self.me})).json()
        self.token = self.start["token"]
        return self

    @property
    def marks(self) -> dict[str, str]:
        """What goes with every change."""
        return {"x-didtalk-token": self.token, "x-didtalk-as": self.me}

    async def post(self, what: str, **fields: Any) -> httpx.Response:
        """A change, with a mark of its own unless it is given one."""
        body = {"once": f"click-{next(_CLICKS):08}"} | fields
        return await self.client.post(f"/console/api/{what}", json=body, headers=self.marks)

    async def say(self, text: str, channel: str = "general", **more: Any) -> dict[str, Any]:
        """Say something that is not refused."""
        answer = await self.post("say", text=text, channel=channel, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def get(self, what: str, **query: str) -> dict[str, Any]:
        """Look something up."""
        answer = await self.client.get(f"/console/api/{what}", params={"as": self.me} | query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def upload(self, name: str, body: bytes) -> httpx.Response:
        """Leave a file."""
        return await self.client.post("/console/api/files", params={"name": name}, content=body, headers=self.marks)

    async def leaves(self) -> dict[str, dict[str, Any]]:
        """All that this persona sees now."""
        return {each["id"]: each for each in (await self.get("start"))["leaves"]}

    async def find(self, seconds: float = 8.0, **facts: Any) -> dict[str, Any]:
        """The newest message of which all this is true, as soon as there is one."""
        async with asyncio.timeout(seconds):
            while True:
                for leaf in reversed((await self.leaves()).values()):
                    if all(leaf.get(name) == value for name, value in facts.items()):
                        return leaf
                await asyncio.sleep(0.02)

    async def card(self, tone: str, **facts: Any) -> dict[str, Any]:
        """The newest card of a tone."""
        async with asyncio.timeout(8):
            while True:
                for leaf in reversed((await self.leaves()).values()):
                    shown = leaf.get("card") or {}
                    if shown.get("tone") == tone and all(leaf.get(name) == value for name, value in facts.items()):
                        return leaf
                await asyncio.sleep(0.02)


@dataclass
class Bench:
    """The running bot."""

    app: App
    url: str
    client: httpx.AsyncClient
    studio: FakeStudio
    console: Console

    async def page(self, me: str = "ana") -> Page:
        """A fresh page."""
        return await Page(self.client, me).open()


@asynccontextmanager
async def bench(
    folder: Path, studio: FakeStudio | None = None, token: str | None = None, **more: Any
) -> AsyncIterator[Bench]:
    """A bot with a console for as long as we are inside."""
    studio = studio or FakeStudio()
    console = Console(sniff_file, token=token, faces=portraits())
    settings = Settings.model_validate({"data_dir": folder / "data", "secret": SECRET} | more)
    async with (
        open_app(settings, chats=[console], studios={"did": studio}) as app,
        served(app.web) as (_, url),
        httpx.AsyncClient(base_url=url) as client,
    ):
        yield Bench(app, url, client, studio, console)


async def events(client: httpx.AsyncClient, headers: dict[str, str], **query: str) -> AsyncIterator[tuple[str, Any]]:
    """What comes over a stream, one event after another."""
    async with client.stream("GET", "/console/api/stream", params=query, headers=headers, timeout=20) as answer:
        assert answer.status_code == 200
        name = number = ""
        async for line in answer.aiter_lines():
            kind, _, value = line.partition(": ")
            if kind == "event":
                name = value
            elif kind == "id":
                number = value
            elif kind == "data":
                yield (f"{name}#{number}" if name == "leaves" else name), json.loads(value)
