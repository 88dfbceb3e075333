"""What Slack sends: commands, events, buttons and forms."""
