"""What was sent to D-ID for a job is deleted with it, and nothing that another job needs."""

import pytest

from adapters.studios.upload_refs import RECORDING
from bot.errors import Refused
from bot.requests.kinds import Talk
from bot.requests.media import Kind, Media
from tests.fakes.did_bench import FACE, Bench

SOUND = Media(kind=Kind.SOUND, at="shelf:s", name="greeting.mp3")
LIPS = Talk(image=FACE, audio=SOUND)


def _deleted(bench: Bench) -> list[str]:
    return [each.path for each in bench.server.asked if each.method == "DELETE"]


async def test_the_picture_and_the_sound_of_a_job_go_with_it(bench: Bench) -> None:
    """Whichever process is asked, and again without harm; the next job sends its own."""
    job = await bench.submitted(LIPS)
    await bench.build().unload(job)
    assert sorted(path.split("/")[1] for path in _deleted(bench)) == ["audios", "images"]
    await bench.studio.unload(job)
    again = await bench.submitted(LIPS)
    assert again.marker in again.uploads["image"]
    assert again.uploads["audio"] != job.uploads["audio"]


async def test_what_another_job_needs_stays_until_that_is_deleted_too(bench: Bench) -> None:
    """Known to the store or only just being prepared."""
    first = await bench.submitted()
    await bench.studio.look([first])
    second = await bench.prepared()
    assert second.uploads["image"] == first.uploads["image"]
    await bench.studio.unload(first)
    assert _deleted(bench) == []
    bench.clock.move(RECORDING)
    needed = {first.uploads["image"]}

    async def in_use(upload: str) -> bool:
        return upload in needed

    studio = bench.build(in_use=in_use)
    await studio.unload(first)
    assert _deleted(bench) == []
    needed.clear()
    await studio.unload(second)
    assert len(_deleted(bench)) == 1


async def test_what_is_not_shared_any_more_is_given_to_nobody(bench: Bench) -> None:
    """A job that begins while the picture of another is being deleted sends it anew."""
    first = await bench.submitted()
    await bench.studio.look([first])
    await bench.studio.unload(first)
    assert (await bench.prepared()).uploads["image"] != first.uploads["image"]


async def test_beside_other_processes_only_the_one_that_sent_it_deletes_it(bench: Bench) -> None:
    """Another one may be giving it to a job this moment."""
    one, other = bench.build(alone=False), bench.build(alone=False)
    bench.studio = one
    job = await bench.submitted()
    await other.unload(job)
    assert _deleted(bench) == []
    await one.unload(job)
    assert len(_deleted(bench)) == 1


async def test_the_face_that_ships_with_us_stays(bench: Bench) -> None:
    """It is nobody's, and most jobs share it."""
    await bench.studio.unload(await bench.submitted(Talk(script="Hello")))
    assert _deleted(bench) == []


async def test_what_was_sent_before_a_refusal_is_deleted_at_once(bench: Bench) -> None:
    """No job remembers it."""
    bench.server.faces = []
    with pytest.raises(Refused, match="no face"):
        await bench.prepared(Talk(audio=SOUND, image=FACE))
    sent = [each.path for each in bench.server.asked if each.method == "POST"]
    assert len(_deleted(bench)) == len(sent)
