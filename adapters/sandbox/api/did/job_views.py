"""A job as D-ID shows it: in the answer to its POST, alone, in a list and in a webhook."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.sandbox.api.did.generators import GENERATORS, animation_drivers, resolve_driver, talk_drivers
from adapters.sandbox.api.did.presenters import OWNER_ID, portrait_url, presenter_id, presenter_of
from adapters.sandbox.clock import DAY_SECONDS, iso_timestamp
from adapters.sandbox.context import SandboxContext
from adapters.sandbox.store.jobs import SandboxJob

# Real objects carry the account owner's personal data, which clients have to drop; this one is invented.
PRIVATE_USER: dict[str, Any] = json.loads(Path(__file__).with_name("private_user.json").read_text("utf-8"))
_DEMO_PICTURE_URL = "s3://didtalk-sandbox/demo/alice.png"  # the demo face, where no portrait could be found for it
_RESIGNED_KINDS = ("expressive", "translation")  # asked for alone, these sign their result anew


def accepted_view(job: SandboxJob, context: SandboxContext, base_url: str) -> dict[str, Any]:
    if job.kind == "translation":
        return job_view(job, context, base_url, for_webhook=True)
    answer = {"id": job.id, "object": job.kind, "created_at": iso_timestamp(job.created), "created_by": OWNER_ID}
    return answer | {"status": job.status} | _user_data_field(job)


def job_view(
    job: SandboxJob, context: SandboxContext, base_url: str, *, by_id: bool = False, for_webhook: bool = False
) -> dict[str, Any]:
    """The job as GET shows it, by its id or in a list, or as a webhook reports it."""
    view = (
        _common_fields(job, context, for_webhook)
        | _FIELDS_BY_KIND[job.kind](job, context, base_url)
        | _result_fields(job, context, base_url, by_id)
    )
    return {name: value for name, value in view.items() if value is not None}


def _user_data_field(job: SandboxJob) -> dict[str, Any]:
    return {"user_data": job.body["user_data"]} if "user_data" in job.body else {}


def _common_fields(job: SandboxJob, context: SandboxContext, for_webhook: bool) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": job.id,
        "status": job.status,
        "created_at": iso_timestamp(job.created),
        "modified_at": iso_timestamp(job.modified),
        "created_by": OWNER_ID,
        "webhook": job.body.get("webhook"),
        "error": job.error,
        "user": PRIVATE_USER,
    }
    declared = any(kind.declares_user_data for kind in GENERATORS.values() if kind.name == job.kind)
    echoed = for_webhook or context.options.echo_user_data or declared
    return view | (_user_data_field(job) if echoed else {})


def _result_fields(job: SandboxJob, context: SandboxContext, base_url: str, by_id: bool) -> dict[str, Any]:
    if job.result is None:
        pending = f"s3://sandbox-pending/{OWNER_ID}/{job.id}/pending.mp4"
        return {} if job.ended else {"pending_url": pending}
    link = context.signer.sign_link
    expires = _link_expiry(job, context, by_id)
    outcome: dict[str, Any] = {"result_url": link(base_url, job.id, "result", Path(job.result["path"]).name, expires)}
    if job.result["captions"] and job.kind in ("expressive", "scene", "translation"):
        outcome["subtitles_url"] = link(base_url, job.id, "result", Path(job.result["captions"]).name, expires)
    return outcome


def _link_expiry(job: SandboxJob, context: SandboxContext, by_id: bool) -> float:
    finished = job.finished or 0.0
    if job.find_fault("expired"):
        return finished - 1
    return context.clock() + DAY_SECONDS if by_id and job.kind in _RESIGNED_KINDS else finished + DAY_SECONDS


def _file_link(job: SandboxJob, context: SandboxContext, base_url: str, role: str) -> str | None:
    if role not in job.files:
        return None
    return context.signer.sign_link(base_url, job.id, role, Path(job.files[role]).name, job.created + DAY_SECONDS)


def _timestamp_without_zone(seconds: float | None) -> str | None:
    # The one moment D-ID writes without a zone.
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6]


def _duration(job: SandboxJob) -> float:
    return round(job.result["seconds"]) if job.result else float(job.notes.get("seconds", 0.0))


def _config_view(job: SandboxJob) -> dict[str, Any]:
    config = dict(job.body.get("config", {}))
    return config | {"result_format": f".{config.get('result_format', 'mp4')}"}


def _script_view(job: SandboxJob) -> dict[str, Any]:
    # The spoken text itself never comes back.
    script = job.body["script"]
    view = {"type": script["type"], "subtitles": script["subtitles"]}
    if script["type"] == "audio":
        return view
    provider = script.get("provider", {"type": "microsoft", "voice_id": "Sara"})
    return view | {"length": len(script["input"]), "ssml": script["ssml"], "provider": provider}


def _video_metadata(job: SandboxJob, driver: tuple[str, str]) -> dict[str, Any] | None:
    if job.result is None:
        return None
    video = job.result
    facts = {"driver_url": f"bank://{driver[0]}/{driver[1]}/original", "num_frames": video["frames"]}
    note = {"note": job.notes["note"]} if "note" in job.notes else {}
    return facts | {"size_kib": video["size_kib"], "resolution": [video["width"], video["height"]]} | note


def _talk_fields(job: SandboxJob, context: SandboxContext, base_url: str) -> dict[str, Any]:
    driver = resolve_driver(job.body.get("driver_url"), talk_drivers())
    metadata = _video_metadata(job, driver)
    if metadata and job.result:
        metadata |= {"mouth_open": "", "num_faces": 1, "processing_fps": job.result["fps"]}
    return {
        "user_id": OWNER_ID,
        "name": job.body.get("name"),
        "started_at": _timestamp_without_zone(job.started),
        "source_url": _file_link(job, context, base_url, "source") or job.body.get("source_url", _DEMO_PICTURE_URL),
        "driver_url": job.body.get("driver_url", "bank://natural/"),
        "audio_url": _file_link(job, context, base_url, "audio") or job.body["script"].get("audio_url"),
        "config": _config_view(job) | {"show_watermark": False},
        "script": _script_view(job),
        "face": job.body.get("face"),
        "subtitles": job.body["script"]["subtitles"],
        "duration": _duration(job),
        "metadata": metadata,
    }


def _animation_fields(job: SandboxJob, context: SandboxContext, base_url: str) -> dict[str, Any]:
    metadata = _video_metadata(job, resolve_driver(job.body.get("driver_url"), animation_drivers()))
    if metadata and job.result:
        sides = [str(side) for side in metadata["resolution"]]  # text here, numbers with talks
        metadata |= {"faces": [], "video_fps": job.result["fps"], "resolution": sides, "source_pose": "front"}
    return {
        "user_id": OWNER_ID,
        "started_at": _timestamp_without_zone(job.started),
        "source_url": _file_link(job, context, base_url, "source") or job.body.get("source_url", _DEMO_PICTURE_URL),
        "driver_url": job.body.get("driver_url", "bank://nostalgia/"),
        "config": _config_view(job),
        "face": job.body.get("face"),
        "face_ids": [],
        "metadata": metadata,
    }


def _completed_at(job: SandboxJob) -> str | None:
    return None if job.finished is None else iso_timestamp(job.finished)


def _avatar_fields(job: SandboxJob, context: SandboxContext, base_url: str) -> dict[str, Any]:
    one = presenter_of(job.kind, job.body)
    return {
        "owner_id": OWNER_ID,
        "name": job.body.get("name"),
        "thumbnail_url": portrait_url(one, base_url),
        "completed_at": _completed_at(job),
        "avatar_id": one.id if job.kind == "scene" else presenter_id(job.kind, job.body),
        "sentiment_id": job.body.get("sentiment_id"),
        "duration": _duration(job),
    } | ({"user_data": ""} if job.kind == "scene" and "user_data" not in job.body else {})


def _clip_fields(job: SandboxJob, context: SandboxContext, base_url: str) -> dict[str, Any]:
    video = job.result
    facts = {"num_frames": video["frames"], "resolution": [video["width"], video["height"]]} if video else None
    return {
        "owner_id": OWNER_ID,
        "name": job.body.get("name"),
        "presenter_id": presenter_id("clip", job.body),
        "driver_id": job.body.get("driver_id"),
        "audio_url": _file_link(job, context, base_url, "audio") or job.body["script"].get("audio_url"),
        "config": _config_view(job),
        "started_at": _timestamp_without_zone(job.started),
        "completed_at": _completed_at(job),
        "metadata": facts,
    }


def _translation_fields(job: SandboxJob, context: SandboxContext, base_url: str) -> dict[str, Any]:
    # No language field here: it shows in the name, and in the group's view.
    note = {"metadata": {"note": job.notes["note"]}} if "note" in job.notes else {}
    name = job.notes["name"]
    view = {"group_id": job.group_id, "name": name, "owner_id": OWNER_ID, "transcriptions": []}
    return view | {"source_url": _file_link(job, context, base_url, "source") or job.body["source_url"]} | note


_FIELDS_BY_KIND = {
    "talk": _talk_fields,
    "animation": _animation_fields,
    "expressive": _avatar_fields,
    "clip": _clip_fields,
    "scene": _avatar_fields,
    "translation": _translation_fields,
}
