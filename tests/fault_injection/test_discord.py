"""Every kind of fault between us and Discord: each job is one message, and it holds the video."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.chats.discord.chat import DiscordChat
from bot.app import open_app
from bot.jobs.job import JobFilter
from bot.settings import DiscordSettings, Settings
from tests.adapters.chats.discord.discord_harness import FileTakingStudio, make_photo, no_transcoding
from tests.fakes.clock import FastClock
from tests.fakes.discord.people import FakeDiscord
from tests.fakes.discord.server import TOKEN
from tests.fault_injection.fault_proxy import running_proxy
from tests.fault_injection.network_faults import NETWORK_FAULTS
from tests.fault_injection.whole_bot import wait_until

# Silence is waited for by the world's time, and the library itself waits out what says "too many" without its headers.
DISCORD_FAULTS = {
    kind: fault for kind, fault in NETWORK_FAULTS.items() if fault.ending != "silence" and "too many" not in kind
}
DISCORD_STEPS = {
    "edit": ("PATCH", r"/messages/"),
    "acknowledgement": ("POST", r"/callback"),
    "file": ("GET", r"^/attachments/"),
}


@pytest.mark.parametrize("kind", ["web page", "half JSON", "empty", "answer lost", "bad gateway", "garbage"])
@pytest.mark.parametrize("path", [r"/users/@me$", r"/gateway/bot$"])
async def test_whatever_answers_the_first_log_in_the_bot_starts(tmp_path: Path, path: str, kind: str) -> None:
    """What cannot be understood at the start is no reason not to start: the next log-in comes by itself."""
    discord, clock = FakeDiscord(), FastClock()
    async with discord.running(), running_proxy(discord.url.removesuffix("/api/v10")) as proxy:
        chat = DiscordChat(DiscordSettings(bot_token=SecretStr(TOKEN), api_url=f"{proxy.url}/api/v10"), no_transcoding)
        rule = proxy.inject_fault(NETWORK_FAULTS[kind], method="GET", path=path)
        settings = Settings(_env_file=None, data_dir=tmp_path)
        async with (
            open_app(settings, chats=[chat], clock=clock, studios={"did": FileTakingStudio()}),
            asyncio.timeout(30),
        ):
            await discord.connected.wait()
    assert rule.hit_count == 1


@pytest.mark.slow
@pytest.mark.parametrize("step", DISCORD_STEPS)
async def test_each_step_may_go_wrong_in_every_way(tmp_path: Path, step: str) -> None:
    """A job for each kind: delivered, paid for once, one message, one video."""
    clock, studio = FastClock(), FileTakingStudio()
    discord = FakeDiscord(clock.now)
    method, path = DISCORD_STEPS[step]
    async with discord.running(), running_proxy(discord.url.removesuffix("/api/v10")) as proxy:
        chat = DiscordChat(DiscordSettings(bot_token=SecretStr(TOKEN), api_url=f"{proxy.url}/api/v10"), no_transcoding)
        there, discord.url = discord.url, f"{proxy.url}/api/v10"  # what it gives addresses of leads through the proxy
        settings = Settings(_env_file=None, data_dir=tmp_path)
        async with open_app(settings, chats=[chat], clock=clock, studios={"did": studio}) as app:
            await discord.connected.wait()
            rules = [proxy.inject_fault(fault, method=method, path=path) for fault in DISCORD_FAULTS.values()]
            for nth in range(len(DISCORD_FAULTS)):
                more: dict[str, Any] = (
                    {"image": discord.attach_file(600, make_photo(), "ana.png", "image/png")} if step == "file" else {}
                )
                await discord.run_command("didtalk", script=f"Hello number {nth}.", **more)

            async def all_told() -> bool:
                jobs = await app.jobs.list_jobs(JobFilter(limit=100))
                return len(jobs) == len(DISCORD_FAULTS) and all(job.ended and job.asker_notified for job in jobs)

            async def left() -> list[tuple[str, str | None]]:
                jobs = await app.jobs.list_jobs(JobFilter(limit=100))
                return [(job.stage.value, job.trouble) for job in jobs if not (job.ended and job.asker_notified)]

            await wait_until(all_told, 180, left)
            jobs = await app.jobs.list_jobs(JobFilter(limit=100))
        discord.url = there
        # A picture that comes down spoiled is not known to be so before it is looked at; it is refused, and not paid.
        spoiled = [job for job in jobs if job.reason]
        assert len(spoiled) == (2 if step == "file" else 0), [job.reason for job in spoiled]
        jobs = [job for job in jobs if job not in spoiled]
        assert {job.stage.value for job in jobs} == {"delivered"}
        assert Counter(studio.charged_markers) == Counter(job.marker for job in jobs)
        videos = Counter(video.rstrip(b".").removeprefix(b"a video of ").decode() for video in discord.videos())
        assert videos == Counter(job.marker for job in jobs)
        assert {rule.fault.name for rule in rules if not rule.hit_count} == set()
