"""The three promises under every order of events that hypothesis can think of, with up to three bots on one store."""

import os
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.jobs.job import Job, Stage
from tests.model.world import RunningBot, World

indexes = st.integers(0, 30)


class Promises(RuleBasedStateMachine):
    """People, studios, chats, the clock and the machine each do what they like."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self._folder.name))
        self._versions: dict[str, int] = {}
        self.world.run_and_settle(self.world.start_bot())

    @rule(once=st.sampled_from([None, "a", "b"]), at=indexes)
    @precondition(lambda self: self.world.bots and len(self.world.jobs.stored_jobs) < 5)
    def ask(self, once: str | None, at: int) -> None:
        """Somebody asks, or a chat repeats a gesture."""
        self.world.run_and_settle(self.world.ask(self._pick_bot(at), once))

    @rule(which=indexes, end=indexes)
    @precondition(lambda self: self.world.gates.pending_calls())
    def let_one_call_on(self, which: int, end: int) -> None:
        """One call that waits goes on, however it ends."""
        self.world.run_and_settle(self.world.let_one_through(which, end))

    @rule(how_many=st.integers(1, 25))
    @precondition(lambda self: self.world.gates.pending_calls())
    def let_calls_through(self, how_many: int) -> None:
        """Things go well for a while."""
        self.world.run_and_settle(self.world.let_calls_through(how_many))

    @rule(seconds=st.sampled_from([1.0, 5.0, 12.0, 24.0, 28.0, 31.0, 61.0, 200.0]), arrives=st.booleans())
    def pass_time(self, seconds: float, arrives: bool) -> None:
        """Time passes, whether or not what waits got on."""
        self.world.run_and_settle(self.world.pass_time(seconds, arrives))

    @rule(which=indexes, well=st.booleans())
    @precondition(lambda self: self.world.ledger.tickets)
    def finish_video(self, which: int, well: bool) -> None:
        """The studio finishes a video, or finds that it cannot."""
        tickets = list(self.world.ledger.tickets.values())
        self.world.ledger.finished_well.setdefault(tickets[which % len(tickets)], well)

    @rule(at=indexes, which=indexes)
    @precondition(lambda self: self.world.bots and self.world.jobs.stored_jobs)
    def deliver_webhook(self, at: int, which: int) -> None:
        """A hook comes, with or without news."""
        self.world.run_and_settle(self.world.deliver_webhook(self._pick_bot(at), self._pick_job(which).id))

    @rule(at=indexes, which=indexes)
    @precondition(lambda self: self.world.bots and self.world.jobs.stored_jobs)
    def cancel(self, at: int, which: int) -> None:
        """Somebody cancels, at whatever stage."""
        self.world.run_and_settle(self.world.cancel(self._pick_bot(at), self._pick_job(which).id))

    @rule(at=indexes, which=indexes, act=st.sampled_from(["redo", "confirm_delete"]))
    @precondition(lambda self: self.world.bots and 0 < len(self.world.jobs.stored_jobs) < 7)
    def press(self, at: int, which: int, act: str) -> None:
        """Somebody wants it once more, or gone."""
        self.world.run_and_settle(self.world.press(self._pick_bot(at), act, self._pick_job(which).id))

    @rule(at=indexes, really=st.sampled_from([True, False, False, False]))
    @precondition(lambda self: self.world.bots)
    def kill(self, at: int, really: bool) -> None:
        """A bot is killed wherever it is; not too often, or none would ever get far."""
        if really:
            self.world.run_and_settle(self.world.kill_bot(self._pick_bot(at)))

    @rule()
    @precondition(lambda self: len(self.world.bots) < 3)
    def start(self) -> None:
        """A bot starts: again, or one more beside the others."""
        self.world.run_and_settle(self.world.start_bot())

    @invariant()
    def nothing_is_paid_or_posted_twice(self) -> None:
        """Counted from outside, at every moment."""
        assert not _duplicates(self.world.ledger.charged), "paid twice"
        assert not _duplicates(self.world.chat_state.posted_jobs), "posted twice"

    @invariant()
    def a_cancelled_job_is_not_posted(self) -> None:
        """Whoever was told that it is cancelled never sees it."""
        for job, by_then in self.world.cancelled.items():
            assert self.world.chat_state.posted_jobs.count(job) == by_then, "posted after it was cancelled"

    @invariant()
    def versions_only_grow(self) -> None:
        """Whoever read an older one must be able to tell."""
        for job in self.world.jobs.stored_jobs.values():
            assert job.version >= self._versions.get(job.id, 0)
            self._versions[job.id] = job.version

    def teardown(self) -> None:
        """When the trouble is over, everything that was accepted has ended, and everybody knows how."""
        try:
            self.world.run_and_settle(self.world.finish_everything())
            self.nothing_is_paid_or_posted_twice()
            self.a_cancelled_job_is_not_posted()
            assert self.world.accepted <= self.world.jobs.stored_jobs.keys(), "accepted and lost"
            for job in self.world.jobs.stored_jobs.values():
                self._check_ending(job)
        finally:
            self.world.close()
            self._folder.cleanup()

    def _check_ending(self, job: Job) -> None:
        world = self.world
        assert job.ended, f"still {job.stage}"
        assert job.asker_notified, f"nobody was told that it is {job.stage}"
        submitted = [entry for entry in world.jobs.ledger_entries if entry.job == job.id and entry.event == "submitted"]
        assert len(submitted) == world.ledger.charged.count(job.marker), "the ledger does not say what was paid"
        if job.stage is not Stage.DELIVERED and job.id not in world.chat_state.removed_jobs:
            assert world.chat_state.card_stages[job.id][-1] is job.stage, "its card says something else"
        match job.stage:
            case Stage.DELIVERED:
                assert job.id in world.chat_state.posted_jobs, "said to be posted"
            case Stage.FAILED:
                assert job.reason or job.deleted, "a failed job has no reason"
            case _:
                assert job.ticket is None or job.ticket in world.ledger.deleted_tickets, (
                    "paid, unwanted and left at the studio"
                )

    def _pick_bot(self, at: int) -> RunningBot:
        return self.world.bots[at % len(self.world.bots)]

    def _pick_job(self, which: int) -> Job:
        jobs = list(self.world.jobs.stored_jobs.values())
        return jobs[which % len(jobs)]


def _duplicates(things: list[str]) -> list[str]:
    return [each for each, times in Counter(things).items() if times > 1]


TestPromises = Promises.TestCase
TestPromises.settings = settings.get_profile(os.environ.get("DIDTALK_MODEL", "short"))
