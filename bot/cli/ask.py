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
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from adapters.chats.terminal import Terminal
from bot.app import App, open_app
from bot.errors import Broken, Refused
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Job, Stage, Wanted, new_id
from bot.requests.media import Kind, Media
from bot.settings import Settings
from bot.wording.cards import Card
from bot.wording.titles import provenance, title
from storage.file_shelf import clean, settle

KINDS = {"image": Kind.PICTURE, "audio": Kind.SOUND, "video": Kind.VIDEO, "file": Kind.TEXT}
MOST = 2 << 30
ASKER = Asker(platform="terminal", user="you", name="you", moderator=True)
LEFT_MOST = 15.0  # seconds for what earlier runs left behind; `didtalk run` has all the time
MANY = 200  # languages of one translation, and more
GAVE_UP = 75  # the shell's "temporary failure, try again"


@dataclass(frozen=True)
class Line:
    """What was typed: the words, the files, where the result goes."""

    text: str
    files: Mapping[str, Path | None]
    out: Path | None
    patience: float = 60.0
    once: str = ""  # a name by which whoever asks knows the job again


class Screen:
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

    def card(self, job: Job, card: Card) -> None:
        """A job has something new to say."""
        if self._quiet or card.tone in ("good", "bad"):  # how it ended is reported at the end
            return
        self._cards[job.id] = card
        if self._progress is None:
            self.console.print(" ".join(card.lines), markup=False)
        elif job.id not in self._tasks:
            self._tasks[job.id] = self._progress.add_task(card.lines[0], total=100)

    def tick(self) -> None:
        """Time passes: move the bars."""
        for job, task in self._tasks.items():
            card = self._cards[job]
            if self._progress:
                done = _fraction(card) * 100
                self._progress.update(task, description=" ".join(card.lines)[:100], completed=done)

    def say(self, words: str, style: str = "") -> None:
        """A line for the person."""
        if not self._quiet:
            self.console.print(words, style=style, markup=False)


async def ask_once(settings: Settings, line: Line, as_json: bool, last: list[Callable[[], None]], **parts: Any) -> int:
    """Ask, wait and hand over; the exit code, and what is to be done last. Parts go to `open_app`."""
    screen = Screen(quiet=as_json)
    failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def broken(error: Broken) -> None:
        if not failure.done():
            failure.set_exception(error)

    files = await asyncio.to_thread(_check_files, line.files)
    async with open_app(settings, chats=[Terminal(screen.card)], broken=broken, **parts) as app:
        screen.say(
            "Made in the sandbox: no key is set, nothing is spent."
            if app.made_at == "sandbox"
            else f"Made at {app.made_at}."
        )
        asking = asyncio.ensure_future(_ask(app, line, files, screen, as_json, last))
        try:
            await asyncio.wait((asking, failure), return_when=asyncio.FIRST_COMPLETED)
            if failure.done():
                failure.result()
            return await asking
        finally:
            asking.cancel()
            failure.cancel()


async def _ask(
    app: App,
    line: Line,
    files: Mapping[str, Path],
    screen: Screen,
    as_json: bool,
    last: list[Callable[[], None]],
) -> int:
    noted = None if line.once else app.home / "asks" / await asyncio.to_thread(_digest, line, files)
    once = await asyncio.to_thread(_key, noted) if noted else f"terminal:once:{line.once}"
    drop = partial(noted.unlink, missing_ok=True) if noted else lambda: None
    try:
        mine = await _gone_on_with(app, once) or await _taken_on(app, line, files, once, screen, as_json)
    except Refused:
        last.append(drop)
        raise
    if not mine:
        last.append(drop)
        return 0
    with screen.open():
        ended, given_up = await _wait(app, mine, screen, line.patience)
    code = _report(app, ended, screen, as_json)
    with suppress(TimeoutError):
        async with asyncio.timeout(LEFT_MOST):
            await _left_behind(app, mine, screen)
    if given_up:
        _give_up(given_up, as_json, screen)
        return GAVE_UP
    last.append(drop)
    return code


async def _gone_on_with(app: App, once: str) -> list[str]:
    """What an earlier run of this line asked for; the desk is not asked again, for it might refuse by now."""
    found = await app.jobs.pick(Wanted(platform="terminal", once=once, limit=MANY))
    return [job.id for job in sorted(found, key=lambda job: job.nth)]


async def _taken_on(
    app: App, line: Line, files: Mapping[str, Path], once: str, screen: Screen, as_json: bool
) -> list[str]:
    """The jobs that come of this line; none where it only asks about something, which is answered."""
    media = [await _shelve(app, KINDS[option], path) for option, path in files.items()]
    out = (line.out or Path.cwd() / f"didtalk-{clean(once)[-6:]}").absolute()
    place = Place(platform="terminal", channel=str(out), private=True)
    answer = await app.desk.say(ASKER, place, line.text, media, once)
    if not answer.jobs or answer.private:  # an enquiry, or words about a job that was asked for before
        _show_answer(answer.card, as_json)
        return []
    if answer.jobs[0].request.kind == "storyboard":
        screen.say("\n".join(line for line in answer.card.lines if line[:5] == "Plan:" or line[:1].isdigit()))
    return [job.id for job in answer.jobs]


def _key(noted: Path) -> str:
    """The key under which this line is asked: that of a run whose result nobody has seen yet, or a new one."""
    with suppress(FileNotFoundError):
        return noted.read_text()
    key = f"terminal:{noted.name[:16]}:{new_id()}"
    noted.parent.mkdir(exist_ok=True)
    part = noted.with_suffix(".part")
    part.write_text(key)
    settle(part, noted)
    return key


async def _shelve(app: App, kind: Kind, path: Path) -> Media:
    """A file is ours from the moment of asking, whatever becomes of the original."""
    key = await app.shelf.put(_chunks(path), path.name, MOST)
    return Media(kind=kind, at=f"shelf:{key}", name=path.name)


async def _wait(app: App, mine: Sequence[str], screen: Screen, patience: float) -> tuple[list[Job], Job | None]:
    """Wait until these jobs have ended and been told, or a studio has been away for too long."""
    waiting, ended = list(mine), list[Job]()
    troubled: float | None = None
    while waiting:
        jobs = [job for each in waiting if (job := await app.jobs.get(each))]
        ended += [job for job in jobs if job.ended and job.told]
        waiting = [job.id for job in jobs if not (job.ended and job.told)]
        stuck = next((job for job in jobs if job.trouble or job.doubtful_at), None)
        troubled = (troubled or time.monotonic()) if stuck else None
        if stuck and troubled and time.monotonic() - troubled > patience:
            return ended, stuck
        screen.tick()
        await asyncio.sleep(0.1)
    return ended, None


async def _left_behind(app: App, mine: Sequence[str], screen: Screen) -> None:
    """Let what earlier runs left behind come to its end too, as long as it gets on."""
    left = await app.jobs.pick(Wanted(platform="terminal", ended=False, limit=100))
    others = [job.id for job in left if job.id not in mine and not job.trouble]
    ended, _ = await _wait(app, others, screen, LEFT_MOST) if others else ([], None)
    for job in ended:
        screen.say(f"An earlier one is done too: {_words(job)}")


def _report(app: App, jobs: Sequence[Job], screen: Screen, as_json: bool) -> int:
    for job in jobs:
        if as_json:
            print(json.dumps(_as_json(app, job), ensure_ascii=False))  # noqa: T201 - this is the result
        else:
            screen.say(_words(job), "" if job.stage is Stage.DELIVERED else "red")
    return 0 if all(job.stage is Stage.DELIVERED for job in jobs) else 1


def _words(job: Job) -> str:
    if job.stage is not Stage.DELIVERED:
        return f"{title(job.request)}\n{job.reason or 'Cancelled.'}"
    length = f" ({job.kept.seconds:.1f} s)" if job.kept and job.kept.seconds else ""
    return "\n".join((f"{job.post}{length}", provenance(job), *job.notes))


def _as_json(app: App, job: Job) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "job": job.id,
        "request": job.request.kind,
        "studio": job.studio,
        "made_at": app.made_at,
        "ticket": job.ticket,
        "seconds": job.kept.seconds if job.kept else None,
        "file": job.post,
    }
    if job.stage is not Stage.DELIVERED:
        facts["error"] = job.reason or "Cancelled."
    if job.notes:
        facts["notes"] = list(job.notes)
    return facts


def _give_up(job: Job, as_json: bool, screen: Screen) -> None:
    why = job.trouble or "The studio has not said yet whether it took the job."
    sentence = f"{why} Nothing is lost: ask the same again, or start `didtalk run`, and it goes on."
    if as_json:
        print(json.dumps({"error": sentence, "job": job.id}, ensure_ascii=False))  # noqa: T201
    else:
        screen.say(sentence, "red")


def _show_answer(card: Card, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"title": card.title, "lines": card.lines}, ensure_ascii=False))  # noqa: T201
    else:
        print(card.text)  # noqa: T201 - this is the answer


def _fraction(card: Card) -> float:
    if card.since and card.expected and card.expected > card.since:
        return min(0.95, 0.2 + 0.7 * (time.time() - card.since) / (card.expected - card.since))
    return card.progress or (0.3 if card.tone == "busy" else 1.0)


def _check_files(files: Mapping[str, Path | None]) -> dict[str, Path]:
    given = {option: path for option, path in files.items() if path is not None}
    for option, path in given.items():
        if not path.is_file():
            raise Refused(f"There is no file {path} (--{option}).", option)
    return given


def _digest(line: Line, files: Mapping[str, Path]) -> str:
    """The same words, files and target are the same line."""
    digest = hashlib.sha256(f"{line.text}\n{line.out and line.out.absolute()}".encode())
    for option, path in sorted(files.items()):
        with path.open("rb") as file:
            digest.update(f"\n{option}:{hashlib.file_digest(file, 'sha256').hexdigest()}".encode())
    return digest.hexdigest()


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, 1 << 20):
            yield chunk
