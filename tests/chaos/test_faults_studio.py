"""Every kind of fault between us and a studio, at every call: delivered, paid for once, posted once."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from bot.app import App
from bot.jobs.job import Job
from tests.chaos.faults import WIRE
from tests.chaos.house import DOWNLOADS, LOOKS, STUDIOS, SUBMITS, UPLOADS, House, house, until
from tests.chaos.proxy import Rule

WELL = ("delivered", 1, 1)  # how it ended, how often it was paid for, how often it was posted


async def outcomes(at: House, app: App, jobs: dict[str, Job]) -> dict[str, tuple[str, int, int]]:
    """How the job of each kind of fault came out, counted from outside."""
    ended = dict(zip(jobs, await asyncio.gather(*(at.ended(app, job, 40) for job in jobs.values())), strict=True))
    paid, posted = Counter(await at.markers()), Counter(job for job, _ in at.chat.videos)
    return {kind: (job.reason or job.stage.value, paid[job.marker], posted[job.id]) for kind, job in ended.items()}


@pytest.mark.parametrize("which", STUDIOS)
async def test_a_fault_of_the_paid_call_costs_nobody_anything(tmp_path: Path, which: str) -> None:
    """Whatever becomes of the one call that is paid for, thirty ways at once: one charge, one video for each."""
    async with house(tmp_path, which) as at, at.running() as app:
        texts = {kind: f"Hello, this is about {kind}, of course." for kind in WIRE}
        for kind, fault in WIRE.items():
            at.proxy.suffer(fault, method="POST", path=SUBMITS[which], body=f" {kind}, of course".encode())
        asked = {kind: await at.ask(app, text) for kind, text in texts.items()}
        assert await outcomes(at, app, asked) == dict.fromkeys(WIRE, WELL)
        assert {rule.fault.name for rule in at.proxy.rules if rule.struck == 1} == set(WIRE)
        assert app.engine.in_hand == 0


@pytest.mark.parametrize("which", STUDIOS)
async def test_a_fault_of_a_free_call_only_costs_time(tmp_path: Path, which: str) -> None:
    """Uploads, looks and downloads are tried again, whichever of thirty ways they go wrong, many at once."""
    async with house(tmp_path, which) as at, at.running() as app:
        points = (LOOKS[which],) if which == "v2" else (UPLOADS[which], LOOKS[which])  # v2 has room for few photos
        rules = [at.proxy.suffer(fault, path=path) for path in points for fault in WIRE.values()]
        # Silence in a download is waited for by the world's time; `test_http` has that.
        rules += [at.proxy.suffer(fault, path=DOWNLOADS) for kind, fault in WIRE.items() if fault.ending != "silence"]
        asked: dict[str, Job] = {}

        async def all_struck() -> bool:
            if len(asked) < 2 * len(WIRE):
                text = f"Hello for the {len(asked)}th time."
                asked[text] = await at.ask(app, text, *(() if which == "v2" else (await at.picture(app),)))
            return all(rule.struck for rule in rules)

        await until(all_struck, 120, lambda: _left(rules))
        assert await outcomes(at, app, asked) == dict.fromkeys(asked, WELL)
        assert all(looks_like_film(video) for _, video in at.chat.videos)


@pytest.mark.parametrize("which", STUDIOS)
async def test_a_page_that_says_not_found_ends_no_job(tmp_path: Path, which: str) -> None:
    """Only the studio itself can say that it has a job no longer."""
    async with house(tmp_path, which) as at, at.running() as app:
        at.proxy.suffer(WIRE["page not found"], path=LOOKS[which], times=2)
        assert await outcomes(at, app, {"one": await at.ask(app)}) == {"one": WELL}


async def _left(rules: list[Rule]) -> list[str]:
    return [f"{rule.fault.name} at {rule.path.pattern}" for rule in rules if not rule.struck]


def looks_like_film(content: bytes) -> bool:
    """Not a page about one, nor half of one."""
    return content[4:8] == b"ftyp" and content.count(b"moov") == 1 and len(content) > 1000
