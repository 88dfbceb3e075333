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

from bot.desk.chat_context import ChatContext
from bot.errors import Refused, TryAgain

LOGIN_COOKIE = "didtalk_console"
PAGE_TOKEN_SECONDS = 7 * 86400.0
LOGIN_SECONDS = 30 * 86400.0
_HOST_PATTERN = re.compile(r"(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?")
MAX_WRONG_TOKENS, WRONG_TOKEN_WINDOW_SECONDS = 10, 60.0
PROXY_HEADERS = frozenset(
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via", "cf-connecting-ip"]
)
LOCAL_ONLY_TEXT = (
    "The console is open to this machine only. To open it to others, set DIDTALK_CONSOLE_TOKEN to a long random "
    "password."
)
CROSS_SITE_TEXT = "The request did not come from the console's own page, so it was refused."


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

    def check_login(self, request: Request, core: ChatContext) -> None:
        """Refuse people who are not logged in, or not on this machine."""
        if self._token is None:
            require_local(request)
        elif (
            core.signer.verify("console-login", request.cookies.get(LOGIN_COOKIE, ""), core.clock.now())
            != self._token_digest
        ):
            raise LoginRequired("Enter the console token first.")

    def check_read(self, request: Request) -> None:
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise ForbiddenOrigin(CROSS_SITE_TEXT)

    def check_change(self, request: Request, core: ChatContext, version: str) -> None:
        """Refuse changes without today's page token."""
        self.check_same_origin(request)
        if core.signer.verify("console-page", request.headers.get("x-didtalk-token", ""), core.clock.now()) != version:
            raise OutdatedPage("didtalk was updated. Reload this page; your text is kept.")

    def check_same_origin(self, request: Request) -> None:
        origin = request.headers.get("origin")
        same_origin = origin is None or urlsplit(origin).netloc == request.headers.get("host")
        if not same_origin or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            raise ForbiddenOrigin(CROSS_SITE_TEXT)

    def issue_page_token(self, core: ChatContext, version: str) -> str:
        return core.signer.sign("console-page", version, core.clock.now() + PAGE_TOKEN_SECONDS)

    def log_in(self, given_token: str, secure: bool, core: ChatContext) -> Response:
        now, wrong_times = core.clock.now(), self._wrong_token_times
        if len(wrong_times) == MAX_WRONG_TOKENS and now - wrong_times[0] < WRONG_TOKEN_WINDOW_SECONDS:
            raise TryAgain("Too many wrong tokens. Wait a minute and try again.")
        if self._token is None or not hmac.compare_digest(given_token.strip().encode(), self._token.strip().encode()):
            wrong_times.append(now)
            raise LoginRequired("Wrong console token.")
        login_token = core.signer.sign("console-login", self._token_digest, now + LOGIN_SECONDS)
        response = RedirectResponse("/console", 303)
        max_age, path = int(LOGIN_SECONDS), "/console"
        response.set_cookie(
            LOGIN_COOKIE, login_token, max_age, path=path, secure=secure, httponly=True, samesite="strict"
        )
        return response

    @property
    def _token_digest(self) -> str:
        """Part of the cookie, so that changing the token logs everybody out."""
        return hashlib.sha256((self._token or "").encode()).hexdigest()[:24]


def require_local(request: Request) -> None:
    """Refuse everybody who is not on this machine, and other names for it."""
    # Behind a proxy on this machine everybody looks local; most proxies add a header.
    proxied = any(name in request.headers for name in PROXY_HEADERS)
    client = request.client.host if request.client else ""
    if proxied or not _is_loopback(client) or not _is_local_host(request.headers.get("host", "")):
        raise ForbiddenOrigin(LOCAL_ONLY_TEXT)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_local_host(host: str) -> bool:
    match = _HOST_PATTERN.fullmatch(host.lower())
    name = match[1].strip("[]") if match else ""
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)
