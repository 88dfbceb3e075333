"""What was said in a place around a moment, page by page."""

from collections.abc import AsyncIterator
from typing import Any

from adapters.chats.slack import texts
from adapters.chats.slack.context import Inside
from bot.errors import TryAgain, Unsure
from bot.jobs.asker import Place

PAGES = 5
BEFORE, AFTER = 60.0, 300.0  # seconds; a message that was being posted is there by then, or never will be


async def said(
    inside: Inside, place: Place, since: float, after: float | None = AFTER
) -> AsyncIterator[dict[str, Any]]:
    """Every message that may have been posted then, or ever since; `Said` where that is closed to us."""
    method = "conversations.replies" if place.thread else "conversations.history"
    given: dict[str, Any] = {"channel": place.channel, "ts": place.thread or None, "limit": 200}
    given |= {"oldest": f"{max(0.0, since - BEFORE):.6f}", "include_all_metadata": True}
    given["latest"] = None if after is None else f"{since + after:.6f}"
    for _ in range(PAGES):
        try:
            found = await inside.call(place.workspace, method, **given)
        except Unsure as lost:  # of a look, which proves nothing and can simply be taken again
            raise TryAgain(texts.AWAY) from lost
        for each in found.get("messages") or ():
            yield each
        given["cursor"] = (found.get("response_metadata") or {}).get("next_cursor") or None
        if not given["cursor"]:
            return
    raise Unsure("More was said there than can be looked through.")
