"""Behaves like Discord's REST API over real HTTP: checks and stores what it is sent, fails when told to."""

import asyncio
import itertools
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import BodyPartReader, web

from tests.fakes.discord import rules as rules
from tests.fakes.discord.gateway import FakeGateway
from tests.fakes.discord.rate_limits import FakeRateLimits
from tests.fakes.discord.rules import EPHEMERAL_FLAG, LOADING_FLAG, DiscordRefusal, require

TOKEN = "invented.discord.token"
APP_ID, BOT_ID, GUILD_ID, CHANNEL_ID, THREAD_ID, DM_ID = 900, 900, 500, 600, 601, 700
EPOCH_MILLISECONDS = 1_420_070_400_000
TEN_MIB = 10 * 1024 * 1024
DAY_SECONDS = 86400.0


@dataclass
class FakeChannel:
    """A channel, a thread or a direct conversation, and what the bot may do there."""

    id: int
    guild: int | None = GUILD_ID
    type: int = 0
    bot_permissions: set[str] = field(default_factory=lambda: {"view", "send", "attach"})
    archived: bool = False
    locked: bool = False
    deleted: bool = False
    dm_user: int = 0
    hidden: bool = False  # from everybody who was not let in
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)


@dataclass
class FakeInteraction:
    """An interaction that a person caused, and what became of it."""

    id: int
    token: str
    type: int
    channel: int
    max_upload_bytes: int
    created_at: float
    sent_at: float = field(default_factory=time.monotonic)
    responses: list[dict[str, Any]] = field(default_factory=list)
    ack_seconds: float | None = None
    message_id: int | None = None  # of the response
    pressed_id: int | None = None  # of the message with the button
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def response(self) -> dict[str, Any]:
        """The one acknowledgement."""
        assert len(self.responses) == 1, self.responses
        return self.responses[0]


@dataclass
class DiscordFault:
    """What goes wrong with the next calls that match."""

    method: str
    path: re.Pattern[str]
    kind: str  # a status, "cut" before, or "lose" after it was done
    times: int
    retry_after: float = 0.05


class DiscordServer(FakeGateway):
    """One server, one bot, one guild with a channel and a thread, and people."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.now = now
        self.url = ""
        self.guild_limit = TEN_MIB
        self.content_intent = True
        self.channels = {
            CHANNEL_ID: FakeChannel(CHANNEL_ID),
            THREAD_ID: FakeChannel(THREAD_ID, type=11),
            DM_ID: FakeChannel(DM_ID, None, 1, dm_user=1),
        }
        self.closed_dms: set[int] = set()
        self.interactions: dict[str, FakeInteraction] = {}
        self.file_contents: dict[int, bytes] = {}
        self.commands: dict[str, list[dict[str, Any]]] = {}
        self.calls: list[tuple[str, str]] = []
        self.faults: list[DiscordFault] = []
        self.changed = asyncio.Event()
        self.before_call: Callable[[str, str, bool], Awaitable[None]] | None = None  # told before each call is read
        self.after_call: Callable[[str, str, Any], Awaitable[None]] | None = None  # told before each answer
        self.rate_limits: FakeRateLimits | None = None
        self._count = itertools.count(1)

    def snowflake(self) -> int:
        """An id that tells the time."""
        return (int(self.now() * 1000) - EPOCH_MILLISECONDS << 22) + next(self._count) % (1 << 22)

    def fail_next(self, method: str, path: str, kind: str, times: int = 1, after: float = 0.05) -> None:
        """Let the next calls of this kind fail."""
        self.faults.append(DiscordFault(method, re.compile(path), kind, times, after))

    def bot_messages(self, channel: int = CHANNEL_ID) -> list[dict[str, Any]]:
        """The bot's messages in a channel, oldest first."""
        return [
            each for _, each in sorted(self.channels[channel].messages.items()) if each["author"]["id"] == str(BOT_ID)
        ]

    def videos(self, channel: int = CHANNEL_ID) -> list[bytes]:
        """The videos in a channel."""
        files = [
            one for each in self.bot_messages(channel) for one in each["attachments"] if one["filename"].endswith("mp4")
        ]
        return [self.file_contents[int(each["id"])] for each in files]

    async def wait_until(self, condition: Callable[[], Any], seconds: float = 10.0) -> Any:
        """Wait until a condition is true; checked after every change."""
        async with asyncio.timeout(seconds):
            while not (found := condition()):
                self.changed.clear()
                try:
                    async with asyncio.timeout(0.05):
                        await self.changed.wait()
                except TimeoutError:
                    continue
        return found

    def attach_file(self, channel: int, content: bytes, name: str, kind: str) -> dict[str, Any]:
        """A file that somebody attached: kept, with a link that dies in a day."""
        key = self.snowflake()
        self.file_contents[key] = content
        return {
            "id": str(key),
            "filename": name,
            "size": len(content),
            "content_type": kind,
            "url": self.file_link(channel, key, name),
            "proxy_url": self.file_link(channel, key, name),
        }

    def file_link(self, channel: int, key: int, name: str) -> str:
        """A fresh link."""
        root = self.url.removesuffix("/api/v10")
        return f"{root}/attachments/{channel}/{key}/{name}?ex={int(self.now() + DAY_SECONDS):x}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["DiscordServer"]:
        """Serve on a free port of this machine."""
        app = web.Application(client_max_size=1 << 28)
        app.add_routes(
            [web.get("/gateway", self.serve_socket), web.get("/attachments/{channel}/{id}/{name}", self._serve_file)]
        )
        app.add_routes([web.route("*", "/api/v10/{tail:.*}", self._serve_call)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/api/v10"
        try:
            yield self
        finally:
            await self.close_sockets()
            await runner.cleanup()

    async def _serve_call(self, request: web.Request) -> web.StreamResponse:
        path = "/" + request.match_info["tail"]
        self.calls.append((request.method, path))
        if self.before_call is not None:
            await self.before_call(request.method, path, request.content_type.startswith("multipart/"))
        fault = self._take_fault(request.method, path)
        if fault and fault.kind == "hang":
            await asyncio.sleep(3600)
        if fault and fault.kind not in ("lose",):
            return self._fault_response(request, fault)
        headers, wait, everybody = (
            self.rate_limits.count_call(request.method, path) if self.rate_limits else ({}, 0.0, False)
        )
        if wait:
            return self._rate_limited(headers, wait, everybody)
        try:
            status, body = await self._call_route(request, path)
        except DiscordRefusal as wrong:
            status, body = wrong.status, {"code": wrong.code, "message": wrong.why}
        self.changed.set()
        if self.after_call is not None and status < 300:
            await self.after_call(request.method, path, body)
        if fault and request.transport:
            request.transport.abort()
        if isinstance(body, dict) and "attachments" in body:
            body = self.as_bot_sees(body)
        # The library looks for exactly this header, without a charset.
        text = "" if status == 204 else json.dumps(body)
        if self.rate_limits:
            self.rate_limits.count_response(status)
        kind = {} if status == 204 else {"Content-Type": "application/json"}
        return web.Response(status=status, body=text.encode(), headers=kind | headers)

    def _rate_limited(self, headers: dict[str, str], wait: float, everybody: bool) -> web.Response:
        assert self.rate_limits
        self.rate_limits.count_response(429)
        body = {"message": "You are being rate limited.", "retry_after": wait, "global": everybody}
        headers = {"Content-Type": "application/json", **headers}
        return web.Response(status=429, body=json.dumps(body).encode(), headers=headers)

    def _take_fault(self, method: str, path: str) -> DiscordFault | None:
        for fault in self.faults:
            if fault.times > 0 and fault.method == method and fault.path.search(path):
                fault.times -= 1
                return fault
        return None

    def _fault_response(self, request: web.Request, fault: DiscordFault) -> web.StreamResponse:
        if fault.kind == "cut":
            if request.transport:
                request.transport.abort()
            return web.Response(status=500)
        if fault.kind == "shield":  # what stands before Discord: a page, and none of Discord's own headers
            return web.Response(status=429, text="<html>error 1015</html>", content_type="text/html")
        headers = {"Content-Type": "application/json"}
        if fault.kind == "429":
            headers |= {"Via": "1.1 google", "Retry-After": str(fault.retry_after), "X-RateLimit-Remaining": "0"}
            headers |= {"X-RateLimit-Reset-After": str(fault.retry_after), "X-RateLimit-Limit": "5"}
            headers["X-RateLimit-Reset"] = str(time.time() + fault.retry_after)
        code = {"403": 50013, "404": 10008}.get(fault.kind, 0)
        body = {"message": "told to", "retry_after": fault.retry_after, "global": False, "code": code}
        return web.Response(status=int(fault.kind), body=json.dumps(body).encode(), headers=headers)

    async def _call_route(self, request: web.Request, path: str) -> tuple[int, Any]:
        for method, pattern, call in self._routes():
            if request.method == method and (match := re.fullmatch(pattern, path)):
                if "/webhooks/" not in path and "/interactions/" not in path:
                    require(request.headers.get("Authorization") == f"Bot {TOKEN}", "Unauthorized", 401, 0)
                answer: tuple[int, Any] = await call(request, *match.groups())
                return answer
        raise DiscordRefusal(404, 0, f"no route {request.method} {path}")

    def _routes(self) -> list[tuple[str, str, Any]]:
        message = r"/channels/(\d+)/messages/(\d+)"
        hook = rf"/webhooks/{APP_ID}/([\w.-]+)"
        return [
            ("GET", "/users/@me", self._get_me),
            ("GET", r"/users/(\d+)", self._get_user),
            ("GET", r"/guilds/\d+/members/(\d+)", self._get_member),
            ("GET", "/oauth2/applications/@me", self._get_application),
            ("GET", "/gateway/bot", self._get_gateway),
            ("GET", rf"/applications/{APP_ID}/(?:guilds/(\d+)/)?commands", self._get_commands),
            ("PUT", rf"/applications/{APP_ID}/(?:guilds/(\d+)/)?commands", self._put_commands),
            ("POST", r"/interactions/(\d+)/([\w.-]+)/callback", self._acknowledge),
            ("POST", hook, self._follow_up),
            ("PATCH", rf"{hook}/messages/(@original|\d+)", self._edit_by_token),
            ("GET", rf"{hook}/messages/(@original|\d+)", self._get_by_token),
            ("DELETE", rf"{hook}/messages/(@original|\d+)", self._delete_by_token),
            ("POST", "/users/@me/channels", self._open_dm),
            ("PATCH", r"/channels/(\d+)", self._edit_channel),
            ("POST", r"/channels/(\d+)/messages", self._post_message),
            ("GET", r"/channels/(\d+)/messages", self._list_messages),
            ("GET", message, self._get_message),
            ("PATCH", message, self._edit_message),
            ("DELETE", message, self._delete_message),
        ]

    async def _get_me(self, request: web.Request) -> tuple[int, Any]:
        return 200, self.user_payload(BOT_ID)

    async def _get_user(self, request: web.Request, user: str) -> tuple[int, Any]:
        return 200, self.user_payload(int(user))

    async def _get_member(self, request: web.Request, user: str) -> tuple[int, Any]:
        return 200, self.member_payload(int(user))

    async def _get_application(self, request: web.Request) -> tuple[int, Any]:
        facts = {"id": str(APP_ID), "name": "didtalk", "description": "", "icon": None, "verify_key": "0", "flags": 0}
        return 200, {**facts, "bot_public": True, "bot_require_code_grant": False, "owner": self.user_payload(1)}

    async def _get_gateway(self, request: web.Request) -> tuple[int, Any]:
        limit = {"total": 1000, "remaining": 999, "reset_after": 1000, "max_concurrency": 1}
        return 200, {"url": self.gateway_url, "shards": self.shard_count, "session_start_limit": limit}

    @property
    def gateway_url(self) -> str:
        """Where events come from."""
        return self.url.replace("http", "ws", 1).removesuffix("/api/v10") + "/gateway"

    async def _get_commands(self, request: web.Request, guild: str | None) -> tuple[int, Any]:
        return 200, self._listed_commands(guild)

    def _listed_commands(self, guild: str | None) -> list[dict[str, Any]]:
        """The commands as Discord tells them: with ids, versions and much that goes without saying."""
        extra = {
            "application_id": str(APP_ID),
            "version": "1",
            "description": "",
            "default_member_permissions": None,
            "dm_permission": True,
            "nsfw": False,
            "name_localizations": None,
        }
        kept = self.commands.get(guild or "", [])
        told = [{**extra, **each, "id": str(nth + 1)} for nth, each in enumerate(kept)]
        for each in told:
            if each["default_member_permissions"] is not None:
                each["default_member_permissions"] = str(each["default_member_permissions"])
        return told

    async def _put_commands(self, request: web.Request, guild: str | None) -> tuple[int, Any]:
        commands = await request.json()
        for each in commands:
            each.setdefault("type", 1)
        rules.check_commands(commands)
        self.commands[guild or ""] = commands
        return 200, self._listed_commands(guild)

    async def _acknowledge(self, request: web.Request, key: str, token: str) -> tuple[int, Any]:
        given = self.interactions.get(token)
        if given is None or str(given.id) != key or time.monotonic() - given.sent_at > 3.0:
            raise DiscordRefusal(404, 10062, "Unknown interaction")
        require(not given.responses, "Interaction has already been acknowledged.", 400, 40060)
        payload, files = await _read_payload(request)
        message = self._apply_callback(given, payload, files)
        given.responses.append(payload)
        given.ack_seconds = time.monotonic() - given.sent_at
        given.acknowledged.set()
        about = {
            "id": key,
            "type": given.type,
            "response_message_id": str(given.message_id) if given.message_id else None,
        }
        about |= {"response_message_loading": payload["type"] == 5, "response_message_ephemeral": False}
        return 200, {"interaction": about, "resource": {"type": payload["type"], "message": message}}

    def _apply_callback(
        self, given: FakeInteraction, payload: dict[str, Any], files: dict[str, Any]
    ) -> dict[str, Any] | None:
        data = payload.get("data") or {}
        allowed = {1: (1,), 2: (4, 5, 9), 3: (4, 5, 6, 7, 9), 4: (8,), 5: (4, 5, 6, 7)}.get(given.type, (4,))
        require(payload["type"] in allowed, f"type {payload['type']} does not answer {given.type}")
        match payload["type"]:
            case 4:
                rules.check_message(data, set())
            case 5:
                require(not data.get("flags", 0) & ~EPHEMERAL_FLAG, "a deferral may only be ephemeral")
                data = {**data, "flags": data.get("flags", 0) | LOADING_FLAG}
            case 8:
                rules.check_choices(data["choices"])
            case 9:
                rules.check_modal(data)
        if payload["type"] in (6, 7):  # the message of the button becomes the response
            given.message_id = given.pressed_id
        here = self.channels[given.channel]
        if payload["type"] == 7:
            pressed = here.messages[given.pressed_id or 0]
            return self._change_message(here, pressed, data, files, given.max_upload_bytes)
        if payload["type"] not in (4, 5):
            return None
        message = self._store_message(here, data, files, given.max_upload_bytes)
        given.message_id = int(message["id"])
        return message

    async def _follow_up(self, request: web.Request, token: str) -> tuple[int, Any]:
        given = self._live_interaction(token)
        require(given.responses, "Unknown Webhook", 404, 10015)
        payload, files = await _read_payload(request)
        return 200, self._store_message(self.channels[given.channel], payload, files, given.max_upload_bytes)

    async def _edit_by_token(self, request: web.Request, token: str, key: str) -> tuple[int, Any]:
        given, message = self._message_by_token(token, key)
        payload, files = await _read_payload(request)
        return 200, self._change_message(self.channels[given.channel], message, payload, files, given.max_upload_bytes)

    async def _get_by_token(self, request: web.Request, token: str, key: str) -> tuple[int, Any]:
        return 200, self._message_by_token(token, key)[1]

    async def _delete_by_token(self, request: web.Request, token: str, key: str) -> tuple[int, Any]:
        given, message = self._message_by_token(token, key)
        del self.channels[given.channel].messages[int(message["id"])]
        return 204, None

    def _live_interaction(self, token: str) -> FakeInteraction:
        given = self.interactions.get(token)
        if given is None or self.now() - given.created_at > 15 * 60:
            raise DiscordRefusal(401, 50027, "Invalid Webhook Token")
        return given

    def _message_by_token(self, token: str, key: str) -> tuple[FakeInteraction, dict[str, Any]]:
        given = self._live_interaction(token)
        require(given.responses, "Unknown Webhook", 404, 10015)
        message = self.channels[given.channel].messages.get(given.message_id or 0)
        if message is None or key not in ("@original", message["id"]):  # a token reaches its own message only
            raise DiscordRefusal(404, 10008, "Unknown Message")
        return given, message

    async def _open_dm(self, request: web.Request) -> tuple[int, Any]:
        user = int((await request.json())["recipient_id"])
        channel = next((each for each in self.channels.values() if each.dm_user == user), None)
        if channel is None:
            channel = FakeChannel(DM_ID + user, None, 1, dm_user=user)
            self.channels[channel.id] = channel
        return 200, {"id": str(channel.id), "type": 1, "recipients": [self.user_payload(user)], "last_message_id": None}

    async def _edit_channel(self, request: web.Request, channel: str) -> tuple[int, Any]:
        found = self._open_channel(channel, "send", archived=True)
        require(not found.locked, "Missing Permissions", 403, 50013)
        found.archived = bool((await request.json()).get("archived", found.archived))
        return 200, self.channel_payload(found)

    async def _post_message(self, request: web.Request, channel: str) -> tuple[int, Any]:
        found = self._open_channel(channel, "send")
        require(found.dm_user not in self.closed_dms, "Cannot send messages to this user", 403, 50007)
        payload, files = await _read_payload(request)
        require("attach" in found.bot_permissions or not files, "Missing Permissions", 403, 50013)
        if payload.get("enforce_nonce"):
            require(len(str(payload["nonce"])) <= 25, "nonce too long")
            same = [each for each in found.messages.values() if each.get("nonce") == payload["nonce"]]
            recent = [each for each in same if self.now() - each["at"] < 180]
            if recent:
                return 200, recent[0]
        return 200, self._store_message(found, payload, files, self.guild_limit)

    async def _list_messages(self, request: web.Request, channel: str) -> tuple[int, Any]:
        found = self._open_channel(channel, "view", archived=True)
        after = int(request.query.get("after", 0))
        before = int(request.query.get("before", 1 << 63))
        kept = [each for key, each in sorted(found.messages.items(), reverse=True) if after < key < before]
        return 200, [self.as_bot_sees(each) for each in kept if not each["flags"] & EPHEMERAL_FLAG][
            : int(request.query["limit"])
        ]

    async def _get_message(self, request: web.Request, channel: str, key: str) -> tuple[int, Any]:
        return 200, self.as_bot_sees(self._find_message(channel, key, "view", archived=True))

    async def _edit_message(self, request: web.Request, channel: str, key: str) -> tuple[int, Any]:
        message = self._find_message(channel, key, "view")
        payload, files = await _read_payload(request)
        found = self.channels[int(channel)]
        require("attach" in found.bot_permissions or not files, "Missing Permissions", 403, 50013)
        return 200, self._change_message(found, message, payload, files, self.guild_limit)

    async def _delete_message(self, request: web.Request, channel: str, key: str) -> tuple[int, Any]:
        del self.channels[int(channel)].messages[int(self._find_message(channel, key, "view")["id"])]
        return 204, None

    def _open_channel(self, channel: str, right: str, *, archived: bool = False) -> FakeChannel:
        found = self.channels.get(int(channel))
        if found is None or found.deleted:
            raise DiscordRefusal(404, 10003, "Unknown Channel")
        require("view" in found.bot_permissions, "Missing Access", 403, 50001)
        require(right in found.bot_permissions, "Missing Permissions", 403, 50013)
        require(archived or not found.archived, "Thread is archived", 400 if right == "view" else 403, 50083)
        require(archived or not found.locked or right != "send", "This thread is locked", 400, 160005)
        return found

    def _find_message(self, channel: str, key: str, right: str, *, archived: bool = False) -> dict[str, Any]:
        message = self._open_channel(channel, right, archived=archived).messages.get(int(key))
        if message is None or message["flags"] & EPHEMERAL_FLAG:
            raise DiscordRefusal(404, 10008, "Unknown Message")
        return message

    def _store_message(
        self, channel: FakeChannel, payload: dict[str, Any], files: dict[str, Any], max_bytes: int
    ) -> dict[str, Any]:
        attachments = self._store_attachments(channel, payload, files, [], max_bytes)
        rules.check_message(payload, {each["filename"] for each in attachments})
        message = self.new_message(channel.id, BOT_ID, payload.get("content") or "", attachments)
        message |= {"flags": payload.get("flags", 0), "nonce": payload.get("nonce"), "at": self.now()}
        message["components"] = _with_links(payload.get("components") or [], attachments)
        message["reference"] = payload.get("message_reference")
        message["allowed_mentions"] = payload.get("allowed_mentions")
        channel.messages[int(message["id"])] = message
        return message

    def _change_message(
        self,
        channel: FakeChannel,
        message: dict[str, Any],
        payload: dict[str, Any],
        files: dict[str, Any],
        max_bytes: int,
    ) -> dict[str, Any]:
        require(message["author"]["id"] == str(BOT_ID), "Cannot edit a message authored by another user", 403, 50005)
        attachments = message["attachments"]
        if "attachments" in payload or files:
            attachments = self._store_attachments(channel, payload, files, attachments, max_bytes)
        flags = (message["flags"] & ~LOADING_FLAG) | payload.get("flags", 0)
        checked = {"content": message["content"], **payload, "flags": flags}
        checked.setdefault("components", message["components"] if "components" not in payload else None)
        rules.check_message(checked, {each["filename"] for each in attachments})
        message |= {"flags": flags, "attachments": attachments, "edited_timestamp": _format_time(self.now())}
        message["content"] = payload.get("content", message["content"]) or ""
        if "components" in payload:
            message["components"] = _with_links(payload["components"], attachments)
        message["allowed_mentions"] = payload.get("allowed_mentions", message.get("allowed_mentions"))
        message["edits"] = message.get("edits", 0) + 1
        return message

    def _store_attachments(
        self, channel: FakeChannel, payload: dict[str, Any], files: dict[str, Any], had: list[Any], max_bytes: int
    ) -> list[dict[str, Any]]:
        kept = {str(each["id"]): each for each in payload.get("attachments") or []}
        found = [each for each in had if each["id"] in kept]
        for nth, (name, content, kind) in files.items():
            require(len(content) <= max_bytes, "Request entity too large", 413, 40005)
            description = kept.get(nth, {}).get("description")
            found.append(self.attach_file(channel.id, content, name, kind) | {"description": description})
        return found

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        fault = self._take_fault("GET", request.path)
        if fault:
            return self._fault_response(request, fault)
        content = self.file_contents.get(int(request.match_info["id"]))
        if content is None or int(request.query["ex"], 16) < self.now():
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=content)


async def _read_payload(request: web.Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """The JSON and the files of a call, whichever way it came."""
    if not request.content_type.startswith("multipart/"):
        return await request.json(), {}
    payload: dict[str, Any] = {}
    files: dict[str, Any] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        if part.name == "payload_json":
            payload = json.loads(await part.read())
        elif part.name:
            nth = part.name.removeprefix("files[").removesuffix("]")
            kind = "video/mp4" if (part.filename or "").endswith("mp4") else "application/octet-stream"
            files[nth] = (part.filename, bytes(await part.read()), kind)
    return payload, files


def _with_links(components: list[dict[str, Any]], attachments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Components with real links in place of names."""
    links = {f"attachment://{each['filename']}": each for each in attachments}
    made: list[dict[str, Any]] = json.loads(json.dumps(components))
    for each in rules.walk_components(made):
        each.setdefault("id", 0)
        for one in [each["file"]] if each["type"] == 13 else [item["media"] for item in each.get("items", [])]:
            found = links.get(one["url"], {"url": one["url"], "content_type": None, "id": "0"})
            one |= {"url": found["url"], "proxy_url": found["url"], "content_type": found["content_type"]}
            one |= {"height": None, "width": None, "attachment_id": found["id"]}
        if each["type"] == 13:
            each |= {"name": "file", "size": 1}
    return made


def _format_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, tz=UTC).isoformat()
