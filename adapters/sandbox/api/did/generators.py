"""D-ID's generators side by side, the movements they lend to a face, and the languages they translate into."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from adapters.contracts import BodySchema, load_contract


@dataclass(frozen=True)
class DidGenerator:
    name: str
    path: str
    prefix: str
    delete_status: int  # the status of a successful DELETE: 200 with the object, or 204
    declares_user_data: bool  # GET and list surely show it; elsewhere the setting decides
    running_status: str = "started"

    @property
    def body(self) -> BodySchema:
        return BodySchema("did", self.path)


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


def generators_for(v4_path: str) -> list[DidGenerator]:
    """The generators that exist, with V4 under the paths asked for."""
    absent = {"expressives": "/videos", "videos": "/expressives"}.get(v4_path)
    return [kind for kind in GENERATORS.values() if kind.path != absent]


DriverBank = Mapping[str, tuple[str, ...]]

_BANK_PATTERN = re.compile(r"bank://([a-z]+)(?:/(driver-[a-z0-9-]+))?(?:/(?:original|flipped))?/?")
_ALIASES = {"dancing": "dance"}  # a slip in D-ID's own example


@cache
def animation_drivers() -> DriverBank:
    return _read_bank("x-animation-drivers")


@cache
def talk_drivers() -> DriverBank:
    """What moves a talk, which takes the families of animations as well."""
    own, shared = _read_bank("x-talk-drivers"), animation_drivers()
    return {family: tuple(dict.fromkeys(own.get(family, ()) + shared.get(family, ()))) for family in (*own, *shared)}


def _read_bank(name: str) -> DriverBank:
    return {family: tuple(drivers) for family, drivers in load_contract("did").document[name].items()}


def parse_bank_url(url: str, bank: DriverBank) -> tuple[str, str] | None:
    """The family and driver a bank address names, the driver empty for the best match; nothing when there is none."""
    match = _BANK_PATTERN.fullmatch(url)
    if match is None:
        return None
    family, driver = _ALIASES.get(match[1], match[1]), match[2] or ""
    known = bank.get(family)
    return (family, driver) if known and (not driver or driver in known) else None


def resolve_driver(url: str | None, bank: DriverBank) -> tuple[str, str]:
    """The family and driver a job really uses; footage of the caller's own moves like the first family."""
    first = next(iter(bank))
    family, driver = (parse_bank_url(url, bank) if url and url.startswith("bank:") else None) or (first, "")
    return family, driver or bank[family][0]


def languages() -> Mapping[str, str]:
    names: Mapping[str, str] = load_contract("did").document["x-languages"]
    return names


def language_name(given: str) -> str | None:
    """The English name for a name or a code; a region after the code does not matter."""
    if given in languages():
        return given
    code = given.partition("-")[0].lower()
    return next((name for name, known in languages().items() if known == code), None)
