"""A job's card says what the last to move the job says, whoever else is still speaking."""

import asyncio

import pytest

from bot.jobs.job import Job, Stage
from bot.wording.cards import Card
from bot.worker.durations import Usual
from bot.worker.job_cards import Teller
from tests.fakes.chat import FakeChat
from tests.fakes.clock import HandClock
from tests.fakes.job import a_job
from tests.fakes.memory import MemoryJobs


class SlowChat(FakeChat):
    """A chat that takes its time over the first card."""

    def __init__(self) -> None:
        super().__init__("console")
        self.began, self.go_on = asyncio.Event(), asyncio.Event()

    async def show(self, job: Job, card: Card) -> str:
        """Post it; the first one only when told to."""
        if not self.began.is_set():
            self.began.set()
            await self.go_on.wait()
        return await super().show(job, card)


@pytest.fixture
def chat() -> SlowChat:
    """Where cards are shown."""
    return SlowChat()


@pytest.fixture
def jobs() -> MemoryJobs:
    """Where jobs are kept."""
    return MemoryJobs()


@pytest.fixture
def teller(chat: SlowChat, jobs: MemoryJobs) -> Teller:
    """Who shows them."""
    clock = HandClock()
    return Teller({"console": chat}, jobs, Usual(jobs, clock), clock)


async def _cancelled(jobs: MemoryJobs, job: Job) -> Job:
    moved = await jobs.move(job, job.at(Stage.CANCELLED, 0.0))
    assert moved
    return moved


async def test_whoever_was_overtaken_says_nothing(teller: Teller, chat: SlowChat, jobs: MemoryJobs) -> None:
    """A job is cancelled while something goes wrong with it: what went wrong is not shown over “Cancelled.”."""
    (job,) = await jobs.add([a_job(card="m1")])
    chat.go_on.set()
    await teller.insist(await _cancelled(jobs, job))
    late = await teller.insist(job.but(trouble="Busy."))
    assert [words.splitlines()[1] for words in chat.messages["m1"]] == ["Cancelled."]
    assert late.shown == job.shown


async def test_whoever_speaks_last_moved_last(teller: Teller, chat: SlowChat, jobs: MemoryJobs) -> None:
    """A card that is on its way when the job is cancelled arrives before the one that says so."""
    (job,) = await jobs.add([a_job(card="m1")])
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(teller.insist(job.but(trouble="Busy.")))
        await chat.began.wait()
        tasks.create_task(teller.insist(await _cancelled(jobs, job)))
        for _ in range(20):  # long enough to overtake, if that were possible
            await asyncio.sleep(0)
        chat.go_on.set()
    assert [words.splitlines()[1] for words in chat.messages["m1"]] == ["Busy. Trying again.", "Cancelled."]
