"""Access to the console: who may open it, and protection against requests from other sites.

Without a token only this machine gets in, under this machine's own names, which stops DNS rebinding. With a token, a
signed cookie shows that it was given. Every change must come from our own page and carry its page token.
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
MAX_WRONG_TOKENS, WRONG_TOKEN_WINDOW_SECONDS = 10, 60.0
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
    "The console is open to this machine only. To open it to others, set DIDTALK_CONSOLE_TOKEN to a long random "
    "password."
)
CROSS_SITE_TEXT = "The request did not come from the console's own page, so it was refused."
OUTDATED_PAGE_TEXT = "didtalk was updated. Reload this page; your text is kept."


class LoginRequired(Refused):
    """The console's token was not given yet."""


class ForbiddenOrigin(Refused):
    """The request comes from another machine or another site."""


class OutdatedPage(Refused):
    """The page was loaded before an update."""


class ConsoleAccess:
    def __init__(self, token: str | None) -> None:
        self._token = token
        self._wrong_token_times: deque[float] = deque(maxlen=MAX_WRONG_TOKENS)

    def check_login(self, request: Request, signer: TokenSigner | None, clock: Clock) -> None:
        """Refuse people who are not logged in, or not on this machine."""
        if self._token is None:
            # Behind a proxy on this machine everybody looks local; most proxies add a header.
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
            raise LoginRequired("Enter the console token first.")

    def check_read(self, request: Request) -> None:
        """Refuse reads by another site's page."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise ForbiddenOrigin(CROSS_SITE_TEXT)

    def check_change(self, request: Request, signer: TokenSigner, clock: Clock, version: str) -> None:
        """Refuse changes without today's page token."""
        self.check_same_origin(request)
        if signer.verify("console-page", request.headers.get("x-didtalk-token", ""), clock.now()) != version:
            raise OutdatedPage(OUTDATED_PAGE_TEXT)

    def check_same_origin(self, request: Request) -> None:
        """Refuse requests of another site's page."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise ForbiddenOrigin(CROSS_SITE_TEXT)
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            raise ForbiddenOrigin(CROSS_SITE_TEXT)

    def issue_page_token(self, signer: TokenSigner, clock: Clock, version: str) -> str:
        return signer.sign("console-page", version, clock.now() + PAGE_TOKEN_SECONDS)

    def log_in(self, given_token: str, secure: bool, signer: TokenSigner, clock: Clock) -> Response:
        """The response with the login cookie, for the right token."""
        now = clock.now()
        if (
            len(self._wrong_token_times) == MAX_WRONG_TOKENS
            and now - self._wrong_token_times[0] < WRONG_TOKEN_WINDOW_SECONDS
        ):
            raise TryAgain("Too many wrong tokens. Wait a minute and try again.")
        if self._token is None or not hmac.compare_digest(given_token.strip().encode(), self._token.strip().encode()):
            self._wrong_token_times.append(now)
            raise LoginRequired("Wrong console token.")
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
        """Part of the cookie, so that changing the token logs everybody out."""
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
