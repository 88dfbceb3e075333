"""The one door for all chats: checks, records, answers. Whatever it says yes to is in the database by then."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.chats.chat import Chat
from bot.commands.parser import ParsedCommand, parse_command
from bot.commands.verbs import Verb
from bot.desk import storyboard_plan
from bot.desk.cancel_delete import CancelDelete
from bot.desk.job_lookup import JobFinder
from bot.desk.lookups import Lookups
from bot.desk.new_jobs import JobFactory
from bot.desk.subscribe import SubscriptionCommands
from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Job, Jobs
from bot.jobs.limits import LimitReached, limit_refusal
from bot.policy.access import AccessRules
from bot.policy.apply_defaults import apply_defaults, check_defaults
from bot.policy.channel_settings import ChannelSettings, ChannelSettingsStore
from bot.policy.settings_card import SettingsOverview, settings_changed_card
from bot.policy.user_defaults import UserDefaults, UserDefaultsStore, change_defaults, defaults_card, own_defaults_text
from bot.requests.kinds import Request, Storyboard, parse_values
from bot.requests.media import Media, Shelf
from bot.runtime.clock import Clock
from bot.studios import choice
from bot.studios.studio import Choice, Studio, studio_title
from bot.wording import cards
from bot.wording.answer import DeskReply
from bot.wording.cards import ButtonAction


class Desk:
    """Takes what people ask, from any chat."""

    def __init__(
        self,
        jobs: Jobs,
        studios: Mapping[str, Studio],
        chats: Mapping[str, Chat],
        shelf: Shelf,
        clock: Clock,
        wake_engine: Callable[[], None],
        *,
        subscription_commands: SubscriptionCommands,
        channel_settings: ChannelSettingsStore,
        user_defaults: UserDefaultsStore,
        emoji: Mapping[str, str] | None = None,
        in_sandbox: bool = False,
        read_text: storyboard_plan.ReadText | None = None,
        default_studio: str = "did",
        access: AccessRules | None = None,
    ) -> None:
        self._jobs = jobs
        self._studios = studios
        self._clock = clock
        self._wake_engine = wake_engine
        self._lookups, self._job_finder = Lookups(jobs, studios), JobFinder(jobs)
        self._cancel_delete = CancelDelete(jobs, studios, chats, shelf, clock, wake_engine)
        self._subscription_commands = subscription_commands
        self._access = access or AccessRules()
        self._channel_settings = channel_settings
        self._user_defaults = user_defaults
        self._emoji = emoji or {}
        self._in_sandbox = in_sandbox
        self._read_text = read_text
        self._default_studio = default_studio
        self._verbs: dict[str, Callable[[Asker, Place, str], Awaitable[DeskReply]]] = {
            **self._lookups.handlers,
            "cancel": lambda asker, place, word: self.cancel_job(asker, word),
            "delete": lambda asker, place, word: self.delete_job(asker, word),
            "subscribe": self._handle_subscribe,
            "unsubscribe": subscription_commands.unsubscribe,
            "settings": self._handle_settings,
        }
        self._paid_verbs = {
            "redo": self.redo_job,
            "switch": self.switch_studio,
        }  # what these make is paid for, so a repeat is known

    async def run_command(
        self, asker: Asker, place: Place, text: str, media: Sequence[Media] = (), idempotency_key: str | None = None
    ) -> DeskReply:
        """Do what a typed line asks for."""
        command = parse_command(text, media)
        if command.verb.request:
            return await self.take_request(
                asker, place, parse_values(command.verb.request, command.values), idempotency_key
            )
        return await self._run_verb(command.verb, asker, place, command, idempotency_key)

    async def take_request(
        self,
        asker: Asker,
        place: Place,
        request: Request,
        idempotency_key: str | None = None,
        redo_of: str | None = None,
    ) -> DeskReply:
        """Take a request on: after this returns it will end in a video or a reason, whatever crashes."""
        asker = self._access.with_moderator_flag(asker)
        channel_settings = await self.check_access(asker, place)
        if redo_of is None:  # what is made again keeps what it had
            request = await apply_defaults(
                request, await self._user_defaults.read_defaults(asker), self._check_can_be_made
            )
        request = await storyboard_plan.with_file_text(request, self._read_text) if self._read_text else request
        factory = JobFactory(asker, place, self._clock.now(), self._in_sandbox, idempotency_key, redo_of)
        try:
            studio = await choice.choose_studio(request, self._studios, self._default_studio)
        except Refused as refusal:
            return await self._offer_other_studio(factory, request, refusal, channel_settings)
        await choice.check_names(request, studio, self._studios)
        preview = storyboard_plan.preview_request(studio, request)
        if isinstance(request, Storyboard) and request.plan:
            return DeskReply(storyboard_plan.plan_card(request, preview))
        jobs = await self._add_jobs(factory.make_jobs(request, studio.name, preview), channel_settings)
        return DeskReply(
            storyboard_plan.with_plan(cards.job_card(jobs[0], self._clock.now()), request, preview), tuple(jobs)
        )

    @property
    def named_people(self) -> frozenset[str]:
        """Whom the rules name, for chats that know somebody's roles only when they ask for them."""
        return self._access.named_people

    async def check_access(self, asker: Asker, place: Place | None) -> ChannelSettings:
        """Refuse whoever may not ask for videos here; chats call it before they show a form, which may ask where."""
        asker = self._access.with_moderator_flag(asker)
        if place is None:
            self._access.check_person(asker)
            return ChannelSettings()
        self._access.check(asker, place)
        channel_settings = await self._channel_settings.settings_of(place)
        channel_settings.check_asker(asker, self._access.contact)
        return channel_settings

    def with_moderator_flag(self, asker: Asker) -> Asker:
        """The asker with what the rules know of them."""
        return self._access.with_moderator_flag(asker)

    async def defaults_of(self, asker: Asker) -> UserDefaults:
        """What holds for somebody when they say nothing else."""
        return await self._user_defaults.read_defaults(asker)

    async def set_defaults(self, asker: Asker, defaults: UserDefaults) -> DeskReply:
        """Let something hold for somebody from now on, in place of what did; refused when it never could."""
        return await self._user_defaults.save_defaults(asker, await check_defaults(defaults, self._check_can_be_made))

    async def _check_can_be_made(self, request: Request) -> None:
        """Refuse what no studio makes, and whom none has heard of."""
        studio = await choice.choose_studio(request, self._studios, self._default_studio)
        await choice.check_names(request, studio, self._studios)

    async def _add_jobs(self, jobs: list[Job], channel_settings: ChannelSettings) -> list[Job]:
        """Keep what was asked for, unless it is too much."""
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
        """Where the studio that was named refuses and another could, a card says so and has a button for it."""
        name = choice.named_studio(request, self._studios)
        other = choice.find_other_studio(request, name, self._studios) if name else None
        if name is None or other is None:
            raise refusal
        jobs = await self._add_jobs(
            [factory.make_refused_job(request, name, refusal.sentence, other)], channel_settings
        )
        return DeskReply(cards.job_card(jobs[0], self._clock.now()), tuple(jobs))

    async def press_button(
        self, asker: Asker, place: Place, action: ButtonAction, job: str, idempotency_key: str | None = None
    ) -> DeskReply:
        """Do what a button on a card says; editing and translating begin with a form, which is the chat's to show."""
        match action:
            case "cancel":
                return await self.cancel_job(asker, job)
            case "redo":
                return await self.redo_job(asker, place, job, idempotency_key)
            case "switch":
                return await self.switch_studio(asker, place, job, idempotency_key)
            case "delete":
                return await self.delete_job(asker, job)
            case "details" | "edit" | "translate":
                found = await self.find_job(asker, job)
                return DeskReply(cards.details_card(found), (found,), private=True)

    async def find_job(self, asker: Asker, job_ref: str) -> Job:
        """A job by its id or the end of it; nobody else's private one."""
        return await self._job_finder.find_job(asker, job_ref)

    async def cancel_job(self, asker: Asker, job_ref: str) -> DeskReply:
        """Stop a job: no more is spent on it, and nothing of it is posted."""
        return await self._cancel_delete.cancel(self._access.with_moderator_flag(asker), job_ref)

    async def delete_job(self, asker: Asker, job_ref: str) -> DeskReply:
        """Delete what was made, at the studio and here."""
        return await self._cancel_delete.delete(self._access.with_moderator_flag(asker), job_ref)

    async def redo_job(self, asker: Asker, place: Place, job_ref: str, idempotency_key: str | None = None) -> DeskReply:
        """Ask for the same once more."""
        job = await self._job_finder.find_job(asker, job_ref)
        return await self.take_request(asker, place, job.request, idempotency_key, redo_of=job.id)

    async def switch_studio(
        self, asker: Asker, place: Place, job_ref: str, idempotency_key: str | None = None
    ) -> DeskReply:
        """Ask another studio for what the first one did not make."""
        job = await self._job_finder.find_job(asker, job_ref)
        other = choice.find_other_studio(job.request, job.studio, self._studios)
        if other is None:
            raise Refused(f"No studio here besides {studio_title(job.studio)} can make this.")
        return await self.take_request(
            asker, place, choice.for_other_studio(job.request, other), idempotency_key, redo_of=job.id
        )

    async def job_asked_by_message(self, asker: Asker, place: Place, message: str) -> str | None:
        """The latest job that this person asked for by pointing at a message."""
        return await self._job_finder.job_asked_by_message(asker, message)

    async def suggest(self, catalogue: str, typed: str, limit: int = 25) -> list[Choice]:
        """What can be picked for an option, from every studio, the best matches first."""
        return await self._lookups.suggest(catalogue, typed, limit)

    async def _run_verb(
        self, verb: Verb, asker: Asker, place: Place, command: ParsedCommand, idempotency_key: str | None
    ) -> DeskReply:
        if paid_verb := self._paid_verbs.get(verb.word):
            return await paid_verb(asker, place, command.argument.strip(), idempotency_key)
        return await self._verbs[verb.word](self._access.with_moderator_flag(asker), place, command.argument.strip())

    async def _handle_subscribe(self, asker: Asker, place: Place, typed: str) -> DeskReply:
        await self.check_access(asker, place)
        return await self._subscription_commands.subscribe(asker, place, typed)

    async def _handle_settings(self, asker: Asker, place: Place, typed: str) -> DeskReply:
        typed_defaults = own_defaults_text(typed)
        if typed_defaults is not None:
            defaults = await self._user_defaults.read_defaults(asker)
            return (
                await self.set_defaults(asker, change_defaults(defaults, typed_defaults))
                if typed_defaults
                else defaults_card(defaults)
            )
        if typed:
            channel_settings = await self._channel_settings.change_settings(asker, place, typed)
            return DeskReply(settings_changed_card(asker, channel_settings))
        standing = SettingsOverview(
            self._access,
            await self._channel_settings.settings_of(place),
            await self._subscription_commands.settings_lines(place),
            [studio.title for studio in self._studios.values()],
            self._emoji,
            self._in_sandbox,
            await self._user_defaults.read_defaults(asker),
        )
        return DeskReply(standing.card(asker, place), private=True)
