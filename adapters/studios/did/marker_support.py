"""What has been seen of D-ID showing our marks again: it decides how a lost submission can be recognised.

A mark shown in `user_data` or `name` identifies a submission by itself. Until that is seen for a kind of job, the name
of the picture's file may be the only trace, so every job must upload its own file.
"""

from adapters.studios.did.responses import Seen


class Echo:
    """Which generators show our marks; learned from what they show, forgotten with the process."""

    def __init__(self) -> None:
        self._shows: dict[str, bool] = {}

    def learn(self, where: str, shown: Seen, marker: str) -> None:
        """Take in how a job of ours is shown."""
        marked = shown.user_data == marker or marker in shown.name
        self._shows[where] = marked or self._shows.get(where, False)

    def shows(self, where: str) -> bool | None:
        """Whether a generator shows our marks; None when no job of ours was seen there yet."""
        return self._shows.get(where)
