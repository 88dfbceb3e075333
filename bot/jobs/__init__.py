"""The job record, its store protocol, its limits."""
