"""A fake Discord that enforces Discord's documented rules."""
