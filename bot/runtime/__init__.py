"""Clock, supervision, wake-ups, leases and backoff."""
