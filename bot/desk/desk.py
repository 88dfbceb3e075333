"""The one door for all chats: checks, records, answers. Whatever it says yes to is in the database by then."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.chats.chat import Chat
from bot.commands.parser import Typed, read
from bot.commands.verbs import Verb
from bot.desk import storyboard_plan
from bot.desk.cancel_delete import Undoing
from bot.desk.job_lookup import Finding
from bot.desk.lookups import Enquiries
from bot.desk.new_jobs import Errand
from bot.desk.subscribe import Board
from bot.errors import Refused
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Job, Jobs
from bot.jobs.limits import Reached, reached
from bot.policy.access import Rules
from bot.policy.apply_defaults import approved, seasoned
from bot.policy.channel_settings import House, Houses
from bot.policy.settings_card import Standing, changed_card
from bot.policy.user_defaults import Taste, Tastes, card, changed, own
from bot.requests.kinds import Request, Storyboard, make
from bot.requests.media import Media, Shelf
from bot.runtime.clock import Clock
from bot.studios import choice
from bot.studios.studio import Choice, Studio, title_of
from bot.wording import cards
from bot.wording.answer import Answer as Answer
from bot.wording.cards import Act


class Desk:
    """Takes what people ask, from any chat."""

    def __init__(
        self,
        jobs: Jobs,
        studios: Mapping[str, Studio],
        chats: Mapping[str, Chat],
        shelf: Shelf,
        clock: Clock,
        wake: Callable[[], None],
        *,
        board: Board,
        houses: Houses,
        tastes: Tastes,
        emoji: Mapping[str, str] | None = None,
        rehearsing: bool = False,
        text: storyboard_plan.Text | None = None,
        usual: str = "did",
        rules: Rules | None = None,
    ) -> None:
        self._jobs = jobs
        self._studios = studios
        self._clock = clock
        self._wake = wake
        self._enquiries, self._finding = Enquiries(jobs, studios), Finding(jobs)
        self._undoing = Undoing(jobs, studios, chats, shelf, clock, wake)
        self._board = board
        self._rules = rules or Rules()
        self._houses = houses
        self._tastes = tastes
        self._emoji = emoji or {}
        self._rehearsing = rehearsing
        self._text = text
        self._usual = usual
        self._verbs: dict[str, Callable[[Asker, Place, str], Awaitable[Answer]]] = {
            **self._enquiries.verbs,
            "cancel": lambda asker, place, word: self.cancel(asker, word),
            "delete": lambda asker, place, word: self.delete(asker, word),
            "subscribe": self._subscribe,
            "unsubscribe": board.unsubscribe,
            "settings": self._settings,
        }
        self._anew = {"redo": self.redo, "switch": self.switch}  # what these make is paid for, so a repeat is known

    async def say(
        self, asker: Asker, place: Place, text: str, media: Sequence[Media] = (), once: str | None = None
    ) -> Answer:
        """Do what a typed line asks for."""
        typed = read(text, media)
        if typed.verb.request:
            return await self.ask(asker, place, make(typed.verb.request, typed.values), once)
        return await self._do(typed.verb, asker, place, typed, once)

    async def ask(
        self, asker: Asker, place: Place, request: Request, once: str | None = None, again_of: str | None = None
    ) -> Answer:
        """Take a request on: after this returns it will end in a video or a reason, whatever crashes."""
        asker = self._rules.known(asker)
        house = await self.admit(asker, place)
        if again_of is None:  # what is made again keeps what it had
            request = await seasoned(request, await self._tastes.of(asker), self._fits)
        request = await storyboard_plan.whole(request, self._text) if self._text else request
        errand = Errand(asker, place, self._clock.now(), self._rehearsing, once, again_of)
        try:
            studio = await choice.choose(request, self._studios, self._usual)
        except Refused as refusal:
            return await self._offer(errand, request, refusal, house)
        await choice.recognise(request, studio, self._studios)
        outlook = storyboard_plan.outlook(studio, request)
        if isinstance(request, Storyboard) and request.plan:
            return Answer(storyboard_plan.rehearsal(request, outlook))
        kept = await self._keep(errand.jobs(request, studio.name, outlook), house)
        return Answer(
            storyboard_plan.planned(cards.job_card(kept[0], self._clock.now()), request, outlook), tuple(kept)
        )

    @property
    def named(self) -> frozenset[str]:
        """Whom the rules name, for chats that know somebody's roles only when they ask for them."""
        return self._rules.people

    async def admit(self, asker: Asker, place: Place | None) -> House:
        """Refuse whoever may not ask for videos here; chats call it before they show a form, which may ask where."""
        asker = self._rules.known(asker)
        if place is None:
            self._rules.check_person(asker)
            return House()
        self._rules.check(asker, place)
        house = await self._houses.of(place)
        house.check(asker, self._rules.contact)
        return house

    def known(self, asker: Asker) -> Asker:
        """The asker with what the rules know of them."""
        return self._rules.known(asker)

    async def taste(self, asker: Asker) -> Taste:
        """What holds for somebody when they say nothing else."""
        return await self._tastes.of(asker)

    async def prefer(self, asker: Asker, taste: Taste) -> Answer:
        """Let something hold for somebody from now on, in place of what did; refused when it never could."""
        return await self._tastes.put(asker, await approved(taste, self._fits))

    async def _fits(self, request: Request) -> None:
        """Refuse what no studio makes, and whom none has heard of."""
        studio = await choice.choose(request, self._studios, self._usual)
        await choice.recognise(request, studio, self._studios)

    async def _keep(self, jobs: list[Job], house: House) -> list[Job]:
        """Keep what was asked for, unless it is too much."""
        caps = self._rules.caps_for(jobs[0].asker, house.caps)
        try:
            kept = await self._jobs.add(jobs, caps)
        except Reached as error:
            raise reached(error, self._clock.now(), len(jobs), self._rules.contact) from error
        self._wake()
        return kept

    async def _offer(self, errand: Errand, request: Request, refusal: Refused, house: House) -> Answer:
        """Where the studio that was named refuses and another could, a card says so and has a button for it."""
        name = choice.named(request, self._studios)
        other = choice.elsewhere(request, name, self._studios) if name else None
        if name is None or other is None:
            raise refusal
        kept = await self._keep([errand.refused(request, name, refusal.sentence, other)], house)
        return Answer(cards.job_card(kept[0], self._clock.now()), tuple(kept))

    async def press(self, asker: Asker, place: Place, act: Act, job: str, once: str | None = None) -> Answer:
        """Do what a button on a card says; editing and translating begin with a form, which is the chat's to show."""
        match act:
            case "cancel":
                return await self.cancel(asker, job)
            case "redo":
                return await self.redo(asker, place, job, once)
            case "switch":
                return await self.switch(asker, place, job, once)
            case "delete":
                return await self.delete(asker, job)
            case "details" | "edit" | "translate":
                found = await self.job(asker, job)
                return Answer(cards.details(found), (found,), private=True)

    async def job(self, asker: Asker, word: str) -> Job:
        """A job by its id or the end of it; nobody else's private one."""
        return await self._finding.find(asker, word)

    async def cancel(self, asker: Asker, word: str) -> Answer:
        """Stop a job: no more is spent on it, and nothing of it is posted."""
        return await self._undoing.cancel(self._rules.known(asker), word)

    async def delete(self, asker: Asker, word: str) -> Answer:
        """Delete what was made, at the studio and here."""
        return await self._undoing.delete(self._rules.known(asker), word)

    async def redo(self, asker: Asker, place: Place, word: str, once: str | None = None) -> Answer:
        """Ask for the same once more."""
        job = await self._finding.find(asker, word)
        return await self.ask(asker, place, job.request, once, again_of=job.id)

    async def switch(self, asker: Asker, place: Place, word: str, once: str | None = None) -> Answer:
        """Ask another studio for what the first one did not make."""
        job = await self._finding.find(asker, word)
        other = choice.elsewhere(job.request, job.studio, self._studios)
        if other is None:
            raise Refused(f"No studio here besides {title_of(job.studio)} can make this.")
        return await self.ask(asker, place, choice.switched(job.request, other), once, again_of=job.id)

    async def asked_of(self, asker: Asker, place: Place, message: str) -> str | None:
        """The latest job that this person asked for by pointing at a message."""
        return await self._finding.asked_of(asker, message)

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        """What can be picked for an option, from every studio, the best matches first."""
        return await self._enquiries.suggest(what, typed, limit)

    async def _do(self, verb: Verb, asker: Asker, place: Place, typed: Typed, once: str | None) -> Answer:
        if anew := self._anew.get(verb.word):
            return await anew(asker, place, typed.rest.strip(), once)
        return await self._verbs[verb.word](self._rules.known(asker), place, typed.rest.strip())

    async def _subscribe(self, asker: Asker, place: Place, typed: str) -> Answer:
        await self.admit(asker, place)
        return await self._board.subscribe(asker, place, typed)

    async def _settings(self, asker: Asker, place: Place, typed: str) -> Answer:
        mine = own(typed)
        if mine is not None:
            held = await self._tastes.of(asker)
            return await self.prefer(asker, changed(held, mine)) if mine else card(held)
        if typed:
            house = await self._houses.change(asker, place, typed)
            return Answer(changed_card(asker, house))
        standing = Standing(
            self._rules,
            await self._houses.of(place),
            await self._board.lines(place),
            [studio.title for studio in self._studios.values()],
            self._emoji,
            self._rehearsing,
            await self._tastes.of(asker),
        )
        return Answer(standing.card(asker, place), private=True)
