"""Where `didtalk ask` has its video made: in this process, or in one that already runs in the same data folder."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import httpx

from adapters.chats.terminal_api import (
    COMMANDS_PATH,
    FILES_PATH,
    JOBS_PATH,
    MAX_FILE_BYTES,
    MAX_JOBS_PER_COMMAND,
    TERMINAL_ASKER,
    ServedTerminal,
)
from bot.app import App
from bot.errors import Broken, Refused
from bot.jobs.job import Job, JobFilter, Place, new_id
from bot.requests.media import Media
from bot.runtime.shield import open_file
from bot.wording.cards import Button, Card, DeskReply, job_card
from storage.file_shelf import replace_durably

ShowCard = Callable[[Job, Card], None]
ADDRESS_FILE_NAME = "running.json"
RESTART_TIMEOUT_SECONDS = 30.0  # the demo can be restarted from its page while a command waits


class AskBackend(Protocol):
    """What `didtalk ask` needs of the process that makes the video."""

    data_folder: Path
    studio_hosts: str

    async def store_file(self, path: Path) -> str: ...

    async def run_command(self, out: Path, text: str, media: Sequence[Media], idempotency_key: str) -> DeskReply: ...

    async def get_jobs(self, ids: Sequence[str]) -> list[Job]: ...

    async def jobs_of_key(self, idempotency_key: str) -> list[Job]: ...

    async def unfinished_jobs(self) -> list[Job]: ...

    def show_progress(self, job: Job, show_card: ShowCard) -> None: ...


class OwnProcess:
    """This process does the work."""

    def __init__(self, app: App) -> None:
        self.data_folder, self.studio_hosts = app.data_folder, app.studio_hosts
        self._app = app

    async def store_file(self, path: Path) -> str:
        return await self._app.shelf.store(_read_chunks(path), path.name, MAX_FILE_BYTES)

    async def run_command(self, out: Path, text: str, media: Sequence[Media], idempotency_key: str) -> DeskReply:
        place = Place(platform="terminal", channel=str(out), private=True)
        return await self._app.desk.run_command(TERMINAL_ASKER, place, text, media, idempotency_key)

    async def get_jobs(self, ids: Sequence[str]) -> list[Job]:
        return [job for each in ids if (job := await self._app.jobs.get(each))]

    async def jobs_of_key(self, idempotency_key: str) -> list[Job]:
        wanted = JobFilter(platform="terminal", idempotency_key=idempotency_key, limit=MAX_JOBS_PER_COMMAND)
        return await self._app.jobs.list_jobs(wanted)

    async def unfinished_jobs(self) -> list[Job]:
        return await self._app.jobs.list_jobs(JobFilter(platform="terminal", ended=False, limit=100))

    def show_progress(self, job: Job, show_card: ShowCard) -> None:
        """Nothing: the terminal chat of this process shows its cards as they come."""


class RunningProcess:
    """A didtalk that runs in the same data folder does the work."""

    def __init__(self, data_folder: Path, studio_hosts: str, client: httpx.AsyncClient) -> None:
        self.data_folder, self.studio_hosts = data_folder, studio_hosts
        self._client = client
        self._shown: dict[str, str] = {}

    async def store_file(self, path: Path) -> str:
        answer = await self._call("POST", FILES_PATH, path=path, params={"name": path.name})
        return str(answer["key"])

    async def run_command(self, out: Path, text: str, media: Sequence[Media], idempotency_key: str) -> DeskReply:
        sent = [each.model_dump(mode="json") for each in media]
        body = {"out": str(out), "text": text, "media": sent, "idempotency_key": idempotency_key}
        answer = await self._call("POST", COMMANDS_PATH, json=body)
        buttons = tuple(Button(**each) for each in answer["buttons"])
        card = Card(title=answer["title"], lines=tuple(answer["lines"]), buttons=buttons)
        return DeskReply(card, tuple(Job.model_validate(each) for each in answer["jobs"]), answer["private"])

    async def get_jobs(self, ids: Sequence[str]) -> list[Job]:
        return await self._list_jobs({"id": list(ids)})

    async def jobs_of_key(self, idempotency_key: str) -> list[Job]:
        return await self._list_jobs({"idempotency_key": idempotency_key})

    async def unfinished_jobs(self) -> list[Job]:
        return await self._list_jobs({})

    def show_progress(self, job: Job, show_card: ShowCard) -> None:
        card = job_card(job, time.time())
        if self._shown.get(job.id) != card.text:
            self._shown[job.id] = card.text
            show_card(job, card)

    async def _list_jobs(self, params: dict[str, Any]) -> list[Job]:
        return [Job.model_validate(each) for each in await self._call("GET", JOBS_PATH, params=params)]

    async def _call(self, method: str, address: str, path: Path | None = None, **parts: Any) -> Any:
        """Repeated while the other process restarts: a command carries its idempotency key."""
        deadline = time.monotonic() + RESTART_TIMEOUT_SECONDS
        while True:
            content = _read_chunks(path) if path else None
            with suppress(httpx.TransportError):
                response = await self._client.request(method, address, content=content, **parts)
                if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return _answer_of(response)
            if time.monotonic() > deadline:
                raise Broken("The running didtalk no longer answers. Nothing is lost; run the command again.")
            await asyncio.sleep(0.5)


def _answer_of(response: httpx.Response) -> Any:
    answer = response.json()
    if response.is_success:
        return answer
    raise (Refused if answer.get("refused") else Broken)(str(answer.get("error", "The running didtalk refused.")))


@asynccontextmanager
async def running_process(data_folder: Path) -> AsyncIterator[RunningProcess | None]:
    """The didtalk that runs in this data folder, if there is one that answers."""
    try:
        known = json.loads(await asyncio.to_thread((data_folder / ADDRESS_FILE_NAME).read_text))
    except (OSError, ValueError):
        yield None
        return
    headers = {"Authorization": f"Bearer {known['token']}"}
    async with httpx.AsyncClient(base_url=known["url"], headers=headers, timeout=60, trust_env=False) as client:
        yield RunningProcess(data_folder, known["studio_hosts"], client) if await _answers(client) else None


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        response = await client.get(JOBS_PATH, params={"id": "none"}, timeout=5)
    except httpx.HTTPError:
        return False
    return response.status_code in (httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE)


@contextmanager
def announced_address(app: App, url: str, terminal: ServedTerminal) -> Iterator[None]:
    """While inside, `didtalk ask` in the same data folder finds this process."""
    file = app.data_folder / ADDRESS_FILE_NAME
    known = {"url": url, "token": terminal.token, "studio_hosts": app.studio_hosts}
    part = file.with_name(f".{file.name}.{new_id()}")
    part.touch(mode=0o600)
    part.write_text(json.dumps(known))
    replace_durably(part, file)
    try:
        yield
    finally:
        with suppress(OSError, ValueError):
            if json.loads(file.read_text())["token"] == terminal.token:
                file.unlink()


async def _read_chunks(path: Path) -> AsyncIterator[bytes]:
    async with open_file(path, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, 1 << 20):
            yield chunk
