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

from adapters.chats.console.chat import Console
from adapters.media.sniff import sniff_file
from bot.app import App, open_app
from bot.settings import Settings
from bot.wiring.faces import portrait_paths
from tests.fakes.http_server import serve_app
from tests.fakes.studio import FakeStudio

CONSOLE_SIGNING_SECRET = "an invented secret for this test"
_CLICK_NUMBERS = itertools.count(1)


@dataclass
class ConsolePage:
    """What a page does, for one persona."""

    client: httpx.AsyncClient
    persona: str = "ana"
    token: str = ""
    start_data: dict[str, Any] = field(default_factory=dict)

    async def load_page(self) -> "ConsolePage":
        """Load everything, as a fresh page does."""
        self.start_data = (await self.client.get("/console/api/start", params={"as": self.persona})).json()
        self.token = self.start_data["token"]
        return self

    @property
    def change_headers(self) -> dict[str, str]:
        """What goes with every change."""
        return {"x-didtalk-token": self.token, "x-didtalk-as": self.persona}

    async def post_action(self, what: str, **fields: Any) -> httpx.Response:
        """A change, with a mark of its own unless it is given one."""
        body = {"idempotency_key": f"click-{next(_CLICK_NUMBERS):08}"} | fields
        return await self.client.post(f"/console/api/{what}", json=body, headers=self.change_headers)

    async def say_line(self, text: str, channel: str = "general", **more: Any) -> dict[str, Any]:
        """Say something that is not refused."""
        answer = await self.post_action("say", text=text, channel=channel, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def get_json(self, what: str, **query: str) -> dict[str, Any]:
        """Look something up."""
        answer = await self.client.get(f"/console/api/{what}", params={"as": self.persona} | query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def upload_file(self, name: str, body: bytes) -> httpx.Response:
        """Leave a file."""
        return await self.client.post(
            "/console/api/files", params={"name": name}, content=body, headers=self.change_headers
        )

    async def read_messages(self) -> dict[str, dict[str, Any]]:
        """All that this persona sees now."""
        return {each["id"]: each for each in (await self.get_json("start"))["messages"]}

    async def find_message(self, seconds: float = 8.0, **facts: Any) -> dict[str, Any]:
        """The newest message of which all this is true, as soon as there is one."""
        async with asyncio.timeout(seconds):
            while True:
                for message in reversed((await self.read_messages()).values()):
                    if all(message.get(name) == value for name, value in facts.items()):
                        return message
                await asyncio.sleep(0.02)

    async def find_card(self, tone: str, **facts: Any) -> dict[str, Any]:
        """The newest card of a tone."""
        async with asyncio.timeout(8):
            while True:
                for message in reversed((await self.read_messages()).values()):
                    shown = message.get("card") or {}
                    if shown.get("tone") == tone and all(message.get(name) == value for name, value in facts.items()):
                        return message
                await asyncio.sleep(0.02)


@dataclass
class ConsoleHarness:
    """The running bot."""

    app: App
    url: str
    client: httpx.AsyncClient
    studio: FakeStudio
    console: Console

    async def open_page(self, persona: str = "ana") -> ConsolePage:
        """A fresh page."""
        return await ConsolePage(self.client, persona).load_page()


@asynccontextmanager
async def console_harness(
    folder: Path, studio: FakeStudio | None = None, token: str | None = None, **more: Any
) -> AsyncIterator[ConsoleHarness]:
    """A bot with a console for as long as we are inside."""
    studio = studio or FakeStudio()
    console = Console(sniff_file, token=token, portraits=portrait_paths())
    settings = Settings.model_validate({"data_dir": folder / "data", "secret": CONSOLE_SIGNING_SECRET} | more)
    async with (
        open_app(settings, chats=[console], studios={"did": studio}) as app,
        serve_app(app.web) as (_, url),
        httpx.AsyncClient(base_url=url) as client,
    ):
        yield ConsoleHarness(app, url, client, studio, console)


async def read_events(
    client: httpx.AsyncClient, headers: dict[str, str], **query: str
) -> AsyncIterator[tuple[str, Any]]:
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
                yield (f"{name}#{number}" if name == "messages" else name), json.loads(value)
