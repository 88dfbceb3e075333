"""Forgetting what was asked long ago: its words and files go, what was paid stays in the ledger."""

import structlog

from bot.errors import Trouble
from bot.jobs.job import Jobs
from bot.requests.media import Shelf
from bot.runtime.clock import Clock
from bot.worker.deletion import delete_files, without_content

LIMIT_COUNTER_SECONDS = 3600.0  # seconds after which it does not matter any more who was counted
DELETE_BATCH_SIZE = 50  # jobs in one step, so that whoever asks for something meanwhile is not kept waiting

log = structlog.get_logger(__name__)


async def delete_old_jobs(jobs: Jobs, shelf: Shelf, clock: Clock, days: float) -> None:
    """Let go of what is older than that, a little at a time; what is unfinished is never old."""
    while True:
        try:
            deleted = await delete_old_batch(jobs, shelf, clock.now() - days * 86400.0)
            await jobs.prune_counters(clock.now() - LIMIT_COUNTER_SECONDS)
        except Trouble as trouble:
            log.warning("old jobs could not be forgotten", why=trouble.sentence)
            deleted = 0
        await clock.sleep(1.0 if deleted == DELETE_BATCH_SIZE else 3600.0)


async def delete_old_batch(jobs: Jobs, shelf: Shelf, before: float) -> int:
    """Empty some of the jobs that were asked before that moment; how many there were to do."""
    old = await jobs.expired(before, DELETE_BATCH_SIZE)
    for job in old:
        await delete_files(shelf, job)
        await jobs.move(job, without_content(job))
    return len(old)
