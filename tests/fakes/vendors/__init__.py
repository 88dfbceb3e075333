"""Stand-ins for the vendors."""
