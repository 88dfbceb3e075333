"""The people D-ID has in stock: V4 avatars, clip presenters, instant avatars; here they share the drawn portraits."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.sandbox.api.common import find_by_id
from adapters.sandbox.context import portrait_files

_SENTIMENTS = ("Professional", "Empathetic", "Excited", "Frustrated", "Friendly")


@dataclass(frozen=True)
class StockPresenter:
    id: str
    name: str
    gender: str
    voice: str
    face: int

    @property
    def sentiments(self) -> dict[str, str]:
        return {f"snt_{self.name.lower()}{n}": feeling for n, feeling in enumerate(_SENTIMENTS)}

    @property
    def voice_provider(self) -> dict[str, Any]:
        """The voice they speak with when none is asked for."""
        return {"type": "microsoft", "voice_id": self.voice}

    @property
    def portrait_path(self) -> Path | None:
        faces = portrait_files()
        return faces[self.face % len(faces)] if faces else None


_PEOPLE = json.loads(Path(__file__).with_name("presenters.json").read_text("utf-8"))
AVATARS = tuple(StockPresenter(**one) for one in _PEOPLE["avatars"])
PRESENTERS = tuple(StockPresenter(**one) for one in _PEOPLE["presenters"])
INSTANT_AVATARS = tuple(StockPresenter(**one) for one in _PEOPLE["instant_avatars"])
PEOPLE_BY_KIND = {"expressive": AVATARS, "clip": PRESENTERS, "scene": INSTANT_AVATARS}
OWNER_ID = "auth0|sandbox-owner"


def presenter_id(kind: str, body: Mapping[str, Any]) -> str:
    """Who is asked for, or the first of the generator's people."""
    return str(body.get("avatar_id") or body.get("presenter_id") or PEOPLE_BY_KIND[kind][0].id)


def presenter_of(kind: str, body: Mapping[str, Any]) -> StockPresenter:
    """Who is shown; somebody of the account's own looks like the first."""
    return find_by_id(PEOPLE_BY_KIND[kind], presenter_id(kind, body)) or PEOPLE_BY_KIND[kind][0]


def portrait_url(one: StockPresenter, base_url: str) -> str:
    return f"{base_url}/sandbox/portraits/{one.portrait_path.name if one.portrait_path else 'none.png'}"


def drivers_of(one: StockPresenter) -> list[str]:
    return [f"{one.name.lower()}-driver-{n}" for n in (1, 2)]
