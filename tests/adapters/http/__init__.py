"""Tests of HTTP in both directions."""
