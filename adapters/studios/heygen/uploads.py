"""Files at HeyGen: each sent once and known again by its content, also after a restart."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from adapters.studios.heygen.client import Wire
from adapters.studios.heygen.errors import Reply, Unserved, judge
from adapters.studios.heygen.responses import Asset, Seen
from adapters.studios.upload_refs import Lent
from bot.errors import Refused, TryAgain
from bot.jobs.job import Job
from bot.requests.media import Fitted
from bot.runtime.clock import Clock

FORM_MOST = 32_000_000
TYPES = {
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "mp3": "audio/mpeg",
    "wav": "audio/x-wav",
    "mp4": "video/mp4",
    "webm": "video/webm",
}

Gone = Callable[[str], None]  # told of a dialect that turned out not to be served

log = structlog.get_logger(__name__)


class Uploads:
    """What one account has been sent."""

    def __init__(self, wire: Wire, clock: Clock, folder: Path, account: str, gone: Gone, lent: Lent) -> None:
        self._wire, self._clock, self._gone = wire, clock, gone
        self._file = folder / f"heygen-{account}-sent.json"
        self._sent: dict[str, dict[str, Any]] | None = None
        self._locks: dict[str, asyncio.Lock] = {}
        self._lent = lent

    async def asset(self, file: Fitted, dialect: str) -> Asset:
        """A file by its id, sent unless HeyGen has it."""
        return await self._once(f"asset:{file.digest}", lambda: self._asset(file, dialect))

    async def photo(self, job: Job, file: Fitted) -> str:
        """A talking photo by its id; accounts may keep only a few, so the oldest of ours makes room."""
        photo = (await self._once(f"photo:{file.digest}", lambda: self._photo(file))).id
        self._lent.lend(job.id, photo)
        return photo

    async def unload(self, job: Job) -> None:
        """Delete the talking photos of a job, those that no unfinished job needs; assets can only be sent."""
        used = set(job.uploads.values())
        for key, told in list((await self._known()).items()):
            if key.startswith("photo:") and told["id"] in used:
                await self._delete(key, job.id)

    async def forget(self, idents: set[str]) -> None:
        """HeyGen no longer knows one of these: whatever they were, they are sent anew next time."""
        sent = await self._known()
        stale = [key for key, told in sent.items() if told["id"] in idents]
        for key in stale:
            del sent[key]
        if stale:
            await asyncio.to_thread(self._write, dict(sent))

    async def _once(self, key: str, send: Any) -> Asset:
        async with self._locks.setdefault(key, asyncio.Lock()):
            sent = await self._known()
            if told := sent.get(key):
                return Asset.of(told)
            asset: Asset = await send()
            if not asset.id:
                raise TryAgain("HeyGen did not say what it calls the file.")
            sent[key] = {"id": asset.id, "url": asset.url, "at": self._clock.now()}
            await asyncio.to_thread(self._write, dict(sent))
            return asset

    async def _asset(self, file: Fitted, dialect: str) -> Asset:
        """An asset is good in both dialects, whichever of them took it."""
        kind = TYPES.get(file.format, "application/octet-stream")
        ways = (self._new, self._old) if dialect == "v3" else (self._old, self._new)
        for send in ways:
            reply = await send(file, kind)
            if not reply.unserved:
                judge(reply, pays=False)
                return Asset.of(reply.body)
            if send == self._new:
                self._gone("v3")  # who takes no files there makes no videos there
        raise Unserved

    async def _old(self, file: Fitted, kind: str) -> Reply:
        return await self._wire.raw("v1/asset", file.path, file.size, kind)

    async def _new(self, file: Fitted, kind: str) -> Reply:
        return await (self._form(file, kind) if file.size <= FORM_MOST else self._direct(file, kind))

    async def _form(self, file: Fitted, kind: str) -> Reply:
        content = await asyncio.to_thread(file.path.read_bytes)
        return await self._wire.form("v3/assets", f"file.{file.format}", content, kind)

    async def _direct(self, file: Fitted, kind: str) -> Reply:
        """What is too large for a form goes straight to HeyGen's store."""
        told = {"filename": f"file.{file.format}", "content_type": kind, "size_bytes": file.size}
        reply = await self._wire.send("v3/assets/direct-uploads", told)
        if reply.unserved:
            return reply
        judge(reply, pays=False)
        asset = Asset.of(reply.body)
        await self._wire.put(asset.upload, file.path, file.size, kind)
        done = await self._wire.send(f"v3/assets/{asset.id}/complete", {})
        judge(done, pays=False)
        return reply if not Asset.of(done.body).id else done

    async def _photo(self, file: Fitted) -> Asset:
        reply = await self._send_photo(file)
        if "exceeded your limit" in reply.message and await self._make_room():
            reply = await self._send_photo(file)
        if "exceeded your limit" in reply.message:
            raise Refused("The HeyGen account takes no more photos; delete one there, or set HEYGEN_API_VERSION to v3.")
        if reply.unserved:
            return await self._avatar(file)
        judge(reply, pays=False)
        return Asset.of(reply.body)

    async def _avatar(self, file: Fitted) -> Asset:
        """A photo avatar serves as a talking photo where those are no longer taken; it takes a while to be made."""
        made = await self._once(f"avatar:{file.digest}", lambda: self._group(file))
        reply = await self._wire.read("v2/photo_avatar/{}", ident=made.id)
        judge(reply, pays=False)
        status = Seen.of(reply.body).status
        if status in ("failed", "error"):
            await self.forget({made.id})
            raise Refused("HeyGen could not make a speaker of this photo. Please take another one.", "image")
        if status != "completed":
            raise TryAgain("HeyGen is getting the photo ready.", 5.0)
        return made

    async def _group(self, file: Fitted) -> Asset:
        sent = await self._old(file, TYPES.get(file.format, "image/jpeg"))
        key = Asset.of(sent.body).image
        if not sent.fine or not key:
            raise Unserved
        told = {"image_key": key, "name": f"didtalk {file.digest[:8]}"}
        reply = await self._wire.send("v2/photo_avatar/avatar_group/create", told)
        if reply.unserved:
            raise Unserved
        judge(reply, pays=False)
        return Asset.of(reply.body)

    async def _send_photo(self, file: Fitted) -> Reply:
        kind = TYPES.get(file.format, "image/jpeg")
        return await self._wire.raw("v1/talking_photo", file.path, file.size, kind)

    async def _make_room(self) -> bool:
        """Delete the photo of ours that was sent longest ago and that no unfinished job needs."""
        sent = await self._known()
        ours = sorted((told["at"], key) for key, told in sent.items() if key.startswith("photo:"))
        for _, key in ours:
            if await self._delete(key):
                log.info("the oldest talking photo made room")
                return True
        if ours:
            raise TryAgain("The HeyGen account takes no more photos until another video is done.", 15.0)
        return False

    async def _delete(self, key: str, but: str = "") -> bool:
        """Delete a photo, unless a job needs it; whether it is gone."""
        async with self._locks.setdefault(key, asyncio.Lock()):  # nobody is given it meanwhile
            told = (await self._known()).get(key)
            if told is None or not await self._lent.free(told["id"], but):
                return False
            reply = await self._wire.change("DELETE", "v2/talking_photo/{}", ident=str(told["id"]))
            if not reply.fine and reply.status != 404:
                return False
            await self.forget({told["id"]})
            return True

    async def _known(self) -> dict[str, dict[str, Any]]:
        if self._sent is None:
            read = await asyncio.to_thread(self._read)
            self._sent = self._sent if self._sent is not None else read
        return self._sent

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            kept = json.loads(self._file.read_bytes())
            return {key: told for key, told in kept.items() if isinstance(told, dict) and "id" in told}
        except (OSError, ValueError, AttributeError):
            return {}

    def _write(self, sent: dict[str, dict[str, Any]]) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            part = self._file.with_suffix(".part")
            part.write_text(json.dumps(sent), "utf-8")
            part.replace(self._file)
        except OSError as error:
            log.warning("what was sent could not be noted", error=error.strerror)
