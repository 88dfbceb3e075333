"""What D-ID's refusals mean for the person who asked; every sentence about them is here.

A free call can always be made again, so its doubtful answers are TryAgain. A paid one is Unsure unless the answer says
beyond doubt that nothing was taken.
"""

import re
from typing import NoReturn

from adapters.studios.reply import Reply as AnyReply
from bot.errors import Locked, OutOfCredit, Refused, Spoiled, TryAgain, Unsure

MODERATED = {
    "ImageModerationError": "D-ID's moderation does not allow this picture. Please take another one.",
    "CelebrityRecognizedError": "D-ID recognised a well-known person, whom it does not animate. Please take another "
    "picture.",
    "TextModerationError": "D-ID's moderation does not allow these words. Please say it differently.",
    "AudioModerationError": "D-ID's moderation does not allow what is said in the sound. Please take another one.",
}
REFUSED = {
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
LOST = {
    "FaceError": "D-ID found no face it can move in the picture.",
    "DriverError": "D-ID could not use this movement (--driver).",
    "LogoError": "D-ID could not use the logo.",
    "SourceError": "D-ID could not open the picture or video it was given.",
    "AudioError": "D-ID could not use the sound.",
    "VideoEnhanceError": "D-ID failed while sharpening the video.",
}
UNMODERATED = "D-ID's moderation does not allow this. Please change the picture or the words."
REJECTED = "D-ID's moderation said no after it had begun. Please change the picture or the words."
FAILED = "D-ID could not finish this"
KEY = "D-ID does not accept the key (or the account's payment failed)."
EMPTY = "The D-ID account has no credits left."
BUSY = "D-ID is busy."
SILENT = "D-ID cannot be reached just now."
BROKEN = "D-ID has a problem of its own just now."
DOUBT = "D-ID's answer was lost, so it is not certain whether the job was taken."

FEATURES = {
    "translation": ("translation", "translate"),
    "stitch": ("stitch",),
    "subtitles": ("subtitle",),
    "logo": ("logo", "watermark"),
    "persist": ("persist",),
}
_PRIVATE = re.compile(r"\S+@\S+|\b\w+://\S+")
_CERTAIN = frozenset({401, 402, 404, 405, 413, 415, 429})  # these mean "not taken", whoever in between says them


class Reply(AnyReply):
    """An answer of D-ID's."""

    @property
    def fine(self) -> bool:
        """It worked, and it can be read."""
        return 200 <= self.status < 300 and (self.data is not None or self.status == 204)

    @property
    def kind(self) -> str:
        """D-ID's own name for what is wrong."""
        return self._word("kind")

    @property
    def description(self) -> str:
        """D-ID's or its gateway's words for what is wrong, without addresses of any sort."""
        return clean(self._word("description") or self._word("message"))

    @property
    def stated(self) -> bool:
        """It is a refusal in words that D-ID or its gateway uses, not some page from in between."""
        return bool(self.kind or self.description)

    @property
    def unknown_path(self) -> bool:
        """The address itself is not served; D-ID's gateway says so with 404, 405, or a 403 of its own."""
        return self.status in (404, 405) or (
            self.status == 403 and "missing authentication" in self.description.lower()
        )

    def _word(self, name: str) -> str:
        word = self.data.get(name) if isinstance(self.data, dict) else None
        return word if isinstance(word, str) else ""


def judge(reply: Reply, *, pays: bool) -> None:
    """Raise what an answer that is not fine calls for."""
    if reply.fine:
        return
    if pays and _doubtful(reply):
        raise Unsure(DOUBT)
    if reply.status == 429:
        raise TryAgain(BUSY, reply.after)
    if not pays and (reply.page or reply.status >= 500 or reply.status < 300 or reply.status in (408, 409)):
        raise TryAgain(BROKEN, reply.after)
    _refuse(reply)


def feature(reply: Reply) -> str | None:
    """Which of the plan's features a 403 is about."""
    words = reply.description.lower()
    return next((name for name, stems in FEATURES.items() if any(stem in words for stem in stems)), None)


def lost(kind: str, description: str) -> str:
    """Why a job failed, in a sentence."""
    if sentence := MODERATED.get(kind) or LOST.get(kind) or (kind != "BadRequestError" and REFUSED.get(kind)):
        return sentence if sentence.endswith(".") else f"{sentence}."
    return _with(FAILED, clean(description))


def clean(words: str) -> str:
    """Somebody else's words on one line, short, and without e-mail or other addresses."""
    return " ".join(_PRIVATE.sub("…", words).split())[:200].rstrip(" .")


def _doubtful(reply: Reply) -> bool:
    if reply.status < 300 or reply.status in (408, 409) or reply.status >= 500:
        return True
    return not reply.stated and reply.status not in _CERTAIN


def _refuse(reply: Reply) -> NoReturn:
    if reply.status == 401:
        raise Locked(KEY)
    if reply.status == 402:
        raise OutOfCredit(EMPTY)
    if reply.status == 403:
        raise Locked(_with("The D-ID plan does not allow this", reply.description), feature(reply))
    if reply.status == 451:
        raise Spoiled(MODERATED.get(reply.kind, UNMODERATED))
    if reply.status < 400:
        raise Locked("D-ID answers from another address: check DID_API_URL.")
    if reply.status in (413, 415):
        raise Refused(REFUSED["InvalidFileSizeError" if reply.status == 413 else "UnsupportedMimeTypeError"])
    sentence = REFUSED.get(reply.kind, REFUSED["BadRequestError"])
    raise Refused(sentence if sentence.endswith(".") else _with(sentence, reply.description))


def _with(sentence: str, more: str) -> str:
    return f"{sentence}: {more}." if more else f"{sentence}."
