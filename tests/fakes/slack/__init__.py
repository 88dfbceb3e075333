"""A Slack that keeps to its own rules."""
