"""Voices and presenters: told once a day, found by a few letters."""

from pathlib import Path

import pytest

from adapters.studios.fuzzy_match import rank_matches
from bot.errors import TryAgain
from bot.requests.kinds import Talk
from tests.fakes.vendors.did_harness import FACE, VOICES, DidHarness


async def test_a_catalogue_is_told_once_a_day(bench: DidHarness) -> None:
    """It is large, and changes rarely."""
    for _ in range(3):
        await bench.studio.suggest("voices", "sara")
    assert len(bench.server.find_calls("GET", "/tts/voices")) == 1
    bench.clock.jump(86_401)
    await bench.studio.suggest("voices", "sara")
    assert len(bench.server.find_calls("GET", "/tts/voices")) == 2


async def test_a_restart_does_not_ask_again(bench: DidHarness) -> None:
    """The folder keeps what was told."""
    first = await bench.studio.suggest("presenters", "")
    assert await bench.build_studio().suggest("presenters", "") == first
    assert bench.server.count_calls()["GET clips"] == 2


async def test_another_key_has_another_catalogue(bench: DidHarness) -> None:
    """Cloned voices belong to an account, and no file name tells a key."""
    await bench.studio.suggest("voices", "")
    with pytest.raises(Exception, match="key"):
        await bench.build_studio(key="an:other").suggest("voices", "")
    names = [path.name for path in _cache_files(bench.folder / "cache")]
    assert len(names) == 1
    assert "secret" not in names[0]


async def test_an_old_catalogue_is_better_than_none(bench: DidHarness) -> None:
    """Voices are still found while D-ID does not answer."""
    await bench.studio.suggest("voices", "")
    bench.clock.jump(90_000)
    bench.server.fail_next("GET", "/tts/voices", 503)
    assert await bench.studio.suggest("voices", "sara")


async def test_without_any_catalogue_it_is_tried_later(bench: DidHarness) -> None:
    """There is nothing to suggest yet."""
    bench.server.fail_next("GET", "/tts/voices", 503)
    with pytest.raises(TryAgain):
        await bench.studio.suggest("voices", "sara")


async def test_a_broken_or_unwritable_cache_is_done_without(bench: DidHarness) -> None:
    """It only spares calls."""
    await bench.studio.suggest("voices", "")
    for path in _cache_files(bench.folder / "cache"):
        _overwrite(path, "{not json")
    assert await bench.build_studio().suggest("voices", "")
    _overwrite(bench.folder / "flat", "")
    assert await bench.build_studio(cache_folder=bench.folder / "flat").suggest("voices", "")


async def test_a_new_voice_is_found_soon(bench: DidHarness) -> None:
    """Someone may just have made the voice they ask for, so an unknown name is looked up anew."""
    await bench.studio.suggest("voices", "")
    bench.clock.jump(600)
    VOICES.append({"id": "clone-1", "name": "Nova", "provider": "elevenlabs"})
    try:
        sent = await bench.submitted_body(Talk(script="Hello", image=FACE, voice="Nova"))
    finally:
        VOICES.pop()
    assert sent["script"]["provider"]["voice_id"] == "clone-1"


async def test_all_pages_of_presenters_are_read(bench: DidHarness) -> None:
    """A hundred at a time."""
    found = await bench.studio.suggest("presenters:clip", "", 1000)
    assert len(found) == 150


async def test_a_voice_is_suggested_by_what_is_known_of_it(bench: DidHarness) -> None:
    """Name, language, provider; without accents and case; several words narrow."""
    for typed, expected in {
        "elo": "Éloïse",
        "FRENCH female": "Éloïse",
        "rachl": "Rachel",
        "google": "Amy",
        "united": "Sara",
    }.items():
        found = await bench.studio.suggest("voices", typed)
        assert found[0].label.startswith(expected), typed


async def test_a_suggested_value_means_exactly_that(bench: DidHarness) -> None:
    """Two providers may use one id."""
    values = [choice.value for choice in await bench.studio.suggest("voices", "amy")]
    assert values == ["amazon:Amy", "google:Amy"]
    for value, provider in zip(values, ("amazon", "google"), strict=True):
        sent = await bench.submitted_body(Talk(script="Hello", image=FACE, voice=value))
        assert sent["script"]["provider"] == {"type": provider, "voice_id": "Amy"}


async def test_moods_movements_and_lists_are_suggested(bench: DidHarness) -> None:
    """Those of a presenter, and those everyone has."""
    for what, typed, expected in (
        ("sentiments:Mia", "exc", "Excited"),
        ("drivers:amy-1", "", "drv_1"),
        ("drivers", "old-souls", "classics/driver-old-souls"),
        ("drivers:talk", "liv", "lively"),
        ("drivers:animation", "dan", "dance"),
        ("languages", "fre", "French"),
    ):
        assert (await bench.studio.suggest(what, typed))[0].value == expected
    assert await bench.studio.suggest("nothing-known", "x") == []


async def test_no_credits_at_all_is_no_error(bench: DidHarness) -> None:
    """D-ID says "not found" then."""
    bench.server.fail_next("GET", "/credits", 404, {"kind": "NotFoundError", "description": "no credits"})
    assert (await bench.studio.credit()).remaining == 0


async def test_credit_tells_what_lapses_first(bench: DidHarness) -> None:
    """Of what is still there and still to lapse."""
    credits_shown = {
        "remaining": 7.5,
        "total": 20,
        "credits": [
            {"remaining": 0, "expire_at": "2027-02-01T00:00:00.000Z"},
            {"remaining": 5, "expire_at": "2027-06-01T00:00:00.000Z", "plan_group": "deid-pro"},
            {"remaining": 2, "expire_at": "2027-03-01T00:00:00.000Z"},
            {"remaining": 1, "expire_at": "2020-01-01T00:00:00.000Z"},
        ],
    }
    bench.server.fail_next("GET", "/credits", 200, credits_shown)
    credit = await bench.studio.credit()
    assert (credit.remaining, credit.total) == (7.5, 20)
    assert credit.expires == "2027-03-01T00:00:00.000Z"
    assert credit.details == {"plan": "deid-pro"}


def test_what_begins_so_comes_before_what_has_it_inside() -> None:
    """Then what is spelt nearly so, if nothing else is."""
    names = ["Marianna", "Anna", "Ann", "Susanna", "Bert"]
    assert rank_matches(names, "ann", lambda name: (name,), 9) == ["Anna", "Ann", "Marianna", "Susanna"]
    assert rank_matches(names, "brt", lambda name: (name,), 9) == ["Bert"]
    assert rank_matches(names, "", lambda name: (name,), 2) == ["Marianna", "Anna"]


def _cache_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def _overwrite(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
