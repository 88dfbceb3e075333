"""Tells channels what they subscribed to, once: at a job's end notices are written down, and a loop posts them.

What must hold: a notice is kept before its job is let go, and `posting` is written before the post; one found so is
looked for before it is posted again. A repeat of anything here meets the key of the first and does nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from bot.chats.chat import Chat
from bot.errors import Broken
from bot.jobs.job import Job, Jobs, Stage, new_id
from bot.notices.credit_alerts import Purse
from bot.notices.posting import SPARE, Posting
from bot.notices.subscriptions import Notice, Subscription, Subscriptions, Topic, about
from bot.runtime.clock import Clock, rest
from bot.runtime.leader_lease import Seats, Sole
from bot.runtime.wakeups import ANYTHING, NOTICES

log = structlog.get_logger(__name__)

HOLD = 30.0  # how long notices are held before anyone may take them over
NAP = 30.0  # the longest sleep: the net under the bell
MOST = 50  # notices taken in one turn
CREDITS_AGAIN = 60.0  # studios are not asked for credits more often than this …
CREDITS_NAP = 3600.0  # … nor more rarely

_TOPICS: Mapping[Stage, Topic] = {Stage.DELIVERED: "done", Stage.FAILED: "failed"}


class Herald:
    """Announces what happened, and posts what was announced."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        jobs: Jobs,
        purse: Purse,
        chats: Mapping[str, Chat],
        clock: Clock,
        broken: Callable[[Broken], None] | None = None,
        seats: Seats | None = None,
    ) -> None:
        self._seats = seats or Sole()
        self._subscriptions = subscriptions
        self._purse = purse
        self._clock = clock
        self._me = new_id()
        self._news = asyncio.Event()
        self._spent = asyncio.Event()
        self._halt = asyncio.Event()  # rung only to stop
        self._stopping = asyncio.Event()
        self._broken = broken or (lambda error: log.error("broken", sentence=error.sentence))
        self._one = Posting(subscriptions, jobs, chats, clock, self._me, self._news, self._broken)

    async def announce(self, job: Job) -> None:
        """Keep a notice of a job's end for every channel that wants one; to be called before the job is let go."""
        self._spent.set()
        topic = _TOPICS.get(job.stage)
        if topic is None or job.place.private or job.place.closed:
            return
        wanting = await self._subscriptions.wanting(topic, job.place.platform, job.place.workspace)
        heard = [each for each in wanting if each.place.key != job.place.key and about(each.filter, job.asker)]
        if heard:
            await self._subscriptions.announce([self._of_job(each, job) for each in heard])
            self._news.set()

    async def run(self) -> None:
        """Post what is due and watch the credits, until stopped."""
        async with asyncio.TaskGroup() as tasks:
            posting = tasks.create_task(self._posting())
            # One for all replicas: two that compare with the same note at once could say a crossing twice, or never.
            counting = tasks.create_task(self._seats.sit("purse", self._counting))
            await self._stopping.wait()
            await asyncio.wait((posting,))
            counting.cancel()  # wherever it is: what it announces is announced before it is noted

    def hear(self, word: str) -> None:
        """Another process may have announced something: look now."""
        if word in (NOTICES, ANYTHING):
            self._news.set()

    def stop(self) -> None:
        """Begin nothing new."""
        for bell in (self._stopping, self._halt, self._news, self._spent):
            bell.set()

    async def _posting(self) -> None:
        while not self._stopping.is_set():
            pause = await self._turn(self._post_due)
            await rest(self._clock, self._news, min(pause, NAP))

    async def _counting(self) -> None:
        while not self._stopping.is_set():
            await self._turn(self._count)
            await rest(self._clock, self._halt, CREDITS_AGAIN)
            if not self._stopping.is_set():
                await rest(self._clock, self._spent, CREDITS_NAP - CREDITS_AGAIN)

    async def _turn(self, turn: Callable[[], Awaitable[float]]) -> float:
        """One turn of a loop; one that goes wrong does not end the loop."""
        try:
            return await turn()
        except Broken as error:
            self._broken(error)
        except Exception:  # the edge of a loop: notices are not worth the bot
            log.exception("a turn failed unexpectedly")
        return NAP

    async def _count(self) -> float:
        await self._purse.check()
        self._news.set()
        return CREDITS_NAP

    async def _post_due(self) -> float:
        """Post what is due, channel by channel side by side; for how long nothing will be."""
        now = self._clock.now()
        channels: dict[str, list[Notice]] = {}
        for notice in await self._subscriptions.due(self._me, now, now + HOLD, MOST):
            channels.setdefault(notice.to or notice.place.key, []).append(notice)
        async with asyncio.TaskGroup() as tasks:
            for notices in channels.values():
                tasks.create_task(self._tell(notices, now + HOLD))
        following = await self._subscriptions.next_due()
        return NAP if following is None else following - self._clock.now()

    async def _tell(self, notices: Sequence[Notice], until: float) -> None:
        """One channel's notices in turn. What is not reached stays held, and is due again when the hold runs out."""
        for notice in notices:
            too_late = self._clock.now() > until - SPARE
            if too_late or self._stopping.is_set() or not await self._one.post(notice):
                return

    def _of_job(self, wanted: Subscription, job: Job) -> Notice:
        key = f"job:{job.id}:{wanted.place.key}"
        return Notice.of(wanted, key, self._clock.now(), job=job.id, home=job.place, post=job.post)
