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
from bot.security.signed_tokens import TokenSigner

LOGIN_COOKIE = "didtalk_console"
PAGE_TOKEN_SECONDS = 7 * 86400.0
LOGIN_SECONDS = 30 * 86400.0
_HOST_PATTERN = re.compile(r"(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?")
MAX_WRONG_TOKENS, WRONG_TOKEN_WINDOW_SECONDS = 10, 60.0  # wrong tokens in so many seconds
PROXY_HEADERS = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
    "cf-connecting-ip",
)
LOCAL_ONLY_TEXT = (
    "The console is open to this machine only. To open it to others, set DIDTALK_CONSOLE_TOKEN to a long secret word."
)
CROSS_SITE_TEXT = "This did not come from the console's own page, so nothing was done."
OUTDATED_PAGE_TEXT = "didtalk was updated since this page was loaded. Reload it; what you typed is kept."


class LoginRequired(Refused):
    """The token of the console is still to be given."""


class ForbiddenOrigin(Refused):
    """This comes from where nothing should come from."""


class OutdatedPage(Refused):
    """The page is from before an update."""


class ConsoleAccess:
    """Checks requests before anybody acts on them."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._wrong_token_times: deque[float] = deque(maxlen=MAX_WRONG_TOKENS)  # when the last wrong tokens were given

    def check_login(self, request: Request, signer: TokenSigner | None, clock: Clock) -> None:
        """Refuse whoever may not be here."""
        if self._token is None:
            # A proxy on this machine makes everybody look as if they were here; most of them leave a trace.
            proxied = any(name in request.headers for name in PROXY_HEADERS)
            is_local = _is_loopback(request.client.host if request.client else "") and _is_local_host(
                request.headers.get("host", "")
            )
            if proxied or not is_local:
                raise ForbiddenOrigin(LOCAL_ONLY_TEXT)
        elif (
            signer is None
            or signer.verify("console-login", request.cookies.get(LOGIN_COOKIE, ""), clock.now()) != self._token_digest
        ):
            raise LoginRequired("Give the console's token first.")

    def check_read(self, request: Request) -> None:
        """Refuse data to another site's page."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise ForbiddenOrigin(CROSS_SITE_TEXT)

    def check_change(self, request: Request, signer: TokenSigner, clock: Clock, version: str) -> None:
        """Refuse a change that our own page of today did not ask for."""
        self.check_same_origin(request)
        if signer.verify("console-page", request.headers.get("x-didtalk-token", ""), clock.now()) != version:
            raise OutdatedPage(OUTDATED_PAGE_TEXT)

    def check_same_origin(self, request: Request) -> None:
        """Refuse what another site's page sends."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise ForbiddenOrigin(CROSS_SITE_TEXT)
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            raise ForbiddenOrigin(CROSS_SITE_TEXT)

    def issue_page_token(self, signer: TokenSigner, clock: Clock, version: str) -> str:
        """What the page shows with every change."""
        return signer.sign("console-page", version, clock.now() + PAGE_TOKEN_SECONDS)

    def log_in(self, given_token: str, secure: bool, signer: TokenSigner, clock: Clock) -> Response:
        """The way in for whoever gives the right token."""
        now = clock.now()
        if (
            len(self._wrong_token_times) == MAX_WRONG_TOKENS
            and now - self._wrong_token_times[0] < WRONG_TOKEN_WINDOW_SECONDS
        ):
            raise TryAgain("Too many wrong tokens were given. Wait a minute, and try again.")
        if self._token is None or not hmac.compare_digest(given_token.strip().encode(), self._token.strip().encode()):
            self._wrong_token_times.append(now)
            raise LoginRequired("That is not the token of this console.")
        response = RedirectResponse("/console", 303)
        login_token = signer.sign("console-login", self._token_digest, clock.now() + LOGIN_SECONDS)
        response.set_cookie(
            LOGIN_COOKIE,
            login_token,
            max_age=int(LOGIN_SECONDS),
            path="/console",
            httponly=True,
            samesite="strict",
            secure=secure,
        )
        return response

    @property
    def _token_digest(self) -> str:
        """The token's own mark, so that a changed token lets nobody in any more."""
        return hashlib.sha256((self._token or "").encode()).hexdigest()[:24]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_local_host(host: str) -> bool:
    match = _HOST_PATTERN.fullmatch(host.lower())
    name = match[1].strip("[]") if match else ""
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)
