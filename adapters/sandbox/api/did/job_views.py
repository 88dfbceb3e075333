"""A job as D-ID shows it: in the answer to its POST, alone, in a list and in a webhook."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.sandbox.api.did.drivers import ANIMATION_DRIVERS, EVERY_DRIVER, resolved
from adapters.sandbox.api.did.kinds import kind_of
from adapters.sandbox.api.did.presenters import AVATARS, INSTANT, OWNER, PRESENTERS, face_link, person
from adapters.sandbox.clock import DAY, stamp
from adapters.sandbox.context import House
from adapters.sandbox.store.jobs import Job

# Real objects carry the account owner's person; this one is invented, and whoever reads us has to drop it.
PRIVATE_USER = {
    "id": OWNER,
    "email": "sandbox-owner@example.invalid",
    "owner_id": OWNER,
    "plan": "sandbox",
    "authorizer": "basic",
    "features": ["stitch", "translation"],
    "stripe_customer_id": "cus_invented0000",
    "stripe_plan_group": "sandbox",
    "stripe_price_id": "price_invented0000",
}
_ALICE = "s3://didtalk-sandbox/demo/alice.png"  # the demo face, where no portrait could be found for it
_FRESH = ("expressive", "translation")  # asked for alone, these sign their result anew


def accepted(job: Job, house: House, base: str) -> dict[str, Any]:
    """The answer to the POST."""
    if job.kind == "translation":
        return shown(job, house, base, told=True)
    answer = {"id": job.id, "object": job.kind, "created_at": stamp(job.created), "created_by": OWNER}
    return answer | {"status": job.status} | _remark(job)


def shown(job: Job, house: House, base: str, *, alone: bool = False, told: bool = False) -> dict[str, Any]:
    """The job as GET shows it: ``alone`` by its id or in a list, or as ``told`` to a webhook."""
    view = _common(job, house, told) | _OWN[job.kind](job, house, base) | _outcome(job, house, base, alone)
    return {name: value for name, value in view.items() if value is not None}


def _remark(job: Job) -> dict[str, Any]:
    return {"user_data": job.body["user_data"]} if "user_data" in job.body else {}


def _common(job: Job, house: House, told: bool) -> dict[str, Any]:
    view: dict[str, Any] = {
        "id": job.id,
        "status": job.status,
        "created_at": stamp(job.created),
        "modified_at": stamp(job.modified),
        "created_by": OWNER,
        "webhook": job.body.get("webhook"),
        "error": job.error,
        "user": PRIVATE_USER,
    }
    echoed = told or house.terms.echo_user_data or kind_of(job.kind).declares_user_data
    return view | (_remark(job) if echoed else {})


def _outcome(job: Job, house: House, base: str, alone: bool) -> dict[str, Any]:
    if job.film is None:
        pending = f"s3://sandbox-pending/{OWNER}/{job.id}/pending.mp4"
        return {} if job.ended else {"pending_url": pending}
    link = house.signer.link
    expires = _expires(job, house, alone)
    outcome: dict[str, Any] = {"result_url": link(base, job.id, "result", Path(job.film["path"]).name, expires)}
    if job.film["captions"] and job.kind in ("expressive", "scene", "translation"):
        outcome["subtitles_url"] = link(base, job.id, "result", Path(job.film["captions"]).name, expires)
    return outcome


def _expires(job: Job, house: House, alone: bool) -> float:
    finished = job.finished or 0.0
    if job.fault("expired"):
        return finished - 1
    return house.clock() + DAY if alone and job.kind in _FRESH else finished + DAY


def _link(job: Job, house: House, base: str, role: str) -> str | None:
    if role not in job.files:
        return None
    return house.signer.link(base, job.id, role, Path(job.files[role]).name, job.created + DAY)


def _unzoned(seconds: float | None) -> str | None:
    # The one moment D-ID writes without a zone.
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6]


def _length(job: Job) -> float:
    return round(job.film["seconds"]) if job.film else float(job.notes.get("seconds", 0.0))


def _config(job: Job) -> dict[str, Any]:
    config = dict(job.body.get("config", {}))
    return config | {"result_format": f".{config.get('result_format', 'mp4')}"}


def _script(job: Job) -> dict[str, Any]:
    # The spoken text itself never comes back.
    script = job.body["script"]
    view = {"type": script["type"], "subtitles": script["subtitles"]}
    if script["type"] == "audio":
        return view
    provider = script.get("provider", {"type": "microsoft", "voice_id": "Sara"})
    return view | {"length": len(script["input"]), "ssml": script["ssml"], "provider": provider}


def _measured(job: Job, driver: tuple[str, str]) -> dict[str, Any] | None:
    if job.film is None:
        return None
    film = job.film
    facts = {"driver_url": f"bank://{driver[0]}/{driver[1]}/original", "num_frames": film["frames"]}
    note = {"note": job.notes["note"]} if "note" in job.notes else {}
    return facts | {"size_kib": film["size_kib"], "resolution": [film["width"], film["height"]]} | note


def _talk(job: Job, house: House, base: str) -> dict[str, Any]:
    driver = resolved(job.body.get("driver_url"), EVERY_DRIVER)
    metadata = _measured(job, driver)
    if metadata and job.film:
        metadata |= {"mouth_open": "", "num_faces": 1, "processing_fps": job.film["fps"]}
    return {
        "user_id": OWNER,
        "name": job.body.get("name"),
        "started_at": _unzoned(job.started),
        "source_url": _link(job, house, base, "source") or job.body.get("source_url", _ALICE),
        "driver_url": job.body.get("driver_url", "bank://natural/"),
        "audio_url": _link(job, house, base, "audio") or job.body["script"].get("audio_url"),
        "config": _config(job) | {"show_watermark": False},
        "script": _script(job),
        "face": job.body.get("face"),
        "subtitles": job.body["script"]["subtitles"],
        "duration": _length(job),
        "metadata": metadata,
    }


def _animation(job: Job, house: House, base: str) -> dict[str, Any]:
    metadata = _measured(job, resolved(job.body.get("driver_url"), ANIMATION_DRIVERS))
    if metadata and job.film:
        sides = [str(side) for side in metadata["resolution"]]  # text here, numbers with talks
        metadata |= {"faces": [], "video_fps": job.film["fps"], "resolution": sides, "source_pose": "front"}
    return {
        "user_id": OWNER,
        "started_at": _unzoned(job.started),
        "source_url": _link(job, house, base, "source") or job.body.get("source_url", _ALICE),
        "driver_url": job.body.get("driver_url", "bank://nostalgia/"),
        "config": _config(job),
        "face": job.body.get("face"),
        "face_ids": [],
        "metadata": metadata,
    }


def _completed(job: Job) -> str | None:
    return None if job.finished is None else stamp(job.finished)


def _expressive(job: Job, house: House, base: str) -> dict[str, Any]:
    wanted = job.body.get("avatar_id") or job.body.get("presenter_id") or AVATARS[0].id
    one = person(AVATARS, wanted) or AVATARS[0]
    return {
        "owner_id": OWNER,
        "name": job.body.get("name"),
        "thumbnail_url": face_link(one, base),
        "completed_at": _completed(job),
        "avatar_id": wanted,
        "sentiment_id": job.body.get("sentiment_id"),
        "duration": _length(job),
    }


def _clip(job: Job, house: House, base: str) -> dict[str, Any]:
    film = job.film
    facts = {"num_frames": film["frames"], "resolution": [film["width"], film["height"]]} if film else None
    return {
        "owner_id": OWNER,
        "name": job.body.get("name"),
        "presenter_id": job.body.get("presenter_id", PRESENTERS[0].id),
        "driver_id": job.body.get("driver_id"),
        "audio_url": _link(job, house, base, "audio") or job.body["script"].get("audio_url"),
        "config": _config(job),
        "started_at": _unzoned(job.started),
        "completed_at": _completed(job),
        "metadata": facts,
    }


def _scene(job: Job, house: House, base: str) -> dict[str, Any]:
    one = person(INSTANT, job.body["avatar_id"]) or INSTANT[0]
    return {
        "owner_id": OWNER,
        "name": job.body.get("name"),
        "avatar_id": one.id,
        "thumbnail_url": face_link(one, base),
        "completed_at": _completed(job),
        "duration": _length(job),
    } | ({} if "user_data" in job.body else {"user_data": ""})


def _translation(job: Job, house: House, base: str) -> dict[str, Any]:
    # No language field here: it shows in the name, and in the group's view.
    note = {"metadata": {"note": job.notes["note"]}} if "note" in job.notes else {}
    name = job.notes["name"]
    told = {"group_id": job.party, "name": name, "owner_id": OWNER, "transcriptions": []}
    return told | {"source_url": _link(job, house, base, "source") or job.body["source_url"]} | note


_OWN = {
    "talk": _talk,
    "animation": _animation,
    "expressive": _expressive,
    "clip": _clip,
    "scene": _scene,
    "translation": _translation,
}
