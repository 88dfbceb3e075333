"""Discord's gateway over a real websocket, and the server with its users."""

import asyncio
import json
import secrets
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeChannel, FakeInteraction

CONTENT_INTENT = COMPONENTS_V2 = 1 << 15
ALL_PERMISSIONS = str((1 << 50) - 1)
ORDINARY_PERMISSIONS = ((1 << 50) - 1) & ~8  # all but administrator, whom no channel is closed to
BOT_ID, GUILD_ID, EVERYONE_ROLE = 900, 500, 500
FILMERS_ROLE, BOTS_ROLE = 77, 78


class FakeGateway:
    """Says HELLO, takes IDENTIFY and RESUME, sends events in order and again when they were missed."""

    now: Callable[[], float]
    url: str
    gateway_url: Any
    channels: "dict[int, FakeChannel]"
    interactions: "dict[str, FakeInteraction]"
    content_intent: bool

    def __init__(self) -> None:
        self.shard_count = 1
        self.identify_count = 0
        self.resume_count = 0
        self.refuse_content_intent = False
        self.invalidate_next_resume = False
        self.everyone_permissions = ORDINARY_PERMISSIONS
        self.ignore_heartbeats = False  # no heartbeat is answered: the line is dead and nobody has noticed
        self.heartbeat_milliseconds = 41250  # milliseconds between heartbeats
        self.compressed = True
        self.member_permissions = ALL_PERMISSIONS
        self.member_roles: list[str] = []
        self.app_permissions = ALL_PERMISSIONS
        self._streams: dict[web.WebSocketResponse, Any] = {}
        self._sessions_by_socket: dict[web.WebSocketResponse, str] = {}
        self._sent_events: dict[str, list[dict[str, Any]]] = {}
        self._intents = 0
        self.connected = asyncio.Event()

    async def serve_socket(self, request: web.Request) -> web.WebSocketResponse:
        """One connection."""
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        if request.query.get("compress") == "zlib-stream" and self.compressed:
            self._streams[socket] = zlib.compressobj()
        await self._send_frame(socket, {"op": 10, "d": {"heartbeat_interval": self.heartbeat_milliseconds}})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._handle_frame(socket, json.loads(message.data))
        self._sessions_by_socket.pop(socket, None)
        self._streams.pop(socket, None)
        return socket

    async def _send_frame(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> None:
        """One frame; where compression was asked for, all frames are one stream of it."""
        stream = self._streams.get(socket)
        if stream is None:
            await socket.send_json(said)
        else:
            await socket.send_bytes(stream.compress(json.dumps(said).encode()) + stream.flush(zlib.Z_SYNC_FLUSH))

    async def ask_to_reconnect(self) -> None:
        """Discord tells the bot to reconnect elsewhere."""
        self.connected.clear()
        for socket in list(self._sessions_by_socket):
            await self._send_frame(socket, {"op": 7, "d": None})

    async def _handle_frame(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> None:
        match said["op"]:
            case 1:
                if not self.ignore_heartbeats:
                    await self._send_frame(socket, {"op": 11})
            case 2:
                await self._identify(socket, said["d"])
            case 6:
                await self._resume(socket, said["d"])

    async def _identify(self, socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        self._intents = asked["intents"]
        if asked["intents"] & CONTENT_INTENT and self.refuse_content_intent:
            await socket.close(code=4014)
            return
        self.identify_count += 1
        session = secrets.token_hex(8)
        self._sessions_by_socket[socket], self._sent_events[session] = session, []
        facts = {
            "v": 10,
            "user": self.user_payload(BOT_ID),
            "session_id": session,
            "resume_gateway_url": self.gateway_url,
        }
        ready = {
            **facts,
            "guilds": [{"id": str(GUILD_ID), "unavailable": True}],
            "application": {"id": str(BOT_ID), "flags": 0},
        }
        await self._send_event(session, "READY", {**ready, "shard": asked.get("shard", [0, 1])})
        await self._send_event(session, "GUILD_CREATE", self.guild_payload())
        self.connected.set()

    async def _resume(self, socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        session = asked["session_id"]
        if session not in self._sent_events or self.invalidate_next_resume:
            self.invalidate_next_resume = False
            await self._send_frame(socket, {"op": 9, "d": False})
            return
        self.resume_count += 1
        self._sessions_by_socket[socket] = session
        for event in self._sent_events[session]:
            if event["s"] > asked["seq"]:
                await self._send_frame(socket, event)
        await self._send_event(session, "RESUMED", {})
        self.connected.set()

    async def _send_event(self, session: str, name: str, body: dict[str, Any]) -> None:
        events = self._sent_events[session]
        events.append({"op": 0, "t": name, "s": len(events) + 1, "d": body})
        for socket, whose in list(self._sessions_by_socket.items()):
            if whose == session:
                with suppress(ConnectionError):  # it was killed this very moment
                    await self._send_frame(socket, events[-1])

    async def dispatch_event(self, name: str, body: dict[str, Any]) -> None:
        """Send an event; a client that is away gets it when it resumes."""
        for session in list(self._sent_events)[-1:]:
            await self._send_event(session, name, body)

    async def break_connection(self, code: int = 4000) -> None:
        """The connection breaks; the session can be resumed."""
        self.connected.clear()
        for socket in list(self._sessions_by_socket):
            self._sessions_by_socket.pop(socket)
            await socket.close(code=code)

    async def close_sockets(self) -> None:
        """The guild becomes unavailable."""
        for socket in list(self._sessions_by_socket):
            await socket.close()

    def user_payload(self, user: int) -> dict[str, Any]:
        """A person, or the bot."""
        facts = {"id": str(user), "username": f"person{user}", "discriminator": "0", "avatar": None}
        return {**facts, "global_name": f"Person {user}", "bot": user == BOT_ID}

    def member_payload(self, user: int) -> dict[str, Any]:
        """A person on the server."""
        facts = {"roles": self.member_roles, "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False}
        return {
            **facts,
            "user": self.user_payload(user),
            "flags": 0,
            "permissions": self.member_permissions,
            "nick": None,
        }

    def channel_payload(self, channel: "FakeChannel") -> dict[str, Any]:
        """A channel as events show it."""
        facts: dict[str, Any] = {"id": str(channel.id), "type": channel.type, "name": f"channel{channel.id}"}
        if channel.guild is None:
            return {"id": str(channel.id), "type": 1, "recipients": [self.user_payload(channel.dm_user)]}
        facts |= {
            "guild_id": str(channel.guild),
            "position": 0,
            "permission_overwrites": _hiding_overwrites(channel),
            "nsfw": False,
        }
        if channel.type == 11:
            facts |= {"parent_id": "600", "owner_id": "1", "message_count": 1, "member_count": 1}
            facts["thread_metadata"] = {
                "archived": channel.archived,
                "auto_archive_duration": 60,
                "archive_timestamp": "2026-01-01T00:00:00+00:00",
                "locked": channel.locked,
            }
        return facts

    def guild_payload(self) -> dict[str, Any]:
        """The one server."""
        here = [each for each in self.channels.values() if each.guild]
        role = {
            "id": str(EVERYONE_ROLE),
            "name": "@everyone",
            "permissions": str(self.everyone_permissions),
            "position": 0,
            "color": 0,
            "hoist": False,
        }
        role |= {"managed": False, "mentionable": False, "flags": 0}
        return {
            "id": str(GUILD_ID),
            "name": "Invented",
            "owner_id": "3",
            "roles": [
                role,
                role | {"id": str(FILMERS_ROLE), "name": "filmers", "permissions": "0"},
                role | {"id": str(BOTS_ROLE), "permissions": str(ORDINARY_PERMISSIONS)},
            ],
            "emojis": [],
            "features": [],
            "channels": [self.channel_payload(each) for each in here if each.type == 0],
            "threads": [self.channel_payload(each) for each in here if each.type == 11],
            "members": [self.member_payload(BOT_ID) | {"roles": [str(BOTS_ROLE)]}],
            "member_count": 3,
            "premium_tier": 0,
            "preferred_locale": "en-US",
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "system_channel_flags": 0,
            "premium_progress_bar_enabled": False,
        }

    def new_message(self, channel: int, author: int, text: str, attachments: list[dict[str, Any]]) -> dict[str, Any]:
        """A message that is not stored yet."""
        raise NotImplementedError

    def as_bot_sees(self, message: dict[str, Any]) -> dict[str, Any]:
        """A message as the bot may see it: without the intent those of others are empty."""
        if message["flags"] & COMPONENTS_V2:  # what components show is not listed a second time
            message = message | {"attachments": []}
        own = message["author"]["id"] == str(BOT_ID) or any(each["id"] == str(BOT_ID) for each in message["mentions"])
        private = "guild_id" not in message
        if own or private or (self._intents & CONTENT_INTENT):
            return message
        return message | {"content": "", "attachments": [], "embeds": [], "components": []}


def _hiding_overwrites(channel: "FakeChannel") -> list[dict[str, Any]]:
    """Permissions that show a channel only to the bot and the first user."""
    view = str(1 << 10)
    let_in = [{"id": str(who), "type": kind, "allow": view, "deny": "0"} for who, kind in ((BOTS_ROLE, 0), (1, 1))]
    return [{"id": str(EVERYONE_ROLE), "type": 0, "allow": "0", "deny": view}, *let_in] if channel.hidden else []


def format_time(seconds: float) -> str:
    """A time as Discord writes it."""
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat()
