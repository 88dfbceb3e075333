"""What D-ID's answers look like, in our own words: the parts of its published schemas that clients rely on.

Further fields are allowed everywhere, as real answers have more than is declared.
"""

from typing import Any

import jsonschema

JsonSchema = dict[str, Any]

TEXT: JsonSchema = {"type": "string"}
LINK: JsonSchema = {"type": "string", "pattern": "^(https?|s3)://"}
TIMESTAMP: JsonSchema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z?$"}
NUMBER: JsonSchema = {"type": "number"}
OBJECT: JsonSchema = {"type": "object"}


def object_schema(required: str = "", **fields: JsonSchema) -> JsonSchema:
    """An object with typed fields, some of them required."""
    return {"type": "object", "properties": fields, "required": required.split()}


def array_schema(of: JsonSchema) -> JsonSchema:
    """A list."""
    return {"type": "array", "items": of}


def enum_schema(*words: str) -> JsonSchema:
    """One of some words."""
    return {"enum": list(words)}


ERROR = object_schema("kind description", kind=TEXT, description=TEXT, details=OBJECT)
STATUS = enum_schema("created", "started", "done", "error", "rejected")
TIME_FIELDS: dict[str, JsonSchema] = {
    "created_at": TIMESTAMP,
    "started_at": TIMESTAMP,
    "modified_at": TIMESTAMP,
    "completed_at": TIMESTAMP,
}
JOB_FIELDS: dict[str, JsonSchema] = {
    "id": TEXT,
    "status": STATUS,
    "created_by": TEXT,
    "webhook": LINK,
    "result_url": LINK,
    "error": object_schema("kind description", kind=TEXT, description=TEXT),
    **TIME_FIELDS,
}

CREATED = object_schema(
    "id object created_at status", id=TEXT, object=TEXT, created_at=TIMESTAMP, created_by=TEXT, status=STATUS
)
TALK = object_schema(
    "id status created_at user_id source_url config script duration user",
    **JOB_FIELDS,
    user_id=TEXT,
    source_url=LINK,
    audio_url=LINK,
    driver_url=LINK | {"pattern": "^(bank|https|s3)://"},
    config=object_schema("result_format", result_format=enum_schema(".mp4", ".mov")),
    script=object_schema("type subtitles", type=enum_schema("text", "audio"), length=NUMBER),
    duration=NUMBER,
    metadata=OBJECT,
    user=OBJECT,
)
ANIMATION = object_schema(
    "id status created_at user_id config", **JOB_FIELDS, user_id=TEXT, source_url=LINK, config=OBJECT
)
EXPRESSIVE = object_schema(
    "id status created_at avatar_id owner_id", **JOB_FIELDS, avatar_id=TEXT, subtitles_url=LINK, user_data=TEXT
)
CLIP = object_schema(
    "id status created_at presenter_id owner_id config", **JOB_FIELDS, presenter_id=TEXT, config=OBJECT
)
SCENE = object_schema(
    "id status created_at avatar_id user_data", **JOB_FIELDS, user_data=TEXT, subtitles_url=LINK, pending_url=LINK
)
TRANSLATION = object_schema(
    "id group_id name owner_id status created_at",
    **JOB_FIELDS
    | {"status": enum_schema("created", "validating", "ready", "done", "error", "rejected")}
    | {"group_id": TEXT, "name": TEXT, "subtitles_url": LINK, "transcriptions": array_schema(OBJECT)},
)
TRANSLATION_GROUP = object_schema(
    "id status name target_languages translations",
    status=enum_schema("created", "validating", "partial-done", "done", "error"),
    target_languages=array_schema(TEXT),
    translations=array_schema(
        object_schema("id status language locale", id=TEXT, status=TEXT, language=TEXT, locale=TEXT)
    ),
)
SCHEMA_BY_PATH = {
    "/talks": TALK,
    "/animations": ANIMATION,
    "/expressives": EXPRESSIVE,
    "/videos": EXPRESSIVE,
    "/clips": CLIP,
    "/scenes": SCENE,
    "/translations": TRANSLATION,
}

VOICE = object_schema(
    "id name gender access provider languages styles",
    id=TEXT,
    name=TEXT,
    gender=TEXT,
    access=enum_schema("public", "premium", "private", "external-private"),
    provider=enum_schema("amazon", "microsoft", "azure-openai", "elevenlabs", "google"),
    languages=array_schema(object_schema("language locale", language=TEXT, locale=TEXT, previewUrl=LINK)),
    styles=array_schema(TEXT),
)
AVATAR = object_schema(
    "id owner_id name gender sentiments",
    thumbnail_url=LINK,
    sentiments=array_schema(
        object_schema("id sentiment voice", id=TEXT, sentiment=TEXT, preview_url=LINK, voice=OBJECT)
    ),
)
PRESENTER = object_schema(
    "presenter_id name gender driver_id preview_url", preview_url=LINK, image_url=LINK, voice=OBJECT
)
CREDIT_BUDGET = object_schema("remaining total", remaining=NUMBER, total=NUMBER, expire_at=TIMESTAMP)
CREDITS = object_schema("remaining total credits", remaining=NUMBER, total=NUMBER, credits=array_schema(CREDIT_BUDGET))
IMAGE = object_schema("id url faces", id=TEXT, url=LINK, faces={"type": ["array", "null"]})
AUDIO = object_schema("id url duration", id=TEXT, url=LINK, duration=NUMBER)


def assert_matches(value: Any, schema: JsonSchema) -> None:
    """Fail unless the value has the shape."""
    jsonschema.validate(value, schema)
