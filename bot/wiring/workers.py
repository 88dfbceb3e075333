"""The background workers and what they are built of."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from prometheus_client import CollectorRegistry

from adapters.http.link_fetcher import PublicLinkFetcher
from adapters.media.fitter import MediaFitter
from bot.chats.chat import Chat
from bot.errors import Broken
from bot.jobs.job import WORK_QUEUE, Jobs, LedgerEntry, poll_queue
from bot.notices.credit_alerts import CreditAlerts
from bot.notices.notifier import Notifier
from bot.requests.media import Shelf
from bot.runtime.clock import Clock
from bot.settings import Settings
from bot.studios.choice import min_translation_seconds
from bot.studios.studio import SETTLE_SECONDS, Studio
from bot.wiring.faces import default_face, portrait_paths
from bot.wiring.persistence import Persistence
from bot.wiring.studios import StudioSet
from bot.worker.clock_shift import ClockShiftWatcher
from bot.worker.deletion import JobDeletion, delete_old_jobs
from bot.worker.deliver import Deliverer
from bot.worker.engine import Engine, WorkerSlots
from bot.worker.leases import Leases
from bot.worker.poll import Poller
from bot.worker.submit import JobInputs, SubmitStep
from bot.worker.transitions import JobCards, JobMetrics, QueueWakeups, Transitions
from storage.file_shelf import delete_expired_files
from storage.migrations.runner import guard_schema_version
from storage.postgres.clock import ServerClock
from storage.tables.leases import SqlClockShift

SHUTDOWN_SECONDS = 4.0  # for running jobs to finish their step

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class CoreServices:
    """What all other parts are built on."""

    settings: Settings
    clock: Clock
    persistence: Persistence
    studio_set: StudioSet
    chats: dict[str, Chat]
    on_broken: Callable[[Broken], None] | None  # called when the operator must act
    settle_seconds: float

    @property
    def studios(self) -> dict[str, Studio]:
        return self.studio_set.by_name


class BackgroundWorker(Protocol):
    """Works until stopped, and then finishes what it has begun."""

    async def run(self) -> None: ...

    def stop(self) -> None: ...


class Supervisor:
    """Workers and background tasks, started and shut down together."""

    def __init__(self, workers: Sequence[BackgroundWorker]) -> None:
        self._workers = workers
        self._worker_tasks: list[asyncio.Task[None]] = []
        self.stopping = False

    @asynccontextmanager
    async def running(self, background: Sequence[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
        """Run everything; at the end the workers finish while every chat can still be posted to."""
        async with asyncio.TaskGroup() as tasks:
            self._worker_tasks = [tasks.create_task(each.run()) for each in self._workers]
            background_tasks = [tasks.create_task(task) for task in background]
            try:
                yield
            finally:
                for task in background_tasks:
                    task.cancel()
                await self.shut_down()

    async def shut_down(self) -> None:
        """Begin nothing new, give running steps a little time, and cancel the rest: its leases are released."""
        self.stopping = True
        for worker in self._workers:
            worker.stop()
        await self._wait_for_workers(SHUTDOWN_SECONDS)
        for each in self._worker_tasks:
            each.cancel()
        await self._wait_for_workers(None)

    async def _wait_for_workers(self, timeout_seconds: float | None) -> None:
        if waiting := [each for each in self._worker_tasks if not each.done()]:
            await asyncio.wait(waiting, timeout=timeout_seconds)


@dataclass(frozen=True)
class Workers:
    engine: Engine
    notifier: Notifier
    supervisor: Supervisor
    inputs: JobInputs
    registry: CollectorRegistry
    jobs: Jobs
    deletion: JobDeletion

    async def is_ready(self) -> bool:
        """Whether the database answers and we are not shutting down."""
        if self.supervisor.stopping:
            return False
        try:
            await self.jobs.next_due(WORK_QUEUE)
        except Broken:
            return False
        return True


def build_workers(core: CoreServices) -> Workers:
    persistence, clock, chats, studios = core.persistence, core.clock, core.chats, core.studios
    registry = CollectorRegistry()
    face = default_face(core.settings)
    inputs = JobInputs(
        persistence.shelf, MediaFitter(persistence.folder / "shelf"), PublicLinkFetcher(), chats, portrait_paths(), face
    )
    credit_alerts = CreditAlerts(studios, persistence.subscriptions, persistence.key_value, clock)
    notifier = Notifier(
        persistence.subscriptions,
        persistence.jobs,
        credit_alerts,
        chats,
        clock,
        on_broken=core.on_broken,
        leader_leases=persistence.leader_leases,
    )
    deletion = JobDeletion(persistence.jobs, studios, chats, persistence.shelf)
    engine = build_engine(
        persistence.jobs,
        clock,
        studios,
        chats,
        inputs,
        persistence.shelf,
        notifier,
        deletion,
        settle_seconds=core.settle_seconds,
        on_entry=JobMetrics(registry).count_entry,
        on_broken=core.on_broken,
    )
    return Workers(engine, notifier, Supervisor((engine, notifier)), inputs, registry, persistence.jobs, deletion)


def build_engine(
    jobs: Jobs,
    clock: Clock,
    studios: Mapping[str, Studio],
    chats: Mapping[str, Chat],
    inputs: JobInputs,
    shelf: Shelf,
    notifier: Notifier,
    deletion: JobDeletion,
    *,
    settle_seconds: float = SETTLE_SECONDS,
    on_entry: Callable[[LedgerEntry], None] = lambda entry: None,
    on_broken: Callable[[Broken], None] | None = None,
) -> Engine:
    """The engine with all its parts, each built once."""
    on_broken = on_broken or (lambda error: log.error("broken", sentence=error.sentence))
    wakeups = QueueWakeups((WORK_QUEUE, *map(poll_queue, studios)))
    leases, cards = Leases(jobs, clock), JobCards(chats, jobs, clock)
    transitions = Transitions(jobs, clock, cards, studios, wakeups, on_entry)
    submitter = SubmitStep(jobs, clock, leases, transitions, studios, inputs, settle_seconds)
    deliverer = Deliverer(
        clock,
        leases,
        transitions,
        cards,
        studios,
        chats,
        inputs.fitter,
        shelf,
        notifier.subscriptions,
        notifier,
        min_translation_seconds(studios),
    )
    slots = WorkerSlots(jobs, clock, leases, transitions, submitter, deliverer, deletion, wakeups, on_broken)
    pollers = [Poller(each, jobs, clock, leases, transitions, cards, slots, wakeups) for each in studios.values()]
    return Engine(jobs, clock, wakeups, leases, slots, {each.queue: each.poll_due for each in pollers}, on_broken)


def background_work(core: CoreServices, engine: Engine) -> tuple[Coroutine[Any, Any, None], ...]:
    """Periodic tasks."""
    persistence, settings, clock = core.persistence, core.settings, core.clock
    replica_work: tuple[Coroutine[Any, Any, None], ...] = ()
    if isinstance(clock, ServerClock):
        replica_work = (clock.run(), guard_schema_version(persistence.database, clock))
    return (
        *replica_work,
        delete_expired_files(persistence.shelf, clock, settings.keep_days),
        delete_old_jobs(persistence.jobs, persistence.shelf, clock, settings.keep_rows_days),
        ClockShiftWatcher(clock, SqlClockShift(persistence.database), persistence.key_value, engine.wake_all).run(),
    )
