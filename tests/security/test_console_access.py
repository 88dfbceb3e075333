"""The console opens to whoever should see it, and tells everybody else as little as the rest of the house does."""

import json
from pathlib import Path

import httpx
import pytest

from tests.security.whole_bot import serving_whole_bot

CONSOLE_TOKEN = "an invented console token"
LOCAL_HEADERS = {"Host": "localhost"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"}, {"Host": "localhost.evil.example"}, {"Host": "127.0.0.1.evil.example"},
        {"Host": "evil.example:80"}, {"Host": "localhost@evil.example"}, {"Host": "2130706433"},
        {"Host": "didtalk.example"}, {"Host": ""},
        LOCAL_HEADERS | {"X-Forwarded-For": "127.0.0.1"}, LOCAL_HEADERS | {"X-Forwarded-For": "203.0.113.5"},
        LOCAL_HEADERS | {"X-Real-IP": "127.0.0.1"}, LOCAL_HEADERS | {"Forwarded": "for=127.0.0.1"},
        LOCAL_HEADERS | {"Via": "1.1 proxy"},
        LOCAL_HEADERS | {"X-Forwarded-Host": "localhost"}, LOCAL_HEADERS | {"CF-Connecting-IP": "127.0.0.1"},
    ],
)  # fmt: skip
async def test_without_a_token_only_this_machine_gets_in(tmp_path: Path, headers: dict[str, str]) -> None:
    """Not by another name that leads here (DNS rebinding), and not through a proxy that stands here."""
    async with serving_whole_bot(tmp_path) as (_, url), httpx.AsyncClient(base_url=url) as client:
        for path in ("/console", "/console/api/start?as=ana", "/console/api/messages?as=ana&channel=general"):
            assert (await client.get(path, headers=headers)).status_code in (400, 403)
        assert (await client.get("/console", headers=LOCAL_HEADERS)).status_code == 200


async def test_wrong_tokens_cannot_be_tried_for_long(tmp_path: Path) -> None:
    """After ten the door stays shut for a minute, for the right one too."""
    async with (
        serving_whole_bot(tmp_path, console_token=CONSOLE_TOKEN) as (_, url),
        httpx.AsyncClient(base_url=url) as client,
    ):
        answers = [await client.post("/console/login", data={"token": f"wrong {n}"}) for n in range(12)]
        right = await client.post("/console/login", data={"token": CONSOLE_TOKEN})
    assert [each.status_code for each in answers] == [401] * 10 + [503] * 2
    assert right.status_code == 503


async def test_a_login_is_a_cookie_that_no_script_and_no_other_site_can_use(tmp_path: Path) -> None:
    """Closed to scripts, to other sites and to the rest of this one; and over https, to anything but https."""
    async with (
        serving_whole_bot(tmp_path, console_token=CONSOLE_TOKEN) as (_, url),
        httpx.AsyncClient(base_url=url) as client,
    ):
        plain = await client.post("/console/login", data={"token": CONSOLE_TOKEN})
        tls = await client.post("/console/login", data={"token": CONSOLE_TOKEN}, headers={"X-Forwarded-Proto": "https"})
        elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        forged = await client.post("/console/login", data={"token": CONSOLE_TOKEN}, headers=elsewhere)
        nowhere = await client.post("/console/login", data={"token": CONSOLE_TOKEN}, headers={"Origin": "null"})
    for answer in (plain, tls):
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "path=/console" in cookie
        assert CONSOLE_TOKEN not in cookie
    assert "; secure" in tls.headers["set-cookie"].lower()
    assert (forged.status_code, nowhere.status_code) == (403, 403)


async def test_the_page_runs_nothing_that_is_not_its_own(tmp_path: Path) -> None:
    """No script from elsewhere or in a line, no frame round it, no guessing of types; nothing is kept."""
    async with serving_whole_bot(tmp_path) as (_, url), httpx.AsyncClient(base_url=url) as client:
        page = await client.get("/console", headers=LOCAL_HEADERS)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["cache-control"] == "no-store"
        assert "<script>" not in page.text
        assert "onclick" not in page.text


async def test_health_and_numbers_tell_nothing_about_anybody(tmp_path: Path) -> None:
    """Whoever asks learns that we are well and how much was made; not by whom, where, with what or under which name."""
    async with serving_whole_bot(tmp_path) as (app, url), httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/healthz")).json() == {"ok": True}
        assert (await client.get("/readyz")).json() == {"ready": True}
        numbers = (await client.get("/metrics")).text
        front = await client.get("/")
        lost = [await client.get(path) for path in ("/nowhere", "/hooks", "/docs", "/.env", "/media")]
    labels = {line.partition("{")[2].partition("}")[0] for line in numbers.splitlines() if not line.startswith("#")}
    names = {label.partition("=")[0] for each in labels for label in each.split(",") if label}
    assert names <= {"studio", "what", "kind", "le", "chat", "stage", "quantile"}
    assert (front.status_code, front.headers["location"]) == (307, "/console")
    for answer in lost:
        assert answer.status_code == 404
        assert str(app.data_folder) not in answer.text
        assert "server" not in answer.headers


@pytest.mark.parametrize(
    "body", ["[" * 200_000, '{"a":' * 100_000, '{"idempotency_key": "12345678", "text": ' + "9" * 5000 + "}", "\ud800"]
)
async def test_json_that_makes_no_sense_is_a_sentence(tmp_path: Path, body: str) -> None:
    """Nested without end, numbers without end, halves of letters: none of it is an error of ours."""
    async with (
        serving_whole_bot(tmp_path) as (_, url),
        httpx.AsyncClient(base_url=url, headers=LOCAL_HEADERS) as client,
    ):
        start = (await client.get("/console/api/start?as=ana")).json()
        headers = {"X-Didtalk-Token": start["token"], "X-Didtalk-As": "ana"}
        content = body.encode("utf-8", "surrogatepass")
        answer = await client.post("/console/api/say", content=content, headers=headers)
        half = json.dumps({"channel": "general", "text": "\ud800", "idempotency_key": "halves-of-letters"})
        odd = await client.post("/console/api/say", content=half, headers=headers)
    assert answer.status_code == 422
    assert odd.status_code < 500, odd.text
