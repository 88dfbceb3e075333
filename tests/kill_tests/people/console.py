"""Ana at the console: her page sends everything again until it is answered, and shows what the stream brings."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.kill_tests.bot_control.call_relay import CallRelay
from tests.kill_tests.line_faults import ProxyFactory
from tests.kill_tests.people.person import Gesture, JobInChat

NEWS_CHANNEL = "studio-news"


class ConsolePerson:
    """A page in a browser, without the browser."""

    def __init__(self) -> None:
        self._messages: dict[str, dict[str, Any]] = {}
        self._token = ""
        self._last_event_id = 0
        self._client = httpx.AsyncClient()

    def repeats_gesture(self, gesture: Gesture) -> bool:
        """The page sends everything again."""
        return True

    @asynccontextmanager
    async def connect_chat(
        self, wire: CallRelay, between: ProxyFactory, ports: Sequence[int]
    ) -> AsyncIterator[Mapping[str, str]]:
        """An open page; the console needs nothing but leave."""
        self._client.base_url = httpx.URL(f"http://127.0.0.1:{ports[0]}/console/api/")
        reading = asyncio.create_task(self._read_stream(), name="page")
        try:
            yield {"DIDTALK_CONSOLE": "1"}
        finally:
            reading.cancel()
            await asyncio.wait((reading,))
            await self._client.aclose()

    async def bot_is_ready(self) -> bool:
        """Whether the page has loaded."""
        return bool(self._token)

    def on_restart(self) -> None:
        """The page finds out by itself."""

    async def ask(self, gesture: Gesture) -> bool:
        """Type a line, with a photo dropped into it."""
        files = [await self._upload_photo(gesture.photo)] if gesture.photo else []
        if None in files:
            return False
        text = f"/{gesture.command} {gesture.typed_text}"
        said = await self._post_action("say", gesture.mark, text=text, channel="general", files=files)
        return bool(said and said.get("jobs"))

    async def press(self, job: str, act: str, once: str) -> bool:
        """Press a button."""
        message = next(
            (each for each in self._messages.values() if each.get("job") == job and not each.get("linked_message")),
            None,
        )
        return (
            message is not None
            and await self._post_action("press", once, message=message["id"], action=act) is not None
        )

    async def subscribe(self) -> bool:
        """Ben's channel."""
        once = "subscribe-news"
        return await self._post_action("say", once, text="/did subscribe done failed", channel=NEWS_CHANNEL) is not None

    async def read_chat(self) -> Mapping[str, JobInChat]:
        """What the page shows."""
        found: dict[str, JobInChat] = defaultdict(JobInChat)
        for message in self._messages.values():
            if job := message.get("job"):
                _count_message(found[job], message)
        return found

    async def _post_action(self, what: str, once: str, **fields: Any) -> dict[str, Any] | None:
        headers = {"x-didtalk-token": self._token, "x-didtalk-as": "ana"}
        try:
            answer = await self._client.post(what, json={"idempotency_key": f"once-{once}"} | fields, headers=headers)
        except httpx.HTTPError:
            return None
        return dict(answer.json()) if answer.status_code == 200 else None

    async def _upload_photo(self, photo: bytes) -> str | None:
        headers = {"x-didtalk-token": self._token, "x-didtalk-as": "ana"}
        try:
            answer = await self._client.post("files", params={"name": "photo.png"}, content=photo, headers=headers)
        except httpx.HTTPError:
            return None
        return str(answer.json()["key"]) if answer.status_code == 200 else None

    async def _read_stream(self) -> None:
        while True:
            try:
                await self._follow_stream()
            except httpx.HTTPError:
                await asyncio.sleep(0.1)  # the bot is away

    async def _follow_stream(self) -> None:
        start = (await self._client.get("start", params={"as": "ana"})).json()
        self._token = start.get("token", "")
        query = {"as": "ana", "since": str(self._last_event_id)}
        async with self._client.stream("GET", "stream", params=query, timeout=30) as answer:
            kind = ""
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "id" and value.isdecimal():
                    self._last_event_id = int(value)
                elif name == "data" and kind == "messages":
                    self._messages |= {message["id"]: message for message in json.loads(value)}


def _count_message(seen: JobInChat, message: Mapping[str, Any]) -> None:
    card = message.get("card") or {}
    if message.get("linked_message"):
        seen.notices += message["channel"] == NEWS_CHANNEL
        return
    seen.card_texts.append("\n".join((card.get("title", ""), *card.get("lines", ()))))
    seen.videos += bool(message.get("video"))
    seen.deleted |= bool(message.get("deleted"))
