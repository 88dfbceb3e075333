"""Files on their way to a studio: from wherever they lie, made fit, each refusal at its option."""

from pathlib import Path

import pytest

from bot.errors import Refused, TryAgain
from bot.jobs.job import Job
from bot.requests.base import parse_values
from bot.requests.kinds import Talk
from bot.requests.media import FileLimits, Media, MediaKind, PreparedFile
from bot.worker.submit import JobInputs
from tests.bot.bot_harness import ANA, GENERAL
from tests.fakes.chat import FakeChat
from tests.fakes.folder_shelf import FolderShelf

FACE_LIMITS = FileLimits(MediaKind.PICTURE, 1000, ("jpeg",))
FACE = Media(kind=MediaKind.PICTURE, address="portrait:ada", name="face.png")


class PickyFitter:
    """Takes everything but what is named bad."""

    async def fit(self, source: Path, limits: FileLimits, name: str) -> PreparedFile:
        if name == "bad":
            raise Refused("“bad” is no picture.")
        return PreparedFile(source, "jpeg", 1, "d")

    async def duration(self, video: Path) -> float | None:
        return None


class UnreachableFetcher:
    """A net in which nothing can be reached."""

    async def fetch(self, url: str, to: Path, most: int) -> None:
        raise TryAgain("host.example cannot be reached.")


def new_inputs(folder: Path) -> JobInputs:
    chats = {"test": FakeChat()}
    return JobInputs(FolderShelf(folder), PickyFitter(), UnreachableFetcher(), chats, {"ada": folder / "ada.png"}, FACE)


def new_job(**given: Media) -> Job:
    values = {"script": "Hello", **given}
    return Job(
        id="j1", group="j1", request=parse_values(Talk, values), studio="did", asker=ANA, place=GENERAL, asked_at=0.0
    )  # fmt: skip


@pytest.mark.parametrize(
    ("at", "path"),
    [("shelf:x.jpg", "x.jpg"), ("portrait:ada", "ada.png"), ("test:F1", "dt-j1-image")],
)
async def test_a_file_is_fetched_from_where_it_lies(tmp_path: Path, at: str, path: str) -> None:
    """From the shelf, from didtalk itself, from the chat it was left in."""
    files = await new_inputs(tmp_path).prepare_files(
        new_job(image=Media(kind=MediaKind.PICTURE, address=at)), {"image": FACE_LIMITS}
    )
    assert files["image"].path == tmp_path / path


async def test_a_talk_without_a_picture_gets_the_face_that_ships(tmp_path: Path) -> None:
    """A studio's own default would be a stranger's face."""
    files = await new_inputs(tmp_path).prepare_files(new_job(), {"image": FACE_LIMITS})
    assert files["image"].path == tmp_path / "ada.png"


async def test_a_link_that_cannot_be_reached_is_left_to_the_studio(tmp_path: Path) -> None:
    """The studio may reach what we do not."""
    link = Media(kind=MediaKind.PICTURE, address="https://host.example/x.jpg")
    assert await new_inputs(tmp_path).prepare_files(new_job(image=link), {"image": FACE_LIMITS}) == {}


@pytest.mark.parametrize(
    ("media", "sentence"),
    [
        (Media(kind=MediaKind.PICTURE, address="shelf:x", name="bad"), "“bad” is no picture."),
        (Media(kind=MediaKind.PICTURE, address="portrait:eve", name="eve"), "No portrait is called “eve”"),
        (Media(kind=MediaKind.PICTURE, address="gone:x", name="x.jpg"), "is no longer available"),
    ],
)
async def test_a_refusal_names_its_option(tmp_path: Path, media: Media, sentence: str) -> None:
    """A form can show it where it belongs."""
    with pytest.raises(Refused, match=sentence) as refused:
        await new_inputs(tmp_path).prepare_files(new_job(image=media), {"image": FACE_LIMITS})
    assert refused.value.option == "image"
