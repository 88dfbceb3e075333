"""A didtalk in which one person asks many times at once: `python -m tests.storage.rush URL SCHEMA COUNT LIMITS`."""

import asyncio
import sys

from bot.jobs.limits import Reached, caps
from storage.postgres.database import open_postgres
from storage.tables.jobs import SqlJobs
from tests.fakes.job import a_job


def say(line: str) -> None:
    """A line for whoever started us."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main(url: str, schema: str, count: str, limits: str) -> None:
    """Wait for the word, ask all at once, and tell how many were taken on."""
    async with open_postgres(url, schema=schema) as database:
        jobs, held = SqlJobs(database), (*caps(limits, "person"), *caps(limits, "channel"))
        say("ready")
        await asyncio.to_thread(sys.stdin.readline)
        asked = (jobs.add([a_job()], held) for _ in range(int(count)))
        answers = await asyncio.gather(*asked, return_exceptions=True)
        strange = [each for each in answers if not isinstance(each, (list, Reached))]
        say(f"accepted {len([each for each in answers if isinstance(each, list)])} strange {strange}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
