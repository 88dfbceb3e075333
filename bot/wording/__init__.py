"""The texts people read."""
