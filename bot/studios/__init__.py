"""What the core expects of a video provider, and which one is chosen."""
