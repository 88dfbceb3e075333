"""D-ID's generators side by side: what each is called where."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.contracts import BodySchema


@dataclass(frozen=True)
class DidGenerator:
    """One generator."""

    name: str
    path: str
    prefix: str
    delete_status: int  # the status of a successful DELETE: 200 with the object, or 204
    declares_user_data: bool  # GET and list surely show it; elsewhere the setting decides
    running_status: str = "started"

    @property
    def body(self) -> BodySchema:
        """What it takes."""
        return BodySchema("did", self.path)

    @property
    def list_key(self) -> str:
        """The key of its list."""
        return self.path.lstrip("/")


GENERATORS: Mapping[str, DidGenerator] = {
    kind.path: kind
    for kind in (
        DidGenerator("talk", "/talks", "tlk_", 200, False),
        DidGenerator("animation", "/animations", "anm_", 200, False),
        DidGenerator("expressive", "/expressives", "exp_", 204, True),
        # The customer's description of V4, which answers a DELETE with the object.
        DidGenerator("expressive", "/videos", "exp_", 200, True),
        DidGenerator("clip", "/clips", "clp_", 200, False),
        DidGenerator("scene", "/scenes", "", 204, True),
        DidGenerator("translation", "/translations", "trs_", 200, False, "validating"),
    )
}


def generator_of(name: str) -> DidGenerator:
    """A generator by the name its jobs bear."""
    return next(kind for kind in GENERATORS.values() if kind.name == name)


def generators_for(v4_path: str) -> list[DidGenerator]:
    """The generators that exist, with V4 under the paths asked for."""
    absent = {"expressives": "/videos", "videos": "/expressives"}.get(v4_path)
    return [kind for kind in GENERATORS.values() if kind.path != absent]
