"""A studio that is away or asks for silence: jobs wait and say so, nobody hammers, and all goes on afterwards."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.app import App
from bot.jobs.job import Job
from tests.fault_injection.fault_proxy import ProxiedCall
from tests.fault_injection.network_faults import NETWORK_FAULTS, NetworkFault, respond_with
from tests.fault_injection.whole_bot import (
    CLOCK_SPEED,
    STATUS_PATHS,
    SUBMIT_PATHS,
    WholeBot,
    open_whole_bot,
    wait_until,
)

JOB_COUNT = 30
FAST_CLOCK_SPEED = 100.0
OUTAGE_SECONDS = 300.0  # tell as much as an hour: the pauses have grown to their longest


def most_calls_within(calls: Sequence[ProxiedCall], seconds: float, speed: float = CLOCK_SPEED) -> int:
    """The most calls within so many seconds of the bot's clock."""
    times = sorted(each.monotonic_time * speed for each in calls)
    return max((sum(1 for other in times if at <= other < at + seconds) for at in times), default=0)


async def each_done_once(at: WholeBot, jobs: Sequence[Job]) -> bool:
    """Each paid for once and posted once."""
    paid, posted = Counter(await at.paid_markers()), Counter(job for job, _ in at.chat.videos)
    return all(paid[job.marker] == posted[job.id] == 1 for job in jobs)


async def each_card_says_so(at: WholeBot, app: App, jobs: Sequence[Job]) -> bool:
    """Each card has said at some time that the studio is away."""
    found = [await app.jobs.get(each.id) for each in jobs]
    said = ["\n".join(at.chat.messages.get((job and job.card_message) or "", [])) for job in found]
    return all("Trying again." in each or "Checking whether" in each for each in said)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("which", "how"), [("did", "refused"), ("did", "unavailable"), ("v2", "refused"), ("v3", "refused")]
)
async def test_an_hour_without_a_studio_is_waited_out(tmp_path: Path, which: str, how: str) -> None:
    """Thirty jobs, a third of them rendering: the cards say it, few calls knock, and afterwards all is made once."""
    async with open_whole_bot(tmp_path, which, speed=FAST_CLOCK_SPEED) as at, at.running() as app:
        made = [await at.wait_until_ended(app, await at.ask(app, f"Before {nth}.")) for nth in range(2)]
        rule = at.proxy.inject_fault(NETWORK_FAULTS[how if how != "refused" else "unavailable"], times=None)
        if how == "refused":
            await at.proxy.stop_listening()
        jobs = [await at.ask(app, f"Hello number {nth}.") for nth in range(JOB_COUNT)]
        before = len(at.proxy.seen_calls)
        await wait_until(lambda: each_card_says_so(at, app, jobs))
        await at.clock.sleep(OUTAGE_SECONDS)
        knocks = most_calls_within(at.proxy.seen_calls[before:], OUTAGE_SECONDS, FAST_CLOCK_SPEED)
        assert knocks < 60, knocks
        if how == "refused":
            await at.proxy.listen()
        rule.times_left = 0
        back = len(at.proxy.seen_calls)
        done = await asyncio.gather(*(at.wait_until_ended(app, each, 60) for each in jobs))
        assert {each.stage.value for each in (*made, *done)} == {"delivered"}
        assert await each_done_once(at, [*made, *jobs])
        api = [each for each in at.proxy.seen_calls[back:] if "/files/" not in each.target]
        assert most_calls_within(api, 1.0, FAST_CLOCK_SPEED) <= 12, most_calls_within(api, 1.0, FAST_CLOCK_SPEED)


@pytest.mark.parametrize("which", ["did", "v3"])
async def test_a_card_says_when_a_studio_at_work_is_away(tmp_path: Path, which: str) -> None:
    """Looks that fail again and again are told, and forgotten once one comes through."""
    async with open_whole_bot(tmp_path, which) as at, at.running() as app:
        rule = at.proxy.inject_fault(NETWORK_FAULTS["unavailable"], path=STATUS_PATHS[which], times=None)
        job = await at.ask(app)

        async def told() -> bool:
            found = await app.jobs.get(job.id)
            return bool(
                found and found.card_message and "I'll keep checking." in at.chat.messages[found.card_message][-1]
            )

        await wait_until(told)
        rule.times_left = 0
        assert (await at.wait_until_ended(app, job)).stage.value == "delivered"


@pytest.mark.slow
@pytest.mark.parametrize("which", SUBMIT_PATHS)
async def test_a_pause_asked_for_is_kept_by_all_jobs(tmp_path: Path, which: str) -> None:
    """Retry-After of half a minute: no call of anybody until then, and never all at once afterwards."""
    storm = NetworkFault(
        "storm", "429 with a Retry-After of half a minute.", False, respond_with(429, retry_after="30")
    )
    async with open_whole_bot(tmp_path, which) as at, at.running() as app:
        at.proxy.inject_fault(storm, method="POST", times=6)
        jobs = [await at.ask(app, f"Hello number {nth}.") for nth in range(10)]
        done = await asyncio.gather(*(at.wait_until_ended(app, each, 30) for each in jobs))
        assert {each.stage.value for each in done} == {"delivered"}
        assert await each_done_once(at, jobs)
        storms = [each.monotonic_time * CLOCK_SPEED for each in at.proxy.seen_calls if each.fault == "storm"]
        # Those that were under way together may hear it together; afterwards each waits, and one asks for all.
        later = [
            each.monotonic_time * CLOCK_SPEED
            for each in at.proxy.seen_calls
            if each.monotonic_time * CLOCK_SPEED > storms[0] + 5
        ]
        assert min(later) - storms[0] >= 29.0
        after = [
            each
            for each in at.proxy.seen_calls
            if each.monotonic_time * CLOCK_SPEED > storms[-1] + 5 and "/files/" not in each.target
        ]
        assert most_calls_within(after, 1.0) <= 12
