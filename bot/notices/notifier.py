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
from bot.notices.credit_alerts import CreditAlerts
from bot.notices.posting import ARRIVAL_MARGIN_SECONDS, NoticePoster
from bot.notices.subscriptions import Notice, Subscription, Subscriptions, Topic, filter_matches
from bot.runtime.clock import Clock, sleep_or_wake
from bot.runtime.leases import LeaderLeases, SingleProcess
from bot.runtime.wakeups import WAKE_ALL, WAKE_NOTICES

log = structlog.get_logger(__name__)

NOTICE_LEASE_SECONDS = 30.0  # how long notices are held before anyone may take them over
NOTICE_MAX_IDLE_SECONDS = 30.0  # the longest sleep: the net under the bell
NOTICE_BATCH_SIZE = 50  # notices taken in one turn
MIN_CREDIT_CHECK_SECONDS = 60.0  # studios are not asked for credits more often than this …
MAX_CREDIT_CHECK_SECONDS = 3600.0  # … nor more rarely

_TOPIC_BY_STAGE: Mapping[Stage, Topic] = {Stage.DELIVERED: "done", Stage.FAILED: "failed"}


class Notifier:
    """Announces what happened, and posts what was announced."""

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
        self._leader_leases = leader_leases or SingleProcess()
        self._subscriptions = subscriptions
        self._credit_alerts = credit_alerts
        self._clock = clock
        self._owner_id = new_id()
        self._wakeup = asyncio.Event()
        self._credits_spent = asyncio.Event()
        self._stop_event = asyncio.Event()  # rung only to stop
        self._stopping = asyncio.Event()
        self._on_broken = on_broken or (lambda error: log.error("broken", sentence=error.sentence))
        self._poster = NoticePoster(subscriptions, jobs, chats, clock, self._owner_id, self._wakeup, self._on_broken)

    async def announce_job(self, job: Job) -> None:
        """Keep a notice of a job's end for every channel that wants one; to be called before the job is let go."""
        self._credits_spent.set()
        topic = _TOPIC_BY_STAGE.get(job.stage)
        if topic is None or job.place.private or job.place.invite_only:
            return
        subscriptions = await self._subscriptions.list_active(topic, job.place.platform, job.place.workspace)
        matching = [
            each for each in subscriptions if each.place.key != job.place.key and filter_matches(each.filter, job.asker)
        ]
        if matching:
            await self._subscriptions.add_notices([self._job_notice(each, job) for each in matching])
            self._wakeup.set()

    async def run(self) -> None:
        """Post what is due and watch the credits, until stopped."""
        async with asyncio.TaskGroup() as tasks:
            posting = tasks.create_task(self._post_loop())
            # One for all replicas: two that compare with the same note at once could say a crossing twice, or never.
            counting = tasks.create_task(self._leader_leases.run_as_leader("purse", self._credit_loop))
            await self._stopping.wait()
            await asyncio.wait((posting,))
            counting.cancel()  # wherever it is: what it announces is announced before it is noted

    def on_wakeup(self, signal: str) -> None:
        """Another process may have announced something: look now."""
        if signal in (WAKE_NOTICES, WAKE_ALL):
            self._wakeup.set()

    def stop(self) -> None:
        """Begin nothing new."""
        for event in (self._stopping, self._stop_event, self._wakeup, self._credits_spent):
            event.set()

    async def _post_loop(self) -> None:
        while not self._stopping.is_set():
            pause = await self._run_turn(self._post_due_notices)
            await sleep_or_wake(self._clock, self._wakeup, min(pause, NOTICE_MAX_IDLE_SECONDS))

    async def _credit_loop(self) -> None:
        while not self._stopping.is_set():
            await self._run_turn(self._check_credits)
            await sleep_or_wake(self._clock, self._stop_event, MIN_CREDIT_CHECK_SECONDS)
            if not self._stopping.is_set():
                await sleep_or_wake(
                    self._clock, self._credits_spent, MAX_CREDIT_CHECK_SECONDS - MIN_CREDIT_CHECK_SECONDS
                )

    async def _run_turn(self, work: Callable[[], Awaitable[float]]) -> float:
        """One turn of a loop; one that goes wrong does not end the loop."""
        try:
            return await work()
        except Broken as error:
            self._on_broken(error)
        except Exception:  # the edge of a loop: notices are not worth the bot
            log.exception("a turn failed unexpectedly")
        return NOTICE_MAX_IDLE_SECONDS

    async def _check_credits(self) -> float:
        await self._credit_alerts.check_credits()
        self._wakeup.set()
        return MAX_CREDIT_CHECK_SECONDS

    async def _post_due_notices(self) -> float:
        """Post what is due, channel by channel side by side; for how long nothing will be."""
        now = self._clock.now()
        channels: dict[str, list[Notice]] = {}
        for notice in await self._subscriptions.claim_due(
            self._owner_id, now, now + NOTICE_LEASE_SECONDS, NOTICE_BATCH_SIZE
        ):
            channels.setdefault(notice.recipient or notice.place.key, []).append(notice)
        async with asyncio.TaskGroup() as tasks:
            for notices in channels.values():
                tasks.create_task(self._post_to_channel(notices, now + NOTICE_LEASE_SECONDS))
        next_due = await self._subscriptions.next_due()
        return NOTICE_MAX_IDLE_SECONDS if next_due is None else next_due - self._clock.now()

    async def _post_to_channel(self, notices: Sequence[Notice], lease_end: float) -> None:
        """One channel's notices in turn. What is not reached stays held, and is due again when the hold runs out."""
        for notice in notices:
            too_late = self._clock.now() > lease_end - ARRIVAL_MARGIN_SECONDS
            if too_late or self._stopping.is_set() or not await self._poster.post(notice):
                return

    def _job_notice(self, subscription: Subscription, job: Job) -> Notice:
        key = f"job:{job.id}:{subscription.place.key}"
        return Notice.from_subscription(
            subscription, key, self._clock.now(), job=job.id, job_place=job.place, video_message=job.video_message
        )
