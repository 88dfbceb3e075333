"""Tests of clock, leases, backoff."""
