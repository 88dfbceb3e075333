"""Who asks and where, read from what Discord says of people and channels."""

import discord

from adapters.chats.discord.context import NAME, Interaction
from bot.jobs.asker import Asker, Place


def asker_of(interaction: Interaction) -> Asker:
    """The person behind an interaction."""
    return _asker(interaction.user, interaction.guild_id, interaction.permissions, str(interaction.locale))


def writer_of(person: discord.abc.User, guild: discord.Guild | None) -> Asker:
    """The person behind a message or a reaction."""
    member = isinstance(person, discord.Member)
    rights = person.guild_permissions if isinstance(person, discord.Member) else discord.Permissions.none()
    return _asker(person, guild.id if guild else None, rights if member else discord.Permissions.none(), "")


def _asker(person: discord.abc.User, guild: int | None, rights: discord.Permissions, locale: str) -> Asker:
    roles = person.roles if isinstance(person, discord.Member) else []
    return Asker(
        platform=NAME,
        workspace=str(guild or ""),
        user=str(person.id),
        name=person.display_name,
        locale=locale,
        roles=tuple(str(role.id) for role in roles),
        roams=True,
        moderator=bool(guild) and (rights.administrator or rights.manage_guild or rights.manage_messages),
    )


def place_of(interaction: Interaction, message: str = "") -> Place:
    """Where an interaction happened; what is not in a server is private."""
    return place(interaction.guild, interaction.guild_id, interaction.channel_id or 0, message, interaction.channel)


def place(
    guild: discord.Guild | None, guild_id: int | None, channel: int, message: str = "", said: object = None
) -> Place:
    """A channel, a thread or a direct conversation, all of which Discord calls channels."""
    known = guild.get_channel_or_thread(channel) if guild else None
    return Place(
        platform=NAME,
        workspace=str(guild_id or ""),
        channel=str(channel),
        above=_above(said, known),
        message=message,
        private=guild_id is None,
        closed=guild is not None and _closed(guild, known or said),
    )


def _above(*tellings: object) -> str:
    """The channel a thread hangs from, from whoever knows of it."""
    return next((str(each.parent_id) for each in tellings if isinstance(each, discord.Thread)), "")


def _closed(guild: discord.Guild, channel: object) -> bool:
    """Whether not everybody on the server can read there."""
    if isinstance(channel, discord.Thread):
        return channel.is_private() or _closed(guild, channel.parent)
    everybody = guild.get_role(guild.id)
    if everybody is None or not isinstance(channel, discord.abc.GuildChannel):
        return False
    return not channel.permissions_for(everybody).view_channel
