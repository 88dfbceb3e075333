"""The page and its scripts and styles, read once. Their addresses contain the version, so versions never mix."""

import hashlib
import html
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

STATIC_FOLDER = Path(__file__).parent / "static"
STATIC_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": browsers would then send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


# Reloads itself, for those who open the page while the bot starts.
STARTING_RESPONSE = HTMLResponse(
    '<!doctype html><meta http-equiv="refresh" content="1"><title>didtalk</title>didtalk is starting. This page reloads'
    " by itself.",
    503,
    PAGE_HEADERS | {"Cache-Control": "no-store", "Retry-After": "1", "Connection": "close"},
)


class PageFiles:
    def __init__(self, folder: Path = STATIC_FOLDER) -> None:
        self._contents = {
            path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in STATIC_TYPES
        }
        digest = hashlib.sha256()
        for name, part in self._contents.items():
            digest.update(name.encode() + b"\0" + part)
        self.version = digest.hexdigest()[:12]

    def serve_page(self, name: str, status: int = 200, message: str = "") -> Response:
        """An HTML page; never cached, so that it always names the current files."""
        text = self._contents[name].decode().replace("{version}", self.version)
        text = text.replace("{message}", html.escape(message))
        return HTMLResponse(text, status, headers=PAGE_HEADERS | {"Cache-Control": "no-store"})

    async def serve_file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if request.path_params["version"] != self.version or name not in self._contents or name.endswith(".html"):
            return PlainTextResponse("not of this version", 404)
        headers = PAGE_HEADERS | {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(self._contents[name], media_type=STATIC_TYPES[Path(name).suffix], headers=headers)
