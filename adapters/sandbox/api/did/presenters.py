"""The people D-ID has in stock: V4 avatars, clip presenters, instant avatars; here they share the drawn portraits."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.sandbox.clock import iso_timestamp
from adapters.sandbox.context import portrait_files

_SENTIMENTS = ("Professional", "Empathetic", "Excited", "Frustrated", "Friendly")
_CREATED_AT = iso_timestamp(1_767_225_600.0)


@dataclass(frozen=True)
class StockPresenter:
    """A stock avatar, presenter or instant avatar."""

    id: str
    name: str
    gender: str
    voice: str
    face: int

    @property
    def sentiments(self) -> dict[str, str]:
        """The sentiments a V4 avatar has, by id."""
        return {f"snt_{self.name.lower()}{n}": feeling for n, feeling in enumerate(_SENTIMENTS)}

    @property
    def voice_provider(self) -> dict[str, Any]:
        """The voice they speak with when none is asked for."""
        return {"type": "microsoft", "voice_id": self.voice}

    @property
    def portrait_path(self) -> Path | None:
        """Their face."""
        faces = portrait_files()
        return faces[self.face % len(faces)] if faces else None


AVATARS = (
    StockPresenter("public_mira@avt_Sbx001", "Mira", "female", "en-US-JennyNeural", 0),
    StockPresenter("public_odo@avt_Sbx002", "Odo", "male", "en-US-GuyNeural", 1),
    StockPresenter("public_ines@avt_Sbx003", "Ines", "female", "en-GB-SoniaNeural", 0),
)
PRESENTERS = (
    StockPresenter("v2_public_mira@Sbx101", "Mira", "female", "en-US-JennyNeural", 0),
    StockPresenter("v2_public_odo@Sbx102", "Odo", "male", "en-US-GuyNeural", 1),
    StockPresenter("v2_public_ines@Sbx103", "Ines", "female", "en-GB-SoniaNeural", 0),
    StockPresenter("v2_public_bram@Sbx104", "Bram", "male", "en-GB-RyanNeural", 1),
)
INSTANT_AVATARS = (
    StockPresenter("avt_SbxInstant1", "Tova", "female", "en-US-AriaNeural", 0),
    StockPresenter("avt_SbxInstant2", "Emil", "male", "en-US-DavisNeural", 1),
)
OWNER_ID = "auth0|sandbox-owner"


def portrait_url(one: StockPresenter, base_url: str) -> str:
    """Where their portrait can be seen."""
    return f"{base_url}/sandbox/portraits/{one.portrait_path.name if one.portrait_path else 'none.png'}"


def avatar_view(one: StockPresenter, base_url: str) -> dict[str, Any]:
    seen = portrait_url(one, base_url)
    sentiments = [
        {
            "id": key,
            "sentiment": feeling,
            "description": f"{one.name}, {feeling.lower()}",
            "preview_url": seen,
            "voice": one.voice_provider,
        }
        for key, feeling in one.sentiments.items()
    ]
    return {
        "id": one.id,
        "owner_id": "PUBLIC_D-ID",
        "name": one.name,
        "is_greenscreen": True,
        "thumbnail_url": seen,
        "gender": one.gender,
        "sentiments": sentiments,
    }


def presenter_view(one: StockPresenter, base_url: str) -> dict[str, Any]:
    seen = portrait_url(one, base_url)
    return {
        "presenter_id": one.id,
        "name": one.name,
        "gender": one.gender,
        "driver_id": drivers_of(one)[0],
        "preview_url": seen,
        "talking_preview_url": seen,
        "image_url": seen,
        "thumbnail_url": seen,
        "is_greenscreen": True,
        "is_streamable": False,
        "voice": one.voice_provider,
        "status": "done",
        "owner_id": "PUBLIC_D-ID",
        "created_at": _CREATED_AT,
        "modified_at": _CREATED_AT,
    }


def drivers_of(one: StockPresenter) -> list[str]:
    """The movements a clip presenter knows."""
    return [f"{one.name.lower()}-driver-{n}" for n in (1, 2)]


def driver_view(one: StockPresenter, driver: str, base_url: str) -> dict[str, Any]:
    seen = portrait_url(one, base_url)
    card = {"driver_id": driver, "presenter_id": one.id, "preview_url": seen, "thumbnail_url": seen}
    return card | {"gender": one.gender, "created_at": _CREATED_AT}


def instant_avatar_view(one: StockPresenter, base_url: str) -> dict[str, Any]:
    seen = portrait_url(one, base_url)
    card = {"id": one.id, "name": one.name, "owner_id": OWNER_ID, "status": "done", "thumbnail_url": seen}
    return card | {"talking_preview_url": seen, "created_at": _CREATED_AT, "voice_id": one.voice}
