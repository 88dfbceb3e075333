"""What we read of D-ID's answers: the fields we use; whatever else comes, private things too, is dropped here."""

from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, model_validator

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
