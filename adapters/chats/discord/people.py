"""Askers and places, from Discord's people and channels, and what people and the bot may do there.

Discord hides commands by `default_member_permissions`, but admins can override that, so permissions are checked here
too, before anything is recorded.
"""

from collections.abc import Sequence

import discord

from adapters.chats.discord import texts
from adapters.chats.discord.context import PLATFORM, DiscordContext, Interaction
from bot.errors import Refused
from bot.jobs.job import Asker, Place

# Requested by the invite link.
BOT_PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    attach_files=True,
    embed_links=True,
    read_message_history=True,
    add_reactions=True,
    use_external_emojis=True,
)
# People without this permission do not see the commands.
MEMBER_PERMISSIONS = discord.Permissions(attach_files=True)

_PERMISSION_NAMES = {  # as in Discord's settings
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
}


def asker_of(interaction: Interaction) -> Asker:
    return _build_asker(interaction.user, interaction.guild_id, interaction.permissions, str(interaction.locale))


def author_of(person: discord.abc.User, guild: discord.Guild | None) -> Asker:
    permissions = person.guild_permissions if isinstance(person, discord.Member) else discord.Permissions.none()
    return _build_asker(person, guild.id if guild else None, permissions, "")


async def asker_on_server(interaction: Interaction, guild_id: str) -> Asker:
    """Somebody in a direct message, as they are on a server; Discord sends no permissions with their gestures."""
    guild = interaction.client.get_guild(int(guild_id)) if guild_id else None
    if guild is None:
        return asker_of(interaction)
    try:
        member = guild.get_member(interaction.user.id) or await guild.fetch_member(interaction.user.id)
    except discord.HTTPException:  # they left
        return asker_of(interaction)
    return author_of(member, guild)


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


def require_role(context: DiscordContext, asker: Asker) -> None:
    if context.required_role and asker.workspace and not asker.moderator and context.required_role not in asker.roles:
        raise Refused(texts.ROLE_REQUIRED)


def require_attach_files(
    context: DiscordContext, roles: Sequence[str], permissions: discord.Permissions | None
) -> None:
    """Refuse people without Attach Files: the bot posts no files for them. The configured role is exempt."""
    if permissions is None or (context.required_role and context.required_role in roles):
        return  # permissions exist on servers only
    if not (permissions.administrator or permissions.attach_files):
        raise Refused(texts.ATTACH_FILES_REQUIRED)


def require_may_ask(context: DiscordContext, asker: Asker, interaction: Interaction) -> None:
    require_role(context, asker)
    if interaction.is_guild_integration():
        require_attach_files(context, asker.roles, getattr(interaction.user, "resolved_permissions", None))


def require_bot_permissions(interaction: Interaction) -> None:
    """Refuse where the video could not be posted; a user-installed app responds by the interaction alone."""
    if interaction.guild_id is None or not interaction.is_guild_integration():
        return
    require_permissions_to_post(interaction.app_permissions, isinstance(interaction.channel, discord.Thread))


def require_permissions_to_post(permissions: discord.Permissions, in_thread: bool) -> None:
    if permissions.administrator:
        return
    send = "send_messages_in_threads" if in_thread else "send_messages"
    needed = ("view_channel", send, "attach_files")
    if missing := [_PERMISSION_NAMES[each] for each in needed if not getattr(permissions, each)]:
        raise Refused(texts.missing_permissions(missing))
