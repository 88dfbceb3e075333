"""The verdict, counted from outside: what was charged, what is shown, what is kept, and what people were told."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.kill_tests.database_reader import StoredJob
from tests.kill_tests.people.person import Gesture, JobInChat


@dataclass
class PromiseVerdict:
    """What became of what was asked; the last three must be nought."""

    asked: int = 0
    accepted: int = 0  # the chat saw a yes
    delivered: int = 0
    failed: int = 0  # with a reason that the chat shows
    cancelled: int = 0
    lost: int = 0
    paid_twice: int = 0
    posted_twice: int = 0
    violations: list[str] = field(default_factory=list)  # what is wrong, and with which job
    history: list[str] = field(default_factory=list)  # all that is known of those jobs

    @property
    def all_kept(self) -> bool:
        """Whether every promise was kept."""
        return not self.violations

    def add(self, other: "PromiseVerdict") -> None:
        """Count another one in."""
        for name in ("asked", "accepted", "delivered", "failed", "cancelled", "lost", "paid_twice", "posted_twice"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.violations += other.violations
        self.history += other.history


@dataclass(frozen=True)
class Observations:
    """All that the verdict is counted from."""

    gestures: Sequence[Gesture]
    jobs: Sequence[StoredJob]
    charges: Mapping[str, int]
    shown: Mapping[str, JobInChat]
    notice_channels: int = 0  # how many channels subscribed
    deleted: frozenset[str] = frozenset()  # jobs whose video was deleted on request
    exit_codes: Sequence[int] = ()  # how the bot ended by itself


def judge_promises(observed: Observations) -> PromiseVerdict:
    """Hold everything against the promises."""
    verdict = PromiseVerdict(asked=len(observed.gestures), accepted=sum(each.accepted for each in observed.gestures))
    verdict.violations += [f"the bot ended by itself, with {code}" for code in observed.exit_codes]
    jobs_by_mark = _jobs_by_gesture(observed.gestures, observed.jobs)
    for gesture in observed.gestures:
        _judge_gesture(verdict, gesture, jobs_by_mark[gesture.mark], observed)
    known = {job.id for jobs in jobs_by_mark.values() for job in jobs}
    for job in observed.jobs:
        if job.id not in known:
            _add_violation(verdict, "paid_twice", f"{job.id}: nobody asked for this job")
    return verdict


def _jobs_by_gesture(gestures: Sequence[Gesture], jobs: Iterable[StoredJob]) -> dict[str, list[StoredJob]]:
    owned: dict[str, list[StoredJob]] = {each.mark: [] for each in gestures}
    known = {each.job_id: each.mark for each in gestures if each.job_id}
    for job in jobs:
        mark = known.get(job.id) or next(iter(re.findall(r"\bm[0-9a-f]{10}\b", job.request_text)), "")
        if mark in owned:
            owned[mark].append(job)
    return owned


def _judge_gesture(
    verdict: PromiseVerdict, gesture: Gesture, jobs: Sequence[StoredJob], observed: Observations
) -> None:
    wanted = 1 + gesture.redo_count
    if gesture.accepted and len(jobs) < wanted:
        _add_violation(verdict, "lost", f"“{gesture.typed_text}” was accepted and is not kept")
    if len(jobs) > wanted:
        _add_violation(
            verdict, "paid_twice", f"“{gesture.typed_text}” became {len(jobs)} jobs: {[each.id for each in jobs]}"
        )
    for job in jobs:
        if job.stage == "failed" and not gesture.may_fail:
            verdict.violations.append(f"failed for no reason of the studio's: {job.id}: {job.body.get('reason')}")
        _judge_job(verdict, job, observed.shown.get(job.id, JobInChat()), observed)


def _judge_job(verdict: PromiseVerdict, job: StoredJob, seen: JobInChat, observed: Observations) -> None:
    _count_end(verdict, job, seen, job.id in observed.deleted)
    if (charges := observed.charges.get(job.marker, 0)) > 1:
        _add_violation(verdict, "paid_twice", f"{job.id}: charged {charges} times")
    if job.stage == "delivered" and charges == 0:
        _add_violation(verdict, "paid_twice", f"{job.id}: delivered and never charged, so the books do not tell all")
    if seen.videos > 1:
        _add_violation(verdict, "posted_twice", f"{job.id}: {seen.videos} videos are shown")
    if seen.notices > observed.notice_channels:
        _add_violation(verdict, "posted_twice", f"{job.id}: {seen.notices} notices are shown")
    if observed.notice_channels > seen.notices and job.stage in ("delivered", "failed"):
        _add_violation(verdict, "lost", f"{job.id}: no notice is shown")


def _count_end(verdict: PromiseVerdict, job: StoredJob, seen: JobInChat, deleted: bool) -> None:
    match job.stage:
        case _ if job.unfinished:
            _add_violation(verdict, "lost", f"{job.id}: still {job.stage}")
        case "delivered" if deleted and seen.videos:
            _add_violation(verdict, "posted_twice", f"{job.id}: deleted and still shown")
        case "delivered" if deleted and job.body.get("stored_video"):
            verdict.violations.append(f"deleted and still on the shelf: {job.id}")
        case "delivered" if seen.videos or deleted:
            verdict.delivered += 1
        case "failed" if _is_shown(str(job.body.get("reason")), seen):
            verdict.failed += 1
        case "cancelled" if _is_shown("Cancelled.", seen) and not seen.videos:
            verdict.cancelled += 1
        case _:
            _add_violation(
                verdict,
                "lost",
                f"{job.id}: {job.stage}, and the chat shows {seen.card_texts} with {seen.videos} videos",
            )


def _is_shown(sentence: str, seen: JobInChat) -> bool:
    """Whether a sentence is read somewhere, however the chat spells its signs."""
    return any(_letters_only(sentence) in _letters_only(said) for said in seen.card_texts)


def _letters_only(text: str) -> str:
    return re.sub(r"\W+", "", html.unescape(text))


def _add_violation(verdict: PromiseVerdict, which: str, why: str) -> None:
    setattr(verdict, which, getattr(verdict, which) + 1)
    verdict.violations.append(f"{which.replace('_', ' ')}: {why}")
