"""Behaves like Slack: its Web API, files, uploads, answer addresses and sockets, over real HTTP on this machine."""

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.slack import rules

TOKEN, APP_TOKEN, TEAM_ID, BOT_ID, BOT_USER_ID = "xoxb-invented", "xapp-invented", "T1", "B0", "U0"
SIGN_IN_PAGE = b"<!DOCTYPE html><html><body>Sign in to your workspace</body></html>"

SlackArgs = dict[str, Any]


@dataclass
class SlackFile:
    """A file in Slack."""

    id: str
    name: str
    data: bytes
    mimetype: str
    user: str = "U1"
    shares: list[tuple[str, str]] = field(default_factory=list)
    completed: bool = True
    alt_text: str = ""
    mode: str = "hosted"
    gives_sign_in_page: bool = False  # given to nobody: a sign-in page instead
    scans_left: int = 0  # so many looks find it still being scanned
    redirect_url: str = ""
    content_url: str = ""  # where its bytes are, when not beside the API
    looks_without_share: int = 0  # so many looks do not show where it is


class SlackServer:
    """Stores what it is sent, answers as Slack does, and fails when told to."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[tuple[str, str, SlackArgs]] = []  # token, method, arguments
        self.messages: dict[str, list[SlackArgs]] = defaultdict(list)
        self.text_history: list[tuple[str, str]] = []  # what each message said in turn: ts, text
        self.files: dict[str, SlackFile] = {}
        self.whispers: list[SlackArgs] = []
        self.url_responses: list[SlackArgs] = []
        self.views: list[SlackArgs] = []
        self.home_tabs: dict[str, SlackArgs] = {}
        self.reactions: set[tuple[str, str, str]] = set()
        self.users: dict[str, SlackArgs] = {"U1": {"id": "U1", "team_id": TEAM_ID, "profile": {"display_name": "Ana"}}}
        self.groups: dict[str, list[str]] = {}  # user group → people
        self.tokens = {TOKEN: TEAM_ID}
        self.refresh_tokens: dict[str, str] = {}  # refresh token → workspace
        self.closed_channels: set[str] = set()  # channels the bot is not in
        self.closed_error = "not_in_channel"  # what it says of them
        self.response_urls_used = False  # whether answer addresses have been used up
        self.private_channels: set[str] = set()  # channels for the invited only
        self.declined_methods: set[str] = set()  # methods whose permission was declined
        self.granted_scopes = ["commands", "chat:write", "files:read", "files:write", "reactions:read", "im:history"]
        self.broken_rules: list[str] = []  # which of its documented rules were not kept
        self.faults: dict[str, list[Any]] = defaultdict(list)
        self.reactions_show_files = True
        self.downloads: list[tuple[str, str | None]] = []
        self.silence_reached = asyncio.Event()
        self._socket: web.WebSocketResponse | None = None
        self.page_size = 100  # messages at a time
        self.socket_connections = 0  # connections so far
        self._acks: dict[str, asyncio.Future[SlackArgs]] = {}
        self._ts = itertools.count(1)
        self._ids = itertools.count(1)

    # What a test says and asks.

    def fail_next(self, method: str, *faults: Any) -> None:
        """The next calls end so: an error code, a status, `hang_up` before it is done, `lost` or `silence` after."""
        self.faults[method] += faults

    def post_message(
        self, channel: str, text: str = "", *, user: str = "U1", files: tuple[SlackFile, ...] = (), **more: Any
    ) -> SlackArgs:
        """A user posts a message in a channel."""
        message = {"type": "message", "user": user, "text": text, "ts": self.next_timestamp(), **more}
        for file in files:
            file.shares.append((channel, message["ts"]))
        if files:
            message["files"] = [self.file_payload(file) for file in files]
        self.messages[channel].append(message)
        return message

    def store_file(self, name: str, data: bytes, mimetype: str, **more: Any) -> SlackFile:
        """A file somebody uploaded."""
        file = SlackFile(f"F{next(self._ids)}", name, data, mimetype, **more)
        self.files[file.id] = file
        return file

    def next_timestamp(self) -> str:
        """The next message's id."""
        return f"1700000000.{next(self._ts):06d}"

    def calls_of(self, method: str) -> list[SlackArgs]:
        """The arguments of every call of a method."""
        return [args for _, called, args in self.calls if called == method]

    def videos(self, channel: str | None = None) -> list[tuple[str, str, bytes]]:
        """Channel, thread and bytes of every file of ours that people can see."""
        return [
            (where, str(message.get("thread_ts", "")), self.files[file["id"]].data)
            for where, messages in self.messages.items()
            for message in messages
            if message.get("user") == BOT_USER_ID and (channel in (None, where))
            for file in message.get("files", ())
            if file["id"] in self.files
        ]

    def card_messages(self) -> list[SlackArgs]:
        """Every status message."""
        return [each for all_ in self.messages.values() for each in all_ if each.get("metadata")]

    def file_payload(self, file: SlackFile) -> SlackArgs:
        """A file as the API shows it."""
        ready = file.scans_left <= 0
        shares: SlackArgs = defaultdict(list)
        if file.looks_without_share <= 0:
            for channel, ts in file.shares:
                shares[channel].append({"ts": ts})
        shown: SlackArgs = {
            "id": file.id,
            "name": file.name,
            "mode": file.mode,
            "user": file.user,
            "size": len(file.data),
            "shares": {"public": dict(shares)} if shares else {},
        }
        if ready:
            address = file.content_url or f"{self.url}/files/{file.id}/{file.name}"
            shown |= {"mimetype": file.mimetype, "url_private": address, "url_private_download": address}
        return shown

    @property
    def socket_connected(self) -> bool:
        """Whether a client is connected to the socket."""
        return bool(self._socket and not self._socket.closed)

    async def end_socket(self, how: str) -> None:
        """End the connection: `cut`, or announced with a reason as Slack does."""
        assert self._socket
        if how != "cut":
            await self._socket.send_json({"type": "disconnect", "reason": how, "debug_info": {"host": "invented"}})
        if how != "warning":
            await self._socket.close()

    async def send_envelope(self, kind: str, payload: SlackArgs, timeout_seconds: float = 5, **more: Any) -> SlackArgs:
        """Send a request over the socket; what it is acknowledged with."""
        assert self._socket
        envelope = f"E{next(self._ids)}"
        self._acks[envelope] = asyncio.get_running_loop().create_future()
        body = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True, **more}
        await self._socket.send_json(body)
        async with asyncio.timeout(timeout_seconds):
            return await self._acks[envelope]

    # What it does.

    @asynccontextmanager
    async def running(self) -> AsyncIterator["SlackServer"]:
        """Running on a free port."""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_post("/api/{method}", self._serve_call)
        app.router.add_get("/files/{id}/{name}", self._serve_download)
        app.router.add_post("/upload/{id}", self._accept_upload)
        app.router.add_post("/respond", self._take_url_response)
        app.router.add_get("/link", self._serve_socket)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _serve_call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args = _parse_args(dict(await request.post()))
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(args.pop("token", ""))
        self.calls.append((token, method, args))
        fault = self.faults[method].pop(0) if self.faults[method] else None
        if fault == "hang_up":
            assert request.transport
            request.transport.close()
            return web.Response()
        if isinstance(fault, int):
            return web.Response(status=fault, headers={"Retry-After": "1"})
        if fault and fault not in ("lost", "silence"):
            return web.json_response({"ok": False, "error": fault})
        reply = self._run_method(token, method, args)
        headers = {"X-OAuth-Scopes": ",".join(self.granted_scopes)} if token in self.tokens else {}
        if fault == "silence":
            self.silence_reached.set()
            await asyncio.sleep(60)
        if fault == "lost":
            assert request.transport
            request.transport.close()
        return web.json_response(reply, headers=headers)

    def _run_method(self, token: str, method: str, args: SlackArgs) -> SlackArgs:
        if method == "oauth.v2.access":
            return self._grant_token(args)
        if token not in self.tokens and not (method == "apps.connections.open" and token == APP_TOKEN):
            return _error_reply("invalid_auth")
        if (
            method in ("files.list", "usergroups.list")
            and self.tokens[token].startswith("E")
            and not args.get("team_id")
        ):
            return _error_reply("missing_argument")  # a whole organisation's token must say which workspace
        if method in self.declined_methods:
            return _error_reply("missing_scope") | {"needed": "some:scope", "provided": "commands"}
        work: Callable[[SlackArgs], SlackArgs] | None = getattr(self, "do_" + method.replace(".", "_").lower(), None)
        if work is None:
            return _error_reply("unknown_method")
        if faults := _find_broken_rules(method, args):
            self.broken_rules += [f"{method}: {fault}" for fault in faults]
            return _error_reply("invalid_blocks")
        said = work(args)
        if method == "auth.test":
            said |= {"team_id": self.tokens[token]}
        return said if "ok" in said else {"ok": True, **said}

    def _grant_token(self, args: SlackArgs) -> SlackArgs:
        if args.get("grant_type") == "refresh_token":
            return self._refresh_token(str(args["refresh_token"]))
        if args.get("code") != "good":
            return _error_reply("invalid_code")
        return {
            "ok": True,
            "access_token": "xoxb-second",
            "token_type": "bot",
            "scope": ",".join(self.granted_scopes),
            "bot_user_id": BOT_USER_ID,
            "app_id": "A1",
            "team": {"id": "T2", "name": "Second"},
            "enterprise": None,
            "authed_user": {"id": "U1"},
            "is_enterprise_install": False,
        }

    def _refresh_token(self, refresh: str) -> SlackArgs:
        """The next pair of tokens; a refresh token is good once."""
        if refresh not in self.refresh_tokens:
            return _error_reply("invalid_refresh_token")
        team = self.refresh_tokens.pop(refresh)
        count = next(self._ids)
        self.tokens[f"xoxe.xoxb-{count}"] = team
        self.refresh_tokens[f"xoxe-{count}"] = team
        token = {"access_token": f"xoxe.xoxb-{count}", "refresh_token": f"xoxe-{count}", "expires_in": 43200}
        return {"ok": True, "token_type": "bot", **token}

    def do_auth_test(self, args: SlackArgs) -> SlackArgs:
        return {"team_id": TEAM_ID, "team": "Invented", "user_id": BOT_USER_ID, "bot_id": BOT_ID, "url": self.url}

    def do_apps_connections_open(self, args: SlackArgs) -> SlackArgs:
        return {"url": f"{self.url.replace('http', 'ws')}/link"}

    def do_users_info(self, args: SlackArgs) -> SlackArgs:
        user = self.users.get(args["user"])
        return {"user": user} if user else _error_reply("user_not_found")

    def do_usergroups_list(self, args: SlackArgs) -> SlackArgs:
        if args.get("include_users") != "true":
            return {"usergroups": [{"id": each} for each in self.groups]}
        return {"usergroups": [{"id": group, "users": users} for group, users in self.groups.items()]}

    def do_chat_postmessage(self, args: SlackArgs) -> SlackArgs:
        channel = self._resolve_channel(args["channel"])
        if channel in self.closed_channels:
            return _error_reply(self.closed_error)
        message = {"user": BOT_USER_ID, "bot_id": BOT_ID, "ts": self.next_timestamp(), **args, "channel": channel}
        self.messages[channel].append(message)
        self.text_history.append((message["ts"], args.get("text", "")))
        return {"channel": channel, "ts": message["ts"], "message": message}

    def do_chat_update(self, args: SlackArgs) -> SlackArgs:
        if args["channel"] in self.closed_channels:
            return _error_reply("is_inactive" if self.closed_error == "is_archived" else self.closed_error)
        found = self._find_message(args["channel"], args["ts"])
        if found is None:
            return _error_reply("message_not_found")
        if len(args.get("text", "")) > 4000:
            return _error_reply("msg_too_long")
        found |= {name: args[name] for name in ("text", "blocks") if name in args}
        self.text_history.append((args["ts"], args.get("text", "")))
        return {"channel": args["channel"], "ts": args["ts"]}

    def do_chat_getpermalink(self, args: SlackArgs) -> SlackArgs:
        if args["channel"] not in self.messages:
            return _error_reply("channel_not_found")
        link = f"https://invented.slack.com/archives/{args['channel']}/p{str(args['message_ts']).replace('.', '')}"
        return {"channel": args["channel"], "permalink": link}

    def do_chat_delete(self, args: SlackArgs) -> SlackArgs:
        found = self._find_message(args["channel"], args["ts"])
        if found is None:
            return _error_reply("message_not_found")
        self.messages[args["channel"]].remove(found)
        return {}

    def do_chat_postephemeral(self, args: SlackArgs) -> SlackArgs:
        if args["channel"] in self.closed_channels:
            return _error_reply(self.closed_error)
        self.whispers.append(args)
        return {"message_ts": self.next_timestamp()}

    def do_reactions_add(self, args: SlackArgs) -> SlackArgs:
        self.reactions.add((args["channel"], args["timestamp"], args["name"]))
        return {}

    def do_reactions_remove(self, args: SlackArgs) -> SlackArgs:
        key = (args["channel"], args["timestamp"], args["name"])
        if key not in self.reactions:
            return _error_reply("no_reaction")
        self.reactions.remove(key)
        return {}

    def do_reactions_get(self, args: SlackArgs) -> SlackArgs:
        found = self._find_message(args["channel"], args["timestamp"])
        if found is None:
            return _error_reply("message_not_found")
        hidden = () if self.reactions_show_files else ("files",)
        return {"message": {name: value for name, value in found.items() if name not in hidden}}

    def do_conversations_replies(self, args: SlackArgs) -> SlackArgs:
        wanted = args["ts"]
        found = [each for each in self.messages[args["channel"]] if wanted in (each["ts"], each.get("thread_ts"))]
        return self._message_page(found, args)

    def do_conversations_history(self, args: SlackArgs) -> SlackArgs:
        return self._message_page([each for each in self.messages[args["channel"]] if not each.get("thread_ts")], args)

    def _message_page(self, found: list[SlackArgs], args: SlackArgs) -> SlackArgs:
        """A few of many messages, and how to ask for the next few."""
        start = int(args.get("cursor") or 0)
        more = str(start + self.page_size) if start + self.page_size < len(found) else ""
        return {"messages": found[start : start + self.page_size], "response_metadata": {"next_cursor": more}}

    def do_conversations_info(self, args: SlackArgs) -> SlackArgs:
        if args["channel"] in self.closed_channels:
            return _error_reply("channel_not_found")
        return {"channel": {"id": args["channel"], "is_private": args["channel"] in self.private_channels}}

    def do_files_list(self, args: SlackArgs) -> SlackArgs:
        return {"files": [self.file_payload(file) for file in self.files.values() if file.completed]}

    def do_files_info(self, args: SlackArgs) -> SlackArgs:
        file = self.files.get(args["file"])
        if file is None or not file.completed:
            return _error_reply("file_not_found")
        shown = self.file_payload(file)
        file.scans_left -= 1
        file.looks_without_share -= 1
        return {"file": shown}

    def do_files_delete(self, args: SlackArgs) -> SlackArgs:
        if self.files.pop(args["file"], None) is None:
            return _error_reply("file_not_found")
        return {}

    def do_files_getuploadurlexternal(self, args: SlackArgs) -> SlackArgs:
        file = self.store_file(
            args["filename"], b"", "video/mp4", user=BOT_USER_ID, completed=False, alt_text=args.get("alt_txt", "")
        )
        return {"upload_url": f"{self.url}/upload/{file.id}?length={args['length']}", "file_id": file.id}

    def do_files_completeuploadexternal(self, args: SlackArgs) -> SlackArgs:
        channel = self._resolve_channel(args.get("channel_id") or args.get("channels") or "")
        if channel in self.closed_channels:
            return _error_reply(self.closed_error)
        files = [self.files[each["id"]] for each in args["files"]]
        if any(file.completed for file in files):
            return _error_reply("file_already_completed")
        for file in files:
            file.completed = True
        message = self.post_message(channel, args.get("initial_comment", ""), user=BOT_USER_ID, files=tuple(files))
        if thread := args.get("thread_ts"):
            message["thread_ts"] = thread
        return {"files": [{"id": file.id} for file in files]}

    def do_views_open(self, args: SlackArgs) -> SlackArgs:
        if not args.get("trigger_id"):
            return _error_reply("invalid_trigger_id")
        view = {**args["view"], "id": f"V{next(self._ids)}", "hash": "1"}
        self.views.append(view)
        return {"view": view}

    def do_views_update(self, args: SlackArgs) -> SlackArgs:
        self.views.append({**args["view"], "id": args["view_id"], "hash": "2"})
        return {}

    def do_views_publish(self, args: SlackArgs) -> SlackArgs:
        self.home_tabs[args["user_id"]] = args["view"]
        return {}

    def _resolve_channel(self, channel: str) -> str:
        return f"D{channel[1:]}" if channel.startswith("U") else channel

    def _find_message(self, channel: str, ts: str) -> SlackArgs | None:
        return next((each for each in self.messages[channel] if each["ts"] == ts), None)

    async def _serve_download(self, request: web.Request) -> web.StreamResponse:
        self.downloads.append((request.match_info["id"], request.headers.get("Authorization")))
        file = self.files[request.match_info["id"]]
        allowed = request.headers.get("Authorization", "").removeprefix("Bearer ") in self.tokens
        if file.redirect_url:
            return web.Response(status=302, headers={"Location": file.redirect_url})
        if file.gives_sign_in_page or not allowed:
            return web.Response(body=SIGN_IN_PAGE, content_type="text/html")
        return web.Response(body=file.data, content_type=file.mimetype)

    async def _accept_upload(self, request: web.Request) -> web.Response:
        body = await request.read()
        if len(body) != int(request.query["length"]):
            return web.Response(status=400)
        self.files[request.match_info["id"]].data = body
        return web.Response(text="OK")

    async def _take_url_response(self, request: web.Request) -> web.Response:
        if self.response_urls_used:
            return web.Response(status=404, text="used_url")
        self.url_responses.append(await request.json())
        return web.Response(text="ok")

    async def _serve_socket(self, request: web.Request) -> web.WebSocketResponse:
        self._socket = socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.socket_connections += 1
        await socket.send_json({"type": "hello", "num_connections": 1})
        async for message in socket:
            if message.type is WSMsgType.TEXT and message.data.startswith("{"):
                said = json.loads(message.data)
                if waiting := self._acks.pop(said.get("envelope_id"), None):
                    waiting.set_result(said.get("payload") or {})
        return socket


def _find_broken_rules(method: str, args: SlackArgs) -> list[str]:
    """What Slack would reject in blocks and views."""
    if method in ("chat.postMessage", "chat.update", "chat.postEphemeral"):
        return rules.check_message(args)
    return rules.check_view(args["view"]) if method.startswith("views.") else []


def _error_reply(code: str) -> SlackArgs:
    return {"ok": False, "error": code}


def _parse_args(form: SlackArgs) -> SlackArgs:
    """The arguments, with JSON values parsed."""
    return {name: json.loads(text) if text[:1] in ("{", "[") else text for name, text in form.items()}
