"""What can be made to go wrong on request, and where people and tests ask for it.

Ask by the header ``X-Sandbox-Fault: 429=5``, by a marker ``[fault:429=5]`` in the name, the user data or the spoken
text, or for the next calls with ``POST /sandbox/faults {"fault": "429", "value": "5", "times": 3, "path": "/talks"}``.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FAULT_HEADER = "x-sandbox-fault"
_MARKER_PATTERN = re.compile(r"\s*\[fault:([a-z0-9-]+)(?:=([^\]]*))?\]")

FaultPhase = Literal["answer", "create", "accepted", "shown", "job"]


@dataclass(frozen=True)
class FaultKind:
    """One fault: when it strikes, its value when none is given, and what it does."""

    phase: FaultPhase
    default: str
    meaning: str


# "answer" strikes any call before it is looked at, "create" a POST, "accepted" after job and charge are on disk,
# "shown" changes a finished answer, and "job" rides along with the job.
FAULT_KINDS: Mapping[str, FaultKind] = {
    name: FaultKind(**kind)
    for name, kind in json.loads(Path(__file__).with_name("fault_kinds.json").read_text("utf-8")).items()
}


class UnknownFault(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(f"unknown fault {name!r}; known faults: {', '.join(FAULT_KINDS)}")


@dataclass(frozen=True)
class InjectedFault:
    name: str
    value: str

    @property
    def phase(self) -> FaultPhase:
        return FAULT_KINDS[self.name].phase

    @property
    def seconds(self) -> float:
        """The value as a time; the rule's own when it is no number."""
        try:
            value = float(self.value)
        except ValueError:
            value = math.nan
        return value if math.isfinite(value) else float(FAULT_KINDS[self.name].default or 0)


def make_fault(name: str, value: str | None = None) -> InjectedFault:
    """A fault by its name, with the rule's own value when none is given."""
    if name not in FAULT_KINDS:
        raise UnknownFault(name)
    return InjectedFault(name, value or FAULT_KINDS[name].default)


def parse_markers(text: str) -> list[InjectedFault]:
    return [make_fault(name, value) for name, value in _MARKER_PATTERN.findall(text)]


def strip_markers(text: str) -> str:
    """A text without its markers, as it is to be spoken."""
    return _MARKER_PATTERN.sub("", text)


def parse_fault_header(value: str) -> list[InjectedFault]:
    """The faults of a header, several of them divided by commas."""
    return [make_fault(*part.strip().partition("=")[::2]) for part in value.split(",") if part.strip()]


@dataclass
class _ArmedFault:
    fault: InjectedFault
    times: int
    path: str
    method: str

    def strikes(self, method: str, path: str) -> bool:
        if self.method not in ("", method) or not path.startswith(self.path):
            return False
        return self.fault.phase in ("answer", "shown") or method == "POST"


class FaultInjector:
    """The faults set for coming calls; a restart clears them."""

    def __init__(self) -> None:
        self._armed: list[_ArmedFault] = []
        self._seen_markers: set[int] = set()

    def arm(self, fault: InjectedFault, times: int, path: str, method: str = "") -> None:
        """Set a fault for the next so many calls below a path, of one method or any."""
        self._armed.append(_ArmedFault(fault, times, path, method))

    def disarm(self, name: str, path: str) -> None:
        self._armed = [a for a in self._armed if (a.fault.name, a.path) != (name, path)]

    def clear(self) -> None:
        self._armed.clear()

    def list_armed(self) -> list[dict[str, object]]:
        return [{"fault": a.fault.name, "value": a.fault.value, "times": a.times, "path": a.path} for a in self._armed]

    def take_matching(self, method: str, path: str) -> list[InjectedFault]:
        """The faults that strike this call, each used up by one."""
        matching = [a for a in self._armed if a.strikes(method, path)]
        for one in matching:
            one.times -= 1
        self._armed = [a for a in self._armed if a.times > 0]
        return [one.fault for one in matching]

    def take_from_texts(self, texts: Iterable[str]) -> list[InjectedFault]:
        """The markers in a body; passing faults strike the same body only once, so that a repeat gets through."""
        joined = "\0".join(texts)
        taken = []
        for one in parse_markers(joined):
            key = hash((one, joined))
            if one.phase in ("create", "job") or key not in self._seen_markers:
                taken.append(one)
            self._seen_markers.add(key)
        return taken
