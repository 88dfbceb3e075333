"""Files on their way to D-ID: sent, hosted for it to fetch, or shared with a job that sent the same before."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from adapters.studios.did.client import Wire
from adapters.studios.did.marker_support import Echo
from adapters.studios.did.responses import Uploaded
from adapters.studios.upload_refs import Lent
from bot.errors import Refused, Trouble, TryAgain
from bot.jobs.job import Job
from bot.requests.media import Fitted, Host
from bot.runtime.clock import Clock

GOOD_FOR = 20 * 3600.0  # D-ID keeps uploads for 24 hours at least
SETTLING = 20.0  # how long a job waits to learn whether it may share another's upload
LOOK_AGAIN = 2.0
TIDY = 600.0
SOUND_MOST = 6_000_000  # what POST /audios takes

_ENDINGS = {"jpeg": "jpg"}
_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "mp4": "audio/mp4",
    "wav": "audio/wav",
    "flac": "audio/flac",
}


@dataclass(frozen=True)
class Sent:
    """A file that D-ID has, and since when."""

    url: str
    at: float


class Uploads:
    """Sends files, each no more often than must be."""

    def __init__(
        self, wire: Wire, clock: Clock, host: Host | None, echo: Echo, lent: Lent | None = None, *, alone: bool = True
    ) -> None:
        self._lent = lent or Lent(clock)
        self._alone = alone
        self._ours: dict[str, str] = {}  # the path of each file that this process sent, by its address
        self._wire, self._clock, self._host, self._echo = wire, clock, host, echo
        self._sent: dict[str, Sent] = {}
        self._own: dict[tuple[str, str], Sent] = {}
        self._first: dict[tuple[str, str], float] = {}  # when a kind of job first sent a picture
        self._tidied = clock.now()
        self._locks: dict[str, asyncio.Lock] = {}

    @property
    def hosts(self) -> bool:
        """Whether D-ID can be given an address of ours."""
        return self._host is not None

    async def picture(self, job: Job, where: str, file: Fitted, title: str, *, face: bool) -> str:
        """The address of a face: sent under the job's own name until D-ID is known to show our other marks."""
        async with self._lock(file.digest):
            if held := self._held(job, file, where):
                self._lent.lend(job.id, held)
                return held
            sent = await self._send_picture(job, file, title, face=face)
            self._keep(job, file, sent)
            self._first.setdefault((file.digest, where), self._clock.now())
            return sent.url

    async def sound(self, job: Job, file: Fitted) -> str:
        """The address of a sound; D-ID renames sounds, so they mark nothing and are always shared."""
        if file.size > SOUND_MOST:
            return await self.hosted(job, file, "audio", "A sound of more than 6 MB")
        async with self._lock(file.digest):
            sent = self._sent.get(file.digest)
            if sent and self._good(sent):
                self._lent.lend(job.id, sent.url)
                return sent.url
            told = await self._send("audios", "audio", _name(job, file), file, {})
            self._keep(job, file, told)
            return told.url

    async def hosted(self, job: Job, file: Fitted, name: str, what: str) -> str:
        """An address of ours from which D-ID fetches what it cannot be sent."""
        if self._host is None:
            raise Refused(f"{what} needs DIDTALK_PUBLIC_URL to be set, because D-ID fetches it from there.", name)
        called = _name(job, file) if name == "video" else f"{name}.{_ending(file)}"
        return await self._host.host(file.path, called, job.marker)

    def _held(self, job: Job, file: Fitted, where: str) -> str | None:
        """What was sent before and may be used; TryAgain while that is about to be known."""
        own = self._own.get((job.id, file.digest))
        if own and self._good(own):
            return own.url
        sent = self._sent.get(file.digest)
        if sent is None or not self._good(sent):
            return None
        shows = self._echo.shows(where)
        # A job of this kind that sent it will be seen within seconds; many jobs on one face then need one upload.
        first = self._first.get((file.digest, where))
        if shows is None and first is not None and self._clock.now() - first < SETTLING:
            raise TryAgain("The same picture is just being used by another job.", LOOK_AGAIN)
        return sent.url if shows else None

    def where(self, url: str) -> str:
        """The path of a file of ours at D-ID, by its address."""
        return self._ours.get(url, "")

    def prepared(self, job: Job) -> None:
        """A job has all its files, or will not be made with them."""
        self._lent.prepared(job.id)

    async def drop(self, job: Job, url: str, where: str) -> None:
        """Delete a file that was sent for a job, unless another one needs it."""
        if not self._alone and url not in self._ours:
            return  # whoever sent it may be giving it to another job this moment; it dies within two days
        self._own = {key: each for key, each in self._own.items() if each.url != url}
        self._sent = {key: each for key, each in self._sent.items() if each.url != url}
        if where and await self._lent.free(url, job.id):
            path, _, ident = where.partition("/")
            await self._wire.delete(path, ident, allow=(200, 204, 404))
            self._ours.pop(url, None)

    async def abandon(self, job: Job) -> None:
        """Delete what was sent for a job that will not be made; what is left dies there within days."""
        for url in [sent.url for (whose, _), sent in self._own.items() if whose == job.id]:
            await self._let_go(job, url)

    async def _let_go(self, job: Job, url: str) -> None:
        with suppress(Trouble):
            await self.drop(job, url, self.where(url))

    def _keep(self, job: Job, file: Fitted, told: Uploaded) -> None:
        sent = Sent(told.url, self._clock.now())
        self._lent.lend(job.id, told.url)
        self._own[job.id, file.digest] = sent
        self._sent[file.digest] = sent
        if self._clock.now() - self._tidied > TIDY:
            self._tidy()

    def _tidy(self) -> None:
        """Forget what D-ID has forgotten."""
        self._tidied = self._clock.now()
        self._own = {key: each for key, each in self._own.items() if self._good(each)}
        self._sent = {key: each for key, each in self._sent.items() if self._good(each)}
        good = {each.url for each in (*self._own.values(), *self._sent.values())}
        self._ours = {url: where for url, where in self._ours.items() if url in good}
        self._first = {key: at for key, at in self._first.items() if self._clock.now() - at < GOOD_FOR}
        self._locks = {key: lock for key, lock in self._locks.items() if lock.locked()}

    def _good(self, sent: Sent) -> bool:
        return self._clock.now() - sent.at < GOOD_FOR

    def _lock(self, digest: str) -> asyncio.Lock:
        return self._locks.setdefault(digest, asyncio.Lock())

    async def _send_picture(self, job: Job, file: Fitted, title: str, *, face: bool) -> Uploaded:
        told = await self._send("images", "image", _name(job, file), file, {"detect_faces": "true"})
        # Absent means that nobody looked; only an empty list means that there is none.
        if face and told.faces == []:
            await self._let_go(job, told.url)
            raise Refused(f"There is no face to be found in {title}.", "image")
        return told

    async def _send(self, path: str, field: str, name: str, file: Fitted, fields: dict[str, str]) -> Uploaded:
        # At most 10 MB, and read at once in a thread: the form would be read on the event loop.
        content = await asyncio.to_thread(file.path.read_bytes)
        kind = _TYPES.get(_ending(file), "application/octet-stream")
        reply = await self._wire.upload(path, {field: (name, content, kind)}, fields)
        told = Uploaded.of(reply.data)
        if not told.url:
            raise TryAgain("D-ID did not say where it put the file.")
        if told.id:
            self._ours[told.url] = f"{path}/{told.id}"
        return told


def _ending(file: Fitted) -> str:
    return _ENDINGS.get(file.format, file.format)


def _name(job: Job, file: Fitted) -> str:
    return f"{job.marker}.{_ending(file)}"
