"""One notice at a time: whether it is still wanted, whether it is there already, and its one post.

What must hold: `posting` is written before the post, and one found so is looked for before it is posted again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import structlog

from bot.chats.chat import Chat
from bot.errors import Broken, Refused, Trouble, TryAgain, Unsure
from bot.jobs.job import Job, Jobs
from bot.notices.cards import notice_card, notices_paused_text
from bot.notices.subscriptions import NOTICE_TIMEOUT_SECONDS, CanNotify, Notice, Subscription, Subscriptions
from bot.runtime import backoff
from bot.runtime.clock import Clock
from bot.runtime.shield import finish_shielded

log = structlog.get_logger(__name__)
_T = TypeVar("_T")

ARRIVAL_MARGIN_SECONDS = 5.0  # seconds in which what was cut off still arrives
MAX_NOTICE_AGE_SECONDS = 86400.0  # yesterday's news is not posted any more
LOCKED_RETRY_SECONDS = 600.0  # a chat that does not let us in at all is tried again rarely


class _LookupFailed(Exception):
    """Whether a notice was posted cannot be looked up just now."""


class NoticePoster:
    """Posts notices that are held."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        jobs: Jobs,
        chats: Mapping[str, Chat],
        clock: Clock,
        owner_id: str,
        wakeup: asyncio.Event,
        on_broken: Callable[[Broken], None],
    ) -> None:
        self._subscriptions = subscriptions
        self._jobs = jobs
        self._chats = chats
        self._clock = clock
        self._owner_id = owner_id  # who holds them
        self._wakeup = wakeup  # rung when there is more to post
        self._on_broken = on_broken

    async def post(self, notice: Notice) -> bool:
        """Post one notice; whether its channel takes more just now."""
        try:
            return await self._try_post(notice)
        except Broken as error:
            self._on_broken(error)
        except Exception:  # the edge of one notice: the others go on, and this one is looked for later
            log.exception("a notice failed unexpectedly", key=notice.key)
        return False

    async def _try_post(self, notice: Notice) -> bool:
        """What to do next is in the error's name."""
        try:
            await self._post_once(notice)
        except Broken:
            raise
        except _LookupFailed as error:
            log.info("notice not looked for", key=notice.key, why=str(error))
            await self._subscriptions.retry_lookup_at(
                notice.key, self._owner_id, self._clock.now() + backoff.retry_delay(notice.tries)
            )
            return False
        except Unsure as doubt:  # it stays held; when that runs out it is looked for
            log.info("notice in doubt", key=notice.key, why=doubt.sentence)
            return False
        except Refused as refusal:
            await self._pause_channel(notice, refusal.sentence)
        except Trouble as trouble:
            after = trouble.retry_after if isinstance(trouble, TryAgain) else LOCKED_RETRY_SECONDS
            await self._subscriptions.retry_at(
                notice.key, self._owner_id, self._clock.now() + backoff.retry_delay(notice.tries, after)
            )
            return False
        return True

    async def _post_once(self, notice: Notice) -> None:
        chat = self._chats.get(notice.place.platform)
        if chat is None:
            raise _LookupFailed(f"{notice.place.platform} is not connected at the moment.")
        if (
            isinstance(chat, CanNotify)
            and await self._still_wanted(notice)
            and not await self._already_posted(chat, notice)
        ):
            card = notice_card(notice, await self._job_of(notice))
            # Once the call must have ended, nobody need wait any longer before looking whether it arrived.
            until = self._clock.now() + NOTICE_TIMEOUT_SECONDS + ARRIVAL_MARGIN_SECONDS
            if not await self._subscriptions.begin_posting(notice.key, self._owner_id, until):
                raise Unsure("Another didtalk has taken this notice over.")
            call = (
                chat.send_privately(notice.recipient, notice.place, notice.sentence)
                if notice.recipient
                else chat.post_notice(notice, card)
            )
            await _with_deadline(call)
        await finish_shielded(self._subscriptions.finish_posting(notice.key))

    async def _still_wanted(self, notice: Notice) -> bool:
        """Whether it is still news, still subscribed to, and its video not deleted meanwhile."""
        if self._clock.now() - notice.due_at > MAX_NOTICE_AGE_SECONDS:
            log.warning("notice came too late", key=notice.key)
            return False
        if notice.recipient:
            return True
        subscribed = await self._subscriptions.list_for_place(notice.place)
        if not any(each.topic == notice.topic and each.pause_reason is None for each in subscribed):
            return False
        job = await self._job_of(notice)
        return notice.job is None or (
            job is not None
            and not (job.deleted or job.deleting)
            and (notice.topic == "failed" or job.stored_video is not None)
        )

    async def _already_posted(self, chat: CanNotify, notice: Notice) -> bool:
        """Whether a post that was begun before arrived. A whisper cannot be looked for, and is not worth a second."""
        if not notice.posting or notice.recipient:
            return notice.posting
        try:
            return await _with_deadline(chat.find_notice(notice)) is not None
        except Refused:
            raise
        except Trouble as trouble:  # says nothing about the post, so nothing may be tried again
            raise _LookupFailed(trouble.sentence) from trouble

    async def _pause_channel(self, notice: Notice, why: str) -> None:
        """Pause a channel that cannot be posted to, and have its owners told: each step once, whatever crashes."""
        log.info("notices paused", place=notice.place.key, why=why)
        if notice.recipient is None:
            subscribed = await self._subscriptions.list_for_place(notice.place)
            owners = {each.subscriber: each for each in subscribed if each.pause_reason is None}
            await self._subscriptions.add_notices([self._pause_notice(each, why) for each in owners.values()])
            await self._subscriptions.pause_channel(notice.place, why)
            self._wakeup.set()
        await self._subscriptions.finish_posting(notice.key)

    async def _job_of(self, notice: Notice) -> Job | None:
        return await self._jobs.get(notice.job) if notice.job else None

    def _pause_notice(self, subscription: Subscription, why: str) -> Notice:
        key = f"paused:{subscription.place.key}:{subscription.subscriber}:{subscription.subscribed_at!r}"
        return Notice.from_subscription(
            subscription, key, self._clock.now(), recipient=subscription.subscriber, sentence=notices_paused_text(why)
        )


async def _with_deadline(call: Awaitable[_T]) -> _T:
    """A call of a chat, with a deadline; without an answer nobody knows what became of it."""
    try:
        async with asyncio.timeout(NOTICE_TIMEOUT_SECONDS):
            return await call
    except TimeoutError as error:
        raise Unsure("The chat did not answer in time.") from error
