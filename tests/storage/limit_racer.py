"""One user asks many times at once: `python -m tests.storage.limit_racer URL SCHEMA COUNT LIMITS`."""

import asyncio
import sys

from bot.jobs.limits import LimitReached, parse_limits
from storage.postgres.open import open_postgres
from storage.tables.jobs import SqlJobs
from tests.fakes.sample_job import a_job


def print_line(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def race_limits(url: str, schema: str, count: str, limits: str) -> None:
    """Wait for a line of input, add all at once, and print how many were accepted."""
    async with open_postgres(url, schema=schema) as database:
        jobs, job_limits = SqlJobs(database), (*parse_limits(limits, "person"), *parse_limits(limits, "channel"))
        print_line("ready")
        await asyncio.to_thread(sys.stdin.readline)
        asked = (jobs.add([a_job()], job_limits) for _ in range(int(count)))
        answers = await asyncio.gather(*asked, return_exceptions=True)
        strange = [each for each in answers if not isinstance(each, (list, LimitReached))]
        print_line(f"accepted {len([each for each in answers if isinstance(each, list)])} strange {strange}")


if __name__ == "__main__":
    asyncio.run(race_limits(*sys.argv[1:]))
