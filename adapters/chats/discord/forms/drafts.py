"""Drafts: what a form began with, kept until it comes back, across restarts.

Discord says neither that a form was closed nor what it began with, so each person keeps only their latest few.
"""

from dataclasses import dataclass, field
from typing import Any

from bot.errors import Refused
from bot.jobs.asker import Asker
from bot.requests.kinds import REQUESTS, Request
from bot.requests.media import Media
from bot.runtime.key_value import KeyValueStore

DRAFTS_SPACE = "discord-drafts"
MAX_DRAFTS_PER_USER = 5

_REQUEST_TYPES: dict[str, type[Request]] = {each.model_fields["kind"].default: each for each in REQUESTS}


@dataclass(frozen=True)
class DiscordDraft:
    """A request half made: its values so far, and what was wrong with it at the last try."""

    id: str
    request: type[Request]
    values: dict[str, Any] = field(default_factory=dict)
    message_id: str = ""  # the message that was pointed at
    redo_of: str = ""
    error: str = ""
    error_field: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is noted."""
        values = {
            name: {"media": value.model_dump(mode="json")} if isinstance(value, Media) else value
            for name, value in self.values.items()
        }
        facts = {
            "message_id": self.message_id,
            "redo_of": self.redo_of,
            "error": self.error,
            "error_field": self.error_field,
        }
        return {"id": self.id, "request": self.request.model_fields["kind"].default, "values": values, **facts}


def _from_json(stored: dict[str, Any]) -> DiscordDraft:
    values = {
        name: Media.model_validate(value["media"]) if isinstance(value, dict) else value
        for name, value in stored["values"].items()
    }
    facts = {name: stored[name] for name in ("message_id", "redo_of", "error", "error_field")}
    return DiscordDraft(stored["id"], _REQUEST_TYPES[stored["request"]], values, **facts)


class DiscordDrafts:
    """Keeps each person's latest drafts."""

    def __init__(self, key_value: KeyValueStore) -> None:
        self._key_value = key_value

    async def save_draft(self, asker: Asker, draft: DiscordDraft) -> None:
        """Keep a draft before its form is shown."""
        others = [each for each in await self._stored_drafts(asker) if each["id"] != draft.id]
        await self._key_value.put(DRAFTS_SPACE, asker.user, [draft.to_json(), *others][:MAX_DRAFTS_PER_USER])

    async def get_draft(self, asker: Asker, draft_id: str) -> DiscordDraft | None:
        """The draft of a form that came back; None when it waited too long."""
        return next((_from_json(each) for each in await self._stored_drafts(asker) if each["id"] == draft_id), None)

    async def delete_draft(self, asker: Asker, draft_id: str) -> None:
        """The draft became a job."""
        left = [each for each in await self._stored_drafts(asker) if each["id"] != draft_id]
        await (
            self._key_value.put(DRAFTS_SPACE, asker.user, left)
            if left
            else self._key_value.delete(DRAFTS_SPACE, asker.user)
        )

    async def _stored_drafts(self, asker: Asker) -> list[dict[str, Any]]:
        return list(await self._key_value.get(DRAFTS_SPACE, asker.user) or [])


def with_refusal(draft: DiscordDraft, values: dict[str, Any], refusal: Refused) -> DiscordDraft:
    """The draft as it was filled in, with what is wrong with it."""
    return DiscordDraft(
        draft.id, draft.request, values, draft.message_id, draft.redo_of, refusal.sentence, refusal.option or ""
    )
