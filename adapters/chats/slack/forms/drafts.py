"""A form being filled in: what it is about and where its video belongs, kept by us because Slack keeps only an id."""

from dataclasses import dataclass, field
from typing import Any

from adapters.chats.slack.context import SlackContext
from bot.commands.forms import FieldValue
from bot.commands.verbs import VERBS
from bot.jobs.asker import Place
from bot.jobs.job import new_id
from bot.requests.kinds import REQUESTS, Request
from bot.requests.media import Media

MAX_TITLE_CHARS = 24  # characters over a form


@dataclass(frozen=True)
class SlackDraft:
    """What a form began with."""

    request: type[Request]
    workspace: str
    place: Place | None = None  # none: the form asks where
    given: dict[str, FieldValue] = field(default_factory=dict)
    redo_of: str | None = None
    show_advanced: bool = False
    id: str = field(default_factory=new_id)

    @property
    def key(self) -> str:
        """What its form is known by."""
        return f"{self.workspace}/{self.id}"

    @property
    def kind(self) -> str:
        """The request by name."""
        return request_kind(self.request)

    @property
    def title(self) -> str:
        """What the form is called."""
        sentence = next(each.sentence for each in VERBS if each.request is self.request)
        return sentence if len(sentence) <= MAX_TITLE_CHARS else f"New {self.kind}"


def request_kind(request: type[Request]) -> str:
    """The name a request goes by."""
    return str(request.model_fields["kind"].default)


def request_by_kind(kind: str) -> type[Request]:
    """The request of a name."""
    return next(each for each in REQUESTS if request_kind(each) == kind)


class SlackDrafts:
    """Keeps drafts until their form is sent or closed."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context

    async def save_draft(self, draft: SlackDraft) -> None:
        """Keep it."""
        await self._context.save_value(f"draft:{draft.key}", _draft_to_json(draft))

    async def get_draft(self, key: str) -> SlackDraft | None:
        """The draft of a form; none when it was sent or closed already."""
        stored = await self._context.load_value(f"draft:{key}")
        return _draft_from_json(key.rpartition("/")[2], stored) if stored else None

    async def delete_draft(self, key: str) -> None:
        """It is sent or closed."""
        await self._context.delete_value(f"draft:{key}")


def _draft_to_json(draft: SlackDraft) -> dict[str, Any]:
    given = {name: value.model_dump() if isinstance(value, Media) else value for name, value in draft.given.items()}
    return {
        "kind": draft.kind,
        "workspace": draft.workspace,
        "place": draft.place.model_dump() if draft.place else None,
        "given": given,
        "again_of": draft.redo_of,
        "more": draft.show_advanced,
    }


def _draft_from_json(key: str, stored: dict[str, Any]) -> SlackDraft:
    given = {
        name: Media.model_validate(value) if isinstance(value, dict) else value
        for name, value in stored["given"].items()
    }
    place = Place.model_validate(stored["place"]) if stored["place"] else None
    return SlackDraft(
        request_by_kind(stored["kind"]),
        stored["workspace"],
        place,
        given,
        stored["again_of"],
        bool(stored["more"]),
        key,
    )
