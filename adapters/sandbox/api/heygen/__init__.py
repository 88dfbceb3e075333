"""HeyGen's API, generations v1 to v3, as the sandbox speaks it."""
