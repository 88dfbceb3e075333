"""What we read of D-ID's answers: the fields we use; whatever else comes, private things too, is dropped here."""

from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, model_validator

from adapters.studios.responses import Moment, Number, Read, Text, as_dict, as_dicts, as_maybe, as_text, as_texts


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
    error: Annotated[Fault | None, BeforeValidator(as_maybe)] = None


class Page(BaseModel):
    """One page of a list."""

    rows: list[Any]
    token: str


class Uploaded(Read):
    """A picture or sound that D-ID keeps for a day."""

    id: Text = ""
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
    languages: Annotated[list[Tongue], BeforeValidator(as_dicts)]
    styles: Annotated[list[str], BeforeValidator(as_texts)]
    model: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _model(cls, data: Any) -> Any:
        given = as_dict(data)
        model = given.get("model") or as_dict(given.get("config")).get("modelId")
        return {"languages": [], "styles": []} | given | {"model": model}


class Sentiment(Read):
    """A mood of a V4 presenter."""

    id: Text = ""
    sentiment: Text = ""
    sample: Annotated[Text, Field(validation_alias=AliasChoices("sample", "preview_url"))] = ""
    voice: Annotated[dict[str, Any], BeforeValidator(as_dict)] = Field(default_factory=dict)


class Presenter(Read):
    """Someone who can speak, of any of the three kinds."""

    model: Text = ""
    id: Annotated[Text, Field(validation_alias=AliasChoices("id", "presenter_id", "avatar_id"))] = ""
    name: Text = ""
    gender: Text = ""
    status: Text = ""
    sample: Annotated[Text, Field(validation_alias=AliasChoices("sample", "thumbnail_url", "preview_url"))] = ""
    sentiments: Annotated[list[Sentiment], BeforeValidator(as_dicts)] = Field(default_factory=list)
    voice: Annotated[dict[str, Any], BeforeValidator(as_dict)] = Field(default_factory=dict)


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
    credits: Annotated[list[Grant], BeforeValidator(as_dicts)] = Field(default_factory=list)


def page(data: object, key: str) -> Page:
    """One page of a list; some lists come bare."""
    if isinstance(data, list):
        return Page(rows=data, token="")
    given = as_dict(data)
    rows = given.get(key)
    return Page(rows=rows if isinstance(rows, list) else [], token=as_text(given.get("token")))
