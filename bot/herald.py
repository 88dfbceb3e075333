"""Tells channels what they subscribed to, once: at a job's end notices are written down, and a loop posts them.

What must hold: a notice is kept before its job is let go, and `posting` is written before the post; one found so is
looked for before it is posted again. A repeat of anything here meets the key of the first and does nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import structlog

from bot import backoff
from bot.bell import ANYTHING, NOTICES
from bot.cards import notice_card, unheard
from bot.chat import Chat, Cries
from bot.clock import Clock, rest
from bot.errors import Broken, Refused, Trouble, TryAgain, Unsure
from bot.finish import finish
from bot.jobs import Job, Jobs, Stage, new_id
from bot.purse import Purse
from bot.seat import Seats, Sole
from bot.subscriptions import CALL_MOST, Notice, Subscription, Subscriptions, Topic, about

log = structlog.get_logger(__name__)
_T = TypeVar("_T")

HOLD = 30.0  # how long notices are held before anyone may take them over
SPARE = 5.0  # seconds in which what was cut off still arrives
NAP = 30.0  # the longest sleep: the net under the bell
STALE = 86400.0  # yesterday's news is not posted any more
MOST = 50  # notices taken in one turn
LOCKED_NAP = 600.0  # a chat that does not let us in at all is tried again rarely
CREDITS_AGAIN = 60.0  # studios are not asked for credits more often than this …
CREDITS_NAP = 3600.0  # … nor more rarely


class _Unseen(Exception):
    """Whether a notice was posted cannot be looked up just now."""


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
        self._jobs = jobs
        self._purse = purse
        self._chats = chats
        self._clock = clock
        self._me = new_id()
        self._news = asyncio.Event()
        self._spent = asyncio.Event()
        self._halt = asyncio.Event()  # rung only to stop
        self._stopping = asyncio.Event()
        self._broken = broken or (lambda error: log.error("broken", sentence=error.sentence))

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
            if too_late or self._stopping.is_set() or not await self._tell_one(notice):
                return

    async def _tell_one(self, notice: Notice) -> bool:
        """Post one notice; whether its channel takes more just now."""
        try:
            return await self._try(notice)
        except Broken as error:
            self._broken(error)
        except Exception:  # the edge of one notice: the others go on, and this one is looked for later
            log.exception("a notice failed unexpectedly", key=notice.key)
        return False

    async def _try(self, notice: Notice) -> bool:
        """What to do next is in the error's name."""
        try:
            await self._post(notice)
        except Broken:
            raise
        except _Unseen as error:
            log.info("notice not looked for", key=notice.key, why=str(error))
            await self._subscriptions.again(notice.key, self._me, self._clock.now() + backoff.again(notice.tries))
            return False
        except Unsure as doubt:  # it stays held; when that runs out it is looked for
            log.info("notice in doubt", key=notice.key, why=doubt.sentence)
            return False
        except Refused as refusal:
            await self._give_up(notice, refusal.sentence)
        except Trouble as trouble:
            after = trouble.after if isinstance(trouble, TryAgain) else LOCKED_NAP
            await self._subscriptions.later(
                notice.key, self._me, self._clock.now() + backoff.again(notice.tries, after)
            )
            return False
        return True

    async def _post(self, notice: Notice) -> None:
        chat = self._chats.get(notice.place.platform)
        if chat is None:
            raise _Unseen(f"{notice.place.platform} is not connected at the moment.")
        if isinstance(chat, Cries) and await self._wanted(notice) and not await self._there(chat, notice):
            card = notice_card(notice, await self._job(notice))
            # Once the call must have ended, nobody need wait any longer before looking whether it arrived.
            until = self._clock.now() + CALL_MOST + SPARE
            if not await self._subscriptions.posting(notice.key, self._me, until):
                raise Unsure("Another didtalk has taken this notice over.")
            call = chat.whisper(notice.to, notice.place, notice.sentence) if notice.to else chat.notify(notice, card)
            await _within(call)
        await finish(self._subscriptions.posted(notice.key))

    async def _wanted(self, notice: Notice) -> bool:
        """Whether it is still news, still subscribed to, and its video not deleted meanwhile."""
        if self._clock.now() - notice.due_at > STALE:
            log.warning("notice came too late", key=notice.key)
            return False
        if notice.to:
            return True
        held = await self._subscriptions.of(notice.place)
        if not any(each.topic == notice.topic and each.paused is None for each in held):
            return False
        job = await self._job(notice)
        return notice.job is None or (
            job is not None and not (job.gone or job.deleting) and (notice.topic == "failed" or job.kept is not None)
        )

    async def _there(self, chat: Cries, notice: Notice) -> bool:
        """Whether a post that was begun before arrived. A whisper cannot be looked for, and is not worth a second."""
        if not notice.posting or notice.to:
            return notice.posting
        try:
            return await _within(chat.noticed(notice)) is not None
        except Refused:
            raise
        except Trouble as trouble:  # says nothing about the post, so nothing may be tried again
            raise _Unseen(trouble.sentence) from trouble

    async def _give_up(self, notice: Notice, why: str) -> None:
        """Pause a channel that cannot be posted to, and have its owners told: each step once, whatever crashes."""
        log.info("notices paused", place=notice.place.key, why=why)
        if notice.to is None:
            held = await self._subscriptions.of(notice.place)
            owners = {each.by: each for each in held if each.paused is None}
            await self._subscriptions.announce([self._of_pause(each, why) for each in owners.values()])
            await self._subscriptions.pause(notice.place, why)
            self._news.set()
        await self._subscriptions.posted(notice.key)

    async def _job(self, notice: Notice) -> Job | None:
        return await self._jobs.get(notice.job) if notice.job else None

    def _of_job(self, wanted: Subscription, job: Job) -> Notice:
        key = f"job:{job.id}:{wanted.place.key}"
        return Notice.of(wanted, key, self._clock.now(), job=job.id, home=job.place, post=job.post)

    def _of_pause(self, wanted: Subscription, why: str) -> Notice:
        key = f"paused:{wanted.place.key}:{wanted.by}:{wanted.at!r}"
        return Notice.of(wanted, key, self._clock.now(), to=wanted.by, sentence=unheard(why))


async def _within(call: Awaitable[_T]) -> _T:
    """A call of a chat, with a deadline; without an answer nobody knows what became of it."""
    try:
        async with asyncio.timeout(CALL_MOST):
            return await call
    except TimeoutError as error:
        raise Unsure("The chat did not answer in time.") from error
