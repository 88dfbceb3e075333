"""What people read about Slack itself; all that is said about jobs is in `bot.wording.cards`."""

NOT_IN_CHANNEL = "I am not in that channel, so this came to you alone. Invite me there: /invite @didtalk"
CHANNEL_ARCHIVED = "That channel is archived, so this came to you alone."
POSTING_DENIED = "This workspace does not let me post there, so this came to you alone."
NO_BOTS_HERE = "Slack lets no bot into a conversation between other people, so this came to you alone."
POSSIBLE_DUPLICATE = "I was interrupted while posting this. If there is another card of it, that one stands still."
USE_MESSAGE_MENU = (
    "Slack does not show me what is in that message. Use its ⋯ menu instead: “Make it talk”, “Animate this photo” or "
    "“Translate this video”."
)
EXTERNAL_USER_DENIED = (
    "Only people of the workspace that installed didtalk can ask here; this would spend their credits."
)
MEMBERSHIP_UNKNOWN = (
    "This channel is shared with another organisation, and I cannot look up whose member you are. Use the message's ⋯ "
    "menu instead, which tells me."
)
GUEST_DENIED = "Guests cannot ask for videos in this workspace. Ask a member to do it for you."
COMMAND_FAILED = "That did not work, and it is not your fault. Nothing was spent. Please try once more."
LOOKUP_TOO_SLOW = "That took too long to look up. Please try once more."
FORM_EXPIRED = "The form could not be opened in time. Please try once more."
TEXT_TOO_LONG = "Slack takes no form longer than this; the text is kept as it was."
FORM_TEXT_LIMIT = "3,000 fit into this form; a command or a message takes more"
FILE_TYPE_DENIED = "“{name}” is of no use here. Choose one of these: {endings}."
FORM_TEXT_FILE_LIMIT = "At most 10 MB"
FORM_FILE_LIMIT = "At most 10 MB here. A larger file: post it in a channel and use the message's ⋯ menu."
BOT_REMOVED = (
    "Slack does not let the bot in any more: it was removed from this workspace, or its token was revoked. Whoever "
    "looks after it can install it again."
)
USER_GROUPS_UNREADABLE = (
    "A setting names a user group, so nobody of it can ask: give the app the permission usergroups:read and install it "
    "anew (user groups need a paid plan), or name people instead."
)
NOT_CONNECTED = "Slack is not connected at the moment."
RESPONSE_LOST = "Slack's answer was lost."
FILE_SCAN_RUNNING = "Slack is still looking through “{name}”."
FILE_DELETED = "“{name}” was deleted from Slack."
FILE_NOT_VISIBLE = "“{name}” was deleted, or it is in a channel that I am not in. Invite me there: /invite @didtalk"
FILE_TOO_OLD = "Slack hides “{name}”, because this workspace's plan shows newer files only. Upload it again."
FILE_EXTERNAL = "“{name}” lies outside Slack, where it cannot be fetched. Upload the file itself."
FILE_UNREADABLE = "Slack does not let me read “{name}”. Invite me to the channel it is in: /invite @didtalk"
FILE_TOO_LARGE = "“{name}” is too large: at most {most} MB are taken, and it has {size} MB."
VIDEO_AS_LINK = "This workspace takes no such file from me ({why}). The video is here until {until}: {link}"
VIDEO_UNDELIVERABLE = "This workspace takes no such file from me ({why}), and there is no address to link to."
UPLOAD_REFUSAL_REASONS = {
    "file_uploads_disabled": "uploads are switched off",
    "file_uploads_except_images_disabled": "only pictures may be uploaded",
    "file_upload_size_restricted": "it is larger than allowed",
    "file_too_large": "it is larger than allowed",
    "blocked_file_type": "its type is blocked",
    "storage_limit_reached": "its storage is full",
    "team_limit_exceeded": "its storage is full",
    "file_type_not_allowed": "its type is blocked",
    "slack_connect_file_upload_sharing_blocked": "files may not go into shared channels",
    "slack_connect_file_link_sharing_blocked": "files may not go into shared channels",
    "slack_connect_blocked_file_type": "its type is blocked in shared channels",
    "missing_scope": "the app lacks a permission; whoever runs it can install it anew from its manifest",
    "slack_connect_clip_sharing_blocked": "videos may not go into shared channels",
}
GREETING = (
    "Hello! I turn words and pictures into talking videos. Type `/didtalk Welcome aboard!`, react to a photo with 🎬, "
    "or mention me: `@didtalk animate`. `/did help` has the rest. Videos are AI-generated and say so."
)
INSTALL_SUCCEEDED = (
    "didtalk is installed. Three things to try: type `/didtalk Welcome aboard!` in a channel, react with 🎬 to a "
    "photo, or choose “Make it talk” in a message's ⋯ menu."
)
INSTALL_DENIED = "It was not allowed at Slack, so nothing was changed."
INSTALL_FAILED = (
    "What came back from Slack was too old, used already, or from another browser; or Slack did not answer. "
    "Nothing was changed."
)
DEFAULTS_INTRO = (
    "These hold whenever you say nothing else, in every channel. What does not fit, such as a presenter for a talk, is "
    "left out. To have none again, choose “No default” or empty the field."
)
UNSUBSCRIBE_WARNING = "Everybody in the channel sees that you ended it."
MORE_SUBSCRIPTIONS = "And {count} more: `/did subscribe list` in their channels."
HOME_INTRO = (
    "Type `/didtalk Welcome aboard!` anywhere, react to a photo with 🎬 or to a video with a flag, or open a form here:"
)
HOME_NOTE = (
    "What you ask is sent to D-ID or HeyGen, and the videos are AI-generated. Use faces and voices only with their "
    "owners' consent. `/did help` explains everything, `/did delete` removes what was made."
)
