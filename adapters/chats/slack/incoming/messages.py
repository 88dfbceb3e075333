"""Messages that people wrote: their text, files and links; for reactions, the message must be looked up first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.chats.slack.client import JsonObject, SlackRefused
from adapters.chats.slack.context import JOB_OF_FILE_PREFIX, SlackContext
from adapters.chats.slack.files import file_kind, file_media, take_links
from adapters.chats.slack.outgoing.blocks import ACTION_PREFIX
from adapters.chats.slack.people import SlackUsers, mentioned_users, unescape, without_mention
from bot.chats.installations import Installation
from bot.desk.gestures import ChatMessage
from bot.errors import Trouble
from bot.requests.media import Media
from bot.wording.cards import JOB_ACTIONS

MAX_FILE_LEAD_SECONDS = 3600  # how long before its message a file may have been uploaded


@dataclass(frozen=True)
class FoundMessage:
    """A message, and the thread it is in or starts."""

    message: ChatMessage
    thread: str


class MessageReader:
    def __init__(self, context: SlackContext, users: SlackUsers) -> None:
        self._context = context
        self._users = users

    async def read_message(self, installation: Installation, raw: dict[str, Any]) -> ChatMessage:
        workspace = installation.workspace
        text, linked = take_links(await self.plain_text(installation, str(raw.get("text") or "")), workspace)
        media = await self._message_media(workspace, raw.get("files") or ())
        job = job_of_message(raw) or await self._job_of_file(installation, raw)
        by_bot = bool(raw.get("bot_id") or raw.get("user") == installation.bot_user)
        unusable = () if media else tuple(str(file.get("name") or "that file") for file in raw.get("files") or ())
        return ChatMessage(str(raw.get("ts", "")), text, (*media, *linked), by_bot, job, unusable)

    async def plain_text(self, installation: Installation, text: str) -> str:
        """The typed text, with mentions as names and without the mention of the bot."""
        text = without_mention(text, installation.bot_user)
        names = {user: await self._users.get_name(installation.workspace, user) for user in mentioned_users(text)}
        return unescape(text, names)

    async def find_message(self, installation: Installation, channel: str, ts: str) -> FoundMessage | None:
        """Look up a message by every method we have access to; None if there is none."""
        raw = await self._find_by_reaction(installation, channel, ts)
        if raw is None:
            raw = await self._find_by_history(installation, channel, ts)
        elif not raw.get("files"):
            # Slack does not document that this response lists files.
            raw = raw | {"files": await self._files_posted_at(installation, channel, ts)}
        if raw is None and (files := await self._files_posted_at(installation, channel, ts)):
            raw = {"ts": ts, "files": files}
        if raw is None:
            return None
        return FoundMessage(await self.read_message(installation, raw), str(raw.get("thread_ts") or ts))

    async def _message_media(self, workspace: str, files: Iterable[Mapping[str, Any]]) -> list[Media]:
        """The files of a message; details of another organisation's files need a call each."""
        found = []
        for file in files:
            known = file if file_kind(file) and file.get("file_access") != "check_file_info" else None
            found.append(file_media(workspace, known or await self._full_info(workspace, file)))
        return [each for each in found if each]

    async def _full_info(self, workspace: str, file: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return dict((await self._context.call(workspace, "files.info", file=file["id"]))["file"])
        except Trouble:
            return file

    async def _find_by_reaction(self, installation: Installation, channel: str, ts: str) -> dict[str, Any] | None:
        params = {"channel": channel, "timestamp": ts, "full": True}
        message = (await self._try_call(installation, "reactions.get", params)).get("message")
        return message if isinstance(message, dict) else None

    async def _files_posted_at(self, installation: Installation, channel: str, ts: str) -> list[dict[str, Any]]:
        team = installation.team or None  # required for an organisation's token
        params = {"channel": channel, "team_id": team, "count": 100}
        params |= {"ts_from": int(float(ts)) - MAX_FILE_LEAD_SECONDS, "ts_to": int(float(ts)) + 60}
        response = await self._try_call(installation, "files.list", params)
        return [file for file in response.get("files") or () if ts in _share_timestamps(file, channel)]

    async def _find_by_history(self, installation: Installation, channel: str, ts: str) -> dict[str, Any] | None:
        params = {"channel": channel, "ts": ts, "oldest": ts, "latest": ts, "inclusive": True, "limit": 5}
        params["include_all_metadata"] = True
        response = await self._try_call(installation, "conversations.replies", params)
        # Slack may return the neighbouring message.
        return next((each for each in response.get("messages") or () if each.get("ts") == ts), None)

    async def _try_call(self, installation: Installation, method: str, params: dict[str, Any]) -> JsonObject:
        """The response, which is empty when we have no access."""
        try:
            return await self._context.api.call(installation.token, method, **params)
        except SlackRefused:
            return {}

    async def _job_of_file(self, installation: Installation, raw: dict[str, Any]) -> str | None:
        ours = [str(file["id"]) for file in raw.get("files") or () if file.get("user") == installation.bot_user]
        for file in ours:
            if job := await self._context.load_value(f"{JOB_OF_FILE_PREFIX}{file}"):
                return str(job)
        return None


def _share_timestamps(file: dict[str, Any], channel: str) -> set[str]:
    shares = file.get("shares") or {}
    return {str(share.get("ts")) for side in shares.values() for share in side.get(channel) or ()}


def job_of_message(message: dict[str, Any]) -> str | None:
    marked = (message.get("metadata") or {}).get("event_payload") or {}
    if isinstance(marked.get("job"), str):
        return str(marked["job"])
    for block in message.get("blocks") or ():
        for element in block.get("elements") or ():
            action = str(element.get("action_id", "")).removeprefix(ACTION_PREFIX)
            if action in JOB_ACTIONS and element.get("value"):
                return str(element["value"])
    return None
