"""One step of a held job: what to do at each stage."""

from typing import assert_never

from bot.errors import Broken, Trouble
from bot.jobs.job import Job, Stage
from bot.worker.deletion import JobDeletion
from bot.worker.deliver import Deliverer
from bot.worker.submit import SubmitStep
from bot.worker.transitions import Transitions


class Steps:
    """Takes a held job one step further."""

    def __init__(
        self, transitions: Transitions, submitter: SubmitStep, deliverer: Deliverer, deletion: JobDeletion
    ) -> None:
        self._transitions = transitions
        self._submitter = submitter
        self._deliverer = deliverer
        self._deletion = deletion

    async def step(self, job: Job) -> Job | None:
        """The job one step further; None when somebody else moved it meanwhile."""
        try:
            return await self._run_stage(job)
        except Broken:
            raise
        except Trouble as trouble:
            return await self._transitions.handle_error(job, trouble)

    async def _run_stage(self, job: Job) -> Job | None:
        match job.stage:
            case Stage.ASKED:
                if job.card_text:
                    return await self._submitter.prepare(job)
                # The card comes first, and its id must survive a crash so that there is only ever one.
                return await self._transitions.show_and_move(job, job, keep_lease=True)
            case Stage.PREPARED:
                return await self._submitter.submit(job)
            case Stage.SUBMITTING:
                return await self._submitter.recover(job)
            case Stage.RENDERING:
                return None  # for the poller
            case Stage.MADE:
                return await self._deliverer.store_video(job)
            case Stage.KEPT:
                return await self._deliverer.start_delivery(job)
            case Stage.DELIVERING:
                return await self._deliverer.resume_delivery(job)
            case Stage.DELIVERED | Stage.FAILED | Stage.CANCELLED:
                return await (
                    self._deletion.delete_everywhere(job) if job.deleting else self._deliverer.report_end(job)
                )
            case _:
                assert_never(job.stage)
