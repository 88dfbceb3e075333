"""What HeyGen's refusals mean for the requester; the sentences by error code are in sentences.yml.

Three generations spell errors in three ways: v1 `{"code": 40039, "message": …}`, v2 `{"error": {"code", "message"}}` or
`{"error": "text"}`, v3 `{"error": {"code", "message", "param"}}`; v1 also answers 200 to what it refuses.
"""

import re
from typing import Any, NoReturn

from adapters.studios.errors import VendorResponse, VendorSentences, clean_text, load_sentences, with_details
from bot.errors import Locked, OutOfCredit, Refused, Spoiled, Unusable
from bot.requests.base import Request
from bot.requests.storyboard.storyboard import Storyboard

SENTENCES = VendorSentences("HeyGen")
KEY_REJECTED = "HeyGen does not accept the API key; it may have expired. An admin can set a new HEYGEN_API_KEY."
ACCOUNT_BLOCKED = "HeyGen has blocked this account. An admin can ask HeyGen why."
NOT_IN_PLAN = "The HeyGen plan does not allow this"
NO_CREDITS = "The HeyGen account has no API credits left. An admin can add some; website credits do not count."
COULD_NOT_FINISH = "HeyGen could not finish this"
NOT_ACCEPTED = "HeyGen did not accept this"
TRANSLATION_NOT_IN_PLAN = "The HeyGen plan does not include video translation. A larger plan or D-ID does."
AVATAR_NEEDS_V3 = "This avatar needs HeyGen's v3. Set HEYGEN_API_VERSION to auto or v3, or choose another avatar."

KEY_ERROR_CODES = frozenset({"40009", "400112", "unauthorized", "authentication_failed"})
CREDIT_ERROR_CODES = frozenset({"MOVIO_PAYMENT_INSUFFICIENT_CREDIT", "insufficient_credit", "400118"})
PLAN_ERROR_CODES = frozenset({"400599", "400551", "400664"})
UNUSABLE_FILE_CODES = frozenset({"40004", "40005", "40006", "40010", "40044"})  # the face, the quality, the encoding


class EndpointGone(Exception):
    """A needed operation is no longer served in this version."""


_RETIRED_PATTERN = re.compile(
    r"retired|deprecat|sunset|no longer (available|supported|served)|(migrate|upgrade) to v3", re.I
)
_NOT_FOUND_PATTERN = re.compile(r"\b(video|translation|resource|id)\b.*(not found|does not exist|not exist)", re.I)
_NEEDS_V3_PATTERN = re.compile(r"does not support unlimited mode|use avatar (iv|v)\b", re.I)
_MAX_CHARACTERS_PATTERN = re.compile(
    r"exceeds?\s+(?:the\s+(?:limit|maximum)\s+(?:of\s+)?)?([\d,]{3,7})\s+characters", re.I
)
_NOT_TAKEN_STATUSES = frozenset({401, 402, 403, 404, 405, 410, 413, 415, 429})
_ENDPOINT_GONE_STATUSES = frozenset({404, 405, 410})


class HeygenResponse(VendorResponse):
    sentences = SENTENCES

    @property
    def ok(self) -> bool:
        if not 200 <= self.status < 300:
            return False
        if self.status == 204:
            return True
        return isinstance(self.data, dict) and not self.data.get("error") and self.error_code in ("", "100")

    @property
    def result(self) -> Any:
        """The payload without its envelope."""
        return self.data.get("data") if isinstance(self.data, dict) else None

    @property
    def error_code(self) -> str:
        inner = self._error_object.get("code")
        code = inner if inner is not None else self.data.get("code") if isinstance(self.data, dict) else None
        return str(code) if isinstance(code, str | int) and not isinstance(code, bool) else ""

    @property
    def error_message(self) -> str:
        if not isinstance(self.data, dict):
            return ""
        words = self._error_object.get("message") or self.data.get("error") or self.data.get("message")
        return clean_text(words) if isinstance(words, str) else ""

    @property
    def endpoint_gone(self) -> bool:
        """The operation itself is gone, by status or in words; a thing that is not found does not count."""
        if self.status < 400:
            return False
        if _RETIRED_PATTERN.search(self.error_message):
            return True
        named = (
            self.error_code not in ("", "404", "not_found", "405", "410") or "id" in self.error_message.lower().split()
        )
        return (
            self.status in _ENDPOINT_GONE_STATUSES
            and not named
            and not re.search(r"avatar|voice|asset|video_id", self.error_message)
        )

    @property
    def not_found(self) -> bool:
        """The operation exists, and the thing does not."""
        if _RETIRED_PATTERN.search(self.error_message):
            return False
        named = self.status == 404 and bool(self.error_code)
        return named or (self.status < 500 and bool(_NOT_FOUND_PATTERN.search(self.error_message)))

    @property
    def needs_v3(self) -> bool:
        """Only v3 accepts this kind of avatar."""
        return bool(_NEEDS_V3_PATTERN.search(self.error_message))

    @property
    def max_characters(self) -> int | None:
        """The limit of a scene, if that is what is wrong."""
        match = _MAX_CHARACTERS_PATTERN.search(self.error_message)
        return int(match[1].replace(",", "")) if match else None

    @property
    def outcome_unknown(self) -> bool:
        explained = bool(self.error_code or self.error_message)
        if self.status < 300:
            return not explained  # v1 says no with 200; anything unreadable may be a yes
        if self.status in (408, 409) or self.status >= 500 or self.status < 400:
            return True
        return not explained and self.status not in _NOT_TAKEN_STATUSES

    @property
    def repeatable(self) -> bool:
        return self.data is None

    def raise_refusal(self) -> NoReturn:
        code, details = self.error_code, self.error_message
        if self.status == 401 or code in KEY_ERROR_CODES:
            raise Locked(KEY_REJECTED)
        if code == "400631":
            raise Locked(ACCOUNT_BLOCKED)
        if self.status == 402 or code in CREDIT_ERROR_CODES:
            raise OutOfCredit(NO_CREDITS)
        moderation, refusals = load_sentences("heygen")["moderation"], load_sentences("heygen")["refusals"]
        if code in moderation:
            raise Spoiled(moderation[code])
        if code in refusals:
            trouble = Locked if code in PLAN_ERROR_CODES else Unusable if code in UNUSABLE_FILE_CODES else Refused
            raise trouble(with_details(refusals[code], details))
        if self.needs_v3:
            raise Refused(AVATAR_NEEDS_V3, "presenter")
        if self.status == 403 or code in PLAN_ERROR_CODES:
            raise Locked(with_details(NOT_IN_PLAN, details))
        if self.status in (413, 415):
            raise Refused("The file is too large for HeyGen." if self.status == 413 else refusals["40002"])
        raise Refused(with_details(NOT_ACCEPTED, details))

    @property
    def _error_object(self) -> dict[str, Any]:
        error = self.data.get("error") if isinstance(self.data, dict) else None
        return error if isinstance(error, dict) else {}


def retired_sentence(api_version: str, request: Request) -> str:
    several = isinstance(request, Storyboard) and len(request.content.scenes) > 1
    what = "several scenes in one video" if several else f"{request.noun} by {api_version}"
    return f"HeyGen no longer serves {what} on this account."
