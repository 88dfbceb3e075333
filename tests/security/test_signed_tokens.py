"""Tokens open one thing, for one purpose, for a time; secrets can be changed without closing a door on anybody."""

import base64
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.chats.installations import Installation
from bot.security.signed_tokens import TokenSigner
from bot.settings import Settings
from bot.wiring.persistence import load_secrets
from storage.sqlite.open import open_sqlite
from storage.tables.installations import UNREADABLE_SECRETS_TEXT, SqlInstallations
from tests.security.whole_bot import SECURITY_SIGNING_SECRET, serving_whole_bot

FILM_NAME = "host-0123456789abcdef0123456789abcdef-film.mp4"


@given(
    thing=st.text(max_size=40),
    purpose=st.sampled_from(("hook", "media", "console-login")),
    place=st.integers(0),
    letter=st.characters(min_codepoint=33, max_codepoint=126),
    adding=st.booleans(),
)
def test_any_other_spelling_opens_nothing(thing: str, purpose: str, place: int, letter: str, adding: bool) -> None:
    """One letter changed, added or left out anywhere, and a token is no token."""
    seal = TokenSigner(SECURITY_SIGNING_SECRET)
    token = seal.sign(purpose, thing, 2000.0)
    at = place % len(token)
    assert seal.verify(purpose, token, 1999.0) == thing
    for other in (token[:at] + letter + token[at + (not adding) :], token[:at] + token[at + 1 :]):
        assert other == token or seal.verify(purpose, other, 1999.0) is None


def test_a_token_is_for_one_purpose_one_thing_and_a_time() -> None:
    """A hook's token is no media link, whatever it names, and the other way round; and both end."""
    seal = TokenSigner(SECURITY_SIGNING_SECRET)
    hook, media = seal.sign("hook", "x", 2000.0), seal.sign("media", "x", 2000.0)
    assert (seal.verify("media", hook, 1.0), seal.verify("hook", media, 1.0)) == (None, None)
    assert (seal.verify("hook", hook, 2000.0), seal.verify("hook", hook, 2001.0)) == ("x", None)
    assert TokenSigner("another").verify("hook", hook, 1.0) is None
    assert seal.verify("hook", "", 1.0) is None
    assert seal.verify("hook", "\udc80.\udc80", 1.0) is None


def test_older_secrets_still_open_and_only_the_newest_closes() -> None:
    """After a change of secrets, links that are out there live on until their time."""
    old, new = TokenSigner("old"), TokenSigner("new", "old")
    assert new.verify("media", old.sign("media", "x", 2000.0), 1.0) == "x"
    assert old.verify("media", new.sign("media", "x", 2000.0), 1.0) is None


async def test_wrong_tokens_are_all_answered_alike(tmp_path: Path) -> None:
    """Forged, expired, for another purpose, for a file that is gone: nobody learns which."""
    async with serving_whole_bot(tmp_path) as (app, url), httpx.AsyncClient(base_url=url) as client:
        app.shelf.path_of(FILM_NAME).write_bytes(b"film")
        seal, other = TokenSigner(SECURITY_SIGNING_SECRET), TokenSigner("another secret")
        wrong = [
            other.sign("media", FILM_NAME, 4e9),
            seal.sign("media", FILM_NAME, 1e9),
            seal.sign("hook", FILM_NAME, 4e9),
            seal.sign("media", "host-gone.mp4", 4e9),
            seal.sign("media", "../../secret", 4e9),
            "nonsense",
        ]
        answers = [await client.get(f"/media/{each}/film.mp4") for each in wrong]
        hooks = [
            await client.post(f"/hooks/did/{each}", content=b"{}")
            for each in (other.sign("hook", "j", 4e9), seal.sign("hook", "j", 1e9), seal.sign("media", "j", 4e9))
        ]
    assert len({(each.status_code, each.content, str(sorted(each.headers.items()))[:0]) for each in answers}) == 1
    assert len({(each.status_code, each.content) for each in hooks}) == 1
    assert {each.status_code for each in (*answers, *hooks)} == {404}


async def test_media_are_handed_out_as_files_and_never_as_pages(tmp_path: Path) -> None:
    """The name in a link is anybody's: it decides neither what the browser makes of a file, nor where it lands."""
    async with serving_whole_bot(tmp_path) as (app, url), httpx.AsyncClient(base_url=url) as client:
        app.shelf.path_of(FILM_NAME).write_bytes(bytes(range(200)))
        link = f"/media/{TokenSigner(SECURITY_SIGNING_SECRET).sign('media', FILM_NAME, 4e9)}"
        film = await client.get(f"{link}/film.mp4")
        page = await client.get(f"{link}/evil.html")
        odd = await client.get(f"{link}/%E2%80%AEgpj.%22%0d%0aX-A:%20b%5C..%5Cexe")
        begin = await client.head(f"{link}/film.mp4")
        part = await client.get(f"{link}/film.mp4", headers={"Range": "bytes=10-19"})
        beyond = await client.get(f"{link}/film.mp4", headers={"Range": "bytes=900-"})
        sent = await client.post(f"{link}/film.mp4")
    assert film.headers["content-type"] == "video/mp4"
    assert page.headers["content-type"] == "application/octet-stream"
    for answer in (film, page, odd, begin, part):
        assert answer.headers["content-disposition"].startswith("attachment; filename")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert "x-a" not in odd.headers
    assert "%E2%80%AE" not in odd.headers["content-disposition"]
    assert "\\" not in odd.headers["content-disposition"]
    assert (begin.content, begin.headers["content-length"]) == (b"", "200")
    assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
    assert (beyond.status_code, sent.status_code) == (416, 405)


def open_tokens(folder: Path, **settings: str) -> tuple[str, ...]:
    """The keyring under these settings."""
    return load_secrets(Settings.model_validate(settings), folder)


def test_the_keyring_begins_with_the_newest_secret(tmp_path: Path) -> None:
    """What was set, then what was set before, then what was made on the first run, while its file is there."""
    (made,) = open_tokens(tmp_path)
    assert open_tokens(tmp_path) == (made,)
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    first = open_tokens(tmp_path, secret="a new secret of enough letters", secrets_old="older, oldest")
    assert first == ("a new secret of enough letters", "older, oldest", "older", "oldest", made)


def test_a_short_secret_is_warned_of() -> None:
    """One signed link is enough to try short secrets against."""
    with capture_logs() as lines:
        open_tokens(Path("nowhere"), secret="short")
    assert [line["log_level"] for line in lines] == ["warning"]
    assert "short" not in {line.get("secret") for line in lines}


async def test_tokens_of_workspaces_move_to_the_newest_secret(tmp_path: Path) -> None:
    """After a start with the old secret beside the new, the old one can be thrown away."""
    kept = Installation(platform="slack", workspace="T1", token="xoxb-invented", refresh_token="xoxe-invented")
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        await SqlInstallations(database, "old").save(kept)
        assert await SqlInstallations(database, "new").get("slack", "T1") is None
        both = SqlInstallations(database, "new", "old")
        assert await both.get("slack", "T1") == kept
        assert await both.reencrypt_all() == 0
        assert await SqlInstallations(database, "new").get("slack", "T1") == kept
        assert await SqlInstallations(database, "old").get("slack", "T1") is None
        sealed = await database.read("SELECT encrypted FROM installations")
        assert await both.reencrypt_all() == 0
        assert await database.read("SELECT encrypted FROM installations") == sealed


async def test_a_wrong_secret_is_one_clear_sentence(tmp_path: Path) -> None:
    """However many workspaces are locked away by it; and they are locked away, not lost."""
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        right = SqlInstallations(database, "right")
        for name in ("T1", "T2", "T3"):
            await right.save(Installation(platform="slack", workspace=name, token=f"xoxb-{name}"))
        with capture_logs() as lines:
            assert await SqlInstallations(database, "wrong").reencrypt_all() == 3
        assert await right.reencrypt_all() == 0
    (line,) = lines
    assert line["event"] == UNREADABLE_SECRETS_TEXT
    assert "DIDTALK_SECRETS_OLD" in UNREADABLE_SECRETS_TEXT


async def test_a_sealed_token_opens_only_its_own_workspace(tmp_path: Path) -> None:
    """Whoever can write into the database cannot speak in one workspace with the token of another."""
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        store = SqlInstallations(database, "secret")
        for name in ("T1", "T2"):
            await store.save(Installation(platform="slack", workspace=name, token=f"xoxb-{name}"))
        await database.run(
            "UPDATE installations SET encrypted = (SELECT encrypted FROM installations WHERE workspace = 'T1')"
            " WHERE workspace = 'T2'"
        )
        assert await store.get("slack", "T2") is None
        assert await store.get("slack", "T1") is not None


async def test_sealed_tokens_cannot_be_changed_unseen(tmp_path: Path) -> None:
    """Every bit is authenticated, and the same token is never sealed the same way twice."""
    kept = Installation(platform="slack", workspace="T1", token="xoxb-invented")
    async with open_sqlite(tmp_path / "a.sqlite3") as database:
        store = SqlInstallations(database, "secret")
        seen = set()
        for _ in range(3):
            await store.save(kept)
            ((sealed,),) = await database.read("SELECT encrypted FROM installations")
            seen.add(sealed)
        raw = bytearray(base64.urlsafe_b64decode(sealed))
        raw[len(raw) // 2] ^= 1
        await database.run("UPDATE installations SET encrypted = $1", base64.urlsafe_b64encode(raw).decode())
        assert await store.get("slack", "T1") is None
    assert len(seen) == 3


@pytest.mark.parametrize("method", ["get", "options"])
async def test_who_only_looks_at_a_hook_learns_nothing(tmp_path: Path, method: str) -> None:
    """HeyGen tries an address before it takes it; the answer is the same for every address."""
    async with serving_whole_bot(tmp_path) as (_, url), httpx.AsyncClient(base_url=url) as client:
        good = await client.request(method, f"/hooks/did/{TokenSigner(SECURITY_SIGNING_SECRET).sign('hook', 'j', 4e9)}")
        bad = await client.request(method, "/hooks/did/nonsense")
    assert (good.status_code, good.content) == (bad.status_code, bad.content)
