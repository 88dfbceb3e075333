"""Invented jobs for tests."""

from typing import Any

from bot.jobs.job import Asker, Job, Place, new_id
from bot.requests.kinds import Talk

NOW = 1_000_000.0


def a_job(script: str = "Welcome aboard!", *, user: str = "U1", workspace: str = "W1", **facts: Any) -> Job:
    """A new talk that is due at once, unless the given fields say otherwise."""
    key = new_id(facts.get("asked_at", NOW))
    invented: dict[str, Any] = {
        "id": key,
        "group": key,
        "request": Talk(script=script),
        "studio": "did",
        "asker": Asker(platform="console", workspace=workspace, user=user),
        "place": Place(platform="console", workspace=workspace, channel="C1"),
        "asked_at": NOW,
        "due_at": NOW,
    }
    return Job(**invented | facts)
