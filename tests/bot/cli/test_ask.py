"""What `didtalk ask` waits for, told by what it asks of the process that makes its video."""

from collections.abc import Sequence
from pathlib import Path

from bot.cli.ask import AskInput, AskScreen, AskSession
from bot.cli.ask_backend import ShowCard
from bot.jobs.job import Job, Stage
from bot.requests.media import Media
from bot.wording.cards import Card, DeskReply
from tests.fakes.sample_job import NOW, a_job


class BackendWithLeftovers:
    """Its own job is done at once; jobs of earlier runs are not."""

    studio_hosts = "sandbox"

    def __init__(self, data_folder: Path, *leftovers: Job) -> None:
        self.data_folder = data_folder
        self._leftovers = leftovers
        self._done = a_job(stage=Stage.DELIVERED, asker_notified=True, video_message=str(data_folder / "out.mp4"))
        self.waited_for: set[str] = set()

    async def store_file(self, path: Path) -> str:
        return path.name

    async def run_command(self, out: Path, text: str, media: Sequence[Media], idempotency_key: str) -> DeskReply:
        return DeskReply(Card("On it!"), (self._done,))

    async def get_jobs(self, ids: Sequence[str]) -> list[Job]:
        self.waited_for.update(ids)
        return [job for job in (self._done, *self._leftovers) if job.id in ids]

    async def jobs_of_key(self, idempotency_key: str) -> list[Job]:
        return []

    async def unfinished_jobs(self) -> list[Job]:
        return list(self._leftovers)

    def show_progress(self, job: Job, show_card: ShowCard) -> None:
        pass


async def test_a_job_whose_answer_was_lost_holds_up_no_later_call(tmp_path: Path) -> None:
    """It may stay in doubt for minutes, and each call waited a quarter of one for it."""
    doubtful = a_job(stage=Stage.SUBMITTING, doubtful_at=NOW)
    backend = BackendWithLeftovers(tmp_path, doubtful)
    line = AskInput("Hello", (), tmp_path / "out.mp4", 20.0, "")
    assert await AskSession(backend, line, AskScreen(as_json=True), []).run() == 0
    assert doubtful.id not in backend.waited_for
