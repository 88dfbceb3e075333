"""HeyGen's API: one key, two hosts; and the fields we read of its responses."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import httpx
from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from adapters.studios.client import CALL_ERRORS, PAGES_BEFORE_GONE, VendorClient
from adapters.studios.heygen.errors import SENTENCES, HeygenResponse
from adapters.studios.rate_limit import RateLimiter
from adapters.studios.responses import LenientModel, LenientNumber, LenientText, LenientTimestamp, as_dict
from bot.errors import TryAgain
from bot.runtime.clock import Clock
from bot.runtime.shield import open_file

UPLOAD_TIMEOUT_SECONDS = 300.0
CHUNK_BYTES = 1 << 18

# v1 takes files at a host of their own; a server of another name (a proxy, the sandbox) takes all at one.
_API_URL, _UPLOAD_URL = "https://api.heygen.com", "https://upload.heygen.com"


Flag = Annotated[bool, BeforeValidator(lambda value: value is True)]
ErrorCode = Annotated[str, BeforeValidator(lambda value: str(value) if type(value) in (str, int) else "")]


_ID_ALIASES = AliasChoices("id", "video_id", "video_translation_id", "video_translate_id")


class HeygenRemoteJob(LenientModel):
    """A job; `error` of v1 and `failure_…` of v3 become the same two fields."""

    id: Annotated[LenientText, Field(validation_alias=_ID_ALIASES)] = ""
    status: LenientText = ""
    video: Annotated[LenientText, Field(validation_alias=AliasChoices("video_url", "url"))] = ""
    captioned: Annotated[
        LenientText, Field(validation_alias=AliasChoices("captioned_video_url", "video_url_caption"))
    ] = ""
    captions: Annotated[LenientText, Field(validation_alias=AliasChoices("subtitle_url", "caption_url"))] = ""
    duration: LenientNumber = None
    created_at: LenientTimestamp = None
    title: LenientText = ""
    type: LenientText = ""
    callback_id: LenientText = ""
    marked: bool = False  # it shows a `callback_id`, be it an empty one
    code: ErrorCode = ""
    message: LenientText = ""

    @model_validator(mode="before")
    @classmethod
    def _flatten_error(cls, data: Any) -> Any:
        given = as_dict(data)
        raw = given.get("error")
        error = {"message": raw} if isinstance(raw, str) else as_dict(raw)
        message = error.get("detail") or error.get("message") or given.get("failure_message") or given.get("message")
        code = error.get("code") or given.get("failure_code")
        return given | {"code": code, "message": message, "marked": "callback_id" in given}


class HeygenAvatar(LenientModel):
    """A stock avatar, or a photo that was made to speak."""

    id: Annotated[LenientText, Field(validation_alias=AliasChoices("id", "avatar_id", "talking_photo_id"))] = ""
    name: Annotated[LenientText, Field(validation_alias=AliasChoices("name", "avatar_name", "talking_photo_name"))] = ""
    gender: LenientText = ""
    sample: Annotated[LenientText, Field(validation_alias=AliasChoices("sample", "preview_image_url"))] = ""
    voice: Annotated[LenientText, Field(validation_alias=AliasChoices("voice", "default_voice_id"))] = ""
    photo: bool = False
    premium: Flag = False

    @model_validator(mode="before")
    @classmethod
    def _detect_photo(cls, data: Any) -> Any:
        given = as_dict(data)
        photo = "talking_photo_id" in given or given.get("avatar_type") == "photo_avatar" or given.get("photo") is True
        return given | {"photo": photo}


class HeygenVoice(LenientModel):
    id: Annotated[LenientText, Field(validation_alias=AliasChoices("id", "voice_id"))] = ""
    name: LenientText = ""
    gender: LenientText = ""
    language: LenientText = ""
    sample: Annotated[
        LenientText, Field(validation_alias=AliasChoices("sample", "preview_audio_url", "preview_audio"))
    ] = ""
    emotion: Annotated[Flag, Field(validation_alias=AliasChoices("emotion", "emotion_support"))] = False
    locale: Annotated[Flag, Field(validation_alias=AliasChoices("locale", "support_locale"))] = False


class HeygenTemplate(LenientModel):
    id: Annotated[LenientText, Field(validation_alias=AliasChoices("id", "template_id"))] = ""
    name: LenientText = ""
    sample: Annotated[LenientText, Field(validation_alias=AliasChoices("sample", "thumbnail_image_url"))] = ""


class HeygenVariable(LenientModel):
    """A template variable and its default."""

    type: LenientText = "text"
    content: LenientText = ""

    @model_validator(mode="before")
    @classmethod
    def _flatten_content(cls, data: Any) -> Any:
        given = as_dict(data)
        return given | {"content": as_dict(given.get("properties")).get("content")}


class HeygenAsset(LenientModel):
    id: Annotated[LenientText, Field(validation_alias=AliasChoices("id", "asset_id", "talking_photo_id"))] = ""
    url: Annotated[LenientText, Field(validation_alias=AliasChoices("url", "talking_photo_url"))] = ""
    upload: Annotated[LenientText, Field(validation_alias=AliasChoices("upload_url", "put_url"))] = ""
    image: Annotated[LenientText, Field(validation_alias=AliasChoices("image", "image_key"))] = ""


def extract_rows(data: object, *keys: str) -> list[dict[str, Any]]:
    given = data if isinstance(data, list) else next((as_dict(data)[key] for key in keys if key in as_dict(data)), [])
    return [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []


class HeygenClient(VendorClient[HeygenResponse]):
    """Calls HeyGen with one key; the caller judges the responses."""

    def __init__(
        self, http: httpx.AsyncClient, base_url: str, key: str, rate_limiter: RateLimiter, clock: Clock
    ) -> None:
        headers = {"X-Api-Key": key.strip(), "Accept": "application/json"}
        super().__init__(http, base_url, headers, HeygenResponse, rate_limiter, clock)
        self._pages_in_a_row = 0

    async def get(self, path: str, query: Mapping[str, str] | None = None, ident: str = "") -> HeygenResponse:
        return await self._call_free("GET", self._url_of(path, ident), path, params=query)

    async def delete(self, path: str, query: Mapping[str, str] | None = None, ident: str = "") -> HeygenResponse:
        return await self._call_free("DELETE", self._url_of(path, ident), path, params=query)

    async def post_json(self, path: str, body: Mapping[str, Any], ident: str = "") -> HeygenResponse:
        return await self._call_free("POST", self._url_of(path, ident), path, json=dict(body))

    async def post_form(self, path: str, name: str, content: bytes, content_type: str) -> HeygenResponse:
        files = {"file": (name, content, content_type)}
        return await self._call_free("POST", self._url_of(path), path, UPLOAD_TIMEOUT_SECONDS, files=files)

    async def post_file(self, path: str, file: Path, size: int, content_type: str) -> HeygenResponse:
        host = _UPLOAD_URL if self._base_url == _API_URL else self._base_url
        headers = {"Content-Type": content_type, "Content-Length": str(size)}
        content = _read_chunks(file)
        return await self._call_free(
            "POST", f"{host}/{path}", path, UPLOAD_TIMEOUT_SECONDS, headers=headers, content=content
        )

    async def put_file(self, url: str, file: Path, size: int, content_type: str) -> None:
        """PUT a file to an address that HeyGen gave; our key is not sent."""
        headers = {"Content-Type": content_type, "Content-Length": str(size)}
        try:
            async with asyncio.timeout(UPLOAD_TIMEOUT_SECONDS):
                raw_response = await self._http.put(url, headers=headers, content=_read_chunks(file))
        except CALL_ERRORS as error:
            raise TryAgain(SENTENCES.vendor_problem) from error
        if not raw_response.is_success:
            raise TryAgain(SENTENCES.vendor_problem)

    async def post_paid(
        self, path: str, body: Mapping[str, Any], idempotency_key: str = "", ident: str = ""
    ) -> HeygenResponse:
        """The paid POST; the key lets v3 recognise a repetition."""
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return await self._call_paid(self._url_of(path, ident), path, json=dict(body), headers=headers)

    @staticmethod
    def fill_path(path: str, ident: str) -> str:
        """A path with an id, quoted whole: it came from outside and must not become a path of its own."""
        return path.replace("{}", quote(ident, safe=""))

    def _url_of(self, path: str, ident: str = "") -> str:
        return f"{self._base_url}/{self.fill_path(path, ident)}"

    def _to_response(self, raw: httpx.Response) -> HeygenResponse:
        response = super()._to_response(raw)
        self._pages_in_a_row = self._pages_in_a_row + 1 if response.is_web_page and response.status in (404, 405) else 0
        if 0 < self._pages_in_a_row < PAGES_BEFORE_GONE:
            raise TryAgain(SENTENCES.vendor_problem)
        return response


async def _read_chunks(path: Path) -> AsyncIterator[bytes]:
    async with open_file(path, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk
