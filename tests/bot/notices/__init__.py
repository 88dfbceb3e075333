"""Tests of notices and subscriptions."""
