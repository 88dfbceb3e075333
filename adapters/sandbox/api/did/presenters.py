"""The people D-ID has in stock: V4 avatars, clip presenters, instant avatars; here they share the drawn portraits."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.sandbox.api.did.voices import speaker
from adapters.sandbox.clock import stamp
from adapters.sandbox.context import portraits

_FEELINGS = ("Professional", "Empathetic", "Excited", "Frustrated", "Friendly")
_BORN = stamp(1_767_225_600.0)


@dataclass(frozen=True)
class Person:
    """Somebody in stock, by any of the three words."""

    id: str
    name: str
    gender: str
    voice: str
    face: int

    @property
    def feelings(self) -> dict[str, str]:
        """The sentiments a V4 avatar has, by id."""
        return {f"snt_{self.name.lower()}{n}": feeling for n, feeling in enumerate(_FEELINGS)}

    @property
    def provider(self) -> dict[str, Any]:
        """The voice they speak with when none is asked for."""
        return {"type": "microsoft", "voice_id": self.voice}

    @property
    def portrait(self) -> Path | None:
        """Their face."""
        faces = portraits()
        return faces[self.face % len(faces)] if faces else None


AVATARS = (
    Person("public_mira@avt_Sbx001", "Mira", "female", "en-US-JennyNeural", 0),
    Person("public_odo@avt_Sbx002", "Odo", "male", "en-US-GuyNeural", 1),
    Person("public_ines@avt_Sbx003", "Ines", "female", "en-GB-SoniaNeural", 0),
)
PRESENTERS = (
    Person("v2_public_mira@Sbx101", "Mira", "female", "en-US-JennyNeural", 0),
    Person("v2_public_odo@Sbx102", "Odo", "male", "en-US-GuyNeural", 1),
    Person("v2_public_ines@Sbx103", "Ines", "female", "en-GB-SoniaNeural", 0),
    Person("v2_public_bram@Sbx104", "Bram", "male", "en-GB-RyanNeural", 1),
)
INSTANT = (
    Person("avt_SbxInstant1", "Tova", "female", "en-US-AriaNeural", 0),
    Person("avt_SbxInstant2", "Emil", "male", "en-US-DavisNeural", 1),
)
OWNER = "auth0|sandbox-owner"


def person(people: Sequence[Person], person_id: str) -> Person | None:
    """One of them by id."""
    return next((one for one in people if one.id == person_id), None)


def face_link(one: Person, base: str) -> str:
    """Where their portrait can be seen."""
    return f"{base}/sandbox/portraits/{one.portrait.name if one.portrait else 'none.png'}"


def avatar_card(one: Person, base: str) -> dict[str, Any]:
    """A V4 avatar as listed."""
    seen = face_link(one, base)
    sentiments = [
        {
            "id": key,
            "sentiment": feeling,
            "description": f"{one.name}, {feeling.lower()}",
            "preview_url": seen,
            "voice": one.provider,
        }
        for key, feeling in one.feelings.items()
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


def presenter_card(one: Person, base: str) -> dict[str, Any]:
    """A clip presenter as listed."""
    seen = face_link(one, base)
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
        "voice": one.provider,
        "status": "done",
        "owner_id": "PUBLIC_D-ID",
        "created_at": _BORN,
        "modified_at": _BORN,
    }


def drivers_of(one: Person) -> list[str]:
    """The movements a clip presenter knows."""
    return [f"{one.name.lower()}-driver-{n}" for n in (1, 2)]


def driver_card(one: Person, driver: str, base: str) -> dict[str, Any]:
    """A clip driver as listed."""
    seen = face_link(one, base)
    card = {"driver_id": driver, "presenter_id": one.id, "preview_url": seen, "thumbnail_url": seen}
    return card | {"gender": one.gender, "created_at": _BORN}


def instant_card(one: Person, base: str) -> dict[str, Any]:
    """An instant avatar as listed."""
    seen = face_link(one, base)
    card = {"id": one.id, "name": one.name, "owner_id": OWNER, "status": "done", "thumbnail_url": seen}
    voice = speaker("microsoft", one.voice)
    return card | {"talking_preview_url": seen, "created_at": _BORN, "voice_id": voice.id if voice else one.voice}
