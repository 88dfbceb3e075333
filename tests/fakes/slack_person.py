"""A person in Slack, as the app hears of them: signed requests over HTTP."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx

from adapters.chats.slack.incoming.signature import signed
from tests.fakes.slack_server import BOT_USER, TEAM, Args, SlackServer

SECRET = "8f742231b10invented"


class Person:
    """Types, taps and reacts."""

    def __init__(
        self, slack: SlackServer, app: str, now: Callable[[], float], user: str = "U1", team: str = TEAM
    ) -> None:
        self.slack, self.app, self.now, self.user, self.team = slack, app, now, user, team
        self.client = httpx.AsyncClient(timeout=10)
        self._count = 0

    async def post(self, body: bytes, kind: str, **headers: str) -> httpx.Response:
        """A signed request."""
        stamp = str(int(self.now()))
        known = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": signed(SECRET.encode(), stamp, body),
        }
        return await self.client.post(f"{self.app}/slack/events", content=body, headers=known | headers)

    def typed(self, text: str, command: str = "/didtalk", channel: str = "C1", **more: str) -> dict[str, str]:
        """What Slack sends for a command."""
        return {
            "command": command,
            "text": text,
            "team_id": self.team,
            "user_id": self.user,
            "user_name": "ana",
            "channel_id": channel,
            "trigger_id": self._next("trigger"),
            "response_url": f"{self.slack.url}/respond",
            "api_app_id": "A1",
        } | more

    async def command(self, text: str, command: str = "/didtalk", channel: str = "C1", **more: str) -> httpx.Response:
        """Type a command."""
        return await self.form(self.typed(text, command, channel, **more))

    async def form(self, body: dict[str, str]) -> httpx.Response:
        """Send a form."""
        return await self.post(urlencode(body).encode(), "application/x-www-form-urlencoded")

    def happened(self, event: Args) -> Args:
        """What Slack sends for an event."""
        known = {"user": self.user, "event_ts": self.slack.stamp()} | event
        return {
            "type": "event_callback",
            "team_id": self.team,
            "api_app_id": "A1",
            "event": known,
            "event_id": self._next("Ev"),
            "authorizations": [{"team_id": self.team, "enterprise_id": None, "is_enterprise_install": False}],
        }

    async def event(self, event: Args, **headers: str) -> httpx.Response:
        """Something happens."""
        return await self.send(self.happened(event), **headers)

    async def send(self, body: Args, **headers: str) -> httpx.Response:
        """Send JSON."""
        return await self.post(json.dumps(body).encode(), "application/json", **headers)

    async def mention(self, text: str, channel: str = "C1", **more: Any) -> Args:
        """Say something to the bot in a channel."""
        message = self.slack.say(channel, f"<@{BOT_USER}> {text}", user=self.user, **more)
        await self.event({**message, "type": "app_mention", "channel": channel})
        return message

    async def react(self, channel: str, ts: str, name: str) -> httpx.Response:
        """React to a message."""
        item = {"type": "message", "channel": channel, "ts": ts}
        return await self.event({"type": "reaction_added", "reaction": name, "item": item, "item_user": "U9"})

    async def interact(self, body: Args) -> httpx.Response:
        """Something about a button, a form or an action."""
        return await self.form({"payload": json.dumps(self.known(body))})

    def known(self, body: Args) -> Args:
        """What Slack tells of whoever acts, besides what they do."""
        return {
            "team": {"id": self.team},
            "user": {"id": self.user, "name": "ana", "team_id": self.team},
            "trigger_id": self._next("trigger"),
            "api_app_id": "A1",
        } | body

    async def press(self, card: Args, act: str) -> httpx.Response:
        """Press a button of a card."""
        button = next(
            element
            for block in card["blocks"]
            for element in block.get("elements", ())
            if element.get("action_id") == f"didtalk:{act}"
        )
        action = {"action_id": button["action_id"], "value": button["value"], "action_ts": self._next("1.")}
        return await self.interact(
            {
                "type": "block_actions",
                "actions": [action],
                "channel": {"id": card["channel"]},
                "message": {"ts": card["ts"]} | ({"thread_ts": card["thread_ts"]} if card.get("thread_ts") else {}),
                "response_url": f"{self.slack.url}/respond",
            }
        )

    async def submit(self, view: Args, **filled: Any) -> httpx.Response:
        """Fill in a form and send it; fields that are not named are sent as they were shown."""
        state = {}
        for block in view["blocks"]:
            if block["type"] == "input":
                element = block["element"]
                name = block["block_id"].removeprefix("field:")
                state[block["block_id"]] = {element["action_id"]: _state(element, filled.get(name))}
        return await self.interact({"type": "view_submission", "view": {**view, "state": {"values": state}}})

    def _next(self, what: str) -> str:
        self._count += 1
        return f"{what}{self.user}{self._count}"


def _state(element: Args, given: Any) -> Args:
    kind = element["type"]
    if kind == "checkboxes":
        chosen = element["options"] if given else element.get("initial_options", []) if given is None else []
        return {"type": kind, "selected_options": chosen}
    if kind == "file_input":
        return {"type": kind, "files": given or []}
    if kind == "multi_external_select":
        options = [{"value": each} for each in given] if given else element.get("initial_options", [])
        return {"type": kind, "selected_options": options}
    if kind.endswith("_select") and "conversations" not in kind:
        return {"type": kind, "selected_option": {"value": given} if given else element.get("initial_option")}
    if kind == "conversations_select":
        return {"type": kind, "selected_conversation": given}
    return {"type": kind, "value": given if given is not None else element.get("initial_value")}
