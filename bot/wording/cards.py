"""What a person reads about a job. All wording about jobs is here and in `bot.wording.titles`."""

from dataclasses import dataclass
from typing import Literal, assert_never

from bot.jobs.job import Job, Stage
from bot.notices.subscriptions import Notice
from bot.requests.base import BELONGS
from bot.requests.options import Option, options
from bot.studios.studio import TITLES, title_of
from bot.wording.titles import alt, provenance, title

Tone = Literal["calm", "busy", "good", "bad"]
Act = Literal["cancel", "redo", "edit", "translate", "delete", "details", "switch"]

LATE = 2.0  # times the usual duration, from which on a job is called late


@dataclass(frozen=True)
class Button:
    """Something to do with a job; it works for as long as the message stands."""

    label: str
    act: Act
    job: str


@dataclass(frozen=True)
class Card:
    """What a person reads, whatever the chat: all of it is in the words, none in colour or emoji alone."""

    title: str
    lines: tuple[str, ...] = ()
    tone: Tone = "calm"
    progress: float | None = None
    since: float | None = None  # when the studio began …
    expected: float | None = None  # … and when it is usually done, for chats that can draw time passing
    buttons: tuple[Button, ...] = ()
    alt: str = ""
    mention: bool = False  # worth calling the asker for

    @property
    def says(self) -> str:
        """All of it as plain words; two cards that say the same need no edit."""
        return "\n".join((self.title, *self.lines, " ".join(button.label for button in self.buttons))).strip()

    @property
    def text(self) -> str:
        """The words without the buttons, for screen readers and plain terminals."""
        return "\n".join((self.title, *self.lines)).strip()


def job_card(job: Job, now: float, usual: float | None = None) -> Card:
    """How a job stands. `usual` is how many seconds the studio needed for others like it, when there were some."""
    if job.gone:
        return Card(title=title(job.request), lines=("Its words and files are gone.",))
    lines, tone, progress, acts = _standing(job, now, usual)
    began = job.submitted_at if job.stage is Stage.RENDERING else None
    return Card(
        title=title(job.request),
        lines=(*lines, *job.notes),
        tone=tone,
        progress=progress,
        since=began,
        expected=began + usual if began and usual else None,
        buttons=tuple(_button(act, job) for act in acts),
        alt=alt(job),
        mention=job.stage in (Stage.DELIVERED, Stage.FAILED),
    )


def _standing(job: Job, now: float, usual: float | None) -> tuple[tuple[str, ...], Tone, float | None, tuple[Act, ...]]:
    studio = title_of(job.studio)
    match job.stage:
        case Stage.ASKED:
            return (_again(job) or "On it: getting things ready.",), "busy", 0.05, ("cancel",)
        case Stage.PREPARED:
            return (_again(job) or f"Ready to go to {studio}.",), "busy", 0.1, ("cancel",)
        case Stage.SUBMITTING:
            words = f"Making sure that {studio} has it." if job.doubtful_at else f"Sending it to {studio}."
            return (words,), "busy", 0.15, ("cancel",)
        case Stage.RENDERING:
            return (_rendering(job, now, usual, studio),), "busy", _progress(job, now, usual), ("cancel",)
        case Stage.MADE | Stage.KEPT | Stage.DELIVERING:
            return (_again(job) or "Finished: bringing the video here.",), "busy", 0.95, ()
        case Stage.DELIVERED:
            return (provenance(job),), "good", None, ("redo", "edit", "translate", "delete", "details")
        case Stage.FAILED:
            acts: tuple[Act, ...] = ("switch", "redo", "edit") if job.elsewhere else ("redo", "edit")
            return (job.reason or "It did not work.", _charged(job, studio), *_other(job)), "bad", None, acts
        case Stage.CANCELLED:
            return ("Cancelled.", _charged(job, studio)), "calm", None, ("redo",)
        case _:
            assert_never(job.stage)


def details(job: Job) -> Card:
    """What was asked, where it stands, and what it cost: for whoever wants to know more."""
    given = job.request.model_dump(exclude_defaults=True, exclude={"kind"}, mode="json")
    options = [
        f"{name}: {value.get('name', '') if isinstance(value, dict) else value}" for name, value in given.items()
    ]
    facts = {
        "Job": job.id,
        "Stage": job.stage.value,
        "Ticket": job.ticket,
        "Length": f"{job.kept.seconds:.1f} s" if job.kept and job.kept.seconds else None,
        "Cost": f"{job.cost:g} credits" if job.cost else None,
    }
    lines = (*options, *(f"{name}: {fact}" for name, fact in facts.items() if fact), provenance(job), *job.notes)
    return Card(title=title(job.request), lines=lines)


def notice_card(notice: Notice, job: Job | None) -> Card:
    """What a channel that subscribed is told, and who subscribed it."""
    if job is None:
        return Card(title="Credits", lines=(notice.sentence, _subscribed(notice)), tone="bad")
    done = notice.topic == "done"
    outcome = "Done." if done else f"Failed: {job.reason}"
    who = provenance(job) if done else f"Asked by {job.asker.name or job.asker.user}."
    return Card(
        title=title(job.request),
        lines=(outcome, who, _subscribed(notice)),
        tone="good" if done else "bad",
        buttons=(_button("details", job),),
    )


def credits_low(studio: str, remaining: float, line: float) -> str:
    """What is left has fallen below the line somebody drew."""
    return f"{studio} has {remaining:g} credits left, fewer than {line:g}."


def unheard(why: str) -> str:
    """Told once to whoever subscribed a channel that cannot be posted to any more."""
    return f"The notices you set up there are paused. {why} Subscribe again when I may post there."


def span(seconds: float) -> str:
    """A length of time in words that a person would use."""
    if seconds < 55:
        return f"{max(5, round(seconds / 5) * 5)} seconds"
    minutes = round(seconds / 60)
    return "a minute" if minutes <= 1 else f"{minutes} minutes"


def _subscribed(notice: Notice) -> str:
    who = "You" if notice.place.private else f"@{notice.by_name or notice.by}"
    return f"{who} subscribed {'' if notice.place.private else 'this channel '}to {notice.words}."


def _again(job: Job) -> str | None:
    return f"{job.trouble} Trying again." if job.trouble else None


def _rendering(job: Job, now: float, usual: float | None, studio: str) -> str:
    age = now - (job.submitted_at or now)
    if job.trouble:
        return f"{job.trouble} Watching goes on."
    if usual and age > max(usual * LATE, usual + 30):
        return f"{studio} takes longer than usual; watching goes on."
    if not usual and age > 600:
        return f"{studio} takes its time; watching goes on."
    return f"{studio} is at work" + (f", usually about {span(usual)}." if usual else ".")


def _progress(job: Job, now: float, usual: float | None) -> float | None:
    if not usual:
        return None
    age = max(0.0, now - (job.submitted_at or now))  # the clock may have been set back
    return min(0.9, 0.2 + 0.7 * age / usual)


def _charged(job: Job, studio: str) -> str:
    if job.submitted_at is None:
        return "Nothing was spent."
    return f"{studio} may have charged for it." if job.ticket or job.doubtful_at else "Nothing was spent."


_LABELS: dict[Act, str] = {
    "cancel": "Cancel",
    "redo": "Redo",
    "edit": "Edit & redo",
    "translate": "Translate…",
    "delete": "Delete",
    "details": "Details",
    "switch": "Try another studio",
}


def _button(act: Act, job: Job) -> Button:
    other = TITLES.get(job.elsewhere or "") if act == "switch" else None
    return Button(f"Try {other}" if other else _LABELS[act], act, job.id)


def _other(job: Job) -> tuple[str, ...]:
    """What changes, and what it costs, when another studio makes it."""
    if not job.elsewhere:
        return ()
    other = title_of(job.elsewhere)
    given = [f"--{each.word}" for each in options(type(job.request)) if each.field in BELONGS and _given(job, each)]
    less = f", without your {' and '.join(given)}" if given else ""
    return (f"{other} could make it instead: its own voices and movement{less}. It charges its own credits for it.",)


def _given(job: Job, option: Option) -> bool:
    return bool(getattr(job.request, option.field) != option.default)
