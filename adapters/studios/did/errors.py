"""What D-ID's refusals mean for the person who asked; every sentence about them is here."""

from typing import NoReturn

from adapters.studios.errors import VendorResponse, VendorSentences, clean_text, with_details
from bot.errors import Locked, OutOfCredit, Refused, Spoiled

SENTENCES = VendorSentences("D-ID")
MODERATION_SENTENCES = {
    "ImageModerationError": "D-ID's moderation does not allow this picture. Please take another one.",
    "CelebrityRecognizedError": "D-ID recognised a well-known person, whom it does not animate. Please take another "
    "picture.",
    "TextModerationError": "D-ID's moderation does not allow these words. Please say it differently.",
    "AudioModerationError": "D-ID's moderation does not allow what is said in the sound. Please take another one.",
}
REFUSAL_SENTENCES = {
    "InvalidFileSizeError": "The file is too large for D-ID: at most 10 MB and 10 megapixels for a picture, 6 MB for "
    "a sound, 2 GB for a video.",
    "InvalidImageResolutionError": "The picture does not have a size D-ID takes: at least 160 × 160 pixels, at most 10 "
    "megapixels.",
    "InvalidFaceError": "D-ID cannot work with the face at that place. Check --face, or leave it out.",
    "InvalidAudioDurationError": "The sound does not have a length D-ID takes: at most 10 minutes, 5 for a presenter.",
    "UnsupportedMimeTypeError": "D-ID does not take files of this type.",
    "ConfigError": "D-ID does not take these settings together",
    "BadRequestError": "D-ID did not take this",
}
FAILURE_SENTENCES = {
    "FaceError": "D-ID found no face it can move in the picture.",
    "DriverError": "D-ID could not use this movement (--driver).",
    "LogoError": "D-ID could not use the logo.",
    "SourceError": "D-ID could not open the picture or video it was given.",
    "AudioError": "D-ID could not use the sound.",
    "VideoEnhanceError": "D-ID failed while sharpening the video.",
}
MODERATION_REFUSED = "D-ID's moderation does not allow this. Please change the picture or the words."
MODERATION_REJECTED = "D-ID's moderation said no after it had begun. Please change the picture or the words."
COULD_NOT_FINISH = "D-ID could not finish this"
KEY_REJECTED = "D-ID does not accept the key (or the account's payment failed)."
NO_CREDITS = "The D-ID account has no credits left."

FEATURE_STEMS = {
    "translation": ("translation", "translate"),
    "stitch": ("stitch",),
    "subtitles": ("subtitle",),
    "logo": ("logo", "watermark"),
    "persist": ("persist",),
}
_NOT_TAKEN_STATUSES = frozenset(
    {401, 402, 404, 405, 413, 415, 429}
)  # these mean "not taken", whoever in between says them


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
        details = self.error_description
        match self.status:
            case 401:
                raise Locked(KEY_REJECTED)
            case 402:
                raise OutOfCredit(NO_CREDITS)
            case 403:
                raise Locked(with_details("The D-ID plan does not allow this", details), missing_feature(self))
            case 451:
                raise Spoiled(MODERATION_SENTENCES.get(self.error_kind, MODERATION_REFUSED))
            case 413:
                raise Refused(REFUSAL_SENTENCES["InvalidFileSizeError"])
            case 415:
                raise Refused(REFUSAL_SENTENCES["UnsupportedMimeTypeError"])
        if self.status < 400:
            raise Locked("D-ID redirects to another address. Check DID_API_URL.")
        sentence = REFUSAL_SENTENCES.get(self.error_kind, REFUSAL_SENTENCES["BadRequestError"])
        raise Refused(with_details(sentence, details))

    def _text_field(self, name: str) -> str:
        word = self.data.get(name) if isinstance(self.data, dict) else None
        return word if isinstance(word, str) else ""


def missing_feature(response: DidResponse) -> str | None:
    """The feature of the plan that a 403 is about."""
    words = response.error_description.lower()
    return next((name for name, stems in FEATURE_STEMS.items() if any(stem in words for stem in stems)), None)


def failure_sentence(kind: str, description: str) -> str:
    if (
        sentence := MODERATION_SENTENCES.get(kind)
        or FAILURE_SENTENCES.get(kind)
        or (kind != "BadRequestError" and REFUSAL_SENTENCES.get(kind))
    ):
        return sentence if sentence.endswith(".") else f"{sentence}."
    return with_details(COULD_NOT_FINISH, clean_text(description))
