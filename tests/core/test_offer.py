"""What one studio refuses, another is offered for: one button, with what changes and what it costs."""

from pathlib import Path

import pytest

from bot.desk.desk import Desk
from bot.desk.subscribe import Board
from bot.errors import Refused
from bot.jobs.job import Stage
from bot.policy.channel_settings import Houses
from bot.policy.user_defaults import Tastes
from bot.requests.media import Kind, Media
from tests.core.bench import ANA, GENERAL, Bench
from tests.fakes.shelf import FolderShelf
from tests.fakes.studio import ChoosyStudio, FakeStudio


def desk(bench: Bench, **studios: FakeStudio) -> Desk:
    """A desk before these studios."""
    chats = {"test": bench.chat}
    board = Board(bench.subscriptions, chats, bench.clock)
    houses, tastes = Houses(bench.notes, bench.clock), Tastes(bench.notes, bench.clock)
    shelf = FolderShelf(bench.folder)
    return Desk(bench.jobs, studios, chats, shelf, bench.clock, lambda: None, board=board, houses=houses, tastes=tastes)


async def test_a_studio_that_refuses_offers_the_other_with_one_button(tmp_path: Path) -> None:
    """The card says why, what changes and what it costs; the button asks the other, and nothing was spent so far."""
    bench = Bench(tmp_path)
    both = desk(bench, did=bench.studio, heygen=ChoosyStudio())
    answer = await both.say(ANA, GENERAL, "Hello --studio heygen --driver lively --voice Joanna", once="1")
    (job,) = answer.jobs
    assert (job.stage, job.studio, job.elsewhere) == (Stage.FAILED, "heygen", "did")
    assert answer.card.buttons[0].label == "Try D-ID"
    assert "HeyGen has no --driver" in answer.card.text
    assert "without your --voice" in answer.card.text
    assert "charges its own credits" in answer.card.text
    assert "Nothing was spent." in answer.card.text
    (again,) = (await both.press(ANA, GENERAL, "switch", job.id)).jobs
    assert (again.studio, again.stage, again.again_of) == ("did", Stage.ASKED, job.id)
    assert getattr(again.request, "voice", None) is None
    assert getattr(again.request, "driver", None) == "bank://lively"


async def test_where_no_other_studio_can_it_is_simply_refused(tmp_path: Path) -> None:
    """Nothing is recorded then, and whoever filled in a form stays in it."""
    bench = Bench(tmp_path)
    alone = desk(bench, heygen=ChoosyStudio())
    with pytest.raises(Refused, match="no --driver"):
        await alone.say(ANA, GENERAL, "Hello --studio heygen --driver lively")


async def test_all_languages_are_offered_together(tmp_path: Path) -> None:
    """One button for all that was asked for."""
    bench = Bench(tmp_path)
    both = desk(bench, did=bench.studio, heygen=ChoosyStudio())
    film = Media(kind=Kind.VIDEO, at="shelf:v", name="film.mp4")
    answer = await both.say(ANA, GENERAL, "/did translate es fr --studio heygen", [film])
    (job,) = answer.jobs
    again = await both.press(ANA, GENERAL, "switch", job.id)
    assert [(each.studio, getattr(each.request, "languages", ())) for each in again.jobs] == [
        ("did", ("Spanish",)),
        ("did", ("French",)),
    ]
