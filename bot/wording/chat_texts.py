"""Sentences that stand around cards: what a chat says when it cannot show one, or when a card alone would go unseen."""

from collections.abc import Sequence

from bot.requests.media import MediaKind

FILE_KIND_NOUNS = {
    MediaKind.PICTURE: "a picture",
    MediaKind.SOUND: "a sound file",
    MediaKind.VIDEO: "a video",
    MediaKind.TEXT: "a text file",
}


def video_ready() -> str:
    """Calls the asker when a card has silently turned into the video."""
    return "Your video is ready."


def no_video() -> str:
    """Calls the asker when a card has silently turned into a reason."""
    return "Your video could not be made; see the reason above."


def too_large(size: int, max_bytes: int, link: str, until: str) -> str:
    """Stands where a video would, when the chat does not take a file of that size."""
    return (
        f"The video has {_megabytes(size)} and {_megabytes(max_bytes)} fit here. [Watch or download "
        f"it]({link}) until {until}."
    )


def too_large_without_link(size: int, max_bytes: int) -> str:
    """The end of a job whose video fits nowhere."""
    return (
        f"The video has {_megabytes(size)}, only {_megabytes(max_bytes)} fit here, and this bot has no public "
        "address to hand it out "
        "from (DIDTALK_PUBLIC_URL). Ask for a shorter one, or tell whoever runs the bot."
    )


def sent_directly_instead() -> str:
    """Heads a message that comes to a person directly because its own place is closed to us."""
    return "I can't post where you requested this, so here it is."


def no_way_to_reply() -> str:
    """The end of a job that can be told to nobody."""
    return "I can't post in that channel, and I can't send a direct message either."


def channel_closed() -> str:
    """Why nothing more is posted to a channel."""
    return "The channel was deleted, or I can't post there any more."


def missing_permissions(permissions: Sequence[str]) -> str:
    """Refuses a job whose video could not be posted."""
    return (
        f"In this channel I lack {' and '.join(permissions)}, so no video could be posted. Ask whoever runs the "
        "server to allow me that, or ask in another channel. You weren't charged."
    )


def role_required() -> str:
    """Refuses people without the role that may use the bot."""
    return "On this server you need a certain role to request videos. Ask a server admin for it."


def may_not_attach() -> str:
    """Refuses people who may not post files in a place."""
    return (
        "You may not attach files in this channel, so I may not post a video for you here. Ask in another channel, or "
        "ask whoever runs the server for the permission Attach Files."
    )


def wrong_file_kind(name: str, wanted: MediaKind) -> str:
    """Refuses a file before it is fetched, when its own name says that it cannot be right."""
    return f"“{name}” is not {FILE_KIND_NOUNS[wanted]}; attach {FILE_KIND_NOUNS[wanted]} instead."


def file_expired(name: str) -> str:
    """Refuses a file whose link died before it could be fetched."""
    return f"“{name}” is no longer available. Please attach it again."


def file_too_large(name: str, max_bytes: int) -> str:
    """Refuses a file that no studio would take."""
    return f"“{name}” is larger than {_megabytes(max_bytes)}."


def nothing_to_speak() -> str:
    """Answers an action on a message that has nothing to work with."""
    return "This message has no text, picture or sound to make a video from."


def form_expired() -> str:
    """Answers a form that waited too long."""
    return "This form has expired and nothing was requested. Please open it again."


def unknown_gesture() -> str:
    """Answers something from another version of the bot or the chat."""
    return "I don't know this button or command. It may come from another version: reload the chat, or see /did help."


def use_menu_instead(actions: Sequence[str]) -> str:
    """Answers a reaction to a message that the bot is not allowed to read."""
    return (
        "I cannot read messages here, so a reaction does not tell me what to make. Right-click (or hold) the message, "
        f"then Apps, then {' or '.join(actions)}."
    )


def unexpected_error(trace: str) -> str:
    """Answers when nobody foresaw what happened."""
    return (
        f"Something went wrong that should not have; it is logged under {trace}. See /did jobs for what was taken on."
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
