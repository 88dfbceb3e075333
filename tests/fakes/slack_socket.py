"""The same person, as the app hears of them in Socket Mode: over a connection of its own making."""

from typing import Any

import httpx

from tests.fakes.slack_person import Person
from tests.fakes.slack_server import Args


class SocketPerson(Person):
    """Types, taps and reacts; what the app acknowledges with is given back as if it came by HTTP."""

    async def form(self, body: dict[str, str]) -> httpx.Response:
        """Type a command."""
        return _answer(await self.slack.send("slash_commands", body))

    async def send(self, body: Args, **headers: str) -> httpx.Response:
        """Something happens."""
        return _answer(await self.slack.send("events_api", body))

    async def interact(self, body: Args) -> httpx.Response:
        """Something about a button, a form or an action."""
        return _answer(await self.slack.send("interactive", self.known(body)))


def _answer(payload: Any) -> httpx.Response:
    return httpx.Response(200, json=payload) if payload else httpx.Response(200)
