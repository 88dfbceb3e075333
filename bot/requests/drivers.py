"""The movements a face can make: D-ID's driver bank as data, and how people name a driver."""

from bot.errors import Refused
from bot.requests.options import did_you_mean


def _numbered_drivers(*numbers: int) -> tuple[str, ...]:
    return tuple(f"driver-{number:02}" for number in numbers)


_SONGS = """
amazing country-fire feliz-navidad happy-birthday-to-you here-comes-santa-claus hope-you-have-happy-birthday
its-good-to-be-alive la-cucaracha la-traviata-female la-traviata-male old-souls on-my-way queen-of-the-night
rigoletto rocking-around
"""
DRIVER_FAMILIES: dict[str, tuple[str, ...]] = {
    "nostalgia": _numbered_drivers(*range(1, 13), *range(14, 18)),
    "fun": _numbered_drivers(*range(1, 11)),
    "dance": _numbered_drivers(*range(1, 12)),
    "classics": tuple(f"driver-{song}" for song in _SONGS.split()),
    "subtle": _numbered_drivers(*range(1, 20)),
    "stitch": _numbered_drivers(*range(1, 28), *range(29, 34)),
}

FAMILY_DESCRIPTIONS: dict[str, str] = {
    "nostalgia": "gentle, slow",
    "fun": "funky moves, funny faces",
    "dance": "a dancing head",
    "classics": "sings, with its own sound",
    "subtle": "barely moves; good for several close faces",
    "stitch": "the face moves within the whole picture",
}

TALK_DRIVER_FAMILIES: dict[str, tuple[str, ...]] = {
    "natural": (),
    "lively": _numbered_drivers(*range(1, 7)),
    "subtle": _numbered_drivers(*range(1, 5)),
}

_FAMILY_ALIASES = {"dancing": "dance"}


def driver_address(typed: str, families: dict[str, tuple[str, ...]]) -> str:
    """The address of a family, `family/driver`, a number in a family, or a link."""
    name = typed.strip().removeprefix("bank://").strip("/").casefold()
    if typed.startswith(("https://", "s3://")):
        return typed
    family, _, driver = name.partition("/")
    family = _FAMILY_ALIASES.get(family, family)
    if family in families:
        return f"bank://{family}/{_driver_in_family(family, driver, families)}".rstrip("/")
    if not driver and (address := _address_of_unique_driver(family, families)):
        return address
    raise Refused(_unknown_driver_text(typed, families), "driver")


def driver_names(families: dict[str, tuple[str, ...]]) -> list[str]:
    """Every name that can be typed: families, then drivers."""
    return [*families, *(f"{family}/{driver}" for family, drivers in families.items() for driver in drivers)]


def _driver_in_family(family: str, typed: str, families: dict[str, tuple[str, ...]]) -> str:
    if not typed:
        return ""
    wanted = f"driver-{int(typed):02}" if typed.isdecimal() and len(typed) < 4 else typed
    wanted = wanted if wanted.startswith("driver-") else f"driver-{wanted}"
    if wanted in families[family]:
        return wanted
    raise Refused(_unknown_driver_text(f"{family}/{typed}", families), "driver")


def _address_of_unique_driver(typed: str, families: dict[str, tuple[str, ...]]) -> str | None:
    """A song has one family, so the family need not be typed."""
    wanted = typed if typed.startswith("driver-") else f"driver-{typed}"
    families_with_it = [family for family, drivers in families.items() if wanted in drivers]
    return f"bank://{families_with_it[0]}/{wanted}" if len(families_with_it) == 1 else None


def _unknown_driver_text(typed: str, families: dict[str, tuple[str, ...]]) -> str:
    meant = did_you_mean(typed, driver_names(families))
    return f"No driver is called “{typed}”.{meant} The families are {', '.join(families)}."
