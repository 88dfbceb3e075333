"""The cards of jobs, their titles, alternative texts and file names. All wording about jobs is here."""

from dataclasses import dataclass
from typing import Literal, assert_never, get_args

from bot.jobs.job import Asker, Job, Stage
from bot.requests.base import STUDIO_BOUND_OPTIONS, STUDIO_TITLES, DeletedRequest, Request, shorten, studio_title
from bot.requests.kinds import Animation, Talk, Translation, Video
from bot.requests.options import options_of
from bot.requests.storyboard.storyboard import Storyboard
from bot.requests.template import Template

Tone = Literal["calm", "busy", "good", "bad"]
# Of a job; "confirm_delete" deletes without asking again.
JobAction = Literal["cancel", "redo", "edit", "translate", "delete", "confirm_delete", "details", "switch"]
# Of a question: make what was drafted, open its form, or nothing.
QuestionAction = Literal["make", "fill", "dismiss"]
ButtonAction = JobAction | QuestionAction
JOB_ACTIONS: tuple[JobAction, ...] = get_args(JobAction)
BUTTON_ACTIONS: tuple[ButtonAction, ...] = (*JOB_ACTIONS, *get_args(QuestionAction))

PLAN_PREFIX = "Plan: "  # of the note that says what a storyboard will be
LATE_AFTER_RATIO = 2.0  # times the usual duration, from which on a job is called late


@dataclass(frozen=True)
class Button:
    """An action on a job, or the answer to a question; it works as long as the message exists."""

    label: str
    action: ButtonAction
    target: str  # a job, or the draft of a question


@dataclass(frozen=True)
class Card:
    """What people read in any chat: everything is in the words, nothing only in colour or emoji."""

    title: str
    lines: tuple[str, ...] = ()
    tone: Tone = "calm"
    progress: float | None = None
    started_at: float | None = None  # when the studio began …
    expected_at: float | None = None  # … and when it is usually done, for chats that can draw time passing
    buttons: tuple[Button, ...] = ()
    alt_text: str = ""
    mention_asker: bool = False  # worth calling the asker for

    @property
    def full_text(self) -> str:
        """Two cards with the same text need no edit."""
        return "\n".join((self.title, *self.lines, " ".join(button.label for button in self.buttons))).strip()

    @property
    def text(self) -> str:
        """Without the buttons, for screen readers and plain terminals."""
        return "\n".join((self.title, *self.lines)).strip()


@dataclass(frozen=True)
class DeskReply:
    """What the desk answers at once, and the jobs it accepted."""

    card: Card
    jobs: tuple[Job, ...] = ()
    private: bool = False  # for the asker only: a lookup, or what the job's own card says anyway


def job_card(job: Job, now: float, usual_seconds: float | None = None, *, tell_elapsed: bool = False) -> Card:
    """`usual_seconds` is how long the studio needed for similar jobs, if there were some."""
    if job.deleted:
        return Card(title=request_title(job.request), lines=("Its text and files were deleted.",))
    lines, tone, progress, actions = _stage_view(job, now, usual_seconds)
    if tell_elapsed and job.stage is Stage.RENDERING and (elapsed := _elapsed_line(job, now)):
        lines = (*lines, elapsed)
    started_at = job.submitted_at if job.stage is Stage.RENDERING else None
    return Card(
        title=request_title(job.request),
        lines=(*lines, *_shown_notes(job)),
        tone=tone,
        progress=progress,
        started_at=started_at,
        expected_at=started_at + usual_seconds if started_at and usual_seconds else None,
        buttons=tuple(job_button(action, job) for action in actions),
        alt_text=alt_text(job),
        mention_asker=job.stage in (Stage.DELIVERED, Stage.FAILED),
    )


def _shown_notes(job: Job) -> tuple[str, ...]:
    """Once there is a video, nobody needs the plan of it."""
    return tuple(note for note in job.notes if not (job.ended and note.startswith(PLAN_PREFIX)))


def _stage_view(
    job: Job, now: float, usual_seconds: float | None
) -> tuple[tuple[str, ...], Tone, float | None, tuple[JobAction, ...]]:
    studio = studio_title(job.studio)
    match job.stage:
        case Stage.ASKED:
            return (_retry_line(job) or "On it! Preparing your request…",), "busy", 0.05, ("cancel",)
        case Stage.PREPARED:
            return (_retry_line(job) or f"Waiting for {studio}.",), "busy", 0.1, ("cancel",)
        case Stage.SUBMITTING:
            sentence = f"Checking whether {studio} received it." if job.doubtful_at else f"Sending to {studio}."
            return (sentence,), "busy", 0.15, ("cancel",)
        case Stage.RENDERING:
            return (_rendering_line(job, now, usual_seconds, studio),), "busy", None, ("cancel",)
        case Stage.MADE | Stage.KEPT | Stage.DELIVERING:
            return (_retry_line(job) or "Done. Uploading the video…",), "busy", 0.95, ()
        case Stage.DELIVERED:
            changes: tuple[JobAction, ...] = ("redo", "edit", "translate") if job.translatable else ("redo", "edit")
            return (provenance(job),), "good", None, (*changes, "delete", "details")
        case Stage.FAILED:
            reason = job.reason or "Something went wrong and no video was made."
            actions: tuple[JobAction, ...] = ("switch", "redo", "edit") if job.other_studio else ("redo", "edit")
            return (reason, _charge_line(job, studio), *_other_studio_lines(job)), "bad", None, actions
        case Stage.CANCELLED:
            return ("Cancelled.", _charge_line(job, studio)), "calm", None, ("redo",)
        case _:
            assert_never(job.stage)


def details_card(job: Job) -> Card:
    """What was requested, its stage and its cost."""
    given = job.request.model_dump(exclude_defaults=True, exclude={"kind"}, mode="json")
    options = [
        f"{name}: {value.get('name', '') if isinstance(value, dict) else value}" for name, value in given.items()
    ]
    facts = {
        "Job": job.id,
        "Stage": job.stage.value,
        "Ticket": job.ticket,
        "Length": f"{job.stored_video.seconds:.1f} s" if job.stored_video and job.stored_video.seconds else None,
        "Reason": job.reason,
        "Cost": _cost(job),
    }
    made = job.stage is Stage.DELIVERED
    by = provenance(job) if made else f"Requested by {job.asker.name or job.asker.user}"
    lines = (*options, *(f"{name}: {fact}" for name, fact in facts.items() if fact), by, *job.notes)
    return Card(title=request_title(job.request), lines=lines)


def _cost(job: Job) -> str:
    studio = studio_title(job.studio)
    if job.in_sandbox:
        return "nothing, as it was made in the sandbox"
    if job.cost is not None:
        return f"{job.cost:g} credits"
    if job.ticket is None:
        return f"{studio} may have charged for it" if job.doubtful_at else "nothing"
    return f"{studio} does not say what one video costs; /did credits shows what is left"


def approximate_duration(seconds: float) -> str:
    """A duration as a person would say it."""
    if seconds < 55:
        return f"{max(5, round(seconds / 5) * 5)} seconds"
    minutes = round(seconds / 60)
    return "a minute" if minutes <= 1 else f"{minutes} minutes"


def _retry_line(job: Job) -> str | None:
    return f"{job.trouble} Trying again." if job.trouble else None


def _rendering_line(job: Job, now: float, usual_seconds: float | None, studio: str) -> str:
    age = now - (job.submitted_at or now)
    if job.trouble:
        return f"{job.trouble} I'll keep checking."
    late_after = max(usual_seconds * LATE_AFTER_RATIO, usual_seconds + 30) if usual_seconds else 600
    if age > late_after:
        return "This is taking longer than usual. I'll keep checking."
    usual = f" (usually about {approximate_duration(usual_seconds)})" if usual_seconds else ""
    return f"{studio} is making your video{usual}."


def _elapsed_line(job: Job, now: float) -> str:
    """For how long it has been made, in steps that are each worth an edit."""
    age = now - (job.submitted_at or now)
    if age < 10:
        return ""
    return f"{round(age // 10 * 10)} seconds so far." if age < 60 else f"{_count_minutes(age)} so far."


def _count_minutes(seconds: float) -> str:
    minutes = int(seconds // 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def _charge_line(job: Job, studio: str) -> str:
    if job.submitted_at is None:
        return "You weren't charged."
    return f"{studio} may have charged for this one." if job.ticket or job.doubtful_at else "You weren't charged."


_BUTTON_LABELS: dict[JobAction, str] = {
    "cancel": "Cancel",
    "redo": "Redo",
    "edit": "Edit & redo",
    "translate": "Translate…",
    "delete": "Delete",
    "confirm_delete": "Delete",
    "details": "Details",
    "switch": "Try another provider",
}


def job_button(action: JobAction, job: Job) -> Button:
    other_title = STUDIO_TITLES.get(job.other_studio or "") if action == "switch" else None
    return Button(f"Try {other_title}" if other_title else _BUTTON_LABELS[action], action, job.id)


def delete_question(job: Job) -> Card:
    return Card(
        f"Delete {request_title(job.request)}?",
        ("The video, its text and its files are deleted here and at the provider. This can't be undone.",),
        buttons=(job_button("confirm_delete", job), Button("Keep it", "dismiss", job.id)),
    )


def _other_studio_lines(job: Job) -> tuple[str, ...]:
    """What changes, and who charges, when another provider makes it."""
    if not job.other_studio:
        return ()
    other_title = studio_title(job.other_studio)
    given = [
        f"--{each.word}"
        for each in options_of(type(job.request))
        if each.field in STUDIO_BOUND_OPTIONS and getattr(job.request, each.field) != each.default
    ]
    without_options = f", without your {' and '.join(given)}" if given else ""
    return (
        f"{other_title} can make this instead{without_options}. Voice and motion will differ, and {other_title} "
        "credits are used.",
    )


def request_title(request: Request) -> str:
    match request:
        case Talk():
            return f"“{shorten(request.script, 80)}”" if request.script else "A recording"
        case Animation():
            family = (request.driver or "").removeprefix("bank://").strip("/")
            return f"Animated photo: {family}" if family else "Animated photo"
        case Video():
            return f"Video: “{shorten(request.script, 80)}”" if request.script else "Video: a recording"
        case Translation():
            return f"Translation into {' and '.join(request.languages)}"
        case Storyboard():
            return f"Storyboard: {request.name}"
        case Template():
            return f"Template: {request.template}"
        case DeletedRequest():
            return "Deleted"
        case _:
            return "A video"


def job_title(job: Job, reader: Asker) -> str:
    """The title in a list, with the requester's name if that is somebody else."""
    by = "" if job.asker.is_same_person(reader) else f" · by {job.asker.name or job.asker.user}"
    return f"{request_title(job.request)}{by}"


def provenance(job: Job) -> str:
    """The line under every video: the provider and the requester."""
    studio = studio_title(job.studio)
    where = f"in the sandbox ({studio})" if job.in_sandbox else f"with {studio}"
    return f"AI-generated {where} · Requested by {job.asker.name or job.asker.user}"


def alt_text(job: Job) -> str:
    """What the video shows, for those who cannot see it."""
    match job.request:
        case Talk(script=str(words)) | Video(script=str(words)):
            return f"AI-generated video of a face saying: {words}"[:1000]
        case Talk() | Video():
            return "AI-generated video of a face speaking a recording."
        case Animation():
            return "AI-generated animation of a photo."
        case Translation(languages=languages):
            return f"AI-generated translation of a video into {' and '.join(languages)}."
        case _:
            return "AI-generated video of several scenes."


def video_file_name(job: Job) -> str:
    request = job.request
    ending = getattr(request, "format", "mp4")
    of = "-".join(request.languages).lower() if isinstance(request, Translation) else request.kind
    return f"didtalk-{of}-{job.id[-6:]}.{ending}"
