"""Messages as gestures understand them, from what Slack tells of them: sometimes all, sometimes only where they are."""

from dataclasses import dataclass
from typing import Any

from adapters.chats.slack.api.errors import Said
from adapters.chats.slack.context import Inside
from adapters.chats.slack.files import Files
from adapters.chats.slack.incoming import file_links
from adapters.chats.slack.outgoing.job_message import job_of
from adapters.chats.slack.outgoing.mrkdwn import mentioned, unescape, without_mention
from adapters.chats.slack.people.users import People
from bot.chats.installations import Installation
from bot.desk.gestures import Message

BEFORE = 3600  # seconds a file may have been up before the message that shows it


@dataclass(frozen=True)
class Found:
    """A message, and the thread it is in or begins."""

    message: Message
    thread: str


class Reading:
    """Reads messages."""

    def __init__(self, inside: Inside, files: Files, people: People) -> None:
        self._in = inside
        self._files = files
        self._people = people

    async def read(self, installation: Installation, raw: dict[str, Any]) -> Message:
        """A message of which Slack sent everything."""
        workspace = installation.workspace
        words, linked = file_links.take(await self.plain(installation, str(raw.get("text") or "")), workspace)
        media = await self._files.media(workspace, raw.get("files") or ())
        job = job_of(raw) or await self._job_of_file(installation, raw)
        by_bot = bool(raw.get("bot_id") or raw.get("user") == installation.bot_user)
        return Message(str(raw.get("ts", "")), words, (*media, *linked), by_bot, job)

    async def plain(self, installation: Installation, text: str) -> str:
        """The words a person typed, with the mentioned by their names and without ourselves."""
        text = without_mention(text, installation.bot_user)
        names = {user: await self._people.name(installation.workspace, user) for user in mentioned(text)}
        return unescape(text, names)

    async def at(self, installation: Installation, channel: str, ts: str) -> Found | None:
        """The message at a place, by whichever way Slack lets us; none when it lets us by none."""
        raw = await self._by_reaction(installation, channel, ts)
        if raw is None:
            raw = await self._by_history(installation, channel, ts)
        elif not raw.get("files"):
            # Whether this answer lists files is nowhere promised, so their absence is looked at twice.
            raw = raw | {"files": await self._by_files(installation, channel, ts)}
        if raw is None and (files := await self._by_files(installation, channel, ts)):
            raw = {"ts": ts, "files": files}
        if raw is None:
            return None
        return Found(await self.read(installation, raw), str(raw.get("thread_ts") or ts))

    async def _by_reaction(self, installation: Installation, channel: str, ts: str) -> dict[str, Any] | None:
        try:
            said = await self._in.wire.call(
                installation.token, "reactions.get", channel=channel, timestamp=ts, full=True
            )
        except Said:
            return None
        message = said.get("message")
        return message if isinstance(message, dict) else None

    async def _by_files(self, installation: Installation, channel: str, ts: str) -> list[dict[str, Any]]:
        around = {"ts_from": int(float(ts)) - BEFORE, "ts_to": int(float(ts)) + 60}
        team = installation.team or None  # without it a whole organisation's token lists nothing
        try:
            said = await self._in.wire.call(
                installation.token, "files.list", channel=channel, team_id=team, count=100, **around
            )
        except Said:
            return []
        return [file for file in said.get("files") or () if ts in _moments(file, channel)]

    async def _by_history(self, installation: Installation, channel: str, ts: str) -> dict[str, Any] | None:
        given: dict[str, Any] = {
            "channel": channel,
            "ts": ts,
            "oldest": ts,
            "latest": ts,
            "inclusive": True,
            "limit": 5,
        }
        try:
            said = await self._in.wire.call(
                installation.token, "conversations.replies", include_all_metadata=True, **given
            )
        except Said:
            return None
        # Asked for one message Slack may well give its neighbour.
        return next((each for each in said.get("messages") or () if each.get("ts") == ts), None)

    async def _job_of_file(self, installation: Installation, raw: dict[str, Any]) -> str | None:
        """A reaction to our video means the job it came from."""
        ours = [str(file["id"]) for file in raw.get("files") or () if file.get("user") == installation.bot_user]
        for file in ours:
            if job := await self._in.note(f"of:{file}"):
                return str(job)
        return None


def _moments(file: dict[str, Any], channel: str) -> set[str]:
    shares = file.get("shares") or {}
    return {str(share.get("ts")) for side in shares.values() for share in side.get(channel) or ()}
