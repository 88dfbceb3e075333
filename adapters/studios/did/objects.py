"""What we read of D-ID's answers: the fields we use; whatever else comes, private things too, is dropped here."""

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except ValueError:
        return None


def _moment(value: object) -> float | None:
    """Seconds since 1970; some of D-ID's times name no zone and mean UTC."""
    if not isinstance(value, str):
        return _number(value)
    try:
        when = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[Any]:
    return [row for row in value if isinstance(row, dict | BaseModel)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [row for row in value if isinstance(row, str)] if isinstance(value, list) else []


def _maybe(value: object) -> object:
    return value if isinstance(value, dict | BaseModel) else None


# D-ID's schemas lag behind its answers, so a field of an unexpected type counts as absent and breaks nothing.
Text = Annotated[str, BeforeValidator(_text)]
Number = Annotated[float | None, BeforeValidator(_number)]
Moment = Annotated[float | None, BeforeValidator(_moment)]


class Read(BaseModel):
    """Something D-ID told us."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def of(cls, data: object) -> Self:
        """Whatever came, read as far as it can be."""
        return cls.model_validate(_dict(data))


class Fault(Read):
    """Why a job failed."""

    kind: Text = ""
    description: Text = ""


class Seen(Read):
    """A job as D-ID shows it."""

    id: Text = ""
    status: Text = ""
    created_at: Moment = None
    user_data: Text = ""
    name: Text = ""
    source_url: Text = ""
    driver_url: Text = ""
    result_url: Text = ""
    subtitles_url: Text = ""
    duration: Number = None
    error: Annotated[Fault | None, BeforeValidator(_maybe)] = None


class Page(BaseModel):
    """One page of a list."""

    rows: list[Any]
    token: str


class Uploaded(Read):
    """A picture or sound that D-ID keeps for a day."""

    url: Text = ""
    faces: Annotated[list[Any] | None, BeforeValidator(lambda value: value if isinstance(value, list) else None)] = None


class Tongue(Read):
    """A language a voice speaks, in either of the two shapes D-ID has told it in."""

    name: Annotated[Text, Field(validation_alias=AliasChoices("name", "language"))] = ""
    code: Annotated[Text, Field(validation_alias=AliasChoices("code", "locale"))] = ""
    sample: Annotated[Text, Field(validation_alias=AliasChoices("sample", "previewUrl"))] = ""


class Voice(Read):
    """A voice, whose id is unique for its provider only."""

    id: Text = ""
    name: Text = ""
    gender: Text = ""
    access: Text = ""
    provider: Text = ""
    languages: Annotated[list[Tongue], BeforeValidator(_dicts)]
    styles: Annotated[list[str], BeforeValidator(_texts)]
    model: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _model(cls, data: Any) -> Any:
        given = _dict(data)
        model = given.get("model") or _dict(given.get("config")).get("modelId")
        return {"languages": [], "styles": []} | given | {"model": model}


class Sentiment(Read):
    """A mood of a V4 presenter."""

    id: Text = ""
    sentiment: Text = ""
    sample: Annotated[Text, Field(validation_alias=AliasChoices("sample", "preview_url"))] = ""
    voice: Annotated[dict[str, Any], BeforeValidator(_dict)] = Field(default_factory=dict)


class Presenter(Read):
    """Someone who can speak, of any of the three kinds."""

    model: Text = ""
    id: Annotated[Text, Field(validation_alias=AliasChoices("id", "presenter_id", "avatar_id"))] = ""
    name: Text = ""
    gender: Text = ""
    status: Text = ""
    sample: Annotated[Text, Field(validation_alias=AliasChoices("sample", "thumbnail_url", "preview_url"))] = ""
    sentiments: Annotated[list[Sentiment], BeforeValidator(_dicts)] = Field(default_factory=list)
    voice: Annotated[dict[str, Any], BeforeValidator(_dict)] = Field(default_factory=dict)


class Movement(Read):
    """A way a clip presenter moves."""

    id: Annotated[Text, Field(validation_alias=AliasChoices("id", "driver_id"))] = ""
    name: Text = ""
    sample: Annotated[Text, Field(validation_alias=AliasChoices("sample", "preview_url", "thumbnail_url"))] = ""


class Grant(Read):
    """Some credits and when they lapse."""

    remaining: Number = None
    expire_at: Text = ""
    plan_group: Text = ""


class Credits(Read):
    """What is left on the account."""

    remaining: Number = None
    total: Number = None
    credits: Annotated[list[Grant], BeforeValidator(_dicts)] = Field(default_factory=list)


def page(data: object, key: str) -> Page:
    """One page of a list; some lists come bare."""
    if isinstance(data, list):
        return Page(rows=data, token="")
    given = _dict(data)
    rows = given.get(key)
    return Page(rows=rows if isinstance(rows, list) else [], token=_text(given.get("token")))
