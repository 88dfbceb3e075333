"""What people read in Discord beside the cards; everything about jobs is in `bot.wording`."""

from collections.abc import Sequence

from bot.desk.gestures import MessageAction
from bot.requests.media import MediaKind

# Edits notify nobody, so a finished card is followed by a message that mentions the asker.
VIDEO_READY = "Your video is ready."
NO_VIDEO = "Your video could not be made; see the reason above."
SENT_DIRECTLY = "I can't post where you requested this, so here it is."
NO_WAY_TO_REPLY = "I can't post in that channel, and I can't send a direct message either."
CHANNEL_CLOSED = "The channel was deleted, or I can't post there any more."
ROLE_REQUIRED = "On this server you need a certain role to request videos. Ask a server admin for it."
ATTACH_FILES_REQUIRED = (
    "You need the Attach Files permission to request videos in this channel. Ask a server admin for it, or use another "
    "channel."
)
NOTHING_TO_SPEAK = "This message has no text, picture or audio to make a video from."
FORM_EXPIRED = "This form has expired and nothing was requested. Please open it again."
UNKNOWN_GESTURE = (
    "I don't know this button or command. It may come from another version: reload the chat, or see /did help."
)

_KIND_NOUNS = {
    MediaKind.PICTURE: "a picture",
    MediaKind.SOUND: "an audio file",
    MediaKind.VIDEO: "a video",
    MediaKind.TEXT: "a text file",
}


def too_large(size: int, max_bytes: int, link: str, until: str) -> str:
    return (
        f"The video is {_megabytes(size)}, and the limit here is {_megabytes(max_bytes)}. "
        f"[Watch or download it]({link}) until {until}."
    )


def too_large_without_link(size: int, max_bytes: int) -> str:
    return (
        f"The video is {_megabytes(size)}, the limit here is {_megabytes(max_bytes)}, and this bot has no public "
        "address for a link (DIDTALK_PUBLIC_URL). Request a shorter video, or tell the bot's admin."
    )


def missing_permissions(permissions: Sequence[str]) -> str:
    what = f"{' and '.join(permissions)} permission{'s' if len(permissions) > 1 else ''}"
    return (
        f"I'm missing the {what} in this channel, so I couldn't post the video. Ask a server admin to allow it, or use "
        "another channel. You weren't charged."
    )


def wrong_file_kind(name: str, wanted: MediaKind) -> str:
    return f"“{name}” is not {_KIND_NOUNS[wanted]}. Attach {_KIND_NOUNS[wanted]} instead."


def file_expired(name: str) -> str:
    return f"“{name}” is no longer available. Please attach it again."


def file_too_large(name: str, max_bytes: int) -> str:
    return f"“{name}” is too large. The limit is {_megabytes(max_bytes)}."


def use_menu_instead(actions: Sequence[str]) -> str:
    return (
        "I can't read messages here, so I can't act on reactions. Right-click (or hold) the message, choose Apps, then "
        f"{' or '.join(actions)}."
    )


def unexpected_error(trace_id: str) -> str:
    return f"Unexpected error. Details are in the server log under {trace_id}. See /did jobs for accepted requests."


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


MENU_NAMES: dict[MessageAction, str] = {
    "talk": "Make it talk",
    "animate": "Animate this photo",
    "translate": "Translate this video",
}
