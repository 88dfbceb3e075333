"""The one door for all chats: checks, records, answers. Whatever it says yes to is in the database by then."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot import cards, choosing, planning
from bot.answer import Answer as Answer
from bot.board import Board
from bot.caps import Reached, reached
from bot.cards import Act
from bot.chat import Chat
from bot.clock import Clock
from bot.commands import Verb
from bot.enquiries import Enquiries
from bot.errors import Refused
from bot.finding import Finding
from bot.grammar import Typed, read
from bot.house import Houses
from bot.jobs import Job, Jobs, new_id
from bot.media import Media, Shelf
from bot.place import Asker, Place
from bot.rules import Rules
from bot.requests import Request, Storyboard, Translation, make
from bot.studio import Choice, Studio
from bot.undoing import Undoing


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
        rules: Rules | None = None,
        houses: Houses | None = None,
    ) -> None:
        self._jobs = jobs
        self._studios = studios
        self._clock = clock
        self._wake = wake
        self._enquiries, self._finding = Enquiries(jobs, studios), Finding(jobs)
        self._undoing = Undoing(jobs, studios, chats, shelf, clock, wake)
        self._board = board
        self._emoji = emoji or {}
        self._rehearsing = rehearsing
        self._text = text
        self._usual = usual
        self._verbs: dict[str, Callable[[Asker, Place, str], Awaitable[Answer]]] = {
            **self._enquiries.verbs,
            "cancel": lambda asker, place, word: self.cancel(asker, word),
            "redo": self.redo,
            "switch": self.switch,
            "delete": lambda asker, place, word: self.delete(asker, word),
            "subscribe": board.subscribe,
            "unsubscribe": board.unsubscribe,
            "settings": self._settings,
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
        studio = await choosing.choose(request, self._studios, self._usual)
        if isinstance(request, Storyboard) and request.plan:
            return Answer(planning.rehearsal(request))
        parts = _parts(request)
        now = self._clock.now()
        group = new_id(now)
        jobs = [
            Job.model_validate(
                {
                    "id": group if nth == 0 else new_id(now),
                    "group": group,
                    "nth": nth,
                    "of": len(parts),
                    "once": once,
                    "request": part,
                    "studio": studio.name,
                    "rehearsed": self._rehearsing,
                    "asker": asker,
                    "place": place,
                    "asked_at": now,
                    "moved_at": now,
                    "due_at": now,
                    "again_of": again_of,
                    "notes": planning.notes(part),
                }
            )
            for nth, part in enumerate(parts)
        ]
        kept = await self._jobs.add(jobs)
        self._wake()
        return Answer(planning.planned(cards.job_card(kept[0], now), request), tuple(kept))

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
        return await self._undoing.cancel(asker, word)

    async def delete(self, asker: Asker, word: str) -> Answer:
        """Delete what was made, at the studio and here."""
        return await self._undoing.delete(asker, word)

    async def redo(self, asker: Asker, place: Place, word: str, once: str | None = None) -> Answer:
        """Ask for the same once more."""
        job = await self._finding.find(asker, word)
        return await self.ask(asker, place, job.request, once, again_of=job.id)

    async def switch(self, asker: Asker, place: Place, word: str, once: str | None = None) -> Answer:
        """Ask another studio for what the first one did not make."""
        job = await self._finding.find(asker, word)
        other = choosing.elsewhere(job.request, job.studio, self._studios)
        if other is None:
            raise Refused(f"No studio here besides {cards.STUDIOS.get(job.studio, job.studio)} can make this.")
        return await self.ask(asker, place, choosing.switched(job.request, other), once, again_of=job.id)

    async def asked_of(self, asker: Asker, place: Place, message: str) -> str | None:
        """The latest job that this person asked for by pointing at a message."""
        return await self._finding.asked_of(asker, message)

    async def suggest(self, what: str, typed: str, limit: int = 25) -> list[Choice]:
        """What can be picked for an option, from every studio, the best matches first."""
        return await self._enquiries.suggest(what, typed, limit)

    async def _do(self, verb: Verb, asker: Asker, place: Place, typed: Typed) -> Answer:
        return await self._verbs[verb.word](asker, place, typed.rest.strip())

    async def _settings(self, asker: Asker, place: Place, word: str) -> Answer:
        heard = await self._board.lines(place)
        studios = [studio.title for studio in self._studios.values()]
        return Answer(cards.settings_card(asker, heard, studios, self._emoji, self._rehearsing), private=True)


def _parts(request: Request) -> Sequence[Request]:
    """A request for several languages is a job for each."""
    if isinstance(request, Translation):
        return [request.model_copy(update={"languages": (each,)}) for each in request.languages]
    return [request]
