"""What a body is made from, and what both dialects share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.studios.extra_fields import ExtraFields
from adapters.studios.heygen.video_spec import VideoSpec
from bot.errors import Refused
from bot.jobs.job import Job
from bot.requests.storyboard.scenes import Scene

_NEEDED_BY_US = "didtalk needs it to know its jobs again"
_GIVEN_AS_FILE = "it is given as a file or link"
RESERVED_FIELDS = {
    "callback_id": _NEEDED_BY_US,
    "callback_url": "didtalk sets it, so that HeyGen tells when the video is done",
    "title": "a title goes in --name or --title",
    "variables": "blanks are filled with --fill",
    "video_inputs": "the scenes are given as text or as a file",
    "type": "it follows from what is asked for",
    "script": "the words are given as text",
    "image": _GIVEN_AS_FILE,
    "audio_url": _GIVEN_AS_FILE,
    "audio_asset_id": _GIVEN_AS_FILE,
    "avatar_id": "the presenter is chosen with --presenter",
    "voice_id": "the voice is chosen with --voice",
    "video": _GIVEN_AS_FILE,
    "video_url": _GIVEN_AS_FILE,
    "video_id": _GIVEN_AS_FILE,
    "output_language": "the languages are given as words",
    "output_languages": "the languages are given as words",
    "character.type": "it follows from what is asked for",
    "character.avatar_id": "the presenter is chosen with --presenter",
    "character.talking_photo_id": _GIVEN_AS_FILE,
    "voice.type": "it follows from what is asked for",
    "voice.voice_id": "the voice is chosen with --voice",
    "voice.input_text": "the words are given as text",
}
EXTRA_FIELDS = ExtraFields("HeyGen", RESERVED_FIELDS)


class NotInThisVersion(Refused):
    """This dialect has no field for it; the other may."""


@dataclass(frozen=True)
class ResolvedAvatar:
    """Somebody who was found in the catalogue."""

    id: str
    is_photo: bool = False
    voice_id: str = ""


@dataclass(frozen=True)
class ResolvedNames:
    """Everyone named in a request, as HeyGen knows them; the empty name is whoever was not named."""

    avatars: Mapping[str, ResolvedAvatar] = field(default_factory=dict)
    voices: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """As text among the uploads of a job."""
        avatars = {name: [avatar.id, avatar.is_photo, avatar.voice_id] for name, avatar in self.avatars.items()}
        return json.dumps({"people": avatars, "voices": dict(self.voices)})

    @classmethod
    def from_json(cls, text: str) -> "ResolvedNames":
        """From the uploads of a job."""
        stored = json.loads(text or "{}")
        return cls(
            {name: ResolvedAvatar(*avatar) for name, avatar in stored.get("people", {}).items()},
            stored.get("voices", {}),
        )


@dataclass(frozen=True)
class HeygenPayloadSource:
    """All that a body is made from."""

    spec: VideoSpec
    uploads: Mapping[str, str]
    names: ResolvedNames
    marker: str
    webhook_url: str | None = None

    @classmethod
    def from_job(cls, job: Job, spec: VideoSpec, webhook_url: str | None) -> "HeygenPayloadSource":
        """The draft of a prepared job."""
        return cls(spec, job.uploads, ResolvedNames.from_json(job.uploads.get("names", "")), job.marker, webhook_url)

    @property
    def callback_url(self) -> str | None:
        """Where HeyGen is to call, if it can."""
        return self.webhook_url if self.webhook_url and self.webhook_url.startswith(("https://", "http://")) else None

    def voice_of(self, scene: Scene, avatar: ResolvedAvatar | None) -> str:
        """The voice of a scene: as named, else the speaker's own, else the usual one."""
        if scene.voice:
            return self.names.voices.get(scene.voice, scene.voice)
        return (avatar.voice_id if avatar else "") or self.names.voices.get("", "")

    def avatar_of(self, scene: Scene) -> ResolvedAvatar | None:
        """The speaker of a scene, when it is one of HeyGen's."""
        return self.names.avatars.get(scene.who) if scene.who is not None else None


def with_line(scene: Scene, sentence: str) -> str:
    """A sentence with the line it is about, where there are lines."""
    return f"Line {scene.line}: {sentence}" if scene.line else sentence[0].upper() + sentence[1:]
