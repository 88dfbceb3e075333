"""The whole history of a job with which something is wrong, for whoever has to find out why."""

from collections.abc import Sequence

from tests.kill_tests.actors import Actors
from tests.kill_tests.verdict import PromiseVerdict


async def describe_history(
    actors: Actors, verdict: PromiseVerdict, points_passed: Sequence[tuple[str, int]] = ()
) -> list[str]:
    """What the database, the chat and the points tell of every job that the verdict names."""
    under_test = actors.under_test
    seen = await under_test.person.read_chat()
    lines = [f"{under_test.kill_count} kills; what was said is in {under_test.bots[0].launch.log_file}"]
    for job in await under_test.store.read_jobs():
        if any(job.id in wrong for wrong in verdict.violations):
            lines.append(
                f"{job.id} is {job.stage}{', with something left to do' if job.unfinished else ''}: {job.body}"
            )
            lines += [f"  ledger: {line}" for line in await under_test.store.read_ledger(job.id)]
            lines.append(f"  chat: {seen.get(job.id)}")
    lines += [f"  passed: {name} #{nth}" for name, nth in points_passed]
    return lines
