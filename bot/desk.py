"""The one door for all chats: checks, records, answers. Whatever it says yes to is in the database by then."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import zip_longest

from bot import cards, choosing, drivers, languages, planning
from bot.answer import Answer as Answer
from bot.board import Board
from bot.cards import Act, Card
from bot.chat import Chat
from bot.clock import Clock
from bot.commands import Verb
from bot.errand import Errand
from bot.errors import Refused, Trouble
from bot.grammar import Typed, read
from bot.help import help_card
from bot.jobs import Job, Jobs, Stage, Wanted
from bot.media import Media, Shelf
from bot.options import nearest
from bot.place import Asker, Place
from bot.requests import Request, Storyboard, make
from bot.studio import Choice, Studio


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
        emoji: Mapping[str, str] | None = None,
        rehearsing: bool = False,
        text: planning.Text | None = None,
        usual: str = "did",
    ) -> None:
        self._jobs = jobs
        self._studios = studios
        self._chats = chats
        self._shelf = shelf
        self._clock = clock
        self._wake = wake
        self._board = board
        self._emoji = emoji or {}
        self._rehearsing = rehearsing
        self._text = text
        self._usual = usual
        self._verbs: dict[str, Callable[[Asker, Place, str], Awaitable[Answer]]] = {
            "voices": self._suggest("voices"),
            "presenters": self._suggest("presenters"),
            "templates": self._suggest("templates"),
            "drivers": self._drivers,
            "languages": self._languages,
            "credits": self._credits,
            "jobs": self._list,
            "cancel": lambda asker, place, word: self.cancel(asker, word),
            "redo": self.redo,
            "switch": self.switch,
            "delete": lambda asker, place, word: self.delete(asker, word),
            "subscribe": board.subscribe,
            "unsubscribe": board.unsubscribe,
            "settings": self._settings,
            "help": self._help,
        }

    async def say(
        self, asker: Asker, place: Place, text: str, media: Sequence[Media] = (), once: str | None = None
    ) -> Answer:
        """Do what a typed line asks for."""
        typed = read(text, media)
        if typed.verb.request:
            return await self.ask(asker, place, make(typed.verb.request, typed.values), once)
        return await self._do(typed.verb, asker, place, typed)

    async def ask(
        self, asker: Asker, place: Place, request: Request, once: str | None = None, again_of: str | None = None
    ) -> Answer:
        """Take a request on: after this returns it will end in a video or a reason, whatever crashes."""
        request = await planning.whole(request, self._text) if self._text else request
        errand = Errand(asker, place, self._clock.now(), self._rehearsing, once, again_of)
        try:
            studio = await choosing.choose(request, self._studios, self._usual)
        except Refused as refusal:
            return await self._offer(errand, request, refusal)
        await choosing.recognise(request, studio, self._studios)
        outlook = planning.outlook(studio, request)
        if isinstance(request, Storyboard) and request.plan:
            return Answer(planning.rehearsal(request, outlook))
        kept = await self._jobs.add(errand.jobs(request, studio.name, outlook))
        self._wake()
        return Answer(planning.planned(cards.job_card(kept[0], self._clock.now()), request, outlook), tuple(kept))

    async def _offer(self, errand: Errand, request: Request, refusal: Refused) -> Answer:
        """Where the studio that was named refuses and another could, a card says so and has a button for it."""
        name = choosing.named(request, self._studios)
        other = choosing.elsewhere(request, name, self._studios) if name else None
        if name is None or other is None:
            raise refusal
        kept = await self._jobs.add([errand.refused(request, name, refusal.sentence, other)])
        self._wake()
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
        return await self._find(asker, word)

    async def cancel(self, asker: Asker, word: str) -> Answer:
        """Stop a job: no more is spent on it, and nothing of it is posted."""
        job = await self._own(asker, word, "cancel")
        moved = await self._until_moved(job, self._cancelled)
        self._wake()
        return Answer(cards.job_card(moved, self._clock.now()), (moved,), private=True)

    async def redo(self, asker: Asker, place: Place, word: str, once: str | None = None) -> Answer:
        """Ask for the same once more."""
        job = await self._find(asker, word)
        return await self.ask(asker, place, job.request, once, again_of=job.id)

    async def switch(self, asker: Asker, place: Place, word: str, once: str | None = None) -> Answer:
        """Ask another studio for what the first one did not make."""
        job = await self._find(asker, word)
        other = choosing.elsewhere(job.request, job.studio, self._studios)
        if other is None:
            raise Refused(f"No studio here besides {cards.STUDIOS.get(job.studio, job.studio)} can make this.")
        return await self.ask(asker, place, choosing.switched(job.request, other), once, again_of=job.id)

    async def asked_of(self, asker: Asker, place: Place, message: str) -> str | None:
        """The latest job that this person asked for by pointing at a message."""
        mine = await self._jobs.pick(
            Wanted(platform=asker.platform, workspace=asker.workspace, user=asker.user, limit=100)
        )
        return next((job.id for job in mine if job.place.message == message), None)

    async def delete(self, asker: Asker, word: str) -> Answer:
        """Delete what was made, at the studio and here."""
        job = await self._own(asker, word, "delete")
        if not job.ended:
            raise Refused(f"Job {job.id} is still running; cancel it first: /did cancel {job.id}.")
        if job.ticket and (studio := self._studios.get(job.studio)):
            await studio.delete(job)
        if chat := self._chats.get(job.place.platform):
            await chat.remove(job)
        for key in (job.kept.video, job.kept.captions) if job.kept else ():
            if key:
                await self._shelf.drop(key)
        moved = await self._until_moved(job, lambda each: each.but(result={}, kept=None, told=True))
        gone = Card(title=cards.title(moved.request), lines=("Deleted here and at the studio.",))
        return Answer(gone, (moved,), private=True)

    async def _do(self, verb: Verb, asker: Asker, place: Place, typed: Typed) -> Answer:
        return await self._verbs[verb.word](asker, place, typed.rest.strip())

    async def _find(self, asker: Asker, word: str) -> Job:
        """The job a person means: by its id or the end of it, or the latest of their own when they name none."""
        found = await self._jobs.get(word) if word else None
        if found and (found.asker.key == asker.key or not found.place.private):
            return found
        mine = await self._jobs.pick(
            Wanted(platform=asker.platform, workspace=asker.workspace, user=asker.user, limit=100)
        )
        for job in mine:
            if not word or job.id.endswith(word.casefold()):
                return job
        raise Refused(
            f"There is no job “{word[:40]}” of yours. /did jobs lists them." if word else "You have no jobs yet."
        )

    async def _own(self, asker: Asker, word: str, verb: str) -> Job:
        job = await self._find(asker, word)
        if job.asker.key != asker.key and not asker.moderator:
            raise Refused(f"Only whoever asked for it, or a moderator, can {verb} this.")
        return job

    def _cancelled(self, job: Job) -> Job | None:
        now = self._clock.now()
        match job.stage:
            case Stage.DELIVERED | Stage.FAILED | Stage.CANCELLED:
                return None
            case Stage.DELIVERING:
                raise Refused("It is being posted this very moment. Delete it afterwards: /did delete.")
            case Stage.SUBMITTING:
                return job.but(cancelling=True)  # the answer of the paid call is still to be recorded
            case _:
                return job.at(Stage.CANCELLED, now)

    async def _until_moved(self, job: Job, change: Callable[[Job], Job | None]) -> Job:
        """Apply a change, however often the engine moves the job under our hands."""
        while (new := change(job)) is not None:
            if moved := await self._jobs.move(job, new, hold=new.stage is job.stage):
                return moved
            job = await self._jobs.get(job.id) or job
        return job

    async def _list(self, asker: Asker, place: Place, word: str) -> Answer:
        mine = await self._jobs.pick(
            Wanted(platform=asker.platform, workspace=asker.workspace, user=asker.user, limit=10)
        )
        lines = tuple(f"{job.id[-6:]}  {job.stage.value:<11}{cards.title(job.request)}" for job in mine)
        return _aside("Your latest jobs", lines or ("None yet. Try /didtalk Welcome aboard!",))

    async def _credits(self, asker: Asker, place: Place, word: str) -> Answer:
        lines = []
        for studio in self._studios.values():
            try:
                credit = await studio.credit()
            except Trouble as trouble:
                lines.append(f"{studio.title}: {trouble.sentence}")
                continue
            total = f" of {credit.total:g}" if credit.total is not None else ""
            until = f", the first of them until {credit.expires[:10]}" if credit.expires else ""
            lines.append(f"{studio.title}: {credit.remaining:g}{total} credits left{until}.")
        return _aside("Credits", lines)

    async def _drivers(self, asker: Asker, place: Place, word: str) -> Answer:
        family = word.casefold().strip("/")
        if family in drivers.FAMILIES:
            names = [each.removeprefix("driver-") for each in drivers.FAMILIES[family]]
            return _aside(f"Drivers of {family}", (drivers.CHARACTER[family], ", ".join(names)))
        if family:
            close = nearest(family, drivers.FAMILIES)
            raise Refused(f"There is no family “{word[:40]}”." + (f" Did you mean {close}?" if close else ""))
        lines = [f"{name:<11}{drivers.CHARACTER[name]} ({len(all_)})" for name, all_ in drivers.FAMILIES.items()]
        return _aside("Movements for /did animate", (*lines, "/did drivers dance lists one family."))

    async def _languages(self, asker: Asker, place: Place, word: str) -> Answer:
        known = [f"{name} ({code})" for name, code in languages.CODES.items() if word.casefold() in name.casefold()]
        return _aside("Languages for /did translate", (", ".join(known) or "None by that name.",))

    async def _settings(self, asker: Asker, place: Place, word: str) -> Answer:
        heard = await self._board.lines(place)
        studios = [studio.title for studio in self._studios.values()]
        return Answer(cards.settings_card(asker, heard, studios, self._emoji, self._rehearsing), private=True)

    async def _help(self, asker: Asker, place: Place, word: str) -> Answer:
        return Answer(help_card(word), private=True)

    def _suggest(self, what: str) -> Callable[[Asker, Place, str], Awaitable[Answer]]:
        async def answer(asker: Asker, place: Place, word: str) -> Answer:
            found = await self.suggest(what, word)
            lines = tuple(f"{each.label}  {each.sentence}".rstrip() for each in found)
            return _aside(what.capitalize(), lines or (f"None match “{word[:40]}”.",))

        return answer

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        """What can be picked for an option, from every studio, the best matches first."""
        found: list[list[Choice]] = []
        for studio in self._studios.values():
            try:
                found.append(await studio.suggest(what, typed, limit))
            except Trouble:
                if len(self._studios) == 1:
                    raise
        # In turns, so that the list of one studio does not hide the other's.
        mixed = (choice for row in zip_longest(*found) for choice in row if choice)
        return list({each.value: each for each in mixed}.values())[:limit]


def _aside(title: str, lines: Sequence[str]) -> Answer:
    """What somebody looked up: nobody else need read it."""
    return Answer(Card(title=title, lines=tuple(lines)), private=True)
