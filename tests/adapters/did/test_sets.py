"""Fields too rare for an option are reachable, and nothing wrong gets through that door."""

from typing import Any

import pytest

from adapters.studios.did import bodies
from adapters.studios.did.sets import RESERVED, checked, fields, parsed
from bot.errors import Refused
from bot.requests import Animation, Talk, Video
from tests.fakes.did_bench import FACE, Bench

GOOD: list[tuple[type[bodies.Body], str, str, Any]] = [
    (bodies.Talk, "config.motion_factor=1.2", "config.motion_factor", 1.2),
    (bodies.Talk, " config.align_driver = no ", "config.align_driver", False),
    (bodies.Talk, "config.output_resolution=512", "config.output_resolution", 512),
    (bodies.Talk, "config.normalization_factor=0", "config.normalization_factor", 0.0),
    (bodies.Talk, "config.driver_expressions.transition_frames=20", "config.driver_expressions.transition_frames", 20),
    (bodies.Talk, "config.logo=false", "config.logo", False),
    (bodies.Talk, "config.logo.position=1,-2", "config.logo.position", [1, -2]),
    (bodies.Talk, "config.logo.position=[1, -2]", "config.logo.position", [1, -2]),
    (bodies.Talk, "script.provider.model_id=eleven_v3", "script.provider.model_id", "eleven_v3"),
    (bodies.Talk, "script.provider.voice_config.stability=0.5", "script.provider.voice_config.stability", 0.5),
    (bodies.Talk, 'face={"top_left":[1,2],"size":3}', "face", {"top_left": [1, 2], "size": 3}),
    (bodies.Animation, "config.motion_factor=0.5", "config.motion_factor", 0.5),
    (bodies.Expressive, "config.output_resolution=720", "config.output_resolution", 720),
    (bodies.Clip, "background.color=false", "background.color", False),
    (bodies.Clip, "presenter_config.crop.rectangle.top=0.25", "presenter_config.crop.rectangle.top", 0.25),
    (bodies.Translation, "source_language=English", "source_language", "English"),
]
BAD: list[tuple[type[bodies.Body], str, str]] = [
    (bodies.Talk, "config.motion_facter=1.2", "Did you mean config.motion_factor"),
    (bodies.Talk, "motion_factor=1.2", "Did you mean config.motion_factor"),
    (bodies.Talk, "config.motion_factor=fast", "cannot be “fast”"),
    (bodies.Talk, "config.motion_factor=", "cannot be “”"),
    (bodies.Talk, "config.normalization_factor=2", "less than or equal to 1"),
    (bodies.Talk, "config.stitch=maybe", "cannot be “maybe”"),
    (bodies.Talk, "config.stitch", "path=value"),
    (bodies.Talk, "=1", "path=value"),
    (bodies.Talk, "config.stitch=null", "cannot be “null”"),
    (bodies.Talk, "__class__=x", "no field"),
    (bodies.Talk, "config.show_watermark=false", "no field"),
    (bodies.Talk, "config.result_format=gif", "cannot be “gif”"),
    (bodies.Talk, 'script={"type":"text","input":"other words"}', "cannot change script"),
    (bodies.Expressive, "config.output_resolution=500", "cannot be “500”"),
    (bodies.Animation, "persist=true", "no field"),
]


@pytest.mark.parametrize(("model", "setting", "path", "value"), GOOD)
def test_a_known_field_takes_a_value_of_its_type(model: type[bodies.Body], setting: str, path: str, value: Any) -> None:
    """People type text; D-ID gets numbers, truths and lists."""
    assert parsed(model, setting) == (path, value)
    assert type(parsed(model, setting)[1]) is type(value)


@pytest.mark.parametrize(("model", "setting", "said"), BAD)
def test_a_wrong_field_or_value_is_refused_with_help(model: type[bodies.Body], setting: str, said: str) -> None:
    """The nearest name, or what the value must be."""
    with pytest.raises(Refused) as caught:
        parsed(model, setting)
    assert said in caught.value.sentence
    assert caught.value.option == "set"


@pytest.mark.parametrize("path", RESERVED)
def test_what_didtalk_needs_cannot_be_set(path: str) -> None:
    """Each refusal gives its reason."""
    with pytest.raises(Refused, match="cannot change"):
        parsed(bodies.Talk, f"{path}=x")


def test_every_field_of_every_body_has_a_path() -> None:
    """What D-ID takes is an option or can be set."""
    for model in bodies.Body.__subclasses__():
        assert all(fields(model).values())


@pytest.mark.parametrize("wrong", [{"persist": "true"}, {"config": {"pad_audio": "1"}}, {"face": "1,2,3"}, {"odd": 1}])
def test_a_body_holds_real_types_only(wrong: dict[str, Any]) -> None:
    """A number as text may pass today and fail tomorrow, after it was paid for."""
    body = {"source_url": "s3://b/a.png", "script": {"type": "text", "input": "Hello"}}
    assert checked(bodies.Talk, body) == body
    with pytest.raises(Refused):
        checked(bodies.Talk, body | wrong)


async def test_a_set_field_is_sent(bench: Bench) -> None:
    """Also when no option made the object it stands in."""
    sent = await bench.sent(Talk(script="Hello", image=FACE, set=("config.sharpen=false", "config.motion_factor=1.5")))
    assert sent["config"] == {"sharpen": False, "motion_factor": 1.5}


async def test_a_set_field_of_a_voice_needs_such_a_voice(bench: Bench) -> None:
    """What an ElevenLabs voice knows, a Microsoft voice does not."""
    stable = ("script.provider.voice_config.stability=0.5",)
    bench.studio.check(Talk(script="Hello", set=stable))
    sent = await bench.sent(Talk(script="Hello", image=FACE, voice="Rachel", set=stable))
    assert sent["script"]["provider"]["voice_config"] == {"stability": 0.5}
    with pytest.raises(Refused):
        await bench.prepared(Talk(script="Hello", image=FACE, voice="Sara", set=stable))


@pytest.mark.parametrize(
    "request_",
    [
        Talk(script="Hello", set=("config.nonsense=1",)),
        Animation(image=FACE, set=("config.motion_factor=x",)),
        Video(script="Hello", set=("config.nonsense=1",)),
    ],
)
def test_a_wrong_set_is_refused_at_once(bench: Bench, request_: Any) -> None:
    """Before anything is recorded, and without a call."""
    with pytest.raises(Refused):
        bench.studio.check(request_)
    assert not bench.server.asked
