"""Who may ask, and whether the answer could be posted: checked before anything is recorded.

Discord hides commands by `default_member_permissions`, but admins can override that, so the code looks again.
"""

from collections.abc import Sequence

import discord

from adapters.chats.discord.context import Front, Interaction
from bot.errors import Refused
from bot.jobs.asker import Asker
from bot.wording import chat_texts

# What the bot asks for when it is invited, and nothing more.
INVITED = discord.Permissions(
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
MEMBERS = discord.Permissions(attach_files=True)

_WORDS = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
}


def invite(application: int | str) -> str:
    """The link that adds the bot to a server with exactly the permissions it needs."""
    return discord.utils.oauth_url(
        int(application), permissions=INVITED, scopes=("bot", "applications.commands"), disable_guild_select=False
    )


def may_ask(front: Front, asker: Asker) -> None:
    """Refuse people without the role, where a role is required."""
    if front.role and asker.workspace and not asker.moderator and front.role not in asker.roles:
        raise Refused(chat_texts.not_for_you())


def may_attach(front: Front, roles: Sequence[str], rights: discord.Permissions | None) -> None:
    """Refuse whoever may not post files there: nobody gets the bot to do it. The role that was set outweighs it."""
    if rights is None or (front.role and front.role in roles):
        return  # rights are only said of people on a server
    if not (rights.administrator or rights.attach_files):
        raise Refused(chat_texts.may_not_attach())


def may_ask_here(front: Front, asker: Asker, interaction: Interaction) -> None:
    """Refuse whoever may not ask there."""
    may_ask(front, asker)
    if interaction.is_guild_integration():
        may_attach(front, asker.roles, getattr(interaction.user, "resolved_permissions", None))


def can_answer(interaction: Interaction) -> None:
    """Refuse where the video could not be posted; as a person's own app we answer by the interaction alone."""
    if interaction.guild_id is None or not interaction.is_guild_integration():
        return
    missing = lacking(interaction.app_permissions, isinstance(interaction.channel, discord.Thread))
    if missing:
        raise Refused(chat_texts.lacking(missing))


def lacking(rights: discord.Permissions, thread: bool) -> list[str]:
    """The permissions that are needed and not there, as Discord's settings call them."""
    if rights.administrator:
        return []
    send = "send_messages_in_threads" if thread else "send_messages"
    return [_WORDS[each] for each in ("view_channel", send, "attach_files") if not getattr(rights, each)]
