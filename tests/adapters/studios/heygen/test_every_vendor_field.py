"""The vendor's tables, copied out by hand: every field of them is reached by an option, a scene's word or `--set`."""

from typing import Any

import pytest

from adapters.studios.heygen.payload import SCENE_V2, TRANSLATION_V2, TRANSLATION_V3, VIDEO_V2
from bot.requests.base import Request
from bot.requests.kinds import Translation, Video
from bot.requests.media import Media, MediaKind
from bot.requests.storyboard.storyboard import Storyboard
from tests.fakes.vendors.heygen_harness import FACE, FILM, HeygenHarness

SOUND = Media(kind=MediaKind.SOUND, address="shelf:s", name="speech.mp3")
CLIP = Media(kind=MediaKind.VIDEO, address="shelf:c", name="waves.mp4")
PICTURE = Media(kind=MediaKind.PICTURE, address="shelf:p", name="office.png")
ANY_VALUE = object()  # whatever the vendor called it

# field of the body → what is written in the scene, and what must arrive
AVATAR_FIELDS: dict[str, tuple[str, Any]] = {
    "type": ("@Abigail: Hi", "avatar"),
    "avatar_id": ("@Abigail: Hi", "Abigail_1"),
    "scale": ("@Abigail: Hi [scale 4.5]", 4.5),
    "avatar_style": ("@Abigail: Hi [style closeUp]", "closeUp"),
    "offset": ("@Abigail: Hi [offset 0.1,-0.2]", {"x": 0.1, "y": -0.2}),
    "matting": ("@Abigail: Hi [matting]", True),
    "circle_background_color": ("@Abigail: Hi [circle-background-color #00ff00]", "#00ff00"),
}
PHOTO_FIELDS: dict[str, tuple[str, Any]] = {
    "type": ("@Grandpa: Hi", "talking_photo"),
    "talking_photo_id": ("@Grandpa: Hi", "tp_1"),
    "scale": ("@Grandpa: Hi [scale 1.9]", 1.9),
    "talking_photo_style": ("@Grandpa: Hi [style square]", "square"),
    "offset": ("@Grandpa: Hi [offset 1,0]", {"x": 1.0, "y": 0.0}),
    "talking_style": ("@Grandpa: Hi [talking-style expressive]", "expressive"),
    "expression": ("@Grandpa: Hi [expression happy]", "happy"),
    "super_resolution": ("@Grandpa: Hi [super-resolution on]", True),
    "matting": ("@Grandpa: Hi [matting off]", False),
    "circle_background_color": ("@Grandpa: Hi [circle-background #00ff00]", "#00ff00"),
}
TEXT_FIELDS: dict[str, tuple[str, Any]] = {
    "type": ("@Abigail: Hi", "text"),
    "voice_id": ("@Abigail: Hi [voice Joanna]", "v-jo"),
    "input_text": ("@Abigail: Hi", "Hi"),
    "speed": ("@Abigail: Hi [speed 0.5]", 0.5),
    "pitch": ("@Abigail: Hi [pitch -50]", -50),
    "emotion": ("@Abigail: Hi [emotion soothing]", "Soothing"),
    "locale": ("@Abigail: Hi [locale pt-BR]", "pt-BR"),
    "elevenlabs_settings.model": ("@Abigail: Hi [model eleven_turbo_v2]", "eleven_turbo_v2"),
    "elevenlabs_settings.similarity_boost": ("@Abigail: Hi [similarity-boost 0.5]", 0.5),
    "elevenlabs_settings.stability": ("@Abigail: Hi [stability 0.25]", 0.25),
    "elevenlabs_settings.style": ("@Abigail: Hi [exaggeration 1]", 1.0),
}
AUDIO_FIELDS: dict[str, tuple[str, Any]] = {
    "type": ("@Abigail: [audio speech.mp3]", "audio"),
    "audio_asset_id": ("@Abigail: [audio speech.mp3]", ANY_VALUE),
}
SILENCE_FIELDS: dict[str, tuple[str, Any]] = {
    "type": ("@Abigail: [silence 1]", "silence"),
    "duration": ("@Abigail: [silence 100]", 100.0),
}
COLOUR_FIELDS: dict[str, tuple[str, Any]] = {
    "type": ("@Abigail: Hi [background #102030]", "color"),
    "value": ("@Abigail: Hi [background #102030]", "#102030"),
}
IMAGE_FIELDS: dict[str, tuple[str, Any]] = {
    "type": ("@Abigail: Hi [background office.png]", "image"),
    "image_asset_id": ("@Abigail: Hi [background office.png]", ANY_VALUE),
    "fit": ("@Abigail: Hi [background office.png] [fit contain]", "contain"),
}
VIDEO_FIELDS: dict[str, tuple[str, Any]] = {
    "type": ("@Abigail: Hi [background waves.mp4]", "video"),
    "video_asset_id": ("@Abigail: Hi [background waves.mp4]", ANY_VALUE),
    "play_style": ("@Abigail: Hi [background waves.mp4] [play freeze]", "freeze"),
    "fit": ("@Abigail: Hi [background waves.mp4] [fit none]", "none"),
}
SCENE_PARTS = {
    "character": (AVATAR_FIELDS, PHOTO_FIELDS),
    "voice": (TEXT_FIELDS, AUDIO_FIELDS, SILENCE_FIELDS),
    "background": (COLOUR_FIELDS, IMAGE_FIELDS, VIDEO_FIELDS),
}
SCENES = [
    (f"{part}.{name}", script, value)
    for part, tables in SCENE_PARTS.items()
    for table in tables
    for name, (script, value) in table.items()
]
VIDEO_LEVEL_FIELDS: dict[str, tuple[dict[str, Any], Any]] = {
    "dimension": ({"dimension": "720x1280"}, {"width": 720, "height": 1280}),
    "caption": ({"captions": True}, True),
    "title": ({"title": "A title"}, "A title"),
    "folder_id": ({"folder": "f1"}, "f1"),
    "test": ({"test": True}, True),
    "callback_id": ({}, ANY_VALUE),
    "callback_url": ({}, ANY_VALUE),
}
# Files are always handed in, so that a link which only we can open works too, and is looked at before it is sent.
UPLOADED_FIELDS = {"audio_url", "url"}


def value_at(body: Any, path: str) -> Any:
    """What stands at a path."""
    for step in path.split("."):
        body = body[step]
    return body


def storyboard_with_files(script: str) -> Storyboard:
    """A storyboard with the files that its scenes call."""
    given: dict[str, Any] = {"script": script}
    given |= {"audio": SOUND} if "speech.mp3" in script else {}
    given |= {"background_image": PICTURE} if "office.png" in script else {}
    return Storyboard(**given | ({"video": CLIP} if "waves.mp4" in script else {}))


@pytest.mark.parametrize(("path", "script", "value"), SCENES)
async def test_each_field_of_a_scene_is_a_word_of_it(second: HeygenHarness, path: str, script: str, value: Any) -> None:
    """Written in a plain script, it arrives where the vendor's table has it."""
    body = await second.submitted_body(storyboard_with_files(script))
    got = value_at(body["video_inputs"][-1], path)
    assert got if value is ANY_VALUE else got == value


@pytest.mark.parametrize("name", sorted(VIDEO_LEVEL_FIELDS))
async def test_each_field_of_the_video_is_an_option(second: HeygenHarness, name: str) -> None:
    """Beside the scenes, whatever form they come in."""
    given, value = VIDEO_LEVEL_FIELDS[name]
    body = await second.submitted_body(Storyboard(script="@Abigail: Hi\n@Bernd: Ho", **given))
    assert body[name] if value is ANY_VALUE else body[name] == value


def test_the_tables_are_whole() -> None:
    """No field of ours is missing here, and none of theirs."""
    assert set(VIDEO_V2.fields) - {"video_inputs", "dimension.width", "dimension.height"} == set(VIDEO_LEVEL_FIELDS)
    for part, tables in SCENE_PARTS.items():
        ours = {path for path in _scene_fields(part) if path.rpartition(".")[2] not in UPLOADED_FIELDS}
        theirs = {name for table in tables for name in table}
        assert ours - {"elevenlabs_settings", "offset.x", "offset.y"} == theirs


def _scene_fields(part: str) -> set[str]:
    return {path.removeprefix(f"{part}.") for path in SCENE_V2.fields if path.startswith(f"{part}.")}


TRANSLATION_FIELDS: dict[str, tuple[dict[str, Any], Any]] = {
    "video": ({}, ANY_VALUE),
    "output_languages": ({}, ["Spanish (Spain)"]),
    "input_language": ({"source": "French"}, ANY_VALUE),
    "mode": ({"set": ("mode=precision",)}, "precision"),
    "title": ({}, ANY_VALUE),
    "folder_id": ({"set": ("folder_id=f1",)}, "f1"),
    "speaker_num": ({"set": ("speaker_num=2",)}, 2),
    "translate_audio_only": ({"set": ("translate_audio_only=true",)}, True),
    "enable_caption": ({"set": ("enable_caption=true",)}, True),
    "enable_dynamic_duration": ({"set": ("enable_dynamic_duration=false",)}, False),
    "enable_speech_enhancement": ({"set": ("enable_speech_enhancement=true",)}, True),
    "disable_music_track": ({"set": ("disable_music_track=true",)}, True),
    "keep_the_same_format": ({"set": ("keep_the_same_format=true",)}, True),
    "start_time": ({"set": ("start_time=1.5",)}, 1.5),
    "end_time": ({"set": ("end_time=9",)}, 9.0),
    "brand_voice_id": ({"set": ("brand_voice_id=b1",)}, "b1"),
    "callback_id": ({}, ANY_VALUE),
    "callback_url": ({}, ANY_VALUE),
}
V2_TRANSLATION_FIELDS = (
    "output_language",
    "title",
    "translate_audio_only",
    "speaker_num",
    "callback_id",
    "callback_url",
)


@pytest.mark.parametrize("name", sorted(TRANSLATION_FIELDS))
async def test_each_field_of_a_translation_is_reached(third: HeygenHarness, name: str) -> None:
    """By an option, or by --set."""
    given, value = TRANSLATION_FIELDS[name]
    body = await third.submitted_body(Translation(languages=("es",), video=FILM, **given))
    assert body[name] if value is ANY_VALUE else body[name] == value


def test_no_field_of_a_translation_is_out_of_reach() -> None:
    """Of either dialect; a film is given as a file and not as an id of theirs."""
    assert {path for path in TRANSLATION_V3.fields if "." not in path} == set(TRANSLATION_FIELDS)
    assert set(TRANSLATION_V2.fields) - {"video_url", "video_id"} == set(V2_TRANSLATION_FIELDS)


VIDEO_REQUESTS: dict[str, tuple[Request, Any]] = {
    "type": (Video(script="Hi there", presenter="Abigail"), "avatar"),
    "avatar_id": (Video(script="Hi there", presenter="Abigail"), "Abigail_1"),
    "script": (Video(script="Hi there", presenter="Abigail"), "Hi there"),
    "voice_id": (Video(script="Hi there", voice="Joanna"), "v-jo"),
    "audio_asset_id": (Video(audio=SOUND, presenter="Abigail"), ANY_VALUE),
    "voice_settings.speed": (Video(script="Hi there", rate="1.5"), 1.5),
    "voice_settings.pitch": (Video(script="Hi there", pitch="-7"), -7),
    "voice_settings.locale": (Storyboard(script="@Abigail: Hi [locale en-GB]"), "en-GB"),
    "voice_settings.engine_settings.stability": (Storyboard(script="@Abigail: Hi [stability 0.5]"), 0.5),
    "background.value": (Video(script="Hi there", background="#112233"), "#112233"),
    "background.url": (Video(script="Hi there", background="https://example.com/b.png"), "https://example.com/b.png"),
    "background.asset_id": (Video(script="Hi there", background_image=PICTURE), ANY_VALUE),
    "caption.file_format": (Video(script="Hi there", subtitles=True), "srt"),
    "caption.style": (Storyboard(script="@Abigail: Hi [captions]"), "default"),
    "aspect_ratio": (Storyboard(script="@Abigail: Hi", dimension="1080x1920"), "9:16"),
    "resolution": (Storyboard(script="@Abigail: Hi", dimension="1080x1920"), "1080p"),
    "output_format": (Video(script="Hi there", format="webm", background="transparent"), "webm"),
    "title": (Video(script="Hi there", name="Mine"), ANY_VALUE),
    "folder_id": (Storyboard(script="@Abigail: Hi", folder="f1"), "f1"),
    "remove_background": (Storyboard(script="@Abigail: Hi [matting]"), True),
    "callback_id": (Video(script="Hi there"), ANY_VALUE),
    "callback_url": (Video(script="Hi there"), ANY_VALUE),
    "image.asset_id": (Storyboard(script="@photo: Hi", image=FACE), ANY_VALUE),
}


@pytest.mark.parametrize("path", sorted(VIDEO_REQUESTS))
async def test_each_field_of_a_v3_video_has_an_option_where_it_is_common(third: HeygenHarness, path: str) -> None:
    """The rare ones are set; the test of all fields knows them."""
    request, value = VIDEO_REQUESTS[path]
    got = value_at(await third.submitted_body(request), path)
    assert got if value is ANY_VALUE else got == value
