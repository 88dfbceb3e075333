"""Every kind of fault between us and a studio, at every call: delivered, paid for once, posted once."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from bot.app import App
from bot.jobs.job import Job
from tests.fault_injection.fault_proxy import FaultRule
from tests.fault_injection.network_faults import NETWORK_FAULTS
from tests.fault_injection.whole_bot import (
    DOWNLOAD_PATHS,
    STATUS_PATHS,
    SUBMIT_PATHS,
    UPLOAD_PATHS,
    WholeBot,
    open_whole_bot,
    wait_until,
)

GOOD_OUTCOME = ("delivered", 1, 1)  # how it ended, how often it was paid for, how often it was posted


async def count_outcomes(at: WholeBot, app: App, jobs: dict[str, Job]) -> dict[str, tuple[str, int, int]]:
    """How the job of each kind of fault came out, counted from outside."""
    ended = dict(
        zip(jobs, await asyncio.gather(*(at.wait_until_ended(app, job, 40) for job in jobs.values())), strict=True)
    )
    paid, posted = Counter(await at.paid_markers()), Counter(job for job, _ in at.chat.videos)
    return {kind: (job.reason or job.stage.value, paid[job.marker], posted[job.id]) for kind, job in ended.items()}


@pytest.mark.slow
@pytest.mark.parametrize("which", SUBMIT_PATHS)
async def test_a_fault_of_the_paid_call_costs_nobody_anything(tmp_path: Path, which: str) -> None:
    """Whatever becomes of the one call that is paid for, thirty ways at once: one charge, one video for each."""
    async with open_whole_bot(tmp_path, which) as at, at.running() as app:
        texts = {kind: f"Hello, this is about {kind}, of course." for kind in NETWORK_FAULTS}
        for kind, fault in NETWORK_FAULTS.items():
            at.proxy.inject_fault(fault, method="POST", path=SUBMIT_PATHS[which], body=f" {kind}, of course".encode())
        asked = {kind: await at.ask(app, text) for kind, text in texts.items()}
        assert await count_outcomes(at, app, asked) == dict.fromkeys(NETWORK_FAULTS, GOOD_OUTCOME)
        assert {rule.fault.name for rule in at.proxy.rules if rule.hit_count == 1} == set(NETWORK_FAULTS)
        assert app.engine.busy_slots == 0


@pytest.mark.slow
@pytest.mark.parametrize("which", SUBMIT_PATHS)
async def test_a_fault_of_a_free_call_only_costs_time(tmp_path: Path, which: str) -> None:
    """Uploads, looks and downloads are tried again, whichever of thirty ways they go wrong, many at once."""
    async with open_whole_bot(tmp_path, which) as at, at.running() as app:
        points = (
            (STATUS_PATHS[which],) if which == "v2" else (UPLOAD_PATHS[which], STATUS_PATHS[which])
        )  # v2 has room for few photos
        rules = [at.proxy.inject_fault(fault, path=path) for path in points for fault in NETWORK_FAULTS.values()]
        # Silence in a download is waited for by the world's time; `test_http` has that.
        rules += [
            at.proxy.inject_fault(fault, path=DOWNLOAD_PATHS)
            for kind, fault in NETWORK_FAULTS.items()
            if fault.ending != "silence"
        ]
        asked: dict[str, Job] = {}

        async def all_struck() -> bool:
            if len(asked) < 2 * len(NETWORK_FAULTS):
                text = f"Hello for the {len(asked)}th time."
                asked[text] = await at.ask(app, text, *(() if which == "v2" else (await at.new_picture(app),)))
            return all(rule.hit_count for rule in rules)

        await wait_until(all_struck, 120, lambda: _unhit_rules(rules))
        assert await count_outcomes(at, app, asked) == dict.fromkeys(asked, GOOD_OUTCOME)
        assert all(looks_like_video(video) for _, video in at.chat.videos)


@pytest.mark.slow
@pytest.mark.parametrize("which", SUBMIT_PATHS)
async def test_a_page_that_says_not_found_ends_no_job(tmp_path: Path, which: str) -> None:
    """Only the studio itself can say that it has a job no longer."""
    async with open_whole_bot(tmp_path, which) as at, at.running() as app:
        at.proxy.inject_fault(NETWORK_FAULTS["page not found"], path=STATUS_PATHS[which], times=2)
        assert await count_outcomes(at, app, {"one": await at.ask(app)}) == {"one": GOOD_OUTCOME}


async def _unhit_rules(rules: list[FaultRule]) -> list[str]:
    return [f"{rule.fault.name} at {rule.path.pattern}" for rule in rules if not rule.hit_count]


def looks_like_video(content: bytes) -> bool:
    """Not a page about one, nor half of one."""
    return content[4:8] == b"ftyp" and content.count(b"moov") == 1 and len(content) > 1000
