"""What kind of conversation a channel is: between two, for the invited only, or open to everybody."""

from functools import lru_cache

from adapters.chats.slack.api.errors import Said
from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import Inside
from bot.errors import Trouble
from bot.jobs.asker import Place

KNOWN_FOR = 3600.0
MOST = 20_000
_INVITED = ("privategroup", "mpdm-")  # what Slack calls such channels instead of their names
_ALONE = ("D", "U", "W")  # a conversation with one person, or the person


@lru_cache(4096)  # a value that half of all requests need anew
def place_of(workspace: str, channel: str, name: str = "", thread: str = "", message: str = "") -> Place:
    """A place, as far as its ids and the name that came with it tell."""
    private = channel.startswith(_ALONE)
    return Place(
        platform=PLATFORM,
        workspace=workspace,
        channel=channel,
        thread=thread,
        message=message,
        private=private,
        closed=not private and (channel.startswith("G") or name.startswith(_INVITED)),
    )


class Channels:
    """Knows which channels only the invited can read."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside
        self._known: dict[tuple[str, str], tuple[float, bool]] = {}

    async def whole(self, place: Place) -> Place:
        """The place with what only Slack knows of it."""
        if place.private or place.closed:
            return place
        return place.model_copy(update={"closed": await self._closed(place.workspace, place.channel)})

    async def _closed(self, workspace: str, channel: str) -> bool:
        now = self._in.door.clock.now()
        at, closed = self._known.get((workspace, channel), (0.0, False))
        if at > now - KNOWN_FOR:
            return closed
        try:
            said = await self._in.call(workspace, "conversations.info", seconds=3.0, channel=channel)
        except Said:
            closed = True  # what we may not look at is told nowhere
        except Trouble:
            return True
        else:
            found = said.get("channel") or {}
            closed = bool(found.get("is_private") or found.get("is_mpim") or found.get("is_im"))
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[workspace, channel] = (now, closed)
        return closed
