"""What we ask Slack for, and why: the manifest, its tests and the review form are projections of these tables."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OAuthScope:
    """One permission, its reason, and the methods that need it."""

    name: str
    reason: str
    methods: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class SubscribedEvent:
    """One kind of event, its reason, and the permission it needs."""

    name: str
    reason: str
    scope: str | None = None


SCOPES: tuple[OAuthScope, ...] = (
    OAuthScope("commands", "the commands, the message actions and the shortcut", ("views.open", "views.update")),
    OAuthScope(
        "chat:write",
        "one status message per job, edited in place; private answers",
        ("chat.postMessage", "chat.update", "chat.postEphemeral", "chat.delete"),
    ),
    OAuthScope(
        "files:read",
        "fetch the picture, recording or clip a person points at",
        ("files.info", "files.list"),
    ),
    OAuthScope(
        "files:write",
        "upload the finished video, and delete it when asked",
        ("files.getUploadURLExternal", "files.completeUploadExternal", "files.delete"),
    ),
    OAuthScope("app_mentions:read", "mentions with a file in a thread, where commands do not work"),
    OAuthScope("reactions:read", "an emoji on a message asks for a video of it", ("reactions.get",)),
    OAuthScope(
        "reactions:write",
        "mark the message that asked as accepted, done or failed",
        ("reactions.add", "reactions.remove"),
    ),
    OAuthScope("im:history", "text and files sent to the bot's own conversation", ("conversations.history",)),
    OAuthScope(
        "channels:history",
        "read the message that was reacted to when Slack shows it no other way; find a card after a crash",
        ("conversations.replies", "conversations.history"),
        optional=True,
    ),
    OAuthScope(
        "groups:history",
        "the same in private channels",
        ("conversations.replies", "conversations.history"),
        optional=True,
    ),
    OAuthScope(
        "channels:read",
        "introduce the bot where it is invited; stop notices to archived channels; know who can read a channel",
        ("conversations.info",),
        optional=True,
    ),
    OAuthScope("groups:read", "the same in private channels", ("conversations.info",), optional=True),
    OAuthScope("chat:write.public", "cards and notices in public channels without an invitation", (), optional=True),
    OAuthScope(
        "usergroups:read",
        "who is in a user group, asked only while a setting names one as those who may ask or moderate",
        ("usergroups.list",),
        optional=True,
    ),
    OAuthScope("users:read", "the asker's name, language and role", ("users.info",), optional=True),
)

SUBSCRIBED_EVENTS: tuple[SubscribedEvent, ...] = (
    SubscribedEvent("app_mention", "the bot is addressed in a channel", "app_mentions:read"),
    SubscribedEvent("message.im", "the bot is written to", "im:history"),
    SubscribedEvent("reaction_added", "an emoji asks for a video", "reactions:read"),
    SubscribedEvent("app_home_opened", "draw the Home tab; say hello once"),
    SubscribedEvent("member_joined_channel", "one short introduction where the bot is invited", "channels:read"),
    SubscribedEvent("app_uninstalled", "stop jobs and forget the workspace"),
    SubscribedEvent("tokens_revoked", "stop jobs and forget the workspace"),
    SubscribedEvent("channel_archive", "stop notices to it", "channels:read"),
    SubscribedEvent("channel_deleted", "stop notices to it", "channels:read"),
    SubscribedEvent("group_archive", "stop notices to it", "groups:read"),
    SubscribedEvent("group_deleted", "stop notices to it", "groups:read"),
)

# Called with no permission of its own: open to every token.
SCOPELESS_METHODS = ("auth.test", "views.publish", "apps.connections.open", "oauth.v2.access")
