"""Reads a channel's messages around a moment, page by page."""

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
)  # a message that was being posted appears within this time or never


async def messages_around(
    context: SlackContext, place: Place, since: float, after: float | None = SEARCH_AFTER_SECONDS
) -> AsyncIterator[dict[str, Any]]:
    """Messages posted around `since`; `after=None` means until now. SlackRefused without access."""
    method = "conversations.replies" if place.thread else "conversations.history"
    params: dict[str, Any] = {"channel": place.channel, "ts": place.thread or None, "limit": 200}
    params |= {"oldest": f"{max(0.0, since - SEARCH_BEFORE_SECONDS):.6f}", "include_all_metadata": True}
    params["latest"] = None if after is None else f"{since + after:.6f}"
    for _ in range(MAX_HISTORY_PAGES):
        try:
            page = await context.call(place.workspace, method, **params)
        except Unsure as lost:  # reading has no effect and can be repeated
            raise TryAgain(texts.NOT_CONNECTED) from lost
        for each in page.get("messages") or ():
            yield each
        params["cursor"] = (page.get("response_metadata") or {}).get("next_cursor") or None
        if not params["cursor"]:
            return
    raise Unsure("There are too many messages to search.")
