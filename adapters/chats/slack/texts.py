"""What people read about Slack itself; all that is said about jobs is in `bot.wording.cards`."""

INVITE = "I am not in that channel, so this came to you alone. Invite me there: /invite @didtalk"
ARCHIVED = "That channel is archived, so this came to you alone."
NO_POSTING = "This workspace does not let me post there, so this came to you alone."
BETWEEN_OTHERS = "Slack lets no bot into a conversation between other people, so this came to you alone."
TWICE = "I was interrupted while posting this. If there is another card of it, that one stands still."
MENU = (
    "Slack does not show me what is in that message. Use its ⋯ menu instead: “Make it talk”, “Animate this photo” or "
    "“Translate this video”."
)
STRANGER = "Only people of the workspace that installed didtalk can ask here; this would spend their credits."
UNKNOWN = (
    "This channel is shared with another organisation, and I cannot look up whose member you are. Use the message's ⋯ "
    "menu instead, which tells me."
)
GUEST = "Guests cannot ask for videos in this workspace. Ask a member to do it for you."
BROKE = "That did not work, and it is not your fault. Nothing was spent. Please try once more."
LATE = "That took too long to look up. Please try once more."
EXPIRED = "The form could not be opened in time. Please try once more."
FULL = "Slack takes no form longer than this; the text is kept as it was."
ROOM = "3,000 fit into this form; a command or a message takes more"
NO_USE = "“{name}” is of no use here. Choose one of these: {endings}."
LITTLE = "At most 10 MB"
SMALL = "At most 10 MB here. A larger file: post it in a channel and use the message's ⋯ menu."
NOT_HERE = (
    "Slack does not let the bot in any more: it was removed from this workspace, or its token was revoked. Whoever "
    "looks after it can install it again."
)
NO_GROUPS = (
    "A setting names a user group, so nobody of it can ask: give the app the permission usergroups:read and install it "
    "anew (user groups need a paid plan), or name people instead."
)
AWAY = "Slack is not connected at the moment."
LOST = "Slack's answer was lost."
SCAN = "Slack is still looking through “{name}”."
DELETED = "“{name}” was deleted from Slack."
UNSEEN = "“{name}” was deleted, or it is in a channel that I am not in. Invite me there: /invite @didtalk"
TOO_OLD = "Slack hides “{name}”, because this workspace's plan shows newer files only. Upload it again."
OUTSIDE = "“{name}” lies outside Slack, where it cannot be fetched. Upload the file itself."
HIDDEN = "Slack does not let me read “{name}”. Invite me to the channel it is in: /invite @didtalk"
TOO_LARGE = "“{name}” is too large: at most {most} MB are taken, and it has {size} MB."
NO_FILES = "This workspace takes no such file from me ({why}). The video is here until {until}: {link}"
NO_FILES_NO_LINK = "This workspace takes no such file from me ({why}), and there is no address to link to."
WHY = {
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
HELLO = (
    "Hello! I turn words and pictures into talking videos. Type `/didtalk Welcome aboard!`, react to a photo with 🎬, "
    "or mention me: `@didtalk animate`. `/did help` has the rest. Videos are AI-generated and say so."
)
INSTALLED = (
    "didtalk is installed. Three things to try: type `/didtalk Welcome aboard!` in a channel, react with 🎬 to a "
    "photo, or choose “Make it talk” in a message's ⋯ menu."
)
NOT_ALLOWED = "It was not allowed at Slack, so nothing was changed."
NOT_INSTALLED = (
    "What came back from Slack was too old, used already, or from another browser; or Slack did not answer. "
    "Nothing was changed."
)
TASTE = (
    "These hold whenever you say nothing else, in every channel. What does not fit, such as a presenter for a talk, is "
    "left out. To have none again, choose “No default” or empty the field."
)
UNSUBSCRIBE = "Everybody in the channel sees that you ended it."
MORE_NOTICES = "And {count} more: `/did subscribe list` in their channels."
HOME_START = (
    "Type `/didtalk Welcome aboard!` anywhere, react to a photo with 🎬 or to a video with a flag, or open a form here:"
)
HOME_NOTE = (
    "What you ask is sent to D-ID or HeyGen, and the videos are AI-generated. Use faces and voices only with their "
    "owners' consent. `/did help` explains everything, `/did delete` removes what was made."
)
