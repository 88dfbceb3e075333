"""Slack names its emoji; gestures know them by their characters."""

from bot.requests.flag_emoji import flag_emoji

_EMOJI_BY_NAME = {
    "clapper": "🎬", "speaking_head_in_silhouette": "🗣", "speaking_head": "🗣", "man_dancing": "🕺", "dancer": "💃",
    "joy": "😂", "mantelpiece_clock": "🕰", "musical_note": "🎵", "x": "❌", "repeat": "🔁", "wastebasket": "🗑",
    "rocket": "🚀", "movie_camera": "🎥", "film_projector": "📽", "microphone": "🎤", "loudspeaker": "📢",
    "mega": "📣", "performing_arts": "🎭", "notes": "🎶", "laughing": "😆", "grin": "😁", "smile": "😄", "star": "⭐",
    "sparkles": "✨", "tada": "🎉", "robot_face": "🤖", "video_camera": "📹", "tv": "📺", "camera": "📷",
    "no_entry_sign": "🚫", "arrows_counterclockwise": "🔄", "speech_balloon": "💬", "heart": "❤", "eyes": "👀",
    "white_check_mark": "✅", "warning": "⚠", "fire": "🔥", "wave": "👋", "crystal_ball": "🔮", "magic_wand": "🪄",
}  # fmt: skip
_SHORT_FLAGS = {"cn", "de", "es", "fr", "it", "jp", "kr", "ru", "us", "gb", "uk"}


def emoji_character(name: str) -> str:
    """The character of an emoji's name, or the name itself when it is a workspace's own."""
    plain = name.partition("::")[0]  # what follows is a tone of skin
    if plain.startswith("flag-") and len(plain) == 7 and plain[5:].isalpha():
        return flag_emoji(plain[5:])
    if plain in _SHORT_FLAGS:
        return flag_emoji("gb" if plain == "uk" else plain)
    return _EMOJI_BY_NAME.get(plain, plain)
