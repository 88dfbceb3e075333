"""The faces that ship with didtalk, and the one that speaks when none is given."""

from pathlib import Path

from bot.requests.media import Kind, Media
from bot.settings import Settings

_FOLDER = Path(__file__).parents[2] / "adapters" / "sandbox" / "portraits"


def portraits() -> dict[str, Path]:
    """The faces that ship with didtalk."""
    return {name: _FOLDER / f"{name}.png" for name in ("ada", "ben")}


def usual_face(settings: Settings) -> Media:
    """Who speaks when nobody is given: one of ours, or a link."""
    at = settings.face if "://" in settings.face else f"portrait:{settings.face}"
    return Media(kind=Kind.PICTURE, at=at, name="face.png")
