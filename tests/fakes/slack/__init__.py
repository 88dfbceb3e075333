"""A fake Slack that enforces Slack's documented rules."""
