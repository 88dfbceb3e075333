"""What we show in Discord."""
