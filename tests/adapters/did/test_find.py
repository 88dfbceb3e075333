"""A submission whose answer was lost is found by its marks, or known to be absent, or left in doubt."""

from typing import Any

import pytest

from bot.errors import TryAgain, Unsure
from bot.jobs.job import Job
from bot.requests.kinds import Animation, Request, Talk, Translation, Video
from tests.fakes.did_bench import FACE, FILM, Bench

KINDS: list[Request] = [
    Talk(script="Hello", image=FACE, name="A title"),
    Animation(image=FACE),
    Video(script="Hello", presenter="Mia"),
    Video(script="Hello", presenter="Amy"),
    Video(script="Hello", presenter="Myself"),
    Translation(video=FILM, languages=("fr",)),
]


async def lost(bench: Bench, request: Request | None = None, *, arrived: bool = True) -> Job:
    """A job whose paid call got no answer."""
    job = await bench.prepared(request)
    bench.server.fault("POST", "/", taken=arrived, cut=True)
    with pytest.raises(Unsure):
        await bench.studio.submit(job)
    bench.clock.move(60)
    return job


@pytest.mark.parametrize("request_", KINDS)
async def test_every_kind_is_found_by_its_user_data(bench: Bench, request_: Request) -> None:
    """Among the jobs of others."""
    job = await lost(bench, request_)
    where = next(path for path, jobs in bench.server.jobs.items() if jobs)
    bench.server.someone_else(where)
    assert await bench.studio.find(job) == f"{where}/{bench.server.jobs[where][0]['id']}"


@pytest.mark.parametrize("request_", KINDS)
async def test_every_kind_is_known_to_be_absent(bench: Bench, request_: Request) -> None:
    """When all there is belongs to others."""
    job = await lost(bench, request_, arrived=False)
    for where in bench.server.jobs:
        bench.server.someone_else(where)
    assert await bench.studio.find(job) is None


@pytest.mark.parametrize("shown", ["user_data", "name", "source_url"])
async def test_any_one_foreign_mark_proves_a_job_to_be_foreign(bench: Bench, shown: str) -> None:
    """Whichever of the marks the account's lists happen to show."""
    bench.server.lists_show = bench.server.gets_show = {shown}
    job = await lost(bench, arrived=False)
    bench.server.someone_else("talks")
    assert await bench.studio.find(job) is None


@pytest.mark.parametrize("shown", ["name", "source_url"])
async def test_a_talk_is_found_by_its_other_marks(bench: Bench, shown: str) -> None:
    """Its name bears the marker, and so does the file of its picture."""
    bench.server.lists_show = bench.server.gets_show = {shown}
    job = await lost(bench)
    bench.server.someone_else("talks")
    assert await bench.studio.find(job) == "talks/tlk_1"


async def test_an_animation_is_found_by_the_name_of_its_result(bench: Bench) -> None:
    """The result keeps the name of the picture."""
    bench.server.lists_show = bench.server.gets_show = set()
    job = await lost(bench, Animation(image=FACE))
    bench.server.finish("animations", result_url=f"https://b/{job.marker}.mp4?x=y")
    assert await bench.studio.find(job) == "animations/anm_1"


async def test_a_translation_is_found_by_the_name_d_id_gives_it(bench: Bench) -> None:
    """Which is that of its file and language."""
    bench.server.lists_show = bench.server.gets_show = {"name"}
    job = await lost(bench, Translation(video=FILM, languages=("fr",)))
    assert await bench.studio.find(job) == "translations/trs_1"


async def test_what_a_list_does_not_tell_is_asked_for(bench: Bench) -> None:
    """A single job may show more than a list does."""
    bench.server.lists_show = set()
    job = await lost(bench)
    bench.server.someone_else("talks")
    assert await bench.studio.find(job) == "talks/tlk_1"


async def test_an_object_without_any_mark_leaves_doubt(bench: Bench) -> None:
    """It might be ours, and paying again would be paying twice."""
    bench.server.lists_show = bench.server.gets_show = set()
    job = await lost(bench, arrived=False)
    bench.server.someone_else("talks")
    with pytest.raises(Unsure):
        await bench.studio.find(job)


async def test_what_is_older_than_the_submission_does_not_matter(bench: Bench) -> None:
    """However little it shows; and the pages before it are not read."""
    bench.server.lists_show = bench.server.gets_show = set()
    for _ in range(250):
        bench.server.someone_else("talks")
    bench.clock.move(3600)
    job = await lost(bench, arrived=False)
    before = len(bench.server.asked)
    assert await bench.studio.find(job) is None
    assert len(bench.server.asked) - before == 1


async def test_pages_are_followed_to_the_end(bench: Bench) -> None:
    """A busy account may have hundreds newer than ours."""
    job = await lost(bench)
    for _ in range(250):
        bench.server.someone_else("talks")
    assert await bench.studio.find(job) == "talks/tlk_1"
    assert len(bench.server.calls("GET", "/talks")) == 3


async def test_both_paths_of_v4_are_searched(bench: Bench) -> None:
    """It may have gone to the older one."""
    bench.server.unserved = set()
    job = await lost(bench, Video(script="Hello", presenter="Mia"), arrived=False)
    bench.server.someone_else("videos", user_data=job.marker)
    assert await bench.studio.find(job) == "videos/x_1"


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 200, "body": "<html>"}, {"cut": True, "times": 3}])
async def test_a_list_that_fails_proves_nothing(bench: Bench, fault: dict[str, Any]) -> None:
    """It is asked for again later."""
    job = await lost(bench, arrived=False)
    bench.server.fault("GET", "/talks", **fault)
    with pytest.raises(TryAgain):
        await bench.studio.find(job)


async def test_a_path_that_is_not_served_proves_nothing(bench: Bench) -> None:
    """A gateway that lost its way is no empty list."""
    job = await lost(bench, arrived=False)
    bench.server.unserved = {"talks"}
    with pytest.raises(TryAgain):
        await bench.studio.find(job)
