"""What a body is made from, and what both dialects share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.studios.extra_fields import Sets
from adapters.studios.heygen.video_spec import Film
from bot.errors import Refused
from bot.jobs.job import Job
from bot.requests.storyboard.scenes import Scene

_OURS = "didtalk needs it to know its jobs again"
_FILE = "it is given as a file or link"
RESERVED = {
    "callback_id": _OURS,
    "callback_url": "didtalk sets it, so that HeyGen tells when the video is done",
    "title": "a title goes in --name or --title",
    "variables": "blanks are filled with --fill",
    "video_inputs": "the scenes are given as text or as a file",
    "type": "it follows from what is asked for",
    "script": "the words are given as text",
    "image": _FILE,
    "audio_url": _FILE,
    "audio_asset_id": _FILE,
    "avatar_id": "the presenter is chosen with --presenter",
    "voice_id": "the voice is chosen with --voice",
    "video": _FILE,
    "video_url": _FILE,
    "video_id": _FILE,
    "output_language": "the languages are given as words",
    "output_languages": "the languages are given as words",
    "character.type": "it follows from what is asked for",
    "character.avatar_id": "the presenter is chosen with --presenter",
    "character.talking_photo_id": _FILE,
    "voice.type": "it follows from what is asked for",
    "voice.voice_id": "the voice is chosen with --voice",
    "voice.input_text": "the words are given as text",
}
SETS = Sets("HeyGen", RESERVED)


class Lacks(Refused):
    """This dialect has no field for it; the other may."""


@dataclass(frozen=True)
class Who:
    """Somebody who was found in the catalogue."""

    id: str
    photo: bool = False
    voice: str = ""


@dataclass(frozen=True)
class Names:
    """Everyone named in a request, as HeyGen knows them; the empty name is whoever was not named."""

    people: Mapping[str, Who] = field(default_factory=dict)
    voices: Mapping[str, str] = field(default_factory=dict)

    def packed(self) -> str:
        """As text among the uploads of a job."""
        people = {name: [who.id, who.photo, who.voice] for name, who in self.people.items()}
        return json.dumps({"people": people, "voices": dict(self.voices)})

    @classmethod
    def unpacked(cls, text: str) -> "Names":
        """From the uploads of a job."""
        told = json.loads(text or "{}")
        return cls({name: Who(*who) for name, who in told.get("people", {}).items()}, told.get("voices", {}))


@dataclass(frozen=True)
class Draft:
    """All that a body is made from."""

    film: Film
    uploads: Mapping[str, str]
    names: Names
    marker: str
    hook: str | None = None

    @classmethod
    def of(cls, job: Job, film: Film, hook: str | None) -> "Draft":
        """The draft of a prepared job."""
        return cls(film, job.uploads, Names.unpacked(job.uploads.get("names", "")), job.marker, hook)

    @property
    def callback(self) -> str | None:
        """Where HeyGen is to call, if it can."""
        return self.hook if self.hook and self.hook.startswith(("https://", "http://")) else None

    def voice(self, scene: Scene, who: Who | None) -> str:
        """The voice of a scene: as named, else the speaker's own, else the usual one."""
        if scene.voice:
            return self.names.voices.get(scene.voice, scene.voice)
        return (who.voice if who else "") or self.names.voices.get("", "")

    def who(self, scene: Scene) -> Who | None:
        """The speaker of a scene, when it is one of HeyGen's."""
        return self.names.people.get(scene.who) if scene.who is not None else None


def at(scene: Scene, sentence: str) -> str:
    """A sentence with the line it is about, where there are lines."""
    return f"Line {scene.line}: {sentence}" if scene.line else sentence[0].upper() + sentence[1:]
