"""A form being filled in: what it is about and where its video belongs, kept by us because Slack keeps only an id."""

from dataclasses import dataclass, field
from typing import Any

from adapters.chats.slack.context import Inside
from bot.commands.forms import Given
from bot.commands.verbs import VERBS
from bot.jobs.asker import Place
from bot.jobs.job import new_id
from bot.requests.kinds import REQUESTS, Request
from bot.requests.media import Media

TITLE = 24  # characters over a form


@dataclass(frozen=True)
class Draft:
    """What a form began with."""

    request: type[Request]
    workspace: str
    place: Place | None = None  # none: the form asks where
    given: dict[str, Given] = field(default_factory=dict)
    again_of: str | None = None
    more: bool = False
    id: str = field(default_factory=new_id)

    @property
    def key(self) -> str:
        """What its form is known by."""
        return f"{self.workspace}/{self.id}"

    @property
    def kind(self) -> str:
        """The request by name."""
        return kind_of(self.request)

    @property
    def title(self) -> str:
        """What the form is called."""
        sentence = next(each.sentence for each in VERBS if each.request is self.request)
        return sentence if len(sentence) <= TITLE else f"New {self.kind}"


def kind_of(request: type[Request]) -> str:
    """The name a request goes by."""
    return str(request.model_fields["kind"].default)


def request_of(kind: str) -> type[Request]:
    """The request of a name."""
    return next(each for each in REQUESTS if kind_of(each) == kind)


class Drafts:
    """Keeps drafts until their form is sent or closed."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside

    async def put(self, draft: Draft) -> None:
        """Keep it."""
        await self._in.put(f"draft:{draft.key}", _packed(draft))

    async def get(self, key: str) -> Draft | None:
        """The draft of a form; none when it was sent or closed already."""
        note = await self._in.note(f"draft:{key}")
        return _unpacked(key.rpartition("/")[2], note) if note else None

    async def drop(self, key: str) -> None:
        """It is sent or closed."""
        await self._in.drop(f"draft:{key}")


def _packed(draft: Draft) -> dict[str, Any]:
    given = {name: value.model_dump() if isinstance(value, Media) else value for name, value in draft.given.items()}
    return {
        "kind": draft.kind,
        "workspace": draft.workspace,
        "place": draft.place.model_dump() if draft.place else None,
        "given": given,
        "again_of": draft.again_of,
        "more": draft.more,
    }


def _unpacked(key: str, note: dict[str, Any]) -> Draft:
    given = {
        name: Media.model_validate(value) if isinstance(value, dict) else value for name, value in note["given"].items()
    }
    place = Place.model_validate(note["place"]) if note["place"] else None
    return Draft(request_of(note["kind"]), note["workspace"], place, given, note["again_of"], bool(note["more"]), key)
