"""What people type, and what it means."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.parser import parse_command
from bot.errors import Refused
from bot.requests.media import Media, MediaKind

PHOTO = Media(kind=MediaKind.PICTURE, address="shelf:p", name="p.jpg")
SOUND = Media(kind=MediaKind.SOUND, address="shelf:s", name="s.mp3")


@pytest.mark.parametrize(
    ("typed", "verb", "values"),
    [
        ("Hello there", "say", {"script": "Hello there"}),
        ("/didtalk Hello there --voice Sara", "say", {"script": "Hello there", "voice": "Sara"}),
        ("/DIDTALK Hello there", "say", {"script": "Hello there"}),
        ("Hello —voice Sara", "say", {"script": "Hello", "voice": "Sara"}),
        ("Hello –voice=Sara", "say", {"script": "Hello", "voice": "Sara"}),
        ("Hello --voice “Sara Smith” there", "say", {"script": "Hello there", "voice": "Sara Smith"}),
        ("Hello --voice 'Sara Smith'", "say", {"script": "Hello", "voice": "Sara Smith"}),
        ("“Hello there”", "say", {"script": "Hello there"}),
        ('She said "hi" to me', "say", {"script": 'She said "hi" to me'}),
        ("it's fine --pad 2", "say", {"script": "it's fine", "pad": "2"}),
        ("one\ntwo\n--stitch\nthree", "say", {"script": "one\ntwo\n\nthree", "stitch": True}),
        ("wait -- what — really", "say", {"script": "wait -- what — really"}),
        ("dash —unrelatedword here", "say", {"script": "dash —unrelatedword here"}),
        (r"say \--voice aloud", "say", {"script": "say --voice aloud"}),
        ("Hello --voice A --voice B", "say", {"script": "Hello", "voice": "B"}),
        ("Hello --set a=1 --set b=2", "say", {"script": "Hello", "set": ("a=1", "b=2")}),
        ("Hello --logo_at 1,2", "say", {"script": "Hello", "logo_at": "1,2"}),
        ("Hello --no-stitch", "say", {"script": "Hello", "stitch": False}),
        ("Hello --stitch=off", "say", {"script": "Hello", "stitch": False}),
        ("Hello --captions yes we can", "say", {"script": "Hello yes we can", "subtitles": True}),
        ("/did animate dance --stitch", "animate", {"driver": "dance", "stitch": True}),
        ("/did animate --driver dance", "animate", {"driver": "dance"}),
        ("/did translate es, fr --from en", "translate", {"languages": ("es, fr",), "source": "en"}),
        ("/did talk Hello there", "say", {"script": "Hello there"}),
    ],
)
def test_a_line_is_taken_apart(typed: str, verb: str, values: dict[str, object]) -> None:
    """Smart quotes, long dashes, line breaks and repeats mean what the person meant."""
    found = parse_command(typed)
    assert (found.verb.word, found.values) == (verb, values)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("Hello --voise Sara", "/didtalk has no option --voise. Did you mean --voice?"),
        ("Hello —voise Sara", "/didtalk has no option --voise. Did you mean --voice?"),
        ("Hello --qqq", "/didtalk has no option --qqq."),
        ("Hello --voice", "--voice needs a value, such as --voice Sara."),
        ("Hello --voice --stitch", "--voice needs a value, such as --voice Sara."),
        ("Hello --no-voice x", "--voice is not an on/off option, so there is no --no-voice."),
        ("Hello --stitch=maybe", "--stitch must be on or off, not “maybe”."),
        ("/did anmate", "There is no /did anmate. Did you mean /did animate? /did help lists all commands."),
        (
            "Hello --image http://10.0.0.1/x",
            "--image must be a picture: an attachment or an https link. “http://10.0.0.1/x” is neither.",
        ),
    ],
)
def test_a_slip_gets_a_sentence_and_the_nearest_name(typed: str, sentence: str) -> None:
    """Unknown words name what was meant; nothing is guessed."""
    with pytest.raises(Refused) as refused:
        parse_command(typed)
    assert refused.value.sentence == sentence


def test_attachments_find_their_options() -> None:
    """A photo and a sound go where each belongs, the everyday option first."""
    assert parse_command("", [SOUND, PHOTO]).values == {"audio": SOUND, "image": PHOTO}
    assert parse_command("/did animate dance", [PHOTO]).values == {"driver": "dance", "image": PHOTO}


def test_a_storyboard_takes_more_pictures_than_it_has_options() -> None:
    """Its scenes call them by name."""
    pictures = [Media(kind=MediaKind.PICTURE, address=f"shelf:{name}", name=f"{name}.png") for name in "abc"]
    values = parse_command("/did storyboard @photo: Hi [background c.png]", pictures).values
    assert [values["image"], values["background_image"], *values["files"]] == pictures


def test_an_attachment_without_a_use_is_refused() -> None:
    """Nothing a person gives is silently dropped."""
    with pytest.raises(Refused, match="does not accept a sound file"):
        parse_command("/did animate dance", [SOUND, PHOTO])


@pytest.mark.slow
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No input breaks the grammar."""
    _read_or_refuse(text)


@given(st.text(alphabet="abc-—“”‘’\"'\\\n =#/", max_size=80))
def test_any_punctuation_is_read_or_refused(text: str) -> None:
    """The characters with a meaning break it no more than the others."""
    for prefix in ("", "/didtalk ", "/did translate ", "x --voice "):
        _read_or_refuse(prefix + text)


def _read_or_refuse(text: str) -> None:
    with suppress(Refused):
        parse_command(text)
