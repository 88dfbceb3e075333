"""Chooses the version of HeyGen's API for a request: v2 is being retired, v3 is new, and accounts differ."""

from collections.abc import Callable
from typing import Any, Literal

from adapters.studios.heygen.payload import (
    TEMPLATE_V2,
    write_template,
    write_translation,
    write_v2_payload,
    write_v3_payload,
)
from adapters.studios.heygen.video_spec import (
    EXTRA_FIELDS,
    MAX_SCENE_CHARACTERS,
    HeygenPayloadSource,
    NotInThisVersion,
    VideoSpec,
    build_video_spec,
    split_long_scenes,
)
from bot.errors import NotOffered, Refused
from bot.jobs.job import Job
from bot.requests.base import Request
from bot.requests.kinds import Translation
from bot.requests.languages import LANGUAGE_CODES
from bot.requests.template import Template


def vendor_language_name(wanted: str, known: list[str]) -> str:
    """A language in HeyGen's spelling: the plain name, else the first of its regions, else our own word."""
    names = {name.casefold(): name for name in known}
    code = LANGUAGE_CODES.get(wanted, "")
    for each in (wanted.casefold(), code):
        if each in names:
            return names[each]
    starts = (name for name in known if name.casefold().startswith((f"{wanted.casefold()} (", f"{code}-")))
    return next(starts, wanted)


VersionSetting = Literal["auto", "v2", "v3"]

VIDEO_PATHS = {"v2": "v2/video/generate", "v3": "v3/videos"}
_TRIAL_VIDEO = {"video": "trial", "video_url": "https://a/a.mp4"}  # before a translation's video is sent
_WRITERS: dict[str, Callable[[HeygenPayloadSource], dict[str, Any]]] = {
    "v2": write_v2_payload,
    "v3": write_v3_payload,
}


class ApiVersions:
    """The versions an account is served in; one that is gone is not tried again by this process."""

    def __init__(self, version: VersionSetting) -> None:
        self._allowed = ("v3", "v2") if version == "auto" else (version,)
        self._gone_versions: set[str] = set()
        self.max_characters = MAX_SCENE_CHARACTERS  # until HeyGen says that this account has less

    @property
    def available(self) -> tuple[str, ...]:
        return tuple(each for each in self._allowed if each not in self._gone_versions)

    def mark_gone(self, api_version: str) -> None:
        self._gone_versions.add(api_version)

    def versions_for(self, request: Request, trial: Callable[[VideoSpec], HeygenPayloadSource]) -> list[str]:
        """The versions that can make a request, the newer first; Refused when none can."""
        if isinstance(request, Template):
            return self._template_versions(request)
        if isinstance(request, Translation):
            return self._able_versions(
                lambda version: write_translation(request, _TRIAL_VIDEO, "dt-trial", version, None)
            )
        spec = build_video_spec(request)
        return self._able_versions(lambda version: _WRITERS[version](trial(self.split_for(spec, version))))

    def write_payload(self, job: Job, api_version: str, webhook_url: str | None) -> tuple[str, dict[str, Any]]:
        if isinstance(job.request, Translation):
            return write_translation(job.request, job.uploads, job.marker, api_version, webhook_url)
        if isinstance(job.request, Template):
            return write_template(job, webhook_url)
        spec = self.split_for(build_video_spec(job.request), api_version)
        return VIDEO_PATHS[api_version], _WRITERS[api_version](HeygenPayloadSource.from_job(job, spec, webhook_url))

    def spec_for(self, request: Request, api_version: str) -> VideoSpec | None:
        """The video in its final scenes; None for translations and templates."""
        if isinstance(request, Translation | Template):
            return None
        return self.split_for(build_video_spec(request), api_version)

    def split_for(self, spec: VideoSpec, api_version: str) -> VideoSpec:
        """v2 splits scenes that are too long; v3 has only one."""
        return split_long_scenes(spec, self.max_characters) if api_version == "v2" else spec

    def _able_versions(self, try_payload: Callable[[str], object]) -> list[str]:
        refusals: list[Refused] = []
        able_versions = []
        for api_version in self.available:
            try:
                try_payload(api_version)
            except Refused as refusal:
                refusals.append(refusal)
            else:
                able_versions.append(api_version)
        if not able_versions:
            raise self._choose_refusal(refusals)
        return able_versions

    def _template_versions(self, request: Template) -> list[str]:
        if "v2" not in self.available:
            gone = "v2" in self._gone_versions
            why = "this account no longer has" if gone else "HEYGEN_API_VERSION excludes"
            raise NotInThisVersion(f"Templates need HeyGen's v2, which {why}.", "template")
        EXTRA_FIELDS.apply({}, TEMPLATE_V2, request.set)
        return ["v2"]

    def _choose_refusal(self, refusals: list[Refused]) -> Refused:
        """A fault of the request first, else what the remaining version cannot do."""
        final = [refusal for refusal in refusals if not isinstance(refusal, NotInThisVersion)]
        if final:
            return next((each for each in final if "Did you mean" in each.sentence), final[-1])
        if not refusals:
            return Refused("HeyGen serves this account in none of the versions that HEYGEN_API_VERSION allows.")
        note = " This account no longer has v2." if "v2" in self._gone_versions else ""
        return NotOffered(f"{refusals[0].sentence}{note}", refusals[0].option)


def parse_ticket(job: Job) -> tuple[str, str, str]:
    api_version, _, rest = (job.ticket or "").partition("/")
    kind, _, ident = rest.partition("/")
    return api_version, kind, ident


def make_ticket(api_version: str, request: Request, ident: str) -> str:
    return f"{api_version}/{job_kind(request)}/{ident}"


def job_kind(request: Request) -> str:
    return "translation" if isinstance(request, Translation) else "video"
