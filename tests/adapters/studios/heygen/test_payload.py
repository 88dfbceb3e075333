"""Everything of the vendor's tables can be asked for in chat, and arrives where it belongs."""

from typing import Any

import pytest

from adapters.studios.heygen.payload import VIDEO_V3
from bot.desk import storyboard_plan
from bot.requests.kinds import Talk, Translation, Video
from bot.requests.media import Media, MediaKind
from bot.requests.options import options_of
from bot.requests.storyboard.scenes import Scene, media_key
from bot.requests.storyboard.storyboard import Storyboard
from tests.fakes.vendors.heygen_harness import FACE, FILM, HeygenHarness

PICTURE = Media(kind=MediaKind.PICTURE, address="shelf:p", name="office.png")
BACKDROP = Media(kind=MediaKind.PICTURE, address="shelf:b", name="garden.png")
SOUND = Media(kind=MediaKind.SOUND, address="shelf:s", name="speech.mp3")
TOO_LONG = {"error": {"code": "invalid_parameter", "message": "input_text exceeds 1500 characters"}}
CLIP = Media(kind=MediaKind.VIDEO, address="shelf:c", name="waves.mp4")

FULL_SCENE_FILE = """
title: All of it
size: 1920x1080
captions: true
folder: folder-7
test: true
scenes:
  - who: Abigail
    say: Hello there
    voice: Joanna
    speed: 1.25
    pitch: -10
    emotion: friendly
    locale: en-GB
    model: eleven_turbo_v2_5
    stability: 0.4
    similarity: 0.8
    exaggeration: 0.2
    scale: 1.5
    style: closeup
    offset: 0.25, -0.1
    matting: true
    circle-background: "#abcdef"
    background: "#223344"
  - photo: office.png
    audio: speech.mp3
    scale: 2
    style: circle
    offset: {x: -0.5, y: 0}
    talking-style: expressive
    expression: happy
    super-resolution: true
    matting: false
    circle-background: "#102030"
    background: waves.mp4
    play: loop
    fit: contain
  - who: Grandpa
    silence: 2.5
    background: garden.png
    fit: crop
"""


def new_storyboard(script: str, **more: Any) -> Storyboard:
    """A storyboard with files at hand."""
    files: dict[str, Any] = {"image": PICTURE, "background_image": BACKDROP, "audio": SOUND, "video": CLIP}
    return Storyboard.model_validate({"script": script} | files | more)


async def test_a_storyboard_with_every_field_is_written_field_by_field(second: HeygenHarness) -> None:
    """The v2 body equals a hand-written one."""
    job = await second.submitted_job(new_storyboard(FULL_SCENE_FILE))
    body = second.server.paid_calls()[-1].body
    assert body == {
        "title": "All of it",
        "dimension": {"width": 1920, "height": 1080},
        "caption": True,
        "folder_id": "folder-7",
        "test": True,
        "callback_id": job.marker,
        "callback_url": f"https://bot.example.invalid/hooks/heygen/{job.id}",
        "video_inputs": [
            {
                "character": {
                    "type": "avatar",
                    "avatar_id": "Abigail_1",
                    "avatar_style": "closeUp",
                    "scale": 1.5,
                    "offset": {"x": 0.25, "y": -0.1},
                    "matting": True,
                    "circle_background_color": "#abcdef",
                },
                "voice": {
                    "type": "text",
                    "voice_id": "v-jo",
                    "input_text": "Hello there",
                    "speed": 1.25,
                    "pitch": -10,
                    "emotion": "Friendly",
                    "locale": "en-GB",
                    "elevenlabs_settings": {
                        "model": "eleven_turbo_v2_5",
                        "stability": 0.4,
                        "similarity_boost": 0.8,
                        "style": 0.2,
                    },
                },
                "background": {"type": "color", "value": "#223344"},
            },
            {
                "character": {
                    "type": "talking_photo",
                    "talking_photo_id": job.uploads[media_key(PICTURE, "photo")],
                    "talking_photo_style": "circle",
                    "scale": 2.0,
                    "offset": {"x": -0.5, "y": 0.0},
                    "talking_style": "expressive",
                    "expression": "happy",
                    "super_resolution": True,
                    "matting": False,
                    "circle_background_color": "#102030",
                },
                "voice": {"type": "audio", "audio_asset_id": job.uploads[media_key(SOUND)]},
                "background": {
                    "type": "video",
                    "video_asset_id": job.uploads[media_key(CLIP)],
                    "play_style": "loop",
                    "fit": "contain",
                },
            },
            {
                "character": {"type": "talking_photo", "talking_photo_id": "tp_1"},
                "voice": {"type": "silence", "duration": 2.5},
                "background": {
                    "type": "image",
                    "image_asset_id": body["video_inputs"][2]["background"]["image_asset_id"],
                    "fit": "crop",
                },
            },
        ],
    }


def test_the_example_above_uses_every_word_of_a_scene() -> None:
    """A new field must be added to it, and so to the expectation."""
    used = {
        name for scene in new_storyboard(FULL_SCENE_FILE).content.scenes for name, value in scene if value is not None
    }
    assert {each.field for each in options_of(Scene)} <= used


async def test_a_script_reaches_the_same_fields_as_a_file(second: HeygenHarness) -> None:
    """Words in brackets are the words of the file."""
    script = "[size 720x720]\n[background #223344] [style circle] [scale 0.5] [offset 0.1,0.2]\n@Abigail: Hello"
    body = await second.submitted_body(Storyboard(script=script))
    assert body["dimension"] == {"width": 720, "height": 720}
    (scene,) = body["video_inputs"]
    assert scene["character"] == {
        "type": "avatar",
        "avatar_id": "Abigail_1",
        "avatar_style": "circle",
        "scale": 0.5,
        "offset": {"x": 0.1, "y": 0.2},
    }


async def test_a_talk_with_a_photo_is_an_image_video_in_v3(third: HeygenHarness) -> None:
    """The v3 body equals a hand-written one."""
    talk = Talk(
        script="Hello there", image=FACE, voice="Joanna", rate="fast", pitch="10", subtitles=True, name="Greeting",
        set=("voice_settings.volume=0.5", "motion_prompt=waves a hand", "engine.type=avatar_iv", "expressiveness=high"),
    )  # fmt: skip
    job = await third.submitted_job(talk)
    body = third.server.paid_calls()[-1].body
    assert body == {
        "type": "image",
        "image": {"type": "asset_id", "asset_id": body["image"]["asset_id"]},
        "script": "Hello there",
        "voice_id": "v-jo",
        "voice_settings": {"speed": 1.2, "pitch": 10, "volume": 0.5},
        "aspect_ratio": "auto",
        "caption": {"file_format": "srt"},
        "title": f"Greeting · {job.marker}",
        "callback_id": job.marker,
        "callback_url": f"https://bot.example.invalid/hooks/heygen/{job.id}",
        "motion_prompt": "waves a hand",
        "engine": {"type": "avatar_iv"},
        "expressiveness": "high",
    }


V3_FIELDS = {
    "voice_settings.volume=0.5", "voice_settings.locale=en-GB", "aspect_ratio=9:16", "resolution=1080p", "fit=cover",
    "caption.style=default", "folder_id=f1", "engine.type=avatar_v", "engine.reference_look_id=look1",
    "motion_prompt=nods", "expressiveness=low", "remove_background=true", "output_format=mp4",
    "voice_settings.engine_settings={\"engine_type\": \"elevenlabs\"}", "background.type=color",
    "background.value=#112233", "voice_settings.speed=1.1", "voice_settings.pitch=3", "caption.file_format=srt",
    "background.asset_id=a1", "background.url=https://example.com/b.png",
}  # fmt: skip
TESTED_ELSEWHERE = {
    "type", "avatar_id", "image", "image.type", "image.url", "image.asset_id", "image.media_type", "image.data",
    "script", "voice_id", "audio_url", "audio_asset_id", "title", "callback_id", "callback_url", "voice_settings",
    "background", "caption", "engine",
}  # fmt: skip


@pytest.mark.parametrize("setting", sorted(V3_FIELDS))
async def test_every_other_field_of_v3_can_be_set(third: HeygenHarness, setting: str) -> None:
    """Rare fields are reached by --set and arrive as they were given."""
    more = ("background.type=image",) if setting.startswith(("background.asset", "background.url")) else ()
    more = ("engine.type=avatar_v",) if setting.startswith("engine.ref") else more
    more = ("background.type=color",) if setting.startswith("background.value") else more
    body = await third.submitted_body(Video(script="Hello", presenter="Abigail", set=(*more, setting)))
    path, _, _ = setting.partition("=")
    found: Any = body
    for step in path.split("."):
        found = found[step]
    assert found is not None


def test_no_field_of_v3_is_out_of_reach() -> None:
    """What the vendor takes is written from an option or can be set."""
    assert set(VIDEO_V3.fields) == TESTED_ELSEWHERE | {each.partition("=")[0] for each in V3_FIELDS}


async def test_an_avatar_speaks_with_its_own_voice(bench: HeygenHarness) -> None:
    """Nobody named a voice, so it is the avatar's."""
    body = await bench.submitted_body(
        Video(script="Hello", presenter="heygen:Abigail_1", background="#223344", format="mp4")
    )
    assert (body["type"], body["avatar_id"], body["voice_id"]) == ("avatar", "Abigail_1", "v-own")
    assert body["background"] == {"type": "color", "value": "#223344"}


async def test_a_transparent_film_is_webm(bench: HeygenHarness) -> None:
    """v3 cuts the speaker out by itself."""
    body = await bench.submitted_body(Video(script="Hello", presenter="Bernd", background="transparent", format="webm"))
    assert body["output_format"] == "webm"
    assert "background" not in body


async def test_a_language_chooses_the_voice(bench: HeygenHarness) -> None:
    """A voice of that language, not the avatar's own."""
    body = await bench.submitted_body(Video(script="Bonjour", presenter="Abigail", language="French"))
    assert body["voice_id"] == "v-fr"


async def test_a_sound_is_spoken_as_it_is(bench: HeygenHarness) -> None:
    """No voice is needed for it."""
    body = await bench.submitted_body(Talk(audio=SOUND, image=FACE))
    assert body["audio_asset_id"]
    assert not {"script", "voice_id"} & set(body)


async def test_what_only_v2_can_say_goes_by_v2(bench: HeygenHarness) -> None:
    """An emotion is a field of v2, so the talk is made there, in the shape of its picture."""
    body = await bench.submitted_body(Talk(script="Hello", image=FACE, style="friendly"))
    (scene,) = body["video_inputs"]
    assert scene["voice"]["emotion"] == "Friendly"
    assert scene["character"]["type"] == "talking_photo"
    assert body["dimension"] == {"width": 900, "height": 600}


async def test_set_speaks_of_every_scene_or_of_the_film(second: HeygenHarness) -> None:
    """Parts of a scene are set in each of them."""
    sets = ("character.scale=0.7", "test=true")
    body = await second.submitted_body(Storyboard(script="@Abigail: One\n@Bernd: Two", set=sets))
    assert [scene["character"]["scale"] for scene in body["video_inputs"]] == [0.7, 0.7]
    assert body["test"] is True


@pytest.mark.parametrize(("version", "path"), [("v2", "v2/video_translate"), ("v3", "v3/video-translations")])
async def test_a_translation_names_the_language_as_heygen_spells_it(
    second: HeygenHarness, third: HeygenHarness, version: str, path: str
) -> None:
    """Spanish is Spanish (Spain) there."""
    bench = second if version == "v2" else third
    body = await bench.submitted_body(Translation(languages=("es",), video=FILM))
    assert bench.server.paid_calls()[-1].path == f"/{path}"
    assert "Spanish (Spain)" in (body.get("output_language"), *body.get("output_languages", ()))


async def test_long_scripts_are_split_at_sentence_ends_and_said_so(bench: HeygenHarness) -> None:
    """HeyGen takes 5,000 characters in a scene."""
    job = await bench.submitted_job(Talk(script="This is a sentence of some length. " * 250, image=FACE))
    scenes = bench.server.paid_calls()[-1].body["video_inputs"]
    assert len(scenes) == 2
    assert all(scene["voice"]["input_text"].endswith(".") for scene in scenes)
    assert job.notes == ("Split into 2 scenes at sentence ends: HeyGen takes 5,000 characters in each.",)


async def test_the_plan_knows_of_the_split(bench: HeygenHarness) -> None:
    """It shows the scenes that will be made, before anything is sent, and for what this account takes."""
    board_ = Storyboard(script="@Abigail: " + "This is a sentence of some length. " * 250)
    told = storyboard_plan.plan_card(board_, bench.studio.preview(board_)).lines
    assert told[0].startswith("Plan: 2 scenes")
    assert told[1] == "Split into 2 scenes at sentence ends: HeyGen takes 5,000 characters in each."
    assert told[2].startswith("1. Abigail says")
    assert not bench.server.received_calls
    bench.server.fail_next("POST", "/v2/video/generate", 400, TOO_LONG)
    await bench.submitted_job(board_)
    assert len(bench.studio.preview(board_).scenes) == 6


async def test_an_account_with_shorter_scenes_is_served_too(second: HeygenHarness) -> None:
    """HeyGen's refusal says how long a scene may be, and nothing was taken yet."""
    second.server.fail_next("POST", "/v2/video/generate", 400, TOO_LONG)
    await second.submitted_job(Talk(script="This is a sentence of some length. " * 80, image=FACE))
    assert len(await second.server.list_jobs()) == 1
    assert len(second.server.paid_calls()[-1].body["video_inputs"]) == 2
