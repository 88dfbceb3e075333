"""What `didtalk ask` waits for, told by what it asks of the process that makes its video."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.cli.ask import AskInput, AskScreen, AskSession
from bot.cli.ask_backend import ShowCard
from bot.jobs.job import Job, Stage
from bot.requests.media import Media
from bot.wording.cards import Card, DeskReply
from tests.fakes.sample_job import NOW, a_job


class BackendWithLeftovers:
    """Its own jobs end one after another, the last first; jobs of earlier runs do not."""

    studio_hosts = "sandbox"

    def __init__(self, data_folder: Path, *leftovers: Job, own_jobs: int = 1) -> None:
        self.data_folder = data_folder
        self._leftovers = leftovers
        self._unfinished = [a_job(index=index, count=own_jobs) for index in range(own_jobs)]
        self._done: list[Job] = []
        self.waited_for: set[str] = set()

    async def store_file(self, path: Path) -> str:
        return path.name

    async def run_command(self, out: Path, text: str, media: Sequence[Media], idempotency_key: str) -> DeskReply:
        return DeskReply(Card("On it!"), tuple(self._unfinished))

    async def get_jobs(self, ids: Sequence[str]) -> list[Job]:
        self.waited_for.update(ids)
        if self._unfinished:
            ended = self._unfinished.pop()
            facts = {"asker_notified": True, "video_message": f"/videos/{ended.index}.mp4"}
            self._done.append(ended.evolve(stage=Stage.DELIVERED, **facts))
        return [job for job in (*self._done, *self._unfinished, *self._leftovers) if job.id in ids]

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


async def test_results_are_printed_in_the_order_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not in the order in which the languages happened to be finished."""
    backend = BackendWithLeftovers(tmp_path, own_jobs=3)
    line = AskInput("/did translate es fr de", (), tmp_path / "out.mp4", 20.0, "")
    assert await AskSession(backend, line, AskScreen(as_json=False), []).run() == 0
    printed = [text for text in capsys.readouterr().out.splitlines() if text.startswith("/videos")]
    assert printed == ["/videos/0.mp4", "/videos/1.mp4", "/videos/2.mp4"]
