"""The whole history of a job with which something is wrong, for whoever has to find out why."""

from collections.abc import Sequence

from tests.chaos.cast import Cast
from tests.chaos.verdict import Verdict


async def history(cast: Cast, verdict: Verdict, passed: Sequence[tuple[str, int]] = ()) -> list[str]:
    """What the database, the chat and the points tell of every job that the verdict names."""
    lane = cast.lane
    seen = await lane.person.seen()
    lines = [f"{lane.kills} kills; what was said is in {lane.bots[0].orders.log}"]
    for job in await lane.store.jobs():
        if any(job.id in wrong for wrong in verdict.wrong):
            lines.append(f"{job.id} is {job.stage}{', with something left to do' if job.waits else ''}: {job.body}")
            lines += [f"  ledger: {line}" for line in await lane.store.ledger(job.id)]
            lines.append(f"  chat: {seen.get(job.id)}")
    lines += [f"  passed: {name} #{nth}" for name, nth in passed]
    return lines
