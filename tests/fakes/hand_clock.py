"""A clock that is moved by hand."""


class HandClock:
    """Stands still until a test moves it; waiting moves it too."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.at = now

    def now(self) -> float:
        """Seconds since 1970."""
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Be there at once."""
        self.at += seconds

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.at += seconds
