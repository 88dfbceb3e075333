"""Canaries in every secret: the whole program runs, everything goes wrong, and none of them is seen anywhere."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.errors import Refused
from bot.security.log_setup import redact_text
from bot.security.redaction import register_secrets
from bot.security.signed_tokens import TokenSigner
from bot.settings import Settings, read_settings, variable_name
from tests.end_to_end.cli import DIDTALK_COMMAND, wait_until
from tests.fakes.http_server import serve_app

REPOSITORY = str(Path(__file__).parent.parent.parent)


def secret_settings() -> dict[str, str]:
    """A canary for every secret there is or will be, by the name of its setting; keys that have parts have them."""
    groups = {"": Settings, **{name: field.annotation for name, field in Settings.model_fields.items()}}
    names = [
        variable_name(*filter(None, (group, name)))
        for group, model in groups.items()
        for name, field in getattr(model, "model_fields", {}).items()
        if SecretStr in getattr(field.annotation, "__args__", (field.annotation,))
    ]
    return {
        name: f"canary{n:02d}+/{hashlib.sha256(name.encode()).hexdigest()[:24]}" for n, name in enumerate(sorted(names))
    }


CANARIES = secret_settings()
# What others hand us and would open doors: of Slack's requests, of Discord's, of studios' answers.
TRIGGER_CANARY, REPLY_CANARY, QUERY_CANARY = (
    "990011.trigger.canary0a1b2c3d4e",
    "canaryreply0a1b2c3d4e",
    "canaryquery0a1b2c3d4e",
)


def encodings_of(secret: str) -> Iterator[str]:
    """A secret as it is, in addresses, and packed, whole or within something longer."""
    yield from {secret, quote(secret), quote(secret, safe="")}
    for before in range(3):
        packed = base64.b64encode(b"x" * before + secret.encode()).decode().rstrip("=")
        yield from {packed[4:-3], packed[4:-3].replace("+", "-").replace("/", "_")}


def base64_windows(secret: str) -> Iterator[str]:
    """A secret with something before and after it, in base 64."""
    for before in range(4):
        for after in range(4):
            yield base64.b64encode(b"x" * before + secret.encode() + b"y" * after).decode()
            yield base64.urlsafe_b64encode(b"x" * before + secret.encode() + b"y" * after).decode()


def find_leaks(text: str, *more: str) -> list[str]:
    """Which canaries a text shows."""
    named = {**CANARIES, **{each: each for each in more}}
    return [name for name, secret in named.items() if any(each in text for each in encodings_of(secret))]


@asynccontextmanager
async def echoing_vendor() -> AsyncIterator[str]:
    """Stands in for every vendor, and echoes all it was told in answers that go wrong in turn."""
    turn = iter(range(10**9))

    async def echo_request(request: Request) -> Response:
        told = f"{request.url} {dict(request.headers)} {(await request.body()).decode('utf-8', 'replace')}"
        body = {"ok": False, "error": told, "message": told, "description": told, "kind": told, "code": told}
        match 0 if request.url.path.startswith("/api/v10") else next(turn) % 5:
            case 0:
                return JSONResponse(body, 401)
            case 1:
                return HTMLResponse(f"<h1>{told}</h1>", 500)
            case 2:
                return JSONResponse(body, 400)
            case 3:
                return RedirectResponse(f"/elsewhere?token={quote(told)}", 302)
        return Response(told.encode()[:-1] + b"\xff", 200, media_type="application/json")

    methods = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    async with serve_app(Starlette(routes=[Route("/{path:path}", echo_request, methods=methods)])) as (_, url):
        yield url


def canary_environment(folder: Path, vendor: str, **more: str) -> dict[str, str]:
    """Everything set up, each secret with its canary, at the most talkative level."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    addresses = {
        "DID_API_URL": vendor,
        "HEYGEN_API_URL": vendor,
        "SLACK_API_URL": f"{vendor}/api",
        "DISCORD_API_URL": f"{vendor}/api/v10",
        "SLACK_CLIENT_ID": "1.2",
        "DIDTALK_CONSOLE": "1",
        "DIDTALK_PUBLIC_URL": "https://didtalk.example",
        "DIDTALK_PORT": "0",
        "DIDTALK_LOG": "debug",
        "DIDTALK_DATA_DIR": str(folder / "data"),
    }
    return kept | {"PYTHONPATH": REPOSITORY, "PYTHONDEVMODE": "1"} | addresses | CANARIES | more


@asynccontextmanager
async def running_process(
    folder: Path, settings: dict[str, str], *args: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The program as a process, its output in files; stopped at the end."""
    with (folder / "out").open("ab") as out, (folder / "err").open("ab") as err:
        process = await asyncio.create_subprocess_exec(
            *DIDTALK_COMMAND, *args, cwd=folder, env=settings, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=err
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(30):
                await process.wait()


def read_output(folder: Path) -> str:
    """All it printed."""
    return "".join((folder / name).read_text("utf-8", "replace") for name in ("out", "err"))


PROBED_PATHS = (
    "/healthz", "/readyz", "/metrics", "/console", "/console/api/start?as=ana", "/slack/install", "/nowhere",
    f"/slack/oauth_redirect?code={QUERY_CANARY}&state={QUERY_CANARY}",
)  # fmt: skip


async def probe_everything(url: str) -> list[str]:
    """Everything done to it that could make it talk; what it answered."""
    sealed = TokenSigner(CANARIES["DIDTALK_SECRET"])
    links = [sealed.sign("hook", "no-such-job", 4e9), sealed.sign("media", "host-nothing.mp4", 4e9)]
    heard: list[httpx.Response] = []
    async with httpx.AsyncClient(base_url=url, timeout=20) as client:
        for path in (*PROBED_PATHS, f"/media/{links[1]}/x.mp4"):
            heard += [await client.get(path)]
        for path, body in ((f"/hooks/did/{links[0]}", b"{}"), ("/hooks/heygen/x", b"["), ("/slack/events", b"x=1")):
            heard += [await client.post(path, content=body)]
        for text in ("Hello there", "voices", "jobs", "--voice"):
            command = {"command": "/didtalk", "text": text, "team_id": "T1", "user_id": "U1", "channel_id": "C1",
                       "trigger_id": TRIGGER_CANARY,
                       "response_url": f"https://hooks.slack.com/commands/{REPLY_CANARY}"}  # fmt: skip
            heard += [await client.post("/slack/events", **sign_request(urlencode(command).encode()))]
        for deep in (b"[" * 100_000, b'{"type":"event_callback","event":{"type":"x"}}', b"payload=%7B"):
            heard += [await client.post("/slack/events", **sign_request(deep))]
        assert all(each.status_code != 500 for each in heard), [each.url for each in heard if each.status_code == 500]
        return [f"{each.headers} {each.text}" for each in heard] + [await probe_console(client)]


def sign_request(body: bytes) -> dict[str, Any]:
    """A request as Slack signs it."""
    stamp = str(int(time.time()))
    key = CANARIES["SLACK_SIGNING_SECRET"].encode()
    mark = "v0=" + hmac.new(key, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    kind = "application/json" if body[:1] in b"[{" else "application/x-www-form-urlencoded"
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": mark, "Content-Type": kind}
    return {"content": body, "headers": headers}


async def probe_console(client: httpx.AsyncClient) -> str:
    """Let in by its token, ask for videos at both studios, for lists, and for nonsense."""
    await client.post("/console/login", data={"token": "wrong"})
    await client.post("/console/login", data={"token": CANARIES["DIDTALK_CONSOLE_TOKEN"]})
    start = (await client.get("/console/api/start?as=ana")).json()
    seen, headers = [json.dumps({**start, "token": ""})], {"X-Didtalk-Token": start["token"], "X-Didtalk-As": "ana"}
    lines = ("/didtalk Hello", "/didtalk Hello --studio heygen", "/did voices", "/did presenters --studio heygen",
             f"/didtalk Hello --image https://localhost/x.png?sig={QUERY_CANARY}", "/did credits")  # fmt: skip
    for n, line in enumerate(lines):
        body = {"channel": "general", "text": line, "idempotency_key": f"pestering{n}"}
        seen.append((await client.post("/console/api/say", json=body, headers=headers)).text)

    async def all_failed() -> str | None:
        text = (await client.get("/console/api/messages?as=ana&channel=general")).text
        return text if '"bad"' in text else None

    return "\n".join([*seen, await wait_until(all_failed, 30), (await client.get("/console")).text])


@pytest.mark.slow
async def test_no_secret_is_seen_anywhere(tmp_path: Path) -> None:
    """Not in what is printed, logged, answered or kept, whatever goes wrong at the vendors; and the program lives."""
    async with echoing_vendor() as vendor:
        async with running_process(
            tmp_path, canary_environment(tmp_path, vendor, DISCORD_BOT_TOKEN=""), "run"
        ) as process:

            async def is_ready() -> str | None:
                assert process.returncode is None, read_output(tmp_path)[-3000:]
                found = re.search(r"running at (http://\S+:\d+)", read_output(tmp_path))
                return found[1] if found else None

            answers = await probe_everything(await wait_until(is_ready))
            assert process.returncode is None
        assert process.returncode == 0
        async with running_process(tmp_path, canary_environment(tmp_path, vendor), "run") as process:
            await asyncio.wait((asyncio.ensure_future(process.wait()),), timeout=20)
    printed = read_output(tmp_path)
    assert len(printed.splitlines()) > 20
    assert find_leaks(printed, TRIGGER_CANARY, REPLY_CANARY, QUERY_CANARY) == []
    assert not re.search(r"/(hooks/\w+|media)/[\w-]{8,}\.", printed)
    assert find_leaks("\n".join(answers)) == []
    for path in (tmp_path / "data").rglob("*"):
        if path.is_file():
            assert find_leaks(path.read_bytes().decode("latin-1")) == [], path
    database = sqlite3.connect(tmp_path / "data" / "didtalk.sqlite3")
    assert find_leaks("\n".join(database.iterdump())) == []
    database.close()


@pytest.mark.slow
@pytest.mark.parametrize("verb", [["--help"], ["hooks"], ["ask", "Hello"]])
async def test_no_verb_tells_a_secret(tmp_path: Path, verb: list[str]) -> None:
    """Whatever is asked for on the command line, and whatever becomes of it."""
    async with (
        echoing_vendor() as vendor,
        running_process(tmp_path, canary_environment(tmp_path, vendor), *verb) as process,
    ):
        ended = asyncio.ensure_future(process.wait())

        async def has_output_or_ended() -> bool:
            return ended.done() or bool(read_output(tmp_path))

        await wait_until(has_output_or_ended)
        await asyncio.wait((ended,), timeout=10)
    assert read_output(tmp_path)
    assert find_leaks(read_output(tmp_path)) == []


CRASH_SCRIPT = """
import asyncio, logging, sys, warnings
import structlog
from bot.cli import _run_verb, app, main
from bot.settings import Settings, read_settings, variable_name

async def fall(settings):
    key = settings.did.api_key.get_secret_value()
    link = f"https://api.example/x?signature={key}&a=b"
    said = {"nested": {"key": [key]}, "error": ValueError(key)}
    structlog.get_logger("bot.x").error("nested", **said)
    structlog.get_logger("bot.x").debug("talkative", headers={"Authorization": f"Bearer {key}"}, settings=settings)
    for library in ("httpx", "uvicorn.error", "slack_bolt", "slack_sdk", "discord.http", "asyncpg", "aiohttp.client"):
        logging.getLogger(library).error("failed: %s %r", link, {"key": key})
        logging.getLogger(library).debug("talkative %s", key)
    warnings.warn(f"a warning about {key}")
    print(repr(settings), settings, file=sys.stderr)
    async def later():
        raise RuntimeError(f"in a task: {link}")
    task = asyncio.create_task(later())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    try:
        raise KeyError(key)
    except KeyError as error:
        raise RuntimeError(f"POST {link} failed") from error

@app.command()
def crash():
    _run_verb(fall)

sys.argv = ["didtalk", "crash"]
main()
"""


async def test_a_crash_shows_where_it_happened_and_no_secret(tmp_path: Path) -> None:
    """Tracebacks, nested values, forgotten tasks, warnings, and the lines of every library."""
    settings = canary_environment(tmp_path, "http://127.0.0.1:9")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CRASH_SCRIPT, env=settings, cwd=tmp_path, stdout=-1, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(60):
        printed = (await process.communicate())[0].decode()
    assert process.returncode == 1
    assert "RuntimeError" in printed
    assert "in fall" in printed
    assert printed.count("failed") > 7
    assert "talkative" in printed
    assert find_leaks(printed) == []


def test_every_secret_setting_is_hidden_in_every_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new secret is covered by being declared as one."""
    for name, secret in CANARIES.items():
        monkeypatch.setenv(name, secret)
    settings = read_settings()
    assert len(CANARIES) >= 10
    assert set(CANARIES.values()) <= set(settings.secrets)
    register_secrets(*settings.secrets)
    for name, secret in CANARIES.items():
        for spelt in (secret, quote(secret), quote(secret, safe=""), *base64_windows(secret)):
            assert find_leaks(redact_text(f"before{spelt}after {spelt}")) == [], (name, spelt)
        assert secret not in repr(settings)
        assert secret not in str(settings.model_dump())


def test_a_vendor_that_quotes_our_key_is_not_quoted() -> None:
    """Its sentence would end in a card, in a channel and in the database."""
    register_secrets(*CANARIES.values())
    for secret in CANARIES.values():
        refusal = Refused(f"Unknown key {secret}.")
        assert find_leaks(f"{refusal.sentence} {refusal} {refusal!r}") == []


@pytest.mark.parametrize(
    "line",
    [
        "https://didtalk.example/hooks/did/SECRETSECRET.x", "https://d.example/media/SECRETSECRET.x/film.mp4",
        "https://hooks.slack.com/commands/T1/2/SECRETSECRET", "/webhooks/12345/SECRETSECRET-x/messages/@original",
        "/interactions/12345/SECRETSECRET/callback", "postgresql://user:SECRETSECRET@host/db",
        "url='wss://wss-primary.slack.com/link/?ticket=SECRETSECRET&app_id=1'",
        "https://bucket.example/film.mp4?Signature=SECRETSECRET", "Authorization: Basic SECRETSECRET",
        "'X-Api-Key': 'SECRETSECRET'", '{"authorization": "Bot SECRETSECRETSECRETSECRET"}', "xoxb-SECRETSECRET",
        '{"trigger_id": "SECRETSECRET"}', '{"token": "SECRETSECRET"}', "xapp-1-SECRETSECRET", "token=SECRETSECRET",
        '{\\"token\\": \\"SECRETSECRET\\"}',
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_cut_out(line: str) -> None:
    """Also one that we were never told of."""
    assert "SECRETSECRET" not in redact_text(f"POST {line} went wrong")
