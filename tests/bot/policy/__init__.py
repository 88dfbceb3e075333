"""Tests of access, settings, defaults."""
