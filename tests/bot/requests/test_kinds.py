"""What can be asked for, and the sentence for what cannot."""

from typing import Any

import pytest

from bot.commands.help import help_card
from bot.errors import Refused
from bot.jobs.job import REQUESTS
from bot.requests import drivers, languages
from bot.requests.base import Request, parse_values
from bot.requests.kinds import Animation, Talk, Translation, Video
from bot.requests.media import Media, MediaKind
from bot.requests.options import options_of
from bot.requests.storyboard.storyboard import Storyboard

PHOTO = Media(kind=MediaKind.PICTURE, address="shelf:p", name="p.jpg")
SOUND = Media(kind=MediaKind.SOUND, address="shelf:s", name="s.mp3")
CLIP = Media(kind=MediaKind.VIDEO, address="shelf:v", name="v.mp4")


@pytest.mark.parametrize(
    ("request_", "values", "sentence"),
    [
        (Talk, {"script": "Hi"}, "A talk must have 3 to 40,000 characters; this has 2."),
        (Talk, {"script": "x" * 40_001}, "A talk must have 3 to 40,000 characters; this has 40,001."),
        (Talk, {"script": " \n "}, "What should they say? Type some text or attach an audio file."),
        (
            Talk,
            {"script": "x" * 10_001},
            "A talk must have 3 to 10,000 spoken characters (40,000 with SSML tags); this has 10,001.",
        ),
        (
            Talk,
            {"script": "Hello", "audio": SOUND},
            "Enter either text or an audio file, not both.",
        ),
        (Talk, {"script": "Hello", "pad": "61"}, "--pad must be a number from 0 to 60, not 61."),
        (Talk, {"script": "Hello", "format": "gif"}, "--format must be one of mp4, mov, not “gif”."),
        (
            Talk,
            {"script": "Hello", "provider": "elevnlabs"},
            "--provider must be one of microsoft, elevenlabs, amazon, google, azure-openai, not “elevnlabs”. "
            "Did you mean elevenlabs?",
        ),
        (
            Animation,
            {},
            "An animation needs --image: the photo to animate. Attach the file, or give a link to it.",
        ),
        (
            Animation,
            {"image": PHOTO, "faces": 2},
            "--faces works only with --stitch. Add --stitch.",
        ),
        (
            Translation,
            {"video": CLIP, "languages": ("frnch",)},
            "Videos cannot be translated into “frnch”. Did you mean French? See /did languages.",
        ),
        (
            Translation,
            {"languages": ("fr",)},
            "A translation needs --video: the video to translate, 10 seconds to 5 minutes. "
            "Attach the file, or give a link to it.",
        ),
        (Video, {"script": "Hello", "resolution": 2000}, "--resolution must be a number from 150 to 1080, not 2000."),
        (
            Video,
            {"script": "Hello", "crop": "0.9,0,0.1,1"},
            "--crop is top,left,bottom,right: each from 0 to 1, top above bottom, left before right.",
        ),
        (Storyboard, {}, "A storyboard needs scenes: one per line, or a YAML or JSON file."),
    ],
)
def test_a_limit_is_said_with_its_numbers(request_: type[Request], values: dict[str, Any], sentence: str) -> None:
    """What is out of bounds is refused before anything is sent, in one sentence."""
    with pytest.raises(Refused) as refused:
        parse_values(request_, values)
    assert refused.value.sentence == sentence


def test_a_long_script_may_have_many_tags() -> None:
    """Only what is spoken counts against the limit for plain text."""
    made = parse_values(Talk, {"script": "<speak>" + "<break/>" * 3000 + "Hello</speak>", "ssml": True})
    assert isinstance(made, Talk)


def test_a_request_survives_being_written_down() -> None:
    """A job read back from the database asks for the same."""
    talk = parse_values(
        Talk,
        {
            "script": "Hello",
            "image": PHOTO,
            "driver": "lively/3",
            "expression": ("happy", "30:serious:0.5"),
            "pad": "2",
        },
    )
    assert Talk.model_validate_json(talk.model_dump_json()) == talk


def test_the_driver_bank_is_complete() -> None:
    """103 drivers in six families, and every one of them can be named."""
    assert sum(len(each) for each in drivers.DRIVER_FAMILIES.values()) == 103
    assert len(drivers.DRIVER_FAMILIES) == 6
    for name in drivers.driver_names(drivers.DRIVER_FAMILIES):
        assert drivers.driver_address(name, drivers.DRIVER_FAMILIES) == f"bank://{name}"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("dance", "bank://dance"),
        ("dancing", "bank://dance"),
        ("dance/3", "bank://dance/driver-03"),
        ("bank://dance/driver-03", "bank://dance/driver-03"),
        ("feliz-navidad", "bank://classics/driver-feliz-navidad"),
        ("https://host.example/d.mp4", "https://host.example/d.mp4"),
    ],
)
def test_a_driver_has_many_names(typed: str, address: str) -> None:
    """A family, a number in it, a song, an alias, an address."""
    assert drivers.driver_address(typed, drivers.DRIVER_FAMILIES) == address


@pytest.mark.parametrize("typed", ["danse", "nostalgia/13", "stitch/28", "", "dance/99"])
def test_an_unknown_driver_names_the_nearest(typed: str) -> None:
    """The gaps in the bank are gaps here too."""
    with pytest.raises(Refused, match="No driver is called"):
        drivers.driver_address(typed, drivers.DRIVER_FAMILIES)


def test_languages_go_by_name_and_code() -> None:
    """What people write becomes the name the studio spells."""
    assert [languages.language_name(each) for each in ("es", "French", "pt-BR", "ZH_cn", "uk")] == [
        "Spanish", "French", "Portuguese", "Chinese", "Ukrainian",
    ]  # fmt: skip
    assert len(languages.LANGUAGE_CODES) == 29


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_option_is_offered_everywhere(request_: type[Request]) -> None:
    """A chat with 25 places for options has room for all, each says what it is, and help shows each."""
    known = options_of(request_)
    assert len(known) <= 25
    words = [word for each in known for word in (each.word, *each.aliases)]
    assert len(words) == len(set(words))
    shown = help_card(request_.model_fields["kind"].default).text
    for each in known:
        assert 0 < len(each.sentence) <= 100
        assert each.word in shown


@pytest.mark.parametrize("request_", REQUESTS)
def test_at_most_one_option_takes_the_rest(request_: type[Request]) -> None:
    """Words without an option have one home."""
    assert sum(each.positional for each in options_of(request_)) == 1
