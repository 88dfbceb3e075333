"""Tests of what speaks a wire."""
