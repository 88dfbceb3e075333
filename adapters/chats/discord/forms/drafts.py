"""Drafts: what a form began with, kept until it comes back, across restarts.

Discord says neither that a form was closed nor what it began with, so each person keeps only their latest few.
"""

from dataclasses import dataclass, field
from typing import Any

from bot.desk.chat_context import Notes
from bot.errors import Refused
from bot.jobs.asker import Asker
from bot.requests.kinds import REQUESTS, Request
from bot.requests.media import Media

SPACE = "discord-drafts"
KEPT = 5

_KINDS: dict[str, type[Request]] = {each.model_fields["kind"].default: each for each in REQUESTS}


@dataclass(frozen=True)
class Draft:
    """A request half made: its values so far, and what was wrong with it at the last try."""

    id: str
    request: type[Request]
    values: dict[str, Any] = field(default_factory=dict)
    message: str = ""  # the message that was pointed at
    again_of: str = ""
    fault: str = ""
    fault_at: str = ""

    def dump(self) -> dict[str, Any]:
        """As it is noted."""
        values = {
            name: {"media": value.model_dump(mode="json")} if isinstance(value, Media) else value
            for name, value in self.values.items()
        }
        facts = {"message": self.message, "again_of": self.again_of, "fault": self.fault, "fault_at": self.fault_at}
        return {"id": self.id, "request": self.request.model_fields["kind"].default, "values": values, **facts}


def _load(noted: dict[str, Any]) -> Draft:
    values = {
        name: Media.model_validate(value["media"]) if isinstance(value, dict) else value
        for name, value in noted["values"].items()
    }
    facts = {name: noted[name] for name in ("message", "again_of", "fault", "fault_at")}
    return Draft(noted["id"], _KINDS[noted["request"]], values, **facts)


class Drafts:
    """Keeps each person's latest drafts."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def keep(self, asker: Asker, draft: Draft) -> None:
        """Keep a draft before its form is shown."""
        others = [each for each in await self._noted(asker) if each["id"] != draft.id]
        await self._notes.put(SPACE, asker.user, [draft.dump(), *others][:KEPT])

    async def get(self, asker: Asker, draft: str) -> Draft | None:
        """The draft of a form that came back; None when it waited too long."""
        return next((_load(each) for each in await self._noted(asker) if each["id"] == draft), None)

    async def drop(self, asker: Asker, draft: str) -> None:
        """The draft became a job."""
        left = [each for each in await self._noted(asker) if each["id"] != draft]
        await (self._notes.put(SPACE, asker.user, left) if left else self._notes.drop(SPACE, asker.user))

    async def _noted(self, asker: Asker) -> list[dict[str, Any]]:
        return list(await self._notes.get(SPACE, asker.user) or [])


def again(draft: Draft, values: dict[str, Any], refusal: Refused) -> Draft:
    """The draft as it was filled in, with what is wrong with it."""
    return Draft(draft.id, draft.request, values, draft.message, draft.again_of, refusal.sentence, refusal.option or "")
