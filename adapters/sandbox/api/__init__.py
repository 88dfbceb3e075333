"""The vendors' HTTP APIs, imitated."""
