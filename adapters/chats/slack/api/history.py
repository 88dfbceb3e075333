"""What was said in a place around a moment, page by page."""

from collections.abc import AsyncIterator
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.context import SlackContext
from bot.errors import TryAgain, Unsure
from bot.jobs.asker import Place

MAX_HISTORY_PAGES = 5
SEARCH_BEFORE_SECONDS, SEARCH_AFTER_SECONDS = (
    60.0,
    300.0,
)  # seconds; a message that was being posted is there by then, or never will be


async def messages_around(
    context: SlackContext, place: Place, since: float, after: float | None = SEARCH_AFTER_SECONDS
) -> AsyncIterator[dict[str, Any]]:
    """Every message that may have been posted then, or ever since; `Said` where that is closed to us."""
    method = "conversations.replies" if place.thread else "conversations.history"
    params: dict[str, Any] = {"channel": place.channel, "ts": place.thread or None, "limit": 200}
    params |= {"oldest": f"{max(0.0, since - SEARCH_BEFORE_SECONDS):.6f}", "include_all_metadata": True}
    params["latest"] = None if after is None else f"{since + after:.6f}"
    for _ in range(MAX_HISTORY_PAGES):
        try:
            page = await context.call(place.workspace, method, **params)
        except Unsure as lost:  # of a look, which proves nothing and can simply be taken again
            raise TryAgain(texts.NOT_CONNECTED) from lost
        for each in page.get("messages") or ():
            yield each
        params["cursor"] = (page.get("response_metadata") or {}).get("next_cursor") or None
        if not params["cursor"]:
            return
    raise Unsure("More was said there than can be looked through.")
