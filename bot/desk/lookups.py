"""What can be looked up: voices, presenters, movements, languages, credits, jobs, and how it all works."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import zip_longest
from unicodedata import combining, normalize

from bot.commands.help import help_card
from bot.errors import Refused, Trouble
from bot.jobs.finder import JobFinder
from bot.jobs.job import Asker, Jobs, Place
from bot.requests import drivers, languages
from bot.requests.options import did_you_mean
from bot.studios.studio import Choice, Studio
from bot.wording.cards import Card, DeskReply, details_card, job_title

MAX_LISTED = 25
MORE_TEXT = "There are more. Type a part of the name or the language: /did {catalogue} french."

LookupHandler = Callable[[Asker, Place, str], Awaitable[DeskReply]]


class Lookups:
    def __init__(self, jobs: Jobs, studios: Mapping[str, Studio]) -> None:
        self._job_finder = JobFinder(jobs)
        self._studios = studios
        self.handlers: dict[str, LookupHandler] = {
            "voices": self._search_handler("voices"),
            "presenters": self._search_handler("presenters"),
            "templates": self._search_handler("templates"),
            "drivers": self._list_drivers,
            "languages": self._list_languages,
            "credits": self._show_credits,
            "jobs": self._list_jobs,
            "help": self._show_help,
            "details": self._show_details,
        }

    async def suggest(self, catalogue: str, typed: str, limit: int = 25) -> list[Choice]:
        """Values for an option from every provider, best matches first."""
        by_studio: list[list[Choice]] = []
        for studio in self._studios.values():
            try:
                by_studio.append(await studio.suggest(catalogue, typed, limit))
            except Trouble:
                if len(self._studios) == 1:
                    raise
        # In turns, so that the list of one studio does not hide the other's.
        mixed = (choice for row in zip_longest(*by_studio) for choice in row if choice)
        found = list({each.value: each for each in mixed}.values())[:limit]
        return sorted(found, key=lambda each: _suggestion_order(_folded(each.label), _folded(typed)))

    def _search_handler(self, catalogue: str) -> LookupHandler:
        async def search_catalogue(asker: Asker, place: Place, word: str) -> DeskReply:
            found = await self.suggest(catalogue, word, MAX_LISTED + 1)
            more = (MORE_TEXT.format(catalogue=catalogue),) if len(found) > MAX_LISTED else ()
            lines = tuple(
                " · ".join(part for part in (each.label, each.sentence) if part) for each in found[:MAX_LISTED]
            )
            return _private_reply(catalogue.capitalize(), (*lines, *more) or (f"No {catalogue} match “{word[:40]}”.",))

        return search_catalogue

    async def _list_jobs(self, asker: Asker, place: Place, word: str) -> DeskReply:
        jobs = await self._job_finder.list_for(asker, limit=10)
        lines = tuple(f"{job_title(job, asker)} · {job.stage.value} · {job.id[-6:]}" for job in jobs)
        title = "Everybody's latest jobs" if asker.moderator else "Your latest jobs"
        return _private_reply(title, lines or ("None yet. Try /didtalk Welcome aboard!",))

    async def _show_credits(self, asker: Asker, place: Place, word: str) -> DeskReply:
        return _private_reply("Credits", [await _credits_line(studio) for studio in self._studios.values()])

    async def _list_drivers(self, asker: Asker, place: Place, word: str) -> DeskReply:
        family = word.casefold().strip("/")
        if family in drivers.DRIVER_FAMILIES:
            names = [each.removeprefix("driver-") for each in drivers.DRIVER_FAMILIES[family]]
            return _private_reply(f"Drivers of {family}", (drivers.FAMILY_DESCRIPTIONS[family], ", ".join(names)))
        if family:
            raise Refused(f"No movement family is called “{word[:40]}”.{did_you_mean(family, drivers.DRIVER_FAMILIES)}")
        lines = [
            f"{name} — {drivers.FAMILY_DESCRIPTIONS[name]} ({len(all_)})"
            for name, all_ in drivers.DRIVER_FAMILIES.items()
        ]
        return _private_reply("Movements for /did animate", (*lines, "/did drivers dance lists one family."))

    async def _list_languages(self, asker: Asker, place: Place, word: str) -> DeskReply:
        known = [
            f"{name} ({code})" for name, code in languages.LANGUAGE_CODES.items() if word.casefold() in name.casefold()
        ]
        return _private_reply("Languages for /did translate", (", ".join(known) or "No language by that name.",))

    async def _show_details(self, asker: Asker, place: Place, word: str) -> DeskReply:
        job = await self._job_finder.find_job(asker, word)
        return DeskReply(details_card(job), (job,), private=True)

    async def _show_help(self, asker: Asker, place: Place, word: str) -> DeskReply:
        return DeskReply(help_card(word), private=True)


async def _credits_line(studio: Studio) -> str:
    try:
        credit = await studio.credit()
    except Trouble as trouble:
        return f"{studio.title}: {trouble.sentence}"
    total = f" of {credit.total:,g}" if credit.total is not None else ""
    until = f" The first ones expire on {credit.expires[:10]}." if credit.expires else ""
    return f"{studio.title}: {credit.remaining:,g}{total} credits left.{until}"


def _private_reply(title: str, lines: Sequence[str]) -> DeskReply:
    return DeskReply(Card(title=title, lines=tuple(lines)), private=True)


def _folded(text: str) -> str:
    return "".join(each for each in normalize("NFKD", text.casefold()) if not combining(each)).strip()


def _suggestion_order(label: str, typed: str) -> tuple[int, str]:
    """By name, those that begin with what was typed first; what a provider only found similar stays in its order."""
    if typed in label:
        return int(not label.startswith(typed)), label
    return 2, ""
