"""What we read of HeyGen's answers, in all its generations."""

from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from adapters.studios.responses import Moment, Number, Read, Text, as_dict


def _flag(value: object) -> bool:
    return value is True


def _code(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


Flag = Annotated[bool, BeforeValidator(_flag)]
Code = Annotated[str, BeforeValidator(_code)]


_IDENT = AliasChoices("id", "video_id", "video_translation_id", "video_translate_id")


class Seen(Read):
    """A job as HeyGen shows it: `error` of v1 and `failure_…` of v3 are the same two facts here."""

    id: Annotated[Text, Field(validation_alias=_IDENT)] = ""
    status: Text = ""
    video: Annotated[Text, Field(validation_alias=AliasChoices("video_url", "url"))] = ""
    captioned: Annotated[Text, Field(validation_alias=AliasChoices("captioned_video_url", "video_url_caption"))] = ""
    captions: Annotated[Text, Field(validation_alias=AliasChoices("subtitle_url", "caption_url"))] = ""
    duration: Number = None
    created_at: Moment = None
    title: Text = ""
    type: Text = ""
    callback_id: Text = ""
    marked: bool = False  # it shows a `callback_id`, be it an empty one
    code: Code = ""
    message: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: Any) -> Any:
        given = as_dict(data)
        raw = given.get("error")
        error = {"message": raw} if isinstance(raw, str) else as_dict(raw)
        said = error.get("detail") or error.get("message") or given.get("failure_message") or given.get("message")
        code = error.get("code") or given.get("failure_code")
        return given | {"code": code, "message": said, "marked": "callback_id" in given}


class Avatar(Read):
    """Somebody in HeyGen's stock, or a photo that was made to speak."""

    id: Annotated[Text, Field(validation_alias=AliasChoices("id", "avatar_id", "talking_photo_id"))] = ""
    name: Annotated[Text, Field(validation_alias=AliasChoices("name", "avatar_name", "talking_photo_name"))] = ""
    gender: Text = ""
    sample: Annotated[Text, Field(validation_alias=AliasChoices("sample", "preview_image_url"))] = ""
    voice: Annotated[Text, Field(validation_alias=AliasChoices("voice", "default_voice_id"))] = ""
    photo: bool = False
    premium: Flag = False

    @model_validator(mode="before")
    @classmethod
    def _kind(cls, data: Any) -> Any:
        given = as_dict(data)
        photo = "talking_photo_id" in given or given.get("avatar_type") == "photo_avatar" or given.get("photo") is True
        return given | {"photo": photo}


class Voice(Read):
    """A voice."""

    id: Annotated[Text, Field(validation_alias=AliasChoices("id", "voice_id"))] = ""
    name: Text = ""
    gender: Text = ""
    language: Text = ""
    sample: Annotated[Text, Field(validation_alias=AliasChoices("sample", "preview_audio_url", "preview_audio"))] = ""
    emotion: Annotated[Flag, Field(validation_alias=AliasChoices("emotion", "emotion_support"))] = False
    locale: Annotated[Flag, Field(validation_alias=AliasChoices("locale", "support_locale"))] = False


class Template(Read):
    """A template of the account."""

    id: Annotated[Text, Field(validation_alias=AliasChoices("id", "template_id"))] = ""
    name: Text = ""
    sample: Annotated[Text, Field(validation_alias=AliasChoices("sample", "thumbnail_image_url"))] = ""


class Blank(Read):
    """What a template leaves open, and what stands there when nobody fills it."""

    type: Text = "text"
    content: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: Any) -> Any:
        given = as_dict(data)
        return given | {"content": as_dict(given.get("properties")).get("content")}


class Asset(Read):
    """A file that HeyGen keeps."""

    id: Annotated[Text, Field(validation_alias=AliasChoices("id", "asset_id", "talking_photo_id"))] = ""
    url: Annotated[Text, Field(validation_alias=AliasChoices("url", "talking_photo_url"))] = ""
    upload: Annotated[Text, Field(validation_alias=AliasChoices("upload_url", "put_url"))] = ""
    image: Annotated[Text, Field(validation_alias=AliasChoices("image", "image_key"))] = ""


def rows(data: object, *keys: str) -> list[dict[str, Any]]:
    """The rows of a list, bare or under one of these keys."""
    given = data if isinstance(data, list) else next((as_dict(data)[key] for key in keys if key in as_dict(data)), [])
    return [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
