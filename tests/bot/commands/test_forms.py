"""Forms: what they show and what comes back is what was asked for."""

from typing import Any

import pytest

from bot.commands.forms import FieldValue, form_to_values, refused_field, request_to_form
from bot.errors import Refused
from bot.jobs.job import REQUESTS
from bot.requests.base import Request, parse_values
from bot.requests.kinds import Animation, Talk, Translation
from bot.requests.media import Media, MediaKind
from bot.requests.options import options_of, ordered_options

PHOTO = Media(kind=MediaKind.PICTURE, address="shelf:p", name="p.jpg")
CLIP = Media(kind=MediaKind.VIDEO, address="shelf:v", name="v.mp4")


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_option_is_in_the_form_and_rare_ones_come_last(request_: type[Request]) -> None:
    """No option is left out of a form, and none that is rare stands before one that is not."""
    fields = ordered_options(request_)
    assert set(fields) == set(options_of(request_))
    assert [each.advanced for each in fields] == sorted(each.advanced for each in fields)


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (Talk, {"script": "Hello  there\nfriend", "voice": "Sara", "stitch": True, "pad": 1.5, "image": PHOTO}),
        (Talk, {"script": "Hello", "expression": ("0:happy:0.8", "20:serious:1"), "set": ("a.b=1", "c=x, y")}),
        (Animation, {"image": PHOTO, "driver": "dance", "mute": True, "stitch": True, "faces": 2}),
        (Animation, {"image": PHOTO, "mute": False}),
        (Translation, {"video": CLIP, "languages": ("es", "fr"), "source": "English"}),
    ],
)
def test_a_form_prefilled_with_a_request_asks_for_the_same(kind: type[Request], asked: dict[str, Any]) -> None:
    """Edit & redo, with nothing edited, is redo."""
    request = parse_values(kind, asked)
    assert parse_values(kind, form_to_values(kind, request_to_form(request))) == request


def test_empty_fields_count_as_not_filled_in() -> None:
    """A form sends every field; only those that say something are options."""
    filled: dict[str, FieldValue] = {"script": "Hello", "voice": "  ", "image": None, "stitch": False, "logo_at": ""}
    assert form_to_values(Talk, filled) == {"script": "Hello", "stitch": False}


@pytest.mark.parametrize(("named", "field"), [("logo-at", "logo_at"), ("script", "script"), (None, None), ("x", None)])
def test_a_refusal_is_shown_at_its_field(named: str | None, field: str | None) -> None:
    """Refusals name an option by its word or its field; a form finds the field either way."""
    assert refused_field(Talk, Refused("No.", named)) == field
