"""Discord's gateway over a real websocket, and the people whose gestures come through it."""

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
    from tests.fakes.discord_server import Channel, Given

CONTENT = V2 = 1 << 15
ALL = str((1 << 50) - 1)
ORDINARY = ((1 << 50) - 1) & ~8  # all but administrator, whom no channel is closed to
ME, GUILD, EVERYONE = 900, 500, 500
ROLE, BOTS = 77, 78


class GatewaySide:
    """Says HELLO, takes IDENTIFY and RESUME, sends events in order and again when they were missed."""

    now: Callable[[], float]
    url: str
    gateway_url: Any
    channels: "dict[int, Channel]"
    given: "dict[str, Given]"
    content_intent: bool

    def __init__(self) -> None:
        self.shards = 1
        self.identified = 0
        self.resumed = 0
        self.refuse_content = False
        self.invalid_next = False
        self.everybody = ORDINARY
        self.mute = False  # no heartbeat is answered: the line is dead and nobody has noticed
        self.interval = 41250  # milliseconds between heartbeats
        self.compressed = True
        self.member_rights = ALL
        self.member_roles: list[str] = []
        self.app_rights = ALL
        self._streams: dict[web.WebSocketResponse, Any] = {}
        self._sockets: dict[web.WebSocketResponse, str] = {}
        self._sent: dict[str, list[dict[str, Any]]] = {}
        self._intents = 0
        self.connected = asyncio.Event()

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """One connection."""
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        if request.query.get("compress") == "zlib-stream" and self.compressed:
            self._streams[socket] = zlib.compressobj()
        await self._say(socket, {"op": 10, "d": {"heartbeat_interval": self.interval}})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._heard(socket, json.loads(message.data))
        self._sockets.pop(socket, None)
        self._streams.pop(socket, None)
        return socket

    async def _say(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> None:
        """One frame; where compression was asked for, all frames are one stream of it."""
        stream = self._streams.get(socket)
        if stream is None:
            await socket.send_json(said)
        else:
            await socket.send_bytes(stream.compress(json.dumps(said).encode()) + stream.flush(zlib.Z_SYNC_FLUSH))

    async def ask_to_reconnect(self) -> None:
        """Discord wants the bot to come in by another door."""
        self.connected.clear()
        for socket in list(self._sockets):
            await self._say(socket, {"op": 7, "d": None})

    async def _heard(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> None:
        match said["op"]:
            case 1:
                if not self.mute:
                    await self._say(socket, {"op": 11})
            case 2:
                await self._identify(socket, said["d"])
            case 6:
                await self._resume(socket, said["d"])

    async def _identify(self, socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        self._intents = asked["intents"]
        if asked["intents"] & CONTENT and self.refuse_content:
            await socket.close(code=4014)
            return
        self.identified += 1
        session = secrets.token_hex(8)
        self._sockets[socket], self._sent[session] = session, []
        facts = {"v": 10, "user": self.user_of(ME), "session_id": session, "resume_gateway_url": self.gateway_url}
        ready = {
            **facts,
            "guilds": [{"id": str(GUILD), "unavailable": True}],
            "application": {"id": str(ME), "flags": 0},
        }
        await self._send(session, "READY", {**ready, "shard": asked.get("shard", [0, 1])})
        await self._send(session, "GUILD_CREATE", self.guild())
        self.connected.set()

    async def _resume(self, socket: web.WebSocketResponse, asked: dict[str, Any]) -> None:
        session = asked["session_id"]
        if session not in self._sent or self.invalid_next:
            self.invalid_next = False
            await self._say(socket, {"op": 9, "d": False})
            return
        self.resumed += 1
        self._sockets[socket] = session
        for event in self._sent[session]:
            if event["s"] > asked["seq"]:
                await self._say(socket, event)
        await self._send(session, "RESUMED", {})
        self.connected.set()

    async def _send(self, session: str, name: str, body: dict[str, Any]) -> None:
        events = self._sent[session]
        events.append({"op": 0, "t": name, "s": len(events) + 1, "d": body})
        for socket, whose in list(self._sockets.items()):
            if whose == session:
                with suppress(ConnectionError):  # it was killed this very moment
                    await self._say(socket, events[-1])

    async def event(self, name: str, body: dict[str, Any]) -> None:
        """Something happened; whoever is away hears of it on resuming."""
        for session in list(self._sent)[-1:]:
            await self._send(session, name, body)

    async def drop(self, code: int = 4000) -> None:
        """The connection breaks; the session can be resumed."""
        self.connected.clear()
        for socket in list(self._sockets):
            self._sockets.pop(socket)
            await socket.close(code=code)

    async def hang_up(self) -> None:
        """The server goes away."""
        for socket in list(self._sockets):
            await socket.close()

    def user_of(self, user: int) -> dict[str, Any]:
        """A person, or the bot."""
        facts = {"id": str(user), "username": f"person{user}", "discriminator": "0", "avatar": None}
        return {**facts, "global_name": f"Person {user}", "bot": user == ME}

    def member_of(self, user: int) -> dict[str, Any]:
        """A person on the server."""
        facts = {"roles": self.member_roles, "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "mute": False}
        return {**facts, "user": self.user_of(user), "flags": 0, "permissions": self.member_rights, "nick": None}

    def channel_of(self, channel: "Channel") -> dict[str, Any]:
        """A channel as events show it."""
        facts: dict[str, Any] = {"id": str(channel.id), "type": channel.type, "name": f"channel{channel.id}"}
        if channel.guild is None:
            return {"id": str(channel.id), "type": 1, "recipients": [self.user_of(channel.with_user)]}
        facts |= {
            "guild_id": str(channel.guild),
            "position": 0,
            "permission_overwrites": _hidden(channel),
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

    def guild(self) -> dict[str, Any]:
        """The one server."""
        here = [each for each in self.channels.values() if each.guild]
        role = {
            "id": str(EVERYONE),
            "name": "@everyone",
            "permissions": str(self.everybody),
            "position": 0,
            "color": 0,
            "hoist": False,
        }
        role |= {"managed": False, "mentionable": False, "flags": 0}
        return {
            "id": str(GUILD),
            "name": "Invented",
            "owner_id": "3",
            "roles": [
                role,
                role | {"id": str(ROLE), "name": "filmers", "permissions": "0"},
                role | {"id": str(BOTS), "permissions": str(ORDINARY)},
            ],
            "emojis": [],
            "features": [],
            "channels": [self.channel_of(each) for each in here if each.type == 0],
            "threads": [self.channel_of(each) for each in here if each.type == 11],
            "members": [self.member_of(ME) | {"roles": [str(BOTS)]}],
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

    def message(self, channel: int, author: int, text: str, attachments: list[dict[str, Any]]) -> dict[str, Any]:
        """A message, not kept yet."""
        raise NotImplementedError

    def seen(self, message: dict[str, Any]) -> dict[str, Any]:
        """A message as the bot may see it: without the intent those of others are empty."""
        if message["flags"] & V2:  # what components show is not listed a second time
            message = message | {"attachments": []}
        own = message["author"]["id"] == str(ME) or any(each["id"] == str(ME) for each in message["mentions"])
        private = "guild_id" not in message
        if own or private or (self._intents & CONTENT):
            return message
        return message | {"content": "", "attachments": [], "embeds": [], "components": []}


def _hidden(channel: "Channel") -> list[dict[str, Any]]:
    """What keeps everybody from seeing a channel but the bot and the first person."""
    view = str(1 << 10)
    let_in = [{"id": str(who), "type": kind, "allow": view, "deny": "0"} for who, kind in ((BOTS, 0), (1, 1))]
    return [{"id": str(EVERYONE), "type": 0, "allow": "0", "deny": view}, *let_in] if channel.hidden else []


def moment(seconds: float) -> str:
    """A time as Discord writes it."""
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat()
