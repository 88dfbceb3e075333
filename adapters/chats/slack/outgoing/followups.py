"""What follows when a job moves: reactions on the message that asked, a word to the asker, the finished card."""

from adapters.chats.slack.api.errors import Said
from adapters.chats.slack.context import Inside
from adapters.chats.slack.outgoing.blocks import text_of
from adapters.chats.slack.outgoing.home_tab import Home
from adapters.chats.slack.outgoing.job_message import Status
from bot.chats.inbox import Letter
from bot.errors import TryAgain
from bot.jobs.job import ENDS, Job, Stage
from bot.wording.cards import Card, job_card

EYES, DONE, FAILED = "eyes", "white_check_mark", "warning"


class Marks:
    """Keeps what stands around a job's card."""

    def __init__(self, inside: Inside, status: Status, home: Home) -> None:
        self._in = inside
        self._status = status
        self._home = home

    async def put(self, job: Job, card: Card) -> None:
        """Show on the message that asked how it goes; a failure also calls whoever asked, for edits call nobody."""
        self._in.later(self._mark(job), "reactions")
        if job.stage is Stage.FAILED and card.mention:
            await self._in.post(f"tell:{job.id}", {"kind": "tell", "job": job.id, "line": ""})

    async def finish(self, letter: Letter) -> None:
        """The video is posted: the card says so too, once the job does."""
        job = await self._in.door.jobs.get(str(letter.body["job"]))
        if job is None or (job.stage in ENDS and job.stage is not Stage.DELIVERED):
            return
        if job.stage is not Stage.DELIVERED:
            raise TryAgain("Not recorded yet.", 0.5)
        await self._status.show(job, job_card(job, self._in.door.clock.now()))
        await self._mark(job)
        self._home.changed(job)

    async def tell(self, letter: Letter) -> None:
        """A short answer that calls the asker."""
        job = await self._in.door.jobs.get(str(letter.body["job"]))
        if job is None:
            return
        if job.stage not in ENDS:
            raise TryAgain("Not recorded yet.", 0.5)
        card = job_card(job, self._in.door.clock.now())
        if letter.body["line"]:
            card = Card(card.title, (str(letter.body["line"]),))
        channel, _, ts = (job.card or "").partition("/")
        where = {"channel": channel, "thread_ts": job.place.thread or ts}
        if not ts or channel != job.place.channel:
            where = {"channel": job.asker.user}
        try:
            await self._in.call(job.place.workspace, "chat.postMessage", text=text_of(card, job.asker.user), **where)
        except Said:
            await self._in.quietly(
                job.place.workspace, "chat.postMessage", channel=job.asker.user, text=text_of(card, job.asker.user)
            )

    async def _mark(self, job: Job) -> None:
        place = job.place
        if not place.message:
            return
        at = {"channel": place.channel, "timestamp": place.message}
        if job.ended:
            await self._in.quietly(place.workspace, "reactions.remove", name=EYES, **at)
        mark = {Stage.DELIVERED: DONE, Stage.FAILED: FAILED, Stage.CANCELLED: None}.get(job.stage, EYES)
        if mark and not (mark is EYES and job.shown):
            await self._in.quietly(place.workspace, "reactions.add", name=mark, **at)
