"""Fields too rare for an option are reachable, and nothing wrong gets through that door."""

from typing import Any

import pytest

from adapters.studios.did import schemas
from adapters.studios.did.payload import EXTRA_FIELDS, RESERVED_FIELDS
from adapters.studios.extra_fields import types_by_path
from bot.errors import Refused
from bot.requests.kinds import Animation, Talk, Video
from tests.fakes.vendors.did_harness import FACE, DidHarness

VALID_SETTINGS: list[tuple[type[schemas.DidBody], str, str, Any]] = [
    (schemas.Talk, "config.motion_factor=1.2", "config.motion_factor", 1.2),
    (schemas.Talk, " config.align_driver = no ", "config.align_driver", False),
    (schemas.Talk, "config.output_resolution=512", "config.output_resolution", 512),
    (schemas.Talk, "config.normalization_factor=0", "config.normalization_factor", 0.0),
    (schemas.Talk, "config.driver_expressions.transition_frames=20", "config.driver_expressions.transition_frames", 20),
    (schemas.Talk, "config.logo=false", "config.logo", False),
    (schemas.Talk, "config.logo.position=1,-2", "config.logo.position", [1, -2]),
    (schemas.Talk, "config.logo.position=[1, -2]", "config.logo.position", [1, -2]),
    (schemas.Talk, "script.provider.model_id=eleven_v3", "script.provider.model_id", "eleven_v3"),
    (schemas.Talk, "script.provider.voice_config.stability=0.5", "script.provider.voice_config.stability", 0.5),
    (schemas.Talk, 'face={"top_left":[1,2],"size":3}', "face", {"top_left": [1, 2], "size": 3}),
    (schemas.Animation, "config.motion_factor=0.5", "config.motion_factor", 0.5),
    (schemas.Expressive, "config.output_resolution=720", "config.output_resolution", 720),
    (schemas.Clip, "background.color=false", "background.color", False),
    (schemas.Clip, "presenter_config.crop.rectangle.top=0.25", "presenter_config.crop.rectangle.top", 0.25),
    (schemas.Translation, "source_language=English", "source_language", "English"),
]
INVALID_SETTINGS: list[tuple[type[schemas.DidBody], str, str]] = [
    (schemas.Talk, "config.motion_facter=1.2", "Did you mean config.motion_factor"),
    (schemas.Talk, "motion_factor=1.2", "Did you mean config.motion_factor"),
    (schemas.Talk, "config.motion_factor=fast", "cannot be “fast”"),
    (schemas.Talk, "config.motion_factor=", "cannot be “”"),
    (schemas.Talk, "config.normalization_factor=2", "less than or equal to 1"),
    (schemas.Talk, "config.stitch=maybe", "cannot be “maybe”"),
    (schemas.Talk, "config.stitch", "path=value"),
    (schemas.Talk, "=1", "path=value"),
    (schemas.Talk, "config.stitch=null", "cannot be “null”"),
    (schemas.Talk, "__class__=x", "no field"),
    (schemas.Talk, "config.show_watermark=false", "no field"),
    (schemas.Talk, "config.result_format=gif", "cannot be “gif”"),
    (schemas.Talk, 'script={"type":"text","input":"other words"}', "cannot change script"),
    (schemas.Expressive, "config.output_resolution=500", "cannot be “500”"),
    (schemas.Animation, "persist=true", "no field"),
]


@pytest.mark.parametrize(("model", "setting", "path", "value"), VALID_SETTINGS)
def test_a_known_field_takes_a_value_of_its_type(
    model: type[schemas.DidBody], setting: str, path: str, value: Any
) -> None:
    """People type text; D-ID gets numbers, truths and lists."""
    assert EXTRA_FIELDS.parse_setting(model, setting) == (path, value)
    assert type(EXTRA_FIELDS.parse_setting(model, setting)[1]) is type(value)


@pytest.mark.parametrize(("model", "setting", "said"), INVALID_SETTINGS)
def test_a_wrong_field_or_value_is_refused_with_help(model: type[schemas.DidBody], setting: str, said: str) -> None:
    """The nearest name, or what the value must be."""
    with pytest.raises(Refused) as caught:
        EXTRA_FIELDS.parse_setting(model, setting)
    assert said in caught.value.sentence
    assert caught.value.option == "set"


@pytest.mark.parametrize("path", RESERVED_FIELDS)
def test_what_didtalk_needs_cannot_be_set(path: str) -> None:
    """Each refusal gives its reason."""
    with pytest.raises(Refused, match="cannot change"):
        EXTRA_FIELDS.parse_setting(schemas.Talk, f"{path}=x")


def test_every_field_of_every_body_has_a_path() -> None:
    """What D-ID takes is an option or can be set."""
    for model in schemas.DidBody.__subclasses__():
        assert all(types_by_path(model).values())


@pytest.mark.parametrize("wrong", [{"persist": "true"}, {"config": {"pad_audio": "1"}}, {"face": "1,2,3"}, {"odd": 1}])
def test_a_body_holds_real_types_only(wrong: dict[str, Any]) -> None:
    """A number as text may pass today and fail tomorrow, after it was paid for."""
    body = {"source_url": "s3://b/a.png", "script": {"type": "text", "input": "Hello"}}
    assert EXTRA_FIELDS.validate_body(schemas.Talk, body) == body
    with pytest.raises(Refused):
        EXTRA_FIELDS.validate_body(schemas.Talk, body | wrong)


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
