"""How fast commands are taken on: `python -m bench.slack`. Ratios within one run on one machine are what counts.

Signed slash commands go over HTTP to three servers in turn, each alone on one core: a bare Bolt app as it comes, one
with `process_before_response` (both record nothing), and the whole of didtalk, which keeps each command as a job in
SQLite before it answers. The engine rests meanwhile: what follows a command is as slow as Slack's own limits.
"""

import asyncio
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvloop
from pydantic import SecretStr
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.chats.slack.chat import Slack
from adapters.chats.slack.incoming.http import sign_body
from bot.app import open_app
from bot.cli.http_server import serve_app
from bot.cli.run import freeze_memory
from bot.settings import Settings, SlackSettings
from storage.sqlite.open import open_sqlite
from tests.fakes.studio import FakeStudio

BENCH_SIGNING_SECRET = "8f742231b10invented"  # noqa: S105 - opens nothing
SERVER_KINDS = ("bolt", "bolt, process_before_response", "didtalk")
CALLER_COUNTS, COMMANDS_PER_ROUND, ROUND_COUNT, STEADY_COMMANDS_PER_SECOND, STEADY_SECONDS = (
    (1, 16, 64),
    3000,
    3,
    200,
    5,
)


def print_line(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


# The servers.


def bare_bolt_app(before: bool) -> Starlette:
    """Bolt and nothing else."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-x", bot_id="B", bot_user_id="U0")  # noqa: S106

    app = AsyncApp(signing_secret=BENCH_SIGNING_SECRET, authorize=authorize, process_before_response=before)

    @app.command("/didtalk")
    async def command(ack: Callable[..., Any]) -> None:
        await ack("On it.")

    handler = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"])])


async def serve_kind(kind: str, folder: str) -> None:
    """One server until its input ends."""
    logging.disable(logging.WARNING)
    if kind == "didtalk":
        config = SlackSettings(  # an invented token
            signing_secret=SecretStr(BENCH_SIGNING_SECRET),
            bot_token=SecretStr("xoxb-x"),
            api_url="http://127.0.0.1:9/api",
        )
        chat = Slack(config)
        # No limits: fifty people in one channel ask for more within a minute than anybody should in a day.
        settings = Settings(_env_file=None, data_dir=folder)
        async with open_app(settings, chats=[chat], studios={"did": FakeStudio()}) as app:
            app.engine.stop()
            freeze_memory()  # as `didtalk run` does; what Bolt comes with is left as it is
            await _serve_until_input_ends(app.web)
    else:
        await _serve_until_input_ends(bare_bolt_app(before=kind != "bolt"))


async def _serve_until_input_ends(app: Any) -> None:
    async with serve_app(app, "127.0.0.1", 0) as url:
        await asyncio.sleep(0.3)  # until it listens
        print_line(url)
        await asyncio.to_thread(sys.stdin.read)


# The load.


def command_bytes(n: int) -> bytes:
    """The n-th command, signed, as it goes over the wire."""
    body = urlencode(
        {
            "token": "gone", "team_id": "T1", "team_domain": "invented", "channel_id": "C1", "channel_name": "general",
            "user_id": f"U{n % 50}", "user_name": "ana", "command": "/didtalk", "text": "Welcome aboard! --voice Sara",
            "api_app_id": "A1", "is_enterprise_install": "false", "trigger_id": f"trigger.{n}",
            "response_url": "https://hooks.example.invalid/commands/1",
        }
    ).encode()  # fmt: skip
    stamp = str(int(time.time()))
    head = (
        "POST /slack/events HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {stamp}\r\nX-Slack-Signature: "
        f"{sign_body(BENCH_SIGNING_SECRET.encode(), stamp, body)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class HttpConnection:
    """One connection, kept open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send_request(self, request: bytes) -> None:
        """Send a command and read its whole answer."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        body = await self._reader.readexactly(int(length[1])) if length else b""
        if b" 200 " not in head[:20] or not body:
            raise RuntimeError(f"{head!r} {body!r}")

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


async def open_connections(url: str, count: int) -> list[HttpConnection]:
    """So many connections."""
    host, port = url.removeprefix("http://").split(":")
    return [HttpConnection(*await asyncio.open_connection(host, int(port))) for _ in range(count)]


async def measure_rate(url: str, first: int, times: int, callers: int) -> float:
    """Commands a second when so many callers each wait for their answer."""
    wires = iter([command_bytes(n) for n in range(first, first + times)])
    held = await open_connections(url, callers)

    async def call_repeatedly(line: HttpConnection) -> None:
        for wire in wires:
            await line.send_request(wire)

    began = time.perf_counter()
    await asyncio.gather(*(call_repeatedly(line) for line in held))
    took = time.perf_counter() - began
    for line in held:
        line.close()
    return times / took


async def measure_latency(url: str, first: int, rate: int, seconds: int) -> list[float]:
    """Milliseconds to each answer when commands come at a steady rate, whether or not the last one is answered."""
    held = asyncio.Queue[HttpConnection]()
    for line in await open_connections(url, 32):
        held.put_nowait(line)
    took: list[float] = []

    async def send_one(wire: bytes, due: float) -> None:
        line = await held.get()
        await line.send_request(wire)
        took.append((time.perf_counter() - due) * 1000)
        held.put_nowait(line)

    async with asyncio.TaskGroup() as tasks:
        began = time.perf_counter()
        for n in range(rate * seconds):
            due = began + n / rate
            wire = command_bytes(first + n)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(send_one(wire, max(due, time.perf_counter())))
    while not held.empty():
        held.get_nowait().close()
    return sorted(took)


@contextmanager
def running_server(kind: str, folder: str, core: int | None) -> Iterator[str]:
    """A server in a process of its own, on a core of its own."""
    pin = (lambda: os.sched_setaffinity(0, {core})) if core is not None else None
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "bench.slack", "serve", kind, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=pin,  # noqa: PLW1509 - no threads yet
        text=True,
    )
    try:
        assert process.stdout  # noqa: S101 - asked for
        yield next(line.strip() for line in process.stdout if line.startswith("http"))
    finally:
        process.communicate(timeout=20)


async def count_jobs(folder: str) -> tuple[int, int]:
    """How many jobs were kept, and of how many gestures."""
    async with open_sqlite(Path(folder, "didtalk.sqlite3")) as database:
        ((jobs, gestures),) = await database.read("SELECT count(*), count(DISTINCT idempotency_key) FROM jobs")
    return int(jobs), int(gestures)


async def measure_server(url: str, first: int, rates: dict[tuple[str, int], list[float]], kind: str) -> int:
    """One server under few and many callers; how many commands it was sent."""
    await measure_rate(url, first, 500, 16)
    sent = 500
    for many in CALLER_COUNTS:
        times = COMMANDS_PER_ROUND if many > 1 else COMMANDS_PER_ROUND // 10
        rates[kind, many].append(await measure_rate(url, first + sent, times, many))
        sent += times
    return sent


def print_comparison(rates: dict[tuple[str, int], float]) -> None:
    """The middle of each, side by side."""
    for many in CALLER_COUNTS:
        for kind in SERVER_KINDS:
            print_line(f"{many:>3} callers   {kind:<34} {rates[kind, many]:>8,.0f} commands/s")
        ours = rates["didtalk", many]
        print_line(f"{'':<14}didtalk to bolt: {ours / rates[SERVER_KINDS[0], many]:.2f} (aim 1.0)")
        print_line(f"{'':<14}didtalk to process_before_response: {ours / rates[SERVER_KINDS[1], many]:.2f} (aim 0.5)")


async def main() -> None:
    """The whole report."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    core = cores[-1] if len(cores) > 1 else None
    if core is not None:
        os.sched_setaffinity(0, set(cores[:-1]))
    with tempfile.TemporaryDirectory() as folder:
        rates: dict[tuple[str, int], list[float]] = {
            (kind, many): [] for kind in SERVER_KINDS for many in CALLER_COUNTS
        }
        sent = 0
        for _ in range(ROUND_COUNT):
            for kind in SERVER_KINDS:
                with running_server(kind, folder, core) as url:
                    before, sent = sent, sent + await measure_server(url, sent, rates, kind)
                if kind != "didtalk":
                    sent = before
        print_comparison({key: sorted(each)[len(each) // 2] for key, each in rates.items()})
        for kind in SERVER_KINDS:
            with running_server(kind, folder, core) as url:
                await measure_rate(url, sent, 200, 4)
                took = await measure_latency(url, sent + 200, STEADY_COMMANDS_PER_SECOND, STEADY_SECONDS)
                sent += (200 + STEADY_COMMANDS_PER_SECOND * STEADY_SECONDS) if kind == "didtalk" else 0
            mid, high = took[len(took) // 2], took[len(took) * 99 // 100]
            print_line(
                f"{kind:<34} at {STEADY_COMMANDS_PER_SECOND}/s: median {mid:6.2f} ms   p99 {high:6.2f} ms   most "
                f"{took[-1]:6.2f} ms"
            )
        jobs, gestures = await count_jobs(folder)
        print_line(f"sent {sent:,}, kept {jobs:,}, twice {jobs - gestures}, missing {sent - gestures}")
        if (jobs, gestures) != (sent, sent):
            sys.exit("Not every command was kept exactly once.")


if __name__ == "__main__":
    uvloop.run(serve_kind(*sys.argv[2:]) if sys.argv[1:2] == ["serve"] else main())
