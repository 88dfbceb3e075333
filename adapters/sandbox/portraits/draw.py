"""Draws the two portraits the sandbox ships: `python -m adapters.sandbox.portraits.draw`.

Nobody sat for them. Everything is a smooth outline filled, and shaded by blurred shapes clipped to what lies beneath.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from adapters.sandbox.portraits.body import paint_body
from adapters.sandbox.portraits.brush import SIDE, Sheet, both, oval
from adapters.sandbox.portraits.countenance import (
    EYE_HALF,
    EYE_X,
    EYE_Y,
    MOUTH_HALF,
    MOUTH_Y,
    paint_brow,
    paint_eye,
    paint_head,
    paint_mouth,
    paint_nose,
)
from adapters.sandbox.portraits.hair import paint_fringe, paint_long_hair, paint_short_hair
from adapters.sandbox.portraits.looks import ADA, BEN, Look
from adapters.sandbox.render.landmarks import Landmarks

HERE = Path(__file__).parent


def person(look: Look) -> Image.Image:
    """A whole portrait, cut out."""
    sheet = Sheet()
    if not look.jaw:
        paint_long_hair(sheet, look)
    paint_body(sheet, look)
    head = paint_head(sheet, look)
    paint_nose(sheet, look, head)
    both(sheet, paint_eye, look)
    both(sheet, paint_brow, look)
    paint_mouth(sheet, look, head)
    (paint_short_hair if look.jaw else paint_fringe)(sheet, look, head)
    if not look.jaw:
        both(sheet, lambda on, side: on.fill(oval(360 + side * 126, 408, 5, 5), (238, 204, 128)))
    return sheet.image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def backdrop(look: Look) -> Image.Image:
    """A wall with light falling on it from the upper left."""
    ys, xs = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    way = np.clip(np.hypot(xs - 0.34, ys - 0.26) / 0.95, 0, 1)[..., None]
    near, far = (np.array(colour, float) for colour in look.back)
    # A little noise keeps the encoder from drawing rings into the gradient.
    grain = np.random.default_rng(1).normal(0, 0.6, (SIDE, SIDE, 1))
    return Image.fromarray(np.clip(near + (far - near) * way + grain, 0, 255).astype(np.uint8), "RGB").convert("RGBA")


def landmarks(look: Look) -> Landmarks:
    """Where the drawing has its eyes, mouth and chin."""
    return Landmarks(
        left_eye=(360 - EYE_X, EYE_Y),
        right_eye=(360 + EYE_X, EYE_Y),
        mouth=(360, MOUTH_Y + 1.5),
        chin=(360, 491 + look.jaw * 8),
        mouth_half=MOUTH_HALF,
        eye_half=EYE_HALF,
        brow=EYE_Y - 257,
        lid=(0.45, 0.4),
        smile=0.2,
    )


def main() -> None:
    """Draw both portraits and write down their landmarks."""
    notes: dict[str, object] = {}
    for look in (ADA, BEN):
        cut = person(look)
        whole = Image.alpha_composite(backdrop(look), cut).convert("RGB")
        whole.save(HERE / f"{look.name}.png", optimize=True)
        cut.save(HERE / f"{look.name}-cutout.png", optimize=True)
        notes[look.name] = asdict(landmarks(look))
    (HERE / "landmarks.json").write_text(json.dumps(notes, indent=1) + "\n")


if __name__ == "__main__":
    main()
