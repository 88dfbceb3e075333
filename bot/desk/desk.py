"""What chats call: checks a request, stores its jobs and answers. An accepted job is in the database by then."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.commands.parser import parse_command
from bot.desk import storyboard_plan
from bot.desk.questions import Questions
from bot.errors import NotOffered, Refused
from bot.jobs.finder import JobFinder
from bot.jobs.job import Asker, Job, Jobs, Place, Stage, new_id
from bot.jobs.limits import LimitReached, limit_refusal
from bot.policy.access import AccessPolicy, ChannelSettings
from bot.policy.user_defaults import UserDefaults, UserDefaultsStore, apply_defaults
from bot.requests.base import Request, parse_values, studio_title
from bot.requests.kinds import Translation
from bot.requests.media import Media
from bot.requests.storyboard.storyboard import Storyboard
from bot.runtime.clock import Clock
from bot.studios.choice import StudioChooser, for_other_studio
from bot.wording import cards
from bot.wording.cards import ButtonAction, DeskReply

VerbHandler = Callable[[Asker, Place, str], Awaitable[DeskReply]]


@dataclass(frozen=True)
class JobFactory:
    """What all jobs of one request have in common."""

    asker: Asker
    place: Place
    now: float
    in_sandbox: bool = False
    idempotency_key: str | None = None
    redo_of: str | None = None

    def make_jobs(self, request: Request, studio: str, notes: tuple[str, ...]) -> list[Job]:
        """One job for each language of a translation, else one."""
        parts: list[Request] = [request]
        if isinstance(request, Translation):
            parts = [request.model_copy(update={"languages": (each,)}) for each in request.languages]
        group = new_id(self.now)
        ids = [group, *(new_id(self.now) for _ in parts[1:])]
        return [
            self._make_job(part, studio, group, id=job_id, index=index, count=len(parts), notes=notes)
            for index, (job_id, part) in enumerate(zip(ids, parts, strict=True))
        ]

    def make_refused_job(self, request: Request, studio: str, sentence: str, other_studio: str) -> Job:
        """A job that ended before it began; its card has a button for the other studio."""
        job_id = new_id(self.now)
        job = self._make_job(request, studio, job_id, id=job_id)
        return job.to_stage(Stage.FAILED, self.now, reason=sentence, other_studio=other_studio)

    def _make_job(self, request: Request, studio: str, group: str, **fields: object) -> Job:
        values = fields | {"group": group, "request": request, "studio": studio}
        values |= {name: value for name, value in vars(self).items() if name != "now"}
        return Job.model_validate(values | {"asked_at": self.now, "moved_at": self.now, "due_at": self.now})


class Desk:
    """Takes requests and commands from every chat."""

    def __init__(
        self,
        jobs: Jobs,
        clock: Clock,
        wake_engine: Callable[[], None],
        access: AccessPolicy,
        user_defaults: UserDefaultsStore,
        chooser: StudioChooser,
        verbs: Mapping[str, VerbHandler],
        questions: Questions,
        *,
        in_sandbox: bool = False,
        read_text: storyboard_plan.ReadText | None = None,
    ) -> None:
        """`verbs` answer the commands that make no video."""
        self.access = access
        self.job_finder = JobFinder(jobs)
        self.questions = questions
        self._jobs = jobs
        self._clock = clock
        self._wake_engine = wake_engine
        self._user_defaults = user_defaults
        self._chooser = chooser
        self._verbs = verbs
        self._in_sandbox = in_sandbox
        self._read_text = read_text
        # These create jobs that cost credits, so they take an idempotency key.
        self._paid_verbs = {"redo": self.redo_job, "switch": self.switch_studio, "make": self.make_draft}

    async def run_command(
        self, asker: Asker, place: Place, text: str, media: Sequence[Media] = (), idempotency_key: str | None = None
    ) -> DeskReply:
        command = parse_command(text, media)
        if request := command.verb.request:
            return await self.take_request(asker, place, parse_values(request, command.values), idempotency_key)
        return await self._run_verb(command.verb.word, asker, place, command.argument.strip(), idempotency_key)

    async def press_button(
        self, asker: Asker, place: Place, action: ButtonAction, job: str, idempotency_key: str | None = None
    ) -> DeskReply:
        """Do what a button on a card asks for; for "edit" and "translate" the chat then shows a form."""
        verb = "details" if action in ("edit", "translate") else action
        return await self._run_verb(verb, asker, place, job, idempotency_key)

    async def take_request(
        self,
        asker: Asker,
        place: Place,
        request: Request,
        idempotency_key: str | None = None,
        redo_of: str | None = None,
    ) -> DeskReply:
        """Accept a request: from then on it ends in a video or a reason, even after a crash."""
        asker = self.access.rules.with_moderator_flag(asker)
        channel_settings = await self.access.check(asker, place)
        chooser = self._chooser
        if redo_of is None:  # a repeated job keeps the options it had
            request = await apply_defaults(request, await self.defaults_of(asker), chooser.check_can_be_made)
        if isinstance(request, Storyboard) and request.file and self._read_text:
            request = await storyboard_plan.with_file_text(request, request.file, self._read_text)
        factory = JobFactory(asker, place, self._clock.now(), self._in_sandbox, idempotency_key, redo_of)
        try:
            studio = await chooser.choose(request)
        except NotOffered as refusal:
            return await self._offer_other_studio(factory, request, refusal, channel_settings)
        await chooser.check_names(request, studio)
        preview = studio.preview(request)
        notes = preview.notes
        if isinstance(request, Storyboard):
            if request.plan:
                return await self.questions.offer_plan(
                    asker, place, request, storyboard_plan.plan_card(request, preview)
                )
            notes = storyboard_plan.job_notes(request, preview)
        jobs = await self._add_jobs(factory.make_jobs(request, studio.name, notes), channel_settings)
        card = cards.job_card(jobs[0], self._clock.now())
        if isinstance(request, Storyboard):
            card = storyboard_plan.with_plan(card, request, preview)
        return DeskReply(card, tuple(jobs))

    async def check_may_request(self, asker: Asker, place: Place | None) -> None:
        """Refuse before a form is filled in what would be refused after it; the place may not be chosen yet."""
        asker = self.access.rules.with_moderator_flag(asker)
        channel_settings = await self.access.check(asker, place)
        limits = self.access.rules.limits_for(asker, channel_settings.job_limits)
        if place is None:
            limits = tuple(limit for limit in limits if limit.scope == "person")
        there = place or Place(platform=asker.platform, workspace=asker.workspace, channel="")
        try:
            await self._jobs.check_limits(asker, there, self._clock.now(), limits)
        except LimitReached as error:
            raise self._limit_refusal(error, 1) from error

    def _limit_refusal(self, error: LimitReached, requested: int) -> Refused:
        return limit_refusal(error, self._clock.now(), requested, self.access.rules.contact)

    async def defaults_of(self, asker: Asker) -> UserDefaults:
        return await self._user_defaults.read(asker.global_key)

    async def redo_job(self, asker: Asker, place: Place, job_ref: str, idempotency_key: str | None = None) -> DeskReply:
        job = await self.job_finder.find_job(asker, job_ref)
        return await self.take_request(asker, place, job.request, idempotency_key, redo_of=job.id)

    async def switch_studio(
        self, asker: Asker, place: Place, job_ref: str, idempotency_key: str | None = None
    ) -> DeskReply:
        """Request from the other provider what the first one did not make."""
        job = await self.job_finder.find_job(asker, job_ref)
        other = self._chooser.find_other(job.request, job.studio)
        if other is None:
            raise Refused(f"Only {studio_title(job.studio)} can make this here.")
        request = for_other_studio(job.request, other)
        return await self.take_request(asker, place, request, idempotency_key, redo_of=job.id)

    async def make_draft(
        self, asker: Asker, place: Place, draft_id: str, idempotency_key: str | None = None
    ) -> DeskReply:
        """Request what a question was about; every further yes is the same job."""
        draft = await self.questions.draft_of(asker, draft_id)
        request = parse_values(draft.request, draft.values)
        return await self.take_request(asker, draft.place or place, request, f"draft:{draft_id}")

    async def _run_verb(
        self, verb: str, asker: Asker, place: Place, argument: str, idempotency_key: str | None
    ) -> DeskReply:
        asker = self.access.rules.with_moderator_flag(asker)
        if paid_verb := self._paid_verbs.get(verb):
            return await paid_verb(asker, place, argument, idempotency_key)
        return await self._verbs[verb](asker, place, argument)

    async def _add_jobs(self, jobs: list[Job], channel_settings: ChannelSettings) -> list[Job]:
        limits = self.access.rules.limits_for(jobs[0].asker, channel_settings.job_limits)
        try:
            added = await self._jobs.add(jobs, limits)
        except LimitReached as error:
            raise self._limit_refusal(error, len(jobs)) from error
        self._wake_engine()
        return added

    async def _offer_other_studio(
        self, factory: JobFactory, request: Request, refusal: NotOffered, channel_settings: ChannelSettings
    ) -> DeskReply:
        """If the named provider refuses and another can make it, answer with a card that has a button for it."""
        name = self._chooser.named_studio(request)
        other = self._chooser.find_other(request, name) if name else None
        if name is None or other is None:
            raise refusal
        refused_job = factory.make_refused_job(request, name, refusal.sentence, other)
        jobs = await self._add_jobs([refused_job], channel_settings)
        return DeskReply(cards.job_card(jobs[0], self._clock.now()), tuple(jobs))
