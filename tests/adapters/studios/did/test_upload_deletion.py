"""What was sent to D-ID for a job is deleted with it, and nothing that another job needs."""

import pytest

from adapters.studios.uploads import RECORDING_GRACE_SECONDS
from bot.errors import Refused
from bot.requests.kinds import Talk
from bot.requests.media import Media, MediaKind
from tests.fakes.vendors.did_harness import FACE, DidHarness

SOUND = Media(kind=MediaKind.SOUND, address="shelf:s", name="greeting.mp3")
AUDIO_TALK = Talk(image=FACE, audio=SOUND)


def _deleted_paths(bench: DidHarness) -> list[str]:
    return [each.path for each in bench.server.received_calls if each.method == "DELETE"]


async def test_the_picture_and_the_sound_of_a_job_go_with_it(bench: DidHarness) -> None:
    """Whichever process is asked, and again without harm; the next job sends its own."""
    job = await bench.submitted_job(AUDIO_TALK)
    await bench.build_studio().delete_uploads(job)
    assert sorted(path.split("/")[1] for path in _deleted_paths(bench)) == ["audios", "images"]
    await bench.studio.delete_uploads(job)
    again = await bench.submitted_job(AUDIO_TALK)
    assert again.marker in again.uploads["image"]
    assert again.uploads["audio"] != job.uploads["audio"]


async def test_what_another_job_needs_stays_until_that_is_deleted_too(bench: DidHarness) -> None:
    """Known to the store or only just being prepared."""
    first = await bench.submitted_job()
    await bench.studio.status_of([first])
    second = await bench.prepared_job()
    assert second.uploads["image"] == first.uploads["image"]
    await bench.studio.delete_uploads(first)
    assert _deleted_paths(bench) == []
    bench.clock.jump(RECORDING_GRACE_SECONDS)
    needed = {first.uploads["image"]}

    async def in_use(upload: str) -> bool:
        return upload in needed

    studio = bench.build_studio(in_use=in_use)
    await studio.delete_uploads(first)
    assert _deleted_paths(bench) == []
    needed.clear()
    await studio.delete_uploads(second)
    assert len(_deleted_paths(bench)) == 1


async def test_what_is_not_shared_any_more_is_given_to_nobody(bench: DidHarness) -> None:
    """A job that begins while the picture of another is being deleted sends it anew."""
    first = await bench.submitted_job()
    await bench.studio.status_of([first])
    await bench.studio.delete_uploads(first)
    assert (await bench.prepared_job()).uploads["image"] != first.uploads["image"]


async def test_beside_other_processes_only_the_one_that_sent_it_deletes_it(bench: DidHarness) -> None:
    """Another one may be giving it to a job this moment."""
    one, other = bench.build_studio(single_process=False), bench.build_studio(single_process=False)
    bench.studio = one
    job = await bench.submitted_job()
    await other.delete_uploads(job)
    assert _deleted_paths(bench) == []
    await one.delete_uploads(job)
    assert len(_deleted_paths(bench)) == 1


async def test_the_face_that_ships_with_us_stays(bench: DidHarness) -> None:
    """It is nobody's, and most jobs share it."""
    await bench.studio.delete_uploads(await bench.submitted_job(Talk(script="Hello")))
    assert _deleted_paths(bench) == []


async def test_what_was_sent_before_a_refusal_is_deleted_at_once(bench: DidHarness) -> None:
    """No job remembers it."""
    bench.server.fail_next("POST", "/images", 201, {"id": "img_1", "url": "s3://b/1/face.png", "faces": []})
    with pytest.raises(Refused, match="No face"):
        await bench.prepared_job(Talk(audio=SOUND, image=FACE))
    sent = [each.path for each in bench.server.received_calls if each.method == "POST"]
    assert len(_deleted_paths(bench)) == len(sent)
