"""`didtalk ask`: the whole path for one line, from desk to file, for people and for scripts.

Killed at any moment and started again with the same words, it goes on with the same job: the line is noted in a file
with a key of its own, and what was already taken on under that key is gone on with, whatever the desk would say to it
today. The file goes last of all, when the result has been shown and everything is put down; after it comes nothing but
the end of the process. A script that cannot know how its call ended gives the key itself: then there is no file.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from adapters.chats.terminal import Terminal
from bot.app import open_app
from bot.cli.ask_backend import AskBackend, OwnProcess, running_process
from bot.errors import Broken, Refused
from bot.jobs.job import Job, Stage, new_id
from bot.requests.media import Media, MediaKind
from bot.settings import Settings
from bot.wiring.persistence import data_folder_of
from bot.wording.cards import Card
from bot.wording.titles import provenance, request_title
from storage.file_shelf import replace_durably, safe_file_ending

OPTION_KINDS = {"image": MediaKind.PICTURE, "audio": MediaKind.SOUND, "video": MediaKind.VIDEO, "file": MediaKind.TEXT}
LEFTOVERS_TIMEOUT_SECONDS = 15.0  # seconds for what earlier runs left behind; `didtalk run` has all the time
EXIT_TEMPORARY_FAILURE = 75  # the shell's "temporary failure, try again"


@dataclass(frozen=True)
class AskInput:
    """What was typed: the words, the files, where the result goes."""

    text: str
    files: Mapping[str, Path | None]
    out: Path | None
    timeout_seconds: float = 60.0
    idempotency_key: str = ""  # a name by which whoever asks knows the job again


class AskScreen:
    """What the person at the terminal sees."""

    def __init__(self, quiet: bool) -> None:
        self.console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._quiet = quiet
        self._progress: Progress | None = None
        self._tasks: dict[str, Any] = {}
        self._cards: dict[str, Card] = {}

    @contextmanager
    def open(self) -> Any:
        """Draw a bar while inside, on a terminal; elsewhere say each new thing in a line."""
        if self._quiet or not self.console.is_terminal:
            yield self
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(30), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True) as self._progress:
            yield self
        self._progress = None

    def show_card(self, job: Job, card: Card) -> None:
        """A job has something new to say."""
        if self._quiet or card.tone in ("good", "bad"):  # how it ended is reported at the end
            return
        self._cards[job.id] = card
        if self._progress is None:
            self.console.print(" ".join(card.lines), markup=False)
        elif job.id not in self._tasks:
            self._tasks[job.id] = self._progress.add_task(card.lines[0], total=100)

    def update_bars(self) -> None:
        """Time passes: move the bars."""
        for job, task in self._tasks.items():
            card = self._cards[job]
            if self._progress:
                done = _progress_fraction(card) * 100
                self._progress.update(task, description=" ".join(card.lines)[:100], completed=done)

    def print_line(self, words: str, style: str = "") -> None:
        """A line for the person."""
        if not self._quiet:
            self.console.print(words, style=style, markup=False)


async def ask_and_wait(
    settings: Settings, line: AskInput, as_json: bool, at_exit: list[Callable[[], None]], **parts: Any
) -> int:
    """Ask, wait and hand over; the exit code, and what is to be done last. Parts go to `open_app`."""
    screen = AskScreen(quiet=as_json)
    files = await asyncio.to_thread(_check_files, line.files)
    async with running_process(data_folder_of(settings)) as running:
        if running:
            _print_where(running, screen)
            return await _ask_line(running, line, files, screen, as_json, at_exit)
    return await _ask_here(settings, line, files, screen, as_json, at_exit, **parts)


async def _ask_here(
    settings: Settings,
    line: AskInput,
    files: Mapping[str, Path],
    screen: AskScreen,
    as_json: bool,
    at_exit: list[Callable[[], None]],
    **parts: Any,
) -> int:
    failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def broken(error: Broken) -> None:
        if not failure.done():
            failure.set_exception(error)

    async with open_app(settings, chats=[Terminal(screen.show_card)], on_broken=broken, **parts) as app:
        backend = OwnProcess(app)
        _print_where(backend, screen)
        asking = asyncio.ensure_future(_ask_line(backend, line, files, screen, as_json, at_exit))
        try:
            await asyncio.wait((asking, failure), return_when=asyncio.FIRST_COMPLETED)
            if failure.done():
                failure.result()
            return await asking
        finally:
            asking.cancel()
            failure.cancel()


def _print_where(backend: AskBackend, screen: AskScreen) -> None:
    screen.print_line(
        "Made in the sandbox: no key is set, nothing is spent."
        if backend.studio_hosts == "sandbox"
        else f"Made at {backend.studio_hosts}."
    )


async def _ask_line(
    backend: AskBackend,
    line: AskInput,
    files: Mapping[str, Path],
    screen: AskScreen,
    as_json: bool,
    at_exit: list[Callable[[], None]],
) -> int:
    key_file = (
        None
        if line.idempotency_key
        else backend.data_folder / "asks" / await asyncio.to_thread(_line_digest, line, files)
    )
    idempotency_key = (
        await asyncio.to_thread(_saved_key, key_file) if key_file else f"terminal:once:{line.idempotency_key}"
    )
    delete_key_file = partial(key_file.unlink, missing_ok=True) if key_file else lambda: None
    try:
        mine = await _resume_jobs(backend, idempotency_key) or await _start_jobs(
            backend, line, files, idempotency_key, screen, as_json
        )
    except Refused:
        at_exit.append(delete_key_file)
        raise
    if not mine:
        at_exit.append(delete_key_file)
        return 0
    with screen.open():
        ended, given_up = await _wait_for_jobs(backend, mine, screen, line.timeout_seconds)
    code = _print_results(backend, ended, screen, as_json)
    with suppress(TimeoutError):
        async with asyncio.timeout(LEFTOVERS_TIMEOUT_SECONDS):
            await _finish_leftovers(backend, mine, screen)
    if given_up:
        _print_gave_up(given_up, as_json, screen)
        return EXIT_TEMPORARY_FAILURE
    at_exit.append(delete_key_file)
    return code


async def _resume_jobs(backend: AskBackend, idempotency_key: str) -> list[str]:
    """What an earlier run of this line asked for; the desk is not asked again, for it might refuse by now."""
    found = await backend.jobs_of_key(idempotency_key)
    return [job.id for job in sorted(found, key=lambda job: job.index)]


async def _start_jobs(
    backend: AskBackend,
    line: AskInput,
    files: Mapping[str, Path],
    idempotency_key: str,
    screen: AskScreen,
    as_json: bool,
) -> list[str]:
    """The jobs that come of this line; none where it only asks about something, which is answered."""
    media = [await _store_file(backend, OPTION_KINDS[option], path) for option, path in files.items()]
    out = (line.out or Path.cwd() / f"didtalk-{safe_file_ending(idempotency_key)[-6:]}").absolute()
    answer = await backend.run_command(out, line.text, media, idempotency_key)
    if not answer.jobs or answer.private:  # an enquiry, or words about a job that was asked for before
        _print_answer(answer.card, as_json)
        return []
    if answer.jobs[0].request.kind == "storyboard":
        screen.print_line("\n".join(line for line in answer.card.lines if line[:5] == "Plan:" or line[:1].isdigit()))
    return [job.id for job in answer.jobs]


def _saved_key(key_file: Path) -> str:
    """The key under which this line is asked: that of a run whose result nobody has seen yet, or a new one."""
    with suppress(FileNotFoundError):
        return key_file.read_text()
    key = f"terminal:{key_file.name[:16]}:{new_id()}"
    key_file.parent.mkdir(exist_ok=True)
    part = key_file.with_suffix(".part")
    part.write_text(key)
    replace_durably(part, key_file)
    return key


async def _store_file(backend: AskBackend, kind: MediaKind, path: Path) -> Media:
    """A file is ours from the moment of asking, whatever becomes of the original."""
    return Media(kind=kind, address=f"shelf:{await backend.store_file(path)}", name=path.name)


async def _wait_for_jobs(
    backend: AskBackend, mine: Sequence[str], screen: AskScreen, timeout_seconds: float
) -> tuple[list[Job], Job | None]:
    """Wait until these jobs have ended and been told, or a studio has been away for too long."""
    waiting, ended = list(mine), list[Job]()
    troubled: float | None = None
    while waiting:
        jobs = await backend.get_jobs(waiting)
        ended += [job for job in jobs if job.ended and job.asker_notified]
        waiting = [job.id for job in jobs if not (job.ended and job.asker_notified)]
        stuck = next((job for job in jobs if job.trouble or job.doubtful_at), None)
        troubled = (troubled or time.monotonic()) if stuck else None
        if stuck and troubled and time.monotonic() - troubled > timeout_seconds:
            return ended, stuck
        for job in jobs:
            backend.show_progress(job, screen.show_card)
        screen.update_bars()
        await asyncio.sleep(0.1)
    return ended, None


async def _finish_leftovers(backend: AskBackend, mine: Sequence[str], screen: AskScreen) -> None:
    """Let what earlier runs left behind come to its end too, as long as it gets on."""
    others = [job.id for job in await backend.unfinished_jobs() if job.id not in mine and not job.trouble]
    ended, _ = await _wait_for_jobs(backend, others, screen, LEFTOVERS_TIMEOUT_SECONDS) if others else ([], None)
    for job in ended:
        screen.print_line(f"An earlier one is done too: {_result_text(job)}")


def _print_results(backend: AskBackend, jobs: Sequence[Job], screen: AskScreen, as_json: bool) -> int:
    for job in jobs:
        if as_json:
            print(json.dumps(_result_json(backend, job), ensure_ascii=False))  # noqa: T201 - this is the result
        else:
            screen.print_line(_result_text(job), "" if job.stage is Stage.DELIVERED else "red")
    return 0 if all(job.stage is Stage.DELIVERED for job in jobs) else 1


def _result_text(job: Job) -> str:
    if job.stage is not Stage.DELIVERED:
        return f"{request_title(job.request)}\n{job.reason or 'Cancelled.'}"
    length = f" ({job.stored_video.seconds:.1f} s)" if job.stored_video and job.stored_video.seconds else ""
    return "\n".join((f"{job.video_message}{length}", provenance(job), *job.notes))


def _result_json(backend: AskBackend, job: Job) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "job": job.id,
        "request": job.request.kind,
        "studio": job.studio,
        "made_at": backend.studio_hosts,
        "ticket": job.ticket,
        "seconds": job.stored_video.seconds if job.stored_video else None,
        "file": job.video_message,
    }
    if job.stage is not Stage.DELIVERED:
        facts["error"] = job.reason or "Cancelled."
    if job.notes:
        facts["notes"] = list(job.notes)
    return facts


def _print_gave_up(job: Job, as_json: bool, screen: AskScreen) -> None:
    why = job.trouble or "The studio has not said yet whether it took the job."
    sentence = f"{why} Nothing is lost: ask the same again, or start `didtalk run`, and it goes on."
    if as_json:
        print(json.dumps({"error": sentence, "job": job.id}, ensure_ascii=False))  # noqa: T201
    else:
        screen.print_line(sentence, "red")


def _print_answer(card: Card, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"title": card.title, "lines": card.lines}, ensure_ascii=False))  # noqa: T201
    else:
        print(card.text)  # noqa: T201 - this is the answer


def _progress_fraction(card: Card) -> float:
    if card.started_at and card.expected_at and card.expected_at > card.started_at:
        return min(0.95, 0.2 + 0.7 * (time.time() - card.started_at) / (card.expected_at - card.started_at))
    return card.progress or (0.3 if card.tone == "busy" else 1.0)


def _check_files(files: Mapping[str, Path | None]) -> dict[str, Path]:
    given = {option: path for option, path in files.items() if path is not None}
    for option, path in given.items():
        if not path.is_file():
            raise Refused(f"There is no file {path} (--{option}).", option)
    return given


def _line_digest(line: AskInput, files: Mapping[str, Path]) -> str:
    """The same words, files and target are the same line."""
    digest = hashlib.sha256(f"{line.text}\n{line.out and line.out.absolute()}".encode())
    for option, path in sorted(files.items()):
        with path.open("rb") as file:
            digest.update(f"\n{option}:{hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
    return digest.hexdigest()
