"""Slack as a chat: events, commands and taps come in, cards and videos go out."""
