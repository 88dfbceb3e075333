"""What D-ID's refusals mean for the requester; the sentences by kind of error are in sentences.yml."""

from typing import NoReturn

from adapters.studios.errors import VendorResponse, VendorSentences, clean_text, load_sentences, with_details
from bot.errors import Locked, OutOfCredit, Refused, Spoiled, Unusable

SENTENCES = VendorSentences("D-ID")
MODERATION_REFUSED = "D-ID's moderation does not allow this. Change the picture or the text."
MODERATION_REJECTED = "D-ID's moderation stopped this video. Change the picture or the text."
COULD_NOT_FINISH = "D-ID could not finish this"
KEY_REJECTED = "D-ID does not accept the API key, or the account's payment failed."
NO_CREDITS = "The D-ID account has no credits left."

FEATURE_STEMS = {
    "translation": ("translation", "translate"),
    "stitch": ("stitch",),
    "subtitles": ("subtitle",),
    "logo": ("logo", "watermark"),
    "persist": ("persist",),
}
# These mean "not taken", even when something in between sends them.
_NOT_TAKEN_STATUSES = frozenset({401, 402, 404, 405, 413, 415, 429})


class DidResponse(VendorResponse):
    sentences = SENTENCES

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300 and (self.data is not None or self.status == 204)

    @property
    def error_kind(self) -> str:
        return self._text_field("kind")

    @property
    def error_description(self) -> str:
        return clean_text(self._text_field("description") or self._text_field("message"))

    @property
    def has_error_text(self) -> bool:
        """It has the words of D-ID or its gateway, and is not a page from something in between."""
        return bool(self.error_kind or self.error_description)

    @property
    def endpoint_gone(self) -> bool:
        """The endpoint itself is not served: a 404, a 405, or the gateway's own 403."""
        return self.status in (404, 405) or (
            self.status == 403 and "missing authentication" in self.error_description.lower()
        )

    @property
    def outcome_unknown(self) -> bool:
        if self.status < 300 or self.status in (408, 409) or self.status >= 500:
            return True
        return not self.has_error_text and self.status not in _NOT_TAKEN_STATUSES

    @property
    def repeatable(self) -> bool:
        return self.status < 300

    def raise_refusal(self) -> NoReturn:
        details, refusals = self.error_description, load_sentences("did")["refusals"]
        match self.status:
            case 401:
                raise Locked(KEY_REJECTED)
            case 402:
                raise OutOfCredit(NO_CREDITS)
            case 403:
                raise Locked(with_details("The D-ID plan does not allow this", details), missing_feature(self))
            case 451:
                raise Spoiled(load_sentences("did")["moderation"].get(self.error_kind, MODERATION_REFUSED))
            case 413:
                raise Refused(refusals["InvalidFileSizeError"])
            case 415:
                raise Refused(refusals["UnsupportedMimeTypeError"])
        if self.status < 400:
            raise Locked("D-ID redirects to another address. Check DID_API_URL.")
        if sentence := load_sentences("did")["failures"].get(self.error_kind):
            raise Unusable(sentence)
        raise Refused(with_details(refusals.get(self.error_kind, refusals["BadRequestError"]), details))

    def _text_field(self, name: str) -> str:
        word = self.data.get(name) if isinstance(self.data, dict) else None
        return word if isinstance(word, str) else ""


def missing_feature(response: DidResponse) -> str | None:
    """The feature of the plan that a 403 is about."""
    words = response.error_description.lower()
    return next((name for name, stems in FEATURE_STEMS.items() if any(stem in words for stem in stems)), None)
