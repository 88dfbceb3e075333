"""Checks of `make check` that need no network: known faults, licences, leaked keys, and bandit's second look."""
