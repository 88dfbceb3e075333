"""A job's card says what the last to move the job says, whoever else is still speaking."""

import asyncio

import pytest

from bot.jobs.job import Job, Stage
from bot.wording.cards import Card
from bot.worker.transitions import JobCards
from tests.fakes.chat import FakeChat
from tests.fakes.clock import ManualClock
from tests.fakes.memory_jobs import MemoryJobs
from tests.fakes.sample_job import a_job


class SlowFirstCardChat(FakeChat):
    """A chat that takes its time over the first card."""

    def __init__(self) -> None:
        super().__init__("console")
        self.first_card_begun, self.first_card_released = asyncio.Event(), asyncio.Event()

    async def show_card(self, job: Job, card: Card) -> str:
        """Post it; the first one only when told to."""
        if not self.first_card_begun.is_set():
            self.first_card_begun.set()
            await self.first_card_released.wait()
        return await super().show_card(job, card)


@pytest.fixture
def chat() -> SlowFirstCardChat:
    """Where cards are shown."""
    return SlowFirstCardChat()


@pytest.fixture
def jobs() -> MemoryJobs:
    """Where jobs are kept."""
    return MemoryJobs()


@pytest.fixture
def teller(chat: SlowFirstCardChat, jobs: MemoryJobs) -> JobCards:
    """Who shows them."""
    return JobCards({"console": chat}, jobs, ManualClock())


async def _cancel_job(jobs: MemoryJobs, job: Job) -> Job:
    moved = await jobs.move(job, job.to_stage(Stage.CANCELLED, 0.0))
    assert moved
    return moved


async def test_whoever_was_overtaken_says_nothing(teller: JobCards, chat: SlowFirstCardChat, jobs: MemoryJobs) -> None:
    """A job is cancelled while something goes wrong with it: what went wrong is not shown over “Cancelled.”."""
    (job,) = await jobs.add([a_job(card_message="m1")])
    chat.first_card_released.set()
    await teller.show_or_raise(await _cancel_job(jobs, job))
    late = await teller.show_or_raise(job.evolve(trouble="Busy."))
    assert [words.splitlines()[1] for words in chat.messages["m1"]] == ["Cancelled."]
    assert late.card_text == job.card_text


async def test_whoever_speaks_last_moved_last(teller: JobCards, chat: SlowFirstCardChat, jobs: MemoryJobs) -> None:
    """A card that is on its way when the job is cancelled arrives before the one that says so."""
    (job,) = await jobs.add([a_job(card_message="m1")])
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(teller.show_or_raise(job.evolve(trouble="Busy.")))
        await chat.first_card_begun.wait()
        tasks.create_task(teller.show_or_raise(await _cancel_job(jobs, job)))
        for _ in range(20):  # long enough to overtake, if that were possible
            await asyncio.sleep(0)
        chat.first_card_released.set()
    assert [words.splitlines()[1] for words in chat.messages["m1"]] == ["Busy. Trying again.", "Cancelled."]
