"""Subscriptions of channels, and the messages they cause."""
