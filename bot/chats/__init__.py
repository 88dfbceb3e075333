"""What the core expects of a chat."""
