"""Which chats there are, by what is set: the second half of the composition root."""

from adapters.chats.terminal import Terminal
from bot.chat import Chat
from bot.settings import Settings


def chats_of(settings: Settings) -> list[Chat]:
    """Every chat that is set up; the terminal always is, for what `didtalk ask` left behind."""
    return [Terminal()]
