"""Slack: events, commands and button presses come in, cards and videos go out."""
