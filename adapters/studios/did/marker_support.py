"""What has been seen of D-ID showing our marks again: it decides how a lost submission can be recognised.

A mark shown in `user_data` or `name` identifies a submission by itself. Until that is seen for a kind of job, the name
of the picture's file may be the only trace, so every job must upload its own file.
"""

from adapters.studios.did.responses import DidRemoteJob


class MarkerSupport:
    """Which generators show our marks; learned from what they show, forgotten with the process."""

    def __init__(self) -> None:
        self._by_endpoint: dict[str, bool] = {}

    def learn_from(self, endpoint: str, remote_job: DidRemoteJob, marker: str) -> None:
        """Take in how a job of ours is shown."""
        marked = remote_job.user_data == marker or marker in remote_job.name
        self._by_endpoint[endpoint] = marked or self._by_endpoint.get(endpoint, False)

    def shows_marker(self, endpoint: str) -> bool | None:
        """Whether a generator shows our marks; None when no job of ours was seen there yet."""
        return self._by_endpoint.get(endpoint)
