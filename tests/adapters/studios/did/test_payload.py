"""Every option of every request reaches the field D-ID has for it, in a body D-ID takes."""

from typing import Any

import pytest

from adapters.studios.did.endpoints import ENDPOINTS
from adapters.studios.did.payload import FIELD_MAPPINGS, HANDLED_ELSEWHERE, DidPayloadSource, write_payload
from bot.requests.base import Request
from bot.requests.kinds import Animation, Talk, Translation, Video
from bot.requests.media import Media, MediaKind
from bot.requests.options import options_of
from tests.fakes.vendors.contract_check import body_validator

PICTURE = Media(kind=MediaKind.PICTURE, address="shelf:p", name="p.png")
SOUND = Media(kind=MediaKind.SOUND, address="shelf:s", name="s.mp3")
FILM = Media(kind=MediaKind.VIDEO, address="shelf:v", name="v.mp4")
UPLOADS = {
    "image": "s3://b/dt.png",
    "audio": "s3://b/audio.wav",
    "video": "s3://b/dt.mp4",
    "overlay": "https://h/o.mp4",
    "logo": "https://h/l.png",
    "background_image": "https://h/b.png",
    "presenter": "who",
    "sentiment": "snt_1",
    "driver": "drv_1",
}
VOICE = {"type": "microsoft", "voice_id": "fr-FR-X", "language": "French (France)"}

OptionCase = tuple[Any, str, Any]  # the option's value, D-ID's field, what must stand there
SPEECH_CASES: dict[str, OptionCase] = {
    "script": ("Bonjour !", "script.input", "Bonjour !"),
    "audio": (SOUND, "script.audio_url", "s3://b/audio.wav"),
    "voice": ("X", "script.provider.voice_id", "fr-FR-X"),
    "provider": ("microsoft", "script.provider.type", "microsoft"),
    "language": ("French", "script.provider.language", "French (France)"),
    "style": ("Cheerful", "script.provider.voice_config.style", "Cheerful"),
    "rate": ("1.2", "script.provider.voice_config.rate", "1.2"),
    "pitch": ("+2st", "script.provider.voice_config.pitch", "+2st"),
    "ssml": (True, "script.ssml", True),
    "subtitles": (True, "script.subtitles", True),
}
LOGO_CASES: dict[str, OptionCase] = {
    "logo": (PICTURE, "config.logo.url", "https://h/l.png"),
    "logo_at": ("10,-10", "config.logo.position", [10, -10]),
}
FACE_CASES: dict[str, OptionCase] = {
    "image": (PICTURE, "source_url", "s3://b/dt.png"),
    "stitch": (True, "config.stitch", True),
    "face": ("-5,6,70", "face", {"top_left": [-5, 6], "size": 70}),
    "format": ("mov", "config.result_format", "mov"),
}
NAME_CASES: dict[str, OptionCase] = {"name": ("Hello", "name", "Hello · dt-1")}
MOOD = {"start_frame": 5, "expression": "happy", "intensity": 0.8}
CASES_BY_REQUEST: dict[str, dict[str, OptionCase]] = {
    "talks": SPEECH_CASES
    | LOGO_CASES
    | FACE_CASES
    | NAME_CASES
    | {
        "driver": ("lively/3", "driver_url", "bank://lively/driver-03"),
        "expression": (("5:happy:0.8",), "config.driver_expressions.expressions", [MOOD]),
        "fluent": (True, "config.fluent", True),
        "pad": (1.5, "config.pad_audio", 1.5),
        "persist": (True, "persist", True),
    },
    "animations": LOGO_CASES
    | FACE_CASES
    | {
        "driver": ("dance", "driver_url", "bank://dance"),
        "mute": (False, "config.mute", False),
        "faces": (2, "config.max_animated_faces", 2),
        "overlay": (FILM, "config.overlay", "https://h/o.mp4"),
    },
    "expressives": SPEECH_CASES
    | LOGO_CASES
    | NAME_CASES
    | {
        "presenter": ("Mia", "avatar_id", "who"),
        "sentiment": ("Excited", "sentiment_id", "snt_1"),
        "background": ("#112233", "background", {"type": "color", "value": "#112233"}),
        "background_image": (PICTURE, "background", {"type": "image_url", "value": "https://h/b.png"}),
        "resolution": (720, "config.output_resolution", 720),
        "format": ("webm", "config.result_format", "webm"),
        "persist": (True, "persist", True),
    },
    "videos": SPEECH_CASES
    | LOGO_CASES
    | {
        "presenter": ("Mia", "presenter_id", "who"),
        "resolution": (720, "config.output_resolution", 720),
        "format": ("webm", "config.result_format", "webm"),
    },
    "clips": SPEECH_CASES
    | LOGO_CASES
    | NAME_CASES
    | {
        "presenter": ("Amy", "presenter_id", "who"),
        "driver": ("Calm", "driver_id", "drv_1"),
        "background": ("#112233", "background", {"color": "#112233"}),
        "background_image": (PICTURE, "background", {"source_url": "https://h/b.png"}),
        "crop": (
            "0,0.1,1,0.9",
            "presenter_config.crop.rectangle",
            {"top": 0.0, "left": 0.1, "bottom": 1.0, "right": 0.9},
        ),
        "resolution": (500, "config.output_resolution", 500),
        "format": ("webm", "config.result_format", "webm"),
    },
    "scenes": SPEECH_CASES
    | LOGO_CASES
    | NAME_CASES
    | {
        "presenter": ("Me", "avatar_id", "who"),
        "background": ("#112233", "background", {"color": "#112233"}),
        "background_image": (PICTURE, "background", {"source_url": "https://h/b.png"}),
    },
    "translations": {
        "video": (FILM, "source_url", "s3://b/dt.mp4"),
        "languages": (("fr",), "languages", ["French"]),
        "source": ("en", "source_language", "English"),
    },
}
REQUEST_CLASSES: dict[str, type[Request]] = {
    "talks": Talk, "animations": Animation, "translations": Translation,
    "expressives": Video, "videos": Video, "clips": Video, "scenes": Video,
}  # fmt: skip
BASE_OPTIONS: dict[type[Request], dict[str, Any]] = {
    Talk: {"script": "Hello there"},
    Video: {"script": "Hello there"},
    Animation: {"image": PICTURE},
    Translation: {"video": FILM, "languages": ("es",)},
}
COMBINED_OPTIONS: dict[str, dict[str, Any]] = {
    "audio": {"script": None},
    "logo_at": {"logo": PICTURE},
    "faces": {"stitch": True},
}


def request_body(where: str, **values: Any) -> dict[str, Any]:
    """The body for a request with these options."""
    kind = REQUEST_CLASSES[where]
    request = kind.model_validate(BASE_OPTIONS[kind] | values)
    given = set(request.media) | {"image", "presenter", "sentiment", "driver"}
    uploads = {name: address for name, address in UPLOADS.items() if name in given}
    return write_payload(
        DidPayloadSource(request, uploads, "dt-1", "https://h/hook", VOICE if "script" in BASE_OPTIONS[kind] else {}),
        where,
    )


@pytest.mark.parametrize(
    ("where", "option"), [(where, name) for where, cases in CASES_BY_REQUEST.items() for name in cases]
)
def test_an_option_reaches_its_field(where: str, option: str) -> None:
    """What a person asks for stands in D-ID's own field, and the whole body is one D-ID takes."""
    value, path, expected = CASES_BY_REQUEST[where][option]
    made = request_body(where, **COMBINED_OPTIONS.get(option, {}) | {option: value})
    found: Any = made
    for step in path.split("."):
        found = found[step]
    assert found == expected
    body_validator("did", f"/{where}").validate(made)


@pytest.mark.parametrize("where", CASES_BY_REQUEST)
def test_every_line_of_a_table_is_tried(where: str) -> None:
    """A field nobody tried may as well be wrong."""
    assert set(CASES_BY_REQUEST[where]) == set(FIELD_MAPPINGS[where])


@pytest.mark.parametrize("kind", BASE_OPTIONS)
def test_every_option_of_a_request_is_mapped(kind: type[Request]) -> None:
    """A new option that no generator is told of would be ignored in silence."""
    mapped = {name for where, table in FIELD_MAPPINGS.items() if REQUEST_CLASSES[where] is kind for name in table}
    assert {each.field for each in options_of(kind)} - HANDLED_ELSEWHERE == mapped


@pytest.mark.parametrize("where", CASES_BY_REQUEST)
def test_what_nobody_asked_for_is_left_to_the_vendor(where: str) -> None:
    """A bare request sends nothing but what is needed, its marks and its hook."""
    made = request_body(where)
    body_validator("did", f"/{where}").validate(made)
    assert made["user_data"] == "dt-1"
    assert made["webhook"] == "https://h/hook"
    assert ("name" in made) == (ENDPOINTS[where].has_name)
    assert "config" not in made


def test_classics_and_dances_are_heard_unless_told_otherwise() -> None:
    """A song nobody hears is not what anyone means by a classic, nor a dance without music."""
    assert request_body("animations", driver="old-souls")["config"]["mute"] is False
    assert request_body("animations", driver="old-souls", mute=True)["config"]["mute"] is True
    assert request_body("animations", driver="dance")["config"]["mute"] is False
    assert "config" not in request_body("animations", driver="nostalgia")


def test_a_transparent_background_is_written_as_each_kind_wants_it() -> None:
    """V4 has a type for it, clips a colour of false."""
    made = request_body("expressives", background="transparent", format="webm")
    assert made["background"] == {"type": "transparent"}
    made = request_body("clips", background="transparent", format="webm")
    assert made["background"] == {"color": False}
    body_validator("did", "/clips").validate(made)


def test_a_hook_over_plain_http_is_left_out() -> None:
    """D-ID refuses it, and polling finds the result as well."""
    request = Talk(script="Hello there")
    assert "webhook" not in write_payload(
        DidPayloadSource(request, {"image": UPLOADS["image"]}, "dt-1", "http://h/hook"), "talks"
    )


def test_a_given_sound_is_spoken_without_a_voice() -> None:
    """D-ID takes no voice beside a sound, and a channel may have a usual voice."""
    made = request_body("talks", script=None, audio=SOUND, voice="Sara", rate="fast", ssml=True)
    assert made["script"] == {"type": "audio", "audio_url": "s3://b/audio.wav"}
