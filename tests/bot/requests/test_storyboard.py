"""Storyboards as people write them: what a script or file means, and what is said of its faults."""

import pytest

from adapters.studios.heygen.video_spec import split_sentences
from bot.desk.storyboard_plan import content_summary, plan_lines, with_file_text
from bot.errors import Refused
from bot.requests.base import parse_values
from bot.requests.media import Media, MediaKind
from bot.requests.storyboard.storyboard import Storyboard, parse_storyboard

PICTURE = Media(kind=MediaKind.PICTURE, address="shelf:p", name="office.png")
SOUND = Media(kind=MediaKind.SOUND, address="shelf:s", name="speech.mp3")


def test_each_line_is_a_scene_and_names_change_the_speaker() -> None:
    """A line without a name goes on with the speaker before."""
    scenes = parse_storyboard("@anna: Hello\nand welcome\n@ben: Hi").scenes
    assert [(scene.who, scene.say) for scene in scenes] == [("anna", "Hello"), ("anna", "and welcome"), ("ben", "Hi")]


def test_several_scenes_fit_on_one_line() -> None:
    """Some chats know no line breaks."""
    scenes = parse_storyboard('@anna: Hello. [silence 2] @"Ben Lee": It is 10:30, mail me@example.com').scenes
    assert [scene.silence for scene in scenes] == [None, 2, None]
    assert [scene.who for scene in scenes] == ["anna", "anna", "Ben Lee"]
    assert scenes[2].say == "It is 10:30, mail me@example.com"


def test_words_in_brackets_hold_until_they_are_taken_back() -> None:
    """What is set for the scenes that follow is set once."""
    scenes = parse_storyboard("[background #223344]\n@a: One\n@b: Two\n[background none]\n@a: Three").scenes
    assert [scene.background for scene in scenes] == ["#223344", "#223344", None]


def test_words_in_brackets_after_a_line_are_for_that_scene() -> None:
    """What follows the words speaks of them alone."""
    scenes = parse_storyboard("@a: One [background #223344] @b: Two [speed 1.2]\n@c: Three").scenes
    assert [(scene.background, scene.speed) for scene in scenes] == [("#223344", None), (None, 1.2), (None, None)]


def test_brackets_that_mean_nothing_are_spoken() -> None:
    """Only what is nearly a word of ours is taken for a slip."""
    assert parse_storyboard("@a: I [softly] said so").scenes[0].say == "I [softly] said so"


def test_a_file_may_be_yaml_json_or_the_vendors_own_body() -> None:
    """All say the same."""
    yaml_ = "size: 1280x720\nscenes:\n  - who: A1\n    say: Hello\n    scale: 2\n"
    json_ = '{"size": "1280x720",\n\t"scenes": [{"who": "A1", "say": "Hello", "scale": 2}]}'
    body = (
        '{"video_inputs": [{"character": {"type": "avatar", "avatar_id": "A1", "scale": 2},'
        ' "voice": {"type": "text", "input_text": "Hello"}}], "dimension": {"width": 1280, "height": 720}}'
    )
    boards = [parse_storyboard(text) for text in (yaml_, json_, body)]
    assert {board.size for board in boards} == {"1280x720"}
    assert len({board.scenes[0].model_copy(update={"line": 0}) for board in boards}) == 1


def test_plain_values_are_text() -> None:
    """Nobody who writes `say: no` means a switch."""
    assert parse_storyboard("scenes:\n  - say: no\n  - say: 12:30\n").scenes[0].say == "no"


def test_attached_files_are_called_by_name() -> None:
    """By the file's own name or by what it was given as."""
    script = "[background office.png] @photo: Hi [audio speech.mp3]"
    board = Storyboard(script=script, image=PICTURE, audio=SOUND).content
    assert [scene.photo for scene in board.scenes] == [PICTURE, PICTURE]
    assert (board.scenes[1].audio, board.scenes[1].backdrop) == (SOUND, PICTURE)


def test_a_named_file_is_only_what_the_scenes_say_it_is() -> None:
    """An office named as a background was the face of every other scene too, and hung behind all of them."""
    script = "scenes:\n  - who: Anna\n    say: Hello\n    background: office.png\n  - say: Bye\n"
    for request in (Storyboard(script=script, image=PICTURE), Storyboard(script=script, background_image=PICTURE)):
        assert [scene.backdrop for scene in request.content.scenes] == [PICTURE, None]
        assert [scene.photo for scene in request.content.scenes] == [None, None]


def test_scenes_call_any_number_of_files_by_name() -> None:
    """Two pictures fit into options; the third is called by its name alone."""
    third = Media(kind=MediaKind.PICTURE, address="shelf:q", name="Beach.png")
    request = Storyboard(script="@photo: Hi [background beach.png]", image=PICTURE, files=(third,))
    assert request.content.scenes[0].backdrop == third
    with pytest.raises(Refused, match=r"No scene uses “Beach\.png”"):
        Storyboard(script="@photo: Hi", image=PICTURE, files=(third,))


def test_an_attached_face_speaks_where_nobody_is_named() -> None:
    """And the same file is fetched only once."""
    request = Storyboard(script="One\nTwo\n@anna: Three", image=PICTURE)
    assert [scene.photo for scene in request.content.scenes] == [PICTURE, PICTURE, None]
    assert list(request.media.values()) == [PICTURE]


def test_the_plan_tells_scenes_characters_and_length() -> None:
    """A second is fifteen characters, a pause its own length."""
    board = parse_storyboard('@anna: Thirty characters, more or less. <break time="3s"/>\n[silence 2]')
    assert content_summary(board) == "2 scenes · anna · about 7 seconds"
    assert plan_lines(board)[2] == "2. anna is silent, about 2 s"


def test_long_texts_are_cut_at_sentence_ends() -> None:
    """At words where there is no sentence, and anywhere where there is no word."""
    assert split_sentences("One two. Three four. Five", 12) == ["One two.", "Three four.", "Five"]
    assert split_sentences("one two three", 7) == ["one two", "three"]
    assert split_sentences("abcdefgh", 3) == ["abc", "def", "gh"]


STORYBOARD_FAULTS = [
    ("@a: Hi\n[speed 1.6]", "Line 2: speed is a number from 0.5 to 1.5; this is 1.6"),
    ("@a: Hi\n[pitch 1.5]", "Line 2: pitch is a whole number from -50 to 50; this is 1.5"),
    ("[silence 101]", "Line 1: silence is a number from 1 to 100; this is 101"),
    ("[size 1281x720]\nHi", "Line 1: size must be two even numbers from 128 to 4096.*not “1281x720”"),
    ("[sped 1]\nHi", "Line 1: a scene has no “sped”. Did you mean “speed”"),
    ("[emotion frendly]\nHi", "Line 1: emotion must be one of .* Did you mean Friendly"),
    ("[offset left]\nHi", "Line 1: offset takes two numbers"),
    ("@anna:", "Line 1: a scene needs something to say, a sound or a silence"),
    ("\n".join(["@a: Hi"] * 51), "1 to 50 scenes, this has 51"),
    ("[background office.jpg]\nHi", "Line 1: “office.jpg” is neither a colour.*nor an attached file"),
    ("[background http://example.com/a.png]\nHi", "Line 1: .* nor an attached file"),
    ("scenes:\n  - who: a\n  - say: Hi\n", "Line 2: a scene needs something to say"),
    ("scenes:\n  - say: Hi\n    silence: 2\n", "Line 2: a scene has words, a sound or a silence; this has 2"),
    ("scenes:\n  - say: Hi\n    sced: 2\n", "Line 3: a scene has no “sced”"),
    ("scenes:\n  - say: Hi\n   - bad", "Line 3: "),
    ("scenes: &a [*a]", "Line 1: anchors and aliases"),
    ("a: &x [x, x]\nb: &y [*x, *x]\nscenes: [*y, *y]", "Line 1: anchors and aliases"),
    ('{"scenes": ' + "[" * 5000, "not nested deeper than 8"),
    ("scenes:\n" + "  - {a: 1, b: 2, c: 3}\n" * 2000, "no more than 8,000 values"),
    ("scenes: []", "1 to 50 scenes, this has 0"),
]


@pytest.mark.parametrize(("script", "words"), STORYBOARD_FAULTS)
def test_each_fault_is_told_with_its_line(script: str, words: str) -> None:
    """One sentence, and nothing was spent."""
    with pytest.raises(Refused, match=words):
        parse_values(Storyboard, {"script": script})


def test_tags_of_yaml_do_nothing() -> None:
    """What would make an object elsewhere is plain text here."""
    board = parse_storyboard("--- !!python/object/apply:os.system ['touch /tmp/never']")
    assert board.scenes[0].say == "touch /tmp/never"


def test_a_sound_that_nobody_speaks_is_told() -> None:
    """It was given for something."""
    with pytest.raises(Refused, match="No scene uses the sound"):
        Storyboard(script="@a: Hi", audio=SOUND)


@pytest.mark.parametrize("host", ["10.0.0.7", "127.0.0.1", "[::1]", "intranet", "nas.local", "metadata.internal"])
def test_a_background_in_somebodys_own_network_is_refused_with_its_line(host: str) -> None:
    """No studio could fetch it, and we will not."""
    with pytest.raises(Refused, match="is not a public address"):
        parse_values(
            Storyboard, {"script": f"scenes:\n  - who: anna\n    say: Hi\n    background: https://{host}/a.png"}
        )


def test_a_name_may_stand_before_a_silence_or_a_sound() -> None:
    """Somebody is seen, whatever is heard; and “none” is a value where the studio has it."""
    scenes = parse_storyboard("@anna: [silence 2]\n@bert: [audio sound] [fit none]", (("sound", SOUND),)).scenes
    assert [(scene.who, scene.silence, scene.audio) for scene in scenes] == [("anna", 2.0, None), ("bert", None, SOUND)]
    assert scenes[1].fit == "none"


@pytest.mark.parametrize(
    ("name", "words", "said"),
    [
        ("scenes.json", "[" * 50_000, "not nested deeper"),
        ("scenes.yml", "a: &a [x, x]\nb: &b [*a, *a]\n", "anchors and aliases"),
        ("scenes.yaml", "title: Welcome\nsay: Hello there\n", "has no scenes"),
        ("Scenes.YML", "!!python/object/apply:os.system ['true']\n", "has no scenes"),
        ("scenes.json", '"Hello there', "Line 1"),
    ],
)
async def test_a_broken_sheet_is_never_spoken(name: str, words: str, said: str) -> None:
    """Who leaves a YAML or JSON file did not mean its brackets to be read aloud, and paid for."""

    async def text(_: Media) -> str:
        return words

    file = Media(kind=MediaKind.TEXT, address="shelf:f", name=name)
    with pytest.raises(Refused, match=said):
        await with_file_text(Storyboard(file=file), file, text)


async def test_a_plain_script_may_lie_in_any_other_file() -> None:
    """Only a name that says YAML or JSON is held to it."""

    async def text(_: Media) -> str:
        return "@anna: Hello"

    file = Media(kind=MediaKind.TEXT, address="shelf:f", name="scenes.txt")
    asked = await with_file_text(Storyboard(file=file), file, text)
    assert [scene.say for scene in asked.content.scenes] == ["Hello"]
