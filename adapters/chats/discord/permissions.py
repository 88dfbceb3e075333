"""Who may ask, and whether the answer could be posted: checked before anything is recorded.

Discord hides commands by `default_member_permissions`, but admins can override that, so the code looks again.
"""

from collections.abc import Sequence

import discord

from adapters.chats.discord.context import DiscordContext, Interaction
from bot.errors import Refused
from bot.jobs.asker import Asker
from bot.wording import chat_texts

# What the bot asks for when it is invited, and nothing more.
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
# What people need for the commands to show at all: whoever may not post files does not get the bot to post them.
MEMBER_PERMISSIONS = discord.Permissions(attach_files=True)

_PERMISSION_NAMES = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
}


def invite_link(application_id: int | str) -> str:
    """The link that adds the bot to a server with exactly the permissions it needs."""
    return discord.utils.oauth_url(
        int(application_id),
        permissions=BOT_PERMISSIONS,
        scopes=("bot", "applications.commands"),
        disable_guild_select=False,
    )


def require_role(context: DiscordContext, asker: Asker) -> None:
    """Refuse people without the role, where a role is required."""
    if context.required_role and asker.workspace and not asker.moderator and context.required_role not in asker.roles:
        raise Refused(chat_texts.role_required())


def require_attach_files(
    context: DiscordContext, roles: Sequence[str], permissions: discord.Permissions | None
) -> None:
    """Refuse whoever may not post files there: nobody gets the bot to do it. The role that was set outweighs it."""
    if permissions is None or (context.required_role and context.required_role in roles):
        return  # rights are only said of people on a server
    if not (permissions.administrator or permissions.attach_files):
        raise Refused(chat_texts.may_not_attach())


def require_may_ask(context: DiscordContext, asker: Asker, interaction: Interaction) -> None:
    """Refuse whoever may not ask there."""
    require_role(context, asker)
    if interaction.is_guild_integration():
        require_attach_files(context, asker.roles, getattr(interaction.user, "resolved_permissions", None))


def require_bot_permissions(interaction: Interaction) -> None:
    """Refuse where the video could not be posted; as a person's own app we answer by the interaction alone."""
    if interaction.guild_id is None or not interaction.is_guild_integration():
        return
    missing = missing_permissions(interaction.app_permissions, isinstance(interaction.channel, discord.Thread))
    if missing:
        raise Refused(chat_texts.missing_permissions(missing))


def missing_permissions(permissions: discord.Permissions, in_thread: bool) -> list[str]:
    """The permissions that are needed and not there, as Discord's settings call them."""
    if permissions.administrator:
        return []
    send = "send_messages_in_threads" if in_thread else "send_messages"
    return [
        _PERMISSION_NAMES[each] for each in ("view_channel", send, "attach_files") if not getattr(permissions, each)
    ]
