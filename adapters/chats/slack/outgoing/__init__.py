"""What the bot posts in Slack."""
