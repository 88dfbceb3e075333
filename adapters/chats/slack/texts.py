"""What people read about Slack itself; everything about jobs is in `bot.wording`."""

NOT_IN_CHANNEL = "I'm not in that channel, so I sent this to you only. Invite me there: /invite @didtalk"
CHANNEL_ARCHIVED = "That channel is archived, so I sent this to you only."
POSTING_DENIED = "This workspace doesn't allow me to post there, so I sent this to you only."
NO_BOTS_HERE = "Slack doesn't allow bots in DMs between other people, so I sent this to you only."
POSSIBLE_DUPLICATE = "I was interrupted while posting this. If you see a second card for it, ignore that one."
USE_MESSAGE_MENU = (
    "Slack doesn't show me the content of that message. Use its ⋯ menu instead: “Make it talk”, “Animate this photo” "
    "or “Translate this video”."
)
EXTERNAL_USER_DENIED = (
    "Only members of the workspace that installed didtalk can request videos here, because videos use its credits."
)
MEMBERSHIP_UNKNOWN = (
    "This channel is shared with another organisation, and I can't look up which one you belong to. Use the message's "
    "⋯ menu instead."
)
GUEST_DENIED = "Guests can't request videos in this workspace. Ask a member to do it for you."
COMMAND_FAILED = "Something went wrong on our side and no video was made. You weren't charged. Please try again."
LOOKUP_TOO_SLOW = "The lookup took too long. Please try again."
FORM_EXPIRED = "The form could not be opened in time. Please try again."
VIDEO_GONE = "The video is no longer available."
TEXT_TOO_LONG = "This text is too long for a Slack form. It stays as it is."
FORM_TEXT_LIMIT = "Up to 3,000 characters here; use a command or a message for longer text"
FILE_TYPE_DENIED = "“{name}” can't be used here. Choose one of these file types: {endings}."
FORM_FILE_LIMIT = "Files up to 10 MB"
BOT_REMOVED = (
    "Slack rejects didtalk's token: the app was removed from this workspace, or the token was revoked. An admin can "
    "install the app again."
)
USER_GROUPS_UNREADABLE = (
    "A setting names a user group, but didtalk cannot read user groups, so its members cannot request videos. Add the "
    "permission usergroups:read and reinstall the app (user groups need a paid plan), or name people instead."
)
NOT_CONNECTED = "Slack is not connected at the moment."
SLACK_BUSY = "Slack is busy."
SLACK_UNREACHABLE = "Slack cannot be reached."
RESPONSE_LOST = "Slack's response was lost."
UPLOAD_INCOMPLETE = "The upload to Slack was incomplete."
FILE_INCOMPLETE = "The download of “{name}” was incomplete."
FILE_SCAN_RUNNING = "Slack is still scanning “{name}”."
FILE_DELETED = "“{name}” was deleted from Slack."
FILE_NOT_VISIBLE = "“{name}” was deleted, or it is in a channel that I'm not in. Invite me there: /invite @didtalk"
FILE_TOO_OLD = "Slack hides “{name}”, because this workspace's plan shows newer files only. Upload it again."
FILE_EXTERNAL = "“{name}” is stored outside Slack, and I can't download it. Upload the file itself."
FILE_UNREADABLE = "Slack doesn't allow me to read “{name}”. Invite me to its channel: /invite @didtalk"
FILE_TOO_LARGE = "“{name}” is too large: it is {size} MB, and the limit is {most} MB."
VIDEO_AS_LINK = "I can't upload this video here: {why}. Download it until {until}: {link}"
SCOPES_MISSING = (
    "I can't post videos in this workspace: the app is missing the permission {scopes}. Nothing was made. Ask an admin "
    "to reinstall it from its manifest."
)
VIDEO_UNDELIVERABLE = "I can't upload this video here: {why}."
UPLOAD_REFUSAL_REASONS = {
    "file_uploads_disabled": "uploads are turned off in this workspace",
    "file_uploads_except_images_disabled": "this workspace only allows images",
    "file_upload_size_restricted": "the file is larger than this workspace allows",
    "file_too_large": "the file is larger than Slack allows",
    "blocked_file_type": "this workspace blocks the file type",
    "storage_limit_reached": "the workspace's storage is full",
    "team_limit_exceeded": "the workspace's storage is full",
    "file_type_not_allowed": "this workspace blocks the file type",
    "slack_connect_file_upload_sharing_blocked": "files are not allowed in shared channels",
    "slack_connect_file_link_sharing_blocked": "files are not allowed in shared channels",
    "slack_connect_blocked_file_type": "the file type is blocked in shared channels",
    "missing_scope": "the app is missing the files:write permission. Ask an admin to reinstall it",
    "slack_connect_clip_sharing_blocked": "videos are not allowed in shared channels",
}
GREETING = (
    "Hello! I turn text and pictures into talking videos. Type `/didtalk Welcome aboard!`, react to a photo with 🎬, "
    "or mention me: `@didtalk animate`. `/did help` explains the rest. Videos are AI-generated and labelled as such."
)
INSTALL_SUCCEEDED = (
    "didtalk is installed. Three things to try: type `/didtalk Welcome aboard!` in a channel, react with 🎬 to a "
    "photo, or choose “Make it talk” in a message's ⋯ menu."
)
INSTALL_DENIED = "The installation was cancelled in Slack. Nothing was changed."
INSTALL_FAILED = "Slack's response was too old, already used, from another browser, or missing. Nothing was changed."
DEFAULTS_INTRO = (
    "Used in every channel whenever you don't choose something else, and ignored where they don't apply. To remove "
    "one, choose “No default” or empty the field."
)
FORM_TITLES = {
    "talk": "New talking video",
    "animation": "Animate photo",
    "video": "Presenter video",
    "storyboard": "Storyboard",
    "template": "Template",
    "translation": "Translate video",
}
FORM_BUTTONS = FORM_TITLES | {"talk": "Talking photo"}
DELETE_CONFIRM = "{title} will be removed from Slack and from the provider. This can't be undone."
UNSUBSCRIBE_WARNING = "Everyone in the channel will see that you turned them off."
MORE_SUBSCRIPTIONS = "And {count} more: `/did subscribe list` in their channels."
HOME_INTRO = (
    "Type `/didtalk Welcome aboard!` anywhere, react to a photo with 🎬 or to a video with a flag, or open a form here:"
)
HOME_NOTE = (
    "Your requests are sent to D-ID or HeyGen, and the videos are AI-generated. Use faces and voices only with their "
    "owners' consent. `/did help` explains everything, `/did delete` removes a video."
)
