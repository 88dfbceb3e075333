"""Which jobs a person is shown, and can pick from."""

from pathlib import Path

import pytest

from bot.desk.lookups import Lookups
from bot.errors import Refused
from bot.jobs.finder import JobFinder
from bot.jobs.job import Stage
from bot.studios.studio import Choice
from tests.bot.bot_harness import ANA, BEN, GENERAL, BotHarness
from tests.fakes.memory_jobs import MemoryJobs
from tests.fakes.sample_job import a_job
from tests.fakes.studio import FakeStudio

MIA = BEN.model_copy(update={"user": "mia", "name": "Mia", "moderator": True})


@pytest.mark.parametrize(
    ("verb", "stages"),
    [("", {"rendering", "delivered", "failed"}), ("cancel", {"rendering"}), ("delete", {"delivered", "failed"})],
)
async def test_a_verb_offers_only_jobs_it_can_act_on(verb: str, stages: set[str]) -> None:
    """`/did cancel` offered what was finished or deleted long ago."""
    jobs = MemoryJobs()
    for stage in (Stage.RENDERING, Stage.DELIVERED, Stage.FAILED):
        await jobs.add([a_job(asker=ANA, place=GENERAL).to_stage(stage, 1.0)])
    assert {job.stage.value for job in await JobFinder(jobs).list_for(ANA, verb)} == stages


async def test_a_moderator_sees_everybodys_jobs_but_nobodys_private_ones(tmp_path: Path) -> None:
    """With the name of whose each is."""
    bench = BotHarness(tmp_path)
    _, desk = bench.new_engine()
    await desk.run_command(ANA, GENERAL, "Hello from Ana")
    await desk.run_command(ANA, GENERAL.model_copy(update={"private": True}), "Between the two of us")
    assert "Hello from Ana” · by Ana" in (await desk.run_command(MIA, GENERAL, "/did jobs")).card.text
    assert "Between the two" not in (await desk.run_command(MIA, GENERAL, "/did jobs")).card.text
    assert "Hello from Ana" not in (await desk.run_command(BEN, GENERAL, "/did jobs")).card.text


async def test_a_moderator_acts_on_what_the_list_shows_by_its_short_id(tmp_path: Path) -> None:
    """The list showed everybody's jobs, but the ids in it were only looked for among one's own."""
    bench = BotHarness(tmp_path)
    _, desk = bench.new_engine()
    (job,) = (await desk.run_command(ANA, GENERAL, "Hello from Ana")).jobs
    (hidden,) = (await desk.run_command(ANA, GENERAL.model_copy(update={"private": True}), "Between us")).jobs
    listed = (await desk.run_command(MIA, GENERAL, "/did jobs")).card.lines[0].rpartition(" ")[2]
    for asker, word in ((BEN, listed), (MIA, hidden.id[-6:])):
        with pytest.raises(Refused, match="There is no job"):
            await desk.run_command(asker, GENERAL, f"/did cancel {word}")
    assert (await desk.run_command(MIA, GENERAL, f"/did redo {listed}")).jobs[0].redo_of == job.id
    (cancelled,) = (await desk.run_command(MIA, GENERAL, f"/did cancel {listed}")).jobs
    assert (cancelled.id, cancelled.stage) == (job.id, Stage.CANCELLED)


@pytest.mark.parametrize(("known", "more"), [(25, False), (26, True)])
async def test_a_long_list_says_that_there_is_more(known: int, more: bool) -> None:
    """Twenty-five voices looked like all there are."""
    lookups = Lookups(MemoryJobs(), {"did": StudioWithVoices(known)})
    card = (await lookups.handlers["voices"](ANA, GENERAL, "")).card
    assert len(card.lines) == 25 + more
    assert ("There are more." in card.text) is more


class StudioWithVoices(FakeStudio):
    """As many as asked for."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count_of_voices = count

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        return [Choice(f"v{nth}", f"Voice {nth:02}") for nth in range(self._count_of_voices)][:limit]


async def test_suggestions_of_two_providers_are_one_list_in_order() -> None:
    """Names that begin with what was typed come first, whoever has them; what only sounds like it stays last."""
    one = StudioThatFinds("Jenny · English", "Nanami · Japanese", "Jorge · Spanish", "Gene · English")
    other = StudioThatFinds("Joost · Dutch", "Yuzuki · Japanese", "João · Portuguese")
    lookups = Lookups(MemoryJobs(), {"did": one, "heygen": other})
    found = [each.label.partition(" ")[0] for each in await lookups.suggest("voices", "jo")]
    assert found == ["João", "Joost", "Jorge", "Jenny", "Nanami", "Yuzuki", "Gene"]


class StudioThatFinds(FakeStudio):
    """These labels, in this order, whatever is typed."""

    def __init__(self, *labels: str) -> None:
        super().__init__()
        self._labels = labels

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        return [Choice(each, each) for each in self._labels]
