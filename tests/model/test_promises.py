"""The three promises under every order of events that hypothesis can think of, with up to three bots on one store."""

import os
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.jobs.job import Job, Stage
from tests.model.world import Life, World

nth = st.integers(0, 30)


class Promises(RuleBasedStateMachine):
    """People, studios, chats, the clock and the machine each do what they like."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self._folder.name))
        self._versions: dict[str, int] = {}
        self.world.do(self.world.start())

    @rule(once=st.sampled_from([None, "a", "b"]), at=nth)
    @precondition(lambda self: self.world.lives and len(self.world.jobs.kept) < 5)
    def ask(self, once: str | None, at: int) -> None:
        """Somebody asks, or a chat repeats a gesture."""
        self.world.do(self.world.ask(self._life(at), once))

    @rule(which=nth, end=nth)
    @precondition(lambda self: self.world.gates.calls())
    def go_on(self, which: int, end: int) -> None:
        """One call that waits goes on, however it ends."""
        self.world.do(self.world.let(which, end))

    @rule(how_many=st.integers(1, 25))
    @precondition(lambda self: self.world.gates.calls())
    def run(self, how_many: int) -> None:
        """Things go well for a while."""
        self.world.do(self.world.run(how_many))

    @rule(seconds=st.sampled_from([1.0, 5.0, 12.0, 24.0, 28.0, 31.0, 61.0, 200.0]), arrives=st.booleans())
    def wait(self, seconds: float, arrives: bool) -> None:
        """Time passes, whether or not what waits got on."""
        self.world.do(self.world.wait(seconds, arrives))

    @rule(which=nth, well=st.booleans())
    @precondition(lambda self: self.world.books.tickets)
    def finish(self, which: int, well: bool) -> None:
        """The studio finishes a video, or finds that it cannot."""
        tickets = list(self.world.books.tickets.values())
        self.world.books.ended.setdefault(tickets[which % len(tickets)], well)

    @rule(at=nth, which=nth)
    @precondition(lambda self: self.world.lives and self.world.jobs.kept)
    def hook(self, at: int, which: int) -> None:
        """A hook comes, with or without news."""
        self.world.do(self.world.hook(self._life(at), self._job(which).id))

    @rule(at=nth, which=nth)
    @precondition(lambda self: self.world.lives and self.world.jobs.kept)
    def cancel(self, at: int, which: int) -> None:
        """Somebody cancels, at whatever stage."""
        self.world.do(self.world.cancel(self._life(at), self._job(which).id))

    @rule(at=nth, which=nth, act=st.sampled_from(["redo", "delete"]))
    @precondition(lambda self: self.world.lives and 0 < len(self.world.jobs.kept) < 7)
    def press(self, at: int, which: int, act: str) -> None:
        """Somebody wants it once more, or gone."""
        self.world.do(self.world.press(self._life(at), act, self._job(which).id))

    @rule(at=nth, really=st.sampled_from([True, False, False, False]))
    @precondition(lambda self: self.world.lives)
    def kill(self, at: int, really: bool) -> None:
        """A bot is killed wherever it is; not too often, or none would ever get far."""
        if really:
            self.world.do(self.world.kill(self._life(at)))

    @rule()
    @precondition(lambda self: len(self.world.lives) < 3)
    def start(self) -> None:
        """A bot starts: again, or one more beside the others."""
        self.world.do(self.world.start())

    @invariant()
    def nothing_is_paid_or_posted_twice(self) -> None:
        """Counted from outside, at every moment."""
        assert not _twice(self.world.books.charged), "paid twice"
        assert not _twice(self.world.wall.posted), "posted twice"

    @invariant()
    def a_cancelled_job_is_not_posted(self) -> None:
        """Whoever was told that it is cancelled never sees it."""
        for job, by_then in self.world.cancelled.items():
            assert self.world.wall.posted.count(job) == by_then, "posted after it was cancelled"

    @invariant()
    def versions_only_grow(self) -> None:
        """Whoever read an older one must be able to tell."""
        for job in self.world.jobs.kept.values():
            assert job.version >= self._versions.get(job.id, 0)
            self._versions[job.id] = job.version

    def teardown(self) -> None:
        """When the trouble is over, everything that was accepted has ended, and everybody knows how."""
        try:
            self.world.do(self.world.calm())
            self.nothing_is_paid_or_posted_twice()
            self.a_cancelled_job_is_not_posted()
            assert self.world.accepted <= self.world.jobs.kept.keys(), "accepted and lost"
            for job in self.world.jobs.kept.values():
                self._ended_well(job)
        finally:
            self.world.close()
            self._folder.cleanup()

    def _ended_well(self, job: Job) -> None:
        world = self.world
        assert job.ended, f"still {job.stage}"
        assert job.told, f"nobody was told that it is {job.stage}"
        submitted = [entry for entry in world.jobs.entries if entry.job == job.id and entry.what == "submitted"]
        assert len(submitted) == world.books.charged.count(job.marker), "the ledger does not say what was paid"
        if job.stage is not Stage.DELIVERED and job.id not in world.wall.removed:
            assert world.wall.said[job.id][-1] is job.stage, "its card says something else"
        match job.stage:
            case Stage.DELIVERED:
                assert job.id in world.wall.posted, "said to be posted"
            case Stage.FAILED:
                assert job.reason
            case _:
                assert job.ticket is None or job.ticket in world.books.deleted, "paid, unwanted and left at the studio"

    def _life(self, at: int) -> Life:
        return self.world.lives[at % len(self.world.lives)]

    def _job(self, which: int) -> Job:
        jobs = list(self.world.jobs.kept.values())
        return jobs[which % len(jobs)]


def _twice(things: list[str]) -> list[str]:
    return [each for each, times in Counter(things).items() if times > 1]


TestPromises = Promises.TestCase
TestPromises.settings = settings.get_profile(os.environ.get("DIDTALK_MODEL", "short"))
