"""Ana at the console: her page sends everything again until it is answered, and shows what the stream brings."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.chaos.people.person import Gesture, Seen
from tests.chaos.trouble import Between
from tests.chaos.wire import Wire

NEWS = "studio-news"


class ConsolePerson:
    """A page in a browser, without the browser."""

    def __init__(self) -> None:
        self._leaves: dict[str, dict[str, Any]] = {}
        self._token = ""
        self._last = 0
        self._client = httpx.AsyncClient()

    def repeats(self, gesture: Gesture) -> bool:
        """The page sends everything again."""
        return True

    @asynccontextmanager
    async def here(self, wire: Wire, between: Between, ports: Sequence[int]) -> AsyncIterator[Mapping[str, str]]:
        """An open page; the console needs nothing but leave."""
        self._client.base_url = httpx.URL(f"http://127.0.0.1:{ports[0]}/console/api/")
        reading = asyncio.create_task(self._read(), name="page")
        try:
            yield {"DIDTALK_CONSOLE": "1"}
        finally:
            reading.cancel()
            await asyncio.wait((reading,))
            await self._client.aclose()

    async def there(self) -> bool:
        """Whether the page has loaded."""
        return bool(self._token)

    def restarted(self) -> None:
        """The page finds out by itself."""

    async def ask(self, gesture: Gesture) -> bool:
        """Type a line, with a photo dropped into it."""
        files = [await self._upload(gesture.photo)] if gesture.photo else []
        if None in files:
            return False
        text = f"/{gesture.command} {gesture.text}"
        said = await self._post("say", gesture.mark, text=text, channel="general", files=files)
        return bool(said and said.get("jobs"))

    async def press(self, job: str, act: str, once: str) -> bool:
        """Press a button."""
        leaf = next((each for each in self._leaves.values() if each.get("job") == job and not each.get("points")), None)
        return leaf is not None and await self._post("press", once, message=leaf["id"], act=act) is not None

    async def subscribe(self) -> bool:
        """Ben's channel."""
        once = "subscribe-news"
        return await self._post("say", once, text="/did subscribe done failed", channel=NEWS) is not None

    async def seen(self) -> Mapping[str, Seen]:
        """What the page shows."""
        found: dict[str, Seen] = defaultdict(Seen)
        for leaf in self._leaves.values():
            if job := leaf.get("job"):
                _note(found[job], leaf)
        return found

    async def _post(self, what: str, once: str, **fields: Any) -> dict[str, Any] | None:
        headers = {"x-didtalk-token": self._token, "x-didtalk-as": "ana"}
        try:
            answer = await self._client.post(what, json={"once": f"once-{once}"} | fields, headers=headers)
        except httpx.HTTPError:
            return None
        return dict(answer.json()) if answer.status_code == 200 else None

    async def _upload(self, photo: bytes) -> str | None:
        headers = {"x-didtalk-token": self._token, "x-didtalk-as": "ana"}
        try:
            answer = await self._client.post("files", params={"name": "photo.png"}, content=photo, headers=headers)
        except httpx.HTTPError:
            return None
        return str(answer.json()["key"]) if answer.status_code == 200 else None

    async def _read(self) -> None:
        while True:
            try:
                await self._open()
            except httpx.HTTPError:
                await asyncio.sleep(0.1)  # the bot is away

    async def _open(self) -> None:
        start = (await self._client.get("start", params={"as": "ana"})).json()
        self._token = start.get("token", "")
        query = {"as": "ana", "since": str(self._last)}
        async with self._client.stream("GET", "stream", params=query, timeout=30) as answer:
            kind = ""
            async for line in answer.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "id" and value.isdecimal():
                    self._last = int(value)
                elif name == "data" and kind == "leaves":
                    self._leaves |= {leaf["id"]: leaf for leaf in json.loads(value)}


def _note(seen: Seen, leaf: Mapping[str, Any]) -> None:
    card = leaf.get("card") or {}
    if leaf.get("points"):
        seen.notices += leaf["channel"] == NEWS
        return
    seen.said.append("\n".join((card.get("title", ""), *card.get("lines", ()))))
    seen.videos += bool(leaf.get("film"))
    seen.gone |= bool(leaf.get("gone"))
