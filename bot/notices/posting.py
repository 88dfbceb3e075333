"""One notice at a time: whether it is still wanted, whether it is there already, and its one post.

What must hold: `posting` is written before the post, and one found so is looked for before it is posted again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import structlog

from bot.chats.chat import Chat, Cries
from bot.errors import Broken, Refused, Trouble, TryAgain, Unsure
from bot.jobs.job import Job, Jobs
from bot.notices.subscriptions import CALL_MOST, Notice, Subscription, Subscriptions
from bot.runtime import backoff
from bot.runtime.clock import Clock
from bot.runtime.shield import finish
from bot.wording.cards import notice_card, unheard

log = structlog.get_logger(__name__)
_T = TypeVar("_T")

SPARE = 5.0  # seconds in which what was cut off still arrives
STALE = 86400.0  # yesterday's news is not posted any more
LOCKED_NAP = 600.0  # a chat that does not let us in at all is tried again rarely


class _Unseen(Exception):
    """Whether a notice was posted cannot be looked up just now."""


class Posting:
    """Posts notices that are held."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        jobs: Jobs,
        chats: Mapping[str, Chat],
        clock: Clock,
        me: str,
        news: asyncio.Event,
        broken: Callable[[Broken], None],
    ) -> None:
        self._subscriptions = subscriptions
        self._jobs = jobs
        self._chats = chats
        self._clock = clock
        self._me = me  # who holds them
        self._news = news  # rung when there is more to post
        self._broken = broken

    async def post(self, notice: Notice) -> bool:
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
            await self._once(notice)
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

    async def _once(self, notice: Notice) -> None:
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
