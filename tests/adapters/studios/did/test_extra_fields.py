"""Fields too rare for an option are reachable, and nothing wrong gets through that door."""

from typing import Any

import pytest

from adapters.studios.did.endpoints import ENDPOINTS
from adapters.studios.did.payload import EXTRA_FIELDS, RESERVED_FIELDS
from bot.errors import Refused
from bot.requests.kinds import Animation, Talk, Video
from tests.fakes.vendors.did_harness import FACE, DidHarness

VALID_SETTINGS: list[tuple[str, str, str, Any]] = [
    ("talks", "config.motion_factor=1.2", "config.motion_factor", 1.2),
    ("talks", " config.align_driver = no ", "config.align_driver", False),
    ("talks", "config.output_resolution=512", "config.output_resolution", 512),
    ("talks", "config.normalization_factor=0", "config.normalization_factor", 0.0),
    ("talks", "config.driver_expressions.transition_frames=20", "config.driver_expressions.transition_frames", 20),
    ("talks", "config.logo=false", "config.logo", False),
    ("talks", "config.logo.position=1,-2", "config.logo.position", [1, -2]),
    ("talks", "config.logo.position=[1, -2]", "config.logo.position", [1, -2]),
    ("talks", "script.provider.model_id=eleven_v3", "script.provider.model_id", "eleven_v3"),
    ("talks", "script.provider.voice_config.stability=0.5", "script.provider.voice_config.stability", 0.5),
    ("talks", 'face={"top_left":[1,2],"size":3}', "face", {"top_left": [1, 2], "size": 3}),
    ("animations", "config.motion_factor=0.5", "config.motion_factor", 0.5),
    ("expressives", "config.output_resolution=720", "config.output_resolution", 720),
    ("clips", "background.color=false", "background.color", False),
    ("clips", "presenter_config.crop.rectangle.top=0.25", "presenter_config.crop.rectangle.top", 0.25),
    ("translations", "source_language=English", "source_language", "English"),
]
INVALID_SETTINGS: list[tuple[str, str, str]] = [
    ("talks", "config.motion_facter=1.2", "Did you mean config.motion_factor"),
    ("talks", "motion_factor=1.2", "Did you mean config.motion_factor"),
    ("talks", "config.motion_factor=fast", "cannot be “fast”: it must be a number"),
    ("talks", "config.motion_factor=", "cannot be “”"),
    ("talks", "config.normalization_factor=2", "it must be at most 1"),
    ("talks", "config.stitch=maybe", "cannot be “maybe”"),
    ("talks", "config.stitch", "path=value"),
    ("talks", "=1", "path=value"),
    ("talks", "config.stitch=null", "cannot be “null”"),
    ("talks", "__class__=x", "no field"),
    ("talks", "config.show_watermark=false", "no field"),
    ("talks", "config.result_format=gif", "cannot be “gif”"),
    ("talks", 'script={"type":"text","input":"other words"}', "cannot change script"),
    ("expressives", "config.output_resolution=500", "cannot be “500”"),
    ("animations", "persist=true", "no field"),
]


@pytest.mark.parametrize(("where", "setting", "path", "value"), VALID_SETTINGS)
def test_a_known_field_takes_a_value_of_its_type(where: str, setting: str, path: str, value: Any) -> None:
    """People type text; D-ID gets numbers, truths and lists."""
    assert EXTRA_FIELDS.parse_setting(ENDPOINTS[where].body, setting) == (path, value)
    assert type(EXTRA_FIELDS.parse_setting(ENDPOINTS[where].body, setting)[1]) is type(value)


@pytest.mark.parametrize(("where", "setting", "said"), INVALID_SETTINGS)
def test_a_wrong_field_or_value_is_refused_with_help(where: str, setting: str, said: str) -> None:
    """The nearest name, or what the value must be."""
    with pytest.raises(Refused) as caught:
        EXTRA_FIELDS.parse_setting(ENDPOINTS[where].body, setting)
    assert said in caught.value.sentence
    assert caught.value.option == "set"


@pytest.mark.parametrize("path", RESERVED_FIELDS)
def test_what_didtalk_needs_cannot_be_set(path: str) -> None:
    """Each refusal gives its reason."""
    with pytest.raises(Refused, match="cannot change"):
        EXTRA_FIELDS.parse_setting(ENDPOINTS["talks"].body, f"{path}=x")


def test_every_field_of_every_body_has_a_path() -> None:
    """What D-ID takes is an option or can be set."""
    for endpoint in ENDPOINTS.values():
        assert all(endpoint.body.fields.values())


@pytest.mark.parametrize("wrong", [{"persist": "true"}, {"config": {"pad_audio": "1"}}, {"face": "1,2,3"}, {"odd": 1}])
def test_a_body_holds_real_types_only(wrong: dict[str, Any]) -> None:
    """A number as text may pass today and fail tomorrow, after it was paid for."""
    body = {"source_url": "s3://b/a.png", "script": {"type": "text", "input": "Hello"}}
    assert EXTRA_FIELDS.require_valid(ENDPOINTS["talks"].body, body) == body
    with pytest.raises(Refused):
        EXTRA_FIELDS.require_valid(ENDPOINTS["talks"].body, body | wrong)


def test_what_the_vendor_would_replace_by_its_own_is_always_sent() -> None:
    """A talk without a picture would show D-ID's own face, and cost as much."""
    talk = ENDPOINTS["talks"]
    with pytest.raises(Refused, match="D-ID does not accept this source_url: it is required"):
        EXTRA_FIELDS.require_valid(talk.body, {"script": {"type": "text", "input": "Hello"}}, talk.always_given)


async def test_a_set_field_is_sent(bench: DidHarness) -> None:
    """Also when no option made the object it stands in."""
    sent = await bench.submitted_body(
        Talk(script="Hello", image=FACE, set=("config.sharpen=false", "config.motion_factor=1.5"))
    )
    assert sent["config"] == {"sharpen": False, "motion_factor": 1.5}


async def test_a_set_field_of_a_voice_needs_such_a_voice(bench: DidHarness) -> None:
    """What an ElevenLabs voice knows, a Microsoft voice does not."""
    stable = ("script.provider.voice_config.stability=0.5",)
    bench.studio.check(Talk(script="Hello", set=stable))
    sent = await bench.submitted_body(Talk(script="Hello", image=FACE, voice="Rachel", set=stable))
    assert sent["script"]["provider"]["voice_config"] == {"stability": 0.5}
    with pytest.raises(Refused):
        await bench.prepared_job(Talk(script="Hello", image=FACE, voice="Sara", set=stable))


@pytest.mark.parametrize(
    "request_",
    [
        Talk(script="Hello", set=("config.nonsense=1",)),
        Animation(image=FACE, set=("config.motion_factor=x",)),
        Video(script="Hello", set=("config.nonsense=1",)),
    ],
)
def test_a_wrong_set_is_refused_at_once(bench: DidHarness, request_: Any) -> None:
    """Before anything is recorded, and without a call."""
    with pytest.raises(Refused):
        bench.studio.check(request_)
    assert not bench.server.received_calls
