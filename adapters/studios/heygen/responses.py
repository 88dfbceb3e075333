"""What we read of HeyGen's answers, in all its generations."""

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from adapters.studios.responses import LenientModel, LenientNumber, LenientText, LenientTimestamp, as_dict


def _as_flag(value: object) -> bool:
    return value is True


def _as_code(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


Flag = Annotated[bool, BeforeValidator(_as_flag)]
ErrorCode = Annotated[str, BeforeValidator(_as_code)]


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
