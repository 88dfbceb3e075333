"""A Slack user whose actions reach the app as signed HTTP requests."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx

from adapters.chats.slack.incoming.http import sign_body
from tests.fakes.slack.server import BOT_USER_ID, TEAM_ID, SlackArgs, SlackServer

SIGNING_SECRET = "8f742231b10invented"


class FakeSlackUser:
    """Types, presses and reacts."""

    def __init__(
        self, slack: SlackServer, app_url: str, now: Callable[[], float], user: str = "U1", team: str = TEAM_ID
    ) -> None:
        self.slack, self.app_url, self.now, self.user_id, self.team_id = slack, app_url, now, user, team
        self.client = httpx.AsyncClient(timeout=10)
        self._count = 0

    async def post_signed(self, body: bytes, kind: str, **headers: str) -> httpx.Response:
        """A signed request."""
        stamp = str(int(self.now()))
        known = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": sign_body(SIGNING_SECRET.encode(), stamp, body),
        }
        return await self.client.post(f"{self.app_url}/slack/events", content=body, headers=known | headers)

    def command_body(self, text: str, command: str = "/didtalk", channel: str = "C1", **more: str) -> dict[str, str]:
        """What Slack sends for a command."""
        return {
            "command": command,
            "text": text,
            "team_id": self.team_id,
            "user_id": self.user_id,
            "user_name": "ana",
            "channel_id": channel,
            "trigger_id": self._next_id("trigger"),
            "response_url": f"{self.slack.url}/respond",
            "api_app_id": "A1",
        } | more

    async def run_command(
        self, text: str, command: str = "/didtalk", channel: str = "C1", **more: str
    ) -> httpx.Response:
        """Type a command."""
        return await self.send_form(self.command_body(text, command, channel, **more))

    async def send_form(self, body: dict[str, str]) -> httpx.Response:
        """Send a form."""
        return await self.post_signed(urlencode(body).encode(), "application/x-www-form-urlencoded")

    def event_body(self, event: SlackArgs) -> SlackArgs:
        """What Slack sends for an event."""
        known = {"user": self.user_id, "event_ts": self.slack.next_timestamp()} | event
        return {
            "type": "event_callback",
            "team_id": self.team_id,
            "api_app_id": "A1",
            "event": known,
            "event_id": self._next_id("Ev"),
            "authorizations": [{"team_id": self.team_id, "enterprise_id": None, "is_enterprise_install": False}],
        }

    async def send_event(self, event: SlackArgs, **headers: str) -> httpx.Response:
        """Send an event."""
        return await self.send_json(self.event_body(event), **headers)

    async def send_json(self, body: SlackArgs, **headers: str) -> httpx.Response:
        """Send JSON."""
        return await self.post_signed(json.dumps(body).encode(), "application/json", **headers)

    async def mention_bot(self, text: str, channel: str = "C1", **more: Any) -> SlackArgs:
        """Say something to the bot in a channel."""
        message = self.slack.post_message(channel, f"<@{BOT_USER_ID}> {text}", user=self.user_id, **more)
        await self.send_event({**message, "type": "app_mention", "channel": channel})
        return message

    async def add_reaction(self, channel: str, ts: str, name: str) -> httpx.Response:
        """React to a message."""
        item = {"type": "message", "channel": channel, "ts": ts}
        return await self.send_event({"type": "reaction_added", "reaction": name, "item": item, "item_user": "U9"})

    async def send_interaction(self, body: SlackArgs) -> httpx.Response:
        """Send an interaction of a button, a form or an action."""
        return await self.send_form({"payload": json.dumps(self.interaction_body(body))})

    def interaction_body(self, body: SlackArgs) -> SlackArgs:
        """The fields that Slack sends with every interaction."""
        return {
            "team": {"id": self.team_id},
            "user": {"id": self.user_id, "name": "ana", "team_id": self.team_id},
            "trigger_id": self._next_id("trigger"),
            "api_app_id": "A1",
        } | body

    async def press_button(self, card: SlackArgs, act: str) -> httpx.Response:
        """Press a button of a card."""
        button = next(
            element
            for block in card["blocks"]
            for element in block.get("elements", ())
            if element.get("action_id") == f"didtalk:{act}"
        )
        action = {"action_id": button["action_id"], "value": button["value"], "action_ts": self._next_id("1.")}
        return await self.send_interaction(
            {
                "type": "block_actions",
                "actions": [action],
                "channel": {"id": card["channel"]},
                "message": self._shown_message(card),
                "response_url": f"{self.slack.url}/respond",
            }
        )

    def _shown_message(self, card: SlackArgs) -> SlackArgs:
        """Slack names the thread of a reply, and also the one that a message began."""
        replies = [each for each in self.slack.messages[card["channel"]] if each.get("thread_ts") == card["ts"]]
        thread = card.get("thread_ts") or (card["ts"] if replies else "")
        return {"ts": card["ts"]} | ({"thread_ts": thread} if thread else {})

    async def submit_form(self, view: SlackArgs, **filled: Any) -> httpx.Response:
        """Fill in a form and send it; fields that are not named are sent as they were shown."""
        state = {}
        for block in view["blocks"]:
            if block["type"] == "input":
                element = block["element"]
                name = block["block_id"].removeprefix("field:")
                state[block["block_id"]] = {element["action_id"]: _field_state(element, filled.get(name))}
        return await self.send_interaction({"type": "view_submission", "view": {**view, "state": {"values": state}}})

    def _next_id(self, what: str) -> str:
        self._count += 1
        return f"{what}{self.user_id}{self._count}"


def _field_state(element: SlackArgs, given: Any) -> SlackArgs:
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
