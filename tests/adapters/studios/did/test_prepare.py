"""Before anything is paid: files are limited, sent or hosted, and everyone named is found."""

import json
import re
from typing import Any

import pytest

from bot.errors import Refused, TryAgain
from bot.requests.base import Request
from bot.requests.kinds import Animation, Talk, Translation, Video
from bot.requests.media import Media, MediaKind, PreparedFile
from bot.requests.storyboard.storyboard import Storyboard
from tests.fakes.vendors.did_harness import FACE, FILM, GATEWAY_REFUSAL, DidHarness

NO_FACES = {"id": "img_1", "url": "s3://b/1/face.png", "faces": []}
NOT_LOOKED_AT = NO_FACES | {"faces": None}
LOGO = Media(kind=MediaKind.PICTURE, address="shelf:l", name="logo.png")
LINKED_PICTURE = Media(kind=MediaKind.PICTURE, address="https://pictures.example.invalid/logo.png")
SOUND = Media(kind=MediaKind.SOUND, address="shelf:s", name="hello.mp3")


async def test_a_face_is_sent_under_the_job_s_marker_and_looked_at(bench: DidHarness) -> None:
    """The file's name may be the only trace of a lost submission."""
    job = await bench.prepared_job()
    (name, _), looked = (bench.server.find_calls("POST", "/images")[0].body[key] for key in ("image", "detect_faces"))
    assert name == f"{job.marker}.png"
    assert looked == "true"
    assert job.marker in job.uploads["image"]


async def test_a_picture_without_a_face_is_refused_by_its_name(bench: DidHarness) -> None:
    """Before a talk is paid for that would fail."""
    bench.server.fail_next("POST", "/images", 201, NO_FACES)
    with pytest.raises(Refused, match=r"No face was found in “ada\.png”"):
        await bench.prepared_job()


@pytest.mark.parametrize(
    "request_", [Talk(script="Hello", image=FACE, face="1,2,30"), Talk(script="Hello", image=FACE)]
)
async def test_a_picture_nobody_looked_at_is_fine(bench: DidHarness, request_: Request) -> None:
    """Absent is not none; and who says where the face is knows better."""
    bench.server.fail_next("POST", "/images", 201, NO_FACES if getattr(request_, "face", None) else NOT_LOOKED_AT)
    assert (await bench.prepared_job(request_)).uploads["image"]


def test_a_talk_always_needs_a_face(bench: DidHarness) -> None:
    """D-ID's own face would be a stranger's, and paid for."""
    needs = bench.studio.file_limits(Talk(script="Hello"))
    assert needs["image"].min_side == 160
    assert needs["image"].formats == ("jpeg", "png")
    assert set(bench.studio.file_limits(Video(script="Hello"))) == set()


def test_each_file_has_its_limits(bench: DidHarness) -> None:
    """Sounds are longer for faces than for presenters, films have a least length."""
    assert bench.studio.file_limits(Talk(audio=SOUND))["audio"].max_seconds == 600
    assert bench.studio.file_limits(Video(audio=SOUND))["audio"].max_seconds == 300
    film = bench.studio.file_limits(Translation(video=FILM, languages=("fr",)))["video"]
    assert (film.kind, film.min_seconds, film.max_seconds) == (MediaKind.VIDEO, 10, 300)
    assert bench.build_studio(host=None).file_limits(Talk(audio=SOUND))["audio"].max_bytes == 6_000_000


async def test_a_small_sound_is_sent_and_a_large_one_hosted(bench: DidHarness) -> None:
    """D-ID takes 6 MB by post and fetches more."""
    job = await bench.prepared_job(Talk(audio=SOUND, image=FACE))
    assert job.uploads["audio"].endswith(".wav")
    small = bench.new_file(b"x", "mp3")
    large = PreparedFile(small.path, "mp3", 7_000_000, "other")
    uploads = await bench.studio.prepare(
        bench.new_job(Talk(audio=SOUND)), {"image": bench.new_file(b"f"), "audio": large}
    )
    assert uploads["audio"] == "https://files.example.invalid/audio.mp3"


async def test_what_must_be_hosted_is_refused_without_a_host(bench: DidHarness) -> None:
    """And says which setting is missing."""
    alone = bench.build_studio(host=None)
    for request in (Talk(script="Hello", logo=LOGO), Translation(video=FILM, languages=("fr",))):
        with pytest.raises(Refused, match="DIDTALK_PUBLIC_URL"):
            alone.check(request)


async def test_a_link_needs_no_host(bench: DidHarness) -> None:
    """D-ID can fetch by itself what is public already."""
    bench.studio = bench.build_studio(host=None)
    request = Talk(script="Hello", image=FACE, logo=LINKED_PICTURE)
    bench.studio.check(request)
    assert "logo" not in bench.studio.file_limits(request)
    assert (await bench.submitted_body(request))["config"]["logo"] == {"url": LINKED_PICTURE.address}


async def test_a_translated_video_is_hosted_under_the_marker(bench: DidHarness) -> None:
    """D-ID names a translation after its file."""
    job = await bench.submitted_job(Translation(video=FILM, languages=("fr",), source="en"))
    sent = bench.server.find_calls("POST", "/translations")[0].body
    assert sent["source_url"] == f"https://files.example.invalid/{job.marker}.mp4"
    assert sent["languages"] == ["French"]
    assert sent["source_language"] == "English"
    assert (job.ticket or "").startswith("translations/")


async def test_one_translation_job_has_one_language(bench: DidHarness) -> None:
    """A second one would be paid for and never fetched."""
    several = Translation(video=FILM, languages=("fr", "es"))
    bench.studio.check(several)
    with pytest.raises(Refused, match="one language"):
        await bench.prepared_job(several)


CHECKED_REQUESTS: list[tuple[Request, str]] = [
    (Storyboard(script="@a: Hello"), "storyboard"),
    (Video(script="Hello", model="scene", crop="wide"), "--crop"),
    (Video(script="Hello", crop="wide", sentiment="Excited"), "together"),
    (Video(script="Hello", presenter="clip:amy", model="v4"), "not a presenter of the type v4"),
    (Video(script="Hello", model="v4", resolution=500), "480, 720 or 1080"),
    (Video(script="Hello", background="transparent"), "webm"),
    (Talk(script="Hello", provider="amazon", rate="fast"), "Amazon voices do not support --rate"),
    (Talk(script="Hello", provider="elevenlabs", pitch="+2st"), "do not support --pitch"),
    (Talk(script="Hello", provider="elevenlabs", rate="2"), "0.7 to 1.2"),
    (Talk(script="Hello", logo_at="1,2"), "logo"),
]


@pytest.mark.parametrize(("request_", "said"), CHECKED_REQUESTS)
def test_what_cannot_be_made_is_refused_at_once(bench: DidHarness, request_: Request, said: str) -> None:
    """Before anything is recorded, without a call, and in words."""
    with pytest.raises(Refused) as caught:
        bench.studio.check(request_)
    assert said in caught.value.sentence
    assert not bench.server.received_calls


@pytest.mark.slow
@pytest.mark.parametrize(
    "request_",
    [
        Talk(script="Hello"),
        Talk(audio=SOUND, voice="Sara", rate="1.2"),
        Talk(script="Hello", provider="elevenlabs", rate="x-fast", style="0.3"),
        Animation(image=FACE, driver="dance", stitch=True, faces=3, overlay=FILM, logo=LOGO, logo_at="1,1"),
        Video(script="Hello", driver="Calm", crop="0,0,1,1", resolution=300, format="webm", background="transparent"),
        Video(script="Hello", sentiment="Excited", persist=True, background_image=LOGO),
        Translation(video=FILM, languages=("es", "fr")),
    ],
)
def test_what_can_be_made_passes(bench: DidHarness, request_: Request) -> None:
    """Without a call."""
    bench.studio.check(request_)
    assert not bench.server.received_calls


NAMED_VOICES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"voice": "sara"}, {"type": "microsoft", "voice_id": "en-US-SaraNeural"}),
    ({"voice": "EN-us-saraneural"}, {"type": "microsoft", "voice_id": "en-US-SaraNeural"}),
    ({"voice": "eloise"}, {"type": "microsoft", "voice_id": "fr-FR-ÉloïseNeural"}),
    (
        {"voice": "Eloise", "language": "French"},
        {"type": "microsoft", "voice_id": "fr-FR-ÉloïseNeural", "language": "French (France)"},
    ),
    ({"language": "fr"}, {"type": "microsoft", "voice_id": "fr-FR-ÉloïseNeural", "language": "French (France)"}),
    (
        {"language": "fr-FR", "voice": "Eloise", "rate": "slow"},
        {
            "type": "microsoft",
            "voice_id": "fr-FR-ÉloïseNeural",
            "language": "French (France)",
            "voice_config": {"rate": "slow"},
        },
    ),
    (
        {"voice": "Rachel", "rate": "+10%"},
        {
            "type": "elevenlabs",
            "voice_id": "21m00Tcm4TlvDq8ikWAM",
            "model_id": "eleven_multilingual_v2",
            "access": "external-private",
            "voice_config": {"rate": "1.1"},
        },
    ),
    ({"voice": "Amy"}, {"type": "amazon", "voice_id": "Amy"}),
    ({"voice": "google:Amy"}, {"type": "google", "voice_id": "Amy"}),
    ({"voice": "Amy", "provider": "google"}, {"type": "google", "voice_id": "Amy"}),
    ({"provider": "elevenlabs", "language": "French"}, {"type": "elevenlabs", "voice_id": "21m00Tcm4TlvDq8ikWAM"}),
    ({"pitch": "low"}, {"type": "microsoft", "voice_id": "Sara", "voice_config": {"pitch": "low"}}),
    ({"voice": "Sara", "style": "cheerful"}, {"voice_config": {"style": "cheerful"}}),
]


@pytest.mark.parametrize(("options", "expected"), NAMED_VOICES)
async def test_a_voice_is_found_by_what_people_call_it(
    bench: DidHarness, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    """By id or name, with or without accents, narrowed by provider and language."""
    sent = await bench.submitted_body(Talk(script="Hello", image=FACE, **options))
    assert sent["script"]["provider"] | expected == sent["script"]["provider"]


UNKNOWN_NAMES: list[tuple[dict[str, Any], str]] = [
    ({"voice": "Sarah"}, "Did you mean Sara?"),
    ({"voice": "Qqq"}, "No voice is called “Qqq”"),
    ({"language": "Klingon"}, "No voice speaks “Klingon”"),
    ({"voice": "Sara", "provider": "google"}, "Sara is a Microsoft voice"),
    ({"voice": "Sara", "style": "Angry"}, "Cheerful and Sad"),
]


@pytest.mark.parametrize(("options", "said"), UNKNOWN_NAMES)
async def test_an_unknown_voice_is_refused_with_the_nearest(
    bench: DidHarness, options: dict[str, Any], said: str
) -> None:
    """A sentence that tells what to type instead."""
    with pytest.raises(Refused) as caught:
        await bench.prepared_job(Talk(script="Hello", image=FACE, **options))
    assert said in caught.value.sentence
    with pytest.raises(Refused, match=re.escape(said)):  # and before anything was recorded
        await bench.studio.check_names(Talk(script="Hello", image=FACE, **options))


NAMED_PRESENTERS: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    ({}, "expressives", {"avatar_id": "public_mia@avt_1"}),
    ({"presenter": "leo"}, "expressives", {"avatar_id": "public_leo@avt_2"}),
    ({"presenter": "v4:public_leo@avt_2"}, "expressives", {"avatar_id": "public_leo@avt_2"}),
    ({"presenter": "Mia", "sentiment": "excited"}, "expressives", {"sentiment_id": "snt_exc"}),
    ({"sentiment": "snt_pro", "presenter": "mia"}, "expressives", {"sentiment_id": "snt_pro"}),
    ({"model": "clip"}, "clips", {"presenter_id": "amy-1"}),
    ({"presenter": "amy"}, "clips", {"presenter_id": "amy-1"}),
    ({"presenter": "clip:amy-150"}, "clips", {"presenter_id": "amy-150"}),
    ({"presenter": "Nr 120"}, "clips", {"presenter_id": "amy-120"}),
    ({"crop": "wide"}, "clips", {"presenter_id": "amy-1", "presenter_config": {"crop": {"type": "wide"}}}),
    ({"presenter": "amy", "driver": "calm"}, "clips", {"driver_id": "drv_1"}),
    ({"presenter": "myself"}, "scenes", {"avatar_id": "avt_me"}),
    ({"model": "scene"}, "scenes", {"avatar_id": "avt_me"}),
]


@pytest.mark.parametrize(("options", "where", "expected"), NAMED_PRESENTERS)
async def test_a_presenter_is_found_in_whichever_catalogue_has_them(
    bench: DidHarness, options: dict[str, Any], where: str, expected: dict[str, Any]
) -> None:
    """By kind and id, or by name alone."""
    job = await bench.submitted_job(Video(script="Hello", **options))
    assert (job.ticket or "").startswith(f"{where}/")
    sent = bench.server.find_calls("POST", f"/{where}")[0].body
    assert sent | expected == sent


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"presenter": "Mya"}, "Did you mean Mia"),
        ({"presenter": "Unready"}, "No presenter is called"),
        ({"presenter": "Mia", "sentiment": "Furious"}, "It has Professional, Excited"),
        ({"presenter": "Léo", "sentiment": "Furious"}, "has no mood “Furious”. It has no moods"),
        ({"presenter": "Amy", "driver": "Wild"}, "has no movement “Wild”"),
    ],
)
async def test_an_unknown_presenter_mood_or_movement_is_refused(
    bench: DidHarness, options: dict[str, Any], said: str
) -> None:
    """With what there is instead."""
    with pytest.raises(Refused) as caught:
        await bench.prepared_job(Video(script="Hello", **options))
    assert said in caught.value.sentence


async def test_a_manner_of_speaking_keeps_the_mood_s_own_voice(bench: DidHarness) -> None:
    """Speaking slower does not make a presenter someone else."""
    sent = await bench.submitted_body(Video(script="Hello", presenter="Mia", rate="0.9"))
    assert sent["script"]["provider"] == {"type": "elevenlabs", "voice_id": "v-pro", "voice_config": {"rate": "0.9"}}


async def test_the_older_v4_is_found_out_and_remembered(bench: DidHarness) -> None:
    """Some accounts have another path, with fewer fields; what is left out is said."""
    bench.server.open_path("/videos")
    bench.server.close_path("/expressives", GATEWAY_REFUSAL)
    video = Video(script="Hello", presenter="v4:who", background="#112233", name="Title")
    job = await bench.submitted_job(video)
    assert (job.ticket or "").startswith("videos/")
    assert job.notes == ("Made without background and name: the V4 of this D-ID account does not support it.",)
    sent = bench.server.find_calls("POST", "/videos")[0].body
    assert sent["presenter_id"] == "who"
    assert "name" not in sent
    await bench.submitted_job(video)
    assert len(bench.server.find_calls("POST", "/expressives")) == 1


async def test_a_fixed_v4_path_is_the_only_one_tried(bench: DidHarness) -> None:
    """Who sets it knows."""
    bench.studio = bench.build_studio(v4_path="/videos")
    bench.server.open_path("/videos")
    assert ((await bench.submitted_job(Video(script="Hello"))).ticket or "").startswith("videos/")
    assert not bench.server.find_calls("POST", "/expressives")


async def test_preparing_twice_sends_once(bench: DidHarness) -> None:
    """The engine may have to do it again after a later step failed."""
    job = bench.new_job()
    first = await bench.studio.prepare(job, bench.files_for(job))
    assert await bench.studio.prepare(job, bench.files_for(job)) == first
    assert len(bench.server.find_calls("POST", "/images")) == 1


async def test_an_unreachable_catalogue_is_tried_again(bench: DidHarness) -> None:
    """A voice is not wrong because nobody could look it up."""
    bench.server.fail_next("GET", "/tts/voices", 503)
    with pytest.raises(TryAgain):
        await bench.studio.prepare(bench.new_job(Talk(script="Hello", voice="Sara")), {})


async def test_what_was_prepared_is_text(bench: DidHarness) -> None:
    """It is kept with the job in the database."""
    job = await bench.prepared_job(Video(script="Hello", presenter="Mia", voice="Sara"))
    assert all(isinstance(value, str) for value in job.uploads.values())
    assert json.loads(job.uploads["voice_provider"])["type"] == "microsoft"
