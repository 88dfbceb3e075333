"""What happened, in numbers, for whoever watches over the bot."""

from prometheus_client import CollectorRegistry, Counter

from bot.jobs.job import LedgerEntry


class JobMetrics:
    """Counts the ledger's lines as they are written."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._jobs = Counter(
            "didtalk_jobs",
            "Jobs that were submitted, made, delivered or failed.",
            ("studio", "what"),
            registry=registry,
        )
        self._credits = Counter(
            "didtalk_credits", "Credits spent, where a studio says how many.", ("studio",), registry=registry
        )

    def count_entry(self, entry: LedgerEntry) -> None:
        """Take in a line of the ledger."""
        self._jobs.labels(entry.studio, entry.event).inc()
        if entry.cost and entry.event == "submitted":
            self._credits.labels(entry.studio).inc(entry.cost)
