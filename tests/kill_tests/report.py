"""The page that tells what was counted: `docs/promises.md`, written by `make chaos` and by nobody else."""

import os
import platform
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

from bot.runtime.leases import LEASE_SECONDS
from tests.fault_injection.network_faults import NETWORK_FAULTS
from tests.kill_tests.load import LoadResult
from tests.kill_tests.sweep import SweepResult
from tests.kill_tests.verdict import PromiseVerdict

TABLE_HEAD = "| | kills | asked | accepted | delivered | failed, with reason | cancelled | **lost** | **paid twice** \
| **posted twice** |"
TABLE_RULE = "| --- |" + " ---: |" * 9


@dataclass
class Results:
    """All that one run of the harness found."""

    command: str
    sweeps: list[SweepResult] = field(default_factory=list)
    loads: list[LoadResult] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def parts(self) -> list[SweepResult | LoadResult]:
        """Whatever was counted by itself."""
        return [*self.sweeps, *self.loads]

    @property
    def total(self) -> PromiseVerdict:
        """All of them as one."""
        whole = PromiseVerdict()
        for each in self.parts:
            whole.add(each.verdict)
        return whole

    @property
    def kill_count(self) -> int:
        """How often a process was killed."""
        return sum(each.kill_count for each in self.parts)

    @property
    def faults(self) -> Counter[str]:
        """How often each kind of fault was asked for."""
        return sum((each.faults for each in self.loads), Counter[str]())


def render_page(results: Results) -> str:
    """The whole page."""
    parts = (
        _render_opening(results),
        _render_table(results),
        _render_recovery(results),
        _render_faults(results.faults),
        _render_coverage(),
        _render_violations(results),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _render_opening(results: Results) -> str:
    whole = results.total
    day = datetime.now(UTC).strftime("%d %B %Y")
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    return (
        "# The three promises, counted\n\n"
        "Nothing accepted is lost, nothing is paid twice, nothing is posted twice. This page is written by\n"
        f"`{results.command}` and by nobody else; last on {day}, in {results.seconds / 60:.0f} minutes on {machine}."
        "\n\n"
        f"**{whole.asked:,} requests, {results.kill_count:,} kills, {len(results.faults)} kinds of fault:"
        f" {whole.lost} lost, {whole.paid_twice} paid twice, {whole.posted_twice} posted twice.**"
    )


def _render_table(results: Results) -> str:
    rows = [TABLE_HEAD, TABLE_RULE]
    rows += [_render_row(each.scenario.name, each.kill_count, each.verdict) for each in results.sweeps]
    rows += [_render_row(each.name, each.kill_count, each.verdict) for each in results.loads]
    rows.append(_render_row("**all**", results.kill_count, results.total))
    return "\n".join(rows)


def _render_row(name: str, kills: int, v: PromiseVerdict) -> str:
    counts = (kills, v.asked, v.accepted, v.delivered, v.failed, v.cancelled, v.lost, v.paid_twice, v.posted_twice)
    return f"| {name} | " + " | ".join(f"{count:,}" for count in counts) + " |"


def _render_recovery(results: Results) -> str:
    lines = ["## How long it takes after a kill", ""]
    if slowest := max(results.sweeps, key=lambda each: each.slowest_seconds, default=None):
        lines.append(
            f"* Killed at one step, the slowest run had nothing left to do {slowest.slowest_seconds:.1f} s after "
            "the restart"
            f" ({slowest.scenario.name}, killed {slowest.slowest_at}), its render included."
        )
    lines += [_render_takeover(each) for each in results.loads if each.recovery_seconds]
    points = sum(each.point_count for each in results.sweeps)
    struck = sum(each.points_hit for each in results.sweeps)
    lines.append(
        f"* {points:,} moments before or after a step were found, and {struck:,} of them were reached again in their"
        " own run and struck. The others come and go with timing, such as one more look at a render."
    )
    return "\n".join(lines)


def _render_takeover(load: LoadResult) -> str:
    """How long jobs in hand at a kill were in nobody's hands."""
    hold = f", where a hold lasts {LEASE_SECONDS:.0f} s" if load.plan.bot_count > 1 else ""
    return (
        f"* {load.name}: {len(load.recovery_seconds):,} jobs were in hand when a process was killed. Half of "
        "them were so"
        f" again within {median(load.recovery_seconds):.1f} s, the slowest after "
        f"{max(load.recovery_seconds):.1f} s{hold}."
    )


def _render_faults(faults: Counter[str]) -> str:
    if not faults:
        return ""
    lines = {name: count for name, count in faults.most_common() if name in NETWORK_FAULTS}
    jobs = {name: count for name, count in faults.most_common() if name not in NETWORK_FAULTS}
    return (
        "## Kinds of fault\n\nOn the lines between the bot and studios and chats, by the call: "
        f"{_list_counts(lines)}.\n\nDone by the studio, by the job: {_list_counts(jobs)}."
    )


def _list_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.items())


def _render_coverage() -> str:
    return COVERAGE_TEXT


COVERAGE_TEXT = """\
## What this covers, and what it does not

* **Kill at every step**: one run is watched; each transaction, each file made durable, and each HTTP call to studio or
  chat that it makes is a point. Then the story is told again for either side of each point, with SIGKILL there, and
  the bot is started again. "Before" a write is after its statements and before its commit; "before" a call is a call
  that was begun and never arrived; "after" is one that was done and whose answer never came. What repeats, such as
  polling, is killed at its first two times. A SIGKILL loses no data of the operating system: power cuts are the
  database's own promise (`synchronous=FULL`) and are not played here. Sends over websockets are no points.
* **Load**: people ask as fast as they may while the bot is killed at random moments, the studio misbehaves, and every
  line to it and to the chat fails now and then; then they wait in peace. A job may only fail when its studio was told
  to fail it: trouble on a line alone must never show.
* **Counted from outside**: charges from the sandbox's books, by the marker on each; videos, cards and notices from what
  the chats show; the database is read only to say which job a marker belongs to and whether anything is still to be
  done. "Accepted" means that the chat saw a yes: an answer of the page, an acknowledged command or event. A gesture
  that was cut off before its yes is asked for again and counted twice as asked.
* **The studios and chats are stand-ins**: the sandbox speaks D-ID's and HeyGen's APIs, and local servers speak Slack's
  and Discord's. The sandbox paints one tiny video for everything here, so nothing is said about rendering.
* **Quicker than life**: D-ID's gateway may take 29 s to give up on a call, so the bot waits 35 s after a lost paid call
  before it believes that there was none. Here that wait is one second, because the sandbox answers at once or never.
* HeyGen v2 shows no marks in its list, so a lost call is looked for by asking for each newer video; with more than a
  hundred newer ones a job in doubt ends with a reason instead. v2 is therefore killed at every step, but not under
  load."""


def _render_violations(results: Results) -> str:
    wrong = [f"* {line}" for line in results.total.violations]
    return "\n".join(("## What went wrong", "", *wrong)) if wrong else ""
