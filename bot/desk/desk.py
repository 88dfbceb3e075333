"""What chats call: checks a request, stores its jobs and answers. An accepted job is in the database by then."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.commands.parser import parse_command
from bot.desk import storyboard_plan
from bot.desk.cancel_delete import CancelDelete, JobFinder
from bot.desk.lookups import Lookups
from bot.desk.settings_commands import SettingsCommands
from bot.desk.subscribe import SubscriptionCommands
from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Job, Jobs, Stage, new_id
from bot.jobs.limits import LimitReached, limit_refusal
from bot.policy.access import AccessRules, ChannelSettings, ChannelSettingsStore
from bot.policy.user_defaults import UserDefaults, UserDefaultsStore, apply_defaults
from bot.requests.base import Request, parse_values
from bot.requests.kinds import Translation
from bot.requests.media import Media
from bot.requests.storyboard.storyboard import Storyboard
from bot.runtime.clock import Clock
from bot.studios import choice
from bot.studios.studio import studio_title
from bot.wording import cards
from bot.wording.cards import ButtonAction, DeskReply

VerbHandler = Callable[[Asker, Place, str], Awaitable[DeskReply]]


@dataclass(frozen=True)
class DeskParts:
    """What the desk hands requests and commands to; built in `bot.wiring.desk`."""

    access: AccessRules
    channel_settings: ChannelSettingsStore
    chooser: choice.StudioChooser
    job_finder: JobFinder
    cancel_delete: CancelDelete
    lookups: Lookups
    user_defaults: UserDefaultsStore
    settings: SettingsCommands
    subscribe: SubscriptionCommands


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
        parts: DeskParts,
        *,
        in_sandbox: bool = False,
        read_text: storyboard_plan.ReadText | None = None,
    ) -> None:
        self._jobs = jobs
        self._clock = clock
        self._wake_engine = wake_engine
        self._parts = parts
        self.job_finder, self.lookups, self.settings = parts.job_finder, parts.lookups, parts.settings
        self._access = parts.access
        self._in_sandbox = in_sandbox
        self._read_text = read_text
        self._verbs: dict[str, VerbHandler] = {
            **parts.lookups.handlers,
            "cancel": lambda asker, place, job_ref: parts.cancel_delete.cancel(asker, job_ref),
            "delete": lambda asker, place, job_ref: parts.cancel_delete.delete(asker, job_ref),
            "subscribe": self._subscribe,
            "unsubscribe": parts.subscribe.unsubscribe,
            "settings": parts.settings.run,
            "details": self._show_details,
        }
        # These create jobs that cost credits, so they take an idempotency key.
        self._paid_verbs = {"redo": self.redo_job, "switch": self.switch_studio}

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
        asker = self._access.with_moderator_flag(asker)
        channel_settings = await self.check_access(asker, place)
        chooser = self._parts.chooser
        if redo_of is None:  # a repeated job keeps the options it had
            request = await apply_defaults(request, await self.defaults_of(asker), chooser.check_can_be_made)
        if isinstance(request, Storyboard) and request.file and self._read_text:
            request = await storyboard_plan.with_file_text(request, request.file, self._read_text)
        factory = JobFactory(asker, place, self._clock.now(), self._in_sandbox, idempotency_key, redo_of)
        try:
            studio = await chooser.choose(request)
        except Refused as refusal:
            return await self._offer_other_studio(factory, request, refusal, channel_settings)
        await chooser.check_names(request, studio)
        preview = studio.preview(request)
        notes = preview.notes
        if isinstance(request, Storyboard):
            if request.plan:
                return DeskReply(storyboard_plan.plan_card(request, preview))
            notes = storyboard_plan.job_notes(request, preview)
        jobs = await self._add_jobs(factory.make_jobs(request, studio.name, notes), channel_settings)
        card = cards.job_card(jobs[0], self._clock.now())
        if isinstance(request, Storyboard):
            card = storyboard_plan.with_plan(card, request, preview)
        return DeskReply(card, tuple(jobs))

    @property
    def named_people(self) -> frozenset[str]:
        """The people and roles in the access rules, for chats that look up roles only when they matter."""
        return self._access.named_people

    async def check_access(self, asker: Asker, place: Place | None) -> ChannelSettings:
        """Refuse people who may not request videos here; before a form is shown, the place may be unknown."""
        asker = self._access.with_moderator_flag(asker)
        if place is None:
            self._access.check_person(asker)
            return ChannelSettings()
        self._access.check(asker, place)
        channel_settings = await self._parts.channel_settings.read(place.rules_key)
        channel_settings.check_asker(asker)
        return channel_settings

    def with_moderator_flag(self, asker: Asker) -> Asker:
        """The asker, marked as a moderator if the access rules name them."""
        return self._access.with_moderator_flag(asker)

    async def defaults_of(self, asker: Asker) -> UserDefaults:
        return await self._parts.user_defaults.read(asker.global_key)

    async def cancel_job(self, asker: Asker, job_ref: str) -> DeskReply:
        """Cancel a job: nothing more is spent on it and nothing is posted."""
        return await self._parts.cancel_delete.cancel(self._access.with_moderator_flag(asker), job_ref)

    async def delete_job(self, asker: Asker, job_ref: str) -> DeskReply:
        return await self._parts.cancel_delete.delete(self._access.with_moderator_flag(asker), job_ref)

    async def redo_job(self, asker: Asker, place: Place, job_ref: str, idempotency_key: str | None = None) -> DeskReply:
        job = await self.job_finder.find_job(asker, job_ref)
        return await self.take_request(asker, place, job.request, idempotency_key, redo_of=job.id)

    async def switch_studio(
        self, asker: Asker, place: Place, job_ref: str, idempotency_key: str | None = None
    ) -> DeskReply:
        """Request from the other provider what the first one did not make."""
        job = await self.job_finder.find_job(asker, job_ref)
        other = self._parts.chooser.find_other(job.request, job.studio)
        if other is None:
            raise Refused(f"Only {studio_title(job.studio)} can make this here.")
        request = choice.for_other_studio(job.request, other)
        return await self.take_request(asker, place, request, idempotency_key, redo_of=job.id)

    async def _run_verb(
        self, verb: str, asker: Asker, place: Place, argument: str, idempotency_key: str | None
    ) -> DeskReply:
        if paid_verb := self._paid_verbs.get(verb):
            return await paid_verb(asker, place, argument, idempotency_key)
        return await self._verbs[verb](self._access.with_moderator_flag(asker), place, argument)

    async def _subscribe(self, asker: Asker, place: Place, typed: str) -> DeskReply:
        await self.check_access(asker, place)
        return await self._parts.subscribe.subscribe(asker, place, typed)

    async def _show_details(self, asker: Asker, place: Place, job_ref: str) -> DeskReply:
        job = await self.job_finder.find_job(asker, job_ref)
        return DeskReply(cards.details_card(job), (job,), private=True)

    async def _add_jobs(self, jobs: list[Job], channel_settings: ChannelSettings) -> list[Job]:
        limits = self._access.limits_for(jobs[0].asker, channel_settings.job_limits)
        try:
            added = await self._jobs.add(jobs, limits)
        except LimitReached as error:
            raise limit_refusal(error, self._clock.now(), len(jobs), self._access.contact) from error
        self._wake_engine()
        return added

    async def _offer_other_studio(
        self, factory: JobFactory, request: Request, refusal: Refused, channel_settings: ChannelSettings
    ) -> DeskReply:
        """If the named provider refuses and another can make it, answer with a card that has a button for it."""
        name = self._parts.chooser.named_studio(request)
        other = self._parts.chooser.find_other(request, name) if name else None
        if name is None or other is None:
            raise refusal
        refused_job = factory.make_refused_job(request, name, refusal.sentence, other)
        jobs = await self._add_jobs([refused_job], channel_settings)
        return DeskReply(cards.job_card(jobs[0], self._clock.now()), tuple(jobs))
