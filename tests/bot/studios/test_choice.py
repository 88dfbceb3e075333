"""Which studio makes a request, and what is offered when one refuses."""

from typing import Any

import pytest

from bot.errors import NotOffered, Refused, TryAgain
from bot.requests.base import Request
from bot.requests.kinds import Animation, Talk, Video
from bot.studios.choice import StudioChooser, find_other_studio, for_other_studio
from bot.studios.studio import Choice, Preview


class PickyStudio:
    """A studio that refuses some kinds and knows some people."""

    def __init__(self, name: str, people: tuple[str, ...] = (), refuses: tuple[type[Request], ...] = ()) -> None:
        self.name, self.title = name, name.upper()
        self._people, self._refuses = people, refuses
        self.unreachable = False
        self.suggestion = ""

    def check(self, request: Request) -> None:
        if isinstance(request, self._refuses):
            raise NotOffered(f"{self.title} does not make this.")

    def preview(self, request: Request) -> Preview:
        return Preview()

    async def check_names(self, request: Request) -> None:
        if self.unreachable:
            raise TryAgain("away")
        if getattr(request, "voice", None) not in (None, *self._people):
            raise Refused(f"Who is that?{self.suggestion}")

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        if self.unreachable:
            raise TryAgain("away")
        return [Choice(f"{self.name}:{each}", f"{each} · {self.title}") for each in self._people]


def two_studios(**refuses: Any) -> Any:
    """Two studios, each with somebody of its own."""
    return {"did": PickyStudio("did", ("Mira",), (Animation,)), "heygen": PickyStudio("heygen", ("Anna",))} | refuses


async def test_the_usual_studio_makes_what_it_can() -> None:
    """Which is the usual one is a setting."""
    assert (await StudioChooser(two_studios(), "did").choose(Talk(script="Hello"))).name == "did"
    assert (await StudioChooser(two_studios(), "heygen").choose(Talk(script="Hello"))).name == "heygen"


@pytest.mark.parametrize("typed", ["Anna", "anna", "heygen:Anna"])
async def test_whose_presenter_is_named_makes_the_video(typed: str) -> None:
    """By name or by the value that the list of presenters gives."""
    assert (await StudioChooser(two_studios(), "did").choose(Video(script="Hello", presenter=typed))).name == "heygen"


async def test_a_presenter_named_with_its_studio_is_asked_of_no_other() -> None:
    """The sentence is then that studio's, and not about a name the other never heard of."""
    known = two_studios(heygen=PickyStudio("heygen", ("Anna",), (Video,)))
    with pytest.raises(Refused, match="HEYGEN does not make this"):
        await StudioChooser(known, "did").choose(Video(script="Hello", presenter="heygen:Anna"))


async def test_a_studio_that_does_not_answer_decides_nothing() -> None:
    """The usual one is taken."""
    known = two_studios()
    known["heygen"].unreachable = known["did"].unreachable = True
    assert (await StudioChooser(known, "did").choose(Talk(script="Hello", voice="Anna"))).name == "did"


async def test_a_named_studio_that_refuses_offers_the_other() -> None:
    """The sentence says how to ask it."""
    known = two_studios(did=PickyStudio("did", (), (Talk,)))
    with pytest.raises(Refused, match="HeyGen can: --studio heygen"):
        await StudioChooser(known, "did").choose(Talk(script="Hello", studio="did"))


def test_the_other_studio_gets_no_names_of_the_first() -> None:
    """Voices, presenters and fields belong to one studio."""
    request = Talk(script="Hello", voice="Sara", set=("a=1",), studio="did")
    other = for_other_studio(request, "heygen")
    assert (other.studio, getattr(other, "voice", None), other.set) == ("heygen", None, ())
    assert find_other_studio(request, "did", two_studios()) == "heygen"
    assert find_other_studio(request, "did", {"did": PickyStudio("did")}) is None  # type: ignore[dict-item]


async def test_a_name_nobody_knows_is_refused_when_it_is_asked_for() -> None:
    """Before anything is recorded; unless the catalogue does not answer, for then nothing is known."""
    known = two_studios()
    await StudioChooser(known, "did").check_names(Talk(script="Hello", voice="Anna"), known["heygen"])
    with pytest.raises(Refused, match="Who is that"):
        await StudioChooser(known, "did").check_names(Talk(script="Hello", voice="Nobody"), known["heygen"])
    known["heygen"].unreachable = True
    await StudioChooser(known, "did").check_names(Talk(script="Hello", voice="Nobody"), known["heygen"])


async def test_a_slip_in_a_name_is_told_with_whoever_was_meant_at_any_studio() -> None:
    """Nobody need know whose presenter it is."""
    known = two_studios()
    known["heygen"].suggestion = " Did you mean Anna?"
    with pytest.raises(Refused, match="Did you mean Anna"):
        await StudioChooser(known, "did").check_names(Talk(script="Hello", voice="Ana"), known["did"])
    with pytest.raises(Refused, match=r"Who is that\?$"):
        await StudioChooser(known, "did").check_names(Talk(script="Hello", voice="Ana", studio="did"), known["did"])
