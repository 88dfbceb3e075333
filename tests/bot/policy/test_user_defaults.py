"""A person's own defaults hold for whatever they ask without saying otherwise, and for nothing else."""

from pathlib import Path
from typing import Any

import pytest

from bot.desk.desk import Desk
from bot.errors import Refused
from bot.jobs.job import Asker
from bot.policy.user_defaults import UserDefaults
from bot.requests.base import Request, parse_values
from bot.requests.kinds import Talk, Video
from bot.requests.media import Media, MediaKind
from bot.studios.studio import Preview
from bot.wording.cards import DeskReply
from tests.bot.bot_harness import ANA, BEN, GENERAL, BotHarness
from tests.fakes.studio import FakeStudio

VOICE_LANGUAGES = {"Sara": ("English",), "Denise": ("French",), "Both": ("English", "French")}
SOUND = Media(kind=MediaKind.SOUND, address="shelf:a.mp3", name="a.mp3")
PHOTO = Media(kind=MediaKind.PICTURE, address="shelf:a.png", name="a.png")


class VoicedStudio(FakeStudio):
    """Knows whom it has: a few voices with their languages, and one presenter."""

    def preview(self, request: Request) -> Preview:
        return Preview()

    async def check_names(self, request: Request) -> None:
        voice, language = getattr(request, "voice", None), getattr(request, "language", None)
        if voice and voice not in VOICE_LANGUAGES:
            raise Refused(f"There is no voice “{voice}”. Did you mean Sara?", "voice")
        if voice and language and language not in VOICE_LANGUAGES[voice]:
            raise Refused(f"{voice} does not speak {language}.", "voice")
        presenter = getattr(request, "presenter", None)
        if presenter not in (None, "Anna", "Bob"):
            raise Refused("There is no such presenter. Did you mean Anna?", "presenter")
        if presenter == "Bob" and voice == "Sara":
            raise Refused("Bob does not speak as Sara.", "voice")


@pytest.fixture
def bench(tmp_path: Path) -> BotHarness:
    return BotHarness(tmp_path, studio=VoicedStudio())


async def _run_line(desk: Desk, line: str, asker: Asker = ANA) -> DeskReply:
    return await desk.run_command(asker, GENERAL, line)


async def _made_request(desk: Desk, line: str, asker: Asker = ANA) -> Any:
    return (await _run_line(desk, line, asker)).jobs[0].request


async def test_a_default_holds_until_something_else_is_said(bench: BotHarness) -> None:
    """For the person who set it, in every channel, after a restart too; the answer is theirs alone."""
    _, desk = bench.new_engine()
    said = await _run_line(desk, "/did settings mine --voice Denise --image ben")
    assert said.private
    assert said.card.lines[:2] == ("Voice: Denise", "Image: ben")
    _, desk = bench.new_engine()
    talk = await _made_request(desk, "/didtalk Hello there")
    assert (talk.voice, talk.image) == ("Denise", Media(kind=MediaKind.PICTURE, address="portrait:ben", name="ben"))
    assert (await _made_request(desk, "/didtalk Hello there --voice Sara")).voice == "Sara"
    assert (await _made_request(desk, "/didtalk Hello there", BEN)).voice is None
    assert "Your defaults: voice Denise, image ben" in (await _run_line(desk, "/did settings")).card.text


async def test_what_cannot_hold_for_a_request_is_left_out(bench: BotHarness) -> None:
    """Each part by itself: what else there is goes on holding."""
    _, desk = bench.new_engine()
    await _run_line(desk, "/did settings mine --voice Denise --language French --presenter Anna --image ada")
    talk, video = await _made_request(desk, "/didtalk Hello there"), await _made_request(desk, "/did video Hello there")
    assert (talk.voice, talk.language, talk.image.name) == ("Denise", "French", "ada")
    assert not hasattr(talk, "presenter")
    assert (video.voice, video.presenter) == ("Denise", "Anna")
    english = await _made_request(desk, "/didtalk Hello there --language English")
    assert (english.voice, english.language, english.image.name) == (None, "English", "ada")
    sara = await _made_request(desk, "/didtalk Hello there --voice Sara")
    assert (sara.voice, sara.language) == ("Sara", None)
    spoken: Any = (
        (await desk.take_request(ANA, GENERAL, parse_values(Talk, {"audio": SOUND, "image": PHOTO}))).jobs[0].request
    )
    assert (spoken.voice, spoken.language, spoken.image) == (None, None, PHOTO)


async def test_a_presenter_comes_before_a_voice_where_only_one_can_hold(bench: BotHarness) -> None:
    """Whom one sees says more than what one hears."""
    _, desk = bench.new_engine()
    await _run_line(desk, "/did settings mine --voice Sara --presenter Bob")
    video = await _made_request(desk, "/did video Hello there")
    assert (video.presenter, video.voice) == ("Bob", None)
    assert (await _made_request(desk, "/didtalk Hello there")).voice == "Sara"


async def test_a_job_made_again_keeps_what_it_had(bench: BotHarness) -> None:
    """Redo is the same video, whatever the person likes by now."""
    _, desk = bench.new_engine()
    job = (await _run_line(desk, "/didtalk Hello there")).jobs[0]
    await _run_line(desk, "/did settings mine --voice Sara")
    again = await desk.redo_job(ANA, GENERAL, job.id)
    assert again.jobs[0].request == job.request


async def test_defaults_are_changed_one_by_one_taken_away_and_looked_at(bench: BotHarness) -> None:
    """What is named changes and the rest stays."""
    _, desk = bench.new_engine()
    assert "You have no defaults yet." in (await _run_line(desk, "/did settings mine")).card.text
    await _run_line(desk, "/did settings —voice Sara")
    await _run_line(desk, "/did settings mine --studio did")
    assert await desk.defaults_of(ANA) == UserDefaults(voice="Sara", studio="did")
    assert (await _run_line(desk, "/did settings mine")).card.lines[:2] == ("Voice: Sara", "Studio: D-ID")
    await _run_line(desk, "/did settings mine --voice none")
    assert await desk.defaults_of(ANA) == UserDefaults(studio="did")
    await _run_line(desk, "/did settings mine reset")
    assert await desk.defaults_of(ANA) == UserDefaults()
    assert bench.notes.values == {}


@pytest.mark.parametrize(
    ("typed", "said", "field"),
    [
        ("--voice Saraa", "Did you mean Sara", "voice"),
        ("--presenter Ana", "Did you mean Anna", "presenter"),
        ("--voice Denise --language English", "Denise does not speak English", "language"),
        ("--image cleo", "ada, ben or an https link to a photo", "image"),
        ("--studio heygen", "HeyGen is not set up here", "studio"),
        ("--studio other", "--studio must be one of did, heygen", "studio"),
        ("--pad 2", "/did settings mine has no option --pad", "pad"),
        ("Sara", "/did settings mine accepts options only", None),
    ],
)
async def test_what_could_never_hold_is_refused_when_it_is_set(
    bench: BotHarness, typed: str, said: str, field: str | None
) -> None:
    """With whatever was probably meant, and nothing is kept."""
    _, desk = bench.new_engine()
    with pytest.raises(Refused, match=said) as refused:
        await _run_line(desk, f"/did settings mine {typed}")
    assert refused.value.option == field
    assert await desk.defaults_of(ANA) == UserDefaults()


async def test_one_person_has_one_taste_where_their_id_is_the_same_everywhere(bench: BotHarness) -> None:
    """On a server and in their own conversation with the bot."""
    _, desk = bench.new_engine()
    there = ANA.model_copy(update={"workspace": "s1", "same_id_everywhere": True})
    await _run_line(desk, "/did settings mine --voice Sara", there)
    assert await desk.defaults_of(there.model_copy(update={"workspace": ""})) == UserDefaults(voice="Sara")
    assert await desk.defaults_of(ANA.model_copy(update={"workspace": "s1"})) == UserDefaults()


async def test_a_taste_of_a_newer_program_is_read_as_far_as_it_is_known(bench: BotHarness) -> None:
    """Replicas may be replaced one by one."""
    await bench.notes.put("user_defaults", ANA.global_key, {"voice": "Sara", "mood": "merry"})
    _, desk = bench.new_engine()
    assert await desk.defaults_of(ANA) == UserDefaults(voice="Sara")
    assert isinstance(await _made_request(desk, "/did video Hello there"), Video)
