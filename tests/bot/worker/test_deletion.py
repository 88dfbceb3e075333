"""What is deleted is gone everywhere, whoever was away when it was asked for; and what is old is forgotten."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Refused, TryAgain
from bot.jobs.job import Job, Stage
from bot.wording.cards import ButtonAction
from bot.worker.deletion import DELETE_BATCH_SIZE, delete_old_batch, delete_old_jobs
from tests.bot.bot_harness import ANA, GENERAL, BotHarness
from tests.fakes.clock import ManualClock
from tests.fakes.folder_shelf import FolderShelf
from tests.fakes.memory_jobs import MemoryJobs
from tests.fakes.sample_job import a_job

PRIVATE_WORDS = "Something nobody else should read."


@pytest.fixture
def bench(tmp_path: Path) -> BotHarness:
    return BotHarness(tmp_path)


async def _wait_until_deleted(bench: BotHarness, job: Job, seconds: float = 60.0) -> Job:
    for _ in range(int(seconds / 0.5)):
        found = await bench.jobs.get(job.id)
        if found and found.deleted:
            return found
        await bench.clock.advance(0.5)
        await asyncio.sleep(0.001)
    raise AssertionError(found)


async def test_a_delete_survives_a_studio_that_is_down_and_a_crash(bench: BotHarness) -> None:
    """It is promised truthfully, kept before it is tried, and carried out by whoever comes next."""
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk, PRIVATE_WORDS), "delivered")
    bench.studio.fail_next("delete", *(TryAgain("D-ID is away.") for _ in range(3)))
    _, desk = bench.new_engine()  # nobody works
    answer = await desk.press_button(ANA, GENERAL, "confirm_delete", job.id)
    assert "It is being deleted" in answer.card.text
    assert bench.chat.videos == []
    assert bench.studio.deleted_tickets == []
    async with bench.running():
        gone = await _wait_until_deleted(bench, job)
    assert bench.studio.deleted_tickets == ["t1"]
    assert PRIVATE_WORDS not in gone.model_dump_json()
    assert gone.asker.name == ""
    assert [entry.event for entry in await bench.jobs.ledger_of(job.id)] == ["submitted", "made", "delivered"]


async def test_a_chat_that_is_away_keeps_nothing_at_the_studio(bench: BotHarness) -> None:
    """Each lets go for itself, and the other is asked until it does too."""
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk, PRIVATE_WORDS), "delivered")
        bench.chat.fail_next("remove", TryAgain("The chat is away."), TryAgain("The chat is away."))
        await desk.press_button(ANA, GENERAL, "confirm_delete", job.id)
        assert bench.studio.deleted_tickets == ["t1"]
        await _wait_until_deleted(bench, job)
    assert bench.chat.videos == []


async def test_what_a_studio_was_sent_goes_with_the_job_however_often_it_takes(bench: BotHarness) -> None:
    """The pictures and sounds, not only what was made of them."""
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk, PRIVATE_WORDS), "delivered")
        assert bench.studio.unloaded_markers == []
        bench.studio.fail_next("unload", TryAgain("D-ID is away."), TryAgain("D-ID is away."))
        await desk.press_button(ANA, GENERAL, "confirm_delete", job.id)
        await _wait_until_deleted(bench, job)
    assert bench.studio.unloaded_markers == [job.marker]


@pytest.mark.parametrize("fault", [None, TryAgain("D-ID is away."), Refused("Not yours.")])
async def test_a_job_that_ends_badly_lets_go_of_what_was_sent_and_waits_for_nobody(
    bench: BotHarness, fault: Exception | None
) -> None:
    """A studio that is away keeps it for a day or two; the end of the job is told all the same."""
    bench.studio.fail_next("submit", Refused("The picture shows no face."))
    bench.studio.fail_next("unload", *([fault] if fault else []))
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk, PRIVATE_WORDS), "failed")
        told = await bench.wait_for_stage(job, "failed")
    assert told.asker_notified
    assert bench.studio.unloaded_markers == ([] if fault else [job.marker])


async def test_a_studio_that_keeps_its_copy_is_told_of(bench: BotHarness) -> None:
    """Everything else is gone all the same."""
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk, PRIVATE_WORDS), "delivered")
        bench.studio.fail_next("delete", Refused("It belongs to somebody else."))
        answer = await desk.press_button(ANA, GENERAL, "confirm_delete", job.id)
    assert "D-ID keeps its copy: It belongs to somebody else." in answer.card.text
    assert answer.jobs[0].deleted


async def test_delete_without_a_job_names_the_latest_and_deletes_nothing(bench: BotHarness) -> None:
    """Where no button can be pressed, a typed yes behind the job is one."""
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk), "delivered")
        asked = await desk.run_command(ANA, GENERAL, "/did delete")
        assert (asked.card.title, asked.private) == ("Delete “Hello there”?", True)
        assert [(each.action, each.target) for each in asked.card.buttons] == [
            ("confirm_delete", job.id),
            ("dismiss", job.id),
        ]
        assert bench.chat.videos
        await desk.run_command(ANA, GENERAL, f"/did delete {job.id} yes")
    assert bench.chat.videos == []


async def test_old_buttons_say_that_it_is_gone_and_delete_may_be_pressed_twice(bench: BotHarness) -> None:
    """A card may stand for years."""
    async with bench.running() as (_, desk):
        job = await bench.wait_for_stage(await bench.ask_for_job(desk, PRIVATE_WORDS), "delivered")
        await desk.press_button(ANA, GENERAL, "confirm_delete", job.id)
        acts: tuple[ButtonAction, ...] = ("redo", "switch", "details", "edit", "translate")
        for act in acts:
            with pytest.raises(Refused, match="was deleted"):
                await desk.press_button(ANA, GENERAL, act, job.id)
        assert (await desk.press_button(ANA, GENERAL, "confirm_delete", job.id)).jobs[0].deleted
        listed = await desk.run_command(ANA, GENERAL, "/did jobs")
    assert PRIVATE_WORDS not in listed.card.text


async def test_what_is_old_loses_its_words_and_files_and_what_is_unfinished_stays(tmp_path: Path) -> None:
    """The ledger is not touched, and no step is long."""
    jobs, shelf, clock = MemoryJobs(), FolderShelf(tmp_path), ManualClock()
    now = clock.now()
    old: dict[str, Any] = {
        "asked_at": now - 91 * 86400.0,
        "stage": Stage.DELIVERED,
        "asker_notified": True,
        "due_at": None,
    }
    over = [a_job(PRIVATE_WORDS, **old) for _ in range(DELETE_BATCH_SIZE + 1)]
    young = a_job(PRIVATE_WORDS, **old | {"asked_at": now - 89 * 86400.0})
    open_ = a_job(PRIVATE_WORDS, **old | {"stage": Stage.RENDERING, "asker_notified": False})
    for job in (*over, young, open_):
        await jobs.add([job])
    assert await delete_old_batch(jobs, shelf, now - 90 * 86400.0) == DELETE_BATCH_SIZE
    fading = asyncio.create_task(delete_old_jobs(jobs, shelf, clock, 90))
    for _ in range(5):
        await clock.advance(1.0)
    fading.cancel()
    await asyncio.wait((fading,))
    assert [job.id for job in jobs.stored_jobs.values() if not job.deleted] == [young.id, open_.id]
    assert now - 2 * 3600.0 < jobs.counters_pruned_before < now  # and who was counted against a limit, hours ago
