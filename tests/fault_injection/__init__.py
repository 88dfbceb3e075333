"""The bot behind a proxy that fails in every way."""
