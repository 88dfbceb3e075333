"""What one studio refuses, another is offered for: one button, with what changes and what it costs."""

from pathlib import Path

import pytest

from bot.desk.desk import Desk
from bot.errors import Refused
from bot.jobs.job import Stage
from bot.requests.media import Media, MediaKind
from bot.wiring.desk import build_desk
from bot.worker.deletion import JobDeletion
from tests.bot.bot_harness import ANA, GENERAL, BotHarness
from tests.fakes.folder_shelf import FolderShelf
from tests.fakes.studio import FakeStudio, RefusingStudio


def new_desk(bench: BotHarness, **studios: FakeStudio) -> Desk:
    """A desk before these studios."""
    chats = {"test": bench.chat}
    return build_desk(
        bench.jobs,
        studios,
        chats,
        bench.clock,
        lambda: None,
        deletion=JobDeletion(bench.jobs, studios, chats, FolderShelf(bench.folder)),
        subscriptions=bench.subscriptions,
        key_value=bench.notes,
    ).desk


async def test_a_studio_that_refuses_offers_the_other_with_one_button(tmp_path: Path) -> None:
    """The card says why, what changes and what it costs; the button asks the other, and nothing was spent so far."""
    bench = BotHarness(tmp_path)
    both = new_desk(bench, did=bench.studio, heygen=RefusingStudio())
    answer = await both.run_command(
        ANA, GENERAL, "Hello --studio heygen --driver lively --voice Joanna", idempotency_key="1"
    )
    (job,) = answer.jobs
    assert (job.stage, job.studio, job.other_studio) == (Stage.FAILED, "heygen", "did")
    assert answer.card.buttons[0].label == "Try D-ID"
    assert "HeyGen has no --driver" in answer.card.text
    assert "without your --voice" in answer.card.text
    assert "credits are used" in answer.card.text
    assert "You weren't charged." in answer.card.text
    (again,) = (await both.press_button(ANA, GENERAL, "switch", job.id)).jobs
    assert (again.studio, again.stage, again.redo_of) == ("did", Stage.ASKED, job.id)
    assert getattr(again.request, "voice", None) is None
    assert getattr(again.request, "driver", None) == "bank://lively"


async def test_where_no_other_studio_can_it_is_simply_refused(tmp_path: Path) -> None:
    """Nothing is recorded then, and whoever filled in a form stays in it."""
    bench = BotHarness(tmp_path)
    alone = new_desk(bench, heygen=RefusingStudio())
    with pytest.raises(Refused, match="no --driver"):
        await alone.run_command(ANA, GENERAL, "Hello --studio heygen --driver lively")


async def test_all_languages_are_offered_together(tmp_path: Path) -> None:
    """One button for all that was asked for."""
    bench = BotHarness(tmp_path)
    both = new_desk(bench, did=bench.studio, heygen=RefusingStudio())
    film = Media(kind=MediaKind.VIDEO, address="shelf:v", name="film.mp4")
    answer = await both.run_command(ANA, GENERAL, "/did translate es fr --studio heygen", [film])
    (job,) = answer.jobs
    again = await both.press_button(ANA, GENERAL, "switch", job.id)
    assert [(each.studio, getattr(each.request, "languages", ())) for each in again.jobs] == [
        ("did", ("Spanish",)),
        ("did", ("French",)),
    ]
