"""Which dialect speaks, and what happens where one of them is gone."""

from typing import Any

import pytest

from bot.errors import Refused, Unsure
from bot.requests import Storyboard, Talk, Translation, Video
from tests.fakes.heygen_bench import FACE, FILM, Bench

RETIRED = ({"code": 40301, "message": "This API version was retired, please migrate to v3.", "data": None}, 403)
TWO = Storyboard(script="@Abigail: Hello\n@Bernd: Hi")


@pytest.mark.parametrize("words", [None, RETIRED])
async def test_without_v2_single_speakers_go_on(bench: Bench, words: Any) -> None:
    """Whether v2 answers 404 or says that it is retired, what v3 can make is made."""
    bench.server.unserved, bench.server.retired = ("v1", "v2"), words
    for request in (
        Talk(script="Hello", image=FACE),
        Video(script="Hello", presenter="Abigail"),
        Storyboard(script="@Abigail: Hello [captions]"),
        Translation(languages=("es",), video=FILM),
    ):
        job = await bench.submitted(request)
        assert (job.ticket or "").startswith("v3/")


@pytest.mark.parametrize("words", [None, RETIRED])
async def test_without_v2_several_scenes_are_refused_plainly(bench: Bench, words: Any) -> None:
    """v3 has one scene to a video, and nothing was spent finding out."""
    bench.server.unserved, bench.server.retired = ("v1", "v2"), words
    job = await bench.prepared(TWO)
    with pytest.raises(Refused, match="no longer serves several scenes"):
        await bench.studio.submit(job)
    assert not bench.server.jobs
    with pytest.raises(Refused, match="no longer served in v2"):
        bench.studio.check(TWO)


async def test_without_v3_everything_goes_by_v2(bench: Bench) -> None:
    """Old accounts go on as they did."""
    bench.server.unserved = ("v3",)
    job = await bench.submitted(Video(script="Hello", presenter="Abigail"))
    assert job.ticket == "v2/video/vid001"
    assert (await bench.studio.credit()).remaining == 20.5


async def test_an_avatar_of_the_newer_kind_goes_by_v3(bench: Bench) -> None:
    """v2 refuses it in words of its own."""
    words = "This avatar does not support unlimited mode, use Avatar IV or V"
    bench.server.fault("POST", "/v2/video/generate", 400, {"error": {"code": "invalid_parameter", "message": words}})
    with pytest.raises(Refused, match="emotions"):
        await bench.submitted(Video(script="Hello", presenter="Abigail", style="Serious"))
    assert not bench.server.jobs


async def test_v3_alone_refuses_what_only_v2_has(third: Bench) -> None:
    """The sentence names what is missing."""
    with pytest.raises(Refused, match="v3 has no emotions"):
        third.studio.check(Talk(script="Hello", image=FACE, style="Serious"))
    with pytest.raises(Refused, match="one scene, this has 2"):
        third.studio.check(TWO)


async def test_the_same_job_carries_the_same_key(third: Bench) -> None:
    """Sent twice after a doubt, HeyGen makes it once."""
    job = await third.prepared()
    third.server.fault("POST", "/v3/videos", taken=True, cut=True)
    with pytest.raises(Unsure):
        await third.studio.submit(job)
    again = await third.studio.submit(job)
    assert again.ticket == "v3/video/vid001"
    assert len(third.server.jobs) == 1


async def test_a_key_is_not_trusted_after_a_day(third: Bench) -> None:
    """HeyGen forgets it, so an absence proves nothing any more."""
    job = await third.prepared()
    third.clock.move(24 * 3600)
    with pytest.raises(Unsure):
        await third.studio.find(job)


async def test_in_v2_each_newer_video_is_asked_for_its_mark(second: Bench) -> None:
    """The list shows none; whose callback id is another is another's."""
    await second.submitted()
    job = await second.prepared()
    second.server.fault("POST", "/v2/video/generate", taken=True, cut=True)
    with pytest.raises(Unsure):
        await second.studio.submit(job)
    await second.submitted()
    assert await second.studio.find(job) == "v2/video/vid002"
