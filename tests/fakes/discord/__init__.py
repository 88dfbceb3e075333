"""A Discord that keeps to its own rules."""
