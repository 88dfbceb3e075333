"""What can be looked up: voices, presenters, movements, languages, credits, jobs, and how it all works."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import zip_longest

from bot.commands.help import help_card
from bot.errors import Refused, Trouble
from bot.jobs.asker import Asker, Place
from bot.jobs.job import Jobs, Wanted
from bot.requests import drivers, languages
from bot.requests.options import nearest
from bot.studios.studio import Choice, Studio
from bot.wording.answer import Answer
from bot.wording.cards import Card
from bot.wording.titles import title

Look = Callable[[Asker, Place, str], Awaitable[Answer]]


class Enquiries:
    """Answers what people look up; nothing is changed by asking."""

    def __init__(self, jobs: Jobs, studios: Mapping[str, Studio]) -> None:
        self._jobs = jobs
        self._studios = studios
        self.verbs: dict[str, Look] = {
            "voices": self._suggested("voices"),
            "presenters": self._suggested("presenters"),
            "templates": self._suggested("templates"),
            "drivers": self._drivers,
            "languages": self._languages,
            "credits": self._credits,
            "jobs": self._list,
            "help": self._help,
        }

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

    def _suggested(self, what: str) -> Look:
        async def answer(asker: Asker, place: Place, word: str) -> Answer:
            found = await self.suggest(what, word)
            lines = tuple(f"{each.label}  {each.sentence}".rstrip() for each in found)
            return _aside(what.capitalize(), lines or (f"None match “{word[:40]}”.",))

        return answer

    async def _list(self, asker: Asker, place: Place, word: str) -> Answer:
        mine = await self._jobs.pick(
            Wanted(platform=asker.platform, workspace=asker.workspace, user=asker.user, limit=10)
        )
        lines = tuple(f"{job.id[-6:]}  {job.stage.value:<11}{title(job.request)}" for job in mine)
        return _aside("Your latest jobs", lines or ("None yet. Try /didtalk Welcome aboard!",))

    async def _credits(self, asker: Asker, place: Place, word: str) -> Answer:
        return _aside("Credits", [await _left(studio) for studio in self._studios.values()])

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

    async def _help(self, asker: Asker, place: Place, word: str) -> Answer:
        return Answer(help_card(word), private=True)


async def _left(studio: Studio) -> str:
    """What is left at a studio, in a line."""
    try:
        credit = await studio.credit()
    except Trouble as trouble:
        return f"{studio.title}: {trouble.sentence}"
    total = f" of {credit.total:g}" if credit.total is not None else ""
    until = f", the first of them until {credit.expires[:10]}" if credit.expires else ""
    return f"{studio.title}: {credit.remaining:g}{total} credits left{until}."


def _aside(title: str, lines: Sequence[str]) -> Answer:
    """What somebody looked up: nobody else need read it."""
    return Answer(Card(title=title, lines=tuple(lines)), private=True)
