"""How many project files four walks enter: `python -m bench.walks`. Exits 1 when a walk enters too many.

A profile hook notes every file of `bot/`, `adapters/` and `storage/` in which a function is called. Each walk is taken
several times in the whole app. The first time does not count, as everything is looked up for the first time; of the
others the shortest does, as another task may run in between. Slack and the studio are stand-ins.
"""

import asyncio
import os
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import structlog
from pydantic import SecretStr

from adapters.chats.slack.chat import Slack
from adapters.studios.did.studio import DidStudio
from bot.app import App, open_app
from bot.commands.parser import parse_command
from bot.jobs.job import Asker, Job, JobFilter, Place, Stage
from bot.requests.base import parse_values
from bot.settings import Settings, SlackSettings
from tests.fakes.clock import AutoAdvanceClock, FastClock
from tests.fakes.http_server import serve_app
from tests.fakes.slack.server import TOKEN, SlackServer
from tests.fakes.slack.user import SIGNING_SECRET, FakeSlackUser
from tests.fakes.studio import FakeStudio

ROOT = f"{Path(__file__).parents[1]}{os.sep}"
PROJECT_FOLDERS = tuple(f"{ROOT}{folder}{os.sep}" for folder in ("bot", "adapters", "storage"))
# Tasks of these files work by themselves, now and then.
BACKGROUND_FILES = ("/bot/notices/", "/bot/worker/clock_shift", "/bot/worker/retention", "/bot/worker/deletion",
                    "/storage/file_shelf", "/bot/runtime/")  # fmt: skip
# Tasks that still answer the command while the engine already claims its job.
INCOMING_FILES = ("/adapters/chats/", "/uvicorn/")
REPEATS = 4
WALK_TIMEOUT_SECONDS = 10.0
SETTLE_SECONDS = 0.7  # until a walk has ended for everybody who takes part in it
OPTION_COMMAND = "/didtalk Welcome aboard! --pad 1.5"


@dataclass(frozen=True)
class Point:
    """A function at whose call a walk begins or ends."""

    file: str
    function: str


ADD_JOB = Point("storage/tables/jobs.py", "add")
CLAIM_JOBS = Point("storage/tables/jobs.py", "claim")


class FileRecorder:
    """Notes project files in the order in which they are entered, between two points."""

    def __init__(self) -> None:
        self.files: dict[str, None] = {}
        self.recording = False
        self._begin: Point | None = None
        self._end: Point | None = None
        self._left_out: tuple[str, ...] = ()

    def start(self, *, begin: Point | None = None, end: Point | None = None, left_out: tuple[str, ...] = ()) -> None:
        """Note files from now, or from the first call of `begin`, to the first call of `end`."""
        self.files = {}
        self._begin, self._end, self._left_out = begin, end, left_out
        self.recording = True

    def stop(self) -> list[str]:
        """The files that were entered."""
        self.recording = False
        return list(self.files)

    def on_profile_event(self, frame: FrameType, event: str, _: Any) -> None:
        """The hook that is set for every thread."""
        code = frame.f_code
        if not self.recording or event != "call" or not code.co_filename.startswith(PROJECT_FOLDERS):
            return
        if code.co_name == "<module>" or _in_task_of(self._left_out):
            return
        point = Point(code.co_filename.removeprefix(ROOT), code.co_name)
        if self._begin in (None, point):
            self._begin = None
            self.files[point.file] = None
        if self._begin is None and self._end == point:
            self.recording = False


def _in_task_of(files: tuple[str, ...]) -> bool:
    """Whether the current task runs a coroutine of one of these files."""
    try:
        task = asyncio.current_task()
    except RuntimeError:  # a thread without a loop
        return False
    code = getattr(task.get_coro(), "cr_code", None) if task else None
    return bool(code and any(file in code.co_filename for file in files))


@asynccontextmanager
async def slack_app(folder: Path, *, engine: bool) -> AsyncIterator[tuple[App, FakeSlackUser, SlackServer]]:
    """The whole app beside an invented Slack, and somebody who uses it."""
    clock = FastClock()
    async with SlackServer().running() as slack:
        chat = Slack(
            SlackSettings(
                signing_secret=SecretStr(SIGNING_SECRET), bot_token=SecretStr(TOKEN), api_url=f"{slack.url}/api"
            )
        )
        settings = Settings(_env_file=None, data_dir=str(folder))
        async with (
            open_app(settings, chats=[chat], clock=clock, studios={"did": FakeStudio()}) as app,
            serve_app(app.web) as (_, url),
        ):
            if not engine:
                app.engine.stop()
            user = FakeSlackUser(slack, url, clock.now)
            async with user.client:
                await _wait_until(lambda: bool(slack.calls_of("auth.test")))
                yield app, user, slack


async def command_to_insert(recorder: FileRecorder, folder: Path) -> list[str]:
    """A typed slash command, to the store's `add`."""
    async with slack_app(folder, engine=False) as (_, user, _):
        walks = []
        for _ in range(REPEATS):
            recorder.start(end=ADD_JOB, left_out=BACKGROUND_FILES)
            await user.run_command("Hello there")
            walks.append(recorder.stop())
            await asyncio.sleep(SETTLE_SECONDS)
    return _shortest(walks)


async def claim_to_delivered(recorder: FileRecorder, folder: Path) -> list[str]:
    """A job that was asked for in Slack, from the claim until its video is posted and said to be."""
    async with slack_app(folder, engine=True) as (app, user, _):
        walks = []
        for count in range(1, REPEATS + 1):
            recorder.start(begin=CLAIM_JOBS, left_out=(*BACKGROUND_FILES, *INCOMING_FILES))
            await user.run_command(f"Hello there, for the {count}. time")
            await _wait_for_jobs(app, count, Stage.DELIVERED)
            walks.append(recorder.stop())
            await asyncio.sleep(SETTLE_SECONDS)
    return _shortest(walks)


async def option_to_body(recorder: FileRecorder, folder: Path) -> list[str]:
    """A typed option, until D-ID gets a body with it."""
    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        recorder.stop()
        bodies.append(request.content)
        return httpx.Response(201, json={"id": "tlk_invented", "status": "created"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        clock = AutoAdvanceClock()
        studio = DidStudio("invented:key", http=client, clock=clock, cache_folder=folder, host=None,
                           webhook_url_for=lambda job: None)  # fmt: skip
        walks = []
        for _ in range(REPEATS):
            recorder.start()
            typed = parse_command(OPTION_COMMAND)
            assert typed.verb.request is not None  # noqa: S101 - the verb makes something
            request = parse_values(typed.verb.request, typed.values)
            studio.check(request)
            asker, place = Asker(platform="slack", user="U1"), Place(platform="slack", channel="C1")
            job = Job(id="1", group="1", request=request, studio="did", asker=asker, place=place, asked_at=clock.now())
            await studio.submit(
                job.to_stage(Stage.SUBMITTING, clock.now(), uploads={"image": "s3://invented/face.png"})
            )
            walks.append(recorder.stop())
    if b"1.5" not in bodies[-1]:
        raise RuntimeError("the option is not in the body")
    return _shortest(walks)


async def reaction_to_insert(recorder: FileRecorder, folder: Path) -> list[str]:
    """A reaction to a message, to the store's `add`."""
    async with slack_app(folder, engine=False) as (app, user, slack):
        walks = []
        for count in range(1, REPEATS + 1):
            message = slack.post_message("C1", f"Hello world, for the {count}. time")
            recorder.start(end=ADD_JOB, left_out=BACKGROUND_FILES)
            await user.add_reaction("C1", message["ts"], "clapper")
            await _wait_for_jobs(app, count)
            walks.append(recorder.stop())
            await asyncio.sleep(SETTLE_SECONDS)
    return _shortest(walks)


WALKS: dict[str, tuple[Callable[[FileRecorder, Path], Any], int]] = {
    "Slack command to the insert": (command_to_insert, 18),
    "claim to delivered": (claim_to_delivered, 25),
    "option to D-ID's body": (option_to_body, 22),
    "reaction to the insert": (reaction_to_insert, 28),
}


def _shortest(walks: list[list[str]]) -> list[str]:
    return min(walks[1:], key=len)


async def _wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WALK_TIMEOUT_SECONDS):
        while not condition():  # noqa: ASYNC110 - a real server, which sets no event of ours
            await asyncio.sleep(0.02)


async def _wait_for_jobs(app: App, count: int, stage: Stage | None = None) -> None:
    async with asyncio.timeout(WALK_TIMEOUT_SECONDS):
        while True:
            jobs = await app.jobs.list_jobs(JobFilter())
            if sum(stage in (None, job.stage) for job in jobs) >= count:
                return
            await asyncio.sleep(0.05)


async def main(recorder: FileRecorder) -> int:
    """Print each walk with its files; how many enter too many."""
    missed = 0
    for name, (walk, target) in WALKS.items():
        with tempfile.TemporaryDirectory() as folder:
            files = await walk(recorder, Path(folder))
        missed += len(files) > target
        lines = [f"{name}: {len(files)} files (target {target})", *(f"  {file}" for file in files)]
        sys.stdout.write("\n".join(lines) + "\n\n")
    return missed


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    hook = FileRecorder()
    sys.setprofile(hook.on_profile_event)
    threading.setprofile(hook.on_profile_event)
    raise SystemExit(min(1, asyncio.run(main(hook))))
