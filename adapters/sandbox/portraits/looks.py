"""What the two people look like."""

from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Look:
    """What tells one portrait from the other."""

    name: str
    skin: Colour
    shadow: Colour
    blush: Colour
    lips: Colour
    iris: Colour
    hair: Colour
    hair_light: Colour
    hair_dark: Colour
    cloth: Colour
    cloth_dark: Colour
    back: tuple[Colour, Colour]
    jaw: float
    """0 for a slender face with long hair, 1 for a strong chin and short hair."""
    lashes: float
    brow: float


ADA = Look(
    name="ada",
    skin=(226, 172, 138),
    shadow=(164, 100, 76),
    blush=(220, 112, 92),
    lips=(188, 84, 80),
    iris=(92, 60, 38),
    hair=(58, 36, 30),
    hair_light=(122, 78, 56),
    hair_dark=(30, 18, 18),
    cloth=(38, 128, 128),
    cloth_dark=(20, 84, 90),
    back=((250, 226, 196), (232, 178, 150)),
    jaw=0.0,
    lashes=1.0,
    brow=0.85,
)
BEN = Look(
    name="ben",
    skin=(240, 198, 170),
    shadow=(184, 122, 96),
    blush=(226, 130, 108),
    lips=(192, 112, 100),
    iris=(70, 112, 128),
    hair=(112, 70, 42),
    hair_light=(172, 116, 72),
    hair_dark=(66, 40, 26),
    cloth=(52, 72, 118),
    cloth_dark=(30, 44, 82),
    back=((206, 226, 236), (140, 176, 200)),
    jaw=1.0,
    lashes=0.35,
    brow=1.2,
)
