"""A studio that is away or asks for silence: jobs wait and say so, nobody hammers, and all goes on afterwards."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.jobs.job import Job
from tests.chaos.faults import WIRE, Fault, says
from tests.chaos.house import LOOKS, SPEED, STUDIOS, House, house, until
from tests.chaos.proxy import Seen

MANY = 30
FAST = 100.0


def busiest(calls: Sequence[Seen], seconds: float, speed: float = SPEED) -> int:
    """The most calls within so many seconds of the bot's clock."""
    times = sorted(each.at * speed for each in calls)
    return max((sum(1 for other in times if at <= other < at + seconds) for at in times), default=0)


async def all_once(at: House, jobs: Sequence[Job]) -> bool:
    """Each paid for once and posted once."""
    paid, posted = Counter(await at.markers()), Counter(job for job, _ in at.chat.videos)
    return all(paid[job.marker] == posted[job.id] == 1 for job in jobs)


@pytest.mark.parametrize(
    ("which", "how"), [("did", "refused"), ("did", "unavailable"), ("v2", "refused"), ("v3", "refused")]
)
async def test_an_hour_without_a_studio_is_waited_out(tmp_path: Path, which: str, how: str) -> None:
    """Thirty jobs, a third of them rendering: the cards say it, few calls knock, and afterwards all is made once."""
    async with house(tmp_path, which, speed=FAST) as at, at.running() as app:
        made = [await at.ended(app, await at.ask(app, f"Before {nth}.")) for nth in range(2)]
        rule = at.proxy.suffer(WIRE[how if how != "refused" else "unavailable"], times=None)
        if how == "refused":
            await at.proxy.hang_up()
        jobs = [await at.ask(app, f"Hello number {nth}.") for nth in range(MANY)]
        before = len(at.proxy.seen)
        await at.clock.sleep(3600 / 12)  # five minutes tell as much as an hour: the pauses have grown to their longest
        knocks = at.proxy.seen[before:]
        said = [at.chat.messages[found.card or ""][-1] for each in jobs if (found := await app.jobs.get(each.id))]
        assert all("Trying again." in each or "Making sure that" in each for each in said), said
        assert len(knocks) < 60, len(knocks)
        if how == "refused":
            await at.proxy.listen()
        rule.times = 0
        back = len(at.proxy.seen)
        done = await asyncio.gather(*(at.ended(app, each, 30) for each in jobs))
        assert {each.stage.value for each in (*made, *done)} == {"delivered"}
        assert await all_once(at, [*made, *jobs])
        api = [each for each in at.proxy.seen[back:] if "/files/" not in each.target]
        assert busiest(api, 1.0, FAST) <= 12, busiest(api, 1.0, FAST)


@pytest.mark.parametrize("which", ["did", "v3"])
async def test_a_card_says_when_a_studio_at_work_is_away(tmp_path: Path, which: str) -> None:
    """Looks that fail again and again are told, and forgotten once one comes through."""
    async with house(tmp_path, which) as at, at.running() as app:
        rule = at.proxy.suffer(WIRE["unavailable"], path=LOOKS[which], times=None)
        job = await at.ask(app)

        async def told() -> bool:
            found = await app.jobs.get(job.id)
            return bool(found and found.card and "Watching goes on." in at.chat.messages[found.card][-1])

        await until(told)
        rule.times = 0
        assert (await at.ended(app, job)).stage.value == "delivered"


@pytest.mark.parametrize("which", STUDIOS)
async def test_a_pause_asked_for_is_kept_by_all_jobs(tmp_path: Path, which: str) -> None:
    """Retry-After of half a minute: no call of anybody until then, and never all at once afterwards."""
    storm = Fault("storm", "429 with a Retry-After of half a minute.", False, says(429, retry_after="30"))
    async with house(tmp_path, which) as at, at.running() as app:
        at.proxy.suffer(storm, method="POST", times=6)
        jobs = [await at.ask(app, f"Hello number {nth}.") for nth in range(10)]
        done = await asyncio.gather(*(at.ended(app, each, 30) for each in jobs))
        assert {each.stage.value for each in done} == {"delivered"}
        assert await all_once(at, jobs)
        storms = [each.at * SPEED for each in at.proxy.seen if each.fault == "storm"]
        # Those that were under way together may hear it together; afterwards each waits, and one asks for all.
        later = [each.at * SPEED for each in at.proxy.seen if each.at * SPEED > storms[0] + 5]
        assert min(later) - storms[0] >= 29.0
        after = [each for each in at.proxy.seen if each.at * SPEED > storms[-1] + 5 and "/files/" not in each.target]
        assert busiest(after, 1.0) <= 12
