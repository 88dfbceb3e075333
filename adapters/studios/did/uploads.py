"""Files on their way to D-ID: sent, hosted for it to fetch, or shared with a job that sent the same before."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from adapters.studios.did.client import DidClient, DidUpload, MarkerSupport
from adapters.studios.uploads import UploadRefs
from bot.errors import Refused, Trouble, TryAgain, Unusable
from bot.jobs.job import Job
from bot.requests.media import FileHost, PreparedFile
from bot.runtime.clock import Clock

UPLOAD_LIFETIME_SECONDS = 20 * 3600.0  # D-ID keeps uploads for 24 hours at least
SHARING_WAIT_SECONDS = 20.0  # how long a job waits to learn whether it may share another's upload
SHARING_RETRY_SECONDS = 2.0
TIDY_INTERVAL_SECONDS = 600.0
MAX_SOUND_BYTES = 6_000_000  # what POST /audios takes

_FILE_ENDINGS = {"jpeg": "jpg"}
_CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "mp4": "audio/mp4",
    "wav": "audio/wav",
    "flac": "audio/flac",
}


@dataclass(frozen=True)
class SentFile:
    url: str
    sent_at: float


class DidUploads:
    def __init__(
        self,
        api: DidClient,
        clock: Clock,
        host: FileHost | None,
        marker_support: MarkerSupport,
        upload_refs: UploadRefs | None = None,
        *,
        single_process: bool = True,
    ) -> None:
        self._upload_refs = upload_refs or UploadRefs(clock)
        self._single_process = single_process
        self._remote_paths: dict[str, str] = {}  # the path of each file that this process sent, by its address
        self._api, self._clock, self._host, self._marker_support = api, clock, host, marker_support
        self._shared_files: dict[str, SentFile] = {}
        self._job_files: dict[tuple[str, str], SentFile] = {}
        self._first_sent_at: dict[tuple[str, str], float] = {}  # when a kind of job first sent a picture
        self._tidied_at = clock.now()
        self._locks: dict[str, asyncio.Lock] = {}

    @property
    def can_host(self) -> bool:
        return self._host is not None

    async def send_picture(
        self, job: Job, endpoint: str, file: PreparedFile, title: str, *, face_required: bool
    ) -> str:
        """The address of a face, sent under the job's own name until D-ID is known to show our other markers."""
        async with self._locks.setdefault(file.digest, asyncio.Lock()):
            if url := self._reusable_url(job, file, endpoint):
                self._upload_refs.add_ref(job.id, url)
                return url
            sent = await self._post_picture(job, file, title, face_required=face_required)
            self._remember(job, file, sent)
            self._first_sent_at.setdefault((file.digest, endpoint), self._clock.now())
            return sent.url

    async def send_sound(self, job: Job, file: PreparedFile) -> str:
        """The address of a sound; D-ID renames sounds, so they mark nothing and are always shared."""
        if file.size > MAX_SOUND_BYTES:
            return await self.host_file(job, file, "audio", "A sound of more than 6 MB")
        async with self._locks.setdefault(file.digest, asyncio.Lock()):
            sent = self._shared_files.get(file.digest)
            if sent and self._is_alive(sent):
                self._upload_refs.add_ref(job.id, sent.url)
                return sent.url
            upload = await self._post_file("audios", "audio", _file_name(job, file), file, {})
            self._remember(job, file, upload)
            return upload.url

    async def host_file(self, job: Job, file: PreparedFile, name: str, what: str) -> str:
        """Our own address of a file that D-ID must fetch."""
        if self._host is None:
            raise Refused(f"{what} needs DIDTALK_PUBLIC_URL to be set, because D-ID fetches it from there.", name)
        called = _file_name(job, file) if name == "video" else f"{name}.{_file_ending(file)}"
        return await self._host.host(file.path, called, job.marker)

    def _reusable_url(self, job: Job, file: PreparedFile, endpoint: str) -> str | None:
        """An upload to use again; TryAgain while it is about to be known whether it may be shared."""
        own = self._job_files.get((job.id, file.digest))
        if own and self._is_alive(own):
            return own.url
        sent = self._shared_files.get(file.digest)
        if sent is None or not self._is_alive(sent):
            return None
        shows = self._marker_support.shows_marker(endpoint)
        # A job of this kind that sent it will be seen within seconds; many jobs on one face then need one upload.
        first = self._first_sent_at.get((file.digest, endpoint))
        if shows is None and first is not None and self._clock.now() - first < SHARING_WAIT_SECONDS:
            raise TryAgain("The same picture is just being used by another job.", SHARING_RETRY_SECONDS)
        return sent.url if shows else None

    def remote_path(self, url: str) -> str:
        return self._remote_paths.get(url, "")

    def mark_prepared(self, job: Job) -> None:
        self._upload_refs.release_after_grace(job.id)

    async def delete_file(self, job: Job, url: str, remote_path: str) -> None:
        """Delete a file that was sent for a job, unless another one needs it."""
        if not self._single_process and url not in self._remote_paths:
            return  # the replica that sent it may be sharing it right now; it expires within two days
        self._job_files = {key: each for key, each in self._job_files.items() if each.url != url}
        self._shared_files = {key: each for key, each in self._shared_files.items() if each.url != url}
        if remote_path and await self._upload_refs.is_unused(url, job.id):
            path, _, ident = remote_path.partition("/")
            await self._api.delete(path, ident, allow=(200, 204, 404))
            self._remote_paths.pop(url, None)

    async def delete_job_files(self, job: Job) -> None:
        """Delete the uploads of a job that will not be made; the rest expires within days."""
        for url in [sent.url for (whose, _), sent in self._job_files.items() if whose == job.id]:
            await self._try_delete(job, url)

    async def _try_delete(self, job: Job, url: str) -> None:
        with suppress(Trouble):
            await self.delete_file(job, url, self.remote_path(url))

    def _remember(self, job: Job, file: PreparedFile, upload: DidUpload) -> None:
        sent = SentFile(upload.url, self._clock.now())
        self._upload_refs.add_ref(job.id, upload.url)
        self._job_files[job.id, file.digest] = sent
        self._shared_files[file.digest] = sent
        if self._clock.now() - self._tidied_at > TIDY_INTERVAL_SECONDS:
            self._forget_expired()

    def _forget_expired(self) -> None:
        self._tidied_at = self._clock.now()
        self._job_files = {key: each for key, each in self._job_files.items() if self._is_alive(each)}
        self._shared_files = {key: each for key, each in self._shared_files.items() if self._is_alive(each)}
        good = {each.url for each in (*self._job_files.values(), *self._shared_files.values())}
        self._remote_paths = {url: remote_path for url, remote_path in self._remote_paths.items() if url in good}
        oldest = self._clock.now() - UPLOAD_LIFETIME_SECONDS
        self._first_sent_at = {key: sent_at for key, sent_at in self._first_sent_at.items() if sent_at > oldest}
        self._locks = {key: lock for key, lock in self._locks.items() if lock.locked()}

    def _is_alive(self, sent: SentFile) -> bool:
        return self._clock.now() - sent.sent_at < UPLOAD_LIFETIME_SECONDS

    async def _post_picture(self, job: Job, file: PreparedFile, title: str, *, face_required: bool) -> DidUpload:
        upload = await self._post_file("images", "image", _file_name(job, file), file, {"detect_faces": "true"})
        # Absent means that nobody looked; only an empty list means that there is none.
        if face_required and upload.faces == []:
            await self._try_delete(job, upload.url)
            raise Unusable(f"No face was found in {title}.", "image")
        return upload

    async def _post_file(
        self, path: str, field: str, name: str, file: PreparedFile, fields: dict[str, str]
    ) -> DidUpload:
        # At most 10 MB, and read at once in a thread: the form would be read on the event loop.
        content = await asyncio.to_thread(file.path.read_bytes)
        kind = _CONTENT_TYPES.get(_file_ending(file), "application/octet-stream")
        response = await self._api.upload(path, {field: (name, content, kind)}, fields)
        upload = DidUpload.from_data(response.data)
        if not upload.url:
            raise TryAgain("D-ID did not say where it put the file.")
        if upload.id:
            self._remote_paths[upload.url] = f"{path}/{upload.id}"
        return upload


def _file_ending(file: PreparedFile) -> str:
    return _FILE_ENDINGS.get(file.format, file.format)


def _file_name(job: Job, file: PreparedFile) -> str:
    return f"{job.marker}.{_file_ending(file)}"
