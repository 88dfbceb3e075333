"""Calls of Slack's Web API, one attempt each, as retries belong to the durable queues; uploads, and error codes."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from adapters.chats.slack import texts
from adapters.http.client import STREAM_CHUNK_BYTES, was_never_sent
from bot.errors import Refused, Trouble, TryAgain, Unsure

API_TIMEOUT_SECONDS = 15.0
VIDEO_UPLOAD_SECONDS = 60.0  # plus …
MIN_UPLOAD_BYTES_PER_SECOND = 200_000  # … the time the file takes at this rate
MAX_UPLOAD_TRIES = 2
BAD_TOKEN_RETRY_SECONDS = 600.0  # somebody must reinstall the app
SLACK_HOSTS = re.compile(r"(?i)([a-z0-9-]+\.)*(slack|slack-files|slack-gov)\.com(:443)?")

# Temporary, and certainly nothing happened.
_BUSY_CODES = {
    "ratelimited", "rate_limited", "message_limit_exceeded", "accesslimited", "external_channel_migrating",
    "team_added_to_org", "org_login_required", "team_access_not_granted", "file_not_ready",
}  # fmt: skip
# According to Slack, the call may have had an effect.
_UNSURE_CODES = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "file_update_failed"}
_BAD_TOKEN_CODES = {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
_NOT_INVITED_CODES = {"not_in_channel", "channel_not_found", "invalid_channel"}
_ARCHIVED_CODES = {"is_archived", "channel_is_archived", "is_inactive"}
# The bot may not post in that channel: the asker gets a DM instead.
UNPOSTABLE_CODES = _NOT_INVITED_CODES | _ARCHIVED_CODES | {
    "restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
    "posting_to_general_channel_denied", "posting_to_channel_denied", "ekm_access_denied", "access_denied",
    "user_is_restricted", "no_permission", "team_not_found",
}  # fmt: skip
# The bot may not post in that thread; the channel may still work.
UNTHREADABLE_CODES = {
    "thread_not_found", "cannot_reply_to_message", "invalid_thread_ts", "thread_locked",
    "restricted_action_non_threadable_channel", "restricted_action_thread_locked",
}  # fmt: skip
# The blocks are rejected; plain text may still work.
UNRENDERABLE_CODES = {
    "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "invalid_attachments",
}  # fmt: skip
# The card can no longer be edited, which is no reason to stop.
UNEDITABLE_CODES = {
    "message_not_found", "cant_update_message", "edit_window_closed", "block_mismatch", "update_failed",
    "not_in_channel", "channel_not_found", "is_archived", "is_inactive", "streaming_state_conflict",
}  # fmt: skip
_EXPIRED_TRIGGER_CODES = {
    "trigger_expired", "expired_trigger_id", "trigger_exchanged", "invalid_trigger_id", "exchanged_trigger_id",
}  # fmt: skip
_ERROR_TEXTS = {
    "not_in_channel": "I'm not in that channel. Invite me there: /invite @didtalk",
    "channel_not_found": "I can't see that channel. Invite me there: /invite @didtalk",
    "invalid_channel": "I can't see that channel. Invite me there: /invite @didtalk",
    "user_disabled": "That person has left the workspace.",
    "user_not_found": "That person is not in this workspace.",
    "missing_scope": "The app is missing a permission{needed}. Ask an admin to reinstall it from its manifest.",
    "not_allowed_token_type": "SLACK_BOT_TOKEN must be a bot token. Ask the person who runs didtalk to change it.",
    **dict.fromkeys(_EXPIRED_TRIGGER_CODES, texts.FORM_EXPIRED),
    **dict.fromkeys(_ARCHIVED_CODES, "That channel is archived."),
}

JsonObject = dict[str, Any]


class SlackRefused(Refused):
    def __init__(self, code: str, needed: str = "") -> None:
        other = "This workspace doesn't allow me to post there." if code in UNPOSTABLE_CODES else ""
        sentence = _ERROR_TEXTS.get(code) or other or f"Slack refused ({code})."
        super().__init__(sentence.replace("{needed}", f" ({needed})" if needed else ""))
        self.code = code


class TokenRejected(TryAgain):
    """The token is invalid or revoked."""


def error_from_code(code: str, retry_after: float | None = None, needed: str = "") -> Trouble:
    if code in _BUSY_CODES:
        return TryAgain(texts.SLACK_BUSY, retry_after or 10.0)
    if code in _BAD_TOKEN_CODES:
        return TokenRejected(texts.BOT_REMOVED, BAD_TOKEN_RETRY_SECONDS)
    if code in _UNSURE_CODES:
        return Unsure(texts.RESPONSE_LOST)
    return SlackRefused(code, needed)


def dm_reason(code: str, *, private: bool) -> str:
    """Why something is sent as a DM."""
    if private:
        return texts.NO_BOTS_HERE
    if code in _ARCHIVED_CODES:
        return texts.CHANNEL_ARCHIVED
    return texts.NOT_IN_CHANNEL if code in _NOT_INVITED_CODES else texts.POSTING_DENIED


class SlackClient:
    def __init__(self, http: httpx.AsyncClient, base_url: str) -> None:
        self.http = http
        self.base_url = base_url.rstrip("/")
        self.rejected_tokens: set[str] = set()  # those rejected at their last use
        self.granted_scopes: dict[str, frozenset[str]] = {}  # by token, as of its last use

    def is_slack_url(self, url: str) -> bool:
        """Whether a URL is Slack's own, so that we may send it a token."""
        there, api = urlsplit(url), urlsplit(self.base_url)
        if (there.scheme, there.netloc) == (api.scheme, api.netloc):
            return True
        return there.scheme == "https" and SLACK_HOSTS.fullmatch(there.netloc) is not None

    async def call(self, token: str, method: str, /, seconds: float = API_TIMEOUT_SECONDS, **params: Any) -> JsonObject:
        """The response of one method, or the error that it stands for."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = await self._send_request(
            f"{self.base_url}/{method}", headers=headers, data=_encode_form(params), seconds=seconds
        )
        if (scopes := response.headers.get("x-oauth-scopes")) is not None:
            self.granted_scopes[token] = frozenset(scopes.replace(",", " ").split())
        try:
            result = _parse_response(response)
        except TokenRejected:
            if token:
                self.rejected_tokens.add(token)
            raise
        self.rejected_tokens.discard(token)
        return result

    async def respond(self, url: str, body: JsonObject) -> None:
        """Reply to a command or button through its response URL, which is valid for 30 minutes."""
        stand_in = self.base_url.startswith("http://")  # a fake Slack may use several ports
        if not (stand_in or self.is_slack_url(url)):
            raise Refused("That response URL is not Slack's, so no response was sent.")
        response = await self._send_request(url, json=body, seconds=API_TIMEOUT_SECONDS)
        if response.status_code >= 400:
            code = response.text[:60] if response.status_code < 500 else "internal_error"
            raise error_from_code(code, _retry_after(response))

    async def _send_request(self, url: str, seconds: float, **options: Any) -> httpx.Response:
        """One request with a deadline; TryAgain if it was never sent, Unsure if it may have arrived."""
        try:
            async with asyncio.timeout(seconds):
                return await self.http.post(url, **options)
        except TimeoutError as error:
            raise Unsure(texts.RESPONSE_LOST) from error
        except httpx.HTTPError as error:
            if was_never_sent(error):
                raise TryAgain(texts.SLACK_UNREACHABLE, 5.0) from error
            raise Unsure(texts.RESPONSE_LOST) from error

    async def upload_file(self, token: str, path: Path, name: str, alt: str = "") -> str:
        """Upload a file, streamed from disk; it stays invisible until it is published. Returns its id."""
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
        except FileNotFoundError as error:
            raise Refused(texts.VIDEO_GONE) from error
        target = await self.call(
            token, "files.getUploadURLExternal", filename=name, length=size, alt_txt=alt[:1000] or None
        )
        for attempt in range(MAX_UPLOAD_TRIES):
            if await self._send_file(str(target["upload_url"]), path, size, last=attempt + 1 == MAX_UPLOAD_TRIES):
                return str(target["file_id"])
        raise TryAgain(texts.UPLOAD_INCOMPLETE)

    async def _send_file(self, url: str, path: Path, size: int, *, last: bool) -> bool:
        timeout = httpx.Timeout(VIDEO_UPLOAD_SECONDS, connect=10.0)
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        try:
            async with asyncio.timeout(VIDEO_UPLOAD_SECONDS + size / MIN_UPLOAD_BYTES_PER_SECOND):
                response = await self.http.post(url, content=_file_chunks(path, size), headers=headers, timeout=timeout)
        except (httpx.HTTPError, TimeoutError) as error:
            if last:
                raise TryAgain(texts.UPLOAD_INCOMPLETE) from error
            return False
        if response.status_code == 429:
            raise TryAgain(texts.NOT_CONNECTED, 30.0)
        if response.status_code == 413:
            raise SlackRefused("file_too_large")
        # A web page comes from a proxy that did not pass the upload on.
        return response.status_code == 200 and response.content[:64].lstrip()[:1] != b"<"


def _encode_form(params: dict[str, Any]) -> dict[str, str]:
    """All methods accept a form; not all accept JSON."""
    return {name: _encode_field(value) for name, value in params.items() if value is not None}


def _encode_field(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list | tuple) else str(value)


def _parse_response(response: httpx.Response) -> JsonObject:
    if response.status_code == 429:
        raise error_from_code("ratelimited", _retry_after(response))
    try:
        result = response.json()
    except (ValueError, RecursionError) as error:
        raise Unsure(texts.RESPONSE_LOST) from error
    if not isinstance(result, dict) or response.status_code >= 500:
        raise Unsure(texts.RESPONSE_LOST)
    if not result.get("ok"):
        needed = str(result.get("needed") or "")
        raise error_from_code(str(result.get("error", "unknown")), _retry_after(response), needed)
    return result


def _retry_after(response: httpx.Response) -> float | None:
    after = response.headers.get("retry-after", "")
    return float(after) if after.isdecimal() else None


async def _file_chunks(path: Path, size: int) -> AsyncIterator[bytes]:
    # The file is opened per chunk: the client may abandon this generator, which would leave an open file.
    for at in range(0, size, STREAM_CHUNK_BYTES):
        yield await asyncio.to_thread(_read_chunk, path, at)


def _read_chunk(path: Path, at: int) -> bytes:
    with path.open("rb") as file:
        file.seek(at)
        return file.read(STREAM_CHUNK_BYTES)
