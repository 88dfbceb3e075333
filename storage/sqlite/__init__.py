"""The embedded database: one file, one writing connection."""
