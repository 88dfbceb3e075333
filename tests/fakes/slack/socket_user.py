"""A Slack user whose actions reach the app by Socket Mode."""

from typing import Any

import httpx

from tests.fakes.slack.server import SlackArgs
from tests.fakes.slack.user import FakeSlackUser


class FakeSocketUser(FakeSlackUser):
    """Types, presses and reacts; acknowledgements are returned as if they came by HTTP."""

    async def send_form(self, body: dict[str, str]) -> httpx.Response:
        """Type a command."""
        return _as_response(await self.slack.send_envelope("slash_commands", body))

    async def send_json(self, body: SlackArgs, **headers: str) -> httpx.Response:
        """Send an event."""
        return _as_response(await self.slack.send_envelope("events_api", body))

    async def send_interaction(self, body: SlackArgs) -> httpx.Response:
        """Send an interaction of a button, a form or an action."""
        return _as_response(await self.slack.send_envelope("interactive", self.interaction_body(body)))


def _as_response(payload: Any) -> httpx.Response:
    return httpx.Response(200, json=payload) if payload else httpx.Response(200)
