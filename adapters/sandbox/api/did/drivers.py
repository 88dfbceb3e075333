"""The bank of drivers: the movements D-ID lends to a face."""

import re
from collections.abc import Mapping


def _driver_names(last: int, *missing: int) -> tuple[str, ...]:
    return tuple(f"driver-{n:02}" for n in range(1, last + 1) if n not in missing)


ANIMATION_DRIVERS: Mapping[str, tuple[str, ...]] = {
    "nostalgia": _driver_names(17, 13),
    "fun": _driver_names(10),
    "dance": _driver_names(11),
    "classics": (
        "driver-amazing",
        "driver-country-fire",
        "driver-feliz-navidad",
        "driver-happy-birthday-to-you",
        "driver-here-comes-santa-claus",
        "driver-hope-you-have-happy-birthday",
        "driver-its-good-to-be-alive",
        "driver-la-cucaracha",
        "driver-la-traviata-female",
        "driver-la-traviata-male",
        "driver-old-souls",
        "driver-on-my-way",
        "driver-queen-of-the-night",
        "driver-rigoletto",
        "driver-rocking-around",
    ),
    "subtle": _driver_names(19),
    "stitch": _driver_names(33, 28),
}

TALK_DRIVERS: Mapping[str, tuple[str, ...]] = {
    "natural": ("driver-4", *_driver_names(6)),
    "lively": _driver_names(6),
    "subtle": _driver_names(4),
}

# A talk takes the families of animations as well: the bank is one.
ALL_DRIVERS: Mapping[str, tuple[str, ...]] = {
    family: tuple(dict.fromkeys(TALK_DRIVERS.get(family, ()) + ANIMATION_DRIVERS.get(family, ())))
    for family in (*TALK_DRIVERS, *ANIMATION_DRIVERS)
}

_BANK_PATTERN = re.compile(r"bank://([a-z]+)(?:/(driver-[a-z0-9-]+))?(?:/(?:original|flipped))?/?")
_ALIASES = {"dancing": "dance"}  # a slip in D-ID's own example


def parse_bank_url(url: str, bank: Mapping[str, tuple[str, ...]]) -> tuple[str, str] | None:
    """The family and driver a bank address names, the driver empty for the best match; nothing when there is none."""
    match = _BANK_PATTERN.fullmatch(url)
    if match is None:
        return None
    family, driver = _ALIASES.get(match[1], match[1]), match[2] or ""
    known = bank.get(family)
    return (family, driver) if known and (not driver or driver in known) else None


def resolve_driver(url: str | None, bank: Mapping[str, tuple[str, ...]]) -> tuple[str, str]:
    """The family and driver a job really uses; footage of the caller's own moves like the first family."""
    first = next(iter(bank))
    family, driver = (parse_bank_url(url, bank) if url and url.startswith("bank:") else None) or (first, "")
    return family, driver or bank[family][0]
