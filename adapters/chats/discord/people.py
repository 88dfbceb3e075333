"""Askers and places, from Discord's people and channels."""

import discord

from adapters.chats.discord.context import PLATFORM, Interaction
from bot.jobs.asker import Asker, Place


def asker_of(interaction: Interaction) -> Asker:
    """The person of an interaction."""
    return _build_asker(interaction.user, interaction.guild_id, interaction.permissions, str(interaction.locale))


def author_of(person: discord.abc.User, guild: discord.Guild | None) -> Asker:
    """The person of a message or a reaction."""
    member = isinstance(person, discord.Member)
    permissions = person.guild_permissions if isinstance(person, discord.Member) else discord.Permissions.none()
    return _build_asker(person, guild.id if guild else None, permissions if member else discord.Permissions.none(), "")


def _build_asker(
    person: discord.abc.User, guild_id: int | None, permissions: discord.Permissions, locale: str
) -> Asker:
    roles = person.roles if isinstance(person, discord.Member) else []
    return Asker(
        platform=PLATFORM,
        workspace=str(guild_id or ""),
        user=str(person.id),
        name=person.display_name,
        locale=locale,
        roles=tuple(str(role.id) for role in roles),
        same_id_everywhere=True,
        moderator=bool(guild_id)
        and (permissions.administrator or permissions.manage_guild or permissions.manage_messages),
    )


def place_of(interaction: Interaction, message_id: str = "") -> Place:
    """The place of an interaction; outside servers it is private."""
    return make_place(
        interaction.guild, interaction.guild_id, interaction.channel_id or 0, message_id, interaction.channel
    )


def make_place(
    guild: discord.Guild | None,
    guild_id: int | None,
    channel_id: int,
    message_id: str = "",
    channel_object: object = None,
) -> Place:
    cached_channel = guild.get_channel_or_thread(channel_id) if guild else None
    return Place(
        platform=PLATFORM,
        workspace=str(guild_id or ""),
        channel=str(channel_id),
        parent_channel=_parent_channel(channel_object, cached_channel),
        message=message_id,
        private=guild_id is None,
        invite_only=guild is not None and _is_invite_only(guild, cached_channel or channel_object),
    )


def _parent_channel(*channels: object) -> str:
    return next((str(each.parent_id) for each in channels if isinstance(each, discord.Thread)), "")


def _is_invite_only(guild: discord.Guild, channel: object) -> bool:
    """Whether some people on the server cannot read there."""
    if isinstance(channel, discord.Thread):
        return channel.is_private() or _is_invite_only(guild, channel.parent)
    everybody = guild.get_role(guild.id)
    if everybody is None or not isinstance(channel, discord.abc.GuildChannel):
        return False
    return not channel.permissions_for(everybody).view_channel
