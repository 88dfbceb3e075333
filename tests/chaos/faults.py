"""Every kind of fault that can come from outside, each by name and with a sentence; `tests/chaos/proxy.py` does them.

between us and others   SUBMIT-like calls, looks, downloads, uploads: `WIRE`
on the way of a webhook `HOOKS`
in our own house        `HOUSE`: disk, database and clock, done by the tests themselves
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Literal

from tests.chaos.message import Answer

Ending = Literal["keep", "close", "reset", "silence"]
Change = Callable[[Answer], Answer | None]

PAGE = b"<!DOCTYPE html><html><body><h1>Something is wrong</h1></body></html>"
_HTML = (("Content-Type", "text/html"),)


def same(answer: Answer) -> Answer | None:
    """As it came."""
    return answer


def nothing(answer: Answer) -> Answer | None:
    """No answer at all."""
    return None


@dataclass(frozen=True)
class Fault:
    """What becomes of one request and its answer."""

    name: str
    sentence: str
    reaches: bool = True  # whether the request arrives, so that the other side acts on it
    change: Change = same
    ending: Ending = "keep"
    upload: int | None = None  # after so many bytes of what is sent up the line is cut
    delay: float = 0.0  # seconds before the request goes on its way
    times: int = 1  # how often it arrives
    waits: bool = False  # it goes on its way only after the next one has

    @property
    def doubtful(self) -> bool:
        """Whether the other side may have acted without our hearing of it."""
        return self.reaches and self.change is not same


def says(status: int, body: bytes = b'{"message": "no"}', **headers: str) -> Change:
    """Another answer instead."""

    def change(answer: Answer) -> Answer | None:
        return Answer(status, body).but(**headers)

    return change


def page(status: int) -> Change:
    """A web page instead."""

    def change(answer: Answer) -> Answer | None:
        return Answer(status, PAGE, _HTML)

    return change


def _soon(answer: Answer) -> Answer | None:
    return Answer(429, b"{}").but(retry_after=formatdate(None, usegmt=True))


def _half(answer: Answer) -> Answer | None:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _empty(answer: Answer) -> Answer | None:
    return replace(answer, body=b"")


def _drip(answer: Answer) -> Answer | None:
    return replace(answer, piece=max(1, len(answer.body) // 20), pause=0.01)


def _cut(answer: Answer) -> Answer | None:
    return replace(answer, cut=len(answer.body) // 2)


def _long(answer: Answer) -> Answer | None:
    return replace(answer, length=len(answer.body) + 100)


def _short(answer: Answer) -> Answer | None:
    return replace(answer, length=max(0, len(answer.body) - 100))


def _corrupt(answer: Answer) -> Answer | None:
    return replace(answer, body=bytes(each ^ 0x5A for each in answer.body))


def _garbage(answer: Answer) -> Answer | None:
    return Answer(200, raw=b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n")


def elsewhere(address: str, status: int = 307) -> Fault:
    """The answer sends us to another host."""
    return Fault(
        "redirect elsewhere",
        "An answer sends us to another host.",
        reaches=False,
        change=says(status, location=address),
    )


def late(seconds: float) -> Fault:
    """The request takes its time."""
    return Fault("late", "The request arrives only after a while; all is well then.", delay=seconds)


NONE = Fault("none", "All is well.")

_WIRE = (
    Fault("answer lost", "The request arrives, the line is closed without an answer.", change=nothing, ending="close"),
    Fault("answer reset", "The request arrives, the line is reset without an answer.", change=nothing, ending="reset"),
    Fault("request lost", "The line is closed before the request arrives.", False, nothing, "close"),
    Fault("request reset", "The line is reset before the request arrives.", False, nothing, "reset"),
    Fault("silence before", "The request never arrives, and nobody says so.", False, nothing, "silence"),
    Fault("silence after", "The request arrives, and the answer never comes.", change=nothing, ending="silence"),
    Fault("drip", "The answer comes whole, but in drops.", change=_drip),
    Fault("too many, wait", "429 with a Retry-After of a second.", False, says(429, retry_after="1")),
    Fault("too many, until", "429 with a Retry-After that is a date.", False, _soon),
    Fault("too many", "429 that does not say for how long.", False, says(429, b"{}")),
    Fault("too many, page", "429 as a web page of something in between.", False, page(429)),
    Fault("broken", "500 in JSON.", False, says(500)),
    Fault("broken after", "500 although the request arrived.", change=says(500)),
    Fault("bad gateway", "502 as a web page.", False, page(502)),
    Fault("bad gateway after", "502 as a web page although the request arrived.", change=page(502)),
    Fault("unavailable", "503 with a Retry-After.", False, says(503, retry_after="1")),
    Fault("gateway time-out", "504 before the request arrived.", False, page(504)),
    Fault("gateway time-out after", "504 although the request arrived.", change=page(504)),
    Fault("page not found", "404 as a web page of something in between.", False, page(404)),
    Fault("web page", "200 with a web page of something in between; the request never arrived.", False, page(200)),
    Fault("web page after", "200 with a web page although the request arrived.", change=page(200)),
    Fault("half JSON", "The answer ends in the middle and says that this is all.", change=_half),
    Fault("empty", "200 with nothing in it although the request arrived.", change=_empty),
    Fault("cut", "The line is cut in the middle of the answer.", change=_cut, ending="reset"),
    Fault("length too long", "The answer is shorter than it said.", change=_long, ending="close"),
    Fault("length too short", "The answer is longer than it said.", change=_short, ending="close"),
    Fault("corrupted", "The answer has the right length and the wrong bytes.", change=_corrupt),
    Fault("garbage", "What answers speaks no HTTP.", False, _garbage, "close"),
    Fault("garbage after", "The request arrives, and what answers speaks no HTTP.", change=_garbage, ending="close"),
    Fault("upload reset", "The line is reset in the middle of what is sent up.", False, nothing, "reset", upload=1000),
)

_HOOKS = (
    Fault("hook missing", "A webhook never comes.", False, says(200, b"{}")),
    Fault("hook late", "A webhook comes after a while.", delay=0.5),
    Fault("hook doubled", "A webhook comes twice.", times=2),
    Fault("hook reordered", "A webhook comes after the one that follows it.", waits=True),
)

WIRE: Mapping[str, Fault] = {each.name: each for each in _WIRE}
HOOKS: Mapping[str, Fault] = {each.name: each for each in _HOOKS}
HOUSE: Mapping[str, str] = {
    "refused": "Nobody listens at the address (`Proxy.hang_up`).",
    "name": "The studio's name does not resolve.",
    "redirect": "An answer sends us to another host.",
    "hook forged": "Somebody else sends what looks like a webhook.",
    "storm": "Everything is answered with 429 for a while.",
    "outage": "The studio is away for an hour.",
    "clock forwards": "The clock jumps forwards by an hour or a day.",
    "clock back": "The clock jumps back by an hour.",
    "disk full": "There is no room for videos any more.",
    "database full": "There is no room in the database any more.",
    "database locked": "Another process holds the database.",
    "disk read-only": "The disk takes nothing any more.",
}
