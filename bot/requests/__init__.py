"""What can be requested, and the options of each request."""
