"""Subscriptions of channels, and the notices posted to them."""
