"""What we show in Slack."""
