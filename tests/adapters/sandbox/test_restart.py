"""Nothing accepted is forgotten, and no folder serves two."""

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from adapters.sandbox import FolderTaken, Sandbox
from adapters.sandbox.render.order import RenderedVideo, RenderOrder
from adapters.sandbox.request_bodies import NotAForm, parse_form
from tests.adapters.sandbox.sandbox_harness import (
    HELLO_SCRIPT,
    SANDBOX_AUTH,
    SandboxHarness,
    WebhookReceiver,
    sandbox_harness,
)
from tests.fakes.clock import ManualClock

STANDALONE_SCRIPT = """
import asyncio, sys
from pathlib import Path
from adapters.sandbox import Sandbox, serve

async def main():
    async with Sandbox(Path(sys.argv[1]), instant=True, hooks_to=sys.argv[2]) as sandbox, serve(sandbox) as url:
        print(url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@asynccontextmanager
async def standalone_sandbox(folder: Path, hooks_to: str):  # type: ignore[no-untyped-def]
    """A sandbox in a process of its own, killed at the end without a word."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STANDALONE_SCRIPT, str(folder), hooks_to, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(15):
            yield (await process.stdout.readline()).decode().strip()
    finally:
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]


@pytest.mark.slow
async def test_a_killed_sandbox_finishes_what_it_accepted(tmp_path: Path) -> None:
    """Killed in the middle of its renders and started again: each job ends, is told of, and was charged once."""
    hook = {"webhook": "https://bot.invalid/h"}
    async with WebhookReceiver.listen() as receiver:
        async with (
            standalone_sandbox(tmp_path, receiver.url) as url,
            httpx.AsyncClient(base_url=url, auth=SANDBOX_AUTH) as client,
        ):
            slow = {"script": HELLO_SCRIPT | {"input": "Hello [fault:slow=2]"}} | hook
            answers = [await client.post("/talks", json=slow) for _ in range(6)]
            ids = [answer.json()["id"] for answer in answers]
            done = await client.post("/talks", json={"script": HELLO_SCRIPT} | hook)
            await receiver.wait_for_count(1)
            link = (await client.get(f"/talks/{done.json()['id']}")).json()["result_url"]
        async with (
            standalone_sandbox(tmp_path, receiver.url) as url,
            httpx.AsyncClient(base_url=url, auth=SANDBOX_AUTH) as client,
        ):
            await receiver.wait_for_count(7)
            assert sorted(body["id"] for _, body in receiver.received) == sorted([*ids, done.json()["id"]])
            assert all(body["result_url"].startswith(url) for _, body in receiver.received[1:])
            ledger = (await client.get("/sandbox/ledger")).json()
            assert [line["job"] for line in ledger["charges"]] == [*ids, done.json()["id"]]
            moved = str(httpx.URL(link).copy_with(port=httpx.URL(url).port))
            assert (await client.get(moved)).status_code == 200


async def test_another_process_on_the_folder_is_refused(tmp_path: Path) -> None:
    """The folder is locked for the whole machine, not only within one program."""
    async with Sandbox(tmp_path, instant=True):
        command = (sys.executable, "-c", STANDALONE_SCRIPT, str(tmp_path), "http://127.0.0.1:9")
        second = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
        try:
            _, told = await asyncio.wait_for(second.communicate(), 10)
        finally:
            if second.returncode is None:
                second.kill()
    assert second.returncode == 1
    assert b"FolderTaken: another sandbox is using" in told


class GatedRenderer:
    """A renderer that holds every render until the gate opens, and counts how many stand before it."""

    def __init__(self) -> None:
        self.released = asyncio.Event()
        self.rendering = self.most_rendering = 0

    async def render(self, order: RenderOrder) -> RenderedVideo:
        self.rendering += 1
        self.most_rendering = max(self.most_rendering, self.rendering)
        try:
            await self.released.wait()
        finally:
            self.rendering -= 1
        await asyncio.to_thread(order.out.write_bytes, b"film")
        return RenderedVideo(order.out, None, 1.0, 8, 8, 25, 25.0)


async def test_only_so_many_render_at_once(tmp_path: Path) -> None:
    """The rest wait as rows; all end."""
    gate = GatedRenderer()
    async with sandbox_harness(tmp_path, renderer=gate, renders=3) as b:
        ids = [(await b.post_json("/talks", {"script": HELLO_SCRIPT})).json()["id"] for _ in range(10)]
        states = [talk["status"] for talk in (await b.get_json("/talks"))["talks"]]
        assert (states.count("started"), states.count("created")) == (3, 7)
        gate.released.set()
        for job_id in ids:
            assert (await b.wait_until_ended("/talks", job_id))["status"] == "done"
    assert gate.most_rendering == 3


async def test_a_render_cut_off_by_closing_is_done_after_reopening(tmp_path: Path) -> None:
    """Closing does not wait for renders; opening takes them up."""
    async with sandbox_harness(tmp_path, renderer=GatedRenderer()) as b:
        job = (await b.post_json("/talks", {"script": HELLO_SCRIPT})).json()
        await b.wait_for_status(f"/talks/{job['id']}", "started")
        clock = b.clock
    async with sandbox_harness(tmp_path, clock=clock) as b:
        assert (await b.wait_until_ended("/talks", job["id"]))["status"] == "done"
        assert len(await b.sandbox.ledger()) == 1


class BrokenRenderer:
    """A renderer with a fault of its own."""

    async def render(self, order: RenderOrder) -> RenderedVideo:
        raise RuntimeError("out of paint")


async def test_a_broken_renderer_ends_the_job_not_the_sandbox(tmp_path: Path) -> None:
    """The job ends in UnknownError, without the renderer's own words, and the next is taken."""
    async with sandbox_harness(tmp_path, renderer=BrokenRenderer()) as b:
        for _ in range(3):
            job = await b.make_video("/talks", {"script": HELLO_SCRIPT})
            assert job["error"]["kind"] == "UnknownError"
            assert "paint" not in str(job)


async def test_two_sandboxes_on_one_folder_are_refused(tmp_path: Path) -> None:
    """The second says why; once the first is closed the folder is free."""
    async with Sandbox(tmp_path, instant=True):
        with pytest.raises(FolderTaken, match="another sandbox"):
            await Sandbox(tmp_path, instant=True).__aenter__()
    async with Sandbox(tmp_path, instant=True):
        pass


async def test_a_full_disk_accepts_nothing_by_halves(b: SandboxHarness) -> None:
    """While nothing can be written, calls fail, jobs in work wait, and job and charge stay together."""
    rows = b.sandbox.context.database
    await rows.execute(
        "PRAGMA max_page_count = 1"
    )  # SQLite rounds it up to what is in use, so no page more is to be had
    async with asyncio.timeout(10):
        while (await b.post_json("/talks", {"script": HELLO_SCRIPT, "user_data": "x" * 900})).status_code == 201:
            pass
    await rows.execute("PRAGMA max_page_count = 100000")
    assert (await b.post_json("/talks", {"script": HELLO_SCRIPT})).status_code == 201
    talks = (await b.get_json("/talks"))["talks"]
    for talk in talks:
        assert (await b.wait_until_ended("/talks", talk["id"]))["status"] == "done"
    assert sorted(charge.job for charge in await b.sandbox.ledger()) == sorted(talk["id"] for talk in talks)
    assert (await b.get_json("/sandbox/ledger"))["spent"] == len(talks)


@pytest.mark.slow
async def test_three_hundred_jobs_at_once(tmp_path: Path) -> None:
    """A crowd is served: all accepted, all ended, each charged once."""
    async with sandbox_harness(tmp_path, clock=ManualClock()) as b:
        twenty = asyncio.Semaphore(20)  # httpcore's pool needs quadratic time for requests that wait inside it

        async def ask_for_talk() -> httpx.Response:
            async with twenty:
                return await b.post_json("/talks", {"script": HELLO_SCRIPT})

        answers = await asyncio.gather(*(ask_for_talk() for _ in range(300)))
        assert {answer.status_code for answer in answers} == {201}
        for answer in answers:
            await b.wait_until_ended("/talks", answer.json()["id"])
        assert len({charge.job for charge in await b.sandbox.ledger()}) == 300


def test_forms_are_taken_apart() -> None:
    """Quoted names, binary content with line ends in it, and a last line without its fence."""
    body = (
        b'--q\r\nContent-Disposition: form-data; name="a"; filename="x \\"y\\".png"\r\nContent-Type: image/png\r\n\r\n'
        b"\r\n--\x00\r\n\r\n--q\r\ncontent-disposition: form-data; name=b\r\n\r\ntrue\r\n--q--\r\n"
    )
    found = parse_form('multipart/form-data; boundary="q"', body)
    assert (found["a"].filename, found["a"].content_type, found["a"].data) == (
        'x "y".png',
        "image/png",
        b"\r\n--\x00\r\n",
    )
    assert found["b"].text == "true"
    for kind, broken in (
        ("text/plain", body),
        ("multipart/form-data; boundary=z", body),
        ("multipart/form-data; boundary=q", body[:-4]),
    ):
        with pytest.raises(NotAForm):
            parse_form(kind, broken)
