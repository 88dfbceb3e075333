"""The guard: strangers, other sites' pages and pages of yesterday are sent away with a sentence."""

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from adapters.chats.console.access import require_local
from adapters.chats.console.chat import Console
from adapters.media.sniff import sniff_file
from bot.errors import Refused
from tests.adapters.chats.console.console_harness import ConsoleHarness, console_harness

SAY_BODY = {"text": "hello", "channel": "general", "idempotency_key": "a-click-of-mine"}


def request_from(client: str, host: str) -> Request:
    """A request from an address, for a name."""
    scope = {"type": "http", "method": "GET", "path": "/console", "query_string": b"", "scheme": "http"}
    return Request({**scope, "server": (host, 80), "client": (client, 1), "headers": [(b"host", host.encode())]})


@pytest.mark.parametrize(
    ("client", "host", "in_"),
    [
        ("127.0.0.1", "127.0.0.1:8080", True),
        ("127.0.0.1", "localhost:8080", True),
        ("::1", "[::1]:8080", True),
        ("127.0.0.1", "evil.example", False),
        ("127.0.0.1", "localhost.evil.example", False),
        ("192.0.2.7", "127.0.0.1:8080", False),
    ],
)
def test_without_a_token_only_this_machine_gets_in(client: str, host: str, in_: bool) -> None:
    """Neither another machine nor another name for this one (DNS rebinding) opens the console."""
    if in_:
        require_local(request_from(client, host))
    else:
        with pytest.raises(Refused, match="DIDTALK_CONSOLE_TOKEN"):
            require_local(request_from(client, host))


async def test_a_foreign_name_is_refused_on_the_wire(b: ConsoleHarness) -> None:
    """The page, the data and the stream are all closed to a name that only leads here."""
    for path in ("/console", "/console/api/start?as=ana", "/console/api/stream?as=ana"):
        answer = await b.client.get(path, headers={"host": "evil.example"})
        assert answer.status_code == 403


@pytest.mark.parametrize(
    "marks",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_another_sites_page_changes_nothing(b: ConsoleHarness, marks: dict[str, str]) -> None:
    """Even with the right token: what does not come from our own page is not done."""
    ana = await b.open_page()
    answer = await b.client.post("/console/api/say", json=SAY_BODY, headers=ana.change_headers | marks)
    assert answer.status_code == 403
    assert "hello" not in {each.get("text") for each in (await ana.read_messages()).values()}


async def test_another_sites_page_reads_nothing(b: ConsoleHarness) -> None:
    """Messages and files are not for pages from elsewhere."""
    for path in ("/console/api/start?as=ana", "/console/files/file/x"):
        assert (await b.client.get(path, headers={"sec-fetch-site": "cross-site"})).status_code == 403


async def test_a_page_from_before_an_update_is_told_to_reload(b: ConsoleHarness) -> None:
    """A seal that is missing, made up or of another version: nothing is done, and the page says what to do."""
    ana = await b.open_page()
    for token in ("", "made-up", ana.token[:-3]):
        answer = await b.client.post(
            "/console/api/say", json=SAY_BODY, headers=ana.change_headers | {"x-didtalk-token": token}
        )
        assert (answer.status_code, answer.json()["reload"]) == (409, True)
        assert "Reload" in answer.json()["error"]


async def test_with_a_token_a_cookie_opens_the_door(tmp_path: Path) -> None:
    """From anywhere, but only for who gave the token; a wrong one opens nothing."""
    async with console_harness(tmp_path, token="open sesame, said nobody") as b:
        assert (await b.client.get("/console")).status_code == 401
        assert (await b.client.get("/console/api/start?as=ana")).status_code == 401
        assert (await b.client.post("/console/login", data={"token": "sesame"})).status_code == 401
        answer = await b.client.post("/console/login", data={"token": "open sesame, said nobody"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/console")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert (await b.client.get("/console")).status_code == 200
        assert (await b.open_page()).start_data["bot"] == "didtalk"


async def test_the_page_lets_nothing_in_from_outside(b: ConsoleHarness) -> None:
    """A strict policy, no inline script or style, no address but our own."""
    page = await b.client.get("/console")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "<style" not in page.text
    assert " style=" not in page.text
    assert "onclick" not in page.text
    assert "http" not in page.text.replace("http-equiv", "")


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[1]", b'{"text": 5, "idempotency_key": "12345678"}', b'{"text": "x"}']
)
async def test_odd_bodies_get_a_sentence(b: ConsoleHarness, body: bytes) -> None:
    """Whatever is sent, the answer is a sentence and never a stack of code."""
    ana = await b.open_page()
    answer = await b.client.post("/console/api/say", content=body, headers=ana.change_headers)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")


async def test_a_page_with_nobody_behind_it_says_so() -> None:
    """While the bot starts, the answer is to try again, not an error."""
    app = Starlette(routes=list(Console(sniff_file).routes()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        answer = await client.get("/console/api/start?as=ana")
        assert (answer.status_code, answer.json()["again"]) == (503, True)
