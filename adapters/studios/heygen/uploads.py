"""Files at HeyGen: each sent once and known again by its content, also after a restart."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from adapters.studios.catalogue import write_json
from adapters.studios.errors import raise_for_error
from adapters.studios.heygen.client import HeygenAsset, HeygenClient, HeygenRemoteJob
from adapters.studios.heygen.errors import EndpointGone, HeygenResponse
from adapters.studios.uploads import UploadRefs
from bot.errors import Refused, TryAgain, Unusable
from bot.jobs.job import Job
from bot.requests.media import PreparedFile
from bot.runtime.clock import Clock

MAX_FORM_BYTES = 32_000_000
CONTENT_TYPES = {
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "mp3": "audio/mpeg",
    "wav": "audio/x-wav",
    "mp4": "video/mp4",
    "webm": "video/webm",
}

log = structlog.get_logger(__name__)


class HeygenUploads:
    def __init__(
        self,
        api: HeygenClient,
        clock: Clock,
        folder: Path,
        account: str,
        on_version_gone: Callable[[str], None],
        upload_refs: UploadRefs,
    ) -> None:
        self._api, self._clock, self._on_version_gone = api, clock, on_version_gone
        self._record_path = folder / f"heygen-{account}-sent.json"
        self._sent_files: dict[str, dict[str, Any]] | None = None
        self._locks: dict[str, asyncio.Lock] = {}
        self._upload_refs = upload_refs

    async def send_asset(self, file: PreparedFile, api_version: str) -> HeygenAsset:
        return await self._send_once(f"asset:{file.digest}", lambda: self._post_asset(file, api_version))

    async def send_photo(self, job: Job, file: PreparedFile) -> str:
        """A talking photo by its id; accounts may keep only a few, so our oldest is deleted to make room."""
        photo = (await self._send_once(f"photo:{file.digest}", lambda: self._post_photo(file))).id
        self._upload_refs.add_ref(job.id, photo)
        return photo

    async def delete_photos(self, job: Job) -> None:
        """Delete the talking photos of a job that no unfinished job needs; assets cannot be deleted."""
        used = set(job.uploads.values())
        for key, record in list((await self._load_sent()).items()):
            if key.startswith("photo:") and record["id"] in used:
                await self._delete_photo(key, job.id)

    async def forget_files(self, idents: set[str]) -> None:
        """HeyGen no longer has one of these, so all are sent again next time."""
        sent = await self._load_sent()
        stale = [key for key, record in sent.items() if record["id"] in idents]
        for key in stale:
            del sent[key]
        if stale:
            await asyncio.to_thread(write_json, self._record_path, dict(sent))

    async def _send_once(self, key: str, send: Any) -> HeygenAsset:
        async with self._locks.setdefault(key, asyncio.Lock()):
            sent = await self._load_sent()
            if record := sent.get(key):
                return HeygenAsset.from_data(record)
            asset: HeygenAsset = await send()
            if not asset.id:
                raise TryAgain("HeyGen did not say what it calls the file.")
            sent[key] = {"id": asset.id, "url": asset.url, "sent_at": self._clock.now()}
            await asyncio.to_thread(write_json, self._record_path, dict(sent))
            return asset

    async def _post_asset(self, file: PreparedFile, api_version: str) -> HeygenAsset:
        content_type = CONTENT_TYPES.get(file.format, "application/octet-stream")
        senders = (self._post_v3, self._post_v1) if api_version == "v3" else (self._post_v1, self._post_v3)
        for send in senders:
            response = await send(file, content_type)
            if not response.endpoint_gone:
                raise_for_error(response, paid=False)
                return HeygenAsset.from_data(response.result)
            if send == self._post_v3:
                self._on_version_gone("v3")  # who takes no files there makes no videos there
        raise EndpointGone

    async def _post_v1(self, file: PreparedFile, content_type: str) -> HeygenResponse:
        return await self._api.post_file("v1/asset", file.path, file.size, content_type)

    async def _post_v3(self, file: PreparedFile, content_type: str) -> HeygenResponse:
        if file.size > MAX_FORM_BYTES:
            return await self._upload_directly(file, content_type)
        content = await asyncio.to_thread(file.path.read_bytes)
        return await self._api.post_form("v3/assets", f"file.{file.format}", content, content_type)

    async def _upload_directly(self, file: PreparedFile, content_type: str) -> HeygenResponse:
        details = {"filename": f"file.{file.format}", "content_type": content_type, "size_bytes": file.size}
        response = await self._api.post_json("v3/assets/direct-uploads", details)
        if response.endpoint_gone:
            return response
        raise_for_error(response, paid=False)
        asset = HeygenAsset.from_data(response.result)
        await self._api.put_file(asset.upload, file.path, file.size, content_type)
        completed = await self._api.post_json(f"v3/assets/{asset.id}/complete", {})
        raise_for_error(completed, paid=False)
        return response if not HeygenAsset.from_data(completed.result).id else completed

    async def _post_photo(self, file: PreparedFile) -> HeygenAsset:
        response = await self._post_talking_photo(file)
        if "exceeded your limit" in response.error_message and await self._make_room():
            response = await self._post_talking_photo(file)
        if "exceeded your limit" in response.error_message:
            raise Refused("The HeyGen account takes no more photos; delete one there, or set HEYGEN_API_VERSION to v3.")
        if response.endpoint_gone:
            return await self._make_photo_avatar(file)
        raise_for_error(response, paid=False)
        return HeygenAsset.from_data(response.result)

    async def _make_photo_avatar(self, file: PreparedFile) -> HeygenAsset:
        """A photo avatar replaces a talking photo where those are no longer accepted; it takes a while."""
        group = await self._send_once(f"avatar:{file.digest}", lambda: self._create_avatar_group(file))
        response = await self._api.get("v2/photo_avatar/{}", ident=group.id)
        raise_for_error(response, paid=False)
        status = HeygenRemoteJob.from_data(response.result).status
        if status in ("failed", "error"):
            await self.forget_files({group.id})
            raise Unusable("HeyGen could not animate this photo. Choose a different one.", "image")
        if status != "completed":
            raise TryAgain("HeyGen is getting the photo ready.", 5.0)
        return group

    async def _create_avatar_group(self, file: PreparedFile) -> HeygenAsset:
        sent = await self._post_v1(file, CONTENT_TYPES.get(file.format, "image/jpeg"))
        key = HeygenAsset.from_data(sent.result).image
        if not sent.ok or not key:
            raise EndpointGone
        details = {"image_key": key, "name": f"didtalk {file.digest[:8]}"}
        response = await self._api.post_json("v2/photo_avatar/avatar_group/create", details)
        if response.endpoint_gone:
            raise EndpointGone
        raise_for_error(response, paid=False)
        return HeygenAsset.from_data(response.result)

    async def _post_talking_photo(self, file: PreparedFile) -> HeygenResponse:
        content_type = CONTENT_TYPES.get(file.format, "image/jpeg")
        return await self._api.post_file("v1/talking_photo", file.path, file.size, content_type)

    async def _make_room(self) -> bool:
        """Delete our oldest photo that no unfinished job needs."""
        sent = await self._load_sent()
        ours = sorted((record["sent_at"], key) for key, record in sent.items() if key.startswith("photo:"))
        for _, key in ours:
            if await self._delete_photo(key):
                log.info("the oldest talking photo made room")
                return True
        if ours:
            raise TryAgain("The HeyGen account takes no more photos until another video is done.", 15.0)
        return False

    async def _delete_photo(self, key: str, except_job: str = "") -> bool:
        """True when the photo is gone; one that a job needs is kept."""
        async with self._locks.setdefault(key, asyncio.Lock()):  # nobody is given it meanwhile
            record = (await self._load_sent()).get(key)
            if record is None or not await self._upload_refs.is_unused(record["id"], except_job):
                return False
            response = await self._api.delete("v2/talking_photo/{}", ident=str(record["id"]))
            if not response.ok and response.status != 404:
                return False
            await self.forget_files({record["id"]})
            return True

    async def _load_sent(self) -> dict[str, dict[str, Any]]:
        if self._sent_files is None:
            loaded = await asyncio.to_thread(self._read_record)
            self._sent_files = self._sent_files if self._sent_files is not None else loaded
        return self._sent_files

    def _read_record(self) -> dict[str, dict[str, Any]]:
        try:
            stored = json.loads(self._record_path.read_bytes())
            return {key: record for key, record in stored.items() if isinstance(record, dict) and "id" in record}
        except (OSError, ValueError, AttributeError):
            return {}
