"""What HeyGen's refusals mean for the person who asked; every sentence about them is here.

Three generations spell errors in three ways: v1 `{"code": 40039, "message": …}`, v2 `{"error": {"code", "message"}}` or
`{"error": "text"}`, v3 `{"error": {"code", "message", "param"}}`; v1 also answers 200 to what it refuses.
"""

import re
from typing import Any, NoReturn

from adapters.studios.reply import Reply as AnyReply
from bot.errors import Locked, OutOfCredit, Refused, Spoiled, TryAgain, Unsure
from bot.requests.kinds import Request, Storyboard

KEY = "HeyGen does not accept the key; it may have expired. Whoever runs the bot can set a new HEYGEN_API_KEY."
BLOCKED = "HeyGen has blocked this account. Whoever runs the bot can ask HeyGen why."
PLAN = "The HeyGen plan does not allow this"
EMPTY = (
    "The HeyGen account has no API credits left; they are a pool apart from those of the website. "
    "Whoever runs the bot can add some there."
)
BUSY = "HeyGen is busy."
SILENT = "HeyGen cannot be reached just now."
BROKEN = "HeyGen has a problem of its own just now."
DOUBT = "HeyGen's answer was lost, so it is not certain whether the job was taken."
FAILED = "HeyGen could not finish this"
REFUSED = "HeyGen did not take this"
TRANSLATION = "The HeyGen plan does not include video translation; a larger plan does, or D-ID where it is set up."
NEWER = "This avatar needs HeyGen's v3 API: set HEYGEN_API_VERSION to auto or v3, or take another avatar."

KEYS = frozenset({"40009", "400112", "unauthorized", "authentication_failed"})
CREDITS = frozenset({"MOVIO_PAYMENT_INSUFFICIENT_CREDIT", "insufficient_credit", "400118"})
PLANS = frozenset({"400599", "400551", "400664"})
MODERATED = {
    "400105": "HeyGen does not allow some of these words. Please say it differently.",
    "400168": "HeyGen's moderation finds this inappropriate. Please change the picture or the words.",
    "402009": "HeyGen's moderation finds this inappropriate. Please change the picture or the words.",
    "400625": "HeyGen recognised a well-known person, whom it does not animate. Please take another picture.",
    "402008": "HeyGen recognised a well-known person, whom it does not animate. Please take another picture.",
    "402007": "HeyGen does not animate pictures of minors. Please take another picture.",
    "401003": "HeyGen's rules do not allow this. Please change the picture or the words.",
    "400680": "HeyGen's rules do not allow this. Please change the picture or the words.",
}
SENTENCES = {
    "40039": "HeyGen cannot speak this text. Please check it for signs that are not words.",
    "40065": "HeyGen does not take these scenes",
    "40004": "HeyGen found no face in the picture. Please take one that shows a face from the front.",
    "40005": "HeyGen found several faces in the picture. Please take one that shows a single face.",
    "40006": "HeyGen finds the picture too poor to animate. Please take a larger, sharper one.",
    "40002": "HeyGen does not take files of this type.",
    "400543": "HeyGen does not take files of this type.",
    "400111": "HeyGen does not take files of this type.",
    "40010": "HeyGen cannot read the video: it takes MP4 and WebM.",
    "40044": "HeyGen cannot read the sound: it takes MP3 and WAV.",
    "400150": "This is longer than HeyGen allows on this plan.",
    "400128": "This is longer than HeyGen allows on this plan.",
    "1000022": "This is longer than HeyGen allows on this plan.",
    "400165": "This is too short for HeyGen.",
    "400144": "HeyGen no longer has this avatar. See /did presenters.",
    "40090": "HeyGen no longer has this avatar. See /did presenters.",
    "400174": "HeyGen no longer has this photo. Redo sends it anew.",
    "400116": "HeyGen no longer has this voice. See /did voices.",
    "400551": "This voice needs a paid HeyGen plan. Please take another one: /did voices.",
    "400664": "The limit of HeyGen's trial is reached.",
    "download_failed": "HeyGen could not fetch a file that was given by link.",
    "resource_limit_exceeded": "A limit of the HeyGen account is reached",
}


class Unserved(Exception):
    """An operation that a request hangs on is gone in this dialect."""


_PRIVATE = re.compile(r"\S+@\S+|\b\w+://\S+")
_RETIRED = re.compile(r"retired|deprecat|sunset|no longer (available|supported|served)|(migrate|upgrade) to v3", re.I)
_ABSENT = re.compile(r"\b(video|translation|resource|id)\b.*(not found|does not exist|not exist)", re.I)
_NEWER = re.compile(r"does not support unlimited mode|use avatar (iv|v)\b", re.I)
_LONG = re.compile(r"exceeds?\s+(?:the\s+(?:limit|maximum)\s+(?:of\s+)?)?([\d,]{3,7})\s+characters", re.I)
_CERTAIN = frozenset({401, 402, 403, 404, 405, 410, 413, 415, 429})
_UNSERVED = frozenset({404, 405, 410})


class Reply(AnyReply):
    """An answer of HeyGen's."""

    @property
    def fine(self) -> bool:
        """It worked, and it can be read."""
        if not 200 <= self.status < 300:
            return False
        if self.status == 204:
            return True
        return isinstance(self.data, dict) and not self.data.get("error") and self.code in ("", "100")

    @property
    def body(self) -> Any:
        """What was asked for, without the envelope."""
        return self.data.get("data") if isinstance(self.data, dict) else None

    @property
    def code(self) -> str:
        """HeyGen's own name or number for what is wrong."""
        inner = self._error.get("code")
        code = inner if inner is not None else self.data.get("code") if isinstance(self.data, dict) else None
        return str(code) if isinstance(code, str | int) and not isinstance(code, bool) else ""

    @property
    def message(self) -> str:
        """HeyGen's words for what is wrong, without addresses of any sort."""
        if not isinstance(self.data, dict):
            return ""
        words = self._error.get("message") or self.data.get("error") or self.data.get("message")
        return clean(words) if isinstance(words, str) else ""

    @property
    def unserved(self) -> bool:
        """The operation itself is gone, by its status or in words; a thing that is not found is no such case."""
        if self.status < 400:
            return False
        if _RETIRED.search(self.message):
            return True
        named = self.code not in ("", "404", "not_found", "405", "410") or "id" in self.message.lower().split()
        return self.status in _UNSERVED and not named and not re.search(r"avatar|voice|asset|video_id", self.message)

    @property
    def absent(self) -> bool:
        """The operation is there, and the thing that was asked for is not."""
        if _RETIRED.search(self.message):
            return False
        named = self.status == 404 and bool(self.code)
        return named or (self.status < 500 and bool(_ABSENT.search(self.message)))

    @property
    def newer(self) -> bool:
        """The avatar is of a kind that only v3 takes."""
        return bool(_NEWER.search(self.message))

    @property
    def longest(self) -> int | None:
        """How many characters a scene may have, when that is what is wrong."""
        match = _LONG.search(self.message)
        return int(match[1].replace(",", "")) if match else None

    @property
    def _error(self) -> dict[str, Any]:
        error = self.data.get("error") if isinstance(self.data, dict) else None
        return error if isinstance(error, dict) else {}


def judge(reply: Reply, *, pays: bool) -> None:
    """Raise what an answer that is not fine calls for."""
    if reply.fine:
        return
    if pays and _doubtful(reply):
        raise Unsure(DOUBT)
    if reply.status == 429:
        raise TryAgain(BUSY, reply.after)
    if not pays and (reply.page or reply.status >= 500 or reply.status in (408, 409) or reply.data is None):
        raise TryAgain(BROKEN, reply.after)
    _refuse(reply)


def lost(code: str, message: str) -> str:
    """Why a job failed, in a sentence."""
    if code in CREDITS or any(each in message for each in CREDITS):
        return EMPTY
    known = MODERATED.get(code) or SENTENCES.get(code)
    return _with(known or FAILED, "" if known else clean(message))


def no_more(dialect: str, request: Request) -> str:
    """That a request hangs on what HeyGen has retired."""
    several = isinstance(request, Storyboard) and len(request.plot.scenes) > 1
    what = "several scenes in one video" if several else f"{request.noun} by {dialect}"
    return f"HeyGen no longer serves {what} on this account."


def clean(words: str) -> str:
    """Somebody else's words on one line, short, and without e-mail or other addresses."""
    return " ".join(_PRIVATE.sub("…", words).split())[:200].rstrip(" .")


def _doubtful(reply: Reply) -> bool:
    if reply.status < 300:
        return not (reply.code or reply.message)  # v1 says no with 200; anything unreadable may be a yes
    if reply.status in (408, 409) or reply.status >= 500 or reply.status < 400:
        return True
    return not (reply.code or reply.message) and reply.status not in _CERTAIN


def _refuse(reply: Reply) -> NoReturn:
    code = reply.code
    if reply.status == 401 or code in KEYS:
        raise Locked(KEY)
    if code == "400631":
        raise Locked(BLOCKED)
    if reply.status == 402 or code in CREDITS:
        raise OutOfCredit(EMPTY)
    if code in MODERATED:
        raise Spoiled(MODERATED[code])
    if code in SENTENCES:
        raise (Locked if code in PLANS else Refused)(_with(SENTENCES[code], reply.message))
    if reply.newer:
        raise Refused(NEWER, "presenter")
    if reply.status == 403 or code in PLANS:
        raise Locked(_with(PLAN, reply.message))
    if reply.status in (413, 415):
        raise Refused("The file is too large for HeyGen." if reply.status == 413 else SENTENCES["40002"])
    raise Refused(_with(REFUSED, reply.message))


def _with(sentence: str, more: str) -> str:
    if sentence.endswith("."):
        return sentence
    return f"{sentence}: {more}." if more else f"{sentence}."
