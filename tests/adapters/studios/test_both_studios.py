"""D-ID and HeyGen together: whose sentence a person reads when neither makes the request."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.studios.fuzzy_match import fold_text
from bot.errors import Refused
from bot.requests.kinds import Talk, Translation, Video
from bot.requests.storyboard.storyboard import Storyboard
from bot.studios.choice import StudioChooser
from tests.fakes.vendors.did_harness import FACE, FILM, did_harness
from tests.fakes.vendors.heygen_harness import heygen_harness


@pytest.fixture(params=["did", "heygen"])
async def chooser(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StudioChooser]:
    """Both providers, with each as the default."""
    async with did_harness(tmp_path) as did, heygen_harness(tmp_path) as heygen:
        yield StudioChooser({"did": did.studio, "heygen": heygen.studio}, request.param)


@pytest.mark.parametrize("typed", ["source_langauge=English", "speaker_nmu=2"])
async def test_a_misspelt_field_of_a_translation_is_sent_to_nobody(chooser: StudioChooser, typed: str) -> None:
    """A provider that never looked at the field took the video and ignored what was meant."""
    with pytest.raises(Refused, match="Did you mean") as refused:
        await chooser.choose(Translation(video=FILM, languages=("german",), set=(typed,)))
    assert refused.value.option == "set"


async def test_a_fault_of_a_storyboard_is_told_by_who_makes_storyboards(chooser: StudioChooser) -> None:
    """That D-ID makes none helps nobody whose line 2 is wrong."""
    with pytest.raises(Refused, match=r"Line 2: the scale of a photo goes up to 2"):
        await chooser.choose(Storyboard(script="@Anna: Hello\n@photo: I speak. [scale 2.1]", image=FACE))


async def test_a_fault_of_a_presenter_video_is_told_by_who_has_the_option(chooser: StudioChooser) -> None:
    """That HeyGen has no logos helps nobody whose logo is in the wrong place."""
    with pytest.raises(Refused, match="--logo-at says where a logo sits"):
        await chooser.choose(Video(script="Hello", logo_at="10,10"))


async def test_what_is_picked_can_be_read_and_is_found_again(tmp_path: Path) -> None:
    """A picked voice turned into “heygen:2122e4e3…” wherever it was shown; a name that two have stays an id."""
    async with did_harness(tmp_path) as did, heygen_harness(tmp_path) as heygen:
        for studio, make in ((did.studio, Talk), (heygen.studio, Talk)):
            picked = await studio.suggest("voices", "")
            assert [each.label for each in picked] == sorted((each.label for each in picked), key=fold_text)
            for choice in picked:
                await studio.check_names(make(script="Hello", voice=choice.value))
        values = [choice.value for choice in await heygen.studio.suggest("voices", "")]
        assert any(value.partition(":")[2].isalpha() for value in values), values
        presenters = [choice.value for choice in await did.studio.suggest("presenters", "mia")]
        assert presenters == ["v4:Mia"]
