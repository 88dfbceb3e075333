"""D-ID's generators side by side: what each is called where."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.sandbox.api.did.bodies import (
    AnimationBody,
    ClipBody,
    ExpressiveBody,
    GeneratorBody,
    SceneBody,
    TalkBody,
    TranslationBody,
    VideoBody,
)


@dataclass(frozen=True)
class DidGenerator:
    """One generator."""

    name: str
    path: str
    body: type[GeneratorBody]
    prefix: str
    delete_status: int  # the status of a successful DELETE: 200 with the object, or 204
    declares_user_data: bool  # GET and list surely show it; elsewhere the setting decides
    running_status: str = "started"

    @property
    def list_key(self) -> str:
        """The key of its list."""
        return self.path.lstrip("/")


GENERATORS: Mapping[str, DidGenerator] = {
    kind.path: kind
    for kind in (
        DidGenerator("talk", "/talks", TalkBody, "tlk_", 200, False),
        DidGenerator("animation", "/animations", AnimationBody, "anm_", 200, False),
        DidGenerator("expressive", "/expressives", ExpressiveBody, "exp_", 204, True),
        # The customer's description of V4, which answers a DELETE with the object.
        DidGenerator("expressive", "/videos", VideoBody, "exp_", 200, True),
        DidGenerator("clip", "/clips", ClipBody, "clp_", 200, False),
        DidGenerator("scene", "/scenes", SceneBody, "", 204, True),
        DidGenerator("translation", "/translations", TranslationBody, "trs_", 200, False, "validating"),
    )
}


def generator_of(name: str) -> DidGenerator:
    """A generator by the name its jobs bear."""
    return next(kind for kind in GENERATORS.values() if kind.name == name)


def generators_for(v4_path: str) -> list[DidGenerator]:
    """The generators that exist, with V4 under the paths asked for."""
    absent = {"expressives": "/videos", "videos": "/expressives"}.get(v4_path)
    return [kind for kind in GENERATORS.values() if kind.path != absent]
