"""What the desk says back at once."""

from dataclasses import dataclass

from bot.jobs.job import Job
from bot.wording.cards import Card


@dataclass(frozen=True)
class DeskReply:
    """What the desk says back at once, and the jobs it took on."""

    card: Card
    jobs: tuple[Job, ...] = ()
    private: bool = False  # for the person only: what they looked up, or what the job's own card says anyway
