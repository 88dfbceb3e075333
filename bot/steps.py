"""One held job, one stage at a time: what is ours to do at each.

What must hold: `submitting` is written before the paid call and `delivering` before the post; a job found in either is
looked up before anything is repeated; only a proven absence is tried again. How long an absence must last is measured
by the steady clock of this process, because a clock that jumps would prove it at once, or never.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import assert_never

import structlog

from bot import backoff
from bot.cards import file_name, job_card
from bot.chat import Chat, Parcel
from bot.clock import steady
from bot.erasing import Erasing
from bot.errors import Broken, Refused, Trouble, TryAgain, Unsure
from bot.finish import finish
from bot.gather import Gather
from bot.herald import Herald
from bot.jobs import Job, Stage
from bot.media import Kept, Shelf
from bot.moves import OFTEN, Moves, title_of
from bot.studio import SETTLE, Accepted, Studio
from bot.teller import UNSEEN

log = structlog.get_logger(__name__)

DOUBT_MOST = 2 * 86400.0  # for how long a missing answer is looked for
CARDS = 3  # tries after which a video goes out without a card
AT_ONCE = 4  # paid calls under way at one studio: only so many jobs are ever in doubt after a crash; and looks for them
UPLOADS_LIVE = 20 * 3600.0  # studios keep uploads for a day at least


class Steps:
    """Takes a held job one step on."""

    def __init__(
        self,
        moves: Moves,
        studios: Mapping[str, Studio],
        chats: Mapping[str, Chat],
        gather: Gather,
        shelf: Shelf,
        herald: Herald,
        settle: float = SETTLE,
    ) -> None:
        self._moves = moves
        self._clock = moves.clock
        self._studios = studios
        self._chats = chats
        self._gather = gather
        self._shelf = shelf
        self._herald = herald
        self._erasing = Erasing(moves.jobs, studios, chats, shelf)
        self._settle = settle
        self._doubted: dict[str, float] = {}  # since when we know of each doubt, by the steady clock
        self._turns = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(AT_ONCE))
        self._looking = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(AT_ONCE))

    async def step(self, job: Job) -> Job | None:
        """The job one step on; None when somebody else moved it meanwhile."""
        try:
            return await self._at(job)
        except Broken:
            raise
        except Trouble as trouble:
            return await self._stumble(job, trouble)

    async def _at(self, job: Job) -> Job | None:
        match job.stage:
            case Stage.ASKED:
                return await (self._prepare(job) if job.shown else self._greet(job))
            case Stage.PREPARED:
                return await self._submit(job)
            case Stage.SUBMITTING:
                return await self._find(job)
            case Stage.RENDERING:
                return None  # the watch's, not ours
            case Stage.MADE:
                return await self._keep(job)
            case Stage.KEPT:
                return await self._deliver(job)
            case Stage.DELIVERING:
                return await self._deliver_again(job)
            case Stage.DELIVERED | Stage.FAILED | Stage.CANCELLED:
                return await (self._erasing.erase(job) if job.deleting else self._tell(job))
            case _:
                assert_never(job.stage)

    async def _greet(self, job: Job) -> Job | None:
        """The card comes first, and its id must survive a crash so that there is only ever one."""
        return await self._moves.tell(job, job, hold=True)

    async def _prepare(self, job: Job) -> Job | None:
        studio = self._studio(job)
        files = await self._gather.files(job, studio.needs(job.request))
        uploads = await studio.prepare(job, files)
        now = self._clock.now()
        return await self._moves.move(job, job.at(Stage.PREPARED, now, uploads=uploads, prepared_at=now), hold=True)

    async def _submit(self, job: Job) -> Job | None:
        now = self._clock.now()
        if now - (job.prepared_at or 0.0) > UPLOADS_LIVE:
            return await self._moves.move(job, job.at(Stage.ASKED, now), hold=True)
        async with self._turns[job.studio]:
            return await self._send(job, self._studio(job))

    async def _send(self, job: Job, studio: Studio) -> Job | None:
        now = self._clock.now()
        # What was tried in vain before still counts, or a studio that is away would be asked every second.
        going = job.at(Stage.SUBMITTING, now, submitted_at=now, tries=job.tries)
        sending = await self._moves.move(job, going, hold=True)
        if sending is None:
            return None
        if not self._moves.surely(sending):  # certainly not sent: whoever has it next need not wait
            return await self._moves.move(sending, sending.at(Stage.PREPARED, now, submitted_at=None))
        try:
            accepted = await studio.submit(sending)
        except Broken:
            raise
        except Unsure as doubt:
            return await self._doubt(sending, doubt)
        except Trouble as trouble:  # certainly not accepted
            return await self._not_accepted(sending.but(submitted_at=None), trouble)
        return await finish(self._record(sending, accepted))

    async def _not_accepted(self, job: Job, trouble: Trouble) -> Job | None:
        if job.cancelling:
            return await self._moves.move(job, job.at(Stage.CANCELLED, self._clock.now()), hold=True)
        if isinstance(trouble, TryAgain):
            return await self._moves.later(job, trouble, Stage.PREPARED)
        return await self._moves.fail(job, trouble.sentence)

    async def _record(self, job: Job, accepted: Accepted) -> Job | None:
        """Write the ticket down whatever else became of the job meanwhile: it is paid for."""
        fresh: Job | None = job
        self._doubted.pop(job.id, None)
        while fresh is not None and fresh.ticket != accepted.ticket:  # who took it over may have found it already
            now = self._clock.now()
            stage = Stage.CANCELLED if fresh.cancelling or fresh.ended else Stage.RENDERING
            at_once = stage is Stage.CANCELLED or self._moves.hint(fresh)
            due = now if at_once else now + backoff.look(0, 0.0)
            notes = tuple(dict.fromkeys((*fresh.notes, *accepted.notes)))
            new = fresh.at(
                stage, now, due_at=due, ticket=accepted.ticket, notes=notes, cost=accepted.cost, doubtful_at=None
            )
            entry = self._moves.entry(fresh, "submitted", accepted.cost)
            if moved := await self._moves.move(fresh, new, entry):
                return moved
            fresh = await self._moves.jobs.get(job.id)
        return None

    async def _find(self, job: Job) -> Job | None:
        """After a crash or a lost answer: the ticket if there is one, once more if certainly not, else wait."""
        now = self._clock.now()
        self._unsettled(job)
        if job.doubtful_at is None:
            return await self._moves.move(job, job.but(doubtful_at=now), hold=True)
        if self._looking[job.studio].locked():  # who waits for a turn keeps no hand from those who could go on
            return await self._moves.move(job, job.but(due_at=now + 1.0))
        try:
            async with self._looking[job.studio]:
                ticket = await self._studio(job).find(job)
        except Unsure as doubt:
            return await self._doubt(job, doubt)
        if ticket:
            return await finish(self._record(job, Accepted(ticket)))
        if (left := self._unsettled(job)) > 0:
            return await self._moves.move(job, job.but(due_at=now + min(left, 5.0), tries=job.tries + 1))
        free = job.but(submitted_at=None, doubtful_at=None)
        self._doubted.pop(job.id, None)
        stage = Stage.CANCELLED if job.cancelling else Stage.PREPARED
        return await self._moves.move(job, free.at(stage, now), hold=True)

    def _unsettled(self, job: Job) -> float:
        """For how much longer a job that is absent may still appear."""
        now = steady(self._clock)
        return self._doubted.setdefault(job.id, now) + self._settle - now

    async def _doubt(self, job: Job, doubt: Trouble) -> Job | None:
        """The answer of a paid call is missing: from now on, look before anything else."""
        now = self._clock.now()
        since = job.doubtful_at or now
        left = self._unsettled(job)
        log.warning("answer missing", job=job.id, why=doubt.sentence)
        if now - since > DOUBT_MOST and job.tries > OFTEN:
            self._doubted.pop(job.id, None)
            studio = title_of(job.studio)
            return await self._moves.fail(job, f"{studio} never said whether it took this, so it was not asked again.")
        # A clock that was set back would leave a doubt in the future, where nothing ever settles.
        waiting = job.but(doubtful_at=min(since, now), tries=job.tries + 1)
        pause = backoff.again(job.tries + 1)
        if left > 0:
            pause = min(pause, left)  # the first moment at which an absence proves anything
        return await self._moves.tell(job, waiting, after=pause)

    async def _keep(self, job: Job) -> Job | None:
        ending = file_name(job).rpartition(".")[2]
        video, captions = f"{job.marker}.{ending}", f"{job.marker}.srt"
        path = self._shelf.path(video)
        had = await self._studio(job).fetch(job, path, self._shelf.path(captions))
        kept = Kept(
            video=video,
            captions=captions if had else None,
            seconds=await self._gather.seconds(path) or _said(job),
            size=(await asyncio.to_thread(path.stat)).st_size,
        )
        return await self._moves.move(job, job.at(Stage.KEPT, self._clock.now(), kept=kept), hold=True)

    async def _deliver(self, job: Job) -> Job | None:
        self._chat(job)  # a chat that is not connected is no reason to begin
        job = await self._carded(job)
        # The tries so far still count: a chat that is away is asked ever more rarely.
        begun = job.at(Stage.DELIVERING, self._clock.now(), tries=job.tries)
        going = await self._moves.move(job, begun, hold=True)
        if going is None:
            return None
        try:
            return await self._post(going)
        except Broken:
            raise
        except Trouble as trouble:
            return await self._stumble(going, trouble)

    async def _carded(self, job: Job) -> Job:
        """The job with its card, should the first have failed: the video goes where the card is."""
        if job.shown != UNSEEN or job.tries >= CARDS:
            return job
        try:
            return await self._moves.teller.insist(job)
        except Refused as refusal:
            log.info("goes without a card", job=job.id, why=refusal.sentence)
            return job

    async def _deliver_again(self, job: Job) -> Job | None:
        """After a crash or a lost answer while posting: look first."""
        try:
            post = await self._chat(job).find(job)
        except TryAgain as trouble:  # of the look, which proves nothing of the post: look again before all else
            return await self._moves.later(job, trouble)
        if post:
            return await finish(self._delivered(job, post))
        return await self._post(job)

    async def _post(self, job: Job) -> Job | None:
        if job.kept is None:
            raise Refused("The finished video is no longer here.")
        video = self._shelf.path(job.kept.video)
        if not await asyncio.to_thread(video.exists):
            return await self._keep_again(job)
        if not self._moves.surely(job):
            return await self._moves.move(job, job.but(due_at=self._clock.now()))
        done = job.at(Stage.DELIVERED, self._clock.now())
        captions = self._shelf.path(job.kept.captions) if job.kept.captions else None
        parcel = Parcel(video, file_name(job), captions)
        post = await self._chat(job).deliver(job, job_card(done, self._clock.now()), parcel)
        return await finish(self._delivered(job, post))

    async def _keep_again(self, job: Job) -> Job | None:
        """What another process fetched may lie on a shelf of its own; nothing was posted, so fetch it here."""
        return await self._moves.move(job, job.at(Stage.MADE, self._clock.now(), kept=None), hold=True)

    async def _delivered(self, job: Job, post: str) -> Job | None:
        done = job.at(Stage.DELIVERED, self._clock.now(), post=post, told=True)
        await self._herald.announce(done)  # before it is let go: what is posted but not announced is found again
        return await self._moves.move(job, done, self._moves.entry(job, "delivered", job.cost))

    async def _tell(self, job: Job) -> Job | None:
        """It ended without a video: say so where it was asked, and let the studio forget what nobody wants."""
        await self._herald.announce(job)
        shown = await self._moves.teller.insist(job)
        try:
            if job.stage is Stage.CANCELLED and job.ticket:
                await self._forget(job)
        except Broken:
            raise
        except Trouble as trouble:  # what was shown stands, and is not shown again
            return await self._stumble(shown, trouble)
        return await self._moves.move(job, shown.but(told=True))

    async def _forget(self, job: Job) -> None:
        try:
            await self._studio(job).delete(job)
        except Refused as refusal:
            log.info("studio keeps its copy", job=job.id, why=refusal.sentence)

    async def _stumble(self, job: Job, trouble: Trouble) -> Job | None:
        """What to do next is in the error's name."""
        log.info("stumbled", job=job.id, stage=job.stage.value, kind=type(trouble).__name__, why=trouble.sentence)
        if job.deleting:
            after = trouble.after if isinstance(trouble, TryAgain) else None
            due = self._clock.now() + backoff.again(job.tries, after)
            return await self._moves.move(job, job.but(tries=job.tries + 1, due_at=due))
        if job.ended:
            told = job.tries >= len(backoff.TRIES)
            due = self._clock.now() + backoff.again(job.tries)
            return await self._moves.move(job, job.but(told=told, tries=job.tries + 1, due_at=due))
        if isinstance(trouble, TryAgain) and job.stage is Stage.DELIVERING:
            return await self._moves.later(job, trouble, Stage.KEPT)  # certainly not posted
        if isinstance(trouble, Unsure):
            return await self._moves.later(job, TryAgain(trouble.sentence))
        if isinstance(trouble, TryAgain):
            return await self._moves.later(job, trouble)
        return await self._moves.fail(job, trouble.sentence)

    def _studio(self, job: Job) -> Studio:
        if studio := self._studios.get(job.studio):
            return studio
        raise TryAgain(f"{title_of(job.studio)} is not set up here any more; its key is needed again.", 600)

    def _chat(self, job: Job) -> Chat:
        if chat := self._chats.get(job.place.platform):
            return chat
        raise TryAgain(f"{job.place.platform} is not connected at the moment.", 60)


def _said(job: Job) -> float | None:
    """The length as the studio gave it."""
    return float(job.result["seconds"]) if "seconds" in job.result else None
