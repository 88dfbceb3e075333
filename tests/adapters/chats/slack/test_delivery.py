"""The video is in the thread once, whatever breaks; and what cannot be delivered is said plainly."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.job import Job, Stage
from tests.adapters.chats.slack.conftest import SlackHarness, wait_for_jobs, wait_until
from tests.fakes.slack.server import SlackServer
from tests.fakes.slack.user import FakeSlackUser


@asynccontextmanager
async def running_process(folder: Path, slack: SlackServer) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The app in a process of its own."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.adapters.chats.slack.slack_process",
        str(folder),
        slack.url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert running.stdout
        async with asyncio.timeout(20):
            while not (line := (await running.stdout.readline()).decode()).startswith("http"):
                assert line
        yield running, line.strip()
    finally:
        if running.returncode is None:
            running.send_signal(signal.SIGKILL)
        await running.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("method", ["files.completeUploadExternal", "chat.postMessage"])
async def test_killed_while_posting_it_is_posted_once(tmp_path: Path, slack: SlackServer, method: str) -> None:
    """Slack had it, we never heard so, and there was no time to write anything down."""
    slack.fail_next(method, "silence")
    async with running_process(tmp_path, slack) as (running, url):
        ana = FakeSlackUser(slack, url, time.time)
        async with ana.client:
            assert (await ana.run_command("Welcome aboard!")).status_code == 200
        async with asyncio.timeout(10):
            await slack.silence_reached.wait()
        running.send_signal(signal.SIGKILL)
    async with running_process(tmp_path, slack):
        await wait_until(lambda: slack.videos() and "AI-generated" in slack.card_messages()[0]["text"], 15)
        await asyncio.sleep(0.3)
    assert len(slack.videos()) == 1
    assert len(slack.card_messages()) == 1


async def test_a_card_is_found_among_many_messages(walk: SlackHarness, slack: SlackServer) -> None:
    """Its answer was lost, and much was said meanwhile."""
    slack.page_size = 2
    slack.fail_next("chat.postMessage", "lost")
    for n in range(7):
        slack.post_message("C1", f"chatter {n}")
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
        await wait_until(lambda: "AI-generated" in slack.card_messages()[0]["text"])
    assert len(slack.card_messages()) == len(slack.videos()) == 1


@pytest.mark.parametrize("fault", [429, 500, "hang_up", "lost", "missing_scope"])
async def test_a_first_card_that_failed_is_there_before_the_video(
    walk: SlackHarness, slack: SlackServer, fault: Any
) -> None:
    """However quick the studio is: the video stands in its card's thread."""
    slack.fail_next("chat.postMessage", fault, *([fault] if fault == "missing_scope" else []))  # the asker's own too
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        (job,) = await wait_for_jobs(app)
        await wait_until(lambda: "AI-generated" in slack.card_messages()[0]["text"])
    (card,) = slack.card_messages()
    assert job.card_message == f"C1/{card['ts']}"
    assert [(where, thread) for where, thread, _ in slack.videos()] == [("C1", card["ts"])]


async def test_a_card_that_was_certainly_not_posted_leaves_no_doubt(walk: SlackHarness, slack: SlackServer) -> None:
    """Slack was busy, and its history is closed to us: nobody is told of a second card."""
    slack.declined_methods = {"conversations.history"}
    slack.fail_next("chat.postMessage", 429)
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
        await wait_until(lambda: "AI-generated" in slack.card_messages()[0]["text"])
    assert len(slack.card_messages()) == 1
    assert not any("second card for it" in text for _, text in slack.text_history)


@pytest.mark.parametrize("trouble", ["lost", "hang_up", "internal_error", "ratelimited", 503])
async def test_a_look_for_the_card_that_fails_is_taken_again(
    walk: SlackHarness, slack: SlackServer, trouble: Any
) -> None:
    """Slack's bad moment is not a closed history: no second card is posted on it."""
    slack.fail_next("chat.postMessage", "lost")
    slack.fail_next("conversations.history", trouble, trouble)
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
        await wait_until(lambda: "AI-generated" in slack.card_messages()[0]["text"])
    assert len(slack.card_messages()) == len(slack.videos()) == 1


@pytest.mark.slow
async def test_where_history_is_closed_a_second_card_says_so(walk: SlackHarness, slack: SlackServer) -> None:
    """Whether the first one stands cannot be known; the video comes once all the same."""
    slack.declined_methods = {"conversations.history"}
    slack.fail_next("chat.postMessage", "lost")
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
        await wait_until(lambda: "AI-generated" in slack.card_messages()[-1]["text"])
    assert len(slack.card_messages()) == 2
    assert sum("second card for it" in text for _, text in slack.text_history) == 1
    assert len(slack.videos()) == 1


@pytest.mark.parametrize("hidden", [0, 3])
async def test_a_lost_answer_is_looked_for(walk: SlackHarness, slack: SlackServer, hidden: int) -> None:
    """Even when Slack takes its time to say where the file is."""
    slack.fail_next("files.completeUploadExternal", "lost")
    async with walk.running() as (app, ana):
        upload = slack.do_files_getuploadurlexternal

        def slowly(args: dict[str, Any]) -> dict[str, Any]:
            said = upload(args)
            slack.files[said["file_id"]].looks_without_share = hidden
            return said

        slack.do_files_getuploadurlexternal = slowly  # type: ignore[method-assign]
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
        await wait_until(lambda: "AI-generated" in slack.card_messages()[0]["text"])
    assert len(slack.videos()) == 1


@pytest.mark.parametrize("refusal", ["access_denied", "missing_scope", "method_not_supported_for_channel_type"])
async def test_a_look_that_is_refused_proves_no_absence(walk: SlackHarness, slack: SlackServer, refusal: str) -> None:
    """Only a file that is not there was never posted; whatever else Slack answers, we look again."""
    slack.fail_next("files.completeUploadExternal", "lost")
    slack.fail_next("files.info", refusal)
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
    assert len(slack.videos()) == 1


@pytest.mark.slow
async def test_a_file_that_never_appears_is_deleted_before_another_is_posted(
    walk: SlackHarness, slack: SlackServer
) -> None:
    """Doubt ends by making sure."""
    slack.fail_next("files.completeUploadExternal", "lost")
    async with walk.running() as (app, ana):
        upload, made = slack.do_files_getuploadurlexternal, []

        def never(args: dict[str, Any]) -> dict[str, Any]:
            said = upload(args)
            made.append(said["file_id"])
            slack.files[said["file_id"]].looks_without_share = 10_000 if len(made) == 1 else 0
            return said

        slack.do_files_getuploadurlexternal = never  # type: ignore[method-assign]
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
    assert made[0] not in slack.files
    assert len(slack.videos()) == 1


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("files.getUploadURLExternal", 429),
        ("files.getUploadURLExternal", "invalid_auth"),
        ("files.completeUploadExternal", "ratelimited"),
        ("files.completeUploadExternal", "hang_up"),
        ("files.completeUploadExternal", 500),
        ("chat.postMessage", "internal_error"),
        ("chat.postMessage", "invalid_auth"),
    ],
)
async def test_slack_may_stumble(walk: SlackHarness, slack: SlackServer, method: str, fault: Any) -> None:
    """Tried again after the pause Slack asked for; once posted, never again."""
    slack.fail_next(method, fault)
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        walk.clock.offset_seconds = 0.0
        if fault == "invalid_auth":
            await asyncio.sleep(0.3)
            walk.clock.offset_seconds = 1200.0  # somebody installs it again after a while
        await wait_for_jobs(app)
        await wait_until(lambda: slack.card_messages() and "AI-generated" in slack.card_messages()[0]["text"])
    assert len(slack.videos()) == 1
    assert len(slack.card_messages()) == 1


async def test_where_the_bot_is_not_the_asker_gets_it(walk: SlackHarness, slack: SlackServer) -> None:
    """With the words that would let it in."""
    slack.closed_channels = {"C1"}
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await wait_for_jobs(app)
        assert [where for where, _, _ in slack.videos()] == ["D1"]
        assert any("/invite @didtalk" in text for _, text in slack.text_history)


async def test_what_may_not_be_uploaded_is_linked(walk: SlackHarness, slack: SlackServer) -> None:
    """With how long the link is good, and the asker called."""
    walk.settings = {"public_url": "https://didtalk.example"}
    slack.fail_next("files.getUploadURLExternal", "file_uploads_disabled")
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        (job,) = await wait_for_jobs(app)
        (card,) = slack.card_messages()
        assert "uploads are turned off" in card["text"]
        assert "https://didtalk.example/media/" in card["text"]
        await wait_until(lambda: any(text.startswith("<@U1>") for _, text in slack.text_history))
        assert job.video_message == job.card_message


async def test_without_an_address_that_is_a_reason(walk: SlackHarness, slack: SlackServer) -> None:
    """The job ends, and its asker is called."""
    slack.fail_next("files.getUploadURLExternal", "file_uploads_disabled")
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        (job,) = await wait_for_jobs(app, "failed")
        assert "can't upload this video here" in (job.reason or "")
        await wait_until(lambda: any(text.startswith("<@U1>") for _, text in slack.text_history))


async def test_a_deleted_card_holds_nothing_up(walk: SlackHarness, slack: SlackServer) -> None:
    """Somebody tidied the channel meanwhile."""
    walk.studio.finish_at_once = False
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard!")
        await wait_until(slack.card_messages)
        card = slack.card_messages()[0]
        slack.messages["C1"].remove(card)
        walk.studio.finished_tickets.update(["t1"])
        walk.studio.finish_at_once = True
        (job,) = await wait_for_jobs(app)
        assert job.stage is Stage.DELIVERED
    assert len(slack.videos()) == 1


async def test_captions_come_with_the_video(walk: SlackHarness, slack: SlackServer) -> None:
    """In the same message; and where they cannot be had the video comes alone."""

    async def fetch(job: Job, video: Path, captions: Path) -> bool:
        await asyncio.to_thread(video.write_bytes, b"a video")
        await asyncio.to_thread(captions.write_text, "1\n00:00:00,000 --> 00:00:01,000\nHello\n")
        return True

    walk.studio.fetch = fetch  # type: ignore[method-assign]
    async with walk.running() as (app, ana):
        await ana.run_command("Welcome aboard! --subtitles")
        await wait_for_jobs(app)
        assert [slack.files[each["id"]].name[-4:] for each in slack.messages["C1"][1]["files"]] == [".mp4", ".srt"]
        slack.fail_next("files.getUploadURLExternal", None, "blocked_file_type")
        await ana.run_command("Welcome aboard! --subtitles")
        await wait_for_jobs(app, count=2)
    assert len(slack.videos()) == 3
