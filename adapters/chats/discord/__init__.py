"""Discord as a chat: commands, menus, reactions and mentions come in, cards and videos go out."""

from adapters.chats.discord.chat import DiscordChat

__all__ = ["DiscordChat"]
