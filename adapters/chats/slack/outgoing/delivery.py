"""The video into the thread, once: noted before it appears, and looked for before it is posted again."""

from datetime import UTC, datetime

import structlog

from adapters.chats.slack import texts
from adapters.chats.slack.api.errors import UNTHREADED, Said, aside
from adapters.chats.slack.api.upload import complete, upload
from adapters.chats.slack.context import Inside
from adapters.chats.slack.outgoing.blocks import text_of, with_line
from adapters.chats.slack.outgoing.job_message import Status
from bot.chats.chat import Parcel
from bot.chats.installations import Installation
from bot.desk.chat_context import LINK_LIVES
from bot.errors import Refused, Trouble, TryAgain, Unsure
from bot.jobs.job import Job
from bot.wording.cards import Card

log = structlog.get_logger(__name__)

LARGEST = 1_000_000_000
ABSENT = {"file_not_found", "file_deleted"}
SETTLES = 60.0  # seconds after which a file that appeared nowhere will not


class Delivery:
    """Hands videos over."""

    def __init__(self, inside: Inside, status: Status) -> None:
        self._in = inside
        self._status = status

    async def deliver(self, job: Job, card: Card, parcel: Parcel) -> str:
        """Post the video; the id of the file and of the channel it is in."""
        installation = await self._in.workspaces.of(job.place.workspace)
        try:
            files = await self._upload(installation, job, card, parcel)
            channel = await self._appear(installation, job, card, files)
        except Said as no:
            log.warning("the video cannot be posted", job=job.id, code=no.code)
            return await self._link(job, card, parcel, no.code)
        await self._finish(job)
        return f"{channel}/{files[0]['id']}"

    async def find(self, job: Job) -> str | None:
        """The post whose answer was lost; none when it is certain that there is none."""
        note = await self._in.note(f"file:{job.id}")
        if not note:
            return None
        file = str(note["files"][0])
        try:
            info = (await self._in.call(job.place.workspace, "files.info", file=file))["file"]
        except Said as no:
            if no.code not in ABSENT:  # a look that was refused proves nothing
                raise Unsure(texts.LOST) from no
            return None  # never completed, so never seen by anybody
        if channel := _shared(info):
            await self._finish(job)
            return f"{channel}/{file}"
        # A note of a moment yet to come was written by a clock that was set back since.
        if 0 <= self._in.door.clock.now() - float(note["at"]) < SETTLES:
            raise Unsure(texts.LOST)
        # It may still appear; what is deleted cannot, and then posting again is safe.
        for each in note["files"]:
            await self._in.quietly(job.place.workspace, "files.delete", file=each)
        return None

    async def remove(self, job: Job) -> None:
        """Take the posted files, and the message around them, away."""
        note = await self._in.note(f"file:{job.id}") or {}
        posted = (job.post or "").partition("/")[2]
        for file in note.get("files") or ([posted] if posted.startswith("F") else []):
            await self._remove(job, file)
        await self._in.drop(f"file:{job.id}")

    async def _remove(self, job: Job, file: str) -> None:
        workspace = job.place.workspace
        info = await self._in.quietly(workspace, "files.info", file=file)
        await self._in.quietly(workspace, "files.delete", file=file)
        for channel, ts in _places((info or {}).get("file", {})):
            await self._in.quietly(workspace, "chat.delete", channel=channel, ts=ts)
        await self._in.drop(f"of:{file}")

    async def _upload(self, installation: Installation, job: Job, card: Card, parcel: Parcel) -> list[dict[str, str]]:
        if job.kept and (job.kept.size or 0) > LARGEST:
            raise Said("file_too_large")
        video = await upload(self._in.wire, installation.token, parcel.video, parcel.name, card.alt)
        files = [{"id": video, "title": parcel.name}]
        if parcel.captions:
            name = f"{parcel.name.rpartition('.')[0]}.srt"
            try:
                files.append(
                    {"id": await upload(self._in.wire, installation.token, parcel.captions, name), "title": name}
                )
            except Trouble as trouble:
                log.info("captions not posted", job=job.id, why=trouble.sentence)
        ids = [each["id"] for each in files]
        await self._in.put(f"of:{video}", job.id)  # so that a reaction to the video finds its job
        await self._in.put(f"file:{job.id}", {"files": ids, "at": self._in.door.clock.now()})
        return files

    async def _appear(self, installation: Installation, job: Job, card: Card, files: list[dict[str, str]]) -> str:
        """Where the job's card is, in its thread; else to the one who asked."""
        channel, _, ts = (job.card or "").partition("/")
        channel = channel if ts else job.place.channel
        ours = channel == job.place.channel
        thread = (job.place.thread if ours else "") or (ts if not job.place.private else "")
        comment = text_of(card, job.asker.user)
        where = {"channel_id": channel, "thread_ts": thread or None, "initial_comment": comment}
        if channel.startswith(("U", "W")):
            where = {"channels": channel, "initial_comment": comment}
        try:
            await complete(self._in.wire, installation.token, files, **where)
        except Said as no:
            if no.code == "file_not_found":  # never made visible, so a new upload posts nothing twice
                raise TryAgain("Slack has lost the upload.") from no
            if no.code in UNTHREADED and thread:
                await complete(self._in.wire, installation.token, files, **where | {"thread_ts": None})
                return channel
            if no.code in texts.WHY or not ours or channel == job.asker.user:
                raise
            return await self._alone(installation, job, card, files, no)
        return channel

    async def _alone(
        self, installation: Installation, job: Job, card: Card, files: list[dict[str, str]], no: Said
    ) -> str:
        """Whatever Slack calls it: where the video may not be, its asker gets it."""
        user = job.asker.user
        comment = text_of(with_line(card, aside(no.code, private=job.place.private)), user)
        try:
            await complete(self._in.wire, installation.token, files, channels=user, initial_comment=comment)
        except Said as too:
            raise too if too.code in texts.WHY else no from None
        return user

    async def _link(self, job: Job, card: Card, parcel: Parcel, why: str) -> str:
        """What cannot be uploaded is linked to, for as long as the link is good."""
        link = self._in.door.link(parcel.video.name, parcel.name)
        if link is None:
            raise Refused(texts.NO_FILES_NO_LINK.format(why=_reason(why)))
        until = datetime.fromtimestamp(self._in.door.clock.now() + LINK_LIVES, UTC).strftime("%d %B %Y")
        line = texts.NO_FILES.format(why=_reason(why), until=until, link=link)
        shown = await self._status.show(job, with_line(card, line))
        await self._in.post(f"tell:{job.id}", {"kind": "tell", "job": job.id, "line": line})
        return shown

    async def _finish(self, job: Job) -> None:
        """The card and the reactions follow, whatever crashes now."""
        await self._in.post(f"finish:{job.id}", {"kind": "finish", "job": job.id})


def _reason(code: str) -> str:
    return texts.WHY.get(code) or f"Slack says: {code.replace('_', ' ')}"


def _places(file: dict[str, object]) -> list[tuple[str, str]]:
    """Every channel and message a file is shared in."""
    shares = file.get("shares")
    sides = shares.values() if isinstance(shares, dict) else ()
    return [(channel, str(share["ts"])) for side in sides for channel, all_ in side.items() for share in all_]


def _shared(file: dict[str, object]) -> str | None:
    """Where a file was posted; a direct message has no `shares`, but lists itself."""
    if places := _places(file):
        return places[0][0]
    for where in ("channels", "groups", "ims"):
        if isinstance(found := file.get(where), list) and found:
            return str(found[0])
    return None
