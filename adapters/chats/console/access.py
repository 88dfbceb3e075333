"""The guard: who may open the console, and that nobody is made to do something there by another page.

Without a token only this machine gets in, by the names of this machine: a foreign name that leads here (DNS rebinding)
is refused. With one, a cookie shows that it was given. What changes anything must come from our own page, sealed.
"""

import hashlib
import hmac
import ipaddress
import re
from collections import deque
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.errors import Refused, TryAgain
from bot.runtime.clock import Clock
from bot.security.signed_tokens import Seal

COOKIE = "didtalk_console"
SEAL_LIVES = 7 * 86400.0
LOGIN_LIVES = 30 * 86400.0
_HOST = re.compile(r"(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?")
TRIES, TRIES_LIVE = 10, 60.0  # wrong tokens in so many seconds
PASSED_ON = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
    "cf-connecting-ip",
)
OUTSIDE = (
    "The console is open to this machine only. To open it to others, set DIDTALK_CONSOLE_TOKEN to a long secret word."
)
FOREIGN = "This did not come from the console's own page, so nothing was done."
OLD = "didtalk was updated since this page was loaded. Reload it; what you typed is kept."


class Locked(Refused):
    """The token of the console is still to be given."""


class Foreign(Refused):
    """This comes from where nothing should come from."""


class Old(Refused):
    """The page is from before an update."""


class Guard:
    """Checks requests before anybody acts on them."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._wrong: deque[float] = deque(maxlen=TRIES)  # when the last wrong tokens were given

    def enter(self, request: Request, seal: Seal | None, clock: Clock) -> None:
        """Refuse whoever may not be here."""
        if self._token is None:
            # A proxy on this machine makes everybody look as if they were here; most of them leave a trace.
            passed_on = any(name in request.headers for name in PASSED_ON)
            here = _here(request.client.host if request.client else "") and _ours(request.headers.get("host", ""))
            if passed_on or not here:
                raise Foreign(OUTSIDE)
        elif seal is None or seal.open("console-login", request.cookies.get(COOKIE, ""), clock.now()) != self._mark:
            raise Locked("Give the console's token first.")

    def read(self, request: Request) -> None:
        """Refuse data to another site's page."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Foreign(FOREIGN)

    def change(self, request: Request, seal: Seal, clock: Clock, version: str) -> None:
        """Refuse a change that our own page of today did not ask for."""
        self.same(request)
        if seal.open("console-page", request.headers.get("x-didtalk-token", ""), clock.now()) != version:
            raise Old(OLD)

    def same(self, request: Request) -> None:
        """Refuse what another site's page sends."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise Foreign(FOREIGN)
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            raise Foreign(FOREIGN)

    def seal(self, seal: Seal, clock: Clock, version: str) -> str:
        """What the page shows with every change."""
        return seal.close("console-page", version, clock.now() + SEAL_LIVES)

    def log_in(self, given: str, secure: bool, seal: Seal, clock: Clock) -> Response:
        """The way in for whoever gives the right token."""
        now = clock.now()
        if len(self._wrong) == TRIES and now - self._wrong[0] < TRIES_LIVE:
            raise TryAgain("Too many wrong tokens were given. Wait a minute, and try again.")
        if self._token is None or not hmac.compare_digest(given.strip().encode(), self._token.strip().encode()):
            self._wrong.append(now)
            raise Locked("That is not the token of this console.")
        answer = RedirectResponse("/console", 303)
        pass_ = seal.close("console-login", self._mark, clock.now() + LOGIN_LIVES)
        answer.set_cookie(
            COOKIE, pass_, max_age=int(LOGIN_LIVES), path="/console", httponly=True, samesite="strict", secure=secure
        )
        return answer

    @property
    def _mark(self) -> str:
        """The token's own mark, so that a changed token lets nobody in any more."""
        return hashlib.sha256((self._token or "").encode()).hexdigest()[:24]


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _ours(host: str) -> bool:
    match = _HOST.fullmatch(host.lower())
    name = match[1].strip("[]") if match else ""
    return name == "localhost" or name.endswith(".localhost") or _here(name)
