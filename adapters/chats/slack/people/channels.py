"""What kind of conversation a channel is: between two, for the invited only, or open to everybody."""

from functools import lru_cache

from adapters.chats.slack.api.errors import SlackRefused
from adapters.chats.slack.api.workspaces import PLATFORM
from adapters.chats.slack.context import SlackContext
from bot.errors import Trouble
from bot.jobs.asker import Place

CHANNEL_CACHE_SECONDS = 3600.0
MAX_CACHED_CHANNELS = 20_000
_PRIVATE_NAME_PREFIXES = ("privategroup", "mpdm-")  # what Slack calls such channels instead of their names
_DIRECT_ID_PREFIXES = ("D", "U", "W")  # a conversation with one person, or the person


@lru_cache(4096)  # a value that half of all requests need anew
def make_place(workspace: str, channel: str, name: str = "", thread: str = "", message: str = "") -> Place:
    """A place, as far as its ids and the name that came with it tell."""
    private = channel.startswith(_DIRECT_ID_PREFIXES)
    return Place(
        platform=PLATFORM,
        workspace=workspace,
        channel=channel,
        thread=thread,
        message=message,
        private=private,
        invite_only=not private and (channel.startswith("G") or name.startswith(_PRIVATE_NAME_PREFIXES)),
    )


class Channels:
    """Knows which channels only the invited can read."""

    def __init__(self, context: SlackContext) -> None:
        self._context = context
        self._cache: dict[tuple[str, str], tuple[float, bool]] = {}

    async def with_privacy(self, place: Place) -> Place:
        """The place with what only Slack knows of it."""
        if place.private or place.invite_only:
            return place
        return place.model_copy(update={"invite_only": await self._is_invite_only(place.workspace, place.channel)})

    async def _is_invite_only(self, workspace: str, channel: str) -> bool:
        now = self._context.core.clock.now()
        cached_at, closed = self._cache.get((workspace, channel), (0.0, False))
        if cached_at > now - CHANNEL_CACHE_SECONDS:
            return closed
        try:
            response = await self._context.call(workspace, "conversations.info", seconds=3.0, channel=channel)
        except SlackRefused:
            closed = True  # what we may not look at is told nowhere
        except Trouble:
            return True
        else:
            info = response.get("channel") or {}
            closed = bool(info.get("is_private") or info.get("is_mpim") or info.get("is_im"))
        if len(self._cache) >= MAX_CACHED_CHANNELS:
            self._cache.clear()
        self._cache[workspace, channel] = (now, closed)
        return closed
