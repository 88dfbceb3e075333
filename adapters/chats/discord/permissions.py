"""Permissions of people and of the bot, checked before anything is recorded.

Discord hides commands by `default_member_permissions`, but admins can override that, so they are checked here too.
"""

from collections.abc import Sequence

import discord

from adapters.chats.discord import texts
from adapters.chats.discord.context import DiscordContext, Interaction
from bot.errors import Refused
from bot.jobs.asker import Asker

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

_PERMISSION_NAMES = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
}


def invite_link(application_id: int | str) -> str:
    """Adds the bot to a server with exactly the permissions it needs."""
    return discord.utils.oauth_url(
        int(application_id),
        permissions=BOT_PERMISSIONS,
        scopes=("bot", "applications.commands"),
        disable_guild_select=False,
    )


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
    missing = missing_permissions(interaction.app_permissions, isinstance(interaction.channel, discord.Thread))
    if missing:
        raise Refused(texts.missing_permissions(missing))


def missing_permissions(permissions: discord.Permissions, in_thread: bool) -> list[str]:
    """The missing permissions, by the names in Discord's settings."""
    if permissions.administrator:
        return []
    send = "send_messages_in_threads" if in_thread else "send_messages"
    return [
        _PERMISSION_NAMES[each] for each in ("view_channel", send, "attach_files") if not getattr(permissions, each)
    ]
