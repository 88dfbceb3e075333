"""Prometheus counters."""

from prometheus_client import CollectorRegistry, Counter

from bot.jobs.job import LedgerEntry


class JobMetrics:
    """Counts ledger entries."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._jobs = Counter(
            "didtalk_jobs", "Jobs submitted, made, delivered or failed.", ("studio", "what"), registry=registry
        )
        self._credits = Counter(
            "didtalk_credits", "Credits spent, where the provider reports them.", ("studio",), registry=registry
        )

    def count_entry(self, entry: LedgerEntry) -> None:
        self._jobs.labels(entry.studio, entry.event).inc()
        if entry.cost and entry.event == "submitted":
            self._credits.labels(entry.studio).inc(entry.cost)
