"""What a job costs here. Simple on purpose: whole credits, known before the render.

A speaking video costs one credit for each started 15 seconds (a text is read at 15 characters a second, padding
counts), an animation one, a translation four for each language.
"""

import math
from collections.abc import Mapping
from typing import Any

_CHARACTERS_PER_SECOND = 15.0
_BILLED_SECONDS = 15.0


def estimate_seconds(body: Mapping[str, Any], sound: float | None) -> float:
    """How many seconds a speaking video will last, as far as can be told beforehand."""
    spoken = len(body["script"].get("input", "")) / _CHARACTERS_PER_SECOND if sound is None else sound
    return spoken + float(body.get("config", {}).get("pad_audio", 0.0))


def price_job(kind: str, seconds: float) -> float:
    """The credits for one job."""
    if kind == "translation":
        return 4.0
    return 1.0 if kind == "animation" else float(max(1, math.ceil(seconds / _BILLED_SECONDS)))
