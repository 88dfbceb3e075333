"""The finished video comes here and is posted once; one whose post is in doubt is looked for before it is repeated.

What must hold: `delivering` is written before the post, and only a proven absence is posted again.
"""

import asyncio
from collections.abc import Mapping

import structlog

from bot.chats.chat import Chat, Parcel, chat_of
from bot.errors import Broken, Refused, Trouble, TryAgain
from bot.jobs.job import Job, Stage
from bot.notices.notifier import Herald
from bot.requests.media import Kept, Shelf
from bot.runtime.shield import finish
from bot.studios.studio import Studio, studio_of
from bot.wording.cards import job_card
from bot.wording.titles import file_name
from bot.worker.inputs import Gather
from bot.worker.job_cards import UNSEEN
from bot.worker.transitions import Moves

log = structlog.get_logger(__name__)

CARDS = 3  # tries after which a video goes out without a card


class Delivering:
    """Brings what was made to whoever asked for it."""

    def __init__(
        self,
        moves: Moves,
        studios: Mapping[str, Studio],
        chats: Mapping[str, Chat],
        gather: Gather,
        shelf: Shelf,
        herald: Herald,
    ) -> None:
        self._moves = moves
        self._clock = moves.clock
        self._studios = studios
        self._chats = chats
        self._gather = gather
        self._shelf = shelf
        self._herald = herald

    async def keep(self, job: Job) -> Job | None:
        """Fetch the video, because studios delete theirs."""
        ending = file_name(job).rpartition(".")[2]
        video, captions = f"{job.marker}.{ending}", f"{job.marker}.srt"
        path = self._shelf.path(video)
        had = await studio_of(self._studios, job).fetch(job, path, self._shelf.path(captions))
        kept = Kept(
            video=video,
            captions=captions if had else None,
            seconds=await self._gather.seconds(path) or _said(job),
            size=(await asyncio.to_thread(path.stat)).st_size,
        )
        return await self._moves.move(job, job.at(Stage.KEPT, self._clock.now(), kept=kept), hold=True)

    async def deliver(self, job: Job) -> Job | None:
        """Begin to post it."""
        chat_of(self._chats, job)  # a chat that is not connected is no reason to begin
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
            return await self._moves.stumble(going, trouble)

    async def _carded(self, job: Job) -> Job:
        """The job with its card, should the first have failed: the video goes where the card is."""
        if job.shown != UNSEEN or job.tries >= CARDS:
            return job
        try:
            return await self._moves.teller.insist(job)
        except Refused as refusal:
            log.info("goes without a card", job=job.id, why=refusal.sentence)
            return job

    async def again(self, job: Job) -> Job | None:
        """After a crash or a lost answer while posting: look first."""
        try:
            post = await chat_of(self._chats, job).find(job)
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
        post = await chat_of(self._chats, job).deliver(job, job_card(done, self._clock.now()), parcel)
        return await finish(self._delivered(job, post))

    async def _keep_again(self, job: Job) -> Job | None:
        """What another process fetched may lie on a shelf of its own; nothing was posted, so fetch it here."""
        return await self._moves.move(job, job.at(Stage.MADE, self._clock.now(), kept=None), hold=True)

    async def _delivered(self, job: Job, post: str) -> Job | None:
        done = job.at(Stage.DELIVERED, self._clock.now(), post=post, told=True)
        await self._herald.announce(done)  # before it is let go: what is posted but not announced is found again
        return await self._moves.move(job, done, self._moves.entry(job, "delivered", job.cost))


def _said(job: Job) -> float | None:
    """The length as the studio gave it."""
    return float(job.result["seconds"]) if "seconds" in job.result else None
