"""The verdict, counted from outside: what was charged, what is shown, what is kept, and what people were told."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.people.person import Gesture, Seen
from tests.chaos.store import Kept


@dataclass
class Verdict:
    """What became of what was asked; the last three must be nought."""

    asked: int = 0
    accepted: int = 0  # the chat saw a yes
    delivered: int = 0
    failed: int = 0  # with a reason that the chat shows
    cancelled: int = 0
    lost: int = 0
    paid_twice: int = 0
    posted_twice: int = 0
    wrong: list[str] = field(default_factory=list)  # what is wrong, and with which job
    history: list[str] = field(default_factory=list)  # all that is known of those jobs

    @property
    def clean(self) -> bool:
        """Whether every promise was kept."""
        return not self.wrong

    def add(self, other: "Verdict") -> None:
        """Count another one in."""
        for name in ("asked", "accepted", "delivered", "failed", "cancelled", "lost", "paid_twice", "posted_twice"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.wrong += other.wrong
        self.history += other.history


@dataclass(frozen=True)
class Outside:
    """All that the verdict is counted from."""

    gestures: Sequence[Gesture]
    jobs: Sequence[Kept]
    charges: Mapping[str, int]
    seen: Mapping[str, Seen]
    notices: int = 0  # how many channels subscribed
    deleted: frozenset[str] = frozenset()  # jobs whose video was deleted on request
    ends: Sequence[int] = ()  # how the bot ended by itself


def judge(outside: Outside) -> Verdict:
    """Hold everything against the promises."""
    verdict = Verdict(asked=len(outside.gestures), accepted=sum(each.accepted for each in outside.gestures))
    verdict.wrong += [f"the bot ended by itself, with {code}" for code in outside.ends]
    owned = _by_gesture(outside.gestures, outside.jobs)
    for gesture in outside.gestures:
        _judge_gesture(verdict, gesture, owned[gesture.mark], outside)
    known = {job.id for jobs in owned.values() for job in jobs}
    for job in outside.jobs:
        if job.id not in known:
            _wrong(verdict, "paid_twice", f"{job.id}: nobody asked for this job")
    return verdict


def _by_gesture(gestures: Sequence[Gesture], jobs: Iterable[Kept]) -> dict[str, list[Kept]]:
    owned: dict[str, list[Kept]] = {each.mark: [] for each in gestures}
    known = {each.job: each.mark for each in gestures if each.job}
    for job in jobs:
        mark = known.get(job.id) or next(iter(re.findall(r"\bm[0-9a-f]{10}\b", job.words)), "")
        if mark in owned:
            owned[mark].append(job)
    return owned


def _judge_gesture(verdict: Verdict, gesture: Gesture, jobs: Sequence[Kept], outside: Outside) -> None:
    wanted = 1 + gesture.redone
    if gesture.accepted and len(jobs) < wanted:
        _wrong(verdict, "lost", f"“{gesture.text}” was accepted and is not kept")
    if len(jobs) > wanted:
        _wrong(verdict, "paid_twice", f"“{gesture.text}” became {len(jobs)} jobs: {[each.id for each in jobs]}")
    for job in jobs:
        if job.stage == "failed" and not gesture.may_fail:
            verdict.wrong.append(f"failed for no reason of the studio's: {job.id}: {job.body.get('reason')}")
        _judge_job(verdict, job, outside.seen.get(job.id, Seen()), outside)


def _judge_job(verdict: Verdict, job: Kept, seen: Seen, outside: Outside) -> None:
    _count_end(verdict, job, seen, job.id in outside.deleted)
    if (charges := outside.charges.get(job.marker, 0)) > 1:
        _wrong(verdict, "paid_twice", f"{job.id}: charged {charges} times")
    if job.stage == "delivered" and charges == 0:
        _wrong(verdict, "paid_twice", f"{job.id}: delivered and never charged, so the books do not tell all")
    if seen.videos > 1:
        _wrong(verdict, "posted_twice", f"{job.id}: {seen.videos} videos are shown")
    if seen.notices > outside.notices:
        _wrong(verdict, "posted_twice", f"{job.id}: {seen.notices} notices are shown")
    if outside.notices > seen.notices and job.stage in ("delivered", "failed"):
        _wrong(verdict, "lost", f"{job.id}: no notice is shown")


def _count_end(verdict: Verdict, job: Kept, seen: Seen, deleted: bool) -> None:
    match job.stage:
        case _ if job.waits:
            _wrong(verdict, "lost", f"{job.id}: still {job.stage}")
        case "delivered" if deleted and seen.videos:
            _wrong(verdict, "posted_twice", f"{job.id}: deleted and still shown")
        case "delivered" if deleted and job.body.get("kept"):
            verdict.wrong.append(f"deleted and still on the shelf: {job.id}")
        case "delivered" if seen.videos or deleted:
            verdict.delivered += 1
        case "failed" if _told(str(job.body.get("reason")), seen):
            verdict.failed += 1
        case "cancelled" if _told("Cancelled.", seen) and not seen.videos:
            verdict.cancelled += 1
        case _:
            _wrong(verdict, "lost", f"{job.id}: {job.stage}, and the chat shows {seen.said} with {seen.videos} videos")


def _told(sentence: str, seen: Seen) -> bool:
    """Whether a sentence is read somewhere, however the chat spells its signs."""
    return any(_letters(sentence) in _letters(said) for said in seen.said)


def _letters(text: str) -> str:
    return re.sub(r"\W+", "", html.unescape(text))


def _wrong(verdict: Verdict, which: str, why: str) -> None:
    setattr(verdict, which, getattr(verdict, which) + 1)
    verdict.wrong.append(f"{which.replace('_', ' ')}: {why}")
