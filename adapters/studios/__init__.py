"""Places where videos are made."""
