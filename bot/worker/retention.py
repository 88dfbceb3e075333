"""Forgetting what was asked long ago: its words and files go, what was paid stays in the ledger."""

import structlog

from bot.errors import Trouble
from bot.jobs.job import Jobs
from bot.requests.media import Shelf
from bot.runtime.clock import Clock
from bot.worker.deletion import drop_files, emptied

TURNS = 3600.0  # seconds after which it does not matter any more who was counted
SOME = 50  # jobs in one step, so that whoever asks for something meanwhile is not kept waiting

log = structlog.get_logger(__name__)


async def fade(jobs: Jobs, shelf: Shelf, clock: Clock, days: float) -> None:
    """Let go of what is older than that, a little at a time; what is unfinished is never old."""
    while True:
        try:
            some = await fade_some(jobs, shelf, clock.now() - days * 86400.0)
            await jobs.forget_turns(clock.now() - TURNS)
        except Trouble as trouble:
            log.warning("old jobs could not be forgotten", why=trouble.sentence)
            some = 0
        await clock.sleep(1.0 if some == SOME else 3600.0)


async def fade_some(jobs: Jobs, shelf: Shelf, before: float) -> int:
    """Empty some of the jobs that were asked before that moment; how many there were to do."""
    old = await jobs.old(before, SOME)
    for job in old:
        await drop_files(shelf, job)
        await jobs.move(job, emptied(job))
    return len(old)
