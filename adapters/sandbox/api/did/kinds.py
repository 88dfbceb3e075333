"""D-ID's generators side by side: what each is called where."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.sandbox.api.did.bodies import (
    AnimationBody,
    ClipBody,
    Commission,
    ExpressiveBody,
    SceneBody,
    TalkBody,
    TranslationBody,
    VideoBody,
)


@dataclass(frozen=True)
class Kind:
    """One generator."""

    name: str
    path: str
    body: type[Commission]
    prefix: str
    delete: int  # the status of a successful DELETE: 200 with the object, or 204
    declares_user_data: bool  # GET and list surely show it; elsewhere the setting decides
    running: str = "started"

    @property
    def listed(self) -> str:
        """The key of its list."""
        return self.path.lstrip("/")


KINDS: Mapping[str, Kind] = {
    kind.path: kind
    for kind in (
        Kind("talk", "/talks", TalkBody, "tlk_", 200, False),
        Kind("animation", "/animations", AnimationBody, "anm_", 200, False),
        Kind("expressive", "/expressives", ExpressiveBody, "exp_", 204, True),
        # The customer's description of V4, which answers a DELETE with the object.
        Kind("expressive", "/videos", VideoBody, "exp_", 200, True),
        Kind("clip", "/clips", ClipBody, "clp_", 200, False),
        Kind("scene", "/scenes", SceneBody, "", 204, True),
        Kind("translation", "/translations", TranslationBody, "trs_", 200, False, "validating"),
    )
}


def kind_of(name: str) -> Kind:
    """A generator by the name its jobs bear."""
    return next(kind for kind in KINDS.values() if kind.name == name)


def kinds_for(v4_path: str) -> list[Kind]:
    """The generators that exist, with V4 under the paths asked for."""
    absent = {"expressives": "/videos", "videos": "/expressives"}.get(v4_path)
    return [kind for kind in KINDS.values() if kind.path != absent]
