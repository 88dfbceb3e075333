"""D-ID's API: one key, one address, JSON both ways; and the fields we read of its responses."""

import base64
import json
from collections.abc import AsyncIterator, Collection, Mapping
from typing import Annotated, Any
from urllib.parse import quote

import httpx
from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, model_validator

from adapters.studios.client import READ_TIMEOUT_SECONDS, VendorClient
from adapters.studios.did.errors import DidResponse
from adapters.studios.errors import raise_for_error
from adapters.studios.rate_limit import RateLimiter
from adapters.studios.responses import (
    LenientModel,
    LenientNumber,
    LenientText,
    LenientTimestamp,
    as_dict,
    as_dicts,
    as_object_or_none,
    as_text,
    as_texts,
)
from bot.runtime.clock import Clock

UPLOAD_TIMEOUT_SECONDS = 120.0


class DidJobError(LenientModel):
    kind: LenientText = ""
    description: LenientText = ""


class DidRemoteJob(LenientModel):
    id: LenientText = ""
    status: LenientText = ""
    created_at: LenientTimestamp = None
    user_data: LenientText = ""
    name: LenientText = ""
    source_url: LenientText = ""
    driver_url: LenientText = ""
    result_url: LenientText = ""
    subtitles_url: LenientText = ""
    duration: LenientNumber = None
    error: Annotated[DidJobError | None, BeforeValidator(as_object_or_none)] = None


class DidPage(BaseModel):
    rows: list[Any]
    token: str


class DidUpload(LenientModel):
    """A picture or sound that D-ID keeps for a day."""

    id: LenientText = ""
    url: LenientText = ""
    faces: Annotated[list[Any] | None, BeforeValidator(lambda value: value if isinstance(value, list) else None)] = None


class DidLanguage(LenientModel):
    """A language of a voice, in either of the two shapes D-ID has used."""

    name: Annotated[LenientText, Field(validation_alias=AliasChoices("name", "language"))] = ""
    code: Annotated[LenientText, Field(validation_alias=AliasChoices("code", "locale"))] = ""
    sample: Annotated[LenientText, Field(validation_alias=AliasChoices("sample", "previewUrl"))] = ""


class DidVoice(LenientModel):
    """A voice, whose id is unique for its provider only."""

    id: LenientText = ""
    name: LenientText = ""
    gender: LenientText = ""
    access: LenientText = ""
    provider: LenientText = ""
    languages: Annotated[list[DidLanguage], BeforeValidator(as_dicts)]
    styles: Annotated[list[str], BeforeValidator(as_texts)]
    model: LenientText = ""

    @model_validator(mode="before")
    @classmethod
    def _find_model(cls, data: Any) -> Any:
        given = as_dict(data)
        model = given.get("model") or as_dict(given.get("config")).get("modelId")
        return {"languages": [], "styles": []} | given | {"model": model}


class DidSentiment(LenientModel):
    id: LenientText = ""
    sentiment: LenientText = ""
    sample: Annotated[LenientText, Field(validation_alias=AliasChoices("sample", "preview_url"))] = ""
    voice: Annotated[dict[str, Any], BeforeValidator(as_dict)] = Field(default_factory=dict)


class DidPresenter(LenientModel):
    """A presenter of any of the three kinds."""

    model: LenientText = ""
    id: Annotated[LenientText, Field(validation_alias=AliasChoices("id", "presenter_id", "avatar_id"))] = ""
    name: LenientText = ""
    gender: LenientText = ""
    status: LenientText = ""
    sample: Annotated[LenientText, Field(validation_alias=AliasChoices("sample", "thumbnail_url", "preview_url"))] = ""
    sentiments: Annotated[list[DidSentiment], BeforeValidator(as_dicts)] = Field(default_factory=list)
    voice: Annotated[dict[str, Any], BeforeValidator(as_dict)] = Field(default_factory=dict)


class DidMovement(LenientModel):
    id: Annotated[LenientText, Field(validation_alias=AliasChoices("id", "driver_id"))] = ""
    name: LenientText = ""
    sample: Annotated[LenientText, Field(validation_alias=AliasChoices("sample", "preview_url", "thumbnail_url"))] = ""


class DidCreditGrant(LenientModel):
    remaining: LenientNumber = None
    expire_at: LenientText = ""
    plan_group: LenientText = ""


class DidCredits(LenientModel):
    remaining: LenientNumber = None
    total: LenientNumber = None
    credits: Annotated[list[DidCreditGrant], BeforeValidator(as_dicts)] = Field(default_factory=list)


def parse_page(data: object, key: str) -> DidPage:
    """One page of a list; some lists come bare."""
    if isinstance(data, list):
        return DidPage(rows=data, token="")
    given = as_dict(data)
    rows = given.get(key)
    return DidPage(rows=rows if isinstance(rows, list) else [], token=as_text(given.get("token")))


class MarkerSupport:
    """Which endpoints show our markers; learned from their jobs, forgotten with the process."""

    def __init__(self) -> None:
        self._by_endpoint: dict[str, bool] = {}

    def learn_from(self, endpoint: str, remote_job: DidRemoteJob, marker: str) -> None:
        marked = remote_job.user_data == marker or marker in remote_job.name
        self._by_endpoint[endpoint] = marked or self._by_endpoint.get(endpoint, False)

    def shows_marker(self, endpoint: str) -> bool | None:
        """None when no job of ours was seen there yet."""
        return self._by_endpoint.get(endpoint)


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
