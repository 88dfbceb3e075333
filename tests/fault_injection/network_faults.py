"""Every kind of fault that can come from outside, each with a name and a sentence; `fault_proxy.py` injects them.

between us and others   SUBMIT-like calls, looks, downloads, uploads: `WIRE`
on the way of a webhook `HOOKS`
in our own house        `HOUSE`: disk, database and clock, done by the tests themselves
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Literal

from tests.fault_injection.http_messages import RawResponse

ConnectionEnding = Literal["keep", "close", "reset", "silence"]
ResponseChange = Callable[[RawResponse], RawResponse | None]

ERROR_PAGE = b"<!DOCTYPE html><html><body><h1>Something is wrong</h1></body></html>"
_HTML_HEADERS = (("Content-Type", "text/html"),)


def keep_response(answer: RawResponse) -> RawResponse | None:
    """As it came."""
    return answer


def drop_response(answer: RawResponse) -> RawResponse | None:
    """No answer at all."""
    return None


@dataclass(frozen=True)
class NetworkFault:
    """What becomes of one request and its answer."""

    name: str
    description: str
    reaches_server: bool = True  # whether the request arrives, so that the other side acts on it
    change_response: ResponseChange = keep_response
    ending: ConnectionEnding = "keep"
    cut_upload_at: int | None = None  # after so many bytes of what is sent up the line is cut
    delay_seconds: float = 0.0  # seconds before the request goes on its way
    deliveries: int = 1  # how often it arrives
    waits_for_next: bool = False  # it goes on its way only after the next one has

    @property
    def outcome_unknown(self) -> bool:
        """Whether the other side may have acted without our hearing of it."""
        return self.reaches_server and self.change_response is not keep_response


def respond_with(status: int, body: bytes = b'{"message": "no"}', **headers: str) -> ResponseChange:
    """Another answer instead."""

    def replace_response(answer: RawResponse) -> RawResponse | None:
        return RawResponse(status, body).with_headers(**headers)

    return replace_response


def respond_with_page(status: int) -> ResponseChange:
    """A web page instead."""

    def replace_response(answer: RawResponse) -> RawResponse | None:
        return RawResponse(status, ERROR_PAGE, _HTML_HEADERS)

    return replace_response


def _retry_at_date(answer: RawResponse) -> RawResponse | None:
    return RawResponse(429, b"{}").with_headers(retry_after=formatdate(None, usegmt=True))


def _halve_body(answer: RawResponse) -> RawResponse | None:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _empty_body(answer: RawResponse) -> RawResponse | None:
    return replace(answer, body=b"")


def _send_slowly(answer: RawResponse) -> RawResponse | None:
    return replace(answer, piece_bytes=max(1, len(answer.body) // 20), pause_seconds=0.01)


def _cut_body(answer: RawResponse) -> RawResponse | None:
    return replace(answer, cut_at=len(answer.body) // 2)


def _overstate_length(answer: RawResponse) -> RawResponse | None:
    return replace(answer, claimed_length=len(answer.body) + 100)


def _understate_length(answer: RawResponse) -> RawResponse | None:
    return replace(answer, claimed_length=max(0, len(answer.body) - 100))


def _corrupt_body(answer: RawResponse) -> RawResponse | None:
    return replace(answer, body=bytes(each ^ 0x5A for each in answer.body))


def _not_http(answer: RawResponse) -> RawResponse | None:
    return RawResponse(200, raw_bytes=b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n")


def redirect_to(address: str, status: int = 307) -> NetworkFault:
    """The answer sends us to another host."""
    return NetworkFault(
        "redirect elsewhere",
        "An answer sends us to another host.",
        reaches_server=False,
        change_response=respond_with(status, location=address),
    )


def delayed_request(seconds: float) -> NetworkFault:
    """The request takes its time."""
    return NetworkFault("late", "The request arrives only after a while; all is well then.", delay_seconds=seconds)


NO_NETWORK_FAULT = NetworkFault("none", "All is well.")

_NETWORK_FAULTS = (
    NetworkFault(
        "answer lost",
        "The request arrives, the line is closed without an answer.",
        change_response=drop_response,
        ending="close",
    ),
    NetworkFault(
        "answer reset",
        "The request arrives, the line is reset without an answer.",
        change_response=drop_response,
        ending="reset",
    ),
    NetworkFault("request lost", "The line is closed before the request arrives.", False, drop_response, "close"),
    NetworkFault("request reset", "The line is reset before the request arrives.", False, drop_response, "reset"),
    NetworkFault("silence before", "The request never arrives, and nobody says so.", False, drop_response, "silence"),
    NetworkFault(
        "silence after",
        "The request arrives, and the answer never comes.",
        change_response=drop_response,
        ending="silence",
    ),
    NetworkFault("drip", "The answer comes whole, but in drops.", change_response=_send_slowly),
    NetworkFault("too many, wait", "429 with a Retry-After of a second.", False, respond_with(429, retry_after="1")),
    NetworkFault("too many, until", "429 with a Retry-After that is a date.", False, _retry_at_date),
    NetworkFault("too many", "429 that does not say for how long.", False, respond_with(429, b"{}")),
    NetworkFault("too many, page", "429 as a web page of something in between.", False, respond_with_page(429)),
    NetworkFault("broken", "500 in JSON.", False, respond_with(500)),
    NetworkFault("broken after", "500 although the request arrived.", change_response=respond_with(500)),
    NetworkFault("bad gateway", "502 as a web page.", False, respond_with_page(502)),
    NetworkFault(
        "bad gateway after", "502 as a web page although the request arrived.", change_response=respond_with_page(502)
    ),
    NetworkFault("unavailable", "503 with a Retry-After.", False, respond_with(503, retry_after="1")),
    NetworkFault("gateway time-out", "504 before the request arrived.", False, respond_with_page(504)),
    NetworkFault("gateway time-out after", "504 although the request arrived.", change_response=respond_with_page(504)),
    NetworkFault("page not found", "404 as a web page of something in between.", False, respond_with_page(404)),
    NetworkFault(
        "web page",
        "200 with a web page of something in between; the request never arrived.",
        False,
        respond_with_page(200),
    ),
    NetworkFault(
        "web page after", "200 with a web page although the request arrived.", change_response=respond_with_page(200)
    ),
    NetworkFault("half JSON", "The answer ends in the middle and says that this is all.", change_response=_halve_body),
    NetworkFault("empty", "200 with nothing in it although the request arrived.", change_response=_empty_body),
    NetworkFault("cut", "The line is cut in the middle of the answer.", change_response=_cut_body, ending="reset"),
    NetworkFault(
        "length too long", "The answer is shorter than it said.", change_response=_overstate_length, ending="close"
    ),
    NetworkFault(
        "length too short", "The answer is longer than it said.", change_response=_understate_length, ending="close"
    ),
    NetworkFault("corrupted", "The answer has the right length and the wrong bytes.", change_response=_corrupt_body),
    NetworkFault("garbage", "What answers speaks no HTTP.", False, _not_http, "close"),
    NetworkFault(
        "garbage after",
        "The request arrives, and what answers speaks no HTTP.",
        change_response=_not_http,
        ending="close",
    ),
    NetworkFault(
        "upload reset",
        "The line is reset in the middle of what is sent up.",
        False,
        drop_response,
        "reset",
        cut_upload_at=1000,
    ),
)

_WEBHOOK_FAULTS = (
    NetworkFault("hook missing", "A webhook never comes.", False, respond_with(200, b"{}")),
    NetworkFault("hook late", "A webhook comes after a while.", delay_seconds=0.5),
    NetworkFault("hook doubled", "A webhook comes twice.", deliveries=2),
    NetworkFault("hook reordered", "A webhook comes after the one that follows it.", waits_for_next=True),
)

NETWORK_FAULTS: Mapping[str, NetworkFault] = {each.name: each for each in _NETWORK_FAULTS}
WEBHOOK_FAULTS: Mapping[str, NetworkFault] = {each.name: each for each in _WEBHOOK_FAULTS}
LOCAL_FAULTS: Mapping[str, str] = {
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
