"""What D-ID's answers look like, in our own words: the parts of its published schemas that clients rely on.

Further fields are allowed everywhere, as real answers have more than is declared.
"""

from typing import Any

import jsonschema

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
LINK: Schema = {"type": "string", "pattern": "^(https?|s3)://"}
MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z?$"}
NUMBER: Schema = {"type": "number"}
OBJECT: Schema = {"type": "object"}


def thing(required: str = "", **fields: Schema) -> Schema:
    """An object with typed fields, some of them required."""
    return {"type": "object", "properties": fields, "required": required.split()}


def several(of: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": of}


def word(*words: str) -> Schema:
    """One of some words."""
    return {"enum": list(words)}


FAULT = thing("kind description", kind=TEXT, description=TEXT, details=OBJECT)
STATUS = word("created", "started", "done", "error", "rejected")
TIMES: dict[str, Schema] = {"created_at": MOMENT, "started_at": MOMENT, "modified_at": MOMENT, "completed_at": MOMENT}
JOB: dict[str, Schema] = {
    "id": TEXT,
    "status": STATUS,
    "created_by": TEXT,
    "webhook": LINK,
    "result_url": LINK,
    "error": thing("kind description", kind=TEXT, description=TEXT),
    **TIMES,
}

CREATED = thing("id object created_at status", id=TEXT, object=TEXT, created_at=MOMENT, created_by=TEXT, status=STATUS)
TALK = thing(
    "id status created_at user_id source_url config script duration user",
    **JOB,
    user_id=TEXT,
    source_url=LINK,
    audio_url=LINK,
    driver_url=LINK | {"pattern": "^(bank|https|s3)://"},
    config=thing("result_format", result_format=word(".mp4", ".mov")),
    script=thing("type subtitles", type=word("text", "audio"), length=NUMBER),
    duration=NUMBER,
    metadata=OBJECT,
    user=OBJECT,
)
ANIMATION = thing("id status created_at user_id config", **JOB, user_id=TEXT, source_url=LINK, config=OBJECT)
EXPRESSIVE = thing("id status created_at avatar_id owner_id", **JOB, avatar_id=TEXT, subtitles_url=LINK, user_data=TEXT)
CLIP = thing("id status created_at presenter_id owner_id config", **JOB, presenter_id=TEXT, config=OBJECT)
SCENE = thing("id status created_at avatar_id user_data", **JOB, user_data=TEXT, subtitles_url=LINK, pending_url=LINK)
TRANSLATION = thing(
    "id group_id name owner_id status created_at",
    **JOB
    | {"status": word("created", "validating", "ready", "done", "error", "rejected")}
    | {"group_id": TEXT, "name": TEXT, "subtitles_url": LINK, "transcriptions": several(OBJECT)},
)
GROUP = thing(
    "id status name target_languages translations",
    status=word("created", "validating", "partial-done", "done", "error"),
    target_languages=several(TEXT),
    translations=several(thing("id status language locale", id=TEXT, status=TEXT, language=TEXT, locale=TEXT)),
)
BY_PATH = {
    "/talks": TALK,
    "/animations": ANIMATION,
    "/expressives": EXPRESSIVE,
    "/videos": EXPRESSIVE,
    "/clips": CLIP,
    "/scenes": SCENE,
    "/translations": TRANSLATION,
}

VOICE = thing(
    "id name gender access provider languages styles",
    id=TEXT,
    name=TEXT,
    gender=TEXT,
    access=word("public", "premium", "private", "external-private"),
    provider=word("amazon", "microsoft", "azure-openai", "elevenlabs", "google"),
    languages=several(thing("language locale", language=TEXT, locale=TEXT, previewUrl=LINK)),
    styles=several(TEXT),
)
AVATAR = thing(
    "id owner_id name gender sentiments",
    thumbnail_url=LINK,
    sentiments=several(thing("id sentiment voice", id=TEXT, sentiment=TEXT, preview_url=LINK, voice=OBJECT)),
)
PRESENTER = thing("presenter_id name gender driver_id preview_url", preview_url=LINK, image_url=LINK, voice=OBJECT)
PURSE = thing("remaining total", remaining=NUMBER, total=NUMBER, expire_at=MOMENT)
CREDITS = thing("remaining total credits", remaining=NUMBER, total=NUMBER, credits=several(PURSE))
IMAGE = thing("id url faces", id=TEXT, url=LINK, faces={"type": ["array", "null"]})
AUDIO = thing("id url duration", id=TEXT, url=LINK, duration=NUMBER)


def fits(value: Any, schema: Schema) -> None:
    """Fail unless the value has the shape."""
    jsonschema.validate(value, schema)
