"""The portraits that ship with didtalk, and the face of a request without one."""

from pathlib import Path

from bot.requests.media import Media, MediaKind
from bot.settings import Settings

_PORTRAIT_FOLDER = Path(__file__).parents[2] / "adapters" / "sandbox" / "portraits"


def portrait_paths() -> dict[str, Path]:
    return {name: _PORTRAIT_FOLDER / f"{name}.png" for name in ("ada", "ben")}


def default_face(settings: Settings) -> Media:
    """The face of a request without one: a portrait of ours, or a link."""
    address = settings.face if "://" in settings.face else f"portrait:{settings.face}"
    return Media(kind=MediaKind.PICTURE, address=address, name="face.png")
