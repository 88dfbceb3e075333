"""`didtalk ask`: from one typed line to the finished file, for people and for scripts.

Killed at any moment and started again with the same words, it continues with the same jobs: the line's idempotency key
is in a file, and jobs that were added under that key are continued whatever the desk would answer today. The file is
deleted last, when the result has been shown and everything is closed; only the end of the process follows. A script
that cannot know how its call ended gives the key itself; then there is no file.
"""

import asyncio
import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from adapters.chats.terminal import Terminal, copy_delivery, delivered_captions
from adapters.media.sniff import sniff_file
from bot.app import open_app
from bot.cli.ask_backend import AskBackend, OwnProcess, running_process
from bot.errors import Broken, Refused
from bot.jobs.job import Job, Stage, new_id
from bot.requests.media import Media, MediaKind
from bot.settings import Settings
from bot.wiring.persistence import data_folder_of
from bot.wording.cards import Card, provenance, request_title
from storage.file_shelf import replace_durably, safe_file_ending

OPTION_KINDS = {"image": MediaKind.PICTURE, "audio": MediaKind.SOUND, "video": MediaKind.VIDEO}
LEFTOVERS_TIMEOUT_SECONDS = 15.0  # for jobs of earlier runs; `didtalk run` finishes the others
ASSUMED_RENDER_SECONDS = 60.0  # while nothing is known of others like it
EXIT_TEMPORARY_FAILURE = 75  # EX_TEMPFAIL of sysexits.h


@dataclass(frozen=True)
class AskInput:
    """What was typed: the words, the files, where the result goes."""

    text: str
    files: Sequence[tuple[str, Path]]  # with the option of each
    out: Path | None
    timeout_seconds: float
    idempotency_key: str  # given by a script, else empty


class AskScreen:
    """What people see: progress and sentences on the terminal; or, for scripts, only JSON."""

    def __init__(self, as_json: bool) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._as_json = as_json
        self._progress: Progress | None = None
        self._tasks: dict[str, Any] = {}
        self._cards: dict[str, Card] = {}

    @contextmanager
    def progress(self) -> Iterator[None]:
        """Draw bars while inside; where there is no terminal, print each new card as a line."""
        if self._as_json or not self._console.is_terminal:
            yield
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(30), TimeElapsedColumn())
        with Progress(*columns, console=self._console, transient=True) as self._progress:
            yield
        self._progress = None

    def show_card(self, job: Job, card: Card) -> None:
        if self._as_json or card.tone in ("good", "bad"):  # how it ended is reported at the end
            return
        self._cards[job.id] = card
        if self._progress is None:
            self.print_line(" ".join(card.lines))
        elif job.id not in self._tasks:
            self._tasks[job.id] = self._progress.add_task(card.lines[0], total=100)

    def update_bars(self) -> None:
        for job, task in self._tasks.items():
            card = self._cards[job]
            if self._progress:
                done = _progress_fraction(card) * 100
                self._progress.update(task, description=" ".join(card.lines)[:100], completed=done)

    def print_line(self, words: str, style: str = "") -> None:
        """A line for a person."""
        if not self._as_json:
            self._console.print(words, style=style, markup=False)

    def print_answer(self, card: Card) -> None:
        # A terminal has no buttons to press.
        ways = [
            f"{each.label}: /did delete {each.target} yes" for each in card.buttons if each.action == "confirm_delete"
        ]
        self._print_output({"title": card.title, "lines": (*card.lines, *ways)}, "\n".join((card.text, *ways)))

    def print_result(self, job: Job, studio_hosts: str) -> None:
        if self._as_json or job.stage is Stage.DELIVERED:
            self._print_output(_result_json(job, studio_hosts), _result_text(job))
        else:
            self.print_line(_result_text(job), "red")

    def print_gave_up(self, job: Job) -> None:
        why = job.trouble or "The studio has not said yet whether it took the job."
        sentence = f"{why} Nothing is lost: ask the same again, or start `didtalk run`, and it goes on."
        if self._as_json:
            self._print_output({"error": sentence, "job": job.id})
        else:
            self.print_line(sentence, "red")

    def _print_output(self, facts: Mapping[str, Any], text: str = "") -> None:
        """To standard output, which is for results only."""
        print(json.dumps(facts, ensure_ascii=False) if self._as_json else text)  # noqa: T201


async def ask_and_wait(
    settings: Settings, line: AskInput, as_json: bool, at_exit: list[Callable[[], None]], **parts: Any
) -> int:
    """The exit code; what must be done last is added to `at_exit`. Parts go to `open_app`."""
    screen = AskScreen(as_json)
    await asyncio.to_thread(_check_files, line.files)
    async with running_process(data_folder_of(settings)) as running:
        if running:
            return await AskSession(running, line, screen, at_exit).run()
    failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_broken(error: Broken) -> None:
        if not failure.done():
            failure.set_exception(error)

    async with open_app(settings, chats=[Terminal(screen.show_card)], on_broken=on_broken, **parts) as app:
        asking = asyncio.ensure_future(AskSession(OwnProcess(app), line, screen, at_exit).run())
        try:
            await asyncio.wait((asking, failure), return_when=asyncio.FIRST_COMPLETED)
            if failure.done():
                failure.result()
            return await asking
        finally:
            asking.cancel()
            failure.cancel()


class AskSession:
    """One line, asked of whichever process makes its videos."""

    def __init__(
        self,
        backend: AskBackend,
        line: AskInput,
        screen: AskScreen,
        at_exit: list[Callable[[], None]],
    ) -> None:
        self._backend = backend
        self._line = line
        self._screen = screen
        self._at_exit = at_exit

    async def run(self) -> int:
        in_sandbox = self._backend.studio_hosts == "sandbox"
        self._screen.print_line(
            "Made in the sandbox: no key is set, nothing is spent."
            if in_sandbox
            else f"Made at {self._backend.studio_hosts}."
        )
        key, delete_key_file = await self._find_key()
        try:
            # Jobs of an earlier run first: the desk might refuse by now.
            jobs = await self._backend.jobs_of_key(key)
            own = [job.id for job in sorted(jobs, key=lambda job: job.index)] or await self._start_jobs(key)
        except Refused:
            self._at_exit.append(delete_key_file)
            raise
        given_up, delivered = None, True
        if own:
            with self._screen.progress():
                ended, given_up = await self._wait_for_jobs(own, self._line.timeout_seconds)
            ended.sort(key=lambda job: job.index)
            for job in await asyncio.to_thread(self._bring_to_target, ended):
                self._screen.print_result(job, self._backend.studio_hosts)
            delivered = all(job.stage is Stage.DELIVERED for job in ended)
            with suppress(TimeoutError):
                async with asyncio.timeout(LEFTOVERS_TIMEOUT_SECONDS):
                    await self._finish_leftovers(own)
        if given_up:
            self._screen.print_gave_up(given_up)
            return EXIT_TEMPORARY_FAILURE
        self._at_exit.append(delete_key_file)
        return 0 if delivered else 1

    def _bring_to_target(self, jobs: Sequence[Job]) -> list[Job]:
        """The jobs, their files copied to where this call wants them: an earlier one may have said another."""
        if not self._line.out or not self._line.idempotency_key:
            return list(jobs)
        return [copy_delivery(job, self._line.out) for job in jobs]

    async def _find_key(self) -> tuple[str, Callable[[], None]]:
        """The idempotency key of this line, and what deletes the file it is in."""
        if self._line.idempotency_key:
            return f"terminal:once:{self._line.idempotency_key}", lambda: None
        digest = await asyncio.to_thread(_line_digest, self._line)
        key_file = self._backend.data_folder / "asks" / digest
        return await asyncio.to_thread(_saved_key, key_file), partial(key_file.unlink, missing_ok=True)

    async def _start_jobs(self, idempotency_key: str) -> list[str]:
        """The jobs that this line becomes; none if it only asks for information, which is printed."""
        media = []
        for option, path in self._line.files:
            kind = OPTION_KINDS.get(option) or await asyncio.to_thread(_kind_of, path)
            # Stored at once, whatever becomes of the original.
            media.append(Media(kind=kind, address=f"shelf:{await self._backend.store_file(path)}", name=path.name))
        out = self._line.out or Path.cwd()
        if await asyncio.to_thread(out.is_dir):
            out /= f"didtalk-{safe_file_ending(idempotency_key)[-6:]}"
        answer = await self._backend.run_command(out.absolute(), self._line.text, media, idempotency_key)
        if not answer.jobs or answer.private:  # a question, or a command about an earlier job
            self._screen.print_answer(answer.card)
            return []
        if answer.jobs[0].request.kind == "storyboard":
            plan = [line for line in answer.card.lines if line[:5] == "Plan:" or line[:1].isdigit()]
            self._screen.print_line("\n".join(plan))
        return [job.id for job in answer.jobs]

    async def _wait_for_jobs(self, ids: Sequence[str], timeout_seconds: float) -> tuple[list[Job], Job | None]:
        """The jobs that ended and were announced; and one that is stuck, if its studio is away for too long."""
        waiting, ended = list(ids), list[Job]()
        stuck_since: float | None = None
        while waiting:
            jobs = await self._backend.get_jobs(waiting)
            ended += [job for job in jobs if job.ended and job.asker_notified]
            waiting = [job.id for job in jobs if not (job.ended and job.asker_notified)]
            stuck = next((job for job in jobs if _is_stuck(job)), None)
            stuck_since = (stuck_since or time.monotonic()) if stuck else None
            if stuck and stuck_since and time.monotonic() - stuck_since > timeout_seconds:
                return ended, stuck
            for job in jobs:
                self._backend.show_progress(job, self._screen.show_card)
            self._screen.update_bars()
            await asyncio.sleep(0.1)
        return ended, None

    async def _finish_leftovers(self, own: Sequence[str]) -> None:
        """Let jobs of earlier runs end too, unless they are stuck."""
        others = [job.id for job in await self._backend.unfinished_jobs() if job.id not in own and not _is_stuck(job)]
        ended, _ = await self._wait_for_jobs(others, LEFTOVERS_TIMEOUT_SECONDS)
        for job in ended:
            self._screen.print_line(f"An earlier one is done too: {_result_text(job)}")


def _kind_of(path: Path) -> MediaKind:
    file_type = sniff_file(path)
    return file_type.kind if file_type else MediaKind.TEXT


def _is_stuck(job: Job) -> bool:
    """Its studio is away, or has not said yet whether it took the job."""
    return bool(job.trouble or job.doubtful_at)


def _saved_key(key_file: Path) -> str:
    """The key in the file, if an earlier run has not shown its result yet; else a new one."""
    with suppress(FileNotFoundError):
        return key_file.read_text()
    key = f"terminal:{key_file.name[:16]}:{new_id()}"
    key_file.parent.mkdir(exist_ok=True)
    part = key_file.with_suffix(".part")
    part.write_text(key)
    replace_durably(part, key_file)
    return key


def _result_text(job: Job) -> str:
    if job.stage is not Stage.DELIVERED:
        return f"{request_title(job.request)}\n{job.reason or 'Cancelled.'}"
    length = f" ({job.stored_video.seconds:.1f} s)" if job.stored_video and job.stored_video.seconds else ""
    captions = delivered_captions(job)
    return "\n".join((f"{job.video_message}{length}", *([captions] if captions else []), provenance(job), *job.notes))


def _result_json(job: Job, studio_hosts: str) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "job": job.id,
        "request": job.request.kind,
        "studio": job.studio,
        "made_at": studio_hosts,
        "ticket": job.ticket,
        "seconds": job.stored_video.seconds if job.stored_video else None,
        "file": job.video_message,
        "captions": delivered_captions(job),
    }
    if job.stage is not Stage.DELIVERED:
        facts["error"] = job.reason or "Cancelled."
    if job.notes:
        facts["notes"] = list(job.notes)
    return facts


def _progress_fraction(card: Card) -> float:
    """Ever slower towards the end, so that a bar never stands there full."""
    if not card.started_at:
        return card.progress or (0.3 if card.tone == "busy" else 1.0)
    usual = max(1.0, card.expected_at - card.started_at) if card.expected_at else ASSUMED_RENDER_SECONDS
    return 0.2 + 0.75 * (1 - math.exp(-1.5 * max(0.0, time.time() - card.started_at) / usual))


def _check_files(files: Sequence[tuple[str, Path]]) -> None:
    for option, path in files:
        if not path.is_file():
            raise Refused(f"There is no file {path} (--{option}).", option)


def _line_digest(line: AskInput) -> str:
    """The same words, files and target are the same line."""
    digest = hashlib.sha256(f"{line.text}\n{line.out and line.out.absolute()}".encode())
    for option, path in line.files:
        with path.open("rb") as file:
            digest.update(f"\n{option}:{hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
    return digest.hexdigest()
