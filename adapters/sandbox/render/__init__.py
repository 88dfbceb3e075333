"""Paints the sandbox's videos."""
