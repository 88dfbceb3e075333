"""Posts notices to the channels that subscribed to them, once; `bot.worker.deliver` stores those of a job's end.

Invariants: `posting` is written before the post, and a notice found with `posting` is looked up before it is posted
again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from bot.chats.chat import Chat
from bot.errors import Broken, Refused, Trouble, TryAgain, Unsure
from bot.jobs.job import Job, Jobs, new_id
from bot.notices.credit_alerts import CreditAlerts
from bot.notices.subscriptions import (
    NOTICE_TIMEOUT_SECONDS,
    CanNotify,
    Notice,
    Subscription,
    Subscriptions,
    Topic,
)
from bot.runtime.clock import Clock, retry_delay, sleep_or_wake
from bot.runtime.leases import LEASE_MARGIN_SECONDS, LEASE_SECONDS, LeaderLeases, SingleProcess
from bot.runtime.shield import finish_shielded
from bot.runtime.wakeups import WAKE_ALL, WAKE_NOTICES
from bot.wording.cards import Card, job_button, provenance, request_title

log = structlog.get_logger(__name__)

NOTICE_MAX_IDLE_SECONDS = 30.0  # a wake-up that got lost delays a notice no longer than this
NOTICE_BATCH_SIZE = 50
MIN_CREDIT_CHECK_SECONDS = 60.0  # between two checks after credits were spent …
MAX_CREDIT_CHECK_SECONDS = 3600.0  # … and when none were
MAX_NOTICE_AGE_SECONDS = 86400.0  # older notices are not posted
LOCKED_RETRY_SECONDS = 600.0  # for a chat that rejects our credentials

_TOPIC_TEXTS: dict[Topic, str] = {"done": "finished videos", "failed": "failed videos", "credits": "low credits"}


class _LookupFailed(Exception):
    """Whether a notice was posted cannot be looked up just now."""


class Notifier:
    """Posts notices, and watches the credits."""

    def __init__(
        self,
        subscriptions: Subscriptions,
        jobs: Jobs,
        credit_alerts: CreditAlerts,
        chats: Mapping[str, Chat],
        clock: Clock,
        on_broken: Callable[[Broken], None] | None = None,
        leader_leases: LeaderLeases | None = None,
    ) -> None:
        self.subscriptions = subscriptions
        self.wakeup = asyncio.Event()  # set when there is more to post
        self.job_ended = asyncio.Event()  # set when credits may have been spent
        self._jobs = jobs
        self._credit_alerts = credit_alerts
        self._chats = chats
        self._clock = clock
        self._on_broken = on_broken or (lambda error: log.error("broken", sentence=error.sentence))
        self._leader_leases = leader_leases or SingleProcess()
        self._owner_id = new_id()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Post what is due and watch the credits, until stopped."""
        async with asyncio.TaskGroup() as tasks:
            posting = tasks.create_task(self._post_loop())
            # In one replica only: two that compare at once could announce a low balance twice, or never.
            counting = tasks.create_task(self._leader_leases.run_as_leader("credit alerts", self._credit_loop))
            await self._stopping.wait()
            counting.cancel()  # safe at any point: it announces before it stores
            await asyncio.wait((posting,))

    def on_wakeup(self, signal: str) -> None:
        """Another process may have stored notices."""
        if signal in (WAKE_NOTICES, WAKE_ALL):
            self.wakeup.set()

    def stop(self) -> None:
        """Begin nothing new."""
        self._stopping.set()
        self.wakeup.set()

    async def _post_loop(self) -> None:
        while not self._stopping.is_set():
            pause = await self._run_turn(self._post_due_notices)
            await sleep_or_wake(self._clock, self.wakeup, min(pause, NOTICE_MAX_IDLE_SECONDS))

    async def _credit_loop(self) -> None:
        while not self._stopping.is_set():
            await self._run_turn(self._check_credits)
            await self._clock.sleep(MIN_CREDIT_CHECK_SECONDS)
            await sleep_or_wake(self._clock, self.job_ended, MAX_CREDIT_CHECK_SECONDS - MIN_CREDIT_CHECK_SECONDS)

    async def _run_turn(self, work: Callable[[], Awaitable[float]]) -> float:
        try:
            return await work()
        except Broken as error:
            self._on_broken(error)
        except Exception:  # the edge of a loop: an error does not end it
            log.exception("a turn failed unexpectedly")
        return NOTICE_MAX_IDLE_SECONDS

    async def _check_credits(self) -> float:
        await self._credit_alerts.check_credits()
        self.wakeup.set()
        return MAX_CREDIT_CHECK_SECONDS

    async def _post_due_notices(self) -> float:
        """Post what is due, all channels at once; the seconds until the next notice is due."""
        now = self._clock.now()
        channels: dict[str, list[Notice]] = {}
        for notice in await self.subscriptions.claim_due(self._owner_id, now, now + LEASE_SECONDS, NOTICE_BATCH_SIZE):
            channels.setdefault(notice.recipient or notice.place.key, []).append(notice)
        async with asyncio.TaskGroup() as tasks:
            for notices in channels.values():
                tasks.create_task(self._post_to_channel(notices, now + LEASE_SECONDS))
        next_due = await self.subscriptions.next_due()
        return NOTICE_MAX_IDLE_SECONDS if next_due is None else next_due - self._clock.now()

    async def _post_to_channel(self, notices: Sequence[Notice], lease_end: float) -> None:
        """Post one channel's notices in order. The rest is due again when the lease runs out."""
        for notice in notices:
            too_late = self._clock.now() > lease_end - LEASE_MARGIN_SECONDS
            if too_late or self._stopping.is_set() or not await self._post(notice):
                return

    async def _post(self, notice: Notice) -> bool:
        """Post one notice; whether its channel can be posted to now."""
        try:
            return await self._try_post(notice)
        except Broken as error:
            self._on_broken(error)
        except Exception:  # the edge of one notice: the others go on, and this one is looked up later
            log.exception("a notice failed unexpectedly", key=notice.key)
        return False

    async def _try_post(self, notice: Notice) -> bool:
        try:
            await self._post_once(notice)
        except Broken:
            raise
        except _LookupFailed as error:
            log.info("notice not looked up", key=notice.key, why=str(error))
            await self.subscriptions.retry_lookup_at(
                notice.key, self._owner_id, self._clock.now() + retry_delay(notice.tries)
            )
            return False
        except (Unsure, TimeoutError) as doubt:  # looked up when the lease runs out
            log.info("notice in doubt", key=notice.key, why=str(doubt) or "The chat did not answer in time.")
            return False
        except Refused as refusal:
            await self._pause_channel(notice, refusal.sentence)
        except Trouble as trouble:
            after = trouble.retry_after if isinstance(trouble, TryAgain) else LOCKED_RETRY_SECONDS
            await self.subscriptions.retry_at(
                notice.key, self._owner_id, self._clock.now() + retry_delay(notice.tries, after)
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
            card = _notice_card(notice, await self._job_of(notice))
            # From then on the call has certainly ended, and the post can be looked up.
            until = self._clock.now() + NOTICE_TIMEOUT_SECONDS + LEASE_MARGIN_SECONDS
            if not await self.subscriptions.begin_posting(notice.key, self._owner_id, until):
                raise Unsure("Another didtalk has taken this notice over.")
            call = (
                chat.send_privately(notice.recipient, notice.place, notice.sentence)
                if notice.recipient
                else chat.post_notice(notice, card)
            )
            async with asyncio.timeout(NOTICE_TIMEOUT_SECONDS):
                await call
        await finish_shielded(self.subscriptions.finish_posting(notice.key))

    async def _still_wanted(self, notice: Notice) -> bool:
        """Whether it is recent, still subscribed to, and its video not deleted."""
        if self._clock.now() - notice.due_at > MAX_NOTICE_AGE_SECONDS:
            log.warning("notice too old, not posted", key=notice.key)
            return False
        if notice.recipient:
            return True
        subscribed = await self.subscriptions.list_for_place(notice.place)
        if not any(each.topic == notice.topic and each.pause_reason is None for each in subscribed):
            return False
        job = await self._job_of(notice)
        return notice.job is None or (
            job is not None
            and not (job.deleted or job.deleting)
            and (notice.topic == "failed" or job.stored_video is not None)
        )

    async def _already_posted(self, chat: CanNotify, notice: Notice) -> bool:
        """Whether an earlier post arrived. A private message cannot be looked up and is not repeated."""
        if not notice.posting or notice.recipient:
            return notice.posting
        try:
            async with asyncio.timeout(NOTICE_TIMEOUT_SECONDS):
                return await chat.find_notice(notice) is not None
        except Refused:
            raise
        except (Trouble, TimeoutError) as trouble:  # says nothing about the post, so it must not be repeated
            raise _LookupFailed(str(trouble) or "The chat did not answer in time.") from trouble

    async def _pause_channel(self, notice: Notice, why: str) -> None:
        """Pause a channel that cannot be posted to, and notify its subscribers, each step once even after a crash."""
        log.info("notices paused", place=notice.place.key, why=why)
        if notice.recipient is None:
            subscribed = await self.subscriptions.list_for_place(notice.place)
            owners = {each.subscriber: each for each in subscribed if each.pause_reason is None}
            await self.subscriptions.add_notices([self._pause_notice(each, why) for each in owners.values()])
            await self.subscriptions.pause_channel(notice.place, why)
            self.wakeup.set()
        await self.subscriptions.finish_posting(notice.key)

    async def _job_of(self, notice: Notice) -> Job | None:
        return await self._jobs.get(notice.job) if notice.job else None

    def _pause_notice(self, subscription: Subscription, why: str) -> Notice:
        key = f"paused:{subscription.place.key}:{subscription.subscriber}:{subscription.subscribed_at!r}"
        sentence = f"Your notices there are paused. {why} Run /did subscribe again once I can post there."
        return Notice.from_subscription(
            subscription, key, self._clock.now(), recipient=subscription.subscriber, sentence=sentence
        )


def _notice_card(notice: Notice, job: Job | None) -> Card:
    if job is None:
        return Card(title="Credits", lines=(notice.sentence, _subscriber_line(notice)), tone="bad")
    done = notice.topic == "done"
    outcome = "Done." if done else f"Failed: {job.reason}"
    who = provenance(job) if done else f"Requested by {job.asker.name or job.asker.user}."
    return Card(
        title=request_title(job.request),
        lines=(outcome, who, _subscriber_line(notice)),
        tone="good" if done else "bad",
        buttons=(job_button("details", job),),
    )


def _subscriber_line(notice: Notice) -> str:
    private = notice.place.private
    who = "you subscribed" if private else f"@{notice.subscriber_name or notice.subscriber} subscribed this channel"
    return f"Posted because {who} to {_TOPIC_TEXTS[notice.topic]}{f' ({notice.filter})' if notice.filter else ''}."
