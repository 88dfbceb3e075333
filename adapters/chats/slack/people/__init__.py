"""Users, channels and user groups."""
