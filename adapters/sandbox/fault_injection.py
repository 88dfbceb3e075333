"""What can be made to go wrong on request, and where people and tests ask for it.

Ask by the header ``X-Sandbox-Fault: 429=5``, by a marker ``[fault:429=5]`` in the name, the user data or the spoken
text, or for the next calls with ``POST /sandbox/faults {"fault": "429", "value": "5", "times": 3, "path": "/talks"}``.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

HEADER = "x-sandbox-fault"
_MARKER = re.compile(r"\s*\[fault:([a-z0-9-]+)(?:=([^\]]*))?\]")

When = Literal["answer", "create", "accepted", "job"]


@dataclass(frozen=True)
class Rule:
    """One fault: when it strikes, its value when none is given, and what it does."""

    when: When
    default: str
    meaning: str


# "answer" strikes any call before it is looked at, "create" a POST, "accepted" after job and charge are on disk,
# and "job" rides along with the job.
FAULTS: Mapping[str, Rule] = {
    "402": Rule("create", "", "no credits left"),
    "403": Rule(
        "create", "stitch", "the plan lacks the value (stitch, subtitles, translation), if the body asks for it"
    ),
    "451": Rule("create", "text", "moderation refuses the value: image, celebrity, text or audio"),
    "429": Rule("answer", "1", "too many requests, Retry-After: value"),
    "500": Rule("answer", "", "an internal error"),
    "503": Rule("answer", "", "the gateway finds nobody"),
    "504": Rule("answer", "", "the gateway gives up waiting"),
    "html": Rule("answer", "", "a web page instead of JSON"),
    "hang": Rule("answer", "30", "not accepted, and no answer for value seconds, then the line is cut"),
    "lost": Rule("accepted", "", "a POST is accepted and charged, then the line is cut without an answer"),
    "late": Rule("accepted", "5", "a POST is accepted and charged, the answer comes value seconds late"),
    "slow": Rule("job", "10", "the render takes value seconds longer"),
    "error": Rule("job", "UnknownError", "the job ends in error, of kind value"),
    "rejected": Rule("job", "TextModerationError", "moderation rejects the job after acceptance"),
    "stuck": Rule("job", "", "the job never ends"),
    "no-hook": Rule("job", "", "the webhook is never sent"),
    "double-hook": Rule("job", "", "the webhook is sent twice"),
    "forged-hook": Rule("job", "", "a hook for a job that does not exist is sent as well"),
    "truncated": Rule("job", "1", "the first value downloads of the result are cut short"),
    "expired": Rule("job", "", "the first result link is dead already; one asked for after trying it is good"),
}


class UnknownFault(Exception):
    """A fault nobody knows, most likely a slip of the pen."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown fault {name!r}; there are {', '.join(FAULTS)}")


@dataclass(frozen=True)
class Fault:
    """One fault asked for."""

    name: str
    value: str

    @property
    def when(self) -> When:
        """When it strikes."""
        return FAULTS[self.name].when

    @property
    def seconds(self) -> float:
        """The value as a time; the rule's own when it is no number."""
        try:
            value = float(self.value)
        except ValueError:
            value = math.nan
        return value if math.isfinite(value) else float(FAULTS[self.name].default or 0)


def fault(name: str, value: str | None = None) -> Fault:
    """A fault by its name, with the rule's own value when none is given."""
    if name not in FAULTS:
        raise UnknownFault(name)
    return Fault(name, value or FAULTS[name].default)


def written(text: str) -> list[Fault]:
    """The faults written as markers in a text."""
    return [fault(name, value) for name, value in _MARKER.findall(text)]


def unmarked(text: str) -> str:
    """A text without its markers, as it is to be spoken."""
    return _MARKER.sub("", text)


def headed(value: str) -> list[Fault]:
    """The faults of a header, several of them divided by commas."""
    return [fault(*part.strip().partition("=")[::2]) for part in value.split(",") if part.strip()]


@dataclass
class _Armed:
    fault: Fault
    times: int
    path: str


class Faults:
    """The faults set for coming calls; a restart clears them."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []
        self._struck: set[int] = set()

    def arm(self, one: Fault, times: int, path: str) -> None:
        """Set a fault for the next so many calls below a path."""
        self._armed.append(_Armed(one, times, path))

    def clear(self) -> None:
        """Let everything go well again."""
        self._armed.clear()

    def armed(self) -> list[dict[str, object]]:
        """What is set and how often it still strikes."""
        return [{"fault": a.fault.name, "value": a.fault.value, "times": a.times, "path": a.path} for a in self._armed]

    def take(self, method: str, path: str) -> list[Fault]:
        """The faults that strike this call, each used up by one."""
        hit = [a for a in self._armed if _strikes(a, method, path)]
        for one in hit:
            one.times -= 1
        self._armed = [a for a in self._armed if a.times > 0]
        return [one.fault for one in hit]

    def first(self, texts: Iterable[str]) -> list[Fault]:
        """The markers in a body; passing faults strike the same body only once, so that a repeat gets through."""
        whole = "\0".join(texts)
        return [one for one in written(whole) if one.when in ("create", "job") or self._new(one, whole)]

    def _new(self, one: Fault, whole: str) -> bool:
        key = hash((one, whole))
        if key in self._struck:
            return False
        self._struck.add(key)
        return True


def _strikes(armed: _Armed, method: str, path: str) -> bool:
    return path.startswith(armed.path) and (armed.fault.when == "answer" or method == "POST")
