"""Half-filled forms, kept across restarts until they are submitted or closed.

Chats do not always report that a form was closed, so each person keeps only their latest few.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator, TypeAdapter

from bot.jobs.job import REQUESTS, Place, new_id
from bot.requests.base import Request
from bot.requests.media import Media
from bot.runtime.key_value import KeyValueStore

FORM_DRAFTS_SPACE = "form-drafts"
MAX_DRAFTS_PER_USER = 5


def request_kind(request: type[Request]) -> str:
    """The name of a kind of request, such as "talk"."""
    return str(request.model_fields["kind"].default)


def request_by_kind(kind: str) -> type[Request]:
    return next(each for each in REQUESTS if request_kind(each) == kind)


@dataclass(frozen=True)
class FormDraft:
    """A form's request, the values so far, and what was wrong with them at the last try."""

    request: Annotated[type[Request], PlainSerializer(request_kind), PlainValidator(request_by_kind)]
    values: dict[str, Annotated[Media | Any, Field(union_mode="left_to_right")]] = field(default_factory=dict)
    place: Place | None = None  # where the video goes; None: the form asks
    redo_of: str | None = None  # the job it repeats
    show_advanced: bool = False
    message_id: str = ""  # the message it was opened from
    error: str = ""
    error_field: str = ""
    id: str = field(default_factory=new_id)

    @property
    def kind(self) -> str:
        return request_kind(self.request)


_DRAFT_JSON = TypeAdapter(FormDraft)


class FormDrafts:
    """Keeps each person's latest drafts on one chat platform."""

    def __init__(self, key_value: KeyValueStore, platform: str) -> None:
        self._key_value = key_value
        self._platform = platform

    async def save_draft(self, workspace: str, user: str, draft: FormDraft) -> None:
        """Save a new draft, or a new version of one."""
        new = _DRAFT_JSON.dump_python(draft, mode="json")

        def change(stored: Any) -> Any:
            return [new, *(each for each in stored or () if each["id"] != draft.id)][:MAX_DRAFTS_PER_USER]

        await self._key_value.update(FORM_DRAFTS_SPACE, self._key(workspace, user), change)

    async def get_draft(self, workspace: str, user: str, draft_id: str) -> FormDraft | None:
        """The draft; None when its form was submitted, closed or replaced by newer ones."""
        stored = await self._key_value.get(FORM_DRAFTS_SPACE, self._key(workspace, user)) or ()
        return next((_DRAFT_JSON.validate_python(each) for each in stored if each["id"] == draft_id), None)

    async def delete_draft(self, workspace: str, user: str, draft_id: str) -> None:
        """Delete the draft of a form that was submitted or closed."""

        def change(stored: Any) -> Any:
            return [each for each in stored or () if each["id"] != draft_id]

        # An empty list stays: deleting it could take a form along that was opened just now.
        await self._key_value.update(FORM_DRAFTS_SPACE, self._key(workspace, user), change)

    async def delete_workspace(self, workspace: str) -> None:
        """Delete the drafts of everybody in a workspace."""
        await self._key_value.delete_prefix(FORM_DRAFTS_SPACE, self._key(workspace, ""))

    def _key(self, workspace: str, user: str) -> str:
        return f"{self._platform}/{workspace}/{user}"
