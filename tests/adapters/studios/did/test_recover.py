"""A submission whose answer was lost is found by its marks, or known to be absent, or left in doubt."""

from typing import Any

import pytest

from adapters.studios.did.endpoints import ENDPOINTS
from bot.errors import TryAgain, Unsure
from bot.jobs.job import Job
from bot.requests.base import Request
from bot.requests.kinds import Animation, Talk, Translation, Video
from tests.fakes.vendors.did_harness import FACE, FILM, GATEWAY_REFUSAL, DidHarness

REQUESTS: list[Request] = [
    Talk(script="Hello", image=FACE, name="A title"),
    Animation(image=FACE),
    Video(script="Hello", presenter="Mia"),
    Video(script="Hello", presenter="Amy"),
    Video(script="Hello", presenter="Myself"),
    Translation(video=FILM, languages=("fr",)),
]


async def lost_job(bench: DidHarness, request: Request | None = None, *, arrived: bool = True) -> Job:
    """A job whose paid call got no answer."""
    job = await bench.prepared_job(request)
    bench.server.fail_next("POST", "/", still_processed=arrived, hangs_up=True)
    with pytest.raises(Unsure):
        await bench.studio.submit(job)
    bench.clock.jump(60)
    return job


@pytest.mark.parametrize("request_", REQUESTS)
async def test_every_kind_is_found_by_its_user_data(bench: DidHarness, request_: Request) -> None:
    """Among the jobs of others."""
    job = await lost_job(bench, request_)
    where = bench.server.paid_calls()[-1].path.strip("/")
    (ours,) = await bench.server.job_ids(where)
    await bench.server.add_foreign_jobs(where)
    assert await bench.studio.recover(job) == f"{where}/{ours}"


@pytest.mark.parametrize("request_", REQUESTS)
async def test_every_kind_is_known_to_be_absent(bench: DidHarness, request_: Request) -> None:
    """When all there is belongs to others."""
    job = await lost_job(bench, request_, arrived=False)
    for where in ENDPOINTS:
        await bench.server.add_foreign_jobs(where)
    assert await bench.studio.recover(job) is None


@pytest.mark.parametrize("shown", ["user_data", "name", "source_url"])
async def test_any_one_foreign_mark_proves_a_job_to_be_foreign(bench: DidHarness, shown: str) -> None:
    """Whichever of the marks the account's lists happen to show."""
    bench.server.show_only(shown)
    job = await lost_job(bench, arrived=False)
    await bench.server.add_foreign_jobs("talks")
    assert await bench.studio.recover(job) is None


@pytest.mark.parametrize("shown", ["name", "source_url"])
async def test_a_talk_is_found_by_its_other_marks(bench: DidHarness, shown: str) -> None:
    """Its name bears the marker, and so does the file of its picture."""
    bench.server.show_only(shown)
    job = await lost_job(bench)
    await bench.server.add_foreign_jobs("talks")
    assert await bench.studio.recover(job) == f"talks/{(await bench.server.job_ids('talks'))[0]}"


async def test_an_animation_is_found_by_the_name_of_its_result(bench: DidHarness) -> None:
    """The result keeps the name of the picture."""
    bench.server.show_only()
    job = await lost_job(bench, Animation(image=FACE))
    await bench.server.finish_kind("animations")
    assert await bench.studio.recover(job) == f"animations/{(await bench.server.job_ids('animations'))[0]}"


async def test_a_translation_is_found_by_the_name_d_id_gives_it(bench: DidHarness) -> None:
    """Which is that of its file and language."""
    bench.server.show_only("name")
    job = await lost_job(bench, Translation(video=FILM, languages=("fr",)))
    assert await bench.studio.recover(job) == f"translations/{(await bench.server.job_ids('translations'))[0]}"


async def test_what_a_list_does_not_tell_is_asked_for(bench: DidHarness) -> None:
    """A single job may show more than a list does."""
    bench.server.show_only(lists=True)
    job = await lost_job(bench)
    await bench.server.add_foreign_jobs("talks")
    assert await bench.studio.recover(job) == f"talks/{(await bench.server.job_ids('talks'))[0]}"


async def test_an_object_without_any_mark_leaves_doubt(bench: DidHarness) -> None:
    """It might be ours, and paying again would be paying twice."""
    bench.server.show_only()
    job = await lost_job(bench, arrived=False)
    await bench.server.add_foreign_jobs("talks")
    with pytest.raises(Unsure):
        await bench.studio.recover(job)


async def test_what_is_older_than_the_submission_does_not_matter(bench: DidHarness) -> None:
    """However little it shows; and the pages before it are not read."""
    bench.server.show_only()
    await bench.server.add_foreign_jobs("talks", 250)
    bench.clock.jump(3600)
    job = await lost_job(bench, arrived=False)
    before = len(bench.server.received_calls)
    assert await bench.studio.recover(job) is None
    assert len(bench.server.received_calls) - before == 1


async def test_pages_are_followed_to_the_end(bench: DidHarness) -> None:
    """A busy account may have hundreds newer than ours."""
    job = await lost_job(bench)
    await bench.server.add_foreign_jobs("talks", 250)
    assert await bench.studio.recover(job) == f"talks/{(await bench.server.job_ids('talks'))[0]}"
    assert len(bench.server.find_calls("GET", "/talks")) == 3


async def test_both_paths_of_v4_are_searched(bench: DidHarness) -> None:
    """It may have gone to the older one."""
    bench.server.open_path("/videos")
    job = await lost_job(bench, Video(script="Hello", presenter="Mia"), arrived=False)
    (twin,) = await bench.server.add_foreign_jobs("videos", user_data=job.marker)
    bench.server.fail_next("GET", "/expressives", 200, {"expressives": []})
    assert await bench.studio.recover(job) == f"videos/{twin}"


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 200, "body": "<html>"}, {"hangs_up": True, "times": 3}])
async def test_a_list_that_fails_proves_nothing(bench: DidHarness, fault: dict[str, Any]) -> None:
    """It is asked for again later."""
    job = await lost_job(bench, arrived=False)
    bench.server.fail_next("GET", "/talks", **fault)
    with pytest.raises(TryAgain):
        await bench.studio.recover(job)


async def test_a_path_that_is_not_served_proves_nothing(bench: DidHarness) -> None:
    """A gateway that lost its way is no empty list."""
    job = await lost_job(bench, arrived=False)
    bench.server.close_path("/talks", GATEWAY_REFUSAL)
    with pytest.raises(TryAgain):
        await bench.studio.recover(job)
