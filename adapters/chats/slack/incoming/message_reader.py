"""Slack messages as `ChatMessage`s; for reactions, the message must be looked up first."""

from dataclasses import dataclass
from typing import Any

from adapters.chats.slack.api.errors import SlackRefused
from adapters.chats.slack.context import JOB_OF_FILE_PREFIX, SlackContext
from adapters.chats.slack.files import SlackFiles, take_file_links
from adapters.chats.slack.outgoing.job_message import job_of_message
from adapters.chats.slack.outgoing.mrkdwn import mentioned_users, unescape, without_mention
from adapters.chats.slack.people import SlackUsers
from bot.chats.installations import Installation
from bot.desk.gestures import ChatMessage

MAX_FILE_LEAD_SECONDS = 3600  # how long before its message a file may have been uploaded


@dataclass(frozen=True)
class FoundMessage:
    """A message, and the thread it is in or starts."""

    message: ChatMessage
    thread: str


class MessageReader:
    def __init__(self, context: SlackContext, files: SlackFiles, users: SlackUsers) -> None:
        self._context = context
        self._files = files
        self._users = users

    async def read_message(self, installation: Installation, raw: dict[str, Any]) -> ChatMessage:
        """Convert a message that Slack sent in full."""
        workspace = installation.workspace
        text, linked = take_file_links(await self.plain_text(installation, str(raw.get("text") or "")), workspace)
        media = await self._files.message_media(workspace, raw.get("files") or ())
        job = job_of_message(raw) or await self._job_of_file(installation, raw)
        by_bot = bool(raw.get("bot_id") or raw.get("user") == installation.bot_user)
        return ChatMessage(str(raw.get("ts", "")), text, (*media, *linked), by_bot, job)

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

    async def _find_by_reaction(self, installation: Installation, channel: str, ts: str) -> dict[str, Any] | None:
        try:
            response = await self._context.api.call(
                installation.token, "reactions.get", channel=channel, timestamp=ts, full=True
            )
        except SlackRefused:
            return None
        message = response.get("message")
        return message if isinstance(message, dict) else None

    async def _files_posted_at(self, installation: Installation, channel: str, ts: str) -> list[dict[str, Any]]:
        window = {"ts_from": int(float(ts)) - MAX_FILE_LEAD_SECONDS, "ts_to": int(float(ts)) + 60}
        team = installation.team or None  # required for an organisation's token
        try:
            response = await self._context.api.call(
                installation.token, "files.list", channel=channel, team_id=team, count=100, **window
            )
        except SlackRefused:
            return []
        return [file for file in response.get("files") or () if ts in _share_timestamps(file, channel)]

    async def _find_by_history(self, installation: Installation, channel: str, ts: str) -> dict[str, Any] | None:
        params: dict[str, Any] = {
            "channel": channel,
            "ts": ts,
            "oldest": ts,
            "latest": ts,
            "inclusive": True,
            "limit": 5,
        }
        try:
            response = await self._context.api.call(
                installation.token, "conversations.replies", include_all_metadata=True, **params
            )
        except SlackRefused:
            return None
        # Slack may return the neighbouring message.
        return next((each for each in response.get("messages") or () if each.get("ts") == ts), None)

    async def _job_of_file(self, installation: Installation, raw: dict[str, Any]) -> str | None:
        """The job whose video a message shows."""
        ours = [str(file["id"]) for file in raw.get("files") or () if file.get("user") == installation.bot_user]
        for file in ours:
            if job := await self._context.load_value(f"{JOB_OF_FILE_PREFIX}{file}"):
                return str(job)
        return None


def _share_timestamps(file: dict[str, Any], channel: str) -> set[str]:
    shares = file.get("shares") or {}
    return {str(share.get("ts")) for side in shares.values() for share in side.get(channel) or ()}
