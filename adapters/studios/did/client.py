"""D-ID's API: one key, one address, JSON both ways."""

import base64
import json
from collections.abc import AsyncIterator, Collection, Mapping
from typing import Any, Literal
from urllib.parse import quote

import httpx

from adapters.studios.client import READ_TIMEOUT_SECONDS, VendorClient
from adapters.studios.did.errors import DidResponse
from adapters.studios.did.responses import DidPage, parse_page
from adapters.studios.errors import raise_for_error
from adapters.studios.rate_limit import RateLimiter
from bot.runtime.clock import Clock

UPLOAD_TIMEOUT_SECONDS = 120.0

AuthScheme = Literal["basic", "bearer"]


class DidClient(VendorClient[DidResponse]):
    """Calls D-ID with one key; responses with an allowed status are returned as they are."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        headers: Mapping[str, str],
        rate_limiter: RateLimiter,
        clock: Clock,
    ) -> None:
        super().__init__(http, base_url, headers, DidResponse, rate_limiter, clock, _drop_owner_data)

    async def get(
        self,
        path: str,
        ident: str = "",
        tail: str = "",
        query: Mapping[str, str] | None = None,
        allow: Collection[int] = (),
    ) -> DidResponse:
        return await self._free("GET", path, ident, tail, allow, params=query)

    async def pages(
        self, path: str, rows_key: str, max_pages: int, allow: Collection[int] = ()
    ) -> AsyncIterator[tuple[DidResponse, DidPage]]:
        """The pages of a list, newest first."""
        query = {"limit": "100"}
        for _ in range(max_pages):
            response = await self.get(path, query=query, allow=allow)
            page = parse_page(response.data, rows_key)
            yield response, page
            if not page.token or page.token == query.get("token"):
                return
            query = {"limit": "100", "token": page.token}

    async def delete(self, path: str, ident: str, allow: Collection[int] = ()) -> DidResponse:
        return await self._free("DELETE", path, ident, "", allow)

    async def upload(self, path: str, files: Any, fields: Mapping[str, str]) -> DidResponse:
        return await self._free("POST", path, timeout_seconds=UPLOAD_TIMEOUT_SECONDS, files=files, data=dict(fields))

    async def post_paid(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str], allow: Collection[int] = ()
    ) -> DidResponse:
        response = await self._call_paid(f"{self._base_url}/{path}", f"/{path}", json=body, headers=headers)
        if response.status not in allow:
            raise_for_error(response, paid=True)
        return response

    async def _free(
        self,
        method: str,
        path: str,
        ident: str = "",
        tail: str = "",
        allow: Collection[int] = (),
        timeout_seconds: float = READ_TIMEOUT_SECONDS,
        **parts: Any,
    ) -> DidResponse:
        # The id is quoted whole: it came from outside, and must not become a path of its own.
        url = f"{self._base_url}/{path}" + (f"/{quote(ident, safe='')}" if ident else "") + tail
        template = f"/{path}" + ("/{id}" if ident else "") + tail
        response = await self._call_free(method, url, template, timeout_seconds, **parts)
        if response.status not in allow:
            raise_for_error(response, paid=False)
        return response


def _drop_owner_data(found: dict[str, Any]) -> dict[str, Any]:
    """Drop the account owner's address and billing ids, which D-ID puts into every job."""
    found.pop("user", None)
    return found


def auth_header(key: str, auth: str = "basic") -> dict[str, str]:
    """`bearer` only when the setting says so, never guessed."""
    if auth == "bearer":
        return {"Authorization": f"Bearer {_strip_scheme(key, 'bearer')}"}
    return {"Authorization": f"Basic {_encode_key(_strip_scheme(key, 'basic'))}"}


def elevenlabs_header(key: str) -> dict[str, str]:
    return {"x-api-key-external": json.dumps({"elevenlabs": key})}


def _strip_scheme(key: str, scheme: str) -> str:
    key = key.strip()
    start, _, rest = key.partition(" ")
    return rest.strip() if start.casefold() == scheme else key


def _encode_key(key: str) -> str:
    """Encodes user:password as a whole; a key without a colon is encoded already."""
    return base64.b64encode(key.encode()).decode() if ":" in key else key
