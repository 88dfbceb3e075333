"""Calls of Slack's API."""
