"""What a failed call to a vendor means: every error is named by what to do next.

A free call can always be repeated, so its doubtful responses are TryAgain. A paid one is Unsure unless the response
says beyond doubt that nothing was accepted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Self

import httpx
import yaml

from adapters.studios.responses import parse_http_date
from bot.errors import TryAgain, Unsure

MAX_DETAILS_CHARACTERS = 200

_ADDRESS_PATTERN = re.compile(r"\S+@\S+|\b\w+://\S+")


class VendorSentences:
    def __init__(self, title: str) -> None:
        self.title = title
        self.unreachable = f"{title} isn't responding."
        self.vendor_problem = f"{title} is having problems right now."
        self.busy = f"{title} is busy."
        self.outcome_unknown = f"The connection to {title} was lost, so it isn't certain whether the job was accepted."
        self.job_gone = f"{title} no longer has this job, so there will be no video."
        self.still_rendering = f"{title} is still rendering this video. It can be deleted once it is done."


@dataclass(frozen=True)
class VendorResponse:
    """A response that knows what it means; `data` is None when it was not JSON."""

    sentences: ClassVar[VendorSentences]

    status: int
    data: Any = field(default=None, repr=False)
    retry_after: float | None = None
    studio_time: float | None = None  # what time it is at the studio
    is_web_page: bool = False  # no studio sends one: it is from something in between

    @classmethod
    def from_http(cls, response: httpx.Response, data: Any, retry_after: float | None) -> Self:
        studio_time = parse_http_date(response.headers.get("date", ""))
        is_web_page = response.content[:64].lstrip()[:1] == b"<"
        return cls(response.status_code, data, retry_after, studio_time, is_web_page)

    @property
    def ok(self) -> bool:
        raise NotImplementedError

    @property
    def outcome_unknown(self) -> bool:
        """The job of a paid call may have been accepted."""
        raise NotImplementedError

    @property
    def repeatable(self) -> bool:
        """A free call may succeed later."""
        raise NotImplementedError

    def raise_refusal(self) -> NoReturn:
        """Raise what the vendor's own words call for."""
        raise NotImplementedError


def raise_for_error(response: VendorResponse, *, paid: bool) -> None:
    if response.ok:
        return
    if paid and response.outcome_unknown:
        raise Unsure(response.sentences.outcome_unknown)
    if response.status == 429:
        raise TryAgain(response.sentences.busy, response.retry_after)
    if not paid and (
        response.is_web_page or response.status >= 500 or response.status in (408, 409) or response.repeatable
    ):
        raise TryAgain(response.sentences.vendor_problem, response.retry_after)
    response.raise_refusal()


@cache
def load_sentences(vendor: str) -> Mapping[str, Mapping[str, str]]:
    """A vendor's table of sentences, read once and only when it is needed."""
    text = (Path(__file__).parent / vendor / "sentences.yml").read_text("utf-8")
    tables: Mapping[str, Mapping[str, str]] = yaml.safe_load(text)
    return tables


def clean_text(words: str) -> str:
    """A vendor's words on one line, short, without e-mail or web addresses."""
    return " ".join(_ADDRESS_PATTERN.sub("…", words).split())[:MAX_DETAILS_CHARACTERS].rstrip(" .")


def with_details(sentence: str, details: str) -> str:
    """The sentence, with the vendor's words if it is not complete by itself."""
    if sentence.endswith("."):
        return sentence
    return f"{sentence}: {details}." if details else f"{sentence}."
