"""Everybody who works by themselves for as long as didtalk runs."""

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry

from adapters.http.link_fetcher import Links
from adapters.media.fitter import MediaFitter
from adapters.metrics import Counts
from bot.errors import Broken
from bot.jobs.job import WORK, Jobs
from bot.notices.credit_alerts import Purse
from bot.notices.notifier import Herald
from bot.runtime.supervisor import Crew
from bot.wiring.parts import Site
from bot.wiring.portraits import portraits, usual_face
from bot.worker.clock_shift import Setbacks
from bot.worker.durations import Usual
from bot.worker.engine import Engine
from bot.worker.inputs import Gather
from bot.worker.job_cards import Teller
from bot.worker.retention import fade
from bot.worker.steps import Steps
from bot.worker.transitions import Moves
from storage.file_shelf import tidy
from storage.migrations.version_guard import keep_abreast
from storage.postgres.clock import ServerClock
from storage.tables.clock_shift import SqlDates


@dataclass(frozen=True)
class Work:
    """Who works, and what they fetch and count with."""

    engine: Engine
    herald: Herald
    crew: Crew
    gather: Gather
    registry: CollectorRegistry
    jobs: Jobs

    async def ready(self) -> bool:
        """Whether jobs can be kept and worked on: the database answers, and we are not going."""
        if self.crew.stopping:
            return False
        try:
            await self.jobs.next_due(WORK)
        except Broken:
            return False
        return True


def work_at(site: Site) -> Work:
    """The workers of a site, not yet at work."""
    home, clock, chats, studios = site.home, site.clock, site.chats, site.studios
    registry = CollectorRegistry()
    moves = Moves(
        home.jobs, clock, Teller(chats, home.jobs, Usual(home.jobs, clock), clock), studios, Counts(registry).count
    )
    face = usual_face(site.settings)
    gather = Gather(home.shelf, MediaFitter(home.folder / "shelf"), Links(), chats, portraits(), face)
    purse = Purse(studios, home.subscriptions, home.notes, clock)
    herald = Herald(home.subscriptions, home.jobs, purse, chats, clock, broken=site.broken, seats=home.seats)
    steps = Steps(moves, studios, chats, gather, home.shelf, herald, site.settle)
    engine = Engine(moves, steps, studios, broken=site.broken)
    return Work(engine, herald, Crew((engine, herald)), gather, registry, home.jobs)


def chores(site: Site, engine: Engine) -> tuple[Coroutine[Any, Any, None], ...]:
    """What else is seen to."""
    home, settings, clock = site.home, site.settings, site.clock
    beside_others: tuple[Coroutine[Any, Any, None], ...] = ()
    if isinstance(clock, ServerClock):
        beside_others = (clock.run(), keep_abreast(home.database, clock))
    return (
        *beside_others,
        tidy(home.shelf, clock, settings.keep_days),
        fade(home.jobs, home.shelf, clock, settings.keep_rows_days),
        Setbacks(clock, SqlDates(home.database), home.notes, engine.ring).run(),
    )
